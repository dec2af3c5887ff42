"""Response and resolution against the incident energy."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from qgen.report import Scoreboard
from qgen.report.panels import RATIOS, Floats, counted, dodge, left_out, legend, numbers, ratio_axis
from qgen.report.ratio import Binned, ratio_points
from qgen.report.rows import chosen

PLACE = "Showers", 90
QUANTITIES = (
    ("response", r"response  $E_\mathrm{tot}/E_\mathrm{inc}$", 0.02),
    ("resolution", "resolution  sd/mean", 0.5),
)
"""Key, label, and half the height of the panel of ratios."""


def needs(scoreboard: Scoreboard) -> str:
    """Needs `response` in the reference."""
    return "" if "response" in scoreboard["reference"] else "response in bins of the energy (`response`)"


def draw(scoreboard: Scoreboard) -> Figure:
    """Mean response and resolution against the incident energy, with the ratio to GEANT4 below.

    Points of one bin are drawn beside one another; a triangle at a panel's edge stands for a value outside of it.
    """
    reference = scoreboard["reference"]["response"]
    energy = numbers(reference["energy"]) / 1e3
    rows = chosen(scoreboard)
    figure = Figure(figsize=(14, 6.8))
    grid = figure.subplots(2, 2, sharex=True, height_ratios=(5, 2))
    for (upper, lower), (key, label, span) in zip(grid.T, QUANTITIES, strict=True):
        ratio_axis(lower, "incident energy [GeV]", span)
        points = [
            (row, _beside(energy, i, len(rows)), _binned(row["distributions"]["response"], key))
            for i, row in enumerate(rows)
        ]
        ratio_points(scoreboard, (upper, lower), energy, _binned(reference, key), points)
        upper.set_ylabel(label)
    legend(figure, grid[0, 0])
    return figure


def caption(scoreboard: Scoreboard) -> tuple[str, str]:
    """What the panels show."""
    return (
        "Mean response (left) and resolution (right) in bins of the incident energy; points of one bin stand beside "
        f"one another. {RATIOS} {left_out(scoreboard)}",
        f"Response and resolution against incident energy for GEANT4 and {counted(chosen(scoreboard))}, with ratios.",
    )


def _binned(content: Mapping[str, Any], key: str) -> Binned:
    return numbers(content[key]), numbers(content[f"{key}_error"])


def _beside(energy: Floats, i: int, n: int) -> Floats:
    """Places around the middle of every bin."""
    half = 0.2 * float(np.diff(energy).min()) if len(energy) > 1 else 0.0
    return dodge(energy - half, energy + half, i, n)
