"""The harness: from generated showers to an `Evaluation`, and from GEANT4 to its truth floor.

The road is the same for both, each step once: sources are read into blocks (`sharing.py`, `tally.py`), blocks are
resampled or parted (`resampling.py`), metrics are scored by their weighted forms (`weighted.py`, `bins.py`) or else on
the showers one by one (`sampled.py`), and what means little is noted (`notes.py`).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from qgen.evaluation import sampled, weighted
from qgen.evaluation.bins import floors_in_bins, in_bins, scores_in_bins, sizes_in_bins
from qgen.evaluation.notes import SAME, noted, warn
from qgen.evaluation.resampling import every_shower_once, partings, resamples, same_energies
from qgen.evaluation.result import Evaluation, Floor, Score
from qgen.evaluation.ruler import Ruler
from qgen.evaluation.sampled import Training, n_showers
from qgen.evaluation.sharing import Shares, of_geant4
from qgen.evaluation.source import Source, common_representation, energies_of, geometry_of, some
from qgen.evaluation.spectra import require_one_spectrum
from qgen.evaluation.tally import n_blocks, tally
from qgen.files import InputError
from qgen.metrics import Metric, find
from qgen.metrics.arrays import Floats
from qgen.metrics.blocks import Blocks
from qgen.metrics.registry import Named
from qgen.metrics.weights import Pool, Weighings
from qgen.plugins.options import require_seed

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
    allow_different_energies: bool = False,
    seed: int = 0,
) -> Evaluation:
    """Score generated showers.

    Generated showers either have the incident energies of the reference, in the same order, or energies of their own
    from the same spectrum; the truth floor is that of GEANT4 showers of which the same is true.

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
        allow_different_energies: score showers of another spectrum of incident energies, too.
        seed: of partings, resamples, slices and folds.

    Warns:
        SampleSizeWarning: a metric means little with so few showers; its score says so, too.
        SpectraWarning: incident energies that are hardly of one spectrum.

    Raises:
        InputError: geometries that cannot be compared (it says what differs), fewer than 20 showers, an unknown metric
            or one that a given floor lacks, or spectra that differ.
    """
    asked, seed = _asked(metrics, floor_reference), require_seed("evaluate", seed)
    n, m = len(reference), len(generated)
    name = common_representation(geometry_of(reference), geometry_of(generated), representation)
    if min(n, m) < LEAST:
        raise InputError(
            f"evaluate: expected at least {LEAST} showers on each side, found {n} reference, {m} generated"
        )
    energies = energies_of(reference), energies_of(generated)
    spectra = require_one_spectrum(*energies, "generated", allowed=allow_different_energies)
    matched = same_energies(*energies)
    if floor is None:
        geant4 = _Geant4.read(reference, floor_reference, m, name, asked, seed, allowed=allow_different_energies)
        floor = geant4.floor(asked, m, seed, matched=matched, strict=metrics is not None)
        truth, training = geant4.truth, geant4.training
    else:
        _require_floor(floor, asked if metrics else (), name, n, m, matched=matched)
        logger.debug("reading %d reference showers", n)
        truth = _sample(reference, floor.ruler, name, asked, seed)
        training = _training(floor_reference, truth, name, floor.ruler, asked, seed)
    logger.debug("reading %d generated showers", m)
    sample = _sample(generated, floor.ruler, name, asked, seed)
    logger.debug("scoring %s", ", ".join(metric.label for metric in asked))
    with threadpool_limits(1, user_api="blas"):  # many small matrices: threads would only wait for each other
        pool, draws = Pool(truth, sample, seed), resamples(truth, sample, seed)
        scores, drawn = weighted.scores(asked, pool, floor.scores, draws)
        scores |= sampled.scores(asked, truth, sample, training, floor.scores, seed)
        of_bins = scores_in_bins(in_bins(asked), pool, floor, draws)
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
        spectra=spectra,
        same_energies=matched,
        energy_edges=floor.ruler.energy_edges,
        in_energy_bins={
            key: [noted(score, described[key], size) for score, size in zip(row, sizes, strict=True)]
            for key, row in of_bins.items()
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
    matched: bool = False,
    representation: str | None = None,
    metrics: Sequence[Named] | None = None,
) -> Floor:
    """What GEANT4 scores against GEANT4.

    Args:
        reference: GEANT4 test showers.
        floor_reference: disjoint GEANT4 showers; None takes halves of the reference.
        n_generated: number of showers that will be scored.
        seed: of the partings.
        matched: whether these will have the incident energies of the reference, in its order.
        representation: in which to score; by default that of the reference.
        metrics: which to score, as in `evaluate`.

    Raises:
        InputError: fewer than 20 showers on a side, geometries that cannot be compared, an unknown metric, one that
            is named and cannot be measured between samples of GEANT4, or spectra that differ.
    """
    asked, seed = _asked(metrics, floor_reference), require_seed("truth_floor", seed)
    name = representation or geometry_of(reference).representation
    if matched and n_generated != len(reference):
        expected = f"{len(reference)} generated showers of the energies of the reference"
        raise InputError(f"truth_floor: expected {expected}, found n_generated={n_generated}")
    geant4 = _Geant4.read(reference, floor_reference, n_generated, name, asked, seed)
    return geant4.floor(asked, n_generated, seed, matched=matched, strict=metrics is not None)


def values(
    reference: Source, generated: Source, ruler: Ruler, metrics: Sequence[Named], *, representation: str, seed: int
) -> dict[str, float]:
    """The values of metrics that have a weighted form, without floors and errors: for studies of metrics.

    Args:
        reference: GEANT4 showers.
        generated: showers to score.
        ruler: features, histogram edges and energy bins.
        metrics: which to score, as in `evaluate`.
        representation: in which.
        seed: of slices and folds.
    """
    asked = find(metrics)
    truth, sample = (_sample(side, ruler, representation, asked, seed) for side in (reference, generated))
    with threadpool_limits(1, user_api="blas"):
        none = np.zeros((1, 2 * truth.n_blocks))
        whole = Weighings(Pool(truth, sample, seed), *every_shower_once((none, none)))
        return {x.key: float(x.weighted.values(whole)[0]) for x in asked if x.weighted is not None}


def _sample(source: Source, ruler: Ruler, representation: str, asked: Sequence[Metric], seed: int) -> Blocks:
    """The blocks of a sample that is scored."""
    shares = Shares.of_sample(len(source), n_blocks(ruler), seed)
    return tally([(source, shares)], ruler, representation, n_showers=n_showers(asked))


@dataclass(frozen=True)
class _Geant4:
    """GEANT4 as it is read: sources and their energies, the ruler, blocks of the reference, and training showers."""

    representation: str
    ruler: Ruler
    sources: Sequence[Source]
    energies: Sequence[Floats]
    truth: Blocks
    training: Training | None

    @classmethod
    def read(
        cls,
        reference: Source,
        floor_reference: Source | None,
        m: int,
        wanted: str,
        asked: Sequence[Metric],
        seed: int,
        *,
        allowed: bool = False,
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
        sources = [reference] if floor_reference is None else [reference, floor_reference]
        energies = [energies_of(source) for source in sources]
        require_one_spectrum(energies[0], energies[-1], "floor reference", allowed=allowed)
        logger.debug("truth floor: reading %d GEANT4 showers", n + (0 if floor_reference is None else n_other))
        learnt = some(training, name, N_SOME, seed)
        ruler = Ruler.of(some(reference, name, N_SOME, seed), learnt, n_reference=n)
        truth = _sample(reference, ruler, name, asked, seed)
        of_training = None if floor_reference is None else Training.of(learnt, ruler, truth)
        return cls(name, ruler, sources, energies, truth, of_training)

    def floor(self, asked: Sequence[Metric], m: int, seed: int, *, matched: bool, strict: bool) -> Floor:
        """What GEANT4 scores for m generated showers; strict: a metric that cannot be measured is an error."""
        n = len(self.truth)
        pool = self._pool(asked, m, seed, matched=matched)
        how = self._how(pool, m, matched=matched)
        logger.debug("truth floor: %s", how)
        with threadpool_limits(1, user_api="blas"):
            scores = weighted.floors(asked, pool, n, m, matched=matched)
            others, missing = sampled.floors(asked, pool, self.training, n, m, matched=matched)
            binned = in_bins(asked) if n >= LEAST_IN_BINS else []
            of_bins = floors_in_bins(binned, pool, self.ruler, n, m, matched=matched)
        scores |= others
        missing |= {x.key: weighted.NO_FLOOR for x in asked if x.key not in scores and x.key not in missing}
        if strict and missing:
            key, reason = next(iter(missing.items()))
            raise InputError(f"{key}: expected a metric of GEANT4 against GEANT4, found none: {reason}")
        ordered = {metric.key: scores[metric.key] for metric in asked if metric.key in scores}
        return Floor(self.ruler, ordered, of_bins, how, self.representation, n, m, matched, missing)

    def _pool(self, asked: Sequence[Metric], m: int, seed: int, *, matched: bool) -> Pool:
        """All GEANT4 showers in blocks, and their partings."""
        shares = of_geant4(self.energies, n_blocks(self.ruler), seed, matched=matched)
        parts = list(zip(self.sources, shares, strict=True))
        blocks = tally(parts, self.ruler, self.representation, n_showers=n_showers(asked))
        sizes = blocks.features.moments.counts
        return Pool(blocks, None, seed, partings(sizes, len(self.truth), m, seed, matched=matched))

    def _how(self, pool: Pool, m: int, *, matched: bool) -> str:
        """How the floor was measured, one sentence."""
        assert pool.partings is not None
        counts, n = pool.reference.features.moments.counts, len(self.truth)
        a, b = (round(float((weights @ counts).mean())) for weights in pool.partings)
        pooled = " + ".join(str(len(source)) for source in self.sources) + " GEANT4 showers"
        halves = " (halves of the reference)" if len(self.sources) == 1 else ""
        pairs = ", in pairs of one energy," if matched else ""
        brought = "" if abs(a / n - 1) < 0.05 and abs(b / m - 1) < 0.05 else f", brought to {n} against {m}"
        return f"random partings of {pooled}{halves}{pairs} into {a} against {b}{brought}"


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
    floor_reference: Source | None,
    truth: Blocks,
    representation: str,
    ruler: Ruler,
    asked: Sequence[Metric],
    seed: int,
) -> Training | None:
    if floor_reference is None or not any(metric.training for metric in asked):
        return None
    return Training.of(some(floor_reference, representation, N_SOME, seed), ruler, truth)


def _require_floor(
    floor: Floor, named: Sequence[Metric], representation: str, n: int, m: int, *, matched: bool
) -> None:
    def described(representation: str, n: int, m: int, matched: bool) -> str:
        return f"{n} against {m} showers of {'the same' if matched else 'other'} energies in {representation!r}"

    given = floor.representation, floor.n_reference, floor.n_generated, floor.matched
    if given != (representation, n, m, matched):
        found = described(representation, n, m, matched)
        raise InputError(f"evaluate: the floor given is for {described(*given)}, found {found}")
    if missing := [metric.key for metric in named if metric.key not in floor.scores]:
        raise InputError(f"evaluate: expected a floor of {', '.join(missing)}, found {', '.join(floor.scores)}")
