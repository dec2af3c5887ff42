"""Checks of hyper-parameters, which come from a command line as anything that YAML can say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf
from numbers import Integral, Real
from typing import Any

from qgen.files import InputError


def require_whole(owner: str, options: Mapping[str, Any], least: Mapping[str, int]) -> None:
    """Check whole numbers.

    Args:
        owner: what messages call the object with these options.
        options: by name.
        least: that each of them may be.

    Raises:
        InputError: one that is no whole number, or less.
    """
    for name, bound in least.items():
        value = options[name]
        if not isinstance(value, Integral) or isinstance(value, bool) or int(value) < bound:
            raise InputError(f"{owner}: expected {name} to be a whole number >= {bound}, found {value!r}")


def require_real(owner: str, options: Mapping[str, Any], below: Mapping[str, float]) -> None:
    """Check numbers that are 0 or more.

    Args:
        owner: what messages call the object with these options.
        options: by name.
        below: what each of them must stay below.

    Raises:
        InputError: one that is no number, or out of range.
    """
    for name, bound in below.items():
        value = options[name]
        if not isinstance(value, Real) or isinstance(value, bool) or not 0 <= float(value) < bound:
            bounded = "" if bound == inf else f" and < {bound:g}"
            raise InputError(f"{owner}: expected {name} to be a number >= 0{bounded}, found {value!r}")


def require_flags(owner: str, options: Mapping[str, Any], names: Iterable[str]) -> None:
    """Check that these options are true or false.

    Raises:
        InputError: one that is neither.
    """
    for name in names:
        if not isinstance(options[name], bool):
            raise InputError(f"{owner}: expected {name} to be true or false, found {options[name]!r}")
