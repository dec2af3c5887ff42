"""Response and resolution against the incident energy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qgen.report import Row, Scoreboard
from qgen.report.figures._panels import (
    BAND,
    Floats,
    chosen,
    dodge,
    drawing,
    legend,
    look,
    mark_outside,
    name,
    numbers,
    ratio_axis,
)

QUANTITIES = (
    ("response", r"response  $E_\mathrm{tot}/E_\mathrm{inc}$", 0.02),
    ("resolution", "resolution  sd/mean", 0.5),
)
"""Key, label, and half the height of the panel of ratios."""


def response(scoreboard: Scoreboard, style: str = "plain", generators: Sequence[str] | None = None) -> Figure:
    """Mean response and resolution against the incident energy, with the ratio to GEANT4 below.

    Points of one bin are drawn beside one another; a triangle at a panel's edge stands for a value outside of it.

    Args:
        scoreboard: see `qgen.report`.
        style: see `qgen.report.style`.
        generators: which to show; by default up to eight, without ablations.
    """
    reference = scoreboard["reference"]["response"]
    energy = numbers(reference["energy"]) / 1e3
    rows = chosen(scoreboard, generators)
    with drawing(style, 14, 6.8) as figure:
        grid = figure.subplots(2, 2, sharex=True, height_ratios=(5, 2))
        for (upper, lower), (key, label, span) in zip(grid.T, QUANTITIES, strict=True):
            truth, error = numbers(reference[key]), numbers(reference[f"{key}_error"])
            upper.errorbar(energy, truth, error, fmt="ko", label="GEANT4", zorder=5)
            lower.fill_between(energy, 1 - error / truth, 1 + error / truth, color=BAND, lw=0)
            ratio_axis(lower, "incident energy [GeV]", span)
            for i, row in enumerate(rows):
                _draw(scoreboard, row, upper, lower, _beside(energy, i, len(rows)), key, truth)
            upper.set_ylabel(label)
        legend(figure, grid[0, 0])
    return figure


def _draw(scoreboard: Scoreboard, row: Row, upper: Axes, lower: Axes, x: Floats, key: str, truth: Floats) -> None:
    values = row["distributions"]["response"]
    mean, error = numbers(values[key]), numbers(values[f"{key}_error"])
    drawn = look(scoreboard, row)
    upper.errorbar(x, mean, error, label=name(row), elinewidth=1.2, **drawn)
    lower.errorbar(x, mean / truth, error / truth, elinewidth=1.2, **drawn)
    mark_outside(lower, x, mean / truth, drawn["color"])


def _beside(energy: Floats, i: int, n: int) -> Floats:
    """Places around the middle of every bin."""
    half = 0.2 * float(np.diff(energy).min()) if len(energy) > 1 else 0.0
    return dodge(energy - half, energy + half, i, n)
