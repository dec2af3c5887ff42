"""How long something takes, by one protocol: a warm-up, then repeats, in turn where things are compared.

What is timed is the wall time of the machine that runs it, where circuits and anneals are simulated. The time of a
quantum device is another thing: where a generator knows it, `resources()` says so, and it is never mixed with this.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from qgen.metrics.arrays import Floats

logger = logging.getLogger(__name__)

BATCHES = (1, 100, 10_000)
REPEATS = 10
FEWEST = 3


def sampling_time(
    sample: Callable[[Floats], Any],
    incident_energy: Floats,
    *,
    batches: Sequence[int] = BATCHES,
    patience_s: float = 60.0,
) -> dict[str, dict[str, float]]:
    """Wall time per shower.

    Args:
        sample: what is timed, called with incident energies.
        incident_energy: [MeV], repeated as often as a batch needs.
        batches: numbers of showers per call, increasing.
        patience_s: a batch gets REPEATS calls, or as many as fit into this time, but no fewer than FEWEST; a batch
            that would need more time for those, by the time of the one before, is left out, except for the first two.

    Returns:
        by batch size: {"median", "low", "high"} in ms per shower (the 16 % and 84 % quantiles) and "repeats".
    """
    of_size: dict[str, dict[str, float]] = {}
    per_shower = 0.0
    for size in batches:
        if len(of_size) > 1 and per_shower * size * (FEWEST + 1) > patience_s:
            break
        energy = np.resize(incident_energy, size)
        warm = _seconds(sample, energy)
        repeats = int(np.clip(patience_s / max(warm, 1e-9), FEWEST, REPEATS))
        times = np.array([_seconds(sample, energy) for _ in range(repeats)])
        low, median, high = np.quantile(times * 1e3 / size, (0.16, 0.5, 0.84))
        of_size[str(size)] = {"median": float(median), "low": float(low), "high": float(high), "repeats": repeats}
        per_shower = float(np.median(times)) / size
    return of_size


def _seconds(sample: Callable[[Floats], Any], energy: Floats) -> float:
    began = time.perf_counter()
    sample(energy)
    return time.perf_counter() - began


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for torch and for the libraries of linear algebra: what is compared has the same means."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(threads)


def interleaved(calls: Sequence[Callable[[], Any]], repetitions: int) -> Floats:
    """Wall and CPU seconds of every call, in turn so that a busy machine slows all of them, (2, repetitions, calls).

    One thread that never waits needs as much wall time as CPU time where nobody else is at work.
    """
    seconds = np.zeros((2, repetitions, len(calls)))
    for k in range(repetitions):
        for i, call in enumerate(calls):
            wall, cpu = time.perf_counter(), time.process_time()
            call()
            seconds[:, k, i] = time.perf_counter() - wall, time.process_time() - cpu
        logger.info("%d/%d: %s", k + 1, repetitions, ", ".join(f"{one:.4g} s" for one in seconds[0, k]))
    return seconds


def case(
    name: str, peer: str, ours_s: float, peer_s: float, max_abs_difference: float, **more: float | None
) -> dict[str, Any]:
    """One comparison of a speed study with a peer, plain data; `ratio` above 1 where ours is faster."""
    times = {"ours_s": ours_s, "peer_s": peer_s, "ratio": peer_s / ours_s, "max_abs_difference": max_abs_difference}
    return {"case": name, "peer": peer, **times, **more}
