"""The light classifier that every metric of that kind uses."""

from __future__ import annotations

from sklearn.ensemble import HistGradientBoostingClassifier

__all__ = ["boosted_trees"]


def boosted_trees(seed: int) -> HistGradientBoostingClassifier:
    """Histogram gradient boosting (scikit-learn): 100 trees of at most 15 leaves, no early stop; not fitted."""
    return HistGradientBoostingClassifier(max_leaf_nodes=15, early_stopping=False, random_state=seed)
