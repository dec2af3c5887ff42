"""The harness: from generated showers to an `Evaluation`, and from GEANT4 to its truth floor.

The road is the same for both, each step once: sources are read into blocks (`tally.py`), blocks are resampled or parted
(`resampling.py`), metrics are scored by their weighted forms (`weighted.py`, `bins.py`) or else on the showers one by
one (`sampled.py`), and what means little is noted (`notes.py`).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from qgen.evaluation import sampled, weighted
from qgen.evaluation.bins import floors_in_bins, forms_in_bins, scores_in_bins, sizes_in_bins
from qgen.evaluation.notes import SAME, noted, warn
from qgen.evaluation.resampling import N_PARTINGS, resamples, same_energies
from qgen.evaluation.result import Evaluation, Floor, Score
from qgen.evaluation.ruler import Ruler
from qgen.evaluation.sampled import Training, n_showers
from qgen.evaluation.source import Source, common_representation, geometry_of, some
from qgen.evaluation.tally import tally
from qgen.files import InputError
from qgen.metrics import Metric, find
from qgen.metrics.blocks import N_KEPT, Blocks
from qgen.metrics.registry import Named
from qgen.metrics.weights import Pool

logger = logging.getLogger(__name__)

N_SOME = 5000
"""Showers that the ruler is made from, and training showers that metrics see."""
NO_FLOOR = "the floor that was given has none of it"
LEAST = 20
LEAST_IN_BINS = 200
"""Showers from which on the energy bins are scored one by one."""


def evaluate(
    reference: Source,
    generated: Source,
    *,
    floor_reference: Source | None = None,
    representation: str | None = None,
    floor: Floor | None = None,
    metrics: Sequence[Named] | None = None,
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
        metrics: which to score: keys of scoreboards, "path/to/file.py:function", or functions of
            (reference, generated) features; by default all that `qgen.metrics` declares.
        seed: of partings, resamples, slices and folds.

    Warns:
        SampleSizeWarning: a metric means little with so few showers; its score says so, too.

    Raises:
        InputError: geometries that cannot be compared (it says what differs), fewer than 20 showers, an unknown metric
            or one that a given floor lacks.
    """
    asked = _asked(metrics, floor_reference)
    n, m = len(reference), len(generated)
    name = common_representation(geometry_of(reference), geometry_of(generated), representation)
    if min(n, m) < LEAST:
        raise InputError(
            f"evaluate: expected at least {LEAST} showers on each side, found {n} reference, {m} generated"
        )
    if floor is None:
        geant4 = _Geant4.read(reference, floor_reference, m, name, asked, seed)
        floor = geant4.floor(asked, m, seed, strict=metrics is not None)
        truth, training = geant4.truth, geant4.training
    else:
        _require_floor(floor, asked if metrics else (), name, n, m)
        logger.debug("reading %d reference showers", n)
        truth = tally(reference, floor.ruler, name, seed, n_showers=n_showers(asked))
        training = _training(floor_reference, name, floor.ruler, asked, seed)
    logger.debug("reading %d generated showers", m)
    sample = tally(generated, floor.ruler, name, seed, n_showers=n_showers(asked))
    logger.debug("scoring %s", ", ".join(metric.label for metric in asked))
    with threadpool_limits(1, user_api="blas"):  # many small matrices: threads would only wait for each other
        pool, draws = Pool(truth, sample, seed), resamples(truth, sample, seed)
        scores, drawn = weighted.scores(asked, pool, floor.scores, draws)
        scores |= sampled.scores(asked, truth, sample, training, floor.scores, seed)
        in_bins = scores_in_bins(forms_in_bins(asked), pool, floor, draws)
        sizes = sizes_in_bins(pool, floor.ruler)
    described = {metric.key: metric.describe(truth.rows.shape[1]) for metric in asked}
    for key in described.keys() - scores.keys():
        scores[key] = Score.without_floor(floor.missing.get(key, NO_FLOOR))
    same = np.array_equal(truth.rows, sample.rows)
    noted_scores = {key: noted(scores[key], described[key], min(n, m), SAME if same else "") for key in described}
    warn(noted_scores, described, min(n, m))
    return Evaluation(
        geometry=truth.geometry.name,
        representation=name,
        n_reference=n,
        n_generated=m,
        floor=floor.how,
        scores=noted_scores,
        same_energies=same_energies(truth, sample),
        energy_edges=floor.ruler.energy_edges,
        in_energy_bins={
            key: [noted(score, described[key], size) for score, size in zip(row, sizes, strict=True)]
            for key, row in in_bins.items()
        },
        draws=drawn,
        metrics=described,
    )


def truth_floor(
    reference: Source,
    floor_reference: Source | None,
    *,
    n_generated: int,
    seed: int,
    representation: str | None = None,
    metrics: Sequence[Named] | None = None,
) -> Floor:
    """What GEANT4 scores against GEANT4.

    Args:
        reference: GEANT4 test showers.
        floor_reference: disjoint GEANT4 showers; None takes halves of the reference.
        n_generated: number of showers that will be scored.
        seed: of the partings.
        representation: in which to score; by default that of the reference.
        metrics: which to score, as in `evaluate`.

    Raises:
        InputError: fewer than 20 showers on a side, geometries that cannot be compared, an unknown metric, or one that
            is named and cannot be measured between samples of GEANT4.
    """
    asked = _asked(metrics, floor_reference)
    name = representation or geometry_of(reference).representation
    geant4 = _Geant4.read(reference, floor_reference, n_generated, name, asked, seed)
    return geant4.floor(asked, n_generated, seed, strict=metrics is not None)


