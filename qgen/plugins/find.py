"""Finding plug-ins by name: files of qgen, modules of others, and files outside any package.

A folder of qgen is the registry of its plug-ins: a file's `__all__` names the one plug-in in it, and files whose
names begin with an underscore are none.
"""

import difflib
import hashlib
import importlib
import importlib.util
import pkgutil
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from qgen.files import InputError, local

BUILTIN = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)?")
WORD = re.compile(r"[a-z0-9_]+")
GENERATORS = "qgen.generators"
"""Where generators are: "qvae" is a folder of it, "classical/bootstrap" a file of one; other plug-ins are in rooms."""
FAMILIES = ("qvae", "qgan", "qcbm", "iqp")
QASM = "qgen.circuits.qasm"
"""Reads circuits in OpenQASM 3; imported where one is named, since it needs more than this module may."""


def resolve(reference: Any, folder: str = "") -> Any:
    """Find a plug-in by name; anything that is neither text nor a path is returned as it is.

    Args:
        reference: "circuits/line" (a file of qgen, whose `__all__` names its one plug-in), "qvae" (a family),
            "my_package.my_module:my_circuit", "path/to/file.py:my_circuit", or a circuit in OpenQASM 3:
            "path/to/file.qasm" or the text itself.
        folder: of qgen, in which a single word is looked for: "aer" in "simulation" is "simulation/aer".

    Raises:
        InputError: no such file, module or name; says what there is.
    """
    if isinstance(reference, Path):
        reference = str(reference)
    if not isinstance(reference, str):
        return reference
    if _is_qasm(reference):
        return importlib.import_module(QASM).read(reference)
    if folder and WORD.fullmatch(reference):
        reference = f"{folder}/{reference}"
    if BUILTIN.fullmatch(reference):
        return _builtin(reference)
    place, _, name = reference.rpartition(":")
    if not place or not name:
        raise InputError(f"{reference}: expected 'folder/name', 'module:name', 'path/to/file.py:name' or 'file.qasm'")
    module = load_module(place)
    if not hasattr(module, name):
        raise InputError(f"{place}: no {name!r} in it{near_miss(name, vars(module))}")
    return getattr(module, name)


def plugins(folder: str) -> list[str]:
    """Names of the plug-ins in a folder of qgen, e.g. plugins("circuits") -> ["circuits/line", ...]."""
    package = importlib.import_module(_home(folder))
    names = (m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))
    return sorted(f"{folder}/{name}" for name in names if len(_public(f"{package.__name__}.{name}")) == 1)


def generators() -> list[str]:
    """Names of qgen's generators: the families, then the classical references."""
    return [*FAMILIES, *plugins("classical")]


def archive(plugin: Any, place: Path, folder: str = "") -> str:
    """A reference to a plug-in that works from a saved folder: its own name if qgen ships it, else its source's.

    The source is a file that is copied: of Python or, also for circuits without a file, of OpenQASM 3.

    Args:
        plugin: a name, or the plug-in itself.
        place: folder to save the source in.
        folder: of qgen, see `resolve`.

    Raises:
        InputError: the plug-in has no source file (it was typed into an interpreter).
    """
    plugin = str(plugin) if isinstance(plugin, Path) else plugin
    if isinstance(plugin, str) and BUILTIN.fullmatch(plugin):
        return plugin
    if isinstance(plugin, str) and plugin.endswith(".qasm"):
        return _copied(local(plugin), place)
    target = resolve(plugin, folder)
    module, name = _definition(target)
    if module is None and isinstance(plugin, str) and not _is_qasm(plugin):  # an object in a file, e.g. of Qiskit's
        source, _, name = plugin.rpartition(":")
        module = load_module(source)
    if module is None:
        return _written(target, place)
    if module.__name__.startswith("qgen."):
        own = _public(module.__name__) == [name] and module.__name__.removeprefix("qgen.").replace(".", "/")
        return own if own and BUILTIN.fullmatch(own) else f"{module.__name__}:{name}"
    return f"{_copied(Path(str(module.__file__)), place)}:{name}"


