"""Floors and scores of metrics that have a weighted form: by weights of blocks of showers.

Floor: the blocks of the reference and of the floor reference (the training showers, by custom) are pooled and parted
again at random, into samples of the sizes of the evaluation; every parting is measured like a generated sample. Where
generated showers have the energies of the reference, partings are of pairs of one energy (`sharing.py`). Where GEANT4
has too few showers for the sizes, a metric is brought there: between samples of one distribution it falls with their
sizes as (1/n + 1/m)^k, with the k that it declares.

Error: from resamples of the blocks of both sides, of the same blocks on both where the showers were made for the same
energies; `errors.py` says how. A metric may declare an error of its own.
"""

import math
import zlib
from collections.abc import Mapping, Sequence

import numpy as np

from qgen.evaluation.errors import error_near_floor
from qgen.evaluation.resampling import N_DRAWS, Draws, every_shower_once, half_width, resamples_of, stretched
from qgen.evaluation.result import FloorScore, Score
from qgen.files import InputError
from qgen.metrics import Metric
from qgen.metrics.arrays import Floats, Ints
from qgen.metrics.blocks import Blocks
from qgen.metrics.weights import Pool, Weighings, Weighted

N_RESAMPLED = 5
N_RESAMPLES = 30
"""Resamples of each of N_RESAMPLED partings, which calibrate the errors of generated samples."""

N_PUBLISHED = 5
"""Partings by which the published form of a metric is compared with its weighted one."""
NO_FLOOR = "it cannot be computed between samples of GEANT4"


def floors(metrics: Sequence[Metric], pool: Pool, n: float, m: float, *, matched: bool) -> dict[str, FloorScore]:
    """Floors of n against m showers; a metric that cannot be measured between samples of GEANT4 is left out.

    Args:
        metrics: of which those with a weighted form are measured.
        pool: GEANT4 and its partings, or the showers in a bin of energy.
        n: showers of the reference.
        m: of the sample that is compared with it.
        matched: whether the partings are of pairs.
    """
    scores = {}
    for metric in metrics:
        form = metric.weighted
        if form is None:
            continue
        sizes = sum(1 / size for size in metric.sizes(n, m))
        values = _of_partings(metric, form, pool, sizes)
        numbers = np.flatnonzero(np.isfinite(values))
        if len(numbers) > 1:
            width = _resampled(form, pool, numbers[:N_RESAMPLED], values, sizes, matched=matched)
            scores[metric.key] = FloorScore.of(values[numbers], width)
    return scores


def _of_partings(metric: Metric, form: Weighted, pool: Pool, sizes: float) -> Floats:
    """Values of the partings, brought to samples of 1/n + 1/m = `sizes`, with the noise of a metric's own draws."""
    assert pool.partings is not None
    first, second = pool.partings
    if form.n_partings is not None:
        most = form.n_partings(int(2 / sizes), pool.rows.shape[1])
        first, second = first[:most], second[:most]
    weighings = Weighings(pool, first, second, np.arange(len(first)))
    values = form.values(weighings)
    if form.published and pool.chosen is None:
        values = values + _beyond(metric, pool, values)
    return form.brought(values, sizes / weighings.sizes(few=form.few))


def _beyond(metric: Metric, pool: Pool, values: Floats) -> Floats:
    """What a metric's own draws add to its weighted form: their bias and noise, measured on some partings."""
    assert pool.partings is not None
    added = []
    for k in range(N_PUBLISHED):
        sides = (pool.rows[weights[k][pool.row_blocks] > 0] for weights in pool.partings)
        added.append(metric.value(metric.function(*sides)) - values[k])
    noise = np.random.default_rng([pool.seed, 41]).standard_normal(len(values))
    return np.asarray(np.mean(added) + np.std(added, ddof=1) * noise)


def _resampled(form: Weighted, pool: Pool, numbers: Ints, values: Floats, sizes: float, *, matched: bool) -> float:
    """By how much resamples of one parting move a metric; its square for distances of order 1/2."""
    assert pool.partings is not None
    rng, squares = np.random.default_rng([pool.seed, 37]), []
    for k in numbers:
        a, b = resamples_of((pool.partings[0][k], pool.partings[1][k]), N_RESAMPLES, rng, matched=matched)
        weighings = Weighings(pool, a, b, np.full(len(a), k))
        moved = form.brought(form.values(weighings), sizes / weighings.sizes(few=form.few))
        moved = moved[np.isfinite(moved)]
        width = half_width(stretched(moved)) if len(moved) else np.nan
        is_root = form.order < 1 and form.error is None
        squares.append((2 * values[k] * width if is_root else width) ** 2)
    return float(np.sqrt(np.nanmean(squares))) if np.isfinite(squares).any() else 0.0


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
            width = form.error(value, moved, floor.sd, floor.resampled, size / 2)
        else:
            width = error_near_floor(value, moved, floor, form.order, size / float(whole.sizes(few=form.few)[0]))
        error = float(np.hypot(width, noise)) if noise else width
        all_scores[metric.key] = Score.of(value, error, floor, better=metric.better)
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
