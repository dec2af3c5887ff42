"""Seeds, pairs and ranks: coverage by simulation, a published example of Holm's method, differences that cancel."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control, norm, ttest_ind, ttest_rel

from qgen.evaluation.pairs import (
    ALPHA,
    SeedScores,
    bootstrap_over_seeds,
    holm,
    paired_differences,
    ranks,
    ratio_of_excess,
)
from qgen.files import InputError


def test_holm_by_hand():
    """Of 4 tests the smallest p counts 4 times, the next 3 times, ..., and no p falls below one before it."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([]) == []


def test_holm_is_between_bonferroni_and_benjamini_hochberg():
    p = np.random.default_rng(0).random(30) ** 3
    adjusted = np.array(holm(list(p)))
    assert np.all(adjusted <= np.minimum(30 * p, 1) + 1e-12)
    assert np.all(adjusted >= false_discovery_control(p) - 1e-12)


def test_one_seed_has_the_error_of_its_draws():
    draws = np.random.default_rng(0).normal(2.0, 0.3, size=(1, 100))
    means = bootstrap_over_seeds([2.0], draws)
    assert means.std() == pytest.approx(draws.std(), rel=0.05)
    assert means.mean() == pytest.approx(draws.mean(), abs=0.02)


@pytest.mark.parametrize("n_seeds", [2, 3, 5])
@pytest.mark.parametrize(("event_sd", "seed_sd"), [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
def test_errors_over_seeds_cover_the_truth(n_seeds, event_sd, seed_sd):
    """A reference that all seeds share moves them together; each seed adds its own. 68 % of the intervals hold 0."""
    rng = np.random.default_rng([n_seeds, int(2 * event_sd + seed_sd)])
    hits = []
    for trial in range(400):
        values = rng.normal(0, seed_sd, n_seeds) + rng.normal(0, event_sd)
        draws = values[:, None] + rng.normal(0, event_sd, 100)
        means = bootstrap_over_seeds(values, draws, seed=trial)
        hits.append(abs(values.mean()) < means.std())
    assert 0.60 <= np.mean(hits) <= 0.76


def scores(values, draws) -> SeedScores:
    """One or more training seeds, with draws about their values."""
    values, draws = np.atleast_1d(values).astype(float), np.atleast_2d(draws)
    return SeedScores(values, (draws - values[:, None]).std(axis=1), draws)


def test_a_common_reference_cancels_in_differences():
    """Two generators 0.2 apart, whose scores both follow the reference, which fluctuates by 1: the pair tells them."""
    rng = np.random.default_rng(1)
    common = rng.normal(0, 1, 100)
    found = {
        "a": scores(0.2, 0.2 + common + rng.normal(0, 0.02, 100)),
        "b": scores(0, common + rng.normal(0, 0.02, 100)),
    }
    pair = paired_differences(found)[0]
    assert pair["difference"] == pytest.approx(0.2)
    assert pair["error"] == pytest.approx(0.02 * np.sqrt(2), rel=0.3)
    assert pair["p_holm"] < 1e-6
    assert ranks(found, [pair]) == {"a": 2, "b": 1}


@pytest.mark.parametrize("n_seeds", [2, 3, 5])
@pytest.mark.parametrize(("seed_sd", "own_sd"), [(1.0, 0.05), (1.0, 0.3), (0.1, 0.3)])
def test_false_claims_are_as_rare_as_they_should(n_seeds, seed_sd, own_sd):
    """Ten equal generators that share a reference: any pair is called separated in about 5 % of comparisons.

    Two seeds are too few to know a spread, which by chance is far too small.
    """
    rng = np.random.default_rng([n_seeds, int(100 * own_sd)])
    p_values, families = [], []
    for _ in range(120):
        common, shift, found = rng.normal(0, 1, 100), rng.normal(0, 1), {}
        for name in "abcdefghij":
            values = shift + rng.normal(0, np.hypot(seed_sd, own_sd), n_seeds)
            found[name] = scores(values, values[:, None] + common + rng.normal(0, own_sd, (n_seeds, 100)))
        pairs = paired_differences(found)
        p_values += [pair["p"] for pair in pairs]
        families.append(min(pair["p_holm"] for pair in pairs) < ALPHA)
    assert np.mean(np.array(p_values) < 0.05) < 0.07
    assert np.mean(families) < (0.12 if n_seeds > 2 else 0.3)


def test_ranks_are_tied_where_nothing_separates():
    known = {"a": scores(0.1, [0.1]), "b": scores(0.11, [0.11]), "c": scores(0.5, [0.5])}
    pairs = [
        {"a": "a", "b": "b", "p_holm": 0.8},
        {"a": "a", "b": "c", "p_holm": 0.001},
        {"a": "b", "b": "c", "p_holm": 0.001},
    ]
    assert ranks(known, pairs) == {"a": 1, "b": 1, "c": 3}
    assert ranks(known, pairs, "higher") == {"a": 2, "b": 2, "c": 1}


def test_ranks_by_the_distance_from_the_best_value():
    """0.48 is as good as 0.52 where 0.5 is best, though both are told apart; 0.7 and 0.3 are worse than either."""
    draws = np.random.default_rng(6).normal(0, 1e-4, 100)
    known = {str(value): scores(value, value + draws * k) for k, value in enumerate((0.48, 0.52, 0.7, 0.3), start=1)}
    pairs = paired_differences(known)
    assert all(pair["p_holm"] < ALPHA for pair in pairs)
    assert ranks(known, pairs, 0.5) == {"0.48": 1, "0.52": 1, "0.7": 3, "0.3": 3}
    above = {name: known[name] for name in ("0.52", "0.7")}
    assert (
        ranks(above, paired_differences(above), 0.5) == ranks(above, paired_differences(above)) == {"0.52": 1, "0.7": 2}
    )


def test_without_draws_errors_count_as_independent():
    """The two-sided p of two Gaussians: 1 apart with errors 0.3 and 0.4 is two standard deviations."""
    nothing = np.zeros((1, 0))
    known = {name: SeedScores(np.array([v]), np.array([e]), nothing) for name, v, e in (("a", 0, 0.3), ("b", 1, 0.4))}
    pair = paired_differences(known)[0]
    assert pair["p"] == pytest.approx(2 * norm.sf(2), rel=1e-9)
    assert pair["error"] == pytest.approx(0.5, rel=1e-9)


def test_differences_agree_with_a_paired_t_test():
    """Means over showers: the bootstrap of the difference has the width of the paired t test."""
    rng = np.random.default_rng(4)
    common = rng.normal(size=400)
    x, y = common + 0.1 * rng.normal(size=400), common + 0.02 + 0.1 * rng.normal(size=400)
    weights = rng.multinomial(400, np.full(400, 1 / 400), size=2000) / 400
    pair = paired_differences({"x": scores(x.mean(), weights @ x), "y": scores(y.mean(), weights @ y)})[0]
    expected = ttest_rel(x, y)
    assert pair["difference"] / pair["error"] == pytest.approx(expected.statistic, rel=0.06)
    assert pair["p"] == pytest.approx(expected.pvalue, rel=0.5)


def test_differences_over_seeds_are_welch_s():
    """Without fluctuations of the showers, Welch's t test of the seeds."""
    rng = np.random.default_rng(5)
    x, y = rng.normal(0, 1, 4), rng.normal(1, 3, 6)
    pair = paired_differences(
        {"x": scores(x, np.repeat(x[:, None], 50, 1)), "y": scores(y, np.repeat(y[:, None], 50, 1))}
    )[0]
    expected = ttest_ind(x, y, equal_var=False)
    assert pair["p"] == pytest.approx(expected.pvalue, rel=1e-9)


def test_draws_as_wide_as_the_errors():
    """The error of one seed is its own, however wide its draws are; a metric without draws has one as well."""
    wide = SeedScores(np.array([2.0]), np.array([0.3]), np.random.default_rng(0).normal(2, 0.9, (1, 100)))
    none = SeedScores(np.array([2.0]), np.array([0.3]), np.zeros((1, 0)))
    assert wide.error() == pytest.approx(0.3, rel=0.06)
    assert none.error() == pytest.approx(0.3, rel=0.15)
    assert np.isnan(SeedScores(np.zeros(0), np.zeros(0), np.zeros((0, 0))).error())


def test_ratio_of_excess_by_hand():
    """One seed, and draws that move both alike or only one: the ratio of what is above the floor."""
    noise = np.tile([-1.0, 1.0], 500)
    b = SeedScores(np.array([3.0]), np.array([0.0]), np.zeros((1, 1000)) + 3.0)
    a = SeedScores(np.array([5.0]), np.array([1.0]), 5.0 + noise[None])
    assert ratio_of_excess(a, b, 1.0) == pytest.approx((2.0, 1.5, 2.5))
    together = SeedScores(np.array([3.0]), np.array([0.5]), 3.0 + noise[None])
    assert ratio_of_excess(a, together, 1.0) == pytest.approx((2.0, 2.0, 2.0))
    assert np.isnan(ratio_of_excess(a, b, 3.0)).all()
    with pytest.raises(InputError, match="the same seeds with draws"):
        ratio_of_excess(a, SeedScores(np.ones(2), np.ones(2), np.zeros((2, 10))), 0.5)


def test_ratio_of_excess_covers_the_truth():
    rng, hits, n, seeds = np.random.default_rng(0), 0, 300, 5
    for _ in range(n):
        common, own = rng.normal(size=1) * 0.2, rng.normal(size=(2, seeds)) * 0.2
        draws = 0.2 * rng.normal(size=(1, 100))
        a, b = (
            SeedScores(x + common + o, np.full(seeds, 0.2), (x + common + o)[:, None] + draws)
            for x, o in zip((3.0, 2.5), own, strict=True)
        )
        _, low, high = ratio_of_excess(a, b, 1.0)
        hits += low <= 2.0 / 1.5 <= high
    assert hits / n == pytest.approx(0.68, abs=0.1)
