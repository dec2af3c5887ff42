"""Random directions, the convention of every sliced metric, and its weighted form.

Features are shifted and scaled by the reference's mean and standard deviation, and projected once for a pool of blocks.
Projections beyond FARTHEST count as FARTHEST: a few generated showers of senseless energies would otherwise be all of a
distance and, with other showers, of another one, so that its error would hide that it is large. Every pair of samples
that weights make then has the distribution functions F_x, F_y of all projections,

    Wasserstein = mean_l int |F_x - F_y| dt,    Kolmogorov-Smirnov = mean_l sup_t |F_x - F_y| .
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from qgen.files import InputError
from qgen.metrics.arrays import Floats, Ints, standardised
from qgen.metrics.weights import Pool, Weighings, Weighted

N_SLICES = 100
FARTHEST = 100.0
"""Standard deviations of the reference's features."""


def directions(n_features: int, n_slices: int, rng: np.random.Generator, *, metric: str) -> Floats:
    """Directions theta_l, uniform on the unit sphere, as the columns of an array of shape (n_features, n_slices).

    Raises:
        InputError: n_slices < 1, in the name of the metric.
    """
    if n_slices < 1:
        raise InputError(f"{metric}: expected n_slices >= 1, found {n_slices}")
    theta = rng.normal(size=(n_features, n_slices))
    return theta / np.linalg.norm(theta, axis=0)


@dataclass(frozen=True)
class Slices:
    """Sorted projections of rows.

    Attributes:
        values: shape (n_rows, n_slices), sorted along axis 0.
        blocks: of every value.
    """

    values: Floats
    blocks: Ints

    @classmethod
    def of(cls, pool: Pool) -> Self:
        """Slices of the few rows of a pool."""
        few, blocks = pool.few
        rows = np.concatenate(few)
        theta = directions(rows.shape[1], N_SLICES, np.random.default_rng(pool.seed), metric="evaluate")
        projected = np.clip(standardised(few[0], rows)[1] @ theta, -FARTHEST, FARTHEST)
        order = np.argsort(projected, axis=0, kind="stable")
        return cls(np.take_along_axis(projected, order, axis=0), blocks[order])

    def distances(self, a: Floats, b: Floats) -> tuple[float, float]:
        """Mean over the slices of the Wasserstein distance and of the Kolmogorov-Smirnov statistic."""
        f1, f2 = (_unit_cumulated(weights[self.blocks]) for weights in (a, b))
        gap, step = np.abs(f1 - f2)[:-1], np.diff(self.values, axis=0)
        return float((gap * step).sum(axis=0).mean()), float(np.max(gap * (step > 0), axis=0, initial=0.0).mean())


def sliced(column: int) -> Weighted:
    """The weighted form of the first or the second of the `Slices.distances`, which both metrics share."""
    return Weighted(lambda weighings: weighings.once(_distances)[:, column], order=0.5, few=True)


def _distances(weighings: Weighings) -> Floats:
    """Both distances of k pairs of samples, shape (k, 2)."""
    slices = weighings.pool.once(Slices.of)
    return np.array([slices.distances(a, b) for a, b in weighings])


def _unit_cumulated(weights: Floats) -> Floats:
    cumulated: Floats = np.cumsum(weights, axis=0)
    return cumulated / cumulated[-1]
