"""Distance of two correlation matrices.

    d = |C_ref - C_gen|_F,    C the Pearson matrix of pixels, layers or features,

    C_ij = sum (x_i - <x_i>) (x_j - <x_j>) / sqrt(sum (x_i - <x_i>)^2 sum (x_j - <x_j>)^2) .

A column that is constant in the reference has no correlation to reproduce and is left out of both. One that is
constant in the generated sample alone is uncorrelated with the rest there (0, and 1 on the diagonal), so that a
collapsed generator is charged for every correlation it lost. In figures a constant column is marked with NaN.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.metrics.arrays import Floats, pair, table
from qgen.metrics.declaration import scored
from qgen.metrics.weights import Totals, of_totals

__all__ = ["correlation_distance"]


def correlation_matrix(x: ArrayLike) -> Floats:
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


def _of_totals(reference: Totals, generated: Totals) -> float:
    """The distance from moments: a variance of rounding size is that of a constant."""
    sides = [(np.diag(side.covariance), side.mean) for side in (reference, generated)]
    varies, alive = (variance > 1e-12 * (mean**2 + variance) for variance, mean in sides)
    if not varies.any():
        return 0.0
    difference = _pearson(reference.covariance, varies) - _pearson(generated.covariance, alive)
    return float(np.linalg.norm(difference[np.ix_(varies, varies)]))


def _pearson(covariance: Floats, varies: NDArray[np.bool_]) -> Floats:
    """Correlation matrix; what does not vary is uncorrelated."""
    inverse = np.where(varies, 1 / np.sqrt(np.where(varies, np.diag(covariance), 1.0)), 0.0)
    matrix = covariance * np.outer(inverse, inverse)
    np.fill_diagonal(matrix, 1.0)
    return matrix


@scored(
    "correlation",
    label="correlation distance",
    primary=False,
    place=7,
    least=100,
    why="a correlation is known to 0.1",
    weighted=of_totals(_of_totals, order=0.5),
)
def correlation_distance(reference: ArrayLike, generated: ArrayLike) -> float:
    """Frobenius norm of the difference of the Pearson matrices.

    Args:
        reference: shape (n, d), n >= 2.
        generated: shape (m, d), m >= 2.

    Returns:
        d, 0..2 d_varying; 0 if no column of the reference varies.

    Raises:
        InputError: bad shapes, fewer than two rows, values that are not finite.
    """
    x, y = pair(reference, generated, min_rows=2)
    varies = np.ptp(x, axis=0) > 0
    if not varies.any():
        return 0.0
    ours, theirs = correlation_matrix(x[:, varies]), correlation_matrix(y[:, varies])
    return float(np.linalg.norm(ours - np.where(np.isnan(theirs), np.eye(len(theirs)), theirs)))
