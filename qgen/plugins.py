"""Finding plug-ins by name: files of qgen, modules of others, and files outside any package.

A folder of qgen is the registry of its plug-ins: a file's `__all__` names the one plug-in in it, and files whose
names begin with an underscore are none.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import pkgutil
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from qgen.files import InputError

BUILTIN = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)?")
WORD = re.compile(r"[a-z0-9_]+")


def resolve(reference: Any, folder: str = "") -> Any:
    """Find a plug-in by name; anything that is not text is returned as it is.

    Args:
        reference: "circuits/line" (a file of qgen, whose `__all__` names its one plug-in), "qvae" (a family),
            "my_package.my_module:my_circuit", or "path/to/file.py:my_circuit".
        folder: of qgen, in which a single word is looked for: "aer" in "simulation" is "simulation/aer".

    Raises:
        InputError: no such file, module or name; says what there is.
    """
    if not isinstance(reference, str):
        return reference
    if folder and WORD.fullmatch(reference):
        reference = f"{folder}/{reference}"
    if BUILTIN.fullmatch(reference):
        return _builtin(reference)
    place, _, name = reference.rpartition(":")
    if not place or not name:
        raise InputError(f"{reference}: expected 'folder/name', 'module:name' or 'path/to/file.py:name'")
    module = _from_file(Path(place)) if place.endswith(".py") else _from_path(place)
    if not hasattr(module, name):
        raise InputError(f"{place}: no {name!r} in it{near_miss(name, vars(module))}")
    return getattr(module, name)


def plugins(folder: str) -> list[str]:
    """Names of the plug-ins in a folder of qgen, e.g. plugins("circuits") -> ["circuits/line", ...]."""
    package = importlib.import_module(f"qgen.{folder}")
    names = (m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))
    return sorted(f"{folder}/{name}" for name in names if len(_public(f"qgen.{folder}.{name}")) == 1)


def generators() -> list[str]:
    """Names of qgen's generators: the families, then the classical references."""
    families = ("qvae", "qgan", "qcbm")
    return [*families, *plugins("classical")]


def archive(plugin: Any, place: Path, folder: str = "") -> str:
    """A reference to a plug-in that works from a saved folder: its own name if qgen ships it, else its source's.

    Args:
        plugin: a name, or the plug-in itself.
        place: folder to save the source in.
        folder: of qgen, see `resolve`.

    Raises:
        InputError: the plug-in has no source file (it was typed into an interpreter).
    """
    target = resolve(plugin, folder)
    module, name = target.__module__, target.__name__
    if module.startswith("qgen."):
        return plugin if isinstance(plugin, str) else f"{module}:{name}"
    source = inspect.getsourcefile(target)
    if source is None or not Path(source).is_file():
        raise InputError(f"{name}: expected a plug-in defined in a file, so that it can be saved with the model")
    if Path(source).resolve() != (place / Path(source).name).resolve():
        shutil.copyfile(source, place / Path(source).name)
    return f"{Path(source).name}:{name}"


def _public(module: str) -> list[str]:
    return list(getattr(importlib.import_module(module), "__all__", []))


def _builtin(reference: str) -> Any:
    folder, _, name = reference.partition("/")
    path = f"qgen.{reference.replace('/', '.')}"
    if importlib.util.find_spec(f"qgen.{folder}") is None or importlib.util.find_spec(path) is None:
        known = plugins(folder) if name and importlib.util.find_spec(f"qgen.{folder}") else generators()
        listed = f"; there are {', '.join(known)}" if known else ""
        raise InputError(f"{reference}: no such plug-in in qgen{near_miss(reference, known)}{listed}")
    names = _public(path)
    if len(names) != 1:
        raise InputError(f"{reference}: expected a file with one plug-in, found {names}")
    return getattr(importlib.import_module(path), names[0])


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    name = f"qgen_plugin_{abs(hash(path.resolve()))}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (SyntaxError, ImportError, NameError) as error:
        del sys.modules[name]
        raise InputError(f"{path}: cannot be imported: {error}") from error
    return module


def _from_path(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(f"{name}: cannot be imported: {error}") from error


def near_miss(name: str, known: Iterable[str]) -> str:
    """ " (did you mean ...?)" where a known name is close, else nothing."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
