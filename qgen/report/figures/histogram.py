"""Distribution of one observable, with the ratio to GEANT4."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from qgen.report import Row, Scoreboard
from qgen.report.panels import LINES, RATIOS, counted, extremes, left_out, numbers
from qgen.report.ratio import Binned, Binning, ratio_figure
from qgen.report.rows import chosen

PLACE = "Showers", 70
MAX_PARTS = 20
"""With more observables than this, those of single rows, columns and layers get no figure of their own."""
MIN_COUNT = 25
"""GEANT4 showers in a bin of the ratio, so that its relative error is below 20 %."""


def needs(scoreboard: Scoreboard) -> str:
    """Needs `histograms` in the reference."""
    return "" if parts(scoreboard) else "histograms of observables (`histograms`)"


def parts(scoreboard: Scoreboard) -> list[str]:
    """The observables, each with a figure of its own."""
    names = list(scoreboard["reference"].get("histograms", ()))
    return names if len(names) <= MAX_PARTS else [name for name in names if "/" not in name]


def draw(scoreboard: Scoreboard, observable: str) -> Figure:
    """Distribution of one observable, unit sum, overflow in the outer bins, with the ratio to GEANT4 below.

    Errors are Poisson's. For the ratio, neighbouring bins are merged until GEANT4 has 25 showers in each. A triangle at
    a panel's edge stands for a value outside of it.

    Args:
        scoreboard: see `qgen.report`.
        observable: a key of `scoreboard["reference"]["histograms"]`.
    """
    rows = chosen(scoreboard)
    reference = scoreboard["reference"]["histograms"][observable]
    edges = numbers(reference["edges"])
    truth = numbers(reference["counts"])
    counts = [numbers(row["distributions"]["histograms"][observable]["counts"]) for row in rows]
    starts = merged(truth)
    whole = Binning(edges, _fractions(truth), [_fractions(c) for c in counts])
    sums, *others = (_fractions(np.add.reduceat(c, starts)) for c in (truth, *counts))
    ratios = Binning(np.append(edges[starts], edges[-1]), sums, others)
    labels = _label(scoreboard, observable), "fraction of showers"
    return ratio_figure(scoreboard, rows, whole, ratios, labels=labels, log=False, span=0.5)


def _fractions(counts: ArrayLike) -> Binned:
    """Fractions and their Poisson errors."""
    values = np.asarray(counts, dtype=np.float64)
    total = max(values.sum(), 1.0)
    return values / total, np.sqrt(values) / total


def caption(scoreboard: Scoreboard, observable: str) -> tuple[str, str]:
    """Which generator has the smallest separation from GEANT4, and which the largest."""
    rows = chosen(scoreboard)
    truth, _ = _fractions(scoreboard["reference"]["histograms"][observable]["counts"])

    def separation(row: Row) -> float:
        values, _ = _fractions(row["distributions"]["histograms"][observable]["counts"])
        total = truth + values
        return float(0.5 * ((truth - values) ** 2 / np.where(total > 0, total, 1)).sum())

    return (
        f"Distribution of {_label(scoreboard, observable)}; the outer bins hold what lies beyond. {LINES} {RATIOS} For "
        f"the ratio, sparse bins are merged. {extremes(rows, separation, 'separation', '.4f')} {left_out(scoreboard)}",
        f"Histogram of {_label(scoreboard, observable)} for GEANT4 and {counted(rows)}, with ratios.",
    )


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


def _label(scoreboard: Scoreboard, observable: str) -> str:
    """An observable's name for an axis; rows and columns of images by the names of their axes."""
    axes = scoreboard["reference"].get("mean_image", {}).get("axes", ["row", "column"])
    called = dict(zip(("row", "column"), axes, strict=False))
    first, _, rest = observable.partition("_")
    words = f"{called.get(first, first)} {rest}".replace("_", " ").strip()
    return words + (" [mm]" if observable.endswith(("_centre", "_width")) else "")
