"""Histogram edges at the quantiles of a sample: bins of equal population, wherever the values lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.files import InputError
from qgen.metrics.arrays import values

__all__ = ["quantile_edges"]


def quantile_edges(sample: ArrayLike, n_bins: int = 40) -> NDArray[np.float64]:
    """Edges of (up to) n_bins bins of equal population, from the smallest to the largest value.

    Equal quantiles, of discrete values or a spike at 0, are one edge. The last edge lies just above the largest
    value, which thus is in the last bin and not in the overflow; if the quantiles are not distinct, the
    largest value has a bin of its own.

    Args:
        sample: one value per shower of the training GEANT4, shape (n,).
        n_bins: at least 1.

    Returns:
        increasing edges, at least 2 and at most n_bins + 2.

    Raises:
        InputError: bad shapes, values that are not finite, n_bins < 1.
    """
    x = values("sample", sample)
    if n_bins < 1:
        raise InputError(f"quantile_edges: expected n_bins >= 1, found {n_bins}")
    edges = np.unique(np.quantile(x, np.linspace(0, 1, n_bins + 1)))
    above = np.nextafter(edges[-1], np.inf)
    return np.append(edges[:-1] if len(edges) > n_bins else edges, above)
