"""How likely is a voxel hit? Log-odds that are cubic polynomials in a condition x.

    ln[ p_i(x) / (1 - p_i(x)) ] = sum_k c_ik x^k,    k = 0..3

by penalised maximum likelihood (logistic regression, Newton's method): c_i0 is drawn to the log-odds of the column's
smoothed rate (hits + 1/2)/(trials + 1), the other coefficients to 0. A column that is never hit keeps a finite rate.
Columns that are alike by symmetry may be grouped, as in `NormalScores`; together they are the independent voxels that
a generator starts from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from qgen.files import InputError
from qgen.transforms.normal_scores import DEGREE, checked_groups, pooled, powers_of

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

RIDGE = 0.1
"""Weight of the square of what a coefficient differs from where it is drawn to, in nats (halved)."""
N_STEPS = 50
CONVERGED = 1e-6
"""The fit ends where no log-odds moves by more."""
LARGEST_STEP = 1.0
"""Newton's steps are scaled down where they move a log-odds by more."""


@dataclass(frozen=True)
class HitRates:
    """Fitted log-odds.

    Attributes:
        coefficients: c, lowest power first, shape (n_groups, DEGREE + 1).
        groups: the group of every column, shape (n_columns,).
    """

    coefficients: Floats
    groups: Index

    @classmethod
    def fit(cls, hit: NDArray[np.bool_], x: Floats, *, groups: Index | None = None) -> Self:
        """Fit to rows.

        Args:
            hit: shape (n, n_columns).
            x: condition, about -1..1, shape (n,); it is held to -1..1.
            groups: the group of every column, numbered from 0 without a gap; by default each column is its own.

        Raises:
            InputError: shapes disagree, there is no row, or groups are not so numbered.
        """
        if hit.ndim != 2 or x.shape != hit.shape[:1] or not len(x):
            raise InputError(f"HitRates.fit: expected rows, with x to match, found {hit.shape} and {x.shape}")
        groups = checked_groups(groups, hit.shape[1])
        powers = powers_of(x)
        hits = pooled(hit.T.astype(np.float64), groups).T
        trials = np.bincount(groups).astype(np.float64)
        centre = np.zeros((len(trials), DEGREE + 1))
        centre[:, 0] = logit((hits.sum(0) + 0.5) / (trials * len(x) + 1))
        c = centre.copy()
        ridge = RIDGE * np.eye(DEGREE + 1)
        for _ in range(N_STEPS):
            p = expit(powers @ c.T)
            slope = (hits - trials * p).T @ powers - RIDGE * (c - centre)
            curvature = np.einsum("ni,nj,nc->cij", powers, powers, trials * p * (1 - p), optimize=True) + ridge
            step = np.linalg.solve(curvature, slope[..., None])[..., 0]
            largest = np.abs(powers @ step.T).max(0)
            c += step * np.minimum(1, LARGEST_STEP / np.maximum(largest, 1e-12))[:, None]
            if largest.max() < CONVERGED:
                break
        return cls(c, groups)

    def logits(self, x: Floats) -> Floats:
        """Log-odds at conditions x (n,), shape (n, n_columns)."""
        return np.asarray((powers_of(x) @ self.coefficients.T)[:, self.groups])

    def state(self) -> dict[str, NDArray[Any]]:
        """Named arrays, taken back by `restore`."""
        return {"hits.coefficients": self.coefficients, "hits.groups": self.groups}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Self:
        """The rates of `state`; entries may be tensors, further entries are ignored."""
        coefficients = np.asarray(state["hits.coefficients"], dtype=np.float64)
        return cls(coefficients, np.asarray(state["hits.groups"], dtype=np.intp))
