"""Normal scores: a map of every column, given a condition x, to a standard normal variable, and back.

For column i and the rows that count (a voxel that was hit), with mu_i and ln sigma_i cubic polynomials in x,

    t = (y - mu_i(x)) / sigma_i(x),    u = Phi^-1( F_i(t) ),

F_i being the empirical distribution of t, tabulated at normal quantiles g_k and linear in between and beyond.
A model that adds nothing but independent normal u then has the right marginals at every x. Columns that are alike by
symmetry (the angles of a cylinder) may be grouped: a group shares one map, fitted to the rows of all its columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from sklearn.covariance import ledoit_wolf

from qgen.files import InputError

__all__ = ["NormalScores"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

DEGREE = 3
GRID = np.asarray(np.linspace(-2.4, 2.4, 33), dtype=np.float64)
"""Normal quantiles g_k; the outer ones leave 0.8 % of the rows on either side."""
STEP = float(GRID[1] - GRID[0])
FEWEST = 200
"""A group with fewer rows that count gets the straight table of a normal distribution."""
FAR = 4.0
"""Standard deviations at which the table of a group without any row ends."""
NORMAL_LOG = -0.635181422730739
"""E[ln |g|] of a standard normal g, -(ln 2 + Euler's gamma)/2: sigma is the exponential of the mean logarithm."""

_FLOATS = ("mean", "log_sd", "table", "ends")


@dataclass(frozen=True)
class NormalScores:
    """Fitted map; a group with hardly any row that counts leans on the mean of all columns.

    Attributes:
        mean: coefficients of mu, lowest power first, shape (n_groups, DEGREE + 1).
        log_sd: coefficients of ln sigma, same shape.
        table: t at the quantiles GRID, increasing, shape (n_groups, len(GRID)).
        ends: smallest and largest t of the fit, shape (n_groups, 2); no image of the inverse lies beyond.
        groups: the group of every column, shape (n_columns,).
    """

    mean: Floats
    log_sd: Floats
    table: Floats
    ends: Floats
    groups: Index

    @classmethod
    def fit(cls, y: Floats, counts: NDArray[np.bool_], x: Floats, *, groups: Index | None = None) -> Self:
        """Fit to rows.

        Args:
            y: values, shape (n, n_columns).
            counts: where they count, same shape.
            x: condition, about -1..1, shape (n,).
            groups: the group of every column, numbered from 0 without a gap; by default each column is its own.

        Raises:
            InputError: shapes disagree, there is no row, or groups are not so numbered.
        """
        if y.shape != counts.shape or x.shape != y.shape[:1] or not len(y):
            raise InputError(
                f"NormalScores.fit: expected rows, with y and counts of one shape and x to match, "
                f"found {y.shape}, {counts.shape}, {x.shape}"
            )
        groups = checked_groups(groups, y.shape[1])
        powers = powers_of(x)
        mean = _least_squares(powers, y, counts, groups)
        residual = y - powers @ mean[groups].T
        log_sd = _least_squares(powers, np.log(np.abs(residual) + 1e-3), counts, groups)
        t = residual / np.exp(powers @ log_sd[groups].T)
        parts = [t[:, columns][counts[:, columns]] for columns in _members(groups)]
        table, ends = (np.stack([part(values) for values in parts]) for part in (_quantiles, _ends))
        return cls(mean, log_sd, table, ends, groups)

    def forward(self, y: Floats, x: Floats) -> Floats:
        """Values (n, n_columns) given x (n,) to normal scores of the same shape."""
        powers = powers_of(x)
        t = (y - powers @ self.mean[self.groups].T) / np.exp(powers @ self.log_sd[self.groups].T)
        u = np.empty_like(t)
        for columns, knots in zip(_members(self.groups), self.table, strict=True):
            u[:, columns] = _linear(t[:, columns], knots, GRID)
        return u

    def inverse(self, u: Floats, x: Floats) -> Floats:
        """Normal scores (n, n_columns) given x (n,) to values of the same shape."""
        powers = powers_of(x)
        t = self._standardised(u, self.groups)
        return np.asarray(powers @ self.mean[self.groups].T + np.exp(powers @ self.log_sd[self.groups].T) * t)

    def inverse_at(self, rows: Index, columns: Index, u: Floats, x: Floats) -> Floats:
        """The entries of `inverse` at rows and columns (k,), from their normal scores u (k,) and x (n,); shape (k,).

        The work is that of the entries, not of the table: for voxels of which few are hit.
        """
        groups, powers = self.groups[columns], powers_of(x)
        mean, log_sd = np.zeros(len(u)), np.zeros(len(u))
        for power in range(DEGREE + 1):
            factor = powers[rows, power]
            mean += factor * self.mean[groups, power]
            log_sd += factor * self.log_sd[groups, power]
        return np.asarray(mean + np.exp(log_sd) * self._standardised(u, groups))

    def _standardised(self, u: Floats, groups: Index) -> Floats:
        """t of normal scores; `groups` broadcasts with u."""
        piece = np.clip((u - GRID[0]) / STEP, 0, len(GRID) - 2).astype(np.intp)
        index = groups * len(GRID) + piece
        lower, upper = self.table.ravel()[index], self.table.ravel()[index + 1]
        t = lower + (upper - lower) * ((u - GRID[piece]) / STEP)
        return np.asarray(np.clip(t, self.ends[groups, 0], self.ends[groups, 1]))

    def state(self) -> dict[str, NDArray[Any]]:
        """Named arrays, taken back by `restore`."""
        return {f"scores.{name}": getattr(self, name) for name in (*_FLOATS, "groups")}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Self:
        """The map of `state`; entries may be tensors, further entries are ignored."""
        floats = {name: np.asarray(state[f"scores.{name}"], dtype=np.float64) for name in _FLOATS}
        return cls(**floats, groups=np.asarray(state["scores.groups"], dtype=np.intp))


def shrunk_correlation(u: Floats) -> Floats:
    """Correlations of scores (n, d), shape (d, d), positive definite: of the covariance shrunk by Ledoit and Wolf."""
    covariance = ledoit_wolf(u)[0]
    sd = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(sd, sd))


