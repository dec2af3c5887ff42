"""Scores of generated showers: every metric with its 68 % error, its truth floor, and z.

The error comes from N_DRAWS resamples of the blocks of both sides (of the same blocks on both, where the showers were
made for the same energies). A squared distance of d = delta + noise of variance s^2 fluctuates by

    Var = 4 delta^2 s^2 + 2 s^4,    but its resamples by    Var* = 4 d^2 s^2 ~ 4 delta^2 s^2 + 4 s^4 .

By how much that is too large for GEANT4 against GEANT4, Var0* - floor_sd^2, is measured with the floor and taken off:

    error^2 = max(floor_sd^2, Var* - (Var0* - floor_sd^2) min(1, floor / value)^2) ;

the last factor fades it out, since the second term of Var* loses its share. Such distances are skewed, so half the
central 68 % stands for each standard deviation. Distances that are roots (sliced, correlation, ...) are treated in
their squares. `areas.py` says how the AUC is, `neighbours.py` how its metrics are.
"""

from __future__ import annotations

import logging
import math
import warnings
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from qgen import metrics
from qgen.evaluation.areas import Areas, training_variance
from qgen.evaluation.floor import LEAST, area_floor, draw_noise, target, truth_floor
from qgen.evaluation.neighbours import half_samples, near_rows, neighbours, training_rows
from qgen.evaluation.resampling import half_width, resampled, stretched
from qgen.evaluation.result import LABELS, PRIMARY, Evaluation, Floor, FloorScore, Score
from qgen.evaluation.sizes import SampleSizeWarning, note
from qgen.evaluation.source import Source, common_representation, geometry_of
from qgen.evaluation.statistics import ORDER, Statistics, frechet, separation
from qgen.evaluation.tally import N_KEPT, Tally, bin_of, in_bin
from qgen.files import InputError

logger = logging.getLogger(__name__)

N_DRAWS = 100

Floats = NDArray[np.float64]
Draws = tuple[Floats, Floats]
"""Weights of the blocks of both sides for the reference and for the generated showers, shape (n_draws, 2 n_blocks)."""


def evaluate(
    reference: Source,
    generated: Source,
    *,
    floor_reference: Source | None = None,
    representation: str | None = None,
    floor: Floor | None = None,
    seed: int = 0,
) -> Evaluation:
    """Score generated showers.

    Showers are given as such, or, for files larger than memory, as `qgen.datasets.stream` of a file: memory does not
    grow with their number then. Classifier, kernel and neighbours see at most 20000, 3000 and 1000 of each side.

    Args:
        reference: GEANT4 showers that no generator has learnt from.
        generated: showers to score; best for the same incident energies, in the same order.
        floor_reference: GEANT4 showers disjoint from the reference, by custom the training showers; without
            them the floor comes from halves of the reference, and memorisation is not scored.
        representation: score both in this one; by default that of the side that is projected already.
        floor: a floor measured before with `truth_floor` on the same reference, in place of a new one.
        seed: of partings, resamples, slices and folds.

    Warns:
        SampleSizeWarning: a metric means little with so few showers; its score says so, too.

    Raises:
        InputError: geometries that cannot be compared (it says what differs), or fewer than 20 showers.
    """
    n, m = len(reference), len(generated)
    name = common_representation(geometry_of(reference), geometry_of(generated), representation)
    if min(n, m) < LEAST:
        raise InputError(
            f"evaluate: expected at least {LEAST} showers on each side, found {n} reference, {m} generated"
        )
    if floor is None:
        floor = truth_floor(reference, floor_reference, n_generated=m, seed=seed, representation=name)
    elif (floor.representation, floor.n_reference, floor.n_generated) != (name, n, m):
        expected = f"{floor.n_reference} against {floor.n_generated} showers in {floor.representation!r}"
        raise InputError(f"evaluate: the floor given is for {expected}, found {n} against {m} in {name!r}")
    logger.debug("reading %d reference and %d generated showers", n, m)
    truth, sample = (Tally.of(source, floor.ruler, name, seed) for source in (reference, generated))
    draws = _resamples(truth, sample, seed)
    n_features = truth.rows.shape[1]
    with threadpool_limits(1, user_api="blas"):  # many small matrices: threads would only wait for each other
        logger.debug("distances and their errors from %d resamples", N_DRAWS)
        found = _of_weights(truth, sample, floor, draws, seed)
        logger.debug("classifier")
        areas = Areas.of(truth, sample, seed)
        found["auc"] = _area(areas, sample, floor, draws, n, m)
        logger.debug("neighbours")
        training = None if floor_reference is None else training_rows(floor_reference, name, floor.ruler, seed)
        found |= _of_neighbours(truth, sample, training, floor, seed)
        logger.debug("bins of incident energy")
        in_bins = _in_energy_bins(truth, sample, areas, floor, draws, n_features)
    if training is not None and "memorisation" not in found:
        nothing = FloorScore(*[math.nan] * 4)
        reason = "the reference showers lie on the training showers: there is no distance to compare with"
        found["memorisation"] = _Found(Score.of(math.nan, math.nan, nothing, reason), [])
    same = "reference and generated hold the same showers" if np.array_equal(truth.rows, sample.rows) else ""
    scores = {
        key: replace(found[key].score, note=same or found[key].score.note or note(key, min(n, m), n_features))
        for key in LABELS
        if key in found
    }
    _warn(scores, min(n, m))
    return Evaluation(
        geometry=truth.geometry.name,
        representation=name,
        n_reference=n,
        n_generated=m,
        floor=floor.how,
        scores=scores,
        same_energies=same_energies(truth, sample),
        energy_edges=floor.ruler.energy_edges,
        in_energy_bins=in_bins,
        draws={key: found[key].draws for key in LABELS if key in found and found[key].draws},
    )


