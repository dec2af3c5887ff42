"""From evaluations to statements: scores over training seeds, paired differences, ranks.

Every evaluation against one reference carries draws of its scores, the k-th of all from the same resampling of the
reference's showers. The score of a generator with S training seeds is bootstrapped in two levels: S seeds are drawn
with repetition, and the k-th draws of those are averaged. A bootstrap of S seeds is too narrow, by (S - 1) / S in
variance and because S is small; the seeds' deviations are stretched by sqrt(S / (S - 1)) t, with t the 84 % quantile
of Student's distribution with S - 1 degrees of freedom, so that 68 % is 68 % for few seeds, too.

The difference of two generators is taken draw by draw, where the fluctuations of the common reference cancel. With V
its variance over the draws (of a metric without draws: that of both errors, as if they were independent, which is on
the safe side) and s^2 / S that of a mean over seeds,

    t = (a - b) / sqrt(V + s_a^2 / S_a + s_b^2 / S_b)

follows Student's distribution with the degrees of freedom of Welch and Satterthwaite (those of V are many; two seeds,
too few to estimate them, count as one degree of freedom). Holm's method (1979) holds the probability of any false
claim among all pairs of a metric below ALPHA. A generator's rank is 1 + the number of those that are better by a
separated pair: ranks are tied where the test cannot tell. Where the best value is a number that some are below and some
above, the pairs are those of the distances from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, t

from qgen.evaluation.result import Evaluation
from qgen.files import InputError
from qgen.metrics.arrays import Floats

ALPHA = 0.05
LEAST_TRAININGS = 3
"""Training seeds or folds of a generator from which on it is compared with others: fewer tell no spread."""
N_BOOTSTRAP = 2000


@dataclass(frozen=True)
class SeedScores:
    """A metric of one generator.

    Attributes:
        values: of every training seed, shape (n_seeds,).
        errors: of the showers alone, shape (n_seeds,).
        draws: over resampled showers, shape (n_seeds, n_draws).
    """

    values: Floats
    errors: Floats
    draws: Floats

    @classmethod
    def of(cls, evaluations: Sequence[Evaluation], metric: str) -> Self:
        """Of one generator's evaluations, those without a value left out; a metric without draws has none."""
        scored = [e for e in evaluations if np.isfinite(e.scores[metric].value)]
        n_draws = min((len(e.draws.get(metric, ())) for e in scored), default=0)
        values, errors = (np.array([getattr(e.scores[metric], key) for e in scored]) for key in ("value", "error"))
        draws = np.array([list(e.draws[metric])[:n_draws] if n_draws else [] for e in scored], dtype=np.float64)
        return cls(values, errors, draws.reshape(len(scored), n_draws))

    @property
    def value(self) -> float:
        """Mean over the seeds; nan without any."""
        return float(self.values.mean()) if len(self.values) else np.nan

    def error(self, *, seed: int = 0) -> float:
        """68 % error of the mean: the width of `bootstrap_over_seeds`, with draws as wide as the errors."""
        if not len(self.values):
            return np.nan
        draws = self.centred(self.draws if self.draws.size else self._normal(seed))
        return float(bootstrap_over_seeds(self.values, draws, seed=seed).std())

    def centred(self, draws: Floats) -> Floats:
        """Draws, shape (n_seeds, n_draws), moved about the values and made as wide as their errors."""
        spread = draws - draws.mean(axis=1, keepdims=True)
        width = spread.std(axis=1, keepdims=True)
        unit = np.divide(spread, width, out=np.zeros_like(spread), where=width > 0)
        return np.asarray(self.values[:, None] + self.errors[:, None] * unit)

    def minus(self, other: "SeedScores") -> dict[str, float]:
        """The difference of the means, its 68 % error, and the p-value (two-sided) of no difference."""
        return _difference(self, other)

    def mirrored(self, at: float) -> "SeedScores":
        """The same on the other side of a number, where the mean value lies below it."""
        if self.value >= at:
            return self
        return replace(self, values=2 * at - self.values, draws=2 * at - self.draws)

    def _normal(self, seed: int) -> Floats:
        return np.random.default_rng([seed, 2]).standard_normal((len(self.values), 100))


def bootstrap_over_seeds(values: ArrayLike, draws: ArrayLike, *, seed: int = 0) -> Floats:
    """Two-level bootstrap of a mean over training seeds.

    Args:
        values: score of every training seed, shape (n_seeds,).
        draws: of every training seed over resampled showers, shape (n_seeds, n_draws).
        seed: of the bootstrap.

    Returns:
        means, shape (N_BOOTSTRAP,), about the mean of the values.
    """
    scores, resampled = np.asarray(values, dtype=np.float64), np.asarray(draws, dtype=np.float64)
    n_seeds, n_draws = resampled.shape
    rng = np.random.default_rng([seed, n_seeds])
    events, chosen = rng.integers(n_draws, size=N_BOOTSTRAP), rng.integers(n_seeds, size=(N_BOOTSTRAP, n_seeds))
    noise = (resampled - scores[:, None])[chosen, events[:, None]].mean(axis=1)
    if n_seeds == 1:
        return scores[0] + noise
    stretch = np.sqrt(n_seeds / (n_seeds - 1)) * t.ppf(norm.cdf(1), n_seeds - 1)
    return scores.mean() + noise + stretch * (scores[chosen].mean(axis=1) - scores.mean())


