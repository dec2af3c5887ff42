"""Frechet physics distance (Kansal et al., 2211.10295), extrapolated to infinite sample size.

Features are divided by max|reference|. For sizes N_k evenly spaced in 1/N between min and max, d^2_k is the mean
Frechet distance of `n_batches` pairs of samples of N_k rows, drawn with replacement. Then

    d^2(N) = FPD + a / N,    FPD, a >= 0,

is fitted by least squares; the value is the intercept, the error that of the fit.

Caveat: the extrapolation does not remove the bias of a finite input: two samples of one distribution give 0.05
at 5000 rows of 100 features. Read it beside its floor. A row drawn several times enters as a weight here, which
changes the values by rounding only.

In the harness, errors and floors come from what it tends to with ever more draws: the Frechet distance of the features
divided by max|reference|. By how much the fit differs from that (by a quarter of the floor's standard deviation, since
d^2 is not quite linear in 1/N) is measured with the floor and added to it.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import curve_fit
from threadpoolctl import threadpool_limits

from qgen.files import InputError
from qgen.metrics._draws import DrawnMoments, draw_counts
from qgen.metrics.arrays import Floats, Ints, normalised, pair
from qgen.metrics.blocks import N_KEPT
from qgen.metrics.declaration import scored
from qgen.metrics.frechet_distance import distances
from qgen.metrics.weights import Weighings, Weighted
from qgen.plugins.options import require_seed

__all__ = ["fpd"]


_AT_ONCE = 16
"""Weightings whose covariances are in memory together."""


def frechet(weighings: Weighings) -> Floats:
    """Frechet distance in FPD's normalisation, shape (k,); nan where a side has less than two showers."""
    a, b, features = weighings.a, weighings.b, weighings.pool.features
    moments, d2 = features.moments, np.full(len(a), np.nan)
    enough = np.flatnonzero(np.minimum(a @ moments.counts, b @ moments.counts) >= 2)
    for some in np.split(enough, range(_AT_ONCE, len(enough), _AT_ONCE)):
        if len(some):
            largest = np.array([features.largest[row > 0].max(axis=0) for row in a[some]])
            scale = np.where(largest > 0, largest, 1.0)
            sides = (moments.gaussian(w[some]) for w in (a, b))
            scaled = [(mu / scale, sigma / (scale[:, :, None] * scale[:, None, :])) for mu, sigma in sides]
            d2[some] = distances(*scaled[0], *scaled[1])
    return d2


@scored(
    "fpd",
    label="FPD",
    primary=False,
    place=4,
    per_feature=5,
    why="5 for each of the {n_features} features' covariances",
    limit=N_KEPT,
    weighted=Weighted(frechet, in_bins=True, published=True),
)
def fpd(
    reference: ArrayLike,
    generated: ArrayLike,
    *,
    min_samples: int = 20000,
    max_samples: int = 50000,
    n_batches: int = 20,
    n_points: int = 10,
    seed: int = 42,
) -> tuple[float, float]:
    """Frechet physics distance, with the defaults of the published implementation (CaloChallenge: min 10000).

    Args:
        reference: features of GEANT4 showers, shape (n, d), n >= 2.
        generated: features of generated showers, shape (m, d), m >= 2.
        min_samples: smallest size of a drawn sample.
        max_samples: largest size.
        n_batches: samples of each size.
        n_points: number of sizes, at least 3.
        seed: of the draws.

    Returns:
        FPD >= 0, dimensionless, and its fit error.

    Raises:
        InputError: bad shapes or sizes, fewer than two rows, values that are not finite.
    """
    x, y = normalised(*pair(reference, generated, min_rows=2))
    if not 2 <= min_samples < max_samples or n_batches < 1 or n_points < 3:
        raise InputError(
            "fpd: expected 2 <= min_samples < max_samples, n_batches >= 1 and n_points >= 3, "
            f"found {min_samples}, {max_samples}, {n_batches}, {n_points}"
        )
    sizes = (1 / np.linspace(1 / min_samples, 1 / max_samples, n_points)).astype(int)
    with threadpool_limits(1, user_api="blas"):  # the sums are too small to be shared out
        d2 = _mean_distances(x, y, sizes, n_batches, np.random.default_rng(require_seed("fpd", seed)))
    parameters, covariance = curve_fit(_line, 1 / sizes, d2, bounds=([0, 0], [np.inf, np.inf]), jac=_slopes)
    return float(parameters[0]), float(np.sqrt(covariance[0, 0]))


def _mean_distances(x: Floats, y: Floats, sizes: Ints, n_batches: int, rng: np.random.Generator) -> list[float]:
    """Mean d^2 of samples of each size."""
    first, second = DrawnMoments(x), DrawnMoments(y)
    means = []
    for size in sizes:
        draws = [(draw_counts(len(x), size, rng), draw_counts(len(y), size, rng)) for _ in range(n_batches)]
        counts1, counts2 = (np.stack(counts) for counts in zip(*draws, strict=True))
        means.append(float(distances(*first.gaussians(counts1), *second.gaussians(counts2)).mean()))
    return means


def _line(inverse_size: Floats, intercept: float, slope: float) -> Floats:
    return intercept + slope * inverse_size


def _slopes(inverse_size: Floats, intercept: float, slope: float) -> Floats:
    """Derivatives of `_line`; with finite differences the fit would stop elsewhere at every rounding error."""
    return np.stack([np.ones_like(inverse_size), inverse_size], axis=1)
