import numpy as np

from qgen.codes._noise import LEAST, Noise


def test_fit_recovers_what_was_drawn() -> None:
    """ln s is that of the residuals' size, whose logarithm has a mean below that of its square; what that takes from s
    is in S, so that their product is the covariance at any energy."""
    rng = np.random.default_rng(0)
    covariance = np.array([[2.0, 0.6, 0], [0.6, 1, -0.3], [0, -0.3, 1]])
    drawn = Noise(np.array([0.3, 0.5, -0.2]), covariance)
    x = rng.uniform(-1, 1, 60000)
    found = Noise.fit(drawn.sample(x, rng), x)
    np.testing.assert_allclose(found.log_sd[1:], drawn.log_sd[1:], atol=0.03)
    for at in (-0.8, 0.0, 0.8):
        powers = np.array([1, at, at**2])
        ours, theirs = (np.exp(2 * powers @ one.log_sd) * one.covariance for one in (found, drawn))
        np.testing.assert_allclose(ours, theirs, atol=0.06 * np.exp(2 * powers @ drawn.log_sd))


def test_no_residuals_are_no_noise() -> None:
    """The least size keeps the logarithm finite."""
    found = Noise.fit(np.zeros((50, 2)), np.linspace(-1, 1, 50))
    np.testing.assert_allclose(found.log_sd, [np.log(LEAST) / 2, 0, 0], atol=1e-9)
    np.testing.assert_array_equal(found.covariance, np.zeros((2, 2)))
