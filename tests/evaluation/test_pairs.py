"""Seeds, pairs and ranks: coverage by simulation, a published example of Holm's method, differences that cancel."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control, ttest_rel

from qgen.evaluation.pairs import ALPHA, bootstrap_over_seeds, holm, paired_differences, ranks


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


def test_a_common_reference_cancels_in_differences():
    """Two generators 0.2 apart, whose scores both follow the reference, which fluctuates by 1: the pair tells them."""
    rng = np.random.default_rng(1)
    common = rng.normal(0, 1, 100)
    draws = {"a": 0.2 + common + rng.normal(0, 0.02, 100), "b": common + rng.normal(0, 0.02, 100)}
    values = {"a": 0.2, "b": 0.0}
    means = {name: bootstrap_over_seeds([values[name]], draws[name][None]) for name in values}
    pair = paired_differences(means, values)[0]
    assert pair["difference"] == pytest.approx(0.2)
    assert pair["error"] == pytest.approx(0.02 * np.sqrt(2), rel=0.3)
    assert pair["p_holm"] < 1e-6
    assert ranks(values, [pair]) == {"a": 2, "b": 1}


def test_differences_are_claimed_as_often_as_they_should():
    """Equal generators of 3 seeds: p is uniform enough, and Holm's family-wise errors stay near ALPHA."""
    rng = np.random.default_rng(2)
    p_values, families = [], []
    for trial in range(300):
        common, values, means = rng.normal(0, 1, 100), {}, {}
        shift = rng.normal(0, 1)
        for name in "abcd":
            per_seed = shift + rng.normal(0, 0.5, 3)
            own = rng.normal(0, 0.3, (3, 100))
            values[name] = float(per_seed.mean() + rng.normal(0, 0.3 / np.sqrt(3)))
            seen = per_seed + values[name] - per_seed.mean()
            means[name] = bootstrap_over_seeds(seen, seen[:, None] + common + own, seed=trial)
        pairs = paired_differences(means, values)
        p_values += [pair["p"] for pair in pairs]
        families.append(min(pair["p_holm"] for pair in pairs) < ALPHA)
    assert 0.55 <= np.mean(np.array(p_values) > 0.32) <= 0.80
    assert np.mean(families) < 0.15


def test_ranks_are_tied_where_nothing_separates():
    values = {"a": 0.1, "b": 0.11, "c": 0.5}
    pairs = [
        {"a": "a", "b": "b", "p_holm": 0.8},
        {"a": "a", "b": "c", "p_holm": 0.001},
        {"a": "b", "b": "c", "p_holm": 0.001},
    ]
    assert ranks(values, pairs) == {"a": 1, "b": 1, "c": 3}


def test_differences_agree_with_a_paired_t_test():
    """Means over showers: the bootstrap of the difference has the width of the paired t test."""
    rng = np.random.default_rng(4)
    common = rng.normal(size=400)
    x, y = common + 0.1 * rng.normal(size=400), common + 0.02 + 0.1 * rng.normal(size=400)
    weights = rng.multinomial(400, np.full(400, 1 / 400), size=2000) / 400
    values = {"x": float(x.mean()), "y": float(y.mean())}
    means = {"x": weights @ x, "y": weights @ y}
    pair = paired_differences(means, values)[0]
    expected = ttest_rel(x, y)
    assert pair["difference"] / pair["error"] == pytest.approx(expected.statistic, rel=0.06)
    assert pair["p"] == pytest.approx(expected.pvalue, rel=0.5)
