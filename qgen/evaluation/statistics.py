"""Every metric as a function of two weightings of blocks: one weighting makes the reference, the other the generated.

Unit weights on the blocks of each side give the metric's value, exactly that of the function in `qgen.metrics`.
Two metrics have a published estimator that draws its own samples from the showers; here they are what it tends
to with ever more draws, which differs from it by a small part of the floor's standard deviation:

    fpd -> Frechet distance of the features / max |reference|    (draws with replacement, extrapolated to 1/N = 0)
    kpd -> mean of k(x, x') + k(y, y') - 2 k(x, y) over all pairs of rows    (draws meet the same row twice)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from qgen import metrics
from qgen.distributions import grid
from qgen.evaluation.tally import Features, Tally
from qgen.files import InputError
from qgen.metrics._arrays import standardised
from qgen.metrics._slices import directions
from qgen.metrics.frechet_distance import between_gaussians
from qgen.metrics.separation_power import between_histograms

N_ROWS = 3000
"""Of each side, for kernels, slices and neighbours."""
N_SLICES = 100

Floats = NDArray[np.float64]
Weights = NDArray[np.float64]

ORDER: Mapping[str, float] = {
    "auc": 0.5,
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
    "precision": 0.5,
    "recall": 0.5,
    "density": 0.5,
    "coverage": 0.5,
    "memorisation": 0.5,
}
"""Between samples of one distribution, fluctuations fall as (1/n + 1/m)^order: 1 for squared distances, 1/2 for
distances and frequencies."""
OF_ROWS = ("kpd", "sliced_wasserstein", "sliced_ks")
"""Functions of weights that are made of at most N_ROWS rows of each side."""


def separation(tally: Features, a: Weights, b: Weights) -> float:
    """Mean separation power over the features."""
    h1, h2 = (_unit(np.tensordot(weights, tally.counts, axes=1)) for weights in (a, b))
    return float(between_histograms(h1, h2).mean())


def frechet(tally: Features, a: Weights, b: Weights, largest: Floats) -> float:
    """Frechet distance in FPD's normalisation."""
    scale = np.where(largest > 0, largest, 1.0)
    scaled = [(mu / scale, sigma / np.outer(scale, scale)) for mu, sigma in map(tally.moments.gaussian, (a, b))]
    return between_gaussians(*scaled[0], *scaled[1])


@dataclass(frozen=True)
class Slices:
    """Sorted projections of rows, for sliced distances with weights.

    Attributes:
        values: shape (n_rows, n_slices), sorted along axis 0.
        blocks: of every value.
    """

    values: Floats
    blocks: NDArray[np.intp]

    @classmethod
    def of(cls, rows: Floats, blocks: NDArray[np.intp], reference: Floats, seed: int) -> Self:
        """Slices of rows, standardised by the mean and standard deviation of the reference's rows."""
        theta = directions(rows.shape[1], N_SLICES, np.random.default_rng(seed), metric="evaluate")
        projected = standardised(reference, rows)[1] @ theta
        order = np.argsort(projected, axis=0, kind="stable")
        return cls(np.take_along_axis(projected, order, axis=0), blocks[order])

    def distances(self, a: Weights, b: Weights) -> tuple[float, float]:
        """Mean over the slices of the Wasserstein distance and of the Kolmogorov-Smirnov statistic."""
        f1, f2 = (_unit_cumulated(weights[self.blocks]) for weights in (a, b))
        gap, step = np.abs(f1 - f2)[:-1], np.diff(self.values, axis=0)
        return float((gap * step).sum(axis=0).mean()), float(np.max(gap * (step > 0), axis=0, initial=0.0).mean())


