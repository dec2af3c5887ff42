"""The primary metrics of all generators."""

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qgen.report import Row, Scoreboard
from qgen.report.numbers import number
from qgen.report.panels import counted, look, of_metrics
from qgen.report.rows import contender, finite, metric_label, ordered, primary, short, spans_decades, value_of
from qgen.report.sheets import UNRANKED, unranked

PLACE = "Primary metrics", 10


def needs(scoreboard: Scoreboard) -> str:
    """Needs a primary metric."""
    return "" if primary(scoreboard) else "a primary metric"


def draw(scoreboard: Scoreboard) -> Figure:
    """The primary metrics with their errors (68 %) beside the truth floor and its band."""
    rows = ordered(scoreboard)[::-1]
    figure, panels = of_metrics(scoreboard, rows)
    for metric, ax in panels.items():
        if spans_decades(scoreboard, metric):
            _set_scale(ax, metric, rows, scoreboard["floor"][metric]["value"])
        for y, row in enumerate(rows):
            _point(ax, y, row["metrics"].get(metric, {}), _marks(scoreboard, row))
    return figure


def caption(scoreboard: Scoreboard) -> tuple[str, str]:
    """Which generator is closest to GEANT4 by the first metric, and which farthest."""
    metric = primary(scoreboard)[0]
    rows = [row for row in ordered(scoreboard) if value_of(row, metric) is not None]
    scored = list(filter(contender, rows))
    extremes = ""
    if len(scored) > 1:
        scores = [(short(row["generator"]), row["metrics"][metric]) for row in (scored[0], scored[-1])]
        best, worst = (f"{label} ({number(score['value'], score['error'])})" for label, score in scores)
        extremes = f" By {metric_label(scoreboard, metric)}, {best} is closest to GEANT4 and {worst} farthest."
    return (
        "Primary metrics with their 68 % errors; the line is the truth floor, the band its standard deviation."
        + (" Controls that must fail are open marks below the line." if len(rows) > len(scored) else "")
        + extremes
        + (f" {UNRANKED}" if any(map(unranked, scored)) else ""),
        f"Primary metrics of {counted(scored)} beside the truth floor.",
    )


def _marks(scoreboard: Scoreboard, row: Row) -> dict[str, Any]:
    """Colour of a point; open for a control."""
    colour = look(scoreboard, row)["color"]
    return {"color": colour, "mfc": "white" if row.get("control") else colour}


def _point(ax: Axes, y: float, score: dict[str, float | None], marks: dict[str, Any]) -> None:
    value = finite(score.get("value"))
    if value is None:
        ax.text(0.94, y, "n/a", ha="right", va="center", transform=ax.get_yaxis_transform())
    else:
        ax.errorbar(value, y, xerr=finite(score.get("error")) or 0.0, fmt="o", capsize=3, **marks)


def _set_scale(ax: Axes, metric: str, rows: Sequence[Row], floor: float) -> None:
    """A logarithmic scale, linear around 0 where a value is not positive."""
    values = [value_of(row, metric) for row in rows]
    if min([floor, *(value for value in values if value is not None)]) > 0:
        ax.set_xscale("log")
    else:
        ax.set_xscale("symlog", linthresh=10.0 ** math.ceil(math.log10(abs(floor))) if floor else 1e-3)
