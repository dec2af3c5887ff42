"""What a `scoreboard.json` may hold: numbers where numbers belong, one line of text where text does.

Scoreboards are shared. One that was damaged, or made by somebody who means harm, is refused in one line before
anything of it is written or drawn.
"""

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

from qgen.files import InputError

MOST_TEXT = 2000
OTHERS = ...
"""In a shape, all keys that it does not name."""

Shape = Any
"""A check, [shape] of a list, or {key: shape} of a mapping, in which "key?" may be missing."""


def number(value: Any) -> str:
    """A finite number, or None."""
    fine = value is None or (isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value))
    return "" if fine else "a finite number or null"


def text(value: Any) -> str:
    """One printable line."""
    fine = isinstance(value, str) and len(value) <= MOST_TEXT and all(map(_printable, value))
    return "" if fine else "one line of text"


def some_text(value: Any) -> str:
    """One printable line, or None."""
    return "" if value is None else text(value)


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


_SCORE: Shape = {"value": number, "error": number, "note?": some_text, "per_seed?": [number], OTHERS: number}
_NAMED: Shape = {OTHERS: number}
_TIME: Shape = {"fit_interrupted?": flag, "batches?": {OTHERS: _NAMED}, OTHERS: number}
_CURVES: Shape = {"epoch": [number], "curves": {OTHERS: {OTHERS: [number]}}}
_DISTRIBUTIONS: Shape = {"profiles?": {OTHERS: plain}, "histograms?": {OTHERS: plain}, OTHERS: plain}
_BINS: Shape = {"note?": [some_text], OTHERS: [number]}
_ROW: Shape = {
    **{"generator": text, "family": text, "seeds": [number], "metrics": {OTHERS: _SCORE}, "event_level": flag},
    **{"control?": flag, "control_of?": [text], "floor_of?": [text], "distributions": _DISTRIBUTIONS},
    **{"resources?": _NAMED, "time?": _TIME, "in_energy_bins?": {OTHERS: _BINS}},
    "history?": lambda value: "" if value is None else problem_of(value, _CURVES),
}
_PAIR: Shape = {"a": text, "b": text, "metric": text, OTHERS: number}
_UNFAILED: Shape = {"control": text, "generator": text, "metric": text, OTHERS: number}
_METRIC: Shape = {"label?": text, "unit?": text, "why?": text, "primary?": flag, OTHERS: plain}
SCOREBOARD: Shape = {
    **{"dataset": text, "representation": text, "n_reference": number, "n_train": number, "reference": _DISTRIBUTIONS},
    **{"floor": {OTHERS: _NAMED}, "floor_how?": text, "metrics?": {OTHERS: _METRIC}, "notes?": {OTHERS: text}},
    **{"rows": [_ROW], "paired?": [_PAIR], "provenance?": plain},
    "unfailed?": lambda value: "" if value is None else problem_of(value, [_UNFAILED]),
}


def require(value: Any, shape: Shape, path: Any, what: str) -> None:
    """Check a value against a shape.

    Raises:
        InputError: it is of another; says where.
    """
    if problem := problem_of(value, shape):
        raise InputError(f"{path}: expected {what}; {problem}")


def problem_of(value: Any, shape: Shape, where: str = "") -> str:
    """Where and how a value is not of a shape; empty if it is."""
    if isinstance(shape, list):
        if not isinstance(value, list):
            return _told(where, "a list", value)
        return _first((item, shape[0], f"{where}[{i}]") for i, item in enumerate(value))
    if isinstance(shape, Mapping):
        return _of_mapping(value, shape, where)
    expected = shape(value)
    return (expected if ":" in expected else _told(where, expected, value)) if expected else ""


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
