import numpy as np
import pytest

from qgen.evaluation.jackknife import covariance, covariance_of_means, ratio_interval
from qgen.generators.bits.states import histogram, left_out


def test_variance_of_a_mean_is_the_textbook_one() -> None:
    """Of two groups of showers, whose means are added."""
    rng = np.random.default_rng(1)
    groups = rng.normal(size=50), rng.normal(size=30)
    parts = [(g.sum() - g) / (len(g) - 1) for g in groups]
    assert covariance(parts) == pytest.approx(sum(g.var(ddof=1) / len(g) for g in groups))


def test_errors_of_few_showers_on_many_states() -> None:
    """160 showers, 512 states, as in an interval of energy: the error of a ratio of total variations is that of new
    samples of showers or somewhat larger; a bootstrap's is far too small."""
    rng = np.random.default_rng(0)
    weight = np.exp(1.2 * rng.standard_normal(512))
    truth = weight / weight.sum()
    training = rng.multinomial(400, truth) / 400
    model = 0.5 * truth + 0.5 * rng.dirichlet(3 * np.exp(1.2 * rng.standard_normal(512)))

    def ratios(counts: np.ndarray) -> np.ndarray:
        h = counts / counts.sum(axis=1, keepdims=True)
        return np.abs(model - h).sum(axis=1) / np.abs(training - h).sum(axis=1)

    wanted = ratios(rng.multinomial(160, truth, size=3000)).std()
    found, bootstrap = [], []
    for _ in range(30):
        states = rng.choice(512, 160, p=truth)
        (ours, _), (theirs, _) = left_out(model, states), left_out(training, states)
        found.append(covariance([ours / theirs]).item() ** 0.5)
        bootstrap.append(ratios(rng.multinomial(160, histogram(states, 512), size=300)).std())
    assert wanted < np.mean(found) < 1.35 * wanted
    assert np.mean(bootstrap) < 0.75 * wanted


def test_covariance_over_seeds() -> None:
    """Two seeds: Student's 68 % quantile with one degree of freedom is tan(0.3413 pi) = 1.837."""
    found = covariance_of_means([[0.0, 1.0], [2.0, 5.0]])
    np.testing.assert_allclose(found, np.array([[1, 2], [2, 4]]) * 1.8373**2, rtol=1e-4)
    np.testing.assert_array_equal(covariance_of_means([[3.0, 1.0]]), np.zeros((2, 2)))


def test_fiellers_interval() -> None:
    """Its ends r solve |b - r a| = z sd(b - r a); without error it is the ratio; none where a may be 0."""
    cov = np.array([[0.04, 0.01], [0.01, 0.09]])
    for z in (1.0, 2.0):
        for r in ratio_interval(3.0, 2.0, cov, z) or ():
            variance = np.array([1, -r]) @ cov @ np.array([1, -r])
            assert abs(3 - 2 * r) == pytest.approx(z * variance**0.5)
    low, high = ratio_interval(3.0, 2.0, cov) or (0.0, 0.0)
    assert low < 1.5 < high
    assert ratio_interval(3.0, 2.0, np.zeros((2, 2))) == pytest.approx((1.5, 1.5))
    assert ratio_interval(3.0, 0.3, cov, 1.0) is None
    assert ratio_interval(3.0, -2.0, cov) is None