def checked_groups(groups: Index | None, n_columns: int) -> Index:
    """Groups of columns as they may be given to a fit; None makes every column its own.

    Raises:
        InputError: other than one group for every column, numbered from 0 without a gap.
    """
    if groups is None:
        return np.arange(n_columns, dtype=np.intp)
    if np.shape(groups) != (n_columns,) or not np.array_equal(np.unique(groups), np.arange(np.max(groups) + 1)):
        raise InputError(
            f"groups: expected one for each of {n_columns} columns, numbered from 0 without a gap, "
            f"found shape {np.shape(groups)} with {len(np.unique(groups))} numbers up to {np.max(groups, initial=-1)}"
        )
    return np.asarray(groups, dtype=np.intp)


def pooled(values: NDArray[Any], groups: Index) -> NDArray[Any]:
    """Sums over the columns of each group: (n_columns, ...) to (n_groups, ...)."""
    total = np.zeros((groups.max(initial=-1) + 1, *values.shape[1:]), dtype=values.dtype)
    np.add.at(total, groups, values)
    return total


def _members(groups: Index) -> list[Index]:
    """The columns of every group."""
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.cumsum(np.bincount(groups))[:-1])


def powers_of(x: Floats) -> Floats:
    """1, x, x^2, ... of x (n,) held to -1..1, shape (n, DEGREE + 1): beyond, the nearer end's values are kept."""
    return np.asarray(np.vander(np.clip(x, -1, 1), DEGREE + 1, increasing=True))


def _least_squares(powers: Floats, y: Floats, counts: NDArray[np.bool_], groups: Index) -> Floats:
    """Polynomial coefficients of every group over the rows that count, with the mean of all as one row more."""
    weight = counts.astype(np.float64)
    square = pooled(np.einsum("ni,nj,nc->cij", powers, powers, weight, optimize=True), groups)
    right = pooled(np.einsum("ni,nc->ci", powers, np.where(counts, y, 0), optimize=True), groups)
    right[:, 0] += y[counts].mean() if counts.any() else 0.0
    ridge = np.eye(DEGREE + 1)
    return np.asarray(np.linalg.solve(square + ridge, right[..., None])[..., 0])


def _quantiles(t: Floats) -> Floats:
    """Quantiles of t at GRID, strictly increasing."""
    if len(t) < FEWEST:
        return np.asarray(np.exp(-NORMAL_LOG) * GRID, dtype=np.float64)
    table = np.quantile(t, ndtr(GRID))
    return np.asarray(table + 1e-6 * GRID)


def _ends(t: Floats) -> Floats:
    """Smallest and largest t; without any, far out in the straight table."""
    far = FAR * np.exp(-NORMAL_LOG)
    return np.array([t.min(), t.max()]) if len(t) else np.array([-far, far])


def _linear(values: Floats, knots: Floats, images: Floats) -> Floats:
    """The piecewise linear map knots -> images, its outer pieces continued."""
    piece = np.clip(np.searchsorted(knots, values) - 1, 0, len(knots) - 2)
    slope = (images[piece + 1] - images[piece]) / (knots[piece + 1] - knots[piece])
    return np.asarray(images[piece] + slope * (values - knots[piece]))
