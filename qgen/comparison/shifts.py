"""How far are mean response and resolution of generated showers off, by bin of incident energy?

The resolution is taken twice: as standard deviation over mean, and as half the central 68 % over the median, which a
few showers that leak energy do not move.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from qgen import metrics
from qgen.metrics.arrays import Floats
from qgen.observables import response
from qgen.showers import Showers

N_BINS = 4
N_BOOTSTRAP = 500
SHIFTS: Mapping[str, str] = {
    "response": "response",
    "resolution": "resolution, s.d.",
    "core": "resolution, central 68 %",
}
"""What is compared, and what tables call it."""


def energy_shifts(test: Showers, samples: Sequence[Showers]) -> list[dict[str, Any]]:
    """By bin of energy [MeV], with as many test showers each: relative shifts of `SHIFTS` with standard errors.

    Args:
        test: GEANT4 showers.
        samples: generated showers of every training seed, taken together.
    """
    edges = metrics.quantile_edges(test.incident_energy, N_BINS)
    energy = np.concatenate([showers.incident_energy for showers in samples])
    of_all, of_test = np.concatenate([response(showers) for showers in samples]), response(test)
    bins = []
    for low, high in pairwise(edges):
        reference = of_test[(test.incident_energy >= low) & (test.incident_energy <= high)]
        generated = of_all[(energy >= low) & (energy <= high)]
        shifts = (f(reference, generated) for f in (metrics.response_shift, metrics.resolution_shift, core_shift))
        bins.append({"from_mev": low, "to_mev": high, **dict(zip(SHIFTS, shifts, strict=True))})
    return bins


def core_shift(reference: Floats, generated: Floats) -> tuple[float, float]:
    """Relative shift of half the central 68 % over the median, and its standard error by the bootstrap."""

    def core(sample: Floats) -> float:
        low, middle, high = np.quantile(sample, (0.16, 0.5, 0.84))
        return float((high - low) / 2 / middle)

    rng = np.random.default_rng(0)
    drawn = [
        core(rng.choice(generated, len(generated))) / core(rng.choice(reference, len(reference)))
        for _ in range(N_BOOTSTRAP)
    ]
    return core(generated) / core(reference) - 1, float(np.std(drawn))


def worst(bins: Sequence[Mapping[str, Any]]) -> list[str]:
    """Cells of a table: each of `SHIFTS` [%] in the bin where it is largest."""
    largest = [max((one[key] for one in bins), key=lambda shift: abs(shift[0])) for key in SHIFTS]
    return [f"{100 * value:+.1f} ± {100 * error:.1f}" for value, error in largest]
