"""Normal scores: non-negative values to standard normal ones and back, given the incident energy.

For every column, with x the scaled logarithm of E_inc (`EnergyScale`), a value v is zero with probability p0(x),
and otherwise

    ln v = mu(x) + sigma(x) Q(t | x),    t ~ N(0, 1).

mu and ln sigma are cubic polynomials by (slightly ridged) least squares on the values > 0; Q is the table of
standardised residuals at evenly spaced normal quantiles, at knots in x; p0 and Q are linear between knots. The
score of a value is z = Phi^-1(u) with

    u = p0 + (1 - p0) Phi(t)  for v > 0,    u ~ U(0, p0)  for v = 0:

a zero gets a random score below Phi^-1(p0), so that z ~ N(0, 1) whatever the energy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from qgen.files import InputError
from qgen.transforms.energy_scale import EnergyScale

__all__ = ["NormalScores"]

Floats = NDArray[np.float64]

DEGREE = 3
LEVELS = np.linspace(-3.5, 3.5, 57)
SHOWERS_PER_KNOT = 500
FEWEST_PER_KNOT = 30
_SMALLEST = 1e-12


@dataclass(frozen=True)
class NormalScores:
    """Fitted conditional marginals of d columns.

    Attributes:
        scale: of the incident energy.
        mean: coefficients of mu, shape (DEGREE + 1, d).
        log_sd: coefficients of ln sigma, shape (DEGREE + 1, d).
        knots: scaled energies of the tables, shape (n_knots,).
        zero: p0 at the knots, shape (n_knots, d).
        table: standardised residuals at normal quantiles LEVELS, shape (n_knots, d, len(LEVELS)).
    """

    scale: EnergyScale
    mean: Floats
    log_sd: Floats
    knots: Floats
    zero: Floats
    table: Floats

    @classmethod
    def fit(cls, values: Floats, incident_energy: Floats) -> Self:
        """Fit to values >= 0 of shape (n, d) at energies [MeV] of shape (n,).

        Raises:
            InputError: fewer than two rows.
        """
        if len(values) < 2:
            raise InputError(f"NormalScores.fit: expected at least 2 rows, found {len(values)}")
        scale = EnergyScale(float(incident_energy.min()), float(incident_energy.max()))
        x = scale.forward(incident_energy)
        positive = values > 0
        logs = np.log(np.where(positive, values, 1.0))
        mean = _polynomials(x, logs, positive)
        residual = logs - _powers(x) @ mean
        log_sd = _polynomials(x, np.log(np.abs(residual) + 1e-3), positive)
        standardised = np.where(positive, residual / np.exp(_powers(x) @ log_sd), np.nan)
        groups = np.array_split(np.argsort(x, kind="stable"), max(1, len(x) // SHOWERS_PER_KNOT))
        return cls(
            scale,
            mean,
            log_sd,
            knots=np.array([x[group].mean() for group in groups]),
            zero=np.array([1 - positive[group].mean(axis=0) for group in groups]),
            table=np.array([_quantiles(standardised, group) for group in groups]),
        )

    def forward(self, values: Floats, incident_energy: Floats, rng: np.random.Generator) -> Floats:
        """Scores of values, shape (n, d); zeros take random scores below `threshold`."""
        x = self._scaled(incident_energy)
        lower, upper, weight = self._between(x)
        residual = (np.log(np.maximum(values, _SMALLEST)) - _powers(x) @ self.mean) / np.exp(_powers(x) @ self.log_sd)
        t = np.empty_like(residual)
        for j in range(values.shape[1]):
            rows = (1 - weight)[:, None] * self.table[lower, j] + weight[:, None] * self.table[upper, j]
            t[:, j] = _level_of(residual[:, j], rows)
        p0 = self._zero(x)
        u = np.where(values > 0, p0 + (1 - p0) * ndtr(t), p0 * rng.uniform(size=values.shape))
        return np.asarray(ndtri(np.clip(u, _SMALLEST, 1 - _SMALLEST)))

    def inverse(self, scores: Floats, incident_energy: Floats) -> Floats:
        """Values >= 0 of scores, shape (n, d)."""
        x = self._scaled(incident_energy)
        p0 = self._zero(x)
        u = (ndtr(scores) - p0) / np.maximum(1 - p0, _SMALLEST)
        t = ndtri(np.clip(u, _SMALLEST, 1 - _SMALLEST))
        logs = _powers(x) @ self.mean + np.exp(_powers(x) @ self.log_sd) * self._residual(t, x)
        return np.asarray(np.where(u > 0, np.exp(logs), 0.0))

    def threshold(self, incident_energy: Floats) -> Floats:
        """Phi^-1(p0), the score above which a value is > 0, shape (n, d)."""
        return np.asarray(ndtri(self._zero(self._scaled(incident_energy))))

    def _scaled(self, incident_energy: Floats) -> Floats:
        """Energies outside the range of the fit take its nearer end."""
        return np.clip(self.scale.forward(incident_energy), -1, 1)

    def _between(self, x: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
        """The knots on both sides of x, and the weight of the upper one."""
        position = np.interp(x, self.knots, np.arange(len(self.knots)))
        lower = np.minimum(position.astype(np.intp), max(len(self.knots) - 2, 0))
        return lower, np.minimum(lower + 1, len(self.knots) - 1), position - lower

    def _zero(self, x: Floats) -> Floats:
        lower, upper, weight = self._between(x)
        return np.asarray((1 - weight)[:, None] * self.zero[lower] + weight[:, None] * self.zero[upper])

    def _residual(self, t: Floats, x: Floats) -> Floats:
        """Q(t | x), linear in t and between knots."""
        lower, upper, weight = self._between(x)
        position = np.interp(t, LEVELS, np.arange(len(LEVELS)))
        level = np.minimum(position.astype(np.intp), len(LEVELS) - 2)
        part, column = position - level, np.arange(t.shape[1])

        def value(knot: NDArray[np.intp]) -> Floats:
            row = knot[:, None]
            return (1 - part) * self.table[row, column, level] + part * self.table[row, column, level + 1]

        return np.asarray((1 - weight)[:, None] * value(lower) + weight[:, None] * value(upper))

    def state(self, prefix: str) -> dict[str, Floats]:
        """Named arrays, taken back by `restore`."""
        return {
            f"{prefix}.range": np.array([self.scale.low, self.scale.high]),
            **{f"{prefix}.{name}": getattr(self, name) for name in _ARRAYS},
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any], prefix: str) -> Self:
        """The scores of `state`; entries may be tensors, further entries are ignored."""
        ends = np.asarray(state[f"{prefix}.range"], dtype=np.float64)
        arrays = (np.asarray(state[f"{prefix}.{name}"], dtype=np.float64) for name in _ARRAYS)
        return cls(EnergyScale(*ends.tolist()), *arrays)


_ARRAYS = ("mean", "log_sd", "knots", "zero", "table")


def _powers(x: Floats) -> Floats:
    return np.vander(x, DEGREE + 1, increasing=True)


def _polynomials(x: Floats, y: Floats, used: NDArray[np.bool_]) -> Floats:
    """Least-squares coefficients of every column over its used rows, shape (DEGREE + 1, d).

    The constant is free; the other coefficients are ridged by one row, so that columns with few values stay tame.
    """
    powers, weight = _powers(x), used.astype(np.float64)
    normal = np.einsum("na,nb,nd->dab", powers, powers, weight, optimize=True)
    normal += np.diag([_SMALLEST] + [1.0] * DEGREE)
    return np.asarray(np.linalg.solve(normal, np.einsum("na,nd->da", powers, weight * y)[..., None])[..., 0].T)


def _quantiles(values: Floats, group: NDArray[np.intp]) -> Floats:
    """Quantiles at LEVELS of every column without its NaN, shape (d, len(LEVELS)).

    They are of the rows in the group, or of all rows where the group holds too few; of no values at all, zeros.
    """
    table = np.zeros((values.shape[1], len(LEVELS)))
    for j, column in enumerate(values.T):
        known = column[group][~np.isnan(column[group])]
        if len(known) < FEWEST_PER_KNOT:
            known = column[~np.isnan(column)]
        if len(known):
            table[j] = np.quantile(known, ndtr(LEVELS))
    return table


def _level_of(values: Floats, rows: Floats) -> Floats:
    """The level at which each row, increasing and of shape (n, len(LEVELS)), reaches its value."""
    index = np.arange(len(values))
    upper = np.clip((rows <= values[:, None]).sum(axis=1), 1, len(LEVELS) - 1)
    low, high = rows[index, upper - 1], rows[index, upper]
    part = np.divide(values - low, high - low, out=np.full_like(values, 0.5), where=high > low)
    return LEVELS[upper - 1] + np.clip(part, 0, 1) * (LEVELS[1] - LEVELS[0])
