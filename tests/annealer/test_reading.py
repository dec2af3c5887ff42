import numpy as np
import pytest

from qgen.annealer.reading import shares


@pytest.mark.parametrize(
    ("needed", "copies", "limit", "boost", "expected"),
    [
        ([5], 1, 100, 1.0, [((0,), 5)]),
        ([5], 1, 2, 1.0, [((0,), 2), ((0,), 2), ((0,), 1)]),
        ([1, 0, 3], 1, 100, 1.0, [((2,), 3), ((0,), 1)]),
        ([1, 4, 3], 2, 100, 1.0, [((1, 2), 4), ((0, 0), 1)]),
        ([10], 4, 100, 1.0, [((0, 0, 0, 0), 3)]),
        ([10, 2], 3, 100, 1.0, [((0, 1, 0), 5)]),
        ([10], 1, 100, 1.5, [((0,), 15)]),
        ([0, 0], 2, 100, 1.0, []),
    ],
)
def test_shares(needed: list[int], copies: int, limit: int, boost: float, expected: list[object]) -> None:
    assert list(shares(np.array(needed), copies, limit, boost)) == expected


def test_every_pattern_gets_enough() -> None:
    rng = np.random.default_rng(0)
    needed = rng.integers(0, 50, 30)
    got = np.zeros(30, dtype=int)
    for ks, reads in shares(needed, 4, 7):
        assert reads <= 7
        np.add.at(got, list(ks), reads)
    assert (got >= needed).all()
    assert (got[needed == 0] == 0).all()
