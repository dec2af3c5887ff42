"""Normal vectors inside a box, by Gibbs sampling: each number in turn from its distribution given the others.

t_j | t_-j ~ N(-sum_k P_jk t_k / P_jj, 1/P_jj)  between low_j and high_j,    P the inverse of C.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]

N_SWEEPS = 6
_SMALLEST = 1e-12


def truncated_normal(
    correlation: Floats,
    low: Floats,
    high: Floats,
    rng: np.random.Generator,
    *,
    start: Floats | None = None,
    n_sweeps: int = N_SWEEPS,
) -> Floats:
    """N(0, C) between low and high.

    Args:
        correlation: C, shape (d, d).
        low: lower ends, shape (n, d); may be -inf, and equal to the upper one for what is known.
        high: upper ends, same shape; may be inf.
        rng: source of randomness.
        start: vectors to continue from; by default as if the numbers were independent.
        n_sweeps: rounds of all numbers.
    """
    precision = np.linalg.inv(correlation)
    sd = 1 / np.sqrt(np.diag(precision))
    t = _between(np.zeros(low.shape), np.ones(low.shape[1]), low, high, rng) if start is None else start.copy()
    for _ in range(n_sweeps if len(precision) > 1 else 0):
        for j in range(len(precision)):
            mean = t[:, j] - t @ precision[:, j] * sd[j] ** 2
            t[:, j] = _between(mean, sd[j], low[:, j], high[:, j], rng)
    return t


def _between(mean: Floats, sd: Any, low: Floats, high: Floats, rng: np.random.Generator) -> Floats:
    """Normal numbers between low and high; from the tail that is nearer, so that far intervals are kept apart."""
    a, b = (low - mean) / sd, (high - mean) / sd
    flip = a > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    below, above = ndtr(a), ndtr(b)
    u = np.clip(below + (above - below) * rng.uniform(size=below.shape), 1e-300, 1 - _SMALLEST)
    z = np.where(flip, -ndtri(u), ndtri(u))
    return np.asarray(np.clip(mean + sd * z, low, high))