def ratio_of_excess(a: SeedScores, b: SeedScores, floor: float, *, seed: int = 0) -> tuple[float, float, float]:
    """How much farther above the truth floor one generator is than another with the same fits.

        (a - floor) / (b - floor)

    Args:
        a: a metric of the one, e.g. of sampled showers.
        b: of the other, e.g. of the reconstruction: the same training seeds, in the same order.
        floor: the mean truth floor of the metric.
        seed: of the bootstrap, over seeds and resampled showers, which are the same for both.

    Returns:
        the ratio, and the bounds of its central 68 % interval; nan where b is not above the floor, and an infinite
        upper bound where it may not be.

    Raises:
        InputError: other numbers of seeds, or no draws.
    """
    n_draws = min(a.draws.shape[1], b.draws.shape[1])
    if len(a.values) != len(b.values) or not n_draws:
        raise InputError(
            f"ratio_of_excess: expected the same seeds with draws, found {a.draws.shape} and {b.draws.shape} draws"
        )
    above, below = (bootstrap_over_seeds(x.values, x.centred(x.draws[:, :n_draws]), seed=seed) - floor for x in (a, b))
    if b.value <= floor:
        return np.nan, np.nan, np.nan
    ratios = np.divide(above, below, out=np.full_like(above, np.inf), where=below > 0)
    low, high = np.quantile(ratios, (norm.cdf(-1), norm.cdf(1)), method="nearest")
    return (a.value - floor) / (b.value - floor), float(low), float(high)


def paired_differences(scores: Mapping[str, SeedScores]) -> list[dict[str, float | str]]:
    """All pairs of generators.

    Returns:
        for every pair {"a", "b", "difference": a - b, "error" (68 %), "p" (two-sided), "p_holm"}.
    """
    rows: list[dict[str, float | str]] = [
        {"a": a, "b": b, **scores[a].minus(scores[b])} for a, b in combinations(scores, 2)
    ]
    for row, adjusted in zip(rows, holm([float(row["p"]) for row in rows]), strict=True):
        row["p_holm"] = adjusted
    return rows


def _difference(a: SeedScores, b: SeedScores) -> dict[str, float]:
    difference = a.value - b.value
    n_draws = min(a.draws.shape[1], b.draws.shape[1])
    if n_draws > 1:
        of_showers = (a.draws[:, :n_draws].mean(axis=0) - b.draws[:, :n_draws].mean(axis=0)).var(ddof=1)
    else:
        of_showers = sum((x.errors**2).sum() / len(x.errors) ** 2 for x in (a, b))
    seeds = [(x.values.var(ddof=1) / len(x.values), len(x.values) - 1) for x in (a, b) if len(x.values) > 1]
    variance = float(of_showers + sum(v for v, _ in seeds))
    if variance == 0:
        return {"difference": difference, "error": 0.0, "p": float(difference == 0)}
    fewest = min((freedom for _, freedom in seeds), default=0)
    spread = sum(v**2 / freedom for v, freedom in seeds) if fewest > 1 else sum(v for v, _ in seeds) ** 2
    freedom = variance**2 / spread if spread > 0 else np.inf
    width = float(np.sqrt(variance))
    p = 2 * t.sf(abs(difference) / width, freedom)
    return {"difference": difference, "error": width * float(t.ppf(norm.cdf(1), freedom)), "p": float(p)}


def holm(p: Sequence[float]) -> list[float]:
    """P-values adjusted for their number by Holm's method: the k-th smallest of n is multiplied by n - k + 1."""
    order = np.argsort(p)
    factors = np.arange(len(p), 0, -1)
    raised = np.minimum(np.maximum.accumulate(np.asarray(p, dtype=np.float64)[order] * factors), 1.0)
    adjusted = np.empty(len(p))
    adjusted[order] = raised
    return [float(value) for value in adjusted]


def ranks(
    scores: Mapping[str, SeedScores], pairs: Sequence[Mapping[str, float | str]], better: str | float = "lower"
) -> dict[str, int]:
    """Rank of every generator: 1 + the number of generators that are better by a separated pair.

    Args:
        scores: by generator.
        pairs: their paired differences.
        better: "lower", "higher", or the value nearest to which is best.
    """
    values = {name: score.value for name, score in scores.items()}
    if not isinstance(better, str):
        if min(values.values(), default=better) < better:
            scores = {name: score.mirrored(better) for name, score in scores.items()}
            values, pairs = {name: score.value for name, score in scores.items()}, paired_differences(scores)
        better = "lower"
    ahead = dict.fromkeys(values, 0)
    for pair in pairs:
        if float(pair["p_holm"]) < ALPHA:
            a, b = str(pair["a"]), str(pair["b"])
            ahead[a if (values[a] > values[b]) == (better == "lower") else b] += 1
    return {name: 1 + number for name, number in ahead.items()}
