"""How long sampling takes, by one protocol: a warm-up, then repeats, for batches of different sizes.

What is timed is the wall time of the machine that runs it, where circuits and anneals are simulated. The time of a
quantum device is another thing: where a generator knows it, `resources()` says so, and it is never mixed with this.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

BATCHES = (1, 100, 10_000)
REPEATS = 10
FEWEST = 3


def sampling_time(
    sample: Callable[[NDArray[np.float64]], Any],
    incident_energy: NDArray[np.float64],
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


def _seconds(sample: Callable[[NDArray[np.float64]], Any], energy: NDArray[np.float64]) -> float:
    began = time.perf_counter()
    sample(energy)
    return time.perf_counter() - began
