"""Folders of saved generators: their `config.yaml`, and the generator itself, whatever its class.

`config.yaml` holds the version of its own form (`format`), the version of qgen, the name of the generator and its
options. Format 1 named the module and the class, and did not say that it was format 1.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import yaml

from qgen.files import COMPLAINTS, InputError, TrainingError, local, read_yaml, trusted, trusting
from qgen.generators.protocol import Generator
from qgen.plugins import Source, resolve
from qgen.plugins.find import is_foreign
from qgen.plugins.signature import is_own, sign

CONFIG = "config.yaml"
SIGNATURES = "signatures"
"""Its entry with the user's signatures of the code in the folder."""
WEIGHTS = "model.safetensors"
FORMAT = 2
OF_FORMAT_1 = re.compile(r"qgen\.(?:(qvae|qgan|qcbm|iqp)\.generator|(classical)\.(\w+)):\w+")
"""The generators of format 1."""
_SHARED = ("representation", "code", "code_options", "gates", "body", "degree", "epochs", "learning_rate")
MODES_OF_FORMAT_1 = {"boltzmann": _SHARED, "rbm": (*_SHARED, "hidden")}
"""Modes of the IQP Born machine of format 1 that became generators in `classical`, and the options they still have."""


def read_config(folder: str | Path) -> dict[str, Any]:
    """The `config.yaml` of a saved generator or a run.

    Raises:
        InputError: missing, unreadable, or without the entries "generator" and "options".
    """
    path = local(folder) / CONFIG
    if not path.is_file():
        raise InputError(f"{folder}: expected the folder of a saved generator, found no {CONFIG} in it")
    config = read_yaml(path, "the config of a saved generator")
    if not isinstance(config, dict) or not {"generator", "options"} <= config.keys():
        raise InputError(f"{path}: expected the entries 'generator' and 'options', found {config!r:.80}")
    for name, kind in (("format", int), ("generator", str), ("options", dict), ("task", dict), (SIGNATURES, dict)):
        if name in config and not isinstance(config[name], kind):
            raise InputError(f"{path}: entry {name!r}: expected a {kind.__name__}, found {config[name]!r:.80}")
    if (saved := config.get("format", 1)) > FORMAT:
        raise InputError(
            f"{path}: entry 'format': expected at most {FORMAT}, found {saved}: saved by qgen {config.get('qgen')}, "
            "which is newer than this one"
        )
    return config if saved == FORMAT else upgraded(config)


def upgraded(config: dict[str, Any]) -> dict[str, Any]:
    """The `config.yaml` of format 1 as one of format 2.

    A generator is named as commands name it; two modes of the IQP Born machine are generators of their own; and its
    options that were null, which stood for the default of the mode, are left out.
    """
    old = OF_FORMAT_1.fullmatch(config["generator"])
    if old is None:  # somebody's own, "module:Class"
        return config
    name, options = "/".join(filter(None, old.groups())), config["options"]
    if name == "iqp":
        options = {option: value for option, value in options.items() if value is not None}
        mode = str(options.get("mode"))
        if mode in MODES_OF_FORMAT_1:
            name = f"classical/{mode}"
            options = {option: value for option, value in options.items() if option in MODES_OF_FORMAT_1[mode]}
    return {**config, "generator": name, "options": options}


def load_generator(path: str | Path, *, trust: bool = False) -> Generator:
    """Load any saved generator; its class is named in the folder's `config.yaml`.

    Args:
        path: folder.
        trust: whether code that is not qgen's may run: of plug-ins that came with the model.

    Raises:
        InputError: the folder does not hold a saved generator, or one with code that is not trusted.
    """
    with trusting(trust):
        name = read_config(path)["generator"]
        require_trust(path, {"generator": name})
        file = local(path) / name.rpartition(":")[0]
        cls = resolve(f"{file}:{name.rpartition(':')[2]}" if is_foreign(name) and file.is_file() else name)
        if not isinstance(cls, type) or not hasattr(cls, "load"):
            raise InputError(f"{path}: entry 'generator': expected the name of a generator, found {name!r}")
        return cast(Generator, cls.load(path))


@contextmanager
def in_use(name: str | Path) -> Iterator[None]:
    """Tell in one line that a generator, damaged or wrong, does not work.

    Args:
        name: what to call it, such as its folder.

    Raises:
        InputError: in place of what it raises.
    """
    try:
        yield
    except (InputError, TrainingError, OSError):
        raise
    except COMPLAINTS as error:
        found = f"{type(error).__name__}: {' '.join(str(error).split())}"
        raise InputError(f"{name}: expected a generator that works, found {found}") from error


def require_trust(path: str | Path, references: Mapping[str, Any]) -> None:
    """Check that no code would run that is neither the user's own (`qgen.plugins.signature`) nor trusted.

    Args:
        path: folder that names it.
        references: names of plug-ins, of "generator" and of options.

    Raises:
        InputError: some would; says which.
    """
    signatures, files = read_config(path).get(SIGNATURES, {}), _files(path, references)
    foreign = [
        f"{what} {references[what]}"
        for what, file in files.items()
        if not (file.is_file() and is_own(file.read_bytes(), signatures.get(what)))
    ]
    if foreign and not trusted():
        raise InputError(
            f"{path}: would run code that is not qgen's: {', '.join(foreign)}; if you trust where it comes from, say "
            "--trust (in Python trust=True)"
        )


def foreign_sources(path: str | Path, plugins: Iterable[str]) -> dict[str, str]:
    """Digests of the code that loading a saved generator would run, by "generator" or the option; empty: no file.

    Args:
        path: folder.
        plugins: names of the options that are plug-ins.
    """
    files = _files(path, _references(read_config(path), plugins))
    return {
        what: Source(file.name, file.name, file.read_bytes()).digest if file.is_file() else ""
        for what, file in files.items()
    }


def signatures(path: str | Path, config: Mapping[str, Any], plugins: Iterable[str]) -> dict[str, dict[str, str]]:
    """The entry of a configuration with the user's signatures of the code in its folder; nothing without such code."""
    files = _files(path, _references(config, plugins))
    signed = {what: sign(file.read_bytes()) for what, file in files.items() if file.is_file()}
    return {SIGNATURES: signed} if signed else {}


def _references(config: Mapping[str, Any], plugins: Iterable[str]) -> dict[str, Any]:
    return {"generator": config["generator"], **{name: config["options"].get(name) for name in plugins}}


def _files(path: str | Path, references: Mapping[str, Any]) -> dict[str, Path]:
    """By "generator" or the option, the files in a folder that names of code outside of qgen mean there."""
    return {what: local(path) / name.rpartition(":")[0] for what, name in references.items() if is_foreign(name)}


def plain(config: Mapping[str, Any], name: str) -> str:
    """A configuration as YAML."""
    try:
        return str(yaml.safe_dump(config, sort_keys=False))
    except yaml.representer.RepresenterError as error:
        raise InputError(
            f"{name}: expected options of plain values, to be saved, found {error.args[1]!r:.60}"
        ) from error
