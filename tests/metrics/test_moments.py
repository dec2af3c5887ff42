"""Block moments against numpy on the rows themselves."""

from functools import reduce

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


def test_parts_add_up_to_the_whole(rows):
    x, blocks = rows
    whole = BlockMoments.of(x, blocks, 6, centre=x[0])
    parts = [BlockMoments.of(x[k : k + 31], blocks[k : k + 31], 6, centre=x[0]) for k in range(0, 200, 31)]
    summed = reduce(BlockMoments.plus, parts)
    for name in ("counts", "sums", "products", "centre"):
        np.testing.assert_allclose(getattr(summed, name), getattr(whole, name), rtol=1e-12, atol=1e-10)


def test_blocks_side_by_side_are_those_of_both(rows):
    x, blocks = rows
    first, second = (BlockMoments.of(x[k::2], blocks[k::2], 6, centre=x[0]) for k in (0, 1))
    both = first.beside(second)
    only_second = np.repeat([0.0, 1.0], 6)
    for found, expected in zip(both.gaussian(only_second), second.gaussian(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    np.testing.assert_allclose(both.gaussian()[1], np.cov(x, rowvar=False), rtol=1e-9)


def test_a_poor_centre_costs_no_more_than_its_square(rows):
    x, blocks = rows
    _, sigma = BlockMoments.of(x, blocks, 6, centre=np.zeros(4)).gaussian()
    np.testing.assert_allclose(sigma, np.cov(x, rowvar=False), rtol=1e-9)


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
        "weights: expected 6 finite values >= 0": lambda: moments.gaussian([1, 1]),
        "weights: expected at least 2 rows in the weighted blocks, found 0": lambda: moments.gaussian(np.zeros(6)),
    }.items():
        with pytest.raises(InputError, match=message):
            call()
