"""The truth floor: what GEANT4 scores against GEANT4.

The blocks of the reference and of the floor reference (the training showers, by custom) are pooled and parted again
at random N_FLOOR times, and every parting is measured like a generated sample: the permutation distribution of each
metric. Between samples of one distribution a metric falls with their sizes as (1/n + 1/m)^k, with a k that is known for
each (`statistics.ORDER`), which brings the partings to the sizes of the evaluation. Measured in other ways are

- the AUC, whose floor is 1/2 with the variance of `areas.py`;
- precision, recall, density and coverage, from partings of single showers, of the sizes of the evaluation;
- memorisation, from halves of the reference against the training showers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from qgen import metrics
from qgen.evaluation.areas import null_variance
from qgen.evaluation.neighbours import N_NEAR, near_rows, neighbours, training_rows
from qgen.evaluation.resampling import half_width, resampled, stretched
from qgen.evaluation.result import Floor, FloorScore
from qgen.evaluation.rows import N_ROWS
from qgen.evaluation.ruler import Ruler
from qgen.evaluation.source import Source, common_representation, geometry_of, some
from qgen.evaluation.statistics import ORDER, Statistics, frechet, separation
from qgen.evaluation.tally import N_KEPT, Features, Tally, in_bin
from qgen.files import InputError

logger = logging.getLogger(__name__)

N_FLOOR = 60
N_RESAMPLED = 5
N_RESAMPLES = 30
"""Resamples of each of N_RESAMPLED partings, which calibrate the errors of generated samples."""
N_RULER = 5000
LEAST = 20
LEAST_IN_BINS = 200
"""Showers from which on the energy bins are scored one by one."""
LIMIT: Mapping[str, int] = {
    "auc": N_KEPT,
    "fpd": N_KEPT,
    "kpd": N_KEPT,
    "sliced_wasserstein": N_ROWS,
    "sliced_ks": N_ROWS,
}
"""Showers of each side that a metric is made of at most."""

Floats = NDArray[np.float64]


def truth_floor(
    reference: Source,
    floor_reference: Source | None,
    *,
    n_generated: int,
    seed: int,
    representation: str | None = None,
) -> Floor:
    """What GEANT4 scores against GEANT4.

    Args:
        reference: GEANT4 test showers.
        floor_reference: disjoint GEANT4 showers; None takes halves of the reference.
        n_generated: number of showers that will be scored.
        seed: of the partings.
        representation: in which to score; by default that of the reference.

    Raises:
        InputError: fewer than 20 showers on a side, or geometries that cannot be compared.
    """
    n = len(reference)
    n_other = n // 2 if floor_reference is None else len(floor_reference)
    if floor_reference is None and n < 2 * LEAST:
        raise InputError(f"evaluate: expected a floor reference, or at least {2 * LEAST} reference showers, found {n}")
    if min(n, n_other, n_generated) < LEAST:
        found = f"{n} reference, {n_other} floor reference and {n_generated} generated"
        raise InputError(f"evaluate: expected at least {LEAST} showers on each side, found {found}")
    training = reference if floor_reference is None else floor_reference
    sides = geometry_of(reference), geometry_of(training)
    name = common_representation(*sides, representation or sides[0].representation, other="floor reference")
    ruler = Ruler.of(some(reference, name, N_RULER, seed), some(training, name, N_RULER, seed), n_reference=n)
    logger.debug("truth floor: reading %d GEANT4 showers", n + (0 if floor_reference is None else n_other))
    truth = Tally.of(reference, ruler, name, seed)
    other = None if floor_reference is None else Tally.of(floor_reference, ruler, name, seed + 1)
    pool = (
        f"{n} + {n_other} GEANT4 showers"
        if other is not None
        else f"the {n} reference showers (halves of the reference)"
    )
    how = f"{N_FLOOR} random partings of {pool}, brought to {n} against {n_generated}"
    logger.debug("truth floor: %s", how)
    scores = {"auc": area_floor(n, n_generated)}
    with threadpool_limits(1, user_api="blas"):  # many small matrices: threads would only wait for each other
        scores |= _of_weights(Statistics.of(truth, other, seed), n, n_generated, seed)
        scores |= _of_neighbours(truth, other, n, n_generated, seed)
        if floor_reference is not None:
            rows = training_rows(floor_reference, name, ruler, seed)
            scores |= _of_memorisation(truth, rows, n, n_generated, seed)
        share = min(n_generated, N_KEPT) / min(n, N_KEPT)
        in_bins = _in_energy_bins(truth, other, ruler, share, seed) if n >= LEAST_IN_BINS else {}
    return Floor(ruler, scores, in_bins, how, name, n, n_generated)


def target(name: str, n: int, m: int) -> float:
    """1/n + 1/m of the showers that a metric of samples of n and m showers is made of."""
    limit = LIMIT.get(name, max(n, m))
    return 1 / min(n, limit) + 1 / min(m, limit)


def area_floor(n: float, m: float) -> FloorScore:
    """Floor of the AUC of n and m showers."""
    sd = float(np.sqrt(2 * null_variance(min(n, N_KEPT), min(m, N_KEPT))))
    return FloorScore(0.5, sd, 0.5 - sd, 0.5 + sd)


def _partings(n_blocks: int, seed: int) -> tuple[Floats, Floats]:
    """Random halves of the blocks, as two arrays of weights of shape (N_FLOOR, n_blocks)."""
    rng = np.random.default_rng([seed, 13])
    half = np.arange(n_blocks) < n_blocks // 2
    first = np.array([rng.permutation(half) for _ in range(N_FLOOR)], dtype=np.float64)
    return first, 1 - first


def _of_weights(statistics: Statistics, n: int, m: int, seed: int) -> dict[str, FloorScore]:
    """The metrics that are functions of weights, brought to the sizes n and m."""

    def brought(a: Floats, b: Floats) -> dict[str, Floats]:
        sizes = statistics.sizes(a, b)
        ratio = {name: target(name, n, m) / size for name, size in sizes.items()}
        return {name: value * ratio[name] ** ORDER[name] for name, value in statistics(a, b).items()}

    scores = _scored(brought, statistics.tally.n_blocks, seed)
    rows = statistics.tally.rows
    half = len(rows) // 2
    noise = draw_noise(metrics.kpd(rows[:half][:N_ROWS], rows[half:][:N_ROWS])[1])
    return {**scores, "kpd": replace(scores["kpd"], sd=float(np.hypot(scores["kpd"].sd, noise)))}


def draw_noise(error: float, n_batches: int = 10) -> float:
    """Standard deviation of the published KPD due to its own draws: that of a median of batches of spread `error`."""
    return float(error * np.sqrt(np.pi / 2 / n_batches))


def _of_neighbours(truth: Tally, other: Tally | None, n: int, m: int, seed: int) -> dict[str, FloorScore]:
    """Precision, recall, density and coverage between random parts of pooled rows.

    The parts have the sizes of the evaluation; where the pool is too small for that, both are smaller by one factor,
    and the fluctuations are brought to the sizes of the evaluation.
    """
    rows = np.concatenate([near_rows(t, seed, 2 * N_NEAR) for t in (truth, other) if t is not None])
    sizes = np.minimum([n, m], N_NEAR)
    first, second = (sizes * min(1.0, len(rows) / sizes.sum())).astype(int)
    rng = np.random.default_rng([seed, 17])
    orders = (rng.permutation(len(rows)) for _ in range(N_FLOOR))
    found = _columns([neighbours(rows[o[:first]], rows[o[first : first + second]], None) for o in orders])
    factor = np.sqrt((1 / sizes).sum() / (1 / first + 1 / second))
    return _scores({name: values.mean() + factor * (values - values.mean()) for name, values in found.items()})


def _of_memorisation(truth: Tally, training: Floats, n: int, m: int, seed: int) -> dict[str, FloorScore]:
    """Nearest-neighbour ratio of halves of the reference, with the fluctuations at the sizes of the evaluation."""
    rows, rng = near_rows(truth, seed), np.random.default_rng([seed, 19])
    values = []
    for _ in range(N_FLOOR):
        first, second = np.array_split(rng.permutation(len(rows)), 2)
        try:
            ratio = metrics.nearest_neighbour_ratio(training, rows[first], rows[second]).ratio
        except InputError:  # the reference lies on the training showers: there is nothing to compare with
            return {}
        values.append(ratio)
    factor = np.sqrt((1 / np.minimum([n, m], N_NEAR)).sum() / (4 / len(rows)))
    return {"memorisation": FloorScore.of(1 + factor * (np.array(values) - 1))}


def _in_energy_bins(
    truth: Tally, other: Tally | None, ruler: Ruler, share: float, seed: int
) -> dict[str, list[FloorScore]]:
    """The primary metrics bin by bin, from the kept rows, for `share` as many generated as reference showers."""
    floors: dict[str, list[FloorScore]] = {"auc": [], "fpd": [], "separation": []}
    for number in range(len(ruler.energy_edges) - 1):
        parts = [in_bin(tally, ruler, number) for tally in (truth, other) if tally is not None]
        both = parts[0] if other is None else parts[0].beside(parts[1])
        n = float(parts[0].moments.counts.sum())
        for name, score in _of_bin(both, parts[0].largest, n, n * share, seed).items():
            floors[name].append(score)
    return floors


def _of_bin(both: Features, largest: Floats, n: float, m: float, seed: int) -> dict[str, FloorScore]:
    counts = both.moments.counts

    def brought(a: Floats, b: Floats) -> dict[str, Floats]:
        ratio = (1 / n + 1 / m) / (1 / (a @ counts) + 1 / (b @ counts))
        return {"fpd": frechet(both, a, b, largest) * ratio, "separation": separation(both, a, b) * ratio}

    return {"auc": area_floor(n, m), **_scored(brought, len(counts), seed)}


def _scored(measure: Callable[[Floats, Floats], dict[str, Floats]], n_blocks: int, seed: int) -> dict[str, FloorScore]:
    """Every parting once, and some of them resampled."""
    first, second = _partings(n_blocks, seed)
    values = measure(first, second)
    scores = _scores(values)
    rng = np.random.default_rng([seed, 37])
    squares: dict[str, list[float]] = {name: [] for name in scores}
    for k in range(N_RESAMPLED):
        draws = [np.array([resampled(side[k], rng) for _ in range(N_RESAMPLES)]) for side in (first, second)]
        measured = measure(draws[0], draws[1])
        for name, found in squares.items():
            column = measured[name][np.isfinite(measured[name])]
            width = half_width(stretched(column)) if len(column) else np.nan
            found.append((width if ORDER[name] == 1 else 2 * values[name][k] * width) ** 2)
    return {name: replace(score, resampled=float(np.sqrt(np.nanmean(squares[name])))) for name, score in scores.items()}


def _scores(columns: Mapping[str, Floats]) -> dict[str, FloorScore]:
    """Mean and standard deviation of every metric; one that cannot be measured on GEANT4 itself is left out."""
    finite = {name: column[np.isfinite(column)] for name, column in columns.items()}
    return {name: FloorScore.of(column) for name, column in finite.items() if len(column) > 1}


def _columns(rows: Sequence[Mapping[str, float]]) -> dict[str, Floats]:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}
