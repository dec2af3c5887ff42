"""Sliced Wasserstein distance (see 2409.16336): the mean 1-Wasserstein distance of one-dimensional projections.

    SW = 1/L sum_l W1(theta_l . x, theta_l . y),    theta_l uniform on the unit sphere,
    W1 = int_0^1 |F_x^-1(u) - F_y^-1(u)| du

Features are first shifted and scaled by the reference's mean and standard deviation, never by the generated
sample's; projections beyond `slices.FARTHEST` count as that. A feature that is constant in the reference keeps its
unit.
"""

import numpy as np
from numpy.typing import ArrayLike

from qgen.metrics.arrays import Floats, pair, standardised
from qgen.metrics.declaration import scored
from qgen.metrics.slices import FARTHEST, N_SLICES, directions, sliced
from qgen.metrics.weights import N_FEW

__all__ = ["sliced_wasserstein"]


@scored(
    "sliced_wasserstein",
    label="sliced Wasserstein",
    place=3,
    limit=N_FEW,
    weighted=sliced(0),
)
def sliced_wasserstein(
    reference: ArrayLike, generated: ArrayLike, *, rng: np.random.Generator, n_slices: int = N_SLICES
) -> float:
    """Sliced Wasserstein distance in standard deviations of the reference.

    Args:
        reference: shape (n, d).
        generated: shape (m, d).
        rng: of the directions; pass generators of equal state to score several samples on the same slices.
        n_slices: number of directions L.

    Returns:
        SW >= 0; 0 for identical samples.

    Raises:
        InputError: bad shapes, values that are not finite, n_slices < 1.
    """
    x, y = standardised(*pair(reference, generated))
    theta = directions(x.shape[1], n_slices, rng, metric="sliced_wasserstein")
    projected = (np.sort(np.clip(sample @ theta, -FARTHEST, FARTHEST), axis=0) for sample in (x, y))
    return float(_wasserstein(*projected).mean())


def _wasserstein(x: Floats, y: Floats) -> Floats:
    """W1 of every column of two tables of sorted columns: both quantile functions are steps."""
    n, m = len(x), len(y)
    steps = np.union1d(np.arange(n + 1) * m, np.arange(m + 1) * n)
    low, width = steps[:-1], np.diff(steps) / (n * m)
    return width @ np.abs(x[low // m] - y[low // n])
