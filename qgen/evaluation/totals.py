"""Metrics of mean showers, of their correlations and their response, from sums over weighted blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qgen import metrics
from qgen.evaluation.tally import Tally
from qgen.files import InputError
from qgen.geometry import Geometry
from qgen.observables.views import grid

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Totals:
    """One side of a comparison.

    Attributes:
        geometry: of the showers.
        voxels: mean energy of every voxel [MeV].
        mean: mean of the energies whose correlations are scored.
        covariance: theirs.
        responses: number, sum and sum of squares of the response, shape (n_energy_bins, 3).
    """

    geometry: Geometry
    voxels: Floats
    mean: Floats
    covariance: Floats
    responses: Floats

    @classmethod
    def of(cls, tally: Tally, weights: Floats) -> Iterator[Totals]:
        """The totals of every weighting of the blocks, shape (k, n_blocks)."""
        voxels = weights @ tally.voxels / (weights @ tally.cells.counts)[:, None]
        responses = np.tensordot(weights, tally.responses, axes=1)
        for mean, row, response in zip(voxels, weights, responses, strict=True):
            yield cls(tally.geometry, mean, *tally.cells.gaussian(row), response)


Function = Callable[[Totals, Totals], float]


def _correlation(truth: Totals, found: Totals) -> float:
    """As `metrics.correlation_distance`, from moments: a variance of rounding size is that of a constant."""
    sides = [(np.diag(side.covariance), side.mean) for side in (truth, found)]
    varies, alive = (variance > 1e-12 * (mean**2 + variance) for variance, mean in sides)
    if not varies.any():
        return 0.0
    difference = _pearson(truth.covariance, varies) - _pearson(found.covariance, alive)
    return float(np.linalg.norm(difference[np.ix_(varies, varies)]))


def _pearson(covariance: Floats, varies: NDArray[np.bool_]) -> Floats:
    """Correlation matrix; what does not vary is uncorrelated."""
    inverse = np.where(varies, 1 / np.sqrt(np.where(varies, np.diag(covariance), 1.0)), 0.0)
    matrix = covariance * np.outer(inverse, inverse)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def _profile_mse(truth: Totals, found: Totals) -> float:
    means = (grid(side.geometry, side.voxels[None])[1] for side in (truth, found))
    return float(metrics.mean_profile_mse(*means).mean())


def _relative_entropy(truth: Totals, found: Totals) -> float:
    return metrics.relative_entropy(truth.voxels[None], found.voxels[None])


def _shift(column: int) -> Function:
    """Mean |ratio - 1| over the energy bins of the mean response (column 0) or the resolution (1)."""

    def shift(truth: Totals, found: Totals) -> float:
        ours, theirs = (_response(side.responses)[column] for side in (truth, found))
        good = np.isfinite(ours) & np.isfinite(theirs) & (ours != 0)
        if not good.any():
            raise InputError("no bin of incident energy has at least two showers with energy on both sides")
        return float(np.mean(np.abs(theirs[good] / ours[good] - 1)))

    return shift


def _response(sums: Floats) -> tuple[Floats, Floats]:
    """Mean response and its standard deviation over its mean in every energy bin; nan with less than two showers."""
    n, total, squares = sums.T
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n
        variance = np.maximum(squares - n * mean**2, 0.0) / np.where(n > 1, n - 1, np.nan)
        return mean, np.sqrt(variance) / mean


OF_TOTALS: Mapping[str, Function] = {
    "correlation": _correlation,
    "profile_mse": _profile_mse,
    "relative_entropy": _relative_entropy,
    "response": _shift(0),
    "resolution": _shift(1),
}
