"""How the energy is shared among the layers, against the incident energy."""

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
    drawing,
    legend,
    look,
    mark_outside,
    name,
    numbers,
    ratio_axis,
)

SPANS = (0.1, 0.2, 0.5, 1.0)
"""Half the heights that a panel of ratios may have."""
BESIDE = 0.12
"""Points of one bin stand beside one another over this part of a bin, on either side."""


def layer_fractions(scoreboard: Scoreboard, style: str = "plain", generators: Sequence[str] | None = None) -> Figure:
    """Mean share of each layer in the deposited energy against the incident energy, with the ratio to GEANT4 below.

    The band of the upper panels holds 68 % of the GEANT4 showers, that of the lower ones is the error of GEANT4's mean.
    A triangle at a panel's edge stands for a value outside of it.

    Args:
        scoreboard: see `qgen.report`; the reference needs `layer_fractions`.
        style: see `qgen.report.style`.
        generators: which to show; by default up to eight, without ablations.
    """
    reference = scoreboard["reference"]["layer_fractions"]
    energy = numbers(reference["energy"]) / 1e3
    rows = [row for row in chosen(scoreboard, generators) if "layer_fractions" in row["distributions"]]
    n = len(reference["parts"])
    with drawing(style, 4.6 * n + 2.6, 6.8) as figure:
        grid = figure.subplots(2, n, sharex=True, height_ratios=(5, 2), squeeze=False)
        for k, (upper, lower) in enumerate(grid.T):
            truth, error, low, high = (numbers(reference[key][k]) for key in ("mean", "error", "low", "high"))
            upper.fill_between(energy, low, high, color=BAND, lw=0)
            upper.errorbar(energy, truth, error, fmt="ko", label="GEANT4", zorder=5)
            with np.errstate(divide="ignore", invalid="ignore"):
                lower.fill_between(energy, 1 - error / truth, 1 + error / truth, color=BAND, lw=0)
            upper.set_xscale("log")
            ratio_axis(lower, "incident energy [GeV]" if k == n // 2 else "", _span(rows, k, truth))
            for i, row in enumerate(rows):
                _draw(scoreboard, row, upper, lower, k, _beside(energy, i, len(rows)), truth)
            upper.set_title(reference["parts"][k])
            if k:
                lower.set_ylabel("")
        grid[0, 0].set_ylabel("share of the deposited energy")
        legend(figure, grid[0, 0])
    return figure


def _draw(scoreboard: Scoreboard, row: Row, upper: Axes, lower: Axes, k: int, x: Floats, truth: Floats) -> None:
    values = row["distributions"]["layer_fractions"]
    mean, error = numbers(values["mean"][k]), numbers(values["error"][k])
    drawn = look(scoreboard, row)
    upper.errorbar(x, mean, error, label=name(row), elinewidth=1.2, **drawn)
    with np.errstate(divide="ignore", invalid="ignore"):
        lower.errorbar(x, mean / truth, error / truth, elinewidth=1.2, **drawn)
        mark_outside(lower, x, mean / truth, drawn["color"])


def _span(rows: Sequence[Row], k: int, truth: Floats) -> float:
    """The smallest height that holds nine of ten ratios."""
    means = np.array([numbers(row["distributions"]["layer_fractions"]["mean"][k]) for row in rows])
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.abs(means / truth - 1)
    off = off[np.isfinite(off)]
    most = float(np.quantile(off, 0.9)) if off.size else 0.0
    return next((span for span in SPANS if most < 0.9 * span), SPANS[-1])


def _beside(energy: Floats, i: int, n: int) -> Floats:
    """Places around every energy, on a logarithmic axis."""
    step = float(np.diff(np.log(energy)).min()) if len(energy) > 1 else 0.0
    shift = step * BESIDE * (2 * (i + 1) / (n + 1) - 1)
    return np.asarray(energy * np.exp(shift))
