"""The timing protocol: a warm-up and repeats of every batch, fewer where there is no patience for more."""

import time

import numpy as np
import torch
from threadpoolctl import threadpool_info

from qgen.comparison.timing import FEWEST, REPEATS, case, interleaved, one_thread, sampling_time


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


def test_calls_take_turns():
    """Each waits by its own time; a CPU that waits does not work."""
    order: list[float] = []

    def waits(seconds: float) -> None:
        order.append(seconds)
        time.sleep(seconds)

    wall, cpu = interleaved([lambda: waits(0.02), lambda: waits(0.001)], 3)
    assert order == [0.02, 0.001] * 3
    assert wall.shape == cpu.shape == (3, 2)
    assert np.all(wall >= order[:2])
    assert cpu[:, 0].max() < 0.02


def test_one_thread_and_back():
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}
    assert torch.get_num_threads() == before


def test_a_case_has_its_ratio():
    told = case("sum", "numpy", 0.5, 2.0, 1e-9, largest_z=1.5)
    assert told == {
        "case": "sum",
        "peer": "numpy",
        "ours_s": 0.5,
        "peer_s": 2.0,
        "ratio": 4.0,
        "max_abs_difference": 1e-9,
        "largest_z": 1.5,
    }
