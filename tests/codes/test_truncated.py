import numpy as np
from scipy.stats import truncnorm

from qgen.codes._truncated import truncated_normal

C = np.array([[1, 0.7, -0.3], [0.7, 1, 0.1], [-0.3, 0.1, 1]])


def test_truncated_normal_against_rejection() -> None:
    """Means and covariance in a box, from Gibbs sampling and from normal vectors that happen to lie in it."""
    rng = np.random.default_rng(0)
    low, high = np.array([-0.5, 0.2, -np.inf]), np.array([1.0, np.inf, 0.5])
    all_of = rng.multivariate_normal(np.zeros(3), C, 400000)
    inside = all_of[((all_of > low) & (all_of < high)).all(axis=1)]
    t = truncated_normal(C, np.tile(low, (40000, 1)), np.tile(high, (40000, 1)), rng)
    assert ((t >= low) & (t <= high)).all()
    np.testing.assert_allclose(t.mean(axis=0), inside.mean(axis=0), atol=0.015)
    np.testing.assert_allclose(np.cov(t.T), np.cov(inside.T), atol=0.015)


def test_far_in_the_tails() -> None:
    """Where Phi is 1 to double precision, and ends that leave nothing open."""
    low, high = np.tile([9.0, -12.0, 0.3], (20000, 1)), np.tile([np.inf, -11.0, 0.3], (20000, 1))
    t = truncated_normal(np.eye(3), low, high, np.random.default_rng(0))
    expected = [truncnorm.mean(9, np.inf), truncnorm.mean(-12, -11), 0.3]
    np.testing.assert_allclose(t.mean(axis=0), expected, atol=0.004)
    assert ((t >= low) & (t <= high)).all()
