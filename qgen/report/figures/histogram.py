"""Distribution of one observable, with the ratio to GEANT4."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from qgen.report import Scoreboard
from qgen.report.figures._panels import chosen
from qgen.report.figures._ratio import Binned, Binning, ratio_figure

MIN_COUNT = 25
"""GEANT4 showers in a bin of the ratio, so that its relative error is below 20 %."""


def histogram(
    scoreboard: Scoreboard, name: str, style: str = "plain", generators: Sequence[str] | None = None
) -> Figure:
    """Distribution of one observable, unit sum, overflow in the outer bins, with the ratio to GEANT4 below.

    Errors are Poisson's. For the ratio, neighbouring bins are merged until GEANT4 has 25 showers in each. A triangle at
    a panel's edge stands for a value outside of it.

    Args:
        scoreboard: see `qgen.report`.
        name: of the observable, a key of `scoreboard["reference"]["histograms"]`.
        style: see `qgen.report.style`.
        generators: which to show; by default up to eight, without ablations.
    """
    rows = chosen(scoreboard, generators)
    reference = scoreboard["reference"]["histograms"][name]
    edges = np.asarray(reference["edges"], dtype=np.float64)
    truth = np.asarray(reference["counts"], dtype=np.float64)
    counts = [np.asarray(row["distributions"]["histograms"][name]["counts"], dtype=np.float64) for row in rows]
    starts = merged(truth)
    return ratio_figure(
        scoreboard,
        rows,
        Binning(edges, fractions(truth), [fractions(c) for c in counts]),
        Binning(
            np.append(edges[starts], edges[-1]),
            fractions(np.add.reduceat(truth, starts)),
            [fractions(np.add.reduceat(c, starts)) for c in counts],
        ),
        labels=(observable_label(name), "fraction of showers"),
        log=False,
        span=0.5,
        style=style,
    )


def fractions(counts: ArrayLike) -> Binned:
    """Fractions and their Poisson errors."""
    values = np.asarray(counts, dtype=np.float64)
    total = max(values.sum(), 1.0)
    return values / total, np.sqrt(values) / total


def merged(counts: NDArray[np.float64]) -> NDArray[np.intp]:
    """First bins of the groups that hold at least `MIN_COUNT` each; what remains at the end joins the last group."""
    starts, total = [0], 0.0
    for i, count in enumerate(counts):
        if total >= MIN_COUNT:
            starts.append(i)
            total = 0.0
        total += count
    if total < MIN_COUNT and len(starts) > 1:
        starts.pop()
    return np.array(starts)


def observable_label(name: str) -> str:
    """An observable's name for an axis."""
    return name.replace("_", " ") + (" [mm]" if name.endswith(("_centre", "_width")) else "")