@dataclass(frozen=True)
class _Found:
    """A score, and its values over resampled showers."""

    score: Score
    draws: list[float]

    @classmethod
    def of(cls, value: float, error: float, floor: FloorScore, moved: Floats, own: Floats, reason: str = "") -> _Found:
        """A score, and draws that move as the resamples do, and by `own` unit noise what the error has beyond them."""
        score = Score.of(value, error, floor, reason)
        if not np.isfinite(value + error):
            return cls(score, [])
        width = half_width(moved)
        beyond = error * np.sqrt(max(0.0, 1 - (width / error) ** 2)) if error > 0 else 0.0
        return cls(score, (value + moved + beyond * own).tolist())


def _resamples(truth: Tally, sample: Tally, seed: int) -> Draws:
    """Weights of the blocks of both sides, reference first; equal ones where both have the same energies."""
    rng, other = np.random.default_rng([seed, 23]), np.random.default_rng([seed, 29])
    ones = np.ones(truth.n_blocks)
    first = np.array([resampled(ones, rng) for _ in range(N_DRAWS)])
    paired = same_energies(truth, sample)
    second = first if paired else np.array([resampled(ones, other) for _ in range(N_DRAWS)])
    none = np.zeros_like(first)
    return np.hstack([first, none]), np.hstack([none, second])


def same_energies(truth: Tally, sample: Tally) -> bool:
    """Whether showers were made for the energies of the reference, in the same order, to float32 precision."""
    ours, theirs = truth.incident_energy, sample.incident_energy
    return ours.shape == theirs.shape and bool(np.allclose(ours, theirs, rtol=1e-6, atol=0.0))


