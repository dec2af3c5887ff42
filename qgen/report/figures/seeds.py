"""How far apart the training seeds of a generator lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qgen.report import Row, Scoreboard
from qgen.report.figures._panels import Floats, chosen, look, numbers, of_metrics
from qgen.report.rows import ordered, primary


def seeds(scoreboard: Scoreboard, style: str = "plain", generators: Sequence[str] | None = None) -> Figure:
    """The primary metrics of every training seed: one mark per seed, a bar at their median.

    A generator whose training collapses or circles shows here, as a seed that stands apart; a mean hides it.

    Args:
        scoreboard: see `qgen.report`.
        style: see `qgen.report.style`.
        generators: which to show; by default all that were trained with several seeds.
    """
    rows = repeated(scoreboard, generators)[::-1]
    with of_metrics(scoreboard, style, rows) as (figure, panels):
        for metric, ax in panels.items():
            for y, row in enumerate(rows):
                _marks(ax, y, of_seeds(row, metric), look(scoreboard, row)["color"])
            if metric != "auc" and all((of_seeds(row, metric) > 0).all() for row in rows):
                ax.set_xscale("log")
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
