"""FPD and KPD against the published implementation, closed forms and a slow twin."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import linalg

from qgen.files import InputError
from qgen.metrics import fpd, frechet_distance, kpd

PUBLISHED = json.loads((Path(__file__).parents[1] / "data" / "fpd_kpd.json").read_text())


@pytest.fixture(scope="module")
def published_arrays():
    rng = np.random.default_rng(7)
    mixing = rng.normal(size=(12, 12)) / np.sqrt(12)
    x = rng.gamma(2.0, 1.0, size=(9000, 12)) @ mixing
    return x, rng.gamma(2.0, 1.1, size=(9000, 12)) @ mixing + 0.02


def test_fpd_agrees_with_the_published_implementation(published_arrays):
    x, y = published_arrays
    np.testing.assert_allclose(fpd(x, y), PUBLISHED["fpd(x,y)"], rtol=1e-6)
    np.testing.assert_allclose(fpd(x, y, min_samples=10000), PUBLISHED["fpd(x,y,min_samples=10000)"], rtol=1e-6)
    np.testing.assert_allclose(fpd(x, x), PUBLISHED["fpd(x,x)"], rtol=1e-6)


def test_kpd_agrees_with_the_published_implementation(published_arrays):
    x, y = published_arrays
    np.testing.assert_allclose(kpd(x, y), PUBLISHED["kpd(x,y)"], rtol=1e-6)
    small = kpd(x, y, n_batches=4, batch_size=2000)
    np.testing.assert_allclose(small, PUBLISHED["kpd(x,y,num_batches=4,batch_size=2000)"], rtol=1e-6)


def with_moments(n, mu, sigma):
    """A sample whose mean and unbiased covariance are exactly mu and sigma."""
    z = np.random.default_rng(0).normal(size=(n, len(mu)))
    z -= z.mean(axis=0)
    z = linalg.solve_triangular(linalg.cholesky(np.cov(z.T), lower=True), z.T, lower=True).T
    return z @ linalg.cholesky(np.asarray(sigma)) + mu


def test_frechet_distance_between_gaussians():
    x = with_moments(50, [0.0, 1.0], np.diag([1.0, 4.0]))
    y = with_moments(70, [3.0, -1.0], np.diag([9.0, 1.0]))
    assert frechet_distance(x, y) == pytest.approx(9 + 4 + (1 - 3) ** 2 + (2 - 1) ** 2, rel=1e-12)
    sigma1, sigma2 = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[1.0, -0.5], [-0.5, 2.0]])
    expected = np.trace(sigma1 + sigma2 - 2 * linalg.sqrtm(sigma1 @ sigma2).real)
    found = frechet_distance(with_moments(50, [0, 0], sigma1), with_moments(60, [0, 0], sigma2))
    assert found == pytest.approx(expected, rel=1e-10)


def test_frechet_distance_in_degenerate_cases():
    x = np.random.default_rng(1).normal(size=(30, 3))
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-13)
    assert frechet_distance(x, x + np.array([1, 2, 0])) == pytest.approx(5, rel=1e-12)
    flat, shifted = x.copy(), x.copy()
    flat[:, 1], shifted[:, 1] = 2.0, 5.0
    assert frechet_distance(flat, shifted) == pytest.approx(9, abs=1e-7)
    assert frechet_distance([1.0, 3.0], [2.0, 2.0]) == pytest.approx(2)  # one dimension: 0 + 2 + 0


@pytest.mark.parametrize("n", [40, 12], ids=["batches apart", "batches share their rows"])
def test_kpd_against_a_slow_twin(n, monkeypatch):
    monkeypatch.setattr(sys.modules["qgen.metrics.kpd"], "_SLICE", 7)
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(n, 3)), rng.normal(1, 2, size=(n - 5, 3))
    scale = np.abs(x).max(axis=0)
    values = []
    for batch in range(3):
        draws = np.random.default_rng(5 + 1000 * batch)
        a, b = (sample[draws.choice(len(sample), size=20)] / scale for sample in (x, y))
        k = lambda p, q: (np.dot(p, q) / 3 + 1) ** 4  # noqa: E731
        same = sum(k(s[i], s[j]) for s in (a, b) for i in range(20) for j in range(20) if i != j)
        values.append(same / (20 * 19) - 2 * sum(k(p, q) for p in a for q in b) / 400)
    median, error = kpd(x, y, n_batches=3, batch_size=20, seed=5)
    assert median == pytest.approx(np.median(values), rel=1e-12)
    low, high = np.percentile(values, [16.275, 83.725])
    assert error == pytest.approx((high - low) / 2, rel=1e-12)


def test_fpd_finds_a_shift_of_the_mean():
    x = np.random.default_rng(3).normal(size=(3000, 2))
    scale = np.abs(x).max(axis=0)
    value, error = fpd(x, x + np.array([0.5, 0.0]), n_batches=3)
    assert value == pytest.approx((0.5 / scale[0]) ** 2, abs=5 * error + 1e-3)


def test_constants_are_compared_as_they_are():
    zeros = np.zeros((20, 2))
    assert fpd(zeros, zeros, n_batches=2)[0] == pytest.approx(0, abs=1e-4)  # where the bounded fit stops
    assert fpd(zeros, zeros + 0.5, n_batches=2)[0] == pytest.approx(0.5, abs=1e-4)
    assert kpd(zeros, zeros) == (pytest.approx(0, abs=1e-12), pytest.approx(0, abs=1e-12))
    assert kpd(zeros, zeros + 1)[0] == pytest.approx(1 + 2**4 - 2)
    assert kpd(zeros[:1], zeros[:1] + 1)[0] == pytest.approx(1 + 2**4 - 2)  # one row is enough


def test_same_seed_same_value():
    x, y = np.random.default_rng(4).normal(size=(2, 100, 3))
    assert kpd(x, y, seed=1) == kpd(x, y, seed=1)
    assert kpd(x, y, seed=1) != kpd(x, y, seed=2)
    assert fpd(x, y, n_batches=2, seed=1) == fpd(x, y, n_batches=2, seed=1)
    assert fpd(x, y, n_batches=2, seed=1) != fpd(x, y, n_batches=2, seed=2)


def test_bad_sizes():
    x = np.zeros((5, 2))
    for options in ({"min_samples": 1}, {"min_samples": 60000}, {"n_batches": 0}, {"n_points": 2}):
        with pytest.raises(InputError, match="fpd: expected"):
            fpd(x, x, **options)
    for options in ({"n_batches": 0}, {"batch_size": 1}):
        with pytest.raises(InputError, match="kpd: expected"):
            kpd(x, x, **options)
