"""The primary metrics in bins of incident energy, by the same weights as over all energies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from qgen.evaluation.areas import Areas, training_variance
from qgen.evaluation.errors import error_near_floor
from qgen.evaluation.floor import area_floor
from qgen.evaluation.resampling import Draws, every_shower_once, stretched
from qgen.evaluation.result import PRIMARY, Floor, FloorScore, Score
from qgen.evaluation.sizes import note
from qgen.evaluation.statistics import ORDER, frechet, separation
from qgen.evaluation.tally import N_KEPT, Tally, bin_of, in_bin

Floats = NDArray[np.float64]


def in_energy_bins(
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
        value, column = float(function(*every_shower_once(draws))[0]), function(*draws)
        moved = stretched(column)
        if name == "auc":
            error = float(np.sqrt(moved.var(ddof=1) + training_variance(value, *sizes)))
        else:
            error = error_near_floor(value, moved, floors[name], ORDER[name])
        scores[name] = Score.of(value, error, floors[name])
    return scores
