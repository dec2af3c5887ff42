"""Floors and scores of metrics without a weighted form: by random parts of the showers themselves.

Their values may depend on the number of showers, so a limit keeps large and small evaluations comparable, and cheap.

- Floor: the rows of the partings of GEANT4 (`resampling.py`); where there are too few of them, the fluctuations are
  brought to the sizes of the evaluation. Where a metric takes the training showers, too, halves of the reference are
  compared in it, of pairs of neighbours in energy where generated showers have the energies of the reference.
- Error: the standard deviation over random halves of both samples, of the same pairs where they have equal energies. A
  half of n showers, drawn without repetition, scatters about the whole as the whole does about the truth. (Resamples
  with repetition would make neighbours of equal showers.) In simulations it is right to 40 %, mostly too large.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from qgen.evaluation.resampling import same_energies
from qgen.evaluation.result import FloorScore, Score
from qgen.evaluation.ruler import Ruler
from qgen.files import InputError
from qgen.metrics import Metric
from qgen.metrics.arrays import Floats, Ints
from qgen.metrics.blocks import Blocks
from qgen.metrics.weights import Pool
from qgen.observables import features
from qgen.showers import Showers

N_PARTINGS = 59
"""Partings that floors come from: 3 of 60 are 5 %."""
LIMIT = 1000
"""Showers of each side, unless a metric says otherwise."""
N_HALVINGS = 10

Rows = Floats | Showers
"""Features or showers, one by one."""
Values = dict[str, float]


@dataclass(frozen=True)
class Training:
    """Some of the showers that were learnt from: themselves, and their features; and the reference."""

    showers: Showers
    rows: Floats
    reference: Blocks

    @classmethod
    def of(cls, showers: Showers, ruler: Ruler, reference: Blocks) -> Self:
        """With the features of the ruler."""
        return cls(showers, features(showers, ruler.feature_set)[0], reference)


def n_showers(metrics: Sequence[Metric]) -> int:
    """How many showers are to be kept as such for the metrics that take them: twice their limit, to be parted."""
    return max((2 * _limit(metric) for metric in metrics if metric.showers), default=0)


def floors(
    metrics: Sequence[Metric], pool: Pool, training: Training | None, n: int, m: int, *, matched: bool
) -> tuple[dict[str, FloorScore], dict[str, str]]:
    """Floors of n against m showers, and why there is none for the other metrics.

    Args:
        metrics: of which those without a weighted form are measured.
        pool: GEANT4 and its partings.
        training: showers that were learnt from, and the reference, for metrics that take training showers.
        n: number of reference showers.
        m: number of generated showers.
        matched: whether the partings are of pairs.
    """
    scores: dict[str, FloorScore] = {}
    missing: dict[str, str] = {}
    for group in _groups(metrics):
        try:
            if not group[0].training:
                columns = _over_partings(group, pool, n, m)
            elif training is not None:
                columns = _over_halves(group, training, n, m, pool.seed, matched=matched)
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
    paired = same_energies(truth.incident_energy, sample.incident_energy)
    for group in _groups([metric for metric in metrics if metric.key in of_geant4]):
        measure = _measure(group, training)
        x, y = (_take(side, group[0], _some(side, group[0], _all(side))) for side in (truth, sample))
        try:
            values, errors = measure(x, y), _half_samples(measure, x, y, seed, paired=paired)
        except InputError as error:
            scored |= {m.key: Score.of(math.nan, math.nan, of_geant4[m.key], str(error)) for m in group}
            continue
        for metric in group:
            floor = of_geant4[metric.key]
            scored[metric.key] = Score.of(values[metric.key], errors[metric.key], floor, better=metric.better)
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


def _some(blocks: Blocks, metric: Metric, chosen: NDArray[np.bool_]) -> Ints:
    """Which of the chosen ones of the kept showers a metric is made of: at most its limit, at random."""
    numbers = blocks.row_numbers
    index = np.flatnonzero(chosen & (numbers < blocks.n_whole) if metric.showers else chosen)
    return index[np.argsort(numbers[index], kind="stable")][: _limit(metric)]


def _take(blocks: Blocks, metric: Metric, index: Ints) -> Rows:
    """Features of kept showers, or the showers themselves."""
    if not metric.showers:
        return blocks.rows[index]
    assert blocks.showers is not None
    place = np.cumsum(blocks.row_numbers < blocks.n_whole) - 1
    return blocks.showers.select(place[index])


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


def _half_samples(measure: Callable[[Rows, Rows], Values], x: Rows, y: Rows, seed: int, *, paired: bool) -> Values:
    """Standard error of every value: its standard deviation over random halves of both samples."""
    rng = np.random.default_rng([seed, 31])
    halves: list[Values] = []
    for _ in range(N_HALVINGS):
        first = rng.permutation(len(x))
        second = first if paired else rng.permutation(len(y))
        halves += [measure(_select(x, first[k::2]), _select(y, second[k::2])) for k in (0, 1)]
    return {name: float(np.std([values[name] for values in halves])) for name in halves[0]}


def _over_partings(group: Sequence[Metric], pool: Pool, n: int, m: int) -> dict[str, Floats]:
    """Values between the samples of the partings, with the fluctuations at the sizes of the evaluation."""
    assert pool.partings is not None
    measure, blocks = _measure(group, None), pool.reference
    pairs: list[list[Rows]] = []
    for sides in zip(*(weights[:N_PARTINGS] for weights in pool.partings), strict=True):
        index = (_some(blocks, group[0], weights[blocks.row_blocks] > 0) for weights in sides)
        pairs.append([_take(blocks, group[0], side) for side in index])
    values = _columns([measure(*pair) for pair in pairs])
    wanted = (1 / np.minimum([n, m], _limit(group[0]))).sum()
    factor = np.sqrt(wanted / np.mean([sum(1 / len(side) for side in pair) for pair in pairs]))
    return {name: column.mean() + factor * (column - column.mean()) for name, column in values.items()}


def _over_halves(
    group: Sequence[Metric], training: Training, n: int, m: int, seed: int, *, matched: bool
) -> dict[str, Floats]:
    """Values between halves of the reference, about the best one if that is a number, likewise brought to the sizes."""
    limit, measure = _limit(group[0]), _measure(group, training)
    reference = training.reference
    index = _some(reference, group[0], _all(reference))
    rows, by_energy = _take(reference, group[0], index), np.argsort(reference.row_energy[index], kind="stable")
    rng, half = np.random.default_rng([seed, 19]), len(rows) // 2
    pairs = by_energy[: 2 * half].reshape(-1, 2)
    halves = []
    for _ in range(N_PARTINGS):
        order = rng.permuted(pairs, axis=1) if matched else rng.permutation(by_energy)[: 2 * half].reshape(-1, 2)
        halves.append(order.T)
    values = _columns([measure(_select(rows, first), _select(rows, second)) for first, second in halves])
    factor = np.sqrt((1 / np.minimum([n, m], limit)).sum() / (2 / half))
    centres = {x.key: values[x.key].mean() if isinstance(x.better, str) else x.better for x in group}
    return {name: centres[name] + factor * (column - centres[name]) for name, column in values.items()}


def _all(blocks: Blocks) -> NDArray[np.bool_]:
    return np.ones(len(blocks.rows), dtype=bool)


def _columns(rows: Sequence[Values]) -> dict[str, Floats]:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}
