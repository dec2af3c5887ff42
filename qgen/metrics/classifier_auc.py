"""How well a light classifier tells generated showers from reference ones.

Histogram gradient boosting (scikit-learn) on a feature set, cross-validated: the folds are stratified, each is
scored by a model trained on the others, and the value is the mean of the areas under the ROC curve of the folds.
0.5 is indistinguishable, 1 (or 0) is separable.

Caveat: showers that occur in both samples pull the AUC below 0.5, since a held-out shower's twin has the other label.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from qgen.files import InputError
from qgen.metrics._classifier import boosted_trees
from qgen.metrics.arrays import pair

__all__ = ["classifier_auc"]

LARGE = 10_000
"""Showers from which on a fit gains from more than one thread."""


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


def held_out_scores(
    reference: ArrayLike, generated: ArrayLike, *, n_splits: int = 5, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
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
