"""The primary metrics of all generators."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qgen.report import Row, Scoreboard
from qgen.report.figures._panels import BAND, chosen, drawing, look, name
from qgen.report.rows import finite, metric_label, ordered, primary


def scores(scoreboard: Scoreboard, style: str = "plain", generators: Sequence[str] | None = None) -> Figure:
    """The primary metrics with their errors (68 %) beside the truth floor and its band.

    Args:
        scoreboard: see `qgen.report`.
        style: see `qgen.report.style`.
        generators: which to show; by default all.
    """
    rows = (ordered(scoreboard) if generators is None else chosen(scoreboard, generators))[::-1]
    metrics = primary(scoreboard)
    with drawing(style, 4.2 * len(metrics) + 3.2, 0.62 * len(rows) + 2.0) as figure:
        panels = figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0]
        for ax, metric in zip(panels, metrics, strict=True):
            floor = scoreboard["floor"][metric]
            ax.axvspan(floor["value"] - floor["sd"], floor["value"] + floor["sd"], color=BAND, lw=0)
            ax.axvline(floor["value"], color="k", lw=1.5, label="GEANT4 floor")
            _set_scale(ax, metric, rows, floor["value"])
            for y, row in enumerate(rows):
                _point(ax, y, row["metrics"].get(metric, {}), look(scoreboard, row)["color"])
            ax.set_xlabel(metric_label(metric))
            ax.grid(axis="y", alpha=0.3)
            ax.set_ylim(-0.7, len(rows) - 0.3)
        panels[0].set_yticks(range(len(rows)), [name(row, 22) for row in rows])
        panels[0].tick_params(axis="y", which="minor", length=0)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper right")
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
