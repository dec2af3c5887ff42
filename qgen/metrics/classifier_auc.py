"""How well a light classifier tells generated showers from reference ones.

Histogram gradient boosting (scikit-learn) on a feature set, cross-validated: the folds are stratified, each is
scored by a model trained on the others, and the value is the mean of the areas under the ROC curve of the folds.
0.5 is indistinguishable, 1 (or 0) is separable.

Caveat: showers that occur in both samples pull the AUC below 0.5, since a held-out shower's twin has the other label.

In the harness the showers are weighted, and the held-out scores s serve all resamples without a new fit. With weights w
of the showers i of the reference and j of the generated sample that lie in one fold,

    AUC = sum_ij w_i w_j [1(s_i < s_j) + 1(s_i = s_j) / 2] / sum_ij w_i w_j,

averaged over the folds. Resampling the scores misses that the classifier itself would come out differently. Near
AUC = 1/2 that doubles the variance, since cross-validation uses every pair of showers twice, each in the training
set of the other's fold; it fades as the classes separate. So, with the variance (n + m + 1) / (12 n m) of the
Mann-Whitney statistic, the floor's is twice that and

    error^2 = Var(resampled scores) + (n + m + 1) / (12 n m) (4 AUC (1 - AUC))^2 .
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from qgen.files import InputError
from qgen.metrics.arrays import Floats, Ints, pair
from qgen.metrics.blocks import N_KEPT
from qgen.metrics.declaration import scored
from qgen.metrics.weights import Pool, Weighings, Weighted

__all__ = ["classifier_auc"]


LARGE = 10_000
"""Showers from which on a fit gains from more than one thread."""


def boosted_trees(seed: int) -> HistGradientBoostingClassifier:
    """Histogram gradient boosting (scikit-learn): 100 trees of at most 15 leaves, no early stop; not fitted."""
    return HistGradientBoostingClassifier(max_leaf_nodes=15, early_stopping=False, random_state=seed)


def held_out_scores(
    reference: ArrayLike, generated: ArrayLike, *, n_splits: int = 5, seed: int = 0
) -> tuple[Floats, Ints, Ints]:
    """Score of every shower by the classifier that was not trained on it; arguments and errors as in `classifier_auc`.

    Returns:
        scores (0..1, high for generated), labels (0 reference, 1 generated) and fold numbers, reference first.
    """
    if n_splits < 2:
        raise InputError(f"classifier_auc: expected n_splits >= 2, found {n_splits}")
    x, y = pair(reference, generated, min_rows=n_splits)
    features = np.concatenate([x, y])
    labels = np.repeat([0, 1], [len(x), len(y)])
    scores, folds = np.empty(len(labels)), np.empty(len(labels), dtype=np.intp)
    splits = StratifiedKFold(n_splits, shuffle=True, random_state=seed).split(features, labels)
    with threadpool_limits(1 if len(labels) < LARGE else None):  # small fits only wait for each other's threads
        for k, (train, test) in enumerate(splits):
            model = boosted_trees(seed).fit(features[train], labels[train])
            scores[test], folds[test] = model.predict_proba(features[test])[:, 1], k
    return scores, labels, folds


@dataclass(frozen=True)
class Areas:
    """Held-out scores of the kept rows of both samples of a pool.

    Attributes:
        folds: (block, position among the distinct scores of the fold, label) of every shower, fold by fold.
        rows: their row numbers, reference first.
    """

    folds: list[tuple[Ints, Ints, Ints]]
    rows: list[Ints]

    @classmethod
    def of(cls, pool: Pool) -> Self:
        """Fit the classifiers.

        Raises:
            InputError: fewer showers than folds.
        """
        first, second = pool.sides
        scores, labels, folds = held_out_scores(first.rows, second.rows, seed=pool.seed)
        blocks = np.concatenate([first.row_blocks, second.row_blocks + first.n_blocks])
        rows = [np.flatnonzero(folds == k) for k in range(folds.max() + 1)]
        places = [np.unique(scores[row], return_inverse=True)[1] for row in rows]
        return cls([(blocks[row], place, labels[row]) for row, place in zip(rows, places, strict=True)], rows)

    def area(self, a: Floats, b: Floats, chosen: NDArray[np.bool_] | None) -> float:
        """Area for weights of the blocks: the mean of the folds, or of the pairs of all folds among the chosen rows.

        It is nan where the chosen rows have no pair.
        """
        parts = []
        for (block, place, label), row in zip(self.folds, self.rows, strict=True):
            counted = 1.0 if chosen is None else chosen[row]
            parts.append(_pairs(a[block] * (label == 0) * counted, b[block] * (label == 1) * counted, place))
        won, total = np.array(parts).T
        if chosen is None:
            return float(np.mean(won / total))
        return float(won.sum() / total.sum()) if total.any() else np.nan


def _pairs(a: Floats, b: Floats, place: Ints) -> tuple[float, float]:
    """Weight of the pairs in which the second sample scores higher (half of ties), and of all pairs."""
    n = int(place.max()) + 1
    first, second = (np.bincount(place, weights, minlength=n) for weights in (a, b))
    below = np.cumsum(first) - first / 2
    return float(second @ below), float(first.sum() * second.sum())


def weighted_areas(weighings: Weighings) -> Floats:
    """Areas of k pairs of samples, shape (k,); the classifiers are fitted once for a pool."""
    areas, chosen = weighings.pool.once(Areas.of), weighings.pool.chosen
    return np.array([areas.area(a, b, chosen) for a, b in weighings])


def null_variance(n: float, m: float) -> float:
    """Variance of the area between n and m values of one distribution (Mann and Whitney 1947)."""
    return (n + m + 1) / (12 * n * m)


def training_variance(auc: float, n: float, m: float) -> float:
    """What the classifier's own fluctuation adds to the variance of the area."""
    return null_variance(n, m) * (4 * auc * (1 - auc)) ** 2


def _floor(n: float, m: float) -> tuple[float, float]:
    return 0.5, float(np.sqrt(2 * null_variance(n, m)))


def _error(auc: float, moved: Floats, n: float, m: float, one: float) -> float:
    """Even where all are told apart, one shower of n could have been mistaken: an error of 1/n is the least."""
    return float(np.sqrt(moved.var(ddof=1) + training_variance(auc, n, m) + one**2))


@scored(
    "auc",
    label="classifier AUC",
    better=0.5,
    place=1,
    least=200,
    why="40 in each of 5 folds",
    limit=N_KEPT,
    weighted=Weighted(weighted_areas, in_bins=True, floor=_floor, error=_error),
)
def classifier_auc(
    reference: ArrayLike, generated: ArrayLike, *, n_splits: int = 5, seed: int = 0
) -> tuple[float, float]:
    """Area under the ROC curve on held-out showers, as it is (it can be below 0.5).

    Args:
        reference: features, shape (n, d), n >= n_splits.
        generated: features, shape (m, d), m >= n_splits.
        n_splits: number of folds, at least 2.
        seed: of the folds and of the classifier.

    Returns:
        the AUC, and its standard error over the folds (which share training showers: an estimate).

    Raises:
        InputError: bad shapes, too few rows, values that are not finite.
    """
    scores, labels, folds = held_out_scores(reference, generated, n_splits=n_splits, seed=seed)
    areas = [roc_auc_score(labels[folds == k], scores[folds == k]) for k in range(n_splits)]
    return float(np.mean(areas)), float(np.std(areas, ddof=1) / np.sqrt(n_splits))