@dataclass(frozen=True)
class Kernel:
    """Sums of the KPD's kernel over pairs of blocks.

    Attributes:
        sums: shape (n_blocks, n_blocks).
        counts: rows of every block.
    """

    sums: Floats
    counts: Floats

    @classmethod
    def of(cls, rows: Floats, blocks: NDArray[np.intp], n_blocks: int, largest: Floats) -> Self:
        """The sums over rows normalised by max |reference|."""
        x = rows / np.where(largest > 0, largest, 1.0)
        member = np.zeros((len(x), n_blocks))
        member[np.arange(len(x)), blocks] = 1.0
        sums = np.zeros((n_blocks, n_blocks))
        for part in np.array_split(np.arange(len(x)), -(-len(x) // 500)):
            kernel = np.square(np.square(x[part] @ x.T / x.shape[1] + 1.0))
            sums += member[part].T @ (kernel @ member)
        return cls(sums, member.sum(axis=0))

    def mmd2(self, a: Weights, b: Weights) -> float:
        """Squared maximum mean discrepancy, pairs of a row with itself included."""
        difference = a / (a @ self.counts) - b / (b @ self.counts)
        return float(difference @ self.sums @ difference)


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

    def size(self, name: str, a: Weights, b: Weights) -> float:
        """1/n + 1/m of the showers that a metric is made of."""
        counts = self.kernel.counts if name in OF_ROWS else self.tally.cells.counts
        return float(1 / (a @ counts) + 1 / (b @ counts))

    def __call__(self, a: Weights, b: Weights) -> dict[str, float]:
        """All metrics that are functions of weights; nan for one that cannot be computed (see `reason`)."""
        wasserstein, ks = self.slices.distances(a, b)
        return {
            "fpd": frechet(self.tally.features, a, b, self.largest),
            "separation": separation(self.tally.features, a, b),
            "kpd": self.kernel.mmd2(a, b),
            "sliced_wasserstein": wasserstein,
            "sliced_ks": ks,
            **{name: _or_nan(function, self.tally, a, b) for name, function in _OF_SHOWERS.items()},
        }

    def reason(self, name: str, a: Weights, b: Weights) -> str:
        """Why a metric cannot be computed."""
        try:
            _OF_SHOWERS[name](self.tally, a, b)
        except InputError as error:
            return str(error)
        return ""


def few_rows(tally: Tally, seed: int) -> NDArray[np.intp]:
    """At most N_ROWS of the kept rows, at random."""
    return np.random.default_rng([seed, 5]).permutation(len(tally.rows))[:N_ROWS]


def _correlation(tally: Tally, a: Weights, b: Weights) -> float:
    """As `metrics.correlation_distance`, from moments: a variance of rounding size is that of a constant."""
    (mu, expected), (nu, found) = (tally.cells.gaussian(weights) for weights in (a, b))
    varies, alive = (np.diag(c) > 1e-12 * (m**2 + np.diag(c)) for m, c in ((mu, expected), (nu, found)))
    if not varies.any():
        return 0.0
    return float(np.linalg.norm((_pearson(expected, varies) - _pearson(found, alive))[np.ix_(varies, varies)]))


def _pearson(covariance: Floats, varies: NDArray[np.bool_]) -> Floats:
    """Correlation matrix; what does not vary is uncorrelated."""
    inverse = np.where(varies, 1 / np.sqrt(np.where(varies, np.diag(covariance), 1.0)), 0.0)
    matrix = covariance * np.outer(inverse, inverse)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def _profile_mse(tally: Tally, a: Weights, b: Weights) -> float:
    means = (grid(tally.geometry, _mean(tally, weights)[None])[1] for weights in (a, b))
    return float(metrics.mean_profile_mse(*means).mean())


def _relative_entropy(tally: Tally, a: Weights, b: Weights) -> float:
    return metrics.relative_entropy(*(_mean(tally, weights)[None] for weights in (a, b)))


def _shift(column: int) -> Callable[[Tally, Weights, Weights], float]:
    """Mean |ratio - 1| over the energy bins of the mean response (column 0) or the resolution (1)."""

    def shift(tally: Tally, a: Weights, b: Weights) -> float:
        truth, found = (_response(tally, weights)[column] for weights in (a, b))
        good = np.isfinite(truth) & np.isfinite(found) & (truth != 0)
        if not good.any():
            raise InputError("no bin of incident energy has at least two showers with energy on both sides")
        return float(np.mean(np.abs(found[good] / truth[good] - 1)))

    return shift


_OF_SHOWERS: Mapping[str, Callable[[Tally, Weights, Weights], float]] = {
    "correlation": _correlation,
    "profile_mse": _profile_mse,
    "relative_entropy": _relative_entropy,
    "response": _shift(0),
    "resolution": _shift(1),
}


def _response(tally: Tally, weights: Weights) -> tuple[Floats, Floats]:
    """Mean response and its standard deviation over its mean in every energy bin; nan with less than two showers."""
    n, total, squares = np.tensordot(weights, tally.responses, axes=1).T
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n
        variance = np.maximum(squares - n * mean**2, 0.0) / np.where(n > 1, n - 1, np.nan)
        return mean, np.sqrt(variance) / mean


def _mean(tally: Tally, weights: Weights) -> Floats:
    """Mean energy of every voxel [MeV]."""
    return weights @ tally.voxels / (weights @ tally.cells.counts)


def _unit(counts: NDArray[Any]) -> Floats:
    return counts / counts.sum(axis=-1, keepdims=True)


def _unit_cumulated(weights: Floats) -> Floats:
    cumulated = np.cumsum(weights, axis=0)
    return cumulated / cumulated[-1]


def _or_nan(function: Callable[[Tally, Weights, Weights], float], tally: Tally, a: Weights, b: Weights) -> float:
    try:
        return function(tally, a, b)
    except InputError:
        return np.nan
