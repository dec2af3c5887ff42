"""Verdicts of excesses that are known."""

import numpy as np
import pytest


def test_what_held_out_says_of_known_excesses(find):
    """Three times the excess, well measured, is more than 1.5 times; the same is at most 1.5 times; and where showers
    are too few nothing can be told."""
    study = find("held_out").__globals__
    for values, error, expected in (
        ((0.3, 0.1), 0.01, "more than 1.5 times"),
        ((0.1, 0.1), 0.01, "at most 1.5 times"),
        ((0.3, 0.1), 0.2, "cannot be told"),
    ):
        cov = error**2 * np.eye(2)
        assert study["_verdict"](np.array(values), cov).startswith(expected)
    assert study["_ratio"](np.array([0.3, 0.1]), 0.2**2 * np.eye(2)) == pytest.approx([3])
    assert study["_error"](np.array([[4.0, 1.0], [1.0, 2.0]]), 1.5) == pytest.approx((4 - 3 + 4.5) ** 0.5)
    value, low, high = study["_ratio"](np.array([0.3, 0.1]), 0.01**2 * np.eye(2))
    assert value == pytest.approx(3)
    assert low < 3 < high
