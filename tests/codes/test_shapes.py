import numpy as np
import pytest

from qgen.codes._shapes import LEAST_SQUARE, Noise, Shapes

SLOPE = np.array([[0.8, -0.3, 0.0], [0.2, 0.5, 0.6]])
NOISE = np.array([[1, 0.6, 0], [0.6, 1, -0.3], [0, -0.3, 1]]) * 0.3


def known(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-normal fractions of three pixels that follow two features linearly, one of them also in its square."""
    rng = np.random.default_rng(seed)
    t, energy = rng.standard_normal((n, 2)), rng.uniform(1e3, 1e5, n)
    logs = t @ SLOPE + rng.multivariate_normal(np.zeros(3), NOISE, n)
    logs[:, 2] += 0.4 * (t[:, 0] ** 2 - 1)
    return np.exp(logs - 4), t, energy


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    f, t, energy = known(20000, 0)
    return Shapes.fit(f, t, energy, np.random.default_rng(0))


def test_samples_follow_the_features(shapes: Shapes) -> None:
    """Regression of new samples on the features, and what is left of them, are those of new data."""
    truth, t, energy = known(20000, 1)
    made = shapes.sample(t, energy, np.random.default_rng(2))
    terms = np.column_stack([np.ones(len(t)), t, t[:, 0] ** 2])
    fits = [np.linalg.lstsq(terms, np.log(f), rcond=None)[0] for f in (made, truth)]
    np.testing.assert_allclose(fits[0], fits[1], atol=0.05)
    left = [np.cov((np.log(f) - terms @ fit).T) for f, fit in zip((made, truth), fits, strict=True)]
    np.testing.assert_allclose(left[0], left[1], atol=0.06)


def test_pixels_without_energy(shapes: Shapes) -> None:
    """A pixel is empty as often in samples as in data, and more so where a feature makes it."""
    f, t, energy = known(5000, 3)
    f[:, 1] *= t[:, 0] + np.random.default_rng(4).standard_normal(5000) > 0.5
    made = Shapes.fit(f, t, energy, np.random.default_rng(0)).sample(t, energy, np.random.default_rng(1))
    empty = made[:, 1] == 0
    assert empty.mean() == pytest.approx((f[:, 1] == 0).mean(), abs=0.03)
    assert empty[t[:, 0] < -1].mean() > empty[t[:, 0] > 1].mean() + 0.3


def test_noise_is_had_back_from_what_was_drawn() -> None:
    """ln s is that of the residuals' size, whose logarithm has a mean below that of its square; what that takes from s
    is in S, so that their product is the covariance at any energy."""
    rng = np.random.default_rng(0)
    covariance = np.array([[2.0, 0.6, 0], [0.6, 1, -0.3], [0, -0.3, 1]])
    drawn = Noise(np.array([0.3, 0.5, -0.2]), covariance)
    x = rng.uniform(-1, 1, 60000)
    fitted = Noise.fit(drawn.sample(x, rng), x)
    np.testing.assert_allclose(fitted.log_sd[1:], drawn.log_sd[1:], atol=0.03)
    for at in (-0.8, 0.0, 0.8):
        powers = np.array([1, at, at**2])
        ours, theirs = (np.exp(2 * powers @ one.log_sd) * one.covariance for one in (fitted, drawn))
        np.testing.assert_allclose(ours, theirs, atol=0.06 * np.exp(2 * powers @ drawn.log_sd))


def test_no_residuals_are_no_noise() -> None:
    """The least size keeps the logarithm finite."""
    found = Noise.fit(np.zeros((50, 2)), np.linspace(-1, 1, 50))
    np.testing.assert_allclose(found.log_sd, [np.log(LEAST_SQUARE) / 2, 0, 0], atol=1e-9)
    np.testing.assert_array_equal(found.covariance, np.zeros((2, 2)))


@pytest.mark.parametrize("n_energies", [1, 2])
def test_noise_of_few_energies_is_fitted_without_a_warning(n_energies: int) -> None:
    """As a constant, or a line."""
    residual = np.random.default_rng(0).standard_normal((200, 3))
    noise = Noise.fit(residual, np.arange(200.0) % n_energies)
    assert noise.log_sd.shape == (3,)
    assert not noise.log_sd[n_energies:].any()
