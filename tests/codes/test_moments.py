import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import xlogy

from qgen.codes._moments import with_moments

X = np.arange(6) / 5
PHI = np.column_stack([X, X**2])


def shapes(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(6, 0.8), n)


def test_moments_are_those_wanted() -> None:
    f, wanted = shapes(500), shapes(500, 1) @ PHI
    g = with_moments(f, PHI, wanted)
    np.testing.assert_allclose(g @ PHI, wanted, atol=1e-8)
    np.testing.assert_allclose(g.sum(axis=1), 1)
    assert (g >= 0).all()


def test_moments_that_are_right_change_nothing() -> None:
    f = shapes(20)
    np.testing.assert_array_equal(with_moments(f, PHI, f @ PHI), f / f.sum(axis=1, keepdims=True))


def test_two_pixels_in_closed_form() -> None:
    """One moment fixes them, whatever they were."""
    g = with_moments(np.array([[9.0, 1.0]]), np.array([[0.0], [1.0]]), np.array([[0.75]]))
    np.testing.assert_allclose(g, [[0.25, 0.75]], atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_least_relative_entropy(seed: int) -> None:
    """As scipy finds it by constrained minimisation."""
    f, wanted = shapes(1, seed)[0] + 0.02, shapes(1, seed + 9)[0] @ PHI
    f /= f.sum()
    constraints = [{"type": "eq", "fun": lambda g: np.append(g @ PHI - wanted, g.sum() - 1)}]
    found = minimize(
        lambda g: xlogy(g, g / f).sum(), np.full(6, 1 / 6), bounds=[(1e-9, 1)] * 6, constraints=constraints, tol=1e-12
    )
    np.testing.assert_allclose(with_moments(f[None], PHI, wanted[None])[0], found.x, atol=2e-4)


def test_moments_that_no_shape_has() -> None:
    """A width beyond the ends: finite, as near as it gets, and pixels without energy stay empty."""
    f = np.array([[0.5, 0.0, 0.3, 0.2, 0.0, 0.0]])
    g = with_moments(f, PHI, np.array([[0.3, 0.9]]))
    assert g.sum() == pytest.approx(1)
    np.testing.assert_array_equal(g[0, [1, 4, 5]], 0)
