"""How far apart the training seeds of a generator lie."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qgen.report import Row, Scoreboard
from qgen.report.panels import Floats, counted, look, numbers, of_metrics
from qgen.report.rows import ordered, primary, spans_decades, trainings

PLACE = "Primary metrics", 20


def needs(scoreboard: Scoreboard) -> str:
    """Needs a generator with several training seeds."""
    return "" if _repeated(scoreboard) else "a generator with several training seeds"


def draw(scoreboard: Scoreboard) -> Figure:
    """The primary metrics of every training seed: one mark per seed, a bar at their median.

    A generator whose training collapses or circles shows here, as a seed that stands apart; a mean hides it.
    """
    rows = _repeated(scoreboard)[::-1]
    figure, panels = of_metrics(scoreboard, rows)
    for metric, ax in panels.items():
        for y, row in enumerate(rows):
            _marks(ax, y, of_seeds(row, metric), look(scoreboard, row)["color"])
        if spans_decades(scoreboard, metric) and all((of_seeds(row, metric) > 0).all() for row in rows):
            ax.set_xscale("log")
    return figure


def caption(scoreboard: Scoreboard) -> tuple[str, str]:
    """How many seeds there are, and what the marks mean."""
    rows = _repeated(scoreboard)
    return (
        f"Primary metrics, a mark for each of up to {trainings(scoreboard)}, a bar at their median; the line is the "
        "truth floor, the band its standard deviation.",
        f"Primary metrics of every training seed of {counted(rows)} beside the truth floor.",
    )


def _repeated(scoreboard: Scoreboard) -> list[Row]:
    """The rows with several training seeds; floors, which train nothing, are left out."""
    trained = [row for row in ordered(scoreboard) if "(" not in row["generator"]]
    return [row for row in trained if any(len(of_seeds(row, metric)) > 1 for metric in primary(scoreboard))]


def of_seeds(row: Row, metric: str) -> Floats:
    """Values of the training seeds that have one."""
    values = numbers(row["metrics"].get(metric, {}).get("per_seed") or [])
    return values[np.isfinite(values)]


def _marks(ax: Axes, y: float, values: Floats, colour: str) -> None:
    ax.plot(values, np.full(len(values), y), "o", color=colour, mfc="none", mew=1.6, ms=8)
    if len(values):
        ax.plot([np.median(values)], [y], "|", color=colour, mew=2.5, ms=18)
