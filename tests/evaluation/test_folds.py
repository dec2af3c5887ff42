"""Scores over folds: the formula by hand, and what it promises by simulation."""

import numpy as np
import pytest
from scipy.stats import norm, t

from qgen.evaluation import Evaluation, Score
from qgen.evaluation.folds import FoldScores
from qgen.evaluation.pairs import paired_differences, ranks


def scores(values, error=0.1):
    return FoldScores(np.array(values), np.full(len(values), error), np.zeros((len(values), 0)))


def test_the_error_by_hand():
    """Variance of the values 1, of showers 0.36: the rest is of trainings, that overlap."""
    folds = scores(np.sqrt(1 / 2.5) * np.array([-2.0, -1.0, 0.0, 1.0, 2.0]), 0.6)
    student = t.ppf(norm.cdf(1), 4)
    assert folds.error() == pytest.approx(np.sqrt(0.36 / 5 + student**2 * (1 / 5 + 1 / 4) * 0.64))
    assert scores([0.5] * 4, 0.1).error() == pytest.approx(0.05), "no spread: that of the showers alone"
    assert np.isnan(scores([]).error())
    assert scores([0.5], 0.1).error() == 0.1


def test_the_test_of_a_difference_by_hand():
    """Of 9, 1 and 2 against 0 in three folds: mean 4, variance 19, times 1/3 + 1/2."""
    pair = paired_differences({"a": scores([9.0, 1.0, 2.0]), "b": scores([0.0, 0.0, 0.0])})[0]
    statistic = 4 / np.sqrt(19 * (1 / 3 + 1 / 2))
    assert pair["difference"] == pytest.approx(4)
    assert pair["p"] == pytest.approx(2 * t.sf(statistic, 2))
    assert paired_differences({"a": scores([1.0, 1.0]), "b": scores([1.0, 1.0])})[0]["p"] == 1


def test_a_fold_without_a_value_leaves_no_mean():
    there, missing = (Score(value, 0.1, 0.5, 0.01, 0.0) for value in (0.6, np.nan))
    folds = [Evaluation("clic", "native", 100, 100, "", {"auc": one}) for one in (there, missing, there)]
    assert np.isnan(FoldScores.of(folds, "auc").value)
    assert FoldScores.of([folds[0]] * 3, "auc").value == pytest.approx(0.6)


def test_ranks_are_those_of_separated_pairs():
    rng = np.random.default_rng(0)
    common = rng.normal(0, 0.05, 5)
    found = {name: scores(mean + common + rng.normal(0, 1e-3, 5)) for name, mean in (("x", 0.6), ("y", 0.9))}
    assert ranks(found, paired_differences(found)) == {"x": 1, "y": 2}
    mirrored = {"below": scores(0.2 - found["x"].values), "above": found["x"]}
    assert ranks(mirrored, paired_differences(mirrored), 0.5) == {"below": 2, "above": 1}


@pytest.mark.parametrize(
    ("showers", "start", "training", "covered"),
    [
        (1.0, 0.0, 0.0, (0.68, 0.80)),
        (1.0, 1.0, 0.0, (0.68, 0.80)),
        (0.1, 1.0, 0.0, (0.75, 0.90)),
        (1.0, 0.0, 0.35, (0.62, 0.78)),
    ],
)
def test_what_it_promises(showers, start, training, covered):
    """Fluctuations of the test showers, of random starts and of training showers, of which folds share three quarters;
    those of the training showers are what as many showers do to a score that is linear in them."""
    rng, k = np.random.default_rng(0), 5
    inside, claimed = [], []
    for _ in range(1500):
        values = []
        for _ in "ab":
            parts = rng.normal(size=k)
            learnt = training * (parts.sum() - parts) / np.sqrt(k - 1)
            values.append(showers * rng.normal(size=k) + start * rng.normal(size=k) + learnt)
        a, b = (scores(of, showers) for of in values)
        inside.append(abs(a.value) < a.error())
        claimed.append(a.minus(b)["p"] < 0.05)
    assert covered[0] <= np.mean(inside) <= covered[1]
    assert np.mean(claimed) <= 0.05