def _ones(draws: Draws) -> Draws:
    """One weighting of as many blocks as the draws have: every shower once."""
    first = np.repeat([[1.0, 0.0]], draws[0].shape[1] // 2, axis=1)
    return first, 1 - first


def _of_weights(truth: Tally, sample: Tally, floor: Floor, draws: Draws, seed: int) -> dict[str, _Found]:
    """The metrics that are functions of weights, FPD and KPD by their published estimators."""
    statistics, ones = Statistics.of(truth, sample, seed), _ones(draws)
    values = {name: float(value[0]) for name, value in statistics(*ones).items()}
    fpd, _ = metrics.fpd(truth.rows, sample.rows)
    kpd, spread = metrics.kpd(truth.rows, sample.rows)
    measured, sizes = statistics(*draws), statistics.sizes(*ones)
    found = {}
    for name, value in (values | {"fpd": fpd, "kpd": kpd}).items():
        if name not in floor.scores:
            continue
        ratio = target(name, len(truth), len(sample)) / float(sizes[name][0])
        moved = stretched(measured[name])
        error = error_near_floor(value, moved, floor.scores[name], ORDER[name], ratio)
        if name == "kpd":
            error = float(np.hypot(error, draw_noise(spread)))
        reason = "" if np.isfinite(value) else statistics.reason(name, *ones)
        found[name] = _Found.of(value, error, floor.scores[name], moved, _own_noise(sample, name), reason)
    return found


def error_near_floor(value: float, moved: Floats, floor: FloorScore, order: float, ratio: float = 1.0) -> float:
    """68 % error of a distance from how it moves with resampled showers.

    Args:
        value: of the metric; nan gives nan.
        moved: by how much in each resample.
        floor: of the metric, at the size of the value.
        order: 1 for squared distances, 1/2 for distances.
        ratio: (1/n + 1/m) of the value over that of the resamples.
    """
    if not np.isfinite(value):
        return float("nan")
    squared = order < 1
    width = half_width(moved) * (2 * value if squared else 1.0)
    null = (floor.high**2 - floor.low**2 if squared else floor.high - floor.low) / 2
    unit = max(width, null, floor.resampled)  # squares of far too large distances would overflow
    if unit == 0:
        return 0.0
    near = min(1.0, abs(floor.value / value) ** (2 / order)) if value else 1.0
    excess = max(0.0, (floor.resampled / unit) ** 2 / ratio - (null / unit) ** 2)
    variance = max((null / unit) ** 2, (width / unit) ** 2 * ratio - excess * near)
    return float(unit * np.sqrt(variance) / (2 * max(value, floor.value) if squared else 1.0))


def _own_noise(sample: Tally, metric: str) -> Floats:
    """Unit noise for each draw that no other sample shares."""
    key = zlib.crc32(metric.encode() + sample.rows.tobytes())
    return np.random.default_rng([key, 43]).standard_normal(N_DRAWS)


def _area(areas: Areas, sample: Tally, floor: Floor, draws: Draws, n: int, m: int) -> _Found:
    """Even where all are told apart, one shower of n could have been mistaken: an error of 1/n is the least."""
    value = float(areas.areas(*_ones(draws))[0])
    moved = stretched(areas.areas(*draws))
    size = target("auc", n, m)
    variance = moved.var(ddof=1) + training_variance(value, 2 / size, 2 / size) + (size / 2) ** 2
    return _Found.of(value, float(np.sqrt(variance)), floor.scores["auc"], moved, _own_noise(sample, "auc"))


def _of_neighbours(truth: Tally, sample: Tally, training: Floats | None, floor: Floor, seed: int) -> dict[str, _Found]:
    x, y = near_rows(truth, seed), near_rows(sample, seed)
    if "memorisation" not in floor.scores:
        training = None

    def measure(first: Floats, second: Floats) -> dict[str, float]:
        return neighbours(first, second, training)

    try:
        values, errors = measure(x, y), half_samples(measure, x, y, seed)
    except InputError as error:
        nan = float("nan")
        names = [key for key in ("precision", "recall", "density", "coverage") if key in floor.scores]
        return {key: _Found(Score.of(nan, nan, floor.scores[key], str(error)), []) for key in names}
    return {
        key: _Found(Score.of(value, errors[key], floor.scores[key]), [])
        for key, value in values.items()
        if key in floor.scores
    }


def _in_energy_bins(
    truth: Tally, sample: Tally, areas: Areas, floor: Floor, draws: Draws, n_features: int
) -> dict[str, list[Score]]:
    """The primary metrics in every bin of incident energy, from the kept rows."""
    scores: dict[str, list[Score]] = {name: [] for name in floor.in_energy_bins}
    energies = np.concatenate([bin_of(tally.row_energy, floor.ruler) for tally in (truth, sample)])
    for number, _ in enumerate(floor.in_energy_bins.get(PRIMARY[0], ())):
        floors = {name: floor.in_energy_bins[name][number] for name in scores}
        chosen = energies == number
        n, m = int(chosen[: len(truth.rows)].sum()), int(chosen[len(truth.rows) :].sum())
        if m > 0:
            share = min(floor.n_generated, N_KEPT) / min(floor.n_reference, N_KEPT)
            ratio = (1 / n + 1 / m) / (1 / n + 1 / (n * share))
            floors = {name: f.scaled(ratio) for name, f in floors.items()} | {"auc": area_floor(n, m)}
        for name, score in _of_bin(truth, sample, areas, floor, number, chosen, draws, floors).items():
            scores[name].append(replace(score, note=score.note or note(name, min(n, m), n_features)))
    return scores


def _of_bin(
    truth: Tally,
    sample: Tally,
    areas: Areas,
    floor: Floor,
    number: int,
    chosen: NDArray[np.bool_],
    draws: Draws,
    floors: Mapping[str, FloorScore],
) -> dict[str, Score]:
    nan = float("nan")
    if chosen[len(truth.rows) :].sum() < 2:
        reason = "fewer than two generated showers have these incident energies"
        return {name: Score.of(nan, nan, floors[name], reason) for name in floors}
    first, second = in_bin(truth, floor.ruler, number), in_bin(sample, floor.ruler, number)
    both = first.beside(second)
    functions: dict[str, Callable[[Floats, Floats], Floats]] = {
        "auc": lambda a, b: areas.areas(a, b, chosen),
        "fpd": lambda a, b: frechet(both, a, b, first.largest),
        "separation": lambda a, b: separation(both, a, b),
    }
    sizes = first.moments.counts.sum(), second.moments.counts.sum()
    scores = {}
    for name, function in functions.items():
        value, column = float(function(*_ones(draws))[0]), function(*draws)
        moved = stretched(column)
        if name == "auc":
            error = float(np.sqrt(moved.var(ddof=1) + training_variance(value, *sizes)))
        else:
            error = error_near_floor(value, moved, floors[name], ORDER[name])
        scores[name] = Score.of(value, error, floors[name])
    return scores


def _warn(scores: Mapping[str, Score], n: int) -> None:
    few = [LABELS[name] for name, score in scores.items() if score.note and np.isfinite(score.value)]
    if few:
        warnings.warn(f"{n} showers are few for: {', '.join(few)}", SampleSizeWarning, stacklevel=3)


__all__: list[Any] = ["error_near_floor", "evaluate"]
