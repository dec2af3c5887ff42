"""The Pearson correlation matrix of pixels, layers or features, for figures.

    C_ij = sum (x_i - <x_i>) (x_j - <x_j>) / sqrt(sum (x_i - <x_i>)^2 sum (x_j - <x_j>)^2)

A constant column has no correlation with anything: its row and its column are marked with NaN, diagonal included.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.metrics.arrays import table

__all__ = ["correlation_matrix"]


def correlation_matrix(x: ArrayLike) -> NDArray[np.float64]:
    """Pearson matrix, with constant columns marked.

    Args:
        x: shape (n, d), n >= 2.

    Returns:
        shape (d, d), symmetric, -1..1 and 1 on the diagonal; NaN in the rows and columns of constant columns.

    Raises:
        InputError: bad shape, fewer than two rows, values that are not finite.
    """
    rows = table("x", x, min_rows=2)
    varies = np.ptp(rows, axis=0) > 0
    centred = rows - rows.mean(axis=0)
    centred[:, ~varies] = 0.0
    norm = np.linalg.norm(centred, axis=0)
    unit = centred / np.where(norm > 0, norm, 1.0)
    matrix = unit.T @ unit
    np.fill_diagonal(matrix, 1.0)
    matrix[~varies, :] = matrix[:, ~varies] = np.nan
    return matrix
