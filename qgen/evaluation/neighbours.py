"""Precision, recall, density, coverage and memorisation: metrics of nearest neighbours, on at most N_NEAR rows.

Their values depend on the number of rows, so a fixed limit keeps large and small evaluations comparable, and cheap.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from qgen import metrics
from qgen.evaluation.ruler import Ruler
from qgen.evaluation.source import Source, some
from qgen.evaluation.tally import Tally
from qgen.observables import features

N_NEAR = 1000
N_TRAINING = 5000
N_HALVINGS = 10

Floats = NDArray[np.float64]
Values = dict[str, float]


def near_rows(tally: Tally, seed: int, limit: int = N_NEAR) -> Floats:
    """At most `limit` of the kept rows, at random."""
    order = np.random.default_rng([seed, 11]).permutation(len(tally.rows))[:limit]
    return tally.rows[order]


def neighbours(reference: Floats, generated: Floats, training: Floats | None) -> Values:
    """The five values; without training showers there is no memorisation."""
    values: Values = dict(metrics.precision_recall(reference, generated)._asdict())
    if training is not None:
        values["memorisation"] = metrics.nearest_neighbour_ratio(training, reference, generated).ratio
    return values


def half_samples(measure: Callable[[Floats, Floats], Values], x: Floats, y: Floats, seed: int) -> Values:
    """Standard error of every value: its standard deviation over random halves of both samples.

    A half of n showers, drawn without repetition, scatters about the whole as the whole does about the truth.
    (Resamples with repetition would make neighbours of equal showers.) In simulations it is right to 40 %, mostly too
    large.
    """
    rng = np.random.default_rng([seed, 31])
    halves: list[Values] = []
    for _ in range(N_HALVINGS):
        first, second = rng.permutation(len(x)), rng.permutation(len(y))
        halves += [measure(x[first[k::2]], y[second[k::2]]) for k in (0, 1)]
    return {name: float(np.std([values[name] for values in halves])) for name in halves[0]}


def training_rows(training: Source, representation: str, ruler: Ruler, seed: int) -> Floats:
    """Features of at most N_TRAINING training showers."""
    return features(some(training, representation, N_TRAINING, seed), ruler.feature_set)[0]
