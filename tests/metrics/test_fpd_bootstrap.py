"""The cheap estimator of FPD: its value, its derivatives, and the coverage of its error by simulation."""

from functools import reduce

import numpy as np
import pytest

from qgen.files import InputError
from qgen.metrics import fpd, fpd_bootstrap, frechet_distance
from qgen.metrics.fpd_bootstrap import of_moments
from qgen.metrics.frechet_distance import between_gaussians, derivatives
from qgen.metrics.moments import BlockMoments


def skewed(rng, n, d, shift=0.0, width=1.0):
    """Correlated features in -1..1, whose largest value hardly moves from sample to sample."""
    z = np.clip(rng.gamma(3.0, 1.0, (n, d)) / 8, 0, 1)
    z[:, 1:] = (z[:, 1:] + z[:, :-1]) / 2
    return np.clip(0.5 + (z - 0.35) * width + shift, 0, 1)


def test_value_is_the_distance_of_the_normalised_samples():
    rng = np.random.default_rng(0)
    x, y = rng.gamma(2, 1, (500, 6)), rng.gamma(2.2, 1, (300, 6))
    scale = x.max(axis=0)
    assert fpd_bootstrap(x, y)[0] == pytest.approx(frechet_distance(x / scale, y / scale), rel=1e-10)


def test_fpd_tends_to_it():
    """Without its non-negative bounds and at large draws, the intercept is the distance of the given rows."""
    rng = np.random.default_rng(1)
    x, y = rng.gamma(2, 1, (1000, 5)), rng.gamma(2.2, 1, (1000, 5))
    value, error = fpd(x, y)
    assert fpd_bootstrap(x, y)[0] == pytest.approx(value, abs=4 * error)


def test_derivatives_are_the_slopes_of_the_distance():
    rng = np.random.default_rng(2)
    sigma1, sigma2 = (np.cov(rng.normal(size=(20, 4)) @ rng.normal(size=(4, 4)), rowvar=False) for _ in range(2))
    mu, step = np.zeros(4), 1e-6
    change = rng.normal(size=(4, 4))
    change += change.T
    first, second = derivatives(sigma1, sigma2)
    up, down = (between_gaussians(mu, sigma1 + s * change, mu, sigma2) for s in (step, -step))
    assert (first * change).sum() == pytest.approx((up - down) / (2 * step), rel=1e-6)
    up, down = (between_gaussians(mu, sigma1, mu, sigma2 + s * change) for s in (step, -step))
    assert (second * change).sum() == pytest.approx((up - down) / (2 * step), rel=1e-6)


def test_error_of_a_large_shift():
    """Far apart, d^2 = Delta^2 with variance 4 Delta^2 (s1^2 / n + s2^2 / m)."""
    rng = np.random.default_rng(3)
    n, m, delta, s1, s2 = 4000, 1000, 0.5, 0.02, 0.03
    x, y = 1 + s1 * np.clip(rng.normal(size=n), -2, 2), 1 + delta + s2 * rng.normal(size=m)
    s1 = x.std()
    _, error = fpd_bootstrap(x, y, n_blocks=500)
    expected = 2 * delta * np.hypot(s1 / np.sqrt(n), s2 / np.sqrt(m)) / x.max() ** 2
    assert error == pytest.approx(expected, rel=0.1)


def test_degenerate_samples_have_finite_errors():
    rng = np.random.default_rng(4)
    x = rng.uniform(size=(200, 3))
    value, error = fpd_bootstrap(x, x)
    assert value == pytest.approx(0, abs=1e-12)
    assert 0 < error < 0.01
    flat = x.copy()
    flat[:, 1] = 0.5
    assert fpd_bootstrap(x, flat)[0] == pytest.approx(np.var(x[:, 1], ddof=1) / x[:, 1].max() ** 2, rel=1.0)
    assert np.isfinite(fpd_bootstrap(x, flat)).all()
    assert fpd_bootstrap(np.zeros((30, 2)), np.zeros((30, 2)), n_blocks=10) == (0, 0)
    wide = rng.uniform(size=(100, 150))  # more features than showers
    assert np.isfinite(fpd_bootstrap(wide, wide[::-1] * 1.1)).all()


def test_bad_numbers():
    x = np.random.default_rng(5).uniform(size=(100, 2))
    for options in ({"n_blocks": 9}, {"n_splits": 19}):
        with pytest.raises(InputError, match="fpd_bootstrap: expected n_blocks >= 10 and n_splits >= 20"):
            fpd_bootstrap(x, x, **options)
    with pytest.raises(InputError, match="generated: expected at least 100 rows, found 99"):
        fpd_bootstrap(x, x[:99])


def coverage(n, m, d, shift, width, repetitions, rng):
    """Share of the 68 % intervals that contain the mean value at these sizes."""
    scores = np.array(
        [fpd_bootstrap(skewed(rng, n, d), skewed(rng, m, d, shift, width), seed=seed) for seed in range(repetitions)]
    )
    return np.mean(np.abs(scores[:, 0] - scores[:, 0].mean()) <= scores[:, 1])


@pytest.mark.parametrize(("shift", "width"), [(0.0, 1.0), (0.05, 1.1)], ids=["null", "away"])
def test_coverage(shift, width):
    assert 0.60 <= coverage(600, 600, 16, shift, width, 300, np.random.default_rng(6)) <= 0.76


@pytest.mark.slow
@pytest.mark.parametrize(("shift", "width"), [(0.0, 1.0), (0.005, 1.01), (0.02, 1.03), (0.1, 1.1)])
@pytest.mark.parametrize(("n", "m", "d"), [(1650, 1650, 23), (400, 3000, 12), (800, 800, 60)])
def test_coverage_everywhere(n, m, d, shift, width):
    assert 0.60 <= coverage(n, m, d, shift, width, 600, np.random.default_rng(7)) <= 0.76


def test_streamed_moments_give_the_same():
    rng = np.random.default_rng(8)
    x, y = skewed(rng, 600, 4), skewed(rng, 500, 4, 0.02)
    scores = []
    for chunk in (600, 37):
        samples = []
        for rows in (x / x.max(axis=0), y / x.max(axis=0)):
            starts, blocks = range(0, len(rows), chunk), np.arange(len(rows)) % 20
            parts = (slice(start, start + chunk) for start in starts)
            moments = [BlockMoments.of(rows[part], blocks[part], 20, centre=np.full(4, 0.5)) for part in parts]
            samples.append(reduce(BlockMoments.plus, moments))
        scores.append(of_moments(*samples, n_splits=30, rng=np.random.default_rng(0)))
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-9)
