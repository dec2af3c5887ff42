import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import kstest

from qgen.files import InputError
from qgen.transforms.marginals import Marginals


def p0(x: np.ndarray) -> np.ndarray:
    """Chance of a zero in each of two columns; x from -1 to 1."""
    return np.column_stack([0.6 * expit(-3 * x), np.zeros_like(x)])


def values(n: int = 20000, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-normal columns whose mean, spread and zeros change with the energy; energies; scaled energies."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, n)
    logs = np.column_stack([1 + 2 * x, -(x**2)]) + np.exp(-0.5 * x)[:, None] * rng.standard_normal((n, 2))
    v = np.where(rng.uniform(size=(n, 2)) < p0(x), 0, np.exp(logs))
    return v, 1e4 * 10**x, x


@pytest.fixture(scope="module")
def fitted() -> Marginals:
    v, energy, _ = values()
    return Marginals.fit(v, energy)


def test_scores_are_standard_normal_at_all_energies(fitted: Marginals) -> None:
    v, energy, x = values(4000, seed=1)
    z = fitted.forward(v, energy, np.random.default_rng(2))
    for part in (x < -0.5, np.abs(x) < 0.3, x > 0.5):
        for column in z[part].T:
            assert kstest(column, "norm").pvalue > 1e-3


def test_samples_have_the_zeros_and_the_moments(fitted: Marginals) -> None:
    rng = np.random.default_rng(3)
    for x in (-0.8, 0.0, 0.8):
        v = fitted.inverse(rng.standard_normal((20000, 2)), np.full(20000, 1e4 * 10**x))
        np.testing.assert_allclose((v == 0).mean(axis=0), p0(np.array([x]))[0], atol=0.03)
        logs = np.log(v[v[:, 0] > 0, 0])
        assert logs.mean() == pytest.approx(1 + 2 * x, abs=0.1)
        assert logs.std() == pytest.approx(np.exp(-0.5 * x), rel=0.05)


def test_round_trip_with_zeros_below_the_threshold(fitted: Marginals) -> None:
    v, energy, _ = values(500, seed=4)
    z = fitted.forward(v, energy, np.random.default_rng(5))
    np.testing.assert_array_equal(z > fitted.threshold(energy), v > 0)
    np.testing.assert_allclose(fitted.inverse(z, energy), v, rtol=1e-6)


def test_state_keeps_it_apart_from_others(fitted: Marginals) -> None:
    v, energy, _ = values(300, seed=6)
    state = {**fitted.state("a"), **Marginals.fit(v, energy).state("b")}
    z = np.random.default_rng(0).standard_normal((300, 2))
    np.testing.assert_array_equal(Marginals.restore(state, "a").inverse(z, energy), fitted.inverse(z, energy))


def test_one_row_is_too_few() -> None:
    with pytest.raises(InputError, match="at least 2 rows, found 1"):
        Marginals.fit(np.ones((1, 2)), np.ones(1))
