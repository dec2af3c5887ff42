"""Block moments against numpy on the rows themselves."""

import numpy as np
import pytest

from qgen.files import InputError
from qgen.metrics.moments import BlockMoments


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return rng.gamma(2.0, 1.0, (200, 4)) @ rng.normal(size=(4, 4)) + 50, rng.integers(6, size=200)


def test_all_blocks_give_mean_and_covariance(rows):
    x, blocks = rows
    mu, sigma = BlockMoments.of(x, blocks, 6).gaussian()
    np.testing.assert_allclose(mu, x.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(sigma, np.cov(x, rowvar=False), rtol=1e-12)


def test_weights_repeat_blocks(rows):
    x, blocks = rows
    weights = np.array([0, 1, 3, 0, 2, 1])
    repeated = np.repeat(x, weights[blocks], axis=0)
    mu, sigma = BlockMoments.of(x, blocks, 6).gaussian(weights)
    np.testing.assert_allclose(mu, repeated.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(sigma, np.cov(repeated, rowvar=False), rtol=1e-12)


def test_many_weights_at_once(rows):
    x, blocks = rows
    moments = BlockMoments.of(x, blocks, 6)
    weights = np.random.default_rng(1).integers(3, size=(5, 6))
    mu, sigma = moments.gaussian(weights)
    for k in range(5):
        one = moments.gaussian(weights[k])
        np.testing.assert_allclose(mu[k], one[0], rtol=1e-14)
        np.testing.assert_allclose(sigma[k], one[1], rtol=1e-12)


def test_streaming_equals_one_chunk(rows):
    x, blocks = rows
    whole = BlockMoments.of(x, blocks, 6, centre=x[0])
    streamed = BlockMoments.of(x[:7], blocks[:7], 6, centre=x[0])
    for start in range(7, 200, 31):
        streamed.update(x[start : start + 31], blocks[start : start + 31])
    streamed.update(np.empty((0, 4)), np.empty(0, dtype=int))
    for name in ("counts", "sums", "products", "centre"):
        np.testing.assert_allclose(getattr(streamed, name), getattr(whole, name), rtol=1e-12, atol=1e-10)


def test_a_poor_centre_costs_no_more_than_its_square(rows):
    x, blocks = rows
    _, sigma = BlockMoments.of(x, blocks, 6, centre=np.zeros(4)).gaussian()
    np.testing.assert_allclose(sigma, np.cov(x, rowvar=False), rtol=1e-9)


def test_scaled_moments(rows):
    x, blocks = rows
    scale = np.array([1.0, -2.0, 3.0, 0.5])
    mu, sigma = BlockMoments.of(x, blocks, 6).scaled(scale).gaussian()
    np.testing.assert_allclose(mu, (x / scale).mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(sigma, np.cov(x / scale, rowvar=False), rtol=1e-12)


def test_one_column_and_constants():
    mu, sigma = BlockMoments.of([1.0, 3.0, 5.0], [0, 1, 1], 2).gaussian()
    assert (mu, sigma) == (3.0, 4.0)
    _, sigma = BlockMoments.of(np.full((10, 2), 0.1), np.arange(10) % 2, 2).gaussian()
    np.testing.assert_allclose(sigma, 0, atol=1e-32)


def test_bad_input(rows):
    x, blocks = rows
    moments = BlockMoments.of(x, blocks, 6)
    for message, call in {
        "x: expected finite": lambda: BlockMoments.of(np.full((2, 2), np.nan), [0, 0], 1),
        "x: expected at least 1 row": lambda: BlockMoments.of(np.ones((0, 2)), [], 1),
        "n_blocks: expected at least 1, found 0": lambda: BlockMoments.of(x, blocks, 0),
        r"blocks: expected values in 0\.\.4, found 0\.\.5": lambda: BlockMoments.of(x, blocks, 5),
        "blocks: expected one integer per row": lambda: BlockMoments.of(x, blocks / 2, 6),
        "centre: expected 4 finite values": lambda: BlockMoments.of(x, blocks, 6, centre=[1.0]),
        "x: expected 4 columns as before, found 2": lambda: moments.update(x[:, :2], blocks),
        "weights: expected 6 finite values >= 0": lambda: moments.gaussian([1, 1]),
        "weights: expected at least 2 rows in the weighted blocks, found 0": lambda: moments.gaussian(np.zeros(6)),
        "scale: expected 4 finite values other than 0": lambda: moments.scaled(np.zeros(4)),
    }.items():
        with pytest.raises(InputError, match=message):
            call()
