"""Frechet distance between two samples, each taken as a Gaussian (Dowson and Landau 1982).

    d^2 = |mu1 - mu2|^2 + Tr(S1 + S2 - 2 (S1^1/2 S2 S1^1/2)^1/2)

The symmetric product has the eigenvalues of S1 S2, and real ones: no matrix root of an unsymmetric matrix.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.metrics._arrays import pair

__all__ = ["frechet_distance"]

Floats = NDArray[np.float64]


def frechet_distance(reference: ArrayLike, generated: ArrayLike) -> float:
    """The squared Frechet distance d^2 between the Gaussians of two samples, as they are (no normalisation).

    Args:
        reference: shape (n, d), n >= 2.
        generated: shape (m, d), m >= 2.

    Returns:
        d^2 >= 0 in the squared unit of the features; 0 for identical samples. A constant feature
        contributes its squared difference.

    Raises:
        InputError: bad shapes, fewer than two rows, values that are not finite.
    """
    x, y = pair(reference, generated, min_rows=2)
    mu1, sigma1 = gaussian(x, np.ones(len(x)))
    mu2, sigma2 = gaussian(y, np.ones(len(y)))
    return between_gaussians(mu1, sigma1, mu2, sigma2)


def gaussian(x: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Mean and unbiased covariance of rows that are repeated `weights` times, shapes (d,) and (d, d)."""
    n = weights.sum()
    mu = weights @ x / n
    centred = x - mu
    return mu, (centred * weights[:, None]).T @ centred / (n - 1)


def between_gaussians(mu1: Floats, sigma1: Floats, mu2: Floats, sigma2: Floats) -> float:
    """d^2 of two Gaussians; rounding below 0 is cut."""
    eigenvalues, axes = np.linalg.eigh(sigma1)
    root = axes * np.sqrt(np.maximum(eigenvalues, 0.0)) @ axes.T
    cross = np.linalg.eigvalsh(root @ sigma2 @ root)
    d2 = np.sum((mu1 - mu2) ** 2) + np.trace(sigma1) + np.trace(sigma2)
    return max(float(d2 - 2 * np.sqrt(np.maximum(cross, 0.0)).sum()), 0.0)
