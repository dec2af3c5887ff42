"""Frechet distance between two samples, each taken as a Gaussian (Dowson and Landau 1982).

    d^2 = |mu1 - mu2|^2 + Tr(S1 + S2 - 2 (S1^1/2 S2 S1^1/2)^1/2)

With factors S = F F^T, the last trace is the sum of the singular values of F1^T F2: no matrix root, and no loss of
digits where a covariance is nearly singular.
"""

import numpy as np
from numpy.typing import ArrayLike

from qgen.metrics.arrays import Floats, pair

__all__ = ["frechet_distance"]


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
    return between_gaussians(*gaussian(x), *gaussian(y))


def gaussian(x: Floats) -> tuple[Floats, Floats]:
    """Mean and unbiased covariance of rows, shapes (d,) and (d, d)."""
    mu = x.mean(axis=0)
    centred = x - mu
    return mu, centred.T @ centred / (len(x) - 1)


def between_gaussians(mu1: Floats, sigma1: Floats, mu2: Floats, sigma2: Floats) -> float:
    """d^2 of two Gaussians, shapes (d,) and (d, d); rounding below 0 is cut."""
    return float(distances(mu1, sigma1, mu2, sigma2))


def distances(mu1: Floats, sigma1: Floats, mu2: Floats, sigma2: Floats) -> Floats:
    """The same of stacks of Gaussians, shapes (..., d) and (..., d, d)."""
    cross = np.linalg.svd(np.matrix_transpose(_factor(sigma1)) @ _factor(sigma2), compute_uv=False)
    traces = np.trace(sigma1 + sigma2, axis1=-2, axis2=-1)
    d2 = ((mu1 - mu2) ** 2).sum(axis=-1) + traces - 2 * cross.sum(axis=-1)
    return np.asarray(np.maximum(d2, 0.0))


def derivatives(sigma1: Floats, sigma2: Floats) -> tuple[Floats, Floats]:
    """Derivatives of d^2 by either covariance, shape (d, d) each.

    With F1^T F2 = U s V^T they are 1 - F2 V s^-1 V^T F2^T and 1 - F1 U s^-1 U^T F1^T; directions in which one sample
    does not vary have none, and are left out.
    """
    f1, f2 = _factor(sigma1), _factor(sigma2)
    u, s, vt = np.linalg.svd(f1.T @ f2)
    varies = s > s.max() * len(s) * np.finfo(float).eps
    left, right = f1 @ u[:, varies], f2 @ vt[varies].T
    one = np.eye(len(s))
    return one - right / s[varies] @ right.T, one - left / s[varies] @ left.T


def _factor(sigma: Floats) -> Floats:
    """F with F F^T = sigma: Cholesky's, or from eigenvalues where a covariance is singular."""
    try:
        return np.asarray(np.linalg.cholesky(sigma))
    except np.linalg.LinAlgError:
        eigenvalues, axes = np.linalg.eigh(sigma)
        return axes * np.sqrt(np.maximum(eigenvalues, 0.0))[..., None, :]
