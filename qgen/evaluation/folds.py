"""Scores over folds: every shower is scored once, by a fit to the showers of the other folds.

The pooled score is the mean over the k folds. Its floor is the mean of the folds' floors: under "as good as GEANT4"
they are independent, since no shower is in two test parts, so that their variances add.

What the values v_i of the folds differ by has two sources. The showers that are scored differ from fold to fold, and
their part e^2 of the variance is known from the harness (mean of the squared errors). Trainings differ, too, by their
random start and by their showers, of which two folds share (k - 2) / (k - 1): their values are correlated, and the
spread tells too little. Nadeau and Bengio (Machine Learning 52 (2003) 239) take the correlation to be the share of the
showers that is scored, rho = 1 / k, so that a mean has the variance s^2 (1 / k + rho / (1 - rho)). With s^2 the
variance of the values,

    error^2 = e^2 / k + T^2 (1 / k + 1 / (k - 1)) max(0, s^2 - e^2),

T the 84 % quantile of Student's distribution with k - 1 degrees of freedom. The difference of two generators is taken
fold by fold, where what the test showers, and the training showers, do to both cancels, and tested as in that paper,

    t = mean(a_i - b_i) / sqrt((1 / k + 1 / (k - 1)) var(a_i - b_i)),    k - 1 degrees of freedom.

`studies/error_coverage.py --folds 5` measures both. They hold where random starts or test showers make up most of the
spread, and are too narrow where the training showers do: what these have in common, no spread between folds can tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Self

import numpy as np
from scipy.stats import norm, t

from qgen.evaluation.pairs import SeedScores
from qgen.evaluation.result import Evaluation, Floor, FloorScore


class FoldScores(SeedScores):
    """A metric of one generator, with a fold in place of a training seed.

    Attributes:
        values: of every fold, shape (n_folds,); none if one lacks a value.
        errors: of the showers alone, shape (n_folds,).
        draws: over resampled showers, shape (n_folds, n_draws); those of two folds have nothing to do with each other.
    """

    @classmethod
    def of(cls, evaluations: Sequence[Evaluation], metric: str) -> Self:
        """Of one generator's evaluations in the order of the folds."""
        whole = all(np.isfinite(evaluation.scores[metric].value) for evaluation in evaluations)
        return super().of(evaluations if whole else (), metric)

    def error(self, *, seed: int = 0) -> float:
        """68 % error of the mean."""
        k = len(self.values)
        if k == 0:
            return np.nan
        if k == 1:
            return float(self.errors[0])
        of_showers = float((self.errors**2).mean())
        of_training = max(0.0, float(self.values.var(ddof=1)) - of_showers)
        return float(np.sqrt(of_showers / k + _student(k) ** 2 * _overlap(k) * of_training))

    def minus(self, other: SeedScores) -> dict[str, float]:
        """The difference of the means, its 68 % error, and the p-value (two-sided) of no difference."""
        differences = self.values - other.values
        k, mean = len(differences), float(differences.mean())
        width = float(np.sqrt(_overlap(k) * differences.var(ddof=1)))
        if width == 0:
            return {"difference": mean, "error": 0.0, "p": float(mean == 0)}
        p = float(2 * t.sf(abs(mean) / width, k - 1))
        return {"difference": mean, "error": _student(k) * width, "p": p}


def _overlap(k: int) -> float:
    """Variance of the mean of k folds in that of one."""
    return 1 / k + 1 / (k - 1)


def _student(k: int) -> float:
    return float(t.ppf(norm.cdf(1), k - 1))


def pooled(floors: Sequence[Floor]) -> Floor:
    """The truth floor of a score that is pooled over folds, from the floors of all folds.

    The ruler, which figures are drawn with, is that of the first. A metric that is missing in one fold is missing.
    """
    first = floors[0]
    there = [name for name in first.scores if all(name in floor.scores for floor in floors)]
    in_bins = {
        name: [_mean(of_bin) for of_bin in zip(*(floor.in_energy_bins[name] for floor in floors), strict=True)]
        for name in first.in_energy_bins
        if all(name in floor.in_energy_bins for floor in floors)
    }
    missing: Mapping[str, str] = {name: why for floor in floors for name, why in floor.missing.items()}
    return replace(
        first,
        scores={name: _mean([floor.scores[name] for floor in floors]) for name in there},
        in_energy_bins=in_bins,
        how=f"means over {len(floors)} folds, in each {first.how}",
        n_reference=sum(floor.n_reference for floor in floors),
        n_generated=sum(floor.n_generated for floor in floors),
        missing=missing,
    )


def _mean(floors: Sequence[FloorScore]) -> FloorScore:
    """Of the mean over folds: their partings, which look alike in all of them, are put together at random."""
    rng, n = np.random.default_rng(0), min(len(floor.values) for floor in floors)
    return FloorScore.of(np.mean([rng.permutation(floor.values[:n]) for floor in floors], axis=0))
