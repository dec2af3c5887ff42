"""What tables, figures and page have in common: the order of rows, names for labels, and values that may be missing."""

from __future__ import annotations

import math
import re
from typing import Any

from qgen.evaluation import LABELS, PRIMARY
from qgen.report import Row, Scoreboard


def ordered(scoreboard: Scoreboard) -> list[Row]:
    """Rows from the best to the worst by the first primary metric; those without a value come last."""

    def key(row: Row) -> float:
        value = finite(row["metrics"].get(PRIMARY[0], {}).get("value"))
        return math.inf if value is None else value

    return sorted(scoreboard["rows"], key=key)


def primary(scoreboard: Scoreboard) -> list[str]:
    """The primary metrics that the scoreboard has."""
    return [name for name in PRIMARY if name in scoreboard["floor"]]


def others(scoreboard: Scoreboard) -> list[str]:
    """The metrics of the scoreboard that are not primary."""
    return [name for name in scoreboard["floor"] if name not in PRIMARY]


def finite(value: Any) -> float | None:
    """A number, or None for what is missing or not finite."""
    return float(value) if value is not None and math.isfinite(value) else None


def metric_label(name: str) -> str:
    """A metric's name for a header or an axis."""
    return LABELS.get(name, name.replace("_", " "))


def short(name: str) -> str:
    """A generator's name for a label: no folders, the bare name of a circuit, blanks between options."""
    bare = re.sub(r"ansatz=(?:[^,:]*[:/])?([^,:]+)", r"\1", name.removeprefix("classical/"))
    return re.sub(r"[:,\s]+", " ", bare.replace("_", " "))


def family(row: Row) -> str:
    """A row's family, and whether it makes mean images only."""
    return str(row["family"]) if row["event_level"] else f"{row['family']}, mean image"
