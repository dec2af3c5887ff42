"""Primary metrics in bins of incident energy, from the kept rows, by the same weights as over all energies."""

import math
from collections.abc import Sequence

import numpy as np

from qgen.evaluation.errors import error_near_floor
from qgen.evaluation.resampling import Draws, every_shower_once, stretched
from qgen.evaluation.result import Floor, FloorScore, Score
from qgen.evaluation.ruler import Ruler
from qgen.evaluation.weighted import Forms, floors_of
from qgen.metrics import Metric
from qgen.metrics.arrays import Ints
from qgen.metrics.blocks import N_KEPT
from qgen.metrics.weights import Pool, Weighings, Weighted

FEW = "fewer than two generated showers have these incident energies"


def forms_in_bins(metrics: Sequence[Metric]) -> dict[str, Weighted]:
    """The weighted forms of the primary metrics that can be had in a bin of incident energy."""
    weighted = ((metric.key, metric.weighted) for metric in metrics if metric.primary)
    return {key: form for key, form in weighted if form is not None and form.in_bins}


def floors_in_bins(weighted: Forms, pool: Pool, ruler: Ruler, share: float) -> dict[str, list[FloorScore]]:
    """Floors bin by bin, for `share` as many generated as reference showers; a metric without one in a bin has none."""
    floors: dict[str, list[FloorScore]] = {name: [] for name in weighted}
    number = _bin_numbers(pool, ruler)
    for bin_number in range(len(ruler.energy_edges) - 1):
        part = pool.only(number == bin_number)
        n = part.n_showers[0]
        for name, floor in floors_of(weighted, part, dict.fromkeys(weighted, (n, n * share))).items():
            floors[name].append(floor)
    return {name: row for name, row in floors.items() if len(row) == len(ruler.energy_edges) - 1}


def scores_in_bins(weighted: Forms, pool: Pool, floor: Floor, draws: Draws) -> dict[str, list[Score]]:
    """Scores bin by bin of the metrics that have floors there.

    Args:
        weighted: forms by metric.
        pool: of the reference and the generated showers.
        floor: what GEANT4 scores.
        draws: resamples of the blocks.
    """
    binned = {name: form for name, form in weighted.items() if name in floor.in_energy_bins}
    scores: dict[str, list[Score]] = {name: [] for name in binned}
    number, n_truth = _bin_numbers(pool, floor.ruler), len(pool.reference.rows)
    share = min(floor.n_generated, N_KEPT) / min(floor.n_reference, N_KEPT)
    for bin_number in range(len(floor.ruler.energy_edges) - 1):
        chosen = number == bin_number
        part, n, m = pool.only(chosen), int(chosen[:n_truth].sum()), int(chosen[n_truth:].sum())
        for name, form in binned.items():
            of_geant4 = _at_sizes(floor.in_energy_bins[name][bin_number], form, n, m, n * share)
            score = Score.of(math.nan, math.nan, of_geant4, FEW)
            scores[name].append(score if m < 2 else _score(form, part, of_geant4, draws))
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
    if m == 0:
        return floor
    if form.floor is not None:
        return FloorScore.declared(*form.floor(n, m))
    return floor.scaled((1 / n + 1 / m) / (1 / n + 1 / expected), form.order)


def _score(form: Weighted, part: Pool, floor: FloorScore, draws: Draws) -> Score:
    value = float(form.values(Weighings(part, *every_shower_once(draws)))[0])
    moved = stretched(form.values(Weighings(part, *draws)))
    if form.error is not None:
        return Score.of(value, form.error(value, moved, part.n_showers[0], part.n_showers[1], 0.0), floor)
    return Score.of(value, error_near_floor(value, moved, floor, form.order), floor)
