"""How far apart the training seeds of a generator lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qgen.report import Row, Scoreboard
from qgen.report.figures._panels import BAND, Floats, chosen, drawing, look, name, numbers
from qgen.report.rows import metric_label, ordered, primary


def seeds(scoreboard: Scoreboard, style: str = "plain", generators: Sequence[str] | None = None) -> Figure:
    """The primary metrics of every training seed: one mark per seed, a bar at their median.

    A generator whose training collapses or circles shows here, as a seed that stands apart; a mean hides it.

    Args:
        scoreboard: see `qgen.report`.
        style: see `qgen.report.style`.
        generators: which to show; by default all that were trained with several seeds.
    """
    rows = repeated(scoreboard, generators)[::-1]
    metrics = primary(scoreboard)
    with drawing(style, 4.2 * len(metrics) + 3.2, 0.62 * len(rows) + 2.0) as figure:
        panels = figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0]
        for ax, metric in zip(panels, metrics, strict=True):
            floor = scoreboard["floor"][metric]
            ax.axvspan(floor["value"] - floor["sd"], floor["value"] + floor["sd"], color=BAND, lw=0)
            ax.axvline(floor["value"], color="k", lw=1.5, label="GEANT4 floor")
            for y, row in enumerate(rows):
                _marks(ax, y, of_seeds(row, metric), look(scoreboard, row)["color"])
            if metric != "auc" and all((of_seeds(row, metric) > 0).all() for row in rows):
                ax.set_xscale("log")
            ax.set_xlabel(metric_label(metric))
            ax.grid(axis="y", alpha=0.3)
            ax.set_ylim(-0.7, len(rows) - 0.3)
        panels[0].set_yticks(range(len(rows)), [name(row, 22) for row in rows])
        panels[0].tick_params(axis="y", which="minor", length=0)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper right")
    return figure


def repeated(scoreboard: Scoreboard, generators: Sequence[str] | None = None) -> list[Row]:
    """The rows with several training seeds; floors, which train nothing, are left out."""
    rows = ordered(scoreboard) if generators is None else chosen(scoreboard, generators)
    several = [row for row in rows if "(" not in row["generator"]]
    return [row for row in several if any(len(of_seeds(row, metric)) > 1 for metric in primary(scoreboard))]


def of_seeds(row: Row, metric: str) -> Floats:
    """Values of the training seeds that have one."""
    found = numbers(row["metrics"].get(metric, {}).get("per_seed") or [])
    return found[np.isfinite(found)]


def _marks(ax: Axes, y: float, values: Floats, colour: str) -> None:
    ax.plot(values, np.full(len(values), y), "o", color=colour, mfc="none", mew=1.6, ms=8)
    if len(values):
        ax.plot([np.median(values)], [y], "|", color=colour, mew=2.5, ms=18)
