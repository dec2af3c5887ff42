import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from qgen.files import InputError
from qgen.networks.hit_rates import RIDGE, HitRates

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, 4000)
TRUTH = np.stack([-1 + 2 * X, -3 + 0 * X, 1 - X**2], axis=1)
HIT = RNG.uniform(size=TRUTH.shape) < expit(TRUTH)


def test_recovers_the_log_odds() -> None:
    grid = np.linspace(-0.9, 0.9, 10)
    expected = np.stack([-1 + 2 * grid, -3 + 0 * grid, 1 - grid**2], axis=1)
    np.testing.assert_allclose(HitRates.fit(HIT, X).logits(grid), expected, atol=0.25)


def test_is_the_penalised_maximum_of_the_likelihood() -> None:
    """Against scikit-learn, the drawn-to constant as a fixed offset: two columns of one group are rows twice."""
    groups = np.array([0, 0, 1])
    rates = HitRates.fit(HIT, X, groups=groups)
    centre = np.log((HIT[:, 2].sum() + 0.5) / (len(X) - HIT[:, 2].sum() + 0.5))
    powers = np.vander(X, 4, increasing=True)
    gradient = powers.T @ (HIT[:, 2] - expit(powers @ rates.coefficients[1]))
    np.testing.assert_allclose(gradient, RIDGE * (rates.coefficients[1] - [centre, 0, 0, 0]), atol=1e-4)
    doubled, hits = np.concatenate([powers, powers]), np.concatenate([HIT[:, 0], HIT[:, 1]])
    free = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=500).fit(doubled, hits)
    np.testing.assert_allclose(rates.coefficients[0], free.coef_[0], atol=0.01)


def test_mean_rate_is_that_of_the_rows() -> None:
    p = expit(HitRates.fit(HIT, X).logits(X))
    np.testing.assert_allclose(p.mean(0), HIT.mean(0), atol=1e-4)


def test_columns_never_or_always_hit_stay_finite() -> None:
    hit = np.zeros((1000, 2), dtype=bool)
    hit[:, 1] = True
    logits = HitRates.fit(hit, X[:1000]).logits(np.array([-1.0, 0.0, 1.0]))
    assert np.isfinite(logits).all()
    assert logits[:, 0].max() < -6
    assert logits[:, 1].min() > 6


def test_a_threshold_in_the_condition_converges() -> None:
    """Separable: hit exactly where x > 0."""
    logits = HitRates.fit(X[:, None] > 0, X).logits(np.array([-1.0, -0.5, 0.5, 1.0]))[:, 0]
    assert logits[0] < logits[1] < -4
    assert 4 < logits[2] < logits[3]
    assert np.isfinite(logits).all()


def test_state_round_trip() -> None:
    rates = HitRates.fit(HIT, X, groups=np.array([1, 0, 1]))
    again = HitRates.restore(rates.state() | {"other": np.zeros(1)})
    np.testing.assert_array_equal(again.logits(X), rates.logits(X))


def test_bad_shapes() -> None:
    with pytest.raises(InputError, match=r"found \(4000, 3\) and \(3999,\)"):
        HitRates.fit(HIT, X[1:])
    with pytest.raises(InputError, match="one for each of 3 columns, numbered from 0 without a gap"):
        HitRates.fit(HIT, X, groups=np.array([0, 2, 2]))
