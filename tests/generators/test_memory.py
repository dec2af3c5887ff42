"""The nearest of ordered values against brute force; indices in turn."""

import numpy as np
import pytest

from qgen.generators.memory import in_turn, nearest


@pytest.mark.parametrize("k", [1, 3, 8])
def test_nearest_against_brute_force(k: int) -> None:
    rng = np.random.default_rng(1)
    ordered, wanted = np.sort(rng.uniform(size=30)), rng.uniform(-0.2, 1.2, 200)
    first = nearest(ordered, wanted, k)
    for start, value in zip(first, wanted, strict=True):
        found = set(range(start, start + k))
        assert found == set(np.argsort(np.abs(ordered - value))[:k].tolist())


def test_none_comes_again_before_all_have_come() -> None:
    drawn = in_turn(7, 17, np.random.default_rng(0))
    for turn in (drawn[:7], drawn[7:14]):
        assert sorted(turn) == list(range(7))
    assert len(set(drawn[14:])) == 3