@dataclass(frozen=True)
class _Geant4:
    """GEANT4 as it is read: the ruler, blocks of reference and floor reference, and showers that were learnt from."""

    representation: str
    ruler: Ruler
    truth: Blocks
    other: Blocks | None
    training: Training | None

    @classmethod
    def read(
        cls, reference: Source, floor_reference: Source | None, m: int, wanted: str, asked: Sequence[Metric], seed: int
    ) -> "_Geant4":
        n = len(reference)
        n_other = n // 2 if floor_reference is None else len(floor_reference)
        if floor_reference is None and n < 2 * LEAST:
            expected = f"a floor reference, or at least {2 * LEAST} reference showers"
            raise InputError(f"evaluate: expected {expected}, found {n}")
        if min(n, n_other, m) < LEAST:
            sizes = f"{n} reference, {n_other} floor reference and {m} generated"
            raise InputError(f"evaluate: expected at least {LEAST} showers on each side, found {sizes}")
        training = reference if floor_reference is None else floor_reference
        name = common_representation(geometry_of(reference), geometry_of(training), wanted, other="floor reference")
        logger.debug("truth floor: reading %d GEANT4 showers", n + (0 if floor_reference is None else n_other))
        learnt = some(training, name, N_SOME, seed)
        ruler = Ruler.of(some(reference, name, N_SOME, seed), learnt, n_reference=n)
        truth = tally(reference, ruler, name, seed, n_showers=n_showers(asked))
        if floor_reference is None:
            return cls(name, ruler, truth, None, None)
        other = tally(floor_reference, ruler, name, seed + 1, n_showers=n_showers(asked))
        return cls(name, ruler, truth, other, Training.of(learnt, ruler))

    def floor(self, asked: Sequence[Metric], m: int, seed: int, *, strict: bool) -> Floor:
        """What GEANT4 scores for m generated showers; strict: a metric that cannot be measured is an error."""
        n, sides = len(self.truth), [side for side in (self.truth, self.other) if side is not None]
        sizes = " + ".join(str(len(side)) for side in sides)
        pooled = (
            f"{sizes} GEANT4 showers"
            if self.other is not None
            else f"the {n} reference showers (halves of the reference)"
        )
        how = f"{N_PARTINGS} random partings of {pooled}, brought to {n} against {m}"
        logger.debug("truth floor: %s", how)
        with threadpool_limits(1, user_api="blas"):
            pool = Pool(self.truth, self.other, seed)
            scores = weighted.floors(asked, pool, n, m)
            others, missing = sampled.floors(asked, sides, self.training, n, m, seed)
            share = min(m, N_KEPT) / min(n, N_KEPT)
            forms = forms_in_bins(asked) if n >= LEAST_IN_BINS else {}
            in_bins = floors_in_bins(forms, pool, self.ruler, share)
        scores |= others
        missing |= {x.key: weighted.NO_FLOOR for x in asked if x.key not in scores and x.key not in missing}
        if strict and missing:
            key, reason = next(iter(missing.items()))
            raise InputError(f"{key}: expected a metric of GEANT4 against GEANT4, found none: {reason}")
        ordered = {metric.key: scores[metric.key] for metric in asked if metric.key in scores}
        return Floor(self.ruler, ordered, in_bins, how, self.representation, n, m, missing)


def _asked(metrics: Sequence[Named] | None, floor_reference: Source | None) -> list[Metric]:
    """The metrics to score: those with training showers need a floor reference."""
    asked = find(metrics)
    if floor_reference is not None:
        return asked
    needy = [metric.key for metric in asked if metric.training]
    if metrics is not None and needy:
        raise InputError(f"{needy[0]}: expected training showers (floor_reference, --floor), found none")
    return [metric for metric in asked if not metric.training]


def _training(
    floor_reference: Source | None, representation: str, ruler: Ruler, asked: Sequence[Metric], seed: int
) -> Training | None:
    if floor_reference is None or not any(metric.training for metric in asked):
        return None
    return Training.of(some(floor_reference, representation, N_SOME, seed), ruler)


def _require_floor(floor: Floor, named: Sequence[Metric], representation: str, n: int, m: int) -> None:
    if (floor.representation, floor.n_reference, floor.n_generated) != (representation, n, m):
        expected = f"{floor.n_reference} against {floor.n_generated} showers in {floor.representation!r}"
        raise InputError(f"evaluate: the floor given is for {expected}, found {n} against {m} in {representation!r}")
    if missing := [metric.key for metric in named if metric.key not in floor.scores]:
        raise InputError(f"evaluate: expected a floor of {', '.join(missing)}, found {', '.join(floor.scores)}")
