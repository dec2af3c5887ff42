"""Floors and scores of metrics without a weighted form: by random parts of the showers themselves.

Their values may depend on the number of showers, so a limit keeps large and small evaluations comparable, and cheap.

- Floor: the pooled rows of GEANT4 are parted at random into samples of the sizes of the evaluation; where there are too
  few for that, both are smaller by one factor, and the fluctuations are brought to the sizes of the evaluation. Where a
  metric takes the training showers, too, halves of the reference are compared in it.
- Error: the standard deviation over random halves of both samples. A half of n showers, drawn without repetition,
  scatters about the whole as the whole does about the truth. (Resamples with repetition would make neighbours of equal
  showers.) In simulations it is right to 40 %, mostly too large.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from qgen.evaluation.resampling import N_PARTINGS
from qgen.evaluation.result import FloorScore, Score
from qgen.evaluation.ruler import Ruler
from qgen.files import InputError
from qgen.metrics import Metric
from qgen.metrics.arrays import Floats
from qgen.metrics.blocks import Blocks
from qgen.observables import features
from qgen.showers import Showers, concatenate

LIMIT = 1000
"""Showers of each side, unless a metric says otherwise."""
N_HALVINGS = 10

Rows = Floats | Showers
"""Features or showers, one by one."""
Values = dict[str, float]


@dataclass(frozen=True)
class Training:
    """Some of the showers that were learnt from: themselves, and their features."""

    showers: Showers
    rows: Floats

    @classmethod
    def of(cls, showers: Showers, ruler: Ruler) -> Self:
        """With the features of the ruler."""
        return cls(showers, features(showers, ruler.feature_set)[0])


def n_showers(metrics: Sequence[Metric]) -> int:
    """How many showers are to be kept as such for the metrics that take them: twice their limit, to be parted."""
    return max((2 * _limit(metric) for metric in metrics if metric.showers), default=0)


def floors(
    metrics: Sequence[Metric], sides: Sequence[Blocks], training: Training | None, n: int, m: int, seed: int
) -> tuple[dict[str, FloorScore], dict[str, str]]:
    """Floors of n against m showers, and why there is none for the other metrics.

    Args:
        metrics: of which those without a weighted form are measured.
        sides: GEANT4: the reference and, where there is one, the floor reference.
        training: showers that were learnt from, for metrics that take them.
        n: number of reference showers.
        m: number of generated showers.
        seed: of the parts.
    """
    scores: dict[str, FloorScore] = {}
    missing: dict[str, str] = {}
    for group in _groups(metrics):
        try:
            if not group[0].training:
                columns = _over_partings(group, sides, n, m, seed)
            elif training is not None:
                columns = _over_halves(group, sides[0], training, n, m, seed)
            else:
                raise InputError("there are no training showers (floor_reference)")
        except InputError as error:
            missing |= {metric.key: str(error) for metric in group}
            continue
        for name, column in columns.items():
            finite = column[np.isfinite(column)]
            if len(finite) > 1:
                scores[name] = FloorScore.of(finite)
            else:
                missing[name] = "it gives no finite values"
    return scores, missing


def scores(
    metrics: Sequence[Metric],
    truth: Blocks,
    sample: Blocks,
    training: Training | None,
    of_geant4: Mapping[str, FloorScore],
    seed: int,
) -> dict[str, Score]:
    """Scores of the metrics that have no weighted form, but a floor.

    Args:
        metrics: to score.
        truth: the reference showers.
        sample: the generated showers.
        training: showers that were learnt from, for metrics that take them.
        of_geant4: floors by metric.
        seed: of the halves.
    """
    scored: dict[str, Score] = {}
    for group in _groups([metric for metric in metrics if metric.key in of_geant4]):
        measure = _measure(group, training)
        x, y = (_some(side, group[0], seed, _limit(group[0])) for side in (truth, sample))
        try:
            values, errors = measure(x, y), _half_samples(measure, x, y, seed)
        except InputError as error:
            scored |= {m.key: Score.of(math.nan, math.nan, of_geant4[m.key], str(error)) for m in group}
            continue
        scored |= {name: Score.of(value, errors[name], of_geant4[name]) for name, value in values.items()}
    return scored


def _groups(metrics: Sequence[Metric]) -> list[list[Metric]]:
    """The metrics without a weighted form, those that one function gives together."""
    groups: dict[int, list[Metric]] = {}
    for metric in metrics:
        if metric.weighted is None:
            groups.setdefault(id(metric.function), []).append(metric)
    return list(groups.values())


def _limit(metric: Metric) -> int:
    return metric.limit or LIMIT


def _some(blocks: Blocks, metric: Metric, seed: int, limit: int) -> Rows:
    """At most `limit` of the kept showers, at random: their features, or themselves."""
    rows = blocks.showers if metric.showers else blocks.rows
    assert rows is not None
    return _select(rows, np.random.default_rng([seed, 11]).permutation(len(rows))[:limit])


def _select(rows: Rows, index: Any) -> Rows:
    return rows.select(index) if isinstance(rows, Showers) else rows[index]


def _measure(group: Sequence[Metric], training: Training | None) -> Callable[[Rows, Rows], Values]:
    """(reference, generated) -> values by metric; whatever a user's function raises is told in one line."""
    function, key = group[0].function, group[0].key
    given = []
    if training is not None and group[0].training:
        given = [training.showers if group[0].showers else training.rows]

    def measure(reference: Rows, generated: Rows) -> Values:
        try:
            result = function(*given, reference, generated)
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"{key}: {type(error).__name__}: {error}") from error
        return {metric.key: metric.value(result) for metric in group}

    return measure


