"""Sliced Kolmogorov-Smirnov distance (2409.16336): the mean over random one-dimensional projections of

    KS_l = sup_t |F_x(t) - F_y(t)|,    F the empirical distribution functions of theta_l . x and theta_l . y,

with theta_l uniform on the unit sphere. Features are first shifted and scaled by the reference's mean and standard
deviation; a feature that is constant in the reference keeps its unit.

Rows that are equal, in one sample or in both, are projected once and enter with their multiplicity. Discrete showers
are thus tied exactly, where two projections of the same row could differ in the last digit.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.metrics.arrays import Floats, pair, standardised
from qgen.metrics.declaration import scored
from qgen.metrics.slices import N_SLICES, directions, sliced
from qgen.metrics.weights import N_FEW

__all__ = ["sliced_kolmogorov_smirnov"]


@scored(
    "sliced_ks",
    label="sliced Kolmogorov-Smirnov",
    primary=False,
    place=6,
    limit=N_FEW,
    weighted=sliced(1),
)
def sliced_kolmogorov_smirnov(
    reference: ArrayLike, generated: ArrayLike, *, rng: np.random.Generator, n_slices: int = N_SLICES
) -> float:
    """Mean two-sample Kolmogorov-Smirnov statistic of random projections.

    Args:
        reference: shape (n, d).
        generated: shape (m, d).
        rng: of the directions; pass generators of equal state to score several samples on the same slices.
        n_slices: number of directions L.

    Returns:
        0..1; 0 for samples with the same rows in the same shares.

    Raises:
        InputError: bad shapes, values that are not finite, n_slices < 1.
    """
    x, y = standardised(*pair(reference, generated))
    theta = directions(x.shape[1], n_slices, rng, metric="sliced_kolmogorov_smirnov")
    n, m = len(x), len(y)
    rows, index = np.unique(np.concatenate([x, y]), axis=0, return_inverse=True)
    steps = m * np.bincount(index[:n], minlength=len(rows)) - n * np.bincount(index[n:], minlength=len(rows))
    return float(_largest_gaps(rows @ theta, steps).mean() / (n * m))


def _largest_gaps(projected: Floats, steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """For every column: the largest |sum of the steps of all rows up to t|, over t; tied rows step together."""
    order = np.argsort(projected, axis=0)
    level = np.cumsum(steps[order], axis=0)
    ordered = np.take_along_axis(projected, order, axis=0)
    level[:-1][ordered[1:] == ordered[:-1]] = 0
    return np.abs(level).max(axis=0)
