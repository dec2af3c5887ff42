"""Every metric as a function of two weightings of blocks: one weighting makes the reference, the other the generated.

Unit weights on the blocks of each side give the metric's value, exactly that of the function in `qgen.metrics`.
Two metrics have a published estimator that draws its own samples from the showers; here they are what it tends
to with ever more draws, which differs from it by a small part of the floor's standard deviation:

    fpd -> Frechet distance of the features / max |reference|    (draws with replacement, extrapolated to 1/N = 0)
    kpd -> mean of k(x, x') + k(y, y') - 2 k(x, y) over all pairs of rows    (draws meet the same row twice)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from qgen.evaluation.rows import Kernel, Slices, few_rows
from qgen.evaluation.tally import Features, Tally
from qgen.evaluation.totals import OF_TOTALS, Function, Totals
from qgen.files import InputError
from qgen.metrics.frechet_distance import distances
from qgen.metrics.separation_power import between_histograms

Floats = NDArray[np.float64]
Weights = NDArray[np.float64]
"""Of the blocks of both sides, one row for each weighting: shape (k, n_blocks)."""

ORDER: Mapping[str, float] = {
    "fpd": 1.0,
    "separation": 1.0,
    "kpd": 1.0,
    "sliced_wasserstein": 0.5,
    "sliced_ks": 0.5,
    "correlation": 0.5,
    "profile_mse": 1.0,
    "relative_entropy": 1.0,
    "response": 0.5,
    "resolution": 0.5,
}
"""Between samples of one distribution, fluctuations fall as (1/n + 1/m)^order: 1 for squared distances, 1/2 for
distances."""
OF_ROWS = ("kpd", "sliced_wasserstein", "sliced_ks")
OF_FEATURES = ("fpd", "separation")
WEIGHTED = (*OF_FEATURES, *OF_ROWS, *OF_TOTALS)
"""All metrics that are functions of weights."""
_AT_ONCE = 16
"""Weightings whose covariances are in memory together."""


def separation(tally: Features, a: Weights, b: Weights) -> Floats:
    """Mean separation power over the features, shape (k,)."""
    parts = [
        between_histograms(*(_unit(np.tensordot(w, tally.counts, axes=1)) for w in pair)).mean(axis=-1)
        for pair in _together(a, b)
    ]
    return np.concatenate(parts)


def frechet(tally: Features, a: Weights, b: Weights, largest: Floats) -> Floats:
    """Frechet distance in FPD's normalisation, shape (k,); nan where a side has less than two showers."""
    scale = np.where(largest > 0, largest, 1.0)
    found = np.full(len(a), np.nan)
    enough = np.flatnonzero(np.minimum(a @ tally.moments.counts, b @ tally.moments.counts) >= 2)
    for rows in np.split(enough, range(_AT_ONCE, len(enough), _AT_ONCE)):
        if len(rows):
            sides = (tally.moments.gaussian(w[rows]) for w in (a, b))
            scaled = [(mu / scale, sigma / np.outer(scale, scale)) for mu, sigma in sides]
            found[rows] = distances(*scaled[0], *scaled[1])
    return found


@dataclass(frozen=True)
class Statistics:
    """The metrics of a tally of blocks, ready to be evaluated for many weightings.

    Attributes:
        tally: blocks of both sides.
        largest: max |feature| of the reference.
        slices: of at most N_ROWS rows of each side.
        kernel: likewise.
    """

    tally: Tally
    largest: Floats
    slices: Slices
    kernel: Kernel

    @classmethod
    def of(cls, reference: Tally, other: Tally | None, seed: int) -> Self:
        """Blocks of the reference, then those of `other` if there is one."""
        parts = [reference] if other is None else [reference, other]
        chosen = [few_rows(part, seed) for part in parts]
        rows = [part.rows[index] for part, index in zip(parts, chosen, strict=True)]
        offsets = np.arange(len(parts)) * reference.n_blocks
        blocks = [p.row_blocks[index] + o for p, index, o in zip(parts, chosen, offsets, strict=True)]
        tally, largest = reduce(Tally.beside, parts), reference.features.largest
        slices = Slices.of(np.concatenate(rows), np.concatenate(blocks), rows[0], seed)
        kernel = Kernel.of(np.concatenate(rows), np.concatenate(blocks), tally.n_blocks, largest)
        return cls(tally, largest, slices, kernel)

    def sizes(self, a: Weights, b: Weights) -> dict[str, Floats]:
        """By metric, 1/n + 1/m of the showers that it is made of."""
        of_rows, of_all = (
            1 / (a @ counts) + 1 / (b @ counts) for counts in (self.kernel.counts, self.tally.cells.counts)
        )
        return {name: of_rows if name in OF_ROWS else of_all for name in WEIGHTED}

    def __call__(self, a: Weights, b: Weights) -> dict[str, Floats]:
        """By metric, its value for every pair of weightings; nan where it cannot be computed (see `reason`)."""
        sliced = np.array([self.slices.distances(*pair) for pair in zip(a, b, strict=True)])
        totals = list(zip(Totals.of(self.tally, a), Totals.of(self.tally, b), strict=True))
        return {
            "fpd": frechet(self.tally.features, a, b, self.largest),
            "separation": separation(self.tally.features, a, b),
            "kpd": np.array([self.kernel.mmd2(*pair) for pair in zip(a, b, strict=True)]),
            "sliced_wasserstein": sliced[:, 0],
            "sliced_ks": sliced[:, 1],
            **{name: np.array([_or_nan(f, *pair) for pair in totals]) for name, f in OF_TOTALS.items()},
        }

    def reason(self, name: str, a: Weights, b: Weights) -> str:
        """Why a metric cannot be computed for one pair of weightings, each of shape (1, n_blocks)."""
        try:
            OF_TOTALS[name](next(Totals.of(self.tally, a)), next(Totals.of(self.tally, b)))
        except InputError as error:
            return str(error)
        return ""


def _together(a: Weights, b: Weights) -> list[tuple[Weights, Weights]]:
    return [(a[i : i + _AT_ONCE], b[i : i + _AT_ONCE]) for i in range(0, len(a), _AT_ONCE)]


def _unit(counts: NDArray[Any]) -> Floats:
    return counts / counts.sum(axis=-1, keepdims=True)


def _or_nan(function: Function, truth: Totals, found: Totals) -> float:
    try:
        return function(truth, found)
    except InputError:
        return np.nan
