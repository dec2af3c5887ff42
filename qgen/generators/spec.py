"""A generator from text: its name, a mode and options, as the command line gives them."""

from __future__ import annotations

import inspect
from typing import Any, cast

import yaml

from qgen.files import InputError
from qgen.generators.protocol import Generator
from qgen.plugins import BUILTIN, near_miss, resolve


def create(spec: str, *, quick: bool = False, **defaults: Any) -> Generator:
    """Make a generator from its name and options, e.g. "qvae", "qgan:style,depth=4", "classical/gaussian_copula".

    Args:
        spec: folder or file name of qgen, or "module:Class" or "file.py:Class", then after a colon a mode
            and/or comma-separated key=value options (values in YAML, lists and mappings in brackets).
        quick: start from the class's `quick` settings.
        defaults: hyper-parameters for where `spec` says nothing; those that the class does not know are left out.

    Raises:
        InputError: an unknown name or option.
    """
    cls, options = parse(spec)
    known = inspect.signature(cls).parameters
    for key in options:
        if key not in known:
            raise InputError(
                f"{spec}: unknown option {key!r}, expected one of {', '.join(known)}{near_miss(key, known)}"
            )
    start = dict(getattr(cls, "quick", {})) if quick else {}
    return cast(Generator, cls(**{name: defaults[name] for name in defaults if name in known} | start | options))


def parse(spec: str) -> tuple[type, dict[str, Any]]:
    """The class and the options that a generator's name stands for; see `create`.

    Raises:
        InputError: an unknown name, or one of something else than a generator.
    """
    if "@" in spec:
        raise InputError(f"{spec}: what follows @ is changed after a fit, by qgen compare")
    name, _, text = spec.partition(":")
    if not BUILTIN.fullmatch(name):
        cls_name, _, text = text.partition(":")
        name = f"{name}:{cls_name}"
    found = resolve(name)
    if not isinstance(found, type) or not hasattr(found, "fit") or not hasattr(found, "sample"):
        raise InputError(f"{name}: expected a class with fit and sample, a generator, found {found!r}")
    return found, options(text)


def options(text: str) -> dict[str, Any]:
    """Comma-separated key=value options (values in YAML, with commas inside brackets); one without = is the mode.

    Raises:
        InputError: a value that is no YAML.
    """
    found: dict[str, Any] = {}
    for item in _items(text):
        key, equals, value = item.partition("=")
        found |= {key.strip(): _value(key.strip(), value)} if equals else {"mode": key.strip()}
    return found


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
    """A value in YAML; also numbers such as 5e-3, which YAML 1.1 takes for text."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{key}: expected a value in YAML, found {text!r}") from error
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value
