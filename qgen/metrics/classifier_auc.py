"""How well a light classifier tells generated showers from reference ones.

Histogram gradient boosting (scikit-learn) on a feature set, cross-validated: each fold is scored by a model trained on
the others, and the value is the mean of the areas under the ROC curve of the folds. 0.5 is indistinguishable, 1 (or 0)
is separable.

Caveat: showers that occur in both samples pull the AUC below 0.5, since a held-out shower's twin has the other label.
So would two showers of one energy in different folds: in the harness such pairs share a fold.

In the harness the showers are weighted, and the held-out scores s serve all resamples without a new fit. With weights w
of the showers i of the reference and j of the generated sample that lie in one fold,

    AUC = sum_ij w_i w_j [1(s_i < s_j) + 1(s_i = s_j) / 2] / sum_ij w_i w_j,

averaged over the folds. Resampling the scores misses that the classifier itself would come out differently. Near
AUC = 1/2 that is a large part of the variance, since cross-validation uses every pair of showers twice, each in the
training set of the other's fold; it fades as the classes separate. Between samples of GEANT4 it is measured: there a
classifier is fitted to every parting, of which the standard deviation is floor_sd and the part that resamples show
floor_resampled, and

    error^2 = Var(resampled scores) + (floor_sd^2 - floor_resampled^2) (4 AUC (1 - AUC))^2 .
"""

from dataclasses import dataclass, field
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


N_SPLITS = 5
"""Folds in the harness."""
LARGE = 10_000
"""Showers from which on a fit gains from more than one thread."""
FITTED, FITTED_OF_MANY = 39, 19
"""Partings of GEANT4 that classifiers are fitted to: 2 of 40, and 1 of 20, are 5 %."""
MANY = 500_000
"""Showers times features from which on they are fewer."""


def boosted_trees(seed: int) -> HistGradientBoostingClassifier:
    """Histogram gradient boosting (scikit-learn): 100 trees of at most 15 leaves, no early stop; not fitted."""
    return HistGradientBoostingClassifier(max_leaf_nodes=15, early_stopping=False, random_state=seed)