def _half_samples(measure: Callable[[Rows, Rows], Values], x: Rows, y: Rows, seed: int) -> Values:
    """Standard error of every value: its standard deviation over random halves of both samples."""
    rng = np.random.default_rng([seed, 31])
    halves: list[Values] = []
    for _ in range(N_HALVINGS):
        first, second = rng.permutation(len(x)), rng.permutation(len(y))
        halves += [measure(_select(x, first[k::2]), _select(y, second[k::2])) for k in (0, 1)]
    return {name: float(np.std([values[name] for values in halves])) for name in halves[0]}


def _over_partings(group: Sequence[Metric], sides: Sequence[Blocks], n: int, m: int, seed: int) -> dict[str, Floats]:
    """Values between random parts of the pooled rows, with the fluctuations at the sizes of the evaluation."""
    limit, measure = _limit(group[0]), _measure(group, None)
    rows = _together([_some(side, group[0], seed, 2 * limit) for side in sides])
    sizes = np.minimum([n, m], limit)
    first, second = np.maximum(sizes * min(1.0, len(rows) / sizes.sum()), 1).astype(int)
    rng = np.random.default_rng([seed, 17])
    orders = (rng.permutation(len(rows)) for _ in range(N_PARTINGS))
    parts = ((_select(rows, order[:first]), _select(rows, order[first : first + second])) for order in orders)
    values = _columns([measure(*pair) for pair in parts])
    factor = np.sqrt((1 / sizes).sum() / (1 / first + 1 / second))
    return {name: column.mean() + factor * (column - column.mean()) for name, column in values.items()}


def _over_halves(
    group: Sequence[Metric], truth: Blocks, training: Training, n: int, m: int, seed: int
) -> dict[str, Floats]:
    """Values between halves of the reference, about the best one if that is a number, likewise brought to the sizes."""
    limit, measure = _limit(group[0]), _measure(group, training)
    rows, rng = _some(truth, group[0], seed, limit), np.random.default_rng([seed, 19])
    halves = (np.array_split(rng.permutation(len(rows)), 2) for _ in range(N_PARTINGS))
    values = _columns([measure(_select(rows, first), _select(rows, second)) for first, second in halves])
    factor = np.sqrt((1 / np.minimum([n, m], limit)).sum() / (4 / len(rows)))
    centres = {x.key: values[x.key].mean() if isinstance(x.better, str) else x.better for x in group}
    return {name: centres[name] + factor * (column - centres[name]) for name, column in values.items()}


def _together(parts: list[Any]) -> Rows:
    return concatenate(parts) if isinstance(parts[0], Showers) else np.concatenate(parts)


def _columns(rows: Sequence[Values]) -> dict[str, Floats]:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}
