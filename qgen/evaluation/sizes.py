"""From how many showers on a metric means something."""

from __future__ import annotations

from collections.abc import Mapping


class SampleSizeWarning(UserWarning):
    """Too few showers for some of the metrics."""


MINIMUM: Mapping[str, tuple[int, str]] = {
    "auc": (200, "40 in each of 5 folds"),
    "separation": (200, "5 in each of 40 bins"),
    "kpd": (200, "fourth powers of the features need their tails"),
    "correlation": (100, "a correlation is known to 0.1"),
    "response": (80, "20 in each of 4 energy bins"),
    "resolution": (200, "50 in each of 4 energy bins: a resolution is known to 10 %"),
    "precision": (100, "balls of the 5 nearest showers"),
    "recall": (100, "balls of the 5 nearest showers"),
    "density": (100, "balls of the 5 nearest showers"),
    "coverage": (100, "balls of the 5 nearest showers"),
    "memorisation": (100, "the 1 % quantile of the distances"),
}
PER_FEATURE = 5


def note(metric: str, n: int, n_features: int) -> str:
    """Why a metric means little with n showers on the smaller side; empty where it does."""
    least, why = MINIMUM.get(metric, (0, ""))
    if metric == "fpd":
        least, why = PER_FEATURE * n_features, f"{PER_FEATURE} for each of the {n_features} features' covariances"
    return f"{n} showers are few for it: from {least} on ({why})" if n < least else ""
