"""Precision, recall (Kynkaanniemi et al., 1904.06991), density and coverage (Naeem et al., 2002.09797).

Each sample is taken for the union of balls B(x_j) around its showers, with the radius r_j of the k-th nearest other
shower of the same sample. With n reference showers x_j and m generated showers y_i,

    precision = share of y_i inside any reference ball,      recall   = share of x_j inside any generated ball,
    density   = 1/m sum_ij 1(y_i in B(x_j)) / n_j,           coverage = share of reference balls that hold any y_i,

where n_j is the number of other reference showers inside B(x_j). Features are first shifted and scaled by the
reference's mean and standard deviation.

Discrete showers are tied: a shower that occurs more than k times has a ball of radius 0. A ball therefore holds its
rim (distance <= r_j, to within TIE), so that showers generated in the very same state are inside; a strict < would
score them 0. Without ties n_j = k, which is the published density; with ties the published 1/k would grow with the
multiplicity, and n_j keeps equal distributions near 1.

Caveats: no value means anything without its truth floor (GEANT4 against GEANT4 has precision 0.24 and coverage 0.97
on the 362 published features of CaloChallenge's dataset 2). A discrete generator scored against continuous showers has
balls of radius 0 that hold none of them, and recall 0: dequantise it (uniformly inside its bins) first.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist

from qgen.files import InputError
from qgen.metrics.arrays import Floats, Ints, pair, standardised
from qgen.metrics.declaration import scored

__all__ = ["precision_recall"]


TIE = 1e-9
"""Distances that differ by less are equal, in standard deviations of the reference: rounding does not break ties."""
_SLICE = 256


class PrecisionRecall(NamedTuple):
    """Attributes: precision, recall and coverage, 0..1; density, >= 0 and about 1 for equal distributions."""

    precision: float
    recall: float
    density: float
    coverage: float


_BALLS: dict[str, Any] = {
    "better": "higher",
    "primary": False,
    "least": 100,
    "why": "balls of the 5 nearest showers",
    "limit": 1000,
}
"""What the four have in common. They depend on the number of rows: a limit keeps evaluations comparable, and cheap."""


@scored("precision", label="precision", place=12, read=lambda result: result.precision, **_BALLS)
@scored("recall", label="recall", place=13, read=lambda result: result.recall, **_BALLS)
@scored("density", label="density", place=14, read=lambda result: result.density, **{**_BALLS, "better": 1.0})
@scored("coverage", label="coverage", place=15, read=lambda result: result.coverage, **_BALLS)
def precision_recall(reference: ArrayLike, generated: ArrayLike, *, k: int = 5) -> PrecisionRecall:
    """Precision, recall, density and coverage; distances are exact, in slices of 256 x n.

    Args:
        reference: features, shape (n, d), n > k.
        generated: features, shape (m, d), m > k.
        k: which nearest neighbour sets the radius, at least 1.

    Returns:
        the four values; for generated = reference without ties 1, 1, (k + 1) / k, 1.

    Raises:
        InputError: bad shapes, too few rows, values that are not finite, k < 1.
    """
    if k < 1:
        raise InputError(f"precision_recall: expected k >= 1, found {k}")
    x, y = standardised(*pair(reference, generated, min_rows=k + 1))
    (radius_x, held), (radius_y, _) = _balls(x, k), _balls(y, k)
    precise, density = np.zeros(len(y), dtype=bool), 0.0
    recalled, covered = np.zeros(len(x), dtype=bool), np.zeros(len(x), dtype=bool)
    for rows, distance in _distances(y, x):
        inside = distance <= radius_x
        precise[rows] = inside.any(axis=1)
        covered |= inside.any(axis=0)
        density += float((inside / held).sum())
        recalled |= (distance <= radius_y[rows, None]).any(axis=0)
    return PrecisionRecall(*map(float, (precise.mean(), recalled.mean(), density / len(y), covered.mean())))


def _balls(x: Floats, k: int) -> tuple[Floats, Ints]:
    """Radius of the ball around every row, TIE included, and the number of other rows inside."""
    radius, held = np.empty(len(x)), np.empty(len(x), dtype=np.intp)
    for rows, distance in _distances(x, x):
        np.put_along_axis(distance, rows[:, None], np.inf, axis=1)  # not its own neighbour
        radius[rows] = np.partition(distance, k - 1, axis=1)[:, k - 1] + TIE
        held[rows] = (distance <= radius[rows, None]).sum(axis=1)
    return radius, held


def _distances(x: Floats, y: Floats) -> Iterator[tuple[Ints, Floats]]:
    """Some row numbers of x at a time, and their Euclidean distances to all rows of y: exactly 0 for equal rows."""
    for start in range(0, len(x), _SLICE):
        rows = np.arange(start, min(start + _SLICE, len(x)))
        yield rows, cdist(x[rows], y)
