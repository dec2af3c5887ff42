"""From evaluations to statements: scores over training seeds, paired differences, ranks.

Every evaluation against one reference carries draws of its scores, the k-th of all from the same resampling of the
reference's showers. A generator with S training seeds is bootstrapped in two levels: S seeds are drawn with repetition,
and the k-th draws of those are averaged. A bootstrap of S seeds is too narrow, by (S - 1) / S in variance and because S
is small; the seeds' deviations are stretched by sqrt(S / (S - 1)) t, with t the 84 % quantile of Student's
distribution with S - 1 degrees of freedom, so that 68 % is 68 % for few seeds, too.

The difference of two generators is taken draw by draw, where the fluctuations of the common reference cancel; p is
two-sided for a Gaussian of that width, and Holm's method (1979) holds the probability of any false claim among all
pairs of a metric below ALPHA. A generator's rank is 1 + the number of those that are better by a separated pair: ranks
are tied where the test cannot tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm, t

from qgen.evaluation.result import Evaluation

ALPHA = 0.05
N_BOOTSTRAP = 2000

Floats = NDArray[np.float64]


def bootstrap_over_seeds(values: ArrayLike, draws: ArrayLike, *, seed: int = 0) -> Floats:
    """Two-level bootstrap of a mean over training seeds.

    Args:
        values: score of every training seed, shape (n_seeds,).
        draws: of every training seed over resampled showers, shape (n_seeds, n_draws).
        seed: equal for generators that are to be compared; which resampling of showers is drawn depends on it alone.

    Returns:
        means, shape (N_BOOTSTRAP,), about the mean of the values.
    """
    scores, resampled = np.asarray(values, dtype=np.float64), np.asarray(draws, dtype=np.float64)
    n_seeds, n_draws = resampled.shape
    events = np.random.default_rng([seed, 0]).integers(n_draws, size=N_BOOTSTRAP)
    chosen = np.random.default_rng([seed, n_seeds, 1]).integers(n_seeds, size=(N_BOOTSTRAP, n_seeds))
    noise = (resampled - scores[:, None])[chosen, events[:, None]].mean(axis=1)
    if n_seeds == 1:
        return scores[0] + noise
    stretch = np.sqrt(n_seeds / (n_seeds - 1)) * t.ppf(norm.cdf(1), n_seeds - 1)
    return scores.mean() + noise + stretch * (scores[chosen].mean(axis=1) - scores.mean())


def over_seeds(evaluations: Sequence[Evaluation], metric: str, *, seed: int = 0) -> Floats:
    """`bootstrap_over_seeds` of a metric of one generator's evaluations, those without a value left out.

    A metric without draws is given Gaussian ones of its error, drawn for every seed by itself.
    """
    found = [e for e in evaluations if np.isfinite(e.scores[metric].value)]
    if not found:
        return np.array([])
    values = [e.scores[metric].value for e in found]
    rng = np.random.default_rng([seed, 2])
    n_draws = min((len(e.draws[metric]) for e in found if metric in e.draws), default=100)
    draws: list[ArrayLike] = [
        e.draws[metric][:n_draws]
        if metric in e.draws
        else e.scores[metric].value + e.scores[metric].error * rng.standard_normal(n_draws)
        for e in found
    ]
    return bootstrap_over_seeds(values, np.array(draws), seed=seed)


def paired_differences(means: Mapping[str, Floats], values: Mapping[str, float]) -> list[dict[str, float | str]]:
    """All pairs of generators: difference, its error, p and p after Holm.

    Args:
        means: by generator, its bootstrap means (`over_seeds` of one seed).
        values: by generator, its score.

    Returns:
        for every pair {"a", "b", "difference": a - b, "error", "p", "p_holm"}.
    """
    rows: list[dict[str, float | str]] = []
    for a, b in combinations(values, 2):
        difference, error = values[a] - values[b], float(np.std(means[a] - means[b]))
        p = 2 * norm.sf(abs(difference) / error) if error > 0 else float(difference == 0)
        rows.append({"a": a, "b": b, "difference": difference, "error": error, "p": float(p)})
    for row, adjusted in zip(rows, holm([float(row["p"]) for row in rows]), strict=True):
        row["p_holm"] = adjusted
    return rows


def holm(p: Sequence[float]) -> list[float]:
    """P-values adjusted for their number by Holm's method: the k-th smallest of n is multiplied by n - k + 1."""
    order = np.argsort(p)
    factors = np.arange(len(p), 0, -1)
    raised = np.minimum(np.maximum.accumulate(np.asarray(p, dtype=np.float64)[order] * factors), 1.0)
    adjusted = np.empty(len(p))
    adjusted[order] = raised
    return [float(value) for value in adjusted]


def ranks(values: Mapping[str, float], pairs: Sequence[Mapping[str, float | str]]) -> dict[str, int]:
    """Rank of every generator: 1 + the number of generators that are lower by a separated pair."""
    better = dict.fromkeys(values, 0)
    for pair in pairs:
        if float(pair["p_holm"]) < ALPHA:
            a, b = str(pair["a"]), str(pair["b"])
            better[a if values[a] > values[b] else b] += 1
    return {name: 1 + number for name, number in better.items()}
