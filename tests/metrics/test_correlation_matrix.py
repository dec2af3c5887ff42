import numpy as np
import pytest

from qgen.files import InputError
from qgen.metrics import correlation_distance, correlation_matrix


def test_against_numpy():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4)) + 1e3
    np.testing.assert_allclose(correlation_matrix(x), np.corrcoef(x.T), rtol=0, atol=1e-12)
    assert correlation_matrix(x[:, 0]) == 1  # one column


def test_constant_columns_are_marked():
    t = np.arange(4.0)
    found = correlation_matrix(np.stack([t, np.full(4, 0.1), -t, 0 * t], axis=1))
    nan = np.nan
    np.testing.assert_allclose(found, [[1, nan, -1, nan], [nan] * 4, [-1, nan, 1, nan], [nan] * 4], atol=1e-12)
    assert np.isnan(correlation_matrix(np.ones((3, 2)))).all()


def test_the_distance_is_that_of_the_matrices():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(30, 5)), rng.exponential(size=(40, 5))
    x[:, 1] = 3.0  # left out of both
    y[:, 4] = 0.0  # uncorrelated with the rest
    difference = correlation_matrix(x) - np.where(np.isnan(correlation_matrix(y)), np.eye(5), correlation_matrix(y))
    assert correlation_distance(x, y) == pytest.approx(np.sqrt(np.nansum(difference**2)), rel=1e-12)


def test_bad_input():
    with pytest.raises(InputError, match="x: expected at least 2 rows, found 1"):
        correlation_matrix([[1.0, 2.0]])
