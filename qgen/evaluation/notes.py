"""Notes: why a score has no value, or why its value means little."""

import warnings
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from qgen.evaluation.result import Score
from qgen.metrics import Description

NO_VALUE = "it cannot be computed of these showers"
SAME = "reference and generated hold the same showers"


class SampleSizeWarning(UserWarning):
    """Too few showers for some of the metrics."""


def noted(score: Score, described: Description, n: int, first: str = "") -> Score:
    """The score with a note: `first`, its own, or why it has no value or means little with n showers on a side."""
    missing = "" if np.isfinite(score.value) else NO_VALUE
    return replace(score, note=first or score.note or missing or described.note(n))


def warn(scores: Mapping[str, Score], described: Mapping[str, Description], n: int) -> None:
    """Warn of the metrics that have a value and a note; to be called by what the user calls."""
    few = [described[name].label for name, score in scores.items() if score.note and np.isfinite(score.value)]
    if few:
        warnings.warn(f"{n} showers are few for: {', '.join(few)}", SampleSizeWarning, stacklevel=3)