def _definition(target: Any) -> tuple[ModuleType | None, str]:
    """The module from which a function or a class can be had by its own name; None for all others."""
    module, name = sys.modules.get(getattr(target, "__module__", "")), getattr(target, "__name__", "")
    found = getattr(module, name, None) is target and getattr(module, "__file__", None) is not None
    return (module if found else None), name


def _written(target: Any, folder: Path) -> str:
    """The name of a file of OpenQASM 3 that is made of a circuit."""
    text = importlib.import_module(QASM).write(target)
    if text is None:
        name = getattr(target, "__name__", repr(target))
        raise InputError(f"{name}: expected a plug-in defined in a file, so that it can be saved with the model")
    name = f"circuit-{hashlib.sha256(text.encode()).hexdigest()[:8]}.qasm"
    (folder / name).write_text(text, encoding="utf-8")
    return name


def _copied(source: Path, folder: Path) -> str:
    """The name of a file in a folder, to which it is copied unless it is there."""
    if source.resolve() != (folder / source.name).resolve():
        shutil.copyfile(source, folder / source.name)
    return source.name


def _is_qasm(reference: str) -> bool:
    """Whether a reference is the name of a file of OpenQASM, or its text."""
    return reference.endswith(".qasm") or ("OPENQASM" in reference and ";" in reference)


def load_module(place: str) -> ModuleType:
    """A module by its name or by the path of its file.

    Raises:
        InputError: there is none, or it cannot be imported.
    """
    return _from_file(local(place)) if place.endswith(".py") else _from_path(place)


def _public(module: str) -> list[str]:
    return list(getattr(importlib.import_module(module), "__all__", []))


def _builtin(reference: str) -> Any:
    folder, _, name = reference.partition("/")
    home = _home(folder)
    path = f"{home}.{name}" if name else home
    found = importlib.util.find_spec(home)
    inside = found is not None and found.submodule_search_locations is not None
    if found is None or (name and not (inside and importlib.util.find_spec(path))):
        known = plugins(folder) if name and inside else generators()
        listed = f"; there are {', '.join(known)}" if known else ""
        raise InputError(f"{reference}: no such plug-in in qgen{near_miss(reference, known)}{listed}")
    names = _public(path)
    if len(names) != 1:
        raise InputError(f"{reference}: expected a file with one plug-in, found {names}")
    return getattr(importlib.import_module(path), names[0])


def _home(folder: str) -> str:
    """The package that a folder of plug-ins, or a family of generators, is."""
    generator = importlib.util.find_spec(f"{GENERATORS}.{folder}")
    package = generator is not None and generator.submodule_search_locations is not None
    return f"{GENERATORS}.{folder}" if package else f"qgen.{folder}"


def name_of(generator: type) -> str:
    """The name of a generator, which `resolve` finds again: "qvae", "classical/bootstrap", or "module:Class"."""
    package, _, place = generator.__module__.rpartition(f"{GENERATORS}.")
    family, _, file = place.partition(".")
    name = family if family in FAMILIES else f"{family}/{file}"
    ours = not package and generator.__module__.startswith(f"{GENERATORS}.") and BUILTIN.fullmatch(name)
    return name if ours else f"{generator.__module__}:{generator.__qualname__}"


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
    except Exception as error:
        del sys.modules[name]
        raise _not_imported(path, error) from error
    return module


def _not_imported(place: str | Path, error: Exception) -> InputError:
    return InputError(f"{place}: cannot be imported: {type(error).__name__}: {' '.join(str(error).split())}")


def _from_path(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(f"{name}: cannot be imported: {error}") from error
    except Exception as error:  # whatever a user's module raises
        raise _not_imported(name, error) from error


def near_miss(name: str, known: Iterable[str]) -> str:
    """ " (did you mean ...?)" where a known name is close, else nothing."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
