"""Kernel physics distance (Kansal et al., 2211.10295): squared maximum mean discrepancy with a quartic kernel.

Features are divided by max|reference|. With k(x, y) = (x.y / D + 1)^4 and samples of N rows drawn with replacement,

    MMD^2 = sum_{i != j} [k(x_i, x_j) + k(y_i, y_j)] / (N (N - 1)) - 2 sum_ij k(x_i, y_j) / N^2

is unbiased, so it can be negative. The value is the median over the batches, the error half the width of their
central 67.45 % (16.275 to 83.725 %).

A row drawn several times enters as a weight here, which changes the values by rounding only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from qgen.files import InputError
from qgen.metrics._arrays import draw, normalised, pair

__all__ = ["kpd"]

Floats = NDArray[np.float64]

_SLICE = 64


def kpd(
    reference: ArrayLike,
    generated: ArrayLike,
    *,
    n_batches: int = 10,
    batch_size: int = 5000,
    seed: int = 42,
) -> tuple[float, float]:
    """Kernel physics distance, with the defaults of the published implementation.

    Args:
        reference: features of GEANT4 showers, shape (n, d).
        generated: features of generated showers, shape (m, d).
        n_batches: number of batches.
        batch_size: rows N drawn from each for a batch, at least 2.
        seed: of the draws.

    Returns:
        KPD, dimensionless, and its error.

    Raises:
        InputError: bad shapes or sizes, values that are not finite.
    """
    x, y = normalised(*pair(reference, generated))
    if n_batches < 1 or batch_size < 2:
        raise InputError(f"kpd: expected n_batches >= 1 and batch_size >= 2, found {n_batches}, {batch_size}")
    distances = []
    with threadpool_limits(1):  # the slices are too small to be shared out
        for batch in range(n_batches):
            rng = np.random.default_rng(seed + 1000 * batch)
            distances.append(_mmd2(*draw(x, batch_size, rng), *draw(y, batch_size, rng)))
    low, median, high = np.percentile(distances, [16.275, 50, 83.725])
    return float(median), float((high - low) / 2)


def _mmd2(x: Floats, u: Floats, y: Floats, v: Floats) -> float:
    """Unbiased MMD^2 of rows x repeated u times and rows y repeated v times."""
    n = u.sum()
    within = _sum(x, u, x, u) - u @ _diagonal(x) + _sum(y, v, y, v) - v @ _diagonal(y)
    return float(within / (n * (n - 1)) - 2 * _sum(x, u, y, v) / n**2)


def _sum(x: Floats, u: Floats, y: Floats, v: Floats) -> float:
    """sum_ij u_i k(x_i, y_j) v_j, in slices that stay in the cache."""
    scaled = y.T / y.shape[1]
    total = 0.0
    for start in range(0, len(x), _SLICE):
        kernel = x[start : start + _SLICE] @ scaled
        kernel += 1.0
        np.square(kernel, out=kernel)
        np.square(kernel, out=kernel)
        total += float(u[start : start + _SLICE] @ kernel @ v)
    return total


def _diagonal(x: Floats) -> Floats:
    """k(x_i, x_i)."""
    return (np.square(x).sum(axis=1) / x.shape[1] + 1.0) ** 4
