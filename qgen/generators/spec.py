"""A generator from text: its name, a mode and options, as the command line gives them."""

from typing import Any, cast

import yaml

from qgen.files import InputError
from qgen.generators.protocol import Generator
from qgen.plugins import BUILTIN, near_miss, options_of, resolve
from qgen.plugins.options import refuse_secrets

OPTIONAL = ("representation", "code_seed")
"""Defaults that a generator may do without: the protocol asks for no option, and not all have a code."""


def create(spec: str, *, quick: bool = False, **defaults: Any) -> Generator:
    """Make a generator from its name and options, e.g. "qvae", "qgan:style,depth=4", "classical/gaussian_copula".

    Args:
        spec: folder or file name of qgen, or "module:Class" or "file.py:Class", then after a colon a mode
            and/or comma-separated key=value options (values in YAML, or None; lists and mappings in brackets).
        quick: start from the class's `quick` settings.
        defaults: options for where `spec` says nothing; those of `OPTIONAL` are left out where the class has none.

    Raises:
        InputError: an unknown name or option.
    """
    cls, given = parse(spec)
    known = options_of(cls)
    start = {name: value for name, value in defaults.items() if name in known or name not in OPTIONAL}
    chosen = start | (dict(getattr(cls, "quick", {})) if quick else {}) | given
    for key, value in chosen.items():
        if key == "mode" and key not in known:
            raise InputError(
                f"{spec}: expected options as name=value, found {value!r}; lists stand in brackets, as in name=[1,2]"
            )
        if key not in known:
            raise InputError(
                f"{spec}: unknown option {key!r}{near_miss(key, known)}, expected one of {', '.join(known)}; "
                f"qgen generators show {split(spec)[0]} explains them"
            )
    return cast(Generator, cls(**chosen))


def parse(spec: str) -> tuple[type, dict[str, Any]]:
    """The class and the options that a generator's name stands for; see `create`.

    Raises:
        InputError: an unknown name, or one of something else than a generator.
    """
    name, text = split(spec)
    generator = resolve(name)
    if not isinstance(generator, type) or not hasattr(generator, "fit") or not hasattr(generator, "sample"):
        raise InputError(f"{name}: expected a class with fit and sample, a generator, found {generator!r}")
    return generator, options(text)


def split(spec: str) -> tuple[str, str]:
    """The name of a generator, and the text of its options."""
    if "@" in spec:
        raise InputError(f"{spec}: what follows @ is changed after a fit, by qgen compare")
    name, _, text = spec.partition(":")
    if "," in name:
        raise InputError(f"{spec}: expected one generator; several are separated by spaces: {name.replace(',', ' ')}")
    if not BUILTIN.fullmatch(name):
        cls_name, _, text = text.partition(":")
        name = f"{name}:{cls_name}"
    return name, text


def options(text: str) -> dict[str, Any]:
    """Comma-separated key=value options (values in YAML, with commas inside brackets); one without = is the mode.

    Raises:
        InputError: a value that is no YAML, or an option that looks like a secret.
    """
    by_name: dict[str, Any] = {}
    for item in _items(text):
        key, equals, value = item.partition("=")
        by_name |= {key.strip(): _value(key.strip(), value)} if equals else {"mode": key.strip()}
    for name, value in by_name.items():
        refuse_secrets(name, value)
    return by_name


def _items(text: str) -> list[str]:
    """Parts between commas, but not between those inside of brackets; empty ones are left out."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "[{(") - (character in "]})")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part for part in parts if part]


def _value(key: str, text: str) -> Any:
    """A value in YAML; also None, and numbers such as 5e-3, which YAML 1.1 takes for text."""
    if text == "None":
        return None
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{key}: expected a value in YAML, found {text!r}") from error
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value
