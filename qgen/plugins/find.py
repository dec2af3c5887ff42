"""Finding plug-ins by name: files of qgen, modules of others, and files outside any package.

A folder of qgen is the registry of its plug-ins: a file's `__all__` names the one plug-in in it, and files whose
names begin with an underscore are none.
"""

import ast
import difflib
import hashlib
import importlib
import importlib.util
import logging
import os
import pkgutil
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from qgen.files import InputError, local, read_text, reading
from qgen.plugins.script import needed

logger = logging.getLogger(__name__)

BUILTIN = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)?")
OWN = re.compile(r"qgen(\.\w+)+:\w+")
"""A name in a module of qgen."""
WORD = re.compile(r"[a-z0-9_]+")
GENERATORS = "qgen.generators"
"""Where generators are: "qvae" is a folder of it, "classical/bootstrap" a file of one; other plug-ins are in rooms."""
FAMILIES = ("qvae", "qgan", "qcbm", "iqp")
QASM = "qgen.circuits.qasm"
"""Reads circuits in OpenQASM 3; imported where one is named, since it needs more than this module may."""
CONTENT = "__content__"
"""Of a module that is a user's file: the bytes that it was made of."""


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


def described(folder: str, called: str = "") -> dict[str, str]:
    """The plug-ins in a folder of qgen with the first sentence of what their files say, none of which is imported.

    Args:
        folder: of qgen.
        called: how names begin, instead of by the folder.
    """
    place = Path(__file__).parents[1] / folder
    found = {}
    for path in sorted(place.glob("[a-z]*.py")):
        tree = ast.parse(read_text(path))
        declared = [line for line in tree.body if isinstance(line, ast.Assign) and _is_all(line)]
        if declared and isinstance(declared[0].value, ast.List) and len(declared[0].value.elts) == 1:
            about = (ast.get_docstring(tree) or "").partition("\n\n")[0]
            found[f"{called or folder}/{path.stem}"] = " ".join(about.split())
    return found


def _is_all(line: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in line.targets)


def generators() -> list[str]:
    """Names of qgen's generators: the families, then the classical references."""
    return [*FAMILIES, *plugins("classical")]


@dataclass(frozen=True)
class Source:
    """Where a plug-in comes from, as it is now: the file may change later.

    Attributes:
        reference: name by which it is found again, from a folder that holds `file`.
        file: name of its file; empty for what is found without one.
        content: of that file.
    """

    reference: str
    file: str = ""
    content: bytes = b""

    @property
    def digest(self) -> str:
        """Of the content; empty where there is no file."""
        return hashlib.sha256(self.content).hexdigest()[:16] if self.file else ""

    def into(self, place: Path) -> str:
        """Write the file into a folder; the reference."""
        if self.file:
            (place / self.file).write_bytes(self.content)
        return self.reference


def archive(plugin: Any, place: Path, folder: str = "") -> str:
    """A reference to a plug-in that works from a saved folder: its own name if qgen ships it, else its source's.

    Args:
        plugin: a reference for `resolve`, or the plug-in itself.
        place: a source outside of qgen is written there; a circuit that is an object, as OpenQASM.
        folder: as for `resolve`.

    Raises:
        InputError: the plug-in has no source file (it was typed into an interpreter).
    """
    return source_of(plugin, folder).into(place)


def source_of(plugin: Any, folder: str = "") -> Source:
    """The source of a plug-in; arguments and errors as in `archive`."""
    plugin = str(plugin) if isinstance(plugin, Path) else plugin
    if isinstance(plugin, str) and BUILTIN.fullmatch(plugin):
        return Source(plugin)
    if isinstance(plugin, str) and plugin.endswith(".qasm"):
        path = local(plugin)
        with reading(path, "the file"):
            return Source(path.name, path.name, path.read_bytes())
    target = resolve(plugin, folder)
    module, name = _definition(target)
    if module is None and isinstance(plugin, str) and not _is_qasm(plugin):  # an object in a file, e.g. of Qiskit's
        source, _, name = plugin.rpartition(":")
        module = load_module(source)
    if module is None:
        return _written(target)
    if module.__name__.startswith("qgen."):
        own = _public(module.__name__) == [name] and module.__name__.removeprefix("qgen.").replace(".", "/")
        return Source(own if own and BUILTIN.fullmatch(own) else f"{module.__name__}:{name}")
    path = Path(str(module.__file__))
    if module.__name__ == "__main__":
        return _of_script(path, name)
    loaded: bytes | None = vars(module).get(CONTENT)  # of a file that `load_module` has read: it may have changed since
    with reading(path, "the file"):
        return Source(f"{path.name}:{name}", path.name, path.read_bytes() if loaded is None else loaded)


