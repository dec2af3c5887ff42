"""What may plain data from a file hold? Numbers where numbers belong, one line of text where text does.

Results are shared. A file that was damaged, or made by somebody who means harm, is refused in one line before anything
of it is computed with, written or drawn.
"""

import sys
import unicodedata
from collections.abc import Mapping
from typing import Any

from qgen.files import InputError

MOST_TEXT = 2000
OTHERS = ...
"""In a shape, all keys that it does not name."""

Shape = Any
"""A check; [shape] of a list, [shape, shape] of a pair; {key: shape} of a mapping, in which "key?" may be missing; or
`optional` of any.
"""


def number(value: Any) -> str:
    """A finite number, or None."""
    return "" if value is None or not finite(value) else "a finite number or null"


def finite(value: Any) -> str:
    """A finite number, small enough for floating point."""
    fine = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
    return "" if fine else "a finite number"


def whole(value: Any) -> str:
    """A whole number >= 0, small enough for an array's size."""
    fine = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= sys.maxsize
    return "" if fine else "a whole number >= 0"


def nothing(value: Any) -> str:
    """No such entry."""
    return "no such entry"


def optional(shape: Shape) -> Shape:
    """None, or that."""
    return None, shape


def text(value: Any) -> str:
    """One printable line."""
    fine = isinstance(value, str) and len(value) <= MOST_TEXT and all(map(_printable, value))
    return "" if fine else "one line of text"


def flag(value: Any) -> str:
    """True or false."""
    return "" if isinstance(value, bool) else "true or false"


def plain(value: Any) -> str:
    """Numbers, texts, lists and mappings of them."""
    if isinstance(value, list):
        return next(filter(None, map(plain, value)), "")
    if isinstance(value, dict):
        return next(filter(None, (text(key) or plain(item) for key, item in value.items())), "")
    if isinstance(value, str):
        return text(value)
    return "" if isinstance(value, bool) else number(value)


def _printable(character: str) -> bool:
    return unicodedata.category(character)[0] != "C"


def require(value: Any, shape: Shape, path: Any, what: str) -> None:
    """Check a value against a shape.

    Raises:
        InputError: it is of another; says where.
    """
    if problem := problem_of(value, shape):
        raise InputError(f"{path}: expected {what}; {problem}")


def problem_of(value: Any, shape: Shape, where: str = "") -> str:
    """Where and how a value is not of a shape; empty if it is."""
    if isinstance(shape, tuple):
        return "" if value is None else problem_of(value, shape[1], where)
    if isinstance(shape, list):
        if not isinstance(value, list | tuple):
            return _told(where, "a list", value)
        if 1 < len(shape) != len(value):
            return _told(where, f"{len(shape)} entries", value)
        shapes = shape if len(shape) > 1 else shape * len(value)
        return _first((item, shapes[i], f"{where}[{i}]") for i, item in enumerate(value))
    if isinstance(shape, Mapping):
        return _of_mapping(value, shape, where)
    expected = shape(value)
    return _told(where, expected, value) if expected else ""


def _of_mapping(value: Any, shape: Mapping[Any, Shape], where: str) -> str:
    if not isinstance(value, dict):
        return _told(where, "a mapping", value)
    named = {key.removesuffix("?"): one for key, one in shape.items() if key is not OTHERS}
    if missing := [key for key in shape if key is not OTHERS and not key.endswith("?") and key not in value]:
        return _told(where, f"{missing[0]!r} in it", list(value)[:8])
    if strange := [key for key in value if text(key)]:
        return _told(where, "keys of one line of text", strange[0])
    checks = ((item, named.get(key, shape.get(OTHERS, plain)), f"{where}.{key}") for key, item in value.items())
    return _first(checks)


def _first(checks: Any) -> str:
    return next(filter(None, (problem_of(*one) for one in checks)), "")


def _told(where: str, expected: str, value: Any) -> str:
    shown = "".join(character if _printable(character) else " " for character in repr(value))
    return f"{where.lstrip('.') or 'the content'}: expected {expected}, found {shown:.60}"
