"""How the energy is shared among the layers, against the incident energy."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from qgen.report import Scoreboard
from qgen.report.panels import BAND, RATIOS, Floats, counted, left_out, legend, numbers, ratio_axis
from qgen.report.ratio import Binned, ratio_points
from qgen.report.rows import chosen

PLACE = "Showers", 100
SPANS = (0.1, 0.2, 0.5, 1.0)
"""Half the heights that a panel of ratios may have."""
BESIDE = 0.12
"""Points of one bin stand beside one another over this part of a bin, on either side."""


def needs(scoreboard: Scoreboard) -> str:
    """Needs `layer_fractions` in the reference."""
    return "" if "layer_fractions" in scoreboard["reference"] else "shares of the layers (`layer_fractions`)"


def draw(scoreboard: Scoreboard) -> Figure:
    """Mean share of each layer in the deposited energy against the incident energy, with the ratio to GEANT4 below.

    The band of the upper panels holds 68 % of the GEANT4 showers, that of the lower ones is the error of GEANT4's mean.
    A triangle at a panel's edge stands for a value outside of it.
    """
    reference = scoreboard["reference"]["layer_fractions"]
    energy = numbers(reference["energy"]) / 1e3
    rows = [row for row in chosen(scoreboard) if "layer_fractions" in row["distributions"]]
    n = len(reference["parts"])
    figure = Figure(figsize=(4.6 * n + 2.6, 6.8))
    grid = figure.subplots(2, n, sharex=True, height_ratios=(5, 2), squeeze=False)
    for k, (upper, lower) in enumerate(grid.T):
        upper.fill_between(energy, *(numbers(reference[key][k]) for key in ("low", "high")), color=BAND, lw=0)
        upper.set_xscale("log")
        truth, shares = _binned(reference, k), [_binned(row["distributions"]["layer_fractions"], k) for row in rows]
        ratio_axis(lower, "incident energy [GeV]" if k == n // 2 else "", _span(truth, shares))
        places = [_beside(energy, i, len(rows)) for i in range(len(rows))]
        ratio_points(scoreboard, (upper, lower), energy, truth, list(zip(rows, places, shares, strict=True)))
        upper.set_title(reference["parts"][k])
        if k:
            lower.set_ylabel("")
    grid[0, 0].set_ylabel("share of the deposited energy")
    legend(figure, grid[0, 0])
    return figure


def caption(scoreboard: Scoreboard) -> tuple[str, str]:
    """What the bands are."""
    layers = ", ".join(scoreboard["reference"]["layer_fractions"]["parts"])
    return (
        "Mean share of each layer in the deposited energy against the incident energy; the band of the upper panels "
        "holds 68 % of the GEANT4 showers, that of the lower ones is the error of their mean. "
        f"{RATIOS} {left_out(scoreboard)}",
        f"Shares of {layers} in the deposited energy against incident energy for GEANT4 and "
        f"{counted(chosen(scoreboard))}, with ratios.",
    )


def _binned(content: Mapping[str, Any], k: int) -> Binned:
    """Mean share of the k-th layer and its error."""
    return numbers(content["mean"][k]), numbers(content["error"][k])


def _span(truth: Binned, shares: Sequence[Binned]) -> float:
    """The smallest height that holds nine of ten ratios."""
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.array([np.abs(mean / truth[0] - 1) for mean, _ in shares])
    off = off[np.isfinite(off)]
    most = float(np.quantile(off, 0.9)) if off.size else 0.0
    return next((span for span in SPANS if most < 0.9 * span), SPANS[-1])


def _beside(energy: Floats, i: int, n: int) -> Floats:
    """Places around every energy, on a logarithmic axis."""
    step = float(np.diff(np.log(energy)).min()) if len(energy) > 1 else 0.0
    shift = step * BESIDE * (2 * (i + 1) / (n + 1) - 1)
    return np.asarray(energy * np.exp(shift))