def held_out_scores(
    reference: ArrayLike,
    generated: ArrayLike,
    *,
    n_splits: int = 5,
    seed: int = 0,
    folds: tuple[ArrayLike, ArrayLike] | None = None,
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
    fold = _stratified(labels, n_splits, seed) if folds is None else _given(folds, labels, n_splits)
    scores = np.empty(len(labels))
    with threadpool_limits(1 if len(labels) < LARGE else None):  # small fits only wait for each other's threads
        for k in range(n_splits):
            test = fold == k
            model = boosted_trees(seed).fit(features[~test], labels[~test])
            scores[test] = model.predict_proba(features[test])[:, 1]
    return scores, labels, fold


def _stratified(labels: Ints, n_splits: int, seed: int) -> Ints:
    fold = np.empty(len(labels), dtype=np.intp)
    splits = StratifiedKFold(n_splits, shuffle=True, random_state=seed).split(labels, labels)
    for k, (_, test) in enumerate(splits):
        fold[test] = k
    return fold


def _given(folds: tuple[ArrayLike, ArrayLike], labels: Ints, n_splits: int) -> Ints:
    """Fold numbers that were given, each of which must have showers of both samples."""
    fold = np.concatenate([np.asarray(side, dtype=np.intp) for side in folds])
    if len(fold) != len(labels):
        raise InputError(f"folds: expected one number for each of {len(labels)} showers, found {len(fold)}")
    seen = set(zip(fold.tolist(), labels.tolist(), strict=True))
    if seen != {(k, label) for k in range(n_splits) for label in (0, 1)}:
        raise InputError(f"folds: expected showers of both samples in each of 0..{n_splits - 1}, found otherwise")
    return fold


@dataclass(frozen=True)
class Areas:
    """Held-out scores of the kept rows of two samples.

    Attributes:
        folds: (block, position among the distinct scores of the fold, label) of every shower, fold by fold.
        rows: their row numbers among those of the pool, fold by fold.
    """

    folds: list[tuple[Ints, Ints, Ints]]
    rows: list[Ints]

    @classmethod
    def of(cls, pool: Pool) -> Self:
        """Fit the classifiers to the two samples of a pool.

        Raises:
            InputError: fewer showers than folds.
        """
        n = len(pool.reference.rows)
        rows = np.arange(len(pool.rows))
        return cls.between(pool, rows[:n], rows[n:])

    @classmethod
    def between(cls, pool: Pool, first: Ints, second: Ints) -> Self:
        """Fit the classifiers to some rows of a pool and to some others; pairs share a fold."""
        folds = [pool.row_numbers[side] % N_SPLITS for side in (first, second)]
        samples = [pool.rows[side] for side in (first, second)]
        scores, labels, fold = held_out_scores(*samples, seed=pool.seed, folds=(folds[0], folds[1]))
        rows, inside = np.concatenate([first, second]), [np.flatnonzero(fold == k) for k in range(N_SPLITS)]
        blocks = pool.row_blocks[rows]
        places = [np.unique(scores[index], return_inverse=True)[1] for index in inside]
        parts = [(blocks[index], place, labels[index]) for index, place in zip(inside, places, strict=True)]
        return cls(parts, [rows[index] for index in inside])

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


@dataclass(frozen=True)
class Partings:
    """Classifiers of the partings of GEANT4, fitted when they are asked for."""

    pool: Pool
    fitted: dict[int, Areas] = field(default_factory=dict)

    def areas(self, number: int) -> Areas:
        """Of a parting."""
        if number not in self.fitted:
            assert self.pool.partings is not None
            sides = (np.flatnonzero(weights[number][self.pool.row_blocks] > 0) for weights in self.pool.partings)
            self.fitted[number] = Areas.between(self.pool, *sides)
        return self.fitted[number]


def weighted_areas(weighings: Weighings) -> Floats:
    """Areas of k pairs of samples, shape (k,); the classifiers are fitted once for two samples, and for a parting."""
    pool = weighings.pool
    if weighings.parting is None:
        areas = pool.once(Areas.of)
        return np.array([areas.area(a, b, pool.chosen) for a, b in weighings])
    partings = pool.once(Partings)
    pairs = zip(weighings.parting.tolist(), weighings, strict=True)
    return np.array([partings.areas(number).area(a, b, pool.chosen) for number, (a, b) in pairs])


def n_partings(n: int, n_features: int) -> int:
    """How many partings are fitted, by the showers of a side: the classifiers of the largest samples take minutes."""
    return FITTED if n * n_features < MANY else FITTED_OF_MANY


def _error(auc: float, moved: Floats, floor_sd: float, floor_resampled: float, one: float) -> float:
    """Even where all are told apart, one shower of n could have been mistaken: an error of 1/n is the least."""
    own = max(0.0, floor_sd**2 - floor_resampled**2) * (4 * auc * (1 - auc)) ** 2
    return float(np.sqrt(moved.var(ddof=1) + own + one**2))


@scored(
    "auc",
    label="classifier AUC",
    better=0.5,
    place=1,
    least=200,
    why="40 in each of 5 folds",
    limit=N_KEPT,
    weighted=Weighted(weighted_areas, order=0.5, centre=0.5, in_bins=True, n_partings=n_partings, error=_error),
)
def classifier_auc(
    reference: ArrayLike,
    generated: ArrayLike,
    *,
    n_splits: int = N_SPLITS,
    seed: int = 0,
    folds: tuple[ArrayLike, ArrayLike] | None = None,
) -> tuple[float, float]:
    """Area under the ROC curve on held-out showers, as it is (it can be below 0.5).

    Args:
        reference: features, shape (n, d), n >= n_splits.
        generated: features, shape (m, d), m >= n_splits.
        n_splits: number of folds, at least 2.
        seed: of the folds and of the classifier.
        folds: the fold of every reference and every generated shower, 0..n_splits - 1; by default
            at random, stratified.

    Returns:
        the AUC, and its standard error over the folds (which share training showers: an estimate).

    Raises:
        InputError: bad shapes, too few rows, values that are not finite.
    """
    scores, labels, fold = held_out_scores(reference, generated, n_splits=n_splits, seed=seed, folds=folds)
    areas = [roc_auc_score(labels[fold == k], scores[fold == k]) for k in range(n_splits)]
    return float(np.mean(areas)), float(np.std(areas, ddof=1) / np.sqrt(n_splits))
