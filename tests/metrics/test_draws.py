"""Moments of drawn samples against numpy.cov of the repeated rows."""

import numpy as np
import pytest

from qgen.metrics._draws import DrawnMoments, draw_counts


@pytest.mark.parametrize("table", [0, 2**22], ids=["sums of shared rows", "table of products"])
@pytest.mark.parametrize(
    ("n", "size", "few"), [(300, 100, 5), (300, 400, 5), (300, 400, 10**6), (40, 2000, 2), (2, 50000, 1)]
)
def test_moments_of_drawn_rows(table, n, size, few, monkeypatch):
    monkeypatch.setattr("qgen.metrics._draws._TABLE", table)
    monkeypatch.setattr("qgen.metrics._draws._FEW", few)
    monkeypatch.setattr("qgen.metrics._draws._CHUNK", 32)
    rng = np.random.default_rng(0)
    x = 100 + rng.gamma(2, 1, (n, 5)) @ rng.normal(size=(5, 5))
    counts = np.stack([draw_counts(n, size, rng) for _ in range(7)])
    mu, sigma = DrawnMoments(x).gaussians(counts)
    for k, times in enumerate(counts):
        rows = np.repeat(x, times, axis=0)
        np.testing.assert_allclose(mu[k], rows.mean(axis=0), rtol=1e-11)
        np.testing.assert_allclose(sigma[k], np.cov(rows, rowvar=False), rtol=1e-9, atol=1e-12)


def test_counts_are_the_published_draws():
    drawn = np.random.default_rng(3).choice(10, size=50)
    np.testing.assert_array_equal(draw_counts(10, 50, np.random.default_rng(3)), np.bincount(drawn, minlength=10))
