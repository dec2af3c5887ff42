"""Normal scores: a map of every column, given a condition x, to a standard normal variable, and back.

For column i and the rows that count (a voxel that was hit), with mu_i and ln sigma_i cubic polynomials in x,

    t = (y - mu_i(x)) / sigma_i(x),    u = Phi^-1( F_i(t) ),

F_i being the empirical distribution of t, tabulated at normal quantiles g_k and linear in between and beyond.
A model that adds nothing but independent normal u then has the right marginals at every x.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from qgen.files import InputError

__all__ = ["NormalScores"]

Floats = NDArray[np.float64]

DEGREE = 3
GRID = np.asarray(np.linspace(-2.4, 2.4, 33), dtype=np.float64)
"""Normal quantiles g_k; the outer ones leave 0.8 % of the rows on either side."""
FEWEST = 200
"""A column with fewer rows that count gets the straight table of a normal distribution."""
NORMAL_LOG = -0.635181422730739
"""E[ln |g|] of a standard normal g, -(ln 2 + Euler's gamma)/2: sigma is the exponential of the mean logarithm."""


@dataclass(frozen=True)
class NormalScores:
    """Fitted map; a column with hardly any row that counts leans on the mean of all columns.

    Attributes:
        mean: coefficients of mu, lowest power first, shape (n_columns, DEGREE + 1).
        log_sd: coefficients of ln sigma, same shape.
        table: t at the quantiles GRID, increasing, shape (n_columns, len(GRID)).
    """

    mean: Floats
    log_sd: Floats
    table: Floats

    @classmethod
    def fit(cls, y: Floats, counts: NDArray[np.bool_], x: Floats) -> Self:
        """Fit to rows.

        Args:
            y: values, shape (n, n_columns).
            counts: where they count, same shape.
            x: condition, about -1..1, shape (n,).

        Raises:
            InputError: shapes disagree, or there is no row.
        """
        if y.shape != counts.shape or x.shape != y.shape[:1] or not len(y):
            raise InputError(
                f"NormalScores.fit: expected rows, with y and counts of one shape and x to match, "
                f"found {y.shape}, {counts.shape}, {x.shape}"
            )
        powers = _powers(x)
        mean = _least_squares(powers, y, counts)
        residual = y - powers @ mean.T
        log_sd = _least_squares(powers, np.log(np.abs(residual) + 1e-3), counts)
        t = residual / np.exp(powers @ log_sd.T)
        table = np.stack([_quantiles(t[rows, i]) for i, rows in enumerate(counts.T)])
        return cls(mean, log_sd, table)

    def forward(self, y: Floats, x: Floats) -> Floats:
        """Values (n, n_columns) given x (n,) to normal scores of the same shape."""
        powers = _powers(x)
        t = (y - powers @ self.mean.T) / np.exp(powers @ self.log_sd.T)
        return np.stack([_linear(t[:, i], knots, GRID) for i, knots in enumerate(self.table)], axis=1)

    def inverse(self, u: Floats, x: Floats) -> Floats:
        """Normal scores (n, n_columns) given x (n,) to values of the same shape."""
        powers = _powers(x)
        t = np.stack([_linear(u[:, i], GRID, knots) for i, knots in enumerate(self.table)], axis=1)
        return np.asarray(powers @ self.mean.T + np.exp(powers @ self.log_sd.T) * t)

    def state(self) -> dict[str, Floats]:
        """Named arrays, taken back by `restore`."""
        return {"scores.mean": self.mean, "scores.log_sd": self.log_sd, "scores.table": self.table}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Self:
        """The map of `state`; entries may be tensors, further entries are ignored."""
        names = ("mean", "log_sd", "table")
        return cls(*(np.asarray(state[f"scores.{name}"], dtype=np.float64) for name in names))


def _powers(x: Floats) -> Floats:
    """1, x, x^2, ... of x held to -1..1, shape (n, DEGREE + 1): beyond, the nearer end's values are kept."""
    return np.asarray(np.vander(np.clip(x, -1, 1), DEGREE + 1, increasing=True))


def _least_squares(powers: Floats, y: Floats, counts: NDArray[np.bool_]) -> Floats:
    """Polynomial coefficients of every column over the rows that count, with the mean of all as one row more."""
    weight = counts.astype(np.float64)
    square = np.einsum("ni,nj,nc->cij", powers, powers, weight, optimize=True)
    right = np.einsum("ni,nc->ci", powers, np.where(counts, y, 0), optimize=True)
    right[:, 0] += y[counts].mean() if counts.any() else 0.0
    ridge = np.eye(DEGREE + 1)
    return np.asarray(np.linalg.solve(square + ridge, right[..., None])[..., 0])


def _quantiles(t: Floats) -> Floats:
    """Quantiles of t at GRID, strictly increasing."""
    if len(t) < FEWEST:
        return np.asarray(np.exp(-NORMAL_LOG) * GRID, dtype=np.float64)
    table = np.quantile(t, ndtr(GRID))
    return np.asarray(table + 1e-6 * GRID)


def _linear(values: Floats, knots: Floats, images: Floats) -> Floats:
    """The piecewise linear map knots -> images, its outer pieces continued."""
    piece = np.clip(np.searchsorted(knots, values) - 1, 0, len(knots) - 2)
    slope = (images[piece + 1] - images[piece]) / (knots[piece + 1] - knots[piece])
    return np.asarray(images[piece] + slope * (values - knots[piece]))
