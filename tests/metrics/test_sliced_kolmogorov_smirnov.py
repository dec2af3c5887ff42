import numpy as np
import pytest
from scipy.stats import ks_2samp, wasserstein_distance

from qgen.files import InputError
from qgen.metrics import sliced_kolmogorov_smirnov, sliced_wasserstein


@pytest.fixture
def rng():
    return np.random.default_rng(23)


def expected(x, y, n_slices, seed):
    """One projection after the other; rows are projected one by one, so that equal rows stay equal."""
    theta = np.random.default_rng(seed).normal(size=(x.shape[1], n_slices))
    theta /= np.linalg.norm(theta, axis=0)
    scale = np.where(np.ptp(x, axis=0) > 0, x.std(axis=0), 1)
    a, b = ([[sum(row * t) for row in (z - x.mean(axis=0)) / scale] for t in theta.T] for z in (x, y))
    return np.mean([ks_2samp(p, q, method="asymp").statistic for p, q in zip(a, b, strict=True)])


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("m", [130, 90, 1])
def test_against_scipy(rng, discrete, m):
    x, y = rng.normal(size=(90, 3)) * [1, 2, 3], rng.normal(0.3, 1, size=(m, 3))
    if discrete:
        x, y = np.round(x), np.round(y)
        x[:, 2] = 4.0  # constant in the reference
    found = sliced_kolmogorov_smirnov(x, y, rng=np.random.default_rng(5), n_slices=7)
    assert found == pytest.approx(expected(x, y, 7, 5), rel=1e-12)


def test_one_dimension_is_the_two_sample_statistic(rng):
    for x, y in (
        (rng.normal(size=100), rng.normal(0.5, 2, size=60)),
        (rng.integers(0, 5, size=100), rng.integers(1, 7, size=60)),
    ):
        found = sliced_kolmogorov_smirnov(x, y, rng=rng, n_slices=4)
        assert found == pytest.approx(ks_2samp(x, y, method="asymp").statistic, rel=1e-12)


def test_closed_cases(rng):
    x = rng.normal(size=(57, 30))
    assert sliced_kolmogorov_smirnov(x, x[::-1], rng=rng) == 0
    assert sliced_kolmogorov_smirnov(x, np.concatenate([x, x, x]), rng=rng) == 0
    assert sliced_kolmogorov_smirnov(x, x + 1e6, rng=rng) == 1
    # half of the mass on one state in both, the rest apart on every direction's two sides
    atoms = np.array([[0.0, 0.0], [0.0, 0.0], [3.0, 4.0], [-3.0, -4.0]])
    shares = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [3.0, 4.0]])
    assert sliced_kolmogorov_smirnov(atoms, shares, rng=rng) == 0.25


def test_the_directions_are_those_of_the_sliced_wasserstein_distance(rng):
    """A shift along one feature: on every slice, W1 is the projection of the shift."""
    x, shift = rng.normal(size=(40, 2)), np.array([3.0, 0.0])
    theta = np.random.default_rng(1).normal(size=(2, 1))
    theta /= np.linalg.norm(theta, axis=0)
    a, b = ((z - x.mean(axis=0)) / x.std(axis=0) @ theta[:, 0] for z in (x, x + shift))
    options = {"n_slices": 1}
    assert sliced_wasserstein(x, x + shift, rng=np.random.default_rng(1), **options) == pytest.approx(
        wasserstein_distance(a, b)
    )
    assert sliced_kolmogorov_smirnov(x, x + shift, rng=np.random.default_rng(1), **options) == pytest.approx(
        ks_2samp(a, b).statistic
    )


def test_bad_input(rng):
    x = rng.normal(size=(10, 2))
    with pytest.raises(InputError, match="sliced_kolmogorov_smirnov: expected n_slices >= 1, found 0"):
        sliced_kolmogorov_smirnov(x, x, rng=rng, n_slices=0)
