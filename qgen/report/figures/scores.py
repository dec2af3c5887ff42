"""The primary metrics of all generators."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qgen.report import Row, Scoreboard
from qgen.report.figures._panels import chosen, look, of_metrics
from qgen.report.rows import finite, ordered


def scores(scoreboard: Scoreboard, style: str = "plain", generators: Sequence[str] | None = None) -> Figure:
    """The primary metrics with their errors (68 %) beside the truth floor and its band.

    Args:
        scoreboard: see `qgen.report`.
        style: see `qgen.report.style`.
        generators: which to show; by default all.
    """
    rows = (ordered(scoreboard) if generators is None else chosen(scoreboard, generators))[::-1]
    with of_metrics(scoreboard, style, rows) as (figure, panels):
        for metric, ax in panels.items():
            _set_scale(ax, metric, rows, scoreboard["floor"][metric]["value"])
            for y, row in enumerate(rows):
                _point(ax, y, row["metrics"].get(metric, {}), look(scoreboard, row)["color"])
    return figure


def _point(ax: Axes, y: float, score: dict[str, float | None], colour: str) -> None:
    value = finite(score.get("value"))
    if value is None:
        ax.text(0.94, y, "n/a", ha="right", va="center", transform=ax.get_yaxis_transform())
    else:
        ax.errorbar(value, y, xerr=finite(score.get("error")) or 0.0, fmt="o", color=colour, capsize=3)


def _set_scale(ax: Axes, metric: str, rows: Sequence[Row], floor: float) -> None:
    """AUC is linear; the others span decades, and where one is not positive the scale is linear around 0."""
    if metric == "auc":
        return
    found = [finite(row["metrics"].get(metric, {}).get("value")) for row in rows]
    if min([floor, *(value for value in found if value is not None)]) > 0:
        ax.set_xscale("log")
    else:
        ax.set_xscale("symlog", linthresh=abs(floor) or 1e-3)
