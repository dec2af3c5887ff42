"""Distance of two correlation matrices.

    d = |C_ref - C_gen|_F,    C the Pearson matrix of pixels, layers or features

A column that is constant in the reference has no correlation to reproduce and is left out of both. One that is
constant in the generated sample alone is uncorrelated with the rest there (0, and 1 on the diagonal), so that a
collapsed generator is charged for every correlation it lost.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from qgen.metrics.arrays import pair
from qgen.metrics.correlation_matrix import correlation_matrix

__all__ = ["correlation_distance"]


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
    expected, found = correlation_matrix(x[:, varies]), correlation_matrix(y[:, varies])
    uncorrelated = np.eye(len(found))
    return float(np.linalg.norm(expected - np.where(np.isnan(found), uncorrelated, found)))
