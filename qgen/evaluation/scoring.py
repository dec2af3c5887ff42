"""Scores of generated showers: every metric with its 68 % error, its truth floor, and z.

The error comes from N_DRAWS resamples of the blocks of both sides, of the same blocks on both where the showers were
made for the same energies: `errors.py` says how, `areas.py` for the AUC, `neighbours.py` for its metrics.
"""

from __future__ import annotations

import logging
import math
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from qgen import metrics
from qgen.evaluation.areas import Areas, training_variance
from qgen.evaluation.bins import in_energy_bins
from qgen.evaluation.errors import error_near_floor
from qgen.evaluation.floor import LEAST, draw_noise, target, truth_floor
from qgen.evaluation.neighbours import half_samples, near_rows, neighbours, training_rows
from qgen.evaluation.resampling import Draws, every_shower_once, half_width, resampled, stretched
from qgen.evaluation.result import LABELS, Evaluation, Floor, FloorScore, Score
from qgen.evaluation.sizes import SampleSizeWarning, note
from qgen.evaluation.source import Source, common_representation, geometry_of
from qgen.evaluation.statistics import ORDER, Statistics
from qgen.evaluation.tally import Tally
from qgen.files import InputError

logger = logging.getLogger(__name__)

N_DRAWS = 100

Floats = NDArray[np.float64]


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
        in_bins = in_energy_bins(truth, sample, areas, floor, draws, n_features)
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


def _of_weights(truth: Tally, sample: Tally, floor: Floor, draws: Draws, seed: int) -> dict[str, _Found]:
    """The metrics that are functions of weights, FPD and KPD by their published estimators."""
    statistics, ones = Statistics.of(truth, sample, seed), every_shower_once(draws)
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


def _own_noise(sample: Tally, metric: str) -> Floats:
    """Unit noise for each draw that no other sample shares."""
    key = zlib.crc32(metric.encode() + sample.rows.tobytes())
    return np.random.default_rng([key, 43]).standard_normal(N_DRAWS)


def _area(areas: Areas, sample: Tally, floor: Floor, draws: Draws, n: int, m: int) -> _Found:
    """Even where all are told apart, one shower of n could have been mistaken: an error of 1/n is the least."""
    value = float(areas.areas(*every_shower_once(draws))[0])
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


def _warn(scores: Mapping[str, Score], n: int) -> None:
    few = [LABELS[name] for name, score in scores.items() if score.note and np.isfinite(score.value)]
    if few:
        warnings.warn(f"{n} showers are few for: {', '.join(few)}", SampleSizeWarning, stacklevel=3)