def _definition(target: Any) -> tuple[ModuleType | None, str]:
    """The module from which a function or a class can be had by its own name; None for all others."""
    module, name = sys.modules.get(getattr(target, "__module__", "")), getattr(target, "__name__", "")
    found = getattr(module, name, None) is target and getattr(module, "__file__", None) is not None
    return (module if found else None), name


def _written(target: Any) -> Source:
    """A circuit that is an object, as OpenQASM 3."""
    text = importlib.import_module(QASM).write(target)
    if text is None:
        name = getattr(target, "__name__", repr(target))
        raise InputError(f"{name}: expected a plug-in defined in a file, so that it can be saved with the model")
    name = f"circuit-{hashlib.sha256(text.encode()).hexdigest()[:8]}.qasm"
    return Source(name, name, text.encode())


def _is_qasm(reference: str) -> bool:
    """Whether a reference is the name of a file of OpenQASM, or its text."""
    return reference.lower().endswith((".qasm", ".qasm2", ".qasm3")) or ";" in reference


def is_foreign(reference: Any) -> bool:
    """Whether a name stands for code outside of qgen, which runs when it is resolved; circuits in OpenQASM do not."""
    if not isinstance(reference, str) or BUILTIN.fullmatch(reference) or _is_qasm(reference):
        return False
    return not OWN.fullmatch(reference) or reference.rpartition(":")[0].endswith(".py")  # a file may be called qgen.py


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


def _of_script(path: Path, name: str) -> Source:
    """Of what stands in the script that runs: what it needs of it, so that loading it does not run the script again."""
    part = needed(read_text(path), name)
    if not part:
        raise InputError(f"{name}: expected a plug-in at the top of a file, found it inside of {path}, which runs")
    return Source(f"{path.stem}_{name}.py:{name}", f"{path.stem}_{name}.py", part.encode())


def source_of_class(generator: type) -> Source:
    """The source of a generator: its name, and the file that it comes from where that is a user's."""
    module = sys.modules.get(generator.__module__, object)
    if CONTENT in vars(module) or (generator.__module__ == "__main__" and hasattr(module, "__file__")):
        return source_of(generator)
    return Source(name_of(generator))


def _from_file(path: Path) -> ModuleType:
    """A file as a module, which is loaded once for each content that it has: an edited file is another module."""
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    with reading(path, "the file"):
        content = path.read_bytes()
    key = hashlib.sha256(b"\0".join((os.fsencode(path.resolve()), content))).hexdigest()[:16]
    name = f"qgen_plugin_{key}"
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = str(path)
    vars(module)[CONTENT] = content
    sys.modules[name] = module
    try:
        exec(compile(content, path, "exec", dont_inherit=True), vars(module))
    except Exception as error:
        del sys.modules[name]
        raise _not_imported(path, error) from error
    for neighbour in _neighbours(path, content):
        logger.warning(
            "%s: imports %s, which is not saved with a model, and whose changes are not seen: a plug-in is one file",
            path,
            neighbour.name,
        )
    return module


def _neighbours(path: Path, content: bytes) -> list[Path]:
    """Files in its folder that a file imports."""
    lines = list(ast.walk(ast.parse(content)))
    names = {one.name for line in lines if isinstance(line, ast.Import) for one in line.names}
    names |= {line.module or "" for line in lines if isinstance(line, ast.ImportFrom)}
    files = (path.parent / f"{name.partition('.')[0]}.py" for name in names)
    return sorted({file for file in files if file.is_file()})


def _not_imported(place: str | Path, error: Exception) -> InputError:
    if isinstance(error, ModuleNotFoundError) and (file := Path(place).parent / f"{error.name}.py").is_file():
        return InputError(f"{place}: expected a plug-in in one file, found an import of {file.name} beside it")
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
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.65)
    return f" (did you mean {close[0]!r}?)" if close else ""
