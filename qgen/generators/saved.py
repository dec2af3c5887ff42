"""Folders of saved generators: their `config.yaml`, and the generator itself, whatever its class.

`config.yaml` holds the version of its own form (`format`), the version of qgen, the name of the generator and its
options. Format 1 named the module and the class, and did not say that it was format 1.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from qgen.files import InputError, local, read_text
from qgen.generators.protocol import Generator
from qgen.plugins import resolve

CONFIG = "config.yaml"
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
    try:
        config = yaml.safe_load(read_text(path))
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: expected the config of a saved generator, found: {reason}") from error
    if not isinstance(config, dict) or not {"generator", "options"} <= config.keys():
        raise InputError(f"{path}: expected the entries 'generator' and 'options', found {config!r:.80}")
    for name, kind in (("format", int), ("generator", str), ("options", dict), ("task", dict)):
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


def load_generator(path: str | Path) -> Generator:
    """Load any saved generator; its class is named in the folder's `config.yaml`.

    Raises:
        InputError: the folder does not hold a saved generator.
    """
    name = read_config(path)["generator"]
    file = local(path) / name.rpartition(":")[0]
    cls = resolve(f"{file}:{name.rpartition(':')[2]}" if file.is_file() else name)
    if not isinstance(cls, type) or not hasattr(cls, "load"):
        raise InputError(f"{path}: entry 'generator': expected the name of a generator, found {name!r}")
    return cast(Generator, cls.load(path))


def plain(config: Mapping[str, Any], name: str) -> str:
    """A configuration as YAML."""
    try:
        return str(yaml.safe_dump(config, sort_keys=False))
    except yaml.representer.RepresenterError as error:
        raise InputError(
            f"{name}: expected options of plain values, to be saved, found {error.args[1]!r:.60}"
        ) from error
