"""Floors and scores of metrics that have a weighted form: by weights of blocks of showers.

Floor: the blocks of the reference and of the floor reference (the training showers, by custom) are pooled and parted
again at random, and every parting is measured like a generated sample: the permutation distribution of each metric.
Between samples of one distribution a metric falls with their sizes as (1/n + 1/m)^k, with the k that it declares, which
brings the partings to the sizes of the evaluation.

Error: from resamples of the blocks of both sides, of the same blocks on both where the showers were made for the same
energies; `errors.py` says how. A metric may declare a floor and an error of its own.
"""

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from qgen.evaluation.errors import error_near_floor
from qgen.evaluation.resampling import N_DRAWS, Draws, every_shower_once, half_width, partings, resampled, stretched
from qgen.evaluation.result import FloorScore, Score
from qgen.files import InputError
from qgen.metrics import Metric
from qgen.metrics.arrays import Floats
from qgen.metrics.blocks import Blocks
from qgen.metrics.weights import N_FEW, Pool, Weighings, Weighted

N_RESAMPLED = 5
N_RESAMPLES = 30
"""Resamples of each of N_RESAMPLED partings, which calibrate the errors of generated samples."""

NO_FLOOR = "it cannot be computed between samples of GEANT4"

Forms = Mapping[str, Weighted]
"""By metric."""


def forms(metrics: Sequence[Metric]) -> dict[str, Weighted]:
    """The weighted forms of the metrics that have one."""
    return {metric.key: metric.weighted for metric in metrics if metric.weighted is not None}


def floors(metrics: Sequence[Metric], pool: Pool, n: int, m: int) -> dict[str, FloorScore]:
    """Floors of n against m showers from a pool of GEANT4; a metric that cannot be measured there is left out."""
    sizes = {metric.key: metric.sizes(n, m) for metric in metrics}
    scores = floors_of(forms(metrics), pool, sizes)
    half = len(pool.rows) // 2
    for metric in metrics:
        form = metric.weighted
        if form is not None and form.noise is not None and metric.key in scores:
            _, error = metric.function(pool.rows[:half][:N_FEW], pool.rows[half:][:N_FEW])
            sd = float(np.hypot(scores[metric.key].sd, form.noise(error)))
            scores[metric.key] = replace(scores[metric.key], sd=sd)
    return scores


def floors_of(weighted: Forms, pool: Pool, sizes: Mapping[str, tuple[float, float]]) -> dict[str, FloorScore]:
    """Floors of weighted forms for (n, m) showers each: as declared, else from partings, some of them resampled."""
    parted = {name: form for name, form in weighted.items() if form.floor is None}
    first, second = partings(pool.n_blocks, pool.seed)
    values = _brought(parted, Weighings(pool, first, second), sizes)
    measured = {name: column[np.isfinite(column)] for name, column in values.items()}
    measured = {name: column for name, column in measured.items() if len(column) > 1}
    rng = np.random.default_rng([pool.seed, 37])
    squares: dict[str, list[float]] = {name: [] for name in measured}
    for k in range(N_RESAMPLED if measured else 0):
        draws = [np.array([resampled(side[k], rng) for _ in range(N_RESAMPLES)]) for side in (first, second)]
        moved = _brought({name: parted[name] for name in measured}, Weighings(pool, draws[0], draws[1]), sizes)
        for name, column in moved.items():
            finite = column[np.isfinite(column)]
            width = half_width(stretched(finite)) if len(finite) else np.nan
            squares[name].append((width if parted[name].order == 1 else 2 * values[name][k] * width) ** 2)
    declared = ((name, form.floor) for name, form in weighted.items())
    scores = {name: FloorScore.declared(*floor(*sizes[name])) for name, floor in declared if floor is not None}
    for name, column in measured.items():
        scores[name] = replace(FloorScore.of(column), resampled=float(np.sqrt(np.nanmean(squares[name]))))
    return {name: scores[name] for name in weighted if name in scores}


def _brought(weighted: Forms, weighings: Weighings, sizes: Mapping[str, tuple[float, float]]) -> dict[str, Floats]:
    """Values by metric, shape (k,), brought to the sizes of the evaluation."""
    values = {}
    for name, form in weighted.items():
        ratio = sum(1 / size for size in sizes[name]) / weighings.sizes(few=form.few)
        values[name] = form.values(weighings) * ratio**form.order
    return values


def scores(
    metrics: Sequence[Metric], pool: Pool, of_geant4: Mapping[str, FloorScore], draws: Draws
) -> tuple[dict[str, Score], dict[str, list[float]]]:
    """Scores of the metrics that have a weighted form and a floor, and their values over resampled showers.

    Args:
        metrics: to score.
        pool: of the reference and the generated showers.
        of_geant4: floors by metric.
        draws: resamples of the blocks.
    """
    truth, sample = pool.sides
    whole, moves = Weighings(pool, *every_shower_once(draws)), Weighings(pool, *draws)
    all_scores, all_draws = {}, {}
    for metric in metrics:
        form, floor = metric.weighted, of_geant4.get(metric.key)
        if form is None or floor is None:
            continue
        try:
            value, noise = _value(metric, form, whole)
        except InputError as reason:
            all_scores[metric.key] = Score.of(math.nan, math.nan, floor, str(reason))
            continue
        moved, size = stretched(form.values(moves)), sum(1 / n for n in metric.sizes(len(truth), len(sample)))
        if form.error is not None:
            width = form.error(value, moved, 2 / size, 2 / size, size / 2)
        else:
            width = error_near_floor(value, moved, floor, form.order, size / float(whole.sizes(few=form.few)[0]))
        error = float(np.hypot(width, noise)) if noise else width
        all_scores[metric.key] = Score.of(value, error, floor)
        if np.isfinite(value + error):
            all_draws[metric.key] = _draws(value, error, moved, _own_noise(sample, metric.key))
    return all_scores, all_draws


def _value(metric: Metric, form: Weighted, whole: Weighings) -> tuple[float, float]:
    """A metric's value, and the noise of its own draws."""
    if not form.published:
        return float(form.values(whole)[0]), 0.0
    result = metric.function(*(side.rows for side in whole.pool.sides))
    return metric.value(result), form.noise(result[1]) if form.noise is not None else 0.0


def _draws(value: float, error: float, moved: Floats, own: Floats) -> list[float]:
    """Values that move as the resamples do, and by `own` unit noise what the error has beyond them."""
    width = half_width(moved)
    beyond = error * np.sqrt(max(0.0, 1 - (width / error) ** 2)) if error > 0 else 0.0
    draws: list[float] = (value + moved + beyond * own).tolist()
    return draws


def _own_noise(sample: Blocks, metric: str) -> Floats:
    """Unit noise for each draw that no other sample shares."""
    key = zlib.crc32(metric.encode() + sample.rows.tobytes())
    return np.random.default_rng([key, 43]).standard_normal(N_DRAWS)
