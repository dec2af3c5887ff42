"""Metrics in bins of incident energy, from the kept rows, by the same weights as over all energies."""

import math
from collections.abc import Sequence

import numpy as np

from qgen.evaluation.errors import error_near_floor
from qgen.evaluation.resampling import Draws, every_shower_once, stretched
from qgen.evaluation.result import Floor, FloorScore, Score
from qgen.evaluation.ruler import Ruler
from qgen.evaluation.weighted import floors
from qgen.metrics import Metric
from qgen.metrics.arrays import Ints
from qgen.metrics.weights import Pool, Weighings, Weighted

FEW = "fewer than two generated showers have these incident energies"


def in_bins(metrics: Sequence[Metric]) -> list[Metric]:
    """The metrics that can be had in a bin of incident energy."""
    return [x for x in metrics if x.weighted is not None and x.weighted.in_bins]


def floors_in_bins(
    metrics: Sequence[Metric], pool: Pool, ruler: Ruler, n: int, m: int, *, matched: bool
) -> dict[str, list[FloorScore]]:
    """Floors bin by bin, for n reference and m generated showers in all; a metric without one in a bin has none."""
    rows: dict[str, list[FloorScore]] = {metric.key: [] for metric in metrics}
    number = _bin_numbers(pool, ruler)
    n_bins = len(ruler.energy_edges) - 1
    for k in range(n_bins):
        inside = number == k
        share = float(inside.mean())
        of_bin = floors(metrics, pool.only(inside, k), n * share, m * share, matched=matched)
        for name, floor in of_bin.items():
            rows[name].append(floor)
    return {name: row for name, row in rows.items() if len(row) == n_bins}


def scores_in_bins(metrics: Sequence[Metric], pool: Pool, floor: Floor, draws: Draws) -> dict[str, list[Score]]:
    """Scores bin by bin of the metrics that have floors there.

    Args:
        metrics: those `in_bins`.
        pool: of the reference and the generated showers.
        floor: what GEANT4 scores.
        draws: resamples of the blocks.
    """
    binned = [metric for metric in metrics if metric.key in floor.in_energy_bins]
    scores: dict[str, list[Score]] = {metric.key: [] for metric in binned}
    number, n_truth = _bin_numbers(pool, floor.ruler), len(pool.reference.rows)
    share = floor.n_generated / floor.n_reference
    for k in range(len(floor.ruler.energy_edges) - 1):
        chosen = number == k
        part, n, m = pool.only(chosen, k), int(chosen[:n_truth].sum()), int(chosen[n_truth:].sum())
        for metric in binned:
            assert metric.weighted is not None
            of_geant4 = _at_sizes(floor.in_energy_bins[metric.key][k], metric.weighted, n, m, n * share)
            score = Score.of(math.nan, math.nan, of_geant4, FEW)
            scores[metric.key].append(score if m < 2 else _score(metric, part, of_geant4, draws))
    return scores


def sizes_in_bins(pool: Pool, ruler: Ruler) -> list[int]:
    """Kept showers of the smaller side in every bin."""
    number, n_truth = _bin_numbers(pool, ruler), len(pool.reference.rows)
    sides = number[:n_truth], number[n_truth:]
    return [min(int((side == k).sum()) for side in sides) for k in range(len(ruler.energy_edges) - 1)]


def _bin_numbers(pool: Pool, ruler: Ruler) -> Ints:
    """Of every kept shower, reference first."""
    return np.concatenate([ruler.bin_of(side.row_energy) for side in pool.sides])


def _at_sizes(floor: FloorScore, form: Weighted, n: int, m: int, expected: float) -> FloorScore:
    """The floor of n showers against m, where it was measured for another number of generated ones."""
    if m == 0 or not floor.values:
        return floor
    ratio = (1 / n + 1 / m) / (1 / n + 1 / expected)
    resampled = floor.resampled * ratio ** (1.0 if form.order < 1 and form.error is None else form.order)
    return FloorScore.of(form.brought(np.asarray(floor.values), ratio), resampled)


def _score(metric: Metric, part: Pool, floor: FloorScore, draws: Draws) -> Score:
    form = metric.weighted
    assert form is not None
    value = float(form.values(Weighings(part, *every_shower_once(draws)))[0])
    moved = stretched(form.values(Weighings(part, *draws)))
    if form.error is not None:
        error = form.error(value, moved, floor.sd, floor.resampled, float(np.mean(1 / np.array(part.n_showers))))
    else:
        error = error_near_floor(value, moved, floor, form.order)
    return Score.of(value, error, floor, better=metric.better)
