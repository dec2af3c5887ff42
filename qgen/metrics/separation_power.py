"""Separation power of two histograms, from the triangular discrimination.

    S = 1/2 sum_i (h1_i - h2_i)^2 / (h1_i + h2_i + 1e-16),    sum_i h1_i = sum_i h2_i = 1

0 for equal histograms, 1 for disjoint ones. The sums run over the bins and the two flow bins: a sample that
misses the axis altogether is 1, not undefined.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.files import InputError
from qgen.metrics.arrays import values

__all__ = ["separation_power"]


def separation_power(reference: ArrayLike, generated: ArrayLike, bins: ArrayLike) -> float:
    """Separation power of one observable, with flow bins.

    Args:
        reference: one value per shower, shape (n,).
        generated: one value per shower, shape (m,).
        bins: increasing bin edges, shape (n_bins + 1,), of `quantile_edges` for instance; a value on an edge
            belongs to the bin above it.

    Returns:
        S, 0..1.

    Raises:
        InputError: bad shapes, values that are not finite, edges that do not increase.
    """
    x, y = values("reference", reference), values("generated", generated)
    edges = values("bins", bins)
    if not np.all(np.diff(edges) > 0):
        raise InputError(f"bins: expected increasing edges, found {edges}")
    h1, h2 = (
        np.bincount(np.searchsorted(edges, sample, side="right"), minlength=len(edges) + 1) / len(sample)
        for sample in (x, y)
    )
    return float(between_histograms(h1, h2))


def between_histograms(h1: NDArray[np.float64], h2: NDArray[np.float64]) -> NDArray[np.float64]:
    """S of histograms of unit sum along the last axis."""
    separation: NDArray[np.float64] = 0.5 * np.sum((h1 - h2) ** 2 / (h1 + h2 + 1e-16), axis=-1)
    return separation
