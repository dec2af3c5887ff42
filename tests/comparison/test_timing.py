"""The timing protocol: a warm-up and repeats of every batch, fewer where there is no patience for more."""

import time

import numpy as np

from qgen.comparison.timing import FEWEST, REPEATS, sampling_time


class Clocked:
    """A sampler that takes 1 ms, and 10 us per shower."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, energy: np.ndarray) -> None:
        self.sizes.append(len(energy))
        time.sleep(1e-3 + 1e-5 * len(energy))


def test_every_batch_is_warmed_up_and_repeated():
    sample = Clocked()
    found = sampling_time(sample, np.array([1e4, 2e4]), batches=(1, 50))
    assert sample.sizes == [1] * (REPEATS + 1) + [50] * (REPEATS + 1)
    assert found["1"]["median"] >= 1.01
    assert 1.5 / 50 <= found["50"]["low"] <= found["50"]["median"] <= found["50"]["high"]
    assert found["1"]["repeats"] == REPEATS


def test_no_patience_no_batch():
    sample = Clocked()
    found = sampling_time(sample, np.array([1e4]), batches=(1, 1000, 10_000), patience_s=0.01)
    assert list(found) == ["1", "1000"]
    assert found["1000"]["repeats"] == FEWEST
    assert max(sample.sizes) == 1000
