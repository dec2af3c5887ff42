"""What tables, figures and page share: which rows and their order, names for labels, values that may be missing."""

import math
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from qgen.files import InputError
from qgen.metrics import Description
from qgen.metrics.registry import built_in_descriptions
from qgen.plugins import near_miss
from qgen.report import Row, Scoreboard

MAX_LINES = 8


def ordered(scoreboard: Scoreboard) -> list[Row]:
    """Rows from the best to the worst by the first primary metric; those without a value come last.

    The controls that must fail come after all others, in the same order.
    """
    first = next(iter(primary(scoreboard)), None)

    def key(row: Row) -> tuple[bool, float]:
        value = None if first is None else value_of(row, first)
        badness = math.inf if first is None or value is None else described(scoreboard, first).badness(value)
        return bool(row.get("control")), badness

    return sorted(scoreboard["rows"], key=key)


def select(scoreboard: Scoreboard, names: Sequence[str]) -> Scoreboard:
    """The scoreboard with some of its rows, and the paired differences among them; ranks and colours stay.

    Args:
        scoreboard: see `qgen.report`.
        names: of rows, as tables have them; in a name that no row has, `*` stands for anything: "qvae*".

    Raises:
        InputError: a name that chooses no row.
    """
    there, wanted = [row["generator"] for row in scoreboard["rows"]], set[str]()
    for name in names:
        matching = {name} & set(there) or {row for row in there if fnmatchcase(row, name)}
        if not matching:
            begun = f" (did you mean {name + '*'!r}?)" if any(row.startswith(name) for row in there) else ""
            hint = f"{begun or near_miss(name, there)}; there are {', '.join(there)}"
            raise InputError(f"generators: expected names of rows, found {name!r}{hint}")
        wanted |= matching
    rows = [row for row in scoreboard["rows"] if row["generator"] in wanted]
    paired = [pair for pair in scoreboard.get("paired", ()) if {pair["a"], pair["b"]} <= wanted]
    return {**scoreboard, "rows": rows, "paired": paired, "all_rows": all_rows(scoreboard)}


def with_metrics(scoreboard: Scoreboard, names: Sequence[str]) -> Scoreboard:
    """The scoreboard with some of its metrics, in the order of the names; ranks stay.

    Args:
        scoreboard: see `qgen.report`.
        names: of metrics, as `--metrics` of `qgen compare` takes them: auc, fpd, ...

    Raises:
        InputError: a name of none.
    """
    there = list(scoreboard["floor"])
    for name in names:
        if name not in there:
            hint = f"{near_miss(name, there)}; there are {', '.join(there)}"
            raise InputError(f"metrics: expected names of metrics, found {name!r}{hint}")
    kept = {
        key: {n: scoreboard[key][n] for n in names if n in scoreboard[key]}
        for key in ("floor", "metrics", "notes")
        if key in scoreboard
    }
    of_pairs = {
        key: [one for one in scoreboard[key] if one["metric"] in names]
        for key in ("paired", "unfailed")
        if scoreboard.get(key)
    }
    return {**scoreboard, **kept, **of_pairs}


def contender(row: Row) -> bool:
    """Whether a row is a generator that competes: no control that must fail, and no floor (reconstruction, ...)."""
    return not (row.get("control") or row.get("floor_of"))


def all_rows(scoreboard: Scoreboard) -> list[Row]:
    """The rows of a scoreboard, also those that `select` left out."""
    return scoreboard.get("all_rows") or scoreboard["rows"]


def chosen(scoreboard: Scoreboard) -> list[Row]:
    """The rows that a figure with lines shows, at most `MAX_LINES` of them unless they were named (`select`).

    Of many rows, the first of every name before the colon: ablations and quantisation floors are left out; where that
    leaves less than half of the places in use, the best of the others fill them.
    """
    rows = ordered(scoreboard)
    if "all_rows" in scoreboard or len(rows) <= MAX_LINES:
        return rows
    first = {row["generator"].split(":")[0]: row["generator"] for row in reversed(scoreboard["rows"])}
    plain = [row for row in rows if row["generator"] in first.values() and "(" not in row["generator"]][:MAX_LINES]
    if len(plain) >= MAX_LINES // 2:
        return plain
    names = [row["generator"] for row in (*plain, *(row for row in rows if row not in plain))][:MAX_LINES]
    return [row for row in rows if row["generator"] in names]


def primary(scoreboard: Scoreboard) -> list[str]:
    """The primary metrics that the scoreboard has."""
    return [name for name in scoreboard["floor"] if described(scoreboard, name).primary]


def others(scoreboard: Scoreboard) -> list[str]:
    """The metrics of the scoreboard that are not primary."""
    return [name for name in scoreboard["floor"] if not described(scoreboard, name).primary]


def finite(value: Any) -> float | None:
    """A number, or None for what is missing or not finite."""
    return float(value) if value is not None and math.isfinite(value) else None


def value_of(row: Row, metric: str) -> float | None:
    """A row's value of a metric, where it has one."""
    return finite(row["metrics"].get(metric, {}).get("value"))


def resource(row: Row, key: str) -> float | None:
    """A number among the resources of a row, where it has one."""
    return finite((row.get("resources") or {}).get(key))


def described(scoreboard: Scoreboard, metric: str) -> Description:
    """What a scoreboard says of a metric; an older one leaves that to the built-in metrics."""
    if metric in scoreboard.get("metrics", {}):
        return Description(**scoreboard["metrics"][metric])
    return built_in_descriptions().get(metric, Description(metric.replace("_", " "), primary=False))


def metric_label(scoreboard: Scoreboard, metric: str) -> str:
    """A metric's name for a header or an axis, with its unit."""
    return described(scoreboard, metric).title


def spans_decades(scoreboard: Scoreboard, metric: str) -> bool:
    """Whether a logarithmic axis suits a metric: one that falls with the quality, as distances do."""
    return described(scoreboard, metric).better == "lower"


def literal(text: str) -> str:
    """Text for matplotlib that is no formula, whatever is in it."""
    return text.replace("$", r"\$")


def short(name: str) -> str:
    """A generator's name for a label: no folders, the bare name of a circuit, blanks between options."""
    bare = re.sub(r"ansatz=(?:[^,:]*[:/])?([^,:]+)", r"\1", name.removeprefix("classical/"))
    return re.sub(r"[:,\s]+", " ", bare.replace("_", " "))


def part_name(kind: str, part: str) -> str:
    """Name of the file of one of several tables or figures of a kind: of an observable, or of a metric."""
    return f"{kind}_{part.replace('/', '_').replace(' ', '_')}"


def trainings(scoreboard: Scoreboard, n: int | None = None) -> str:
    """What the trainings of a row are, "folds" or "training seeds", and how many; n: by default, of the row of most."""
    number = max((len(row["seeds"]) for row in scoreboard["rows"]), default=1) if n is None else n
    recorded = scoreboard.get("provenance") or {}
    folds = recorded.get("folds") is not None and recorded.get("fold") is None
    kind = "fold" if folds else "training seed"
    return f"one {kind}" if number == 1 else f"{number} {kind}s"


def family(row: Row) -> str:
    """A row's family, and whether it makes mean images only."""
    return str(row["family"]) if row["event_level"] else f"{row['family']}, mean image"
