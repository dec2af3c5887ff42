"""The classifier's area under the ROC curve for weighted showers, from held-out scores: no new fit for a resample.

With the showers i of the reference and j of the generated sample that lie in one fold, and weights w,

    AUC = sum_ij w_i w_j [1(s_i < s_j) + 1(s_i = s_j) / 2] / sum_ij w_i w_j,

averaged over the folds. Resampling the scores misses that the classifier itself would come out differently. Near
AUC = 1/2 that doubles the variance, since cross-validation uses every pair of showers twice, each in the training
set of the other's fold; it fades as the classes separate. So, with the variance (n + m + 1) / (12 n m) of the
Mann-Whitney statistic, the floor's is twice that and

    error^2 = Var(resampled scores) + (n + m + 1) / (12 n m) (4 AUC (1 - AUC))^2 .
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from qgen.evaluation.tally import Tally
from qgen.metrics.classifier_auc import held_out_scores

Floats = NDArray[np.float64]


def null_variance(n: float, m: float) -> float:
    """Variance of the area between n and m values of one distribution (Mann and Whitney 1947)."""
    return (n + m + 1) / (12 * n * m)


def training_variance(auc: float, n: float, m: float) -> float:
    """What the classifier's own fluctuation adds to the variance of the area."""
    return null_variance(n, m) * (4 * auc * (1 - auc)) ** 2


@dataclass(frozen=True)
class Areas:
    """Held-out scores of the kept rows of two tallies; blocks of the second come after those of the first.

    Attributes:
        folds: (block, position among the distinct scores of the fold, label) of every shower, fold by fold.
        rows: their row numbers, reference first.
    """

    folds: list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]]
    rows: list[NDArray[np.intp]]

    @classmethod
    def of(cls, reference: Tally, generated: Tally, seed: int) -> Self:
        """Fit the classifiers.

        Raises:
            InputError: fewer showers than folds.
        """
        scores, labels, folds = held_out_scores(reference.rows, generated.rows, seed=seed)
        blocks = np.concatenate([reference.row_blocks, generated.row_blocks + reference.n_blocks])
        rows = [np.flatnonzero(folds == k) for k in range(folds.max() + 1)]
        places = [np.unique(scores[row], return_inverse=True)[1] for row in rows]
        return cls([(blocks[row], place, labels[row]) for row, place in zip(rows, places, strict=True)], rows)

    def areas(self, a: Floats, b: Floats, chosen: NDArray[np.bool_] | None = None) -> Floats:
        """Areas for k weightings of the blocks.

        Args:
            a: of the reference, shape (k, n_blocks).
            b: of the generated showers.
            chosen: only these rows count, with all pairs of a fold together; by default all, and the mean of the folds.

        Returns:
            shape (k,); nan where the chosen rows have no pair.
        """
        return np.array([self._area(*pair, chosen) for pair in zip(a, b, strict=True)])

    def _area(self, a: Floats, b: Floats, chosen: NDArray[np.bool_] | None) -> float:
        parts = []
        for (block, place, label), row in zip(self.folds, self.rows, strict=True):
            kept = 1.0 if chosen is None else chosen[row]
            parts.append(_pairs(a[block] * (label == 0) * kept, b[block] * (label == 1) * kept, place))
        won, total = np.array(parts).T
        if chosen is None:
            return float(np.mean(won / total))
        return float(won.sum() / total.sum()) if total.any() else np.nan


def _pairs(a: Floats, b: Floats, place: NDArray[np.intp]) -> tuple[float, float]:
    """Weight of the pairs in which the second sample scores higher (half of ties), and of all pairs."""
    n = int(place.max()) + 1
    first, second = (np.bincount(place, weights, minlength=n) for weights in (a, b))
    below = np.cumsum(first) - first / 2
    return float(second @ below), float(first.sum() * second.sum())
