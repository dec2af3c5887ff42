"""At which temperature did an annealer draw the prior, by its very reads?"""

import logging
from dataclasses import replace
from typing import Any

import numpy as np
from torch import Tensor

from qgen.boltzmann.machine import BoltzmannMachine
from qgen.boltzmann.temperature import Temperature, device_temperature
from qgen.ising import Ising, Sampler, Samples, Spins

logger = logging.getLogger(__name__)

CONDITIONS_PER_CALL = 4
"""Reads that are to tell the temperature share so many conditions, each of which is one programming."""
MOST_ERROR = 0.2
"""A temperature with a larger relative error is not used: an untrained machine has none to speak of."""


def few_conditions(machine: BoltzmannMachine, held: Spins, n: int, rng: np.random.Generator) -> Spins | None:
    """Pinned spins (n, n_nodes) with a few of the conditions `held` (k, n_condition); None for a free machine."""
    if not machine.n_condition:
        return None
    rows = np.zeros((CONDITIONS_PER_CALL, machine.n_nodes), dtype=np.int8)
    rows[:, : machine.n_condition] = held[rng.integers(len(held), size=CONDITIONS_PER_CALL)]
    return np.repeat(rows, -(-n // CONDITIONS_PER_CALL), axis=0)[:n]


def corrected(device: Any, model: Ising, samples: Samples, clamp: Spins | None) -> tuple[Sampler, Temperature | None]:
    """The device with the effective temperature that its reads show, and that temperature.

    Args:
        device: what gave the reads.
        model: what it was asked for.
        samples: the reads.
        clamp: what was pinned.

    Returns:
        the device as it is, and None, where it has no `beta_effective`; the device as it is, and the temperature,
        where that is too uncertain to be used.
    """
    if not hasattr(device, "beta_effective"):
        return device, None
    temperature = device_temperature(device, model, samples, clamp=clamp)
    if not temperature.error < MOST_ERROR * temperature.beta:
        return device, temperature
    return replace(device, beta_effective=temperature.beta), temperature


def calibrated(
    sampler: Sampler, machine: BoltzmannMachine, held: Tensor, reads: int, rng: np.random.Generator
) -> tuple[Sampler, dict[str, Any]]:
    """A sampler whose effective temperature, if it has one, is measured by so many reads, and what was measured.

    Args:
        sampler: of the machine.
        machine: the prior.
        held: bits of its held nodes, shape (k, n_condition).
        reads: for the measurement; 0 trusts the sampler's `beta_effective`.
        rng: of conditions and reads.
    """
    if not reads or not hasattr(sampler, "beta_effective"):
        return sampler, {}
    model = machine.ising()
    clamp = few_conditions(machine, (2 * held - 1).numpy().astype(np.int8), reads, rng)
    samples = sampler.sample(model, n=reads, clamp=clamp, rng=rng)
    measured, temperature = corrected(sampler, model, samples, clamp)
    assert temperature is not None
    if measured is sampler:
        logger.warning("beta_effective = %.3g +- %.3g is too uncertain to be used", temperature.beta, temperature.error)
    cost = samples.info.get("cost")
    return measured, {
        "temperature": {"beta": temperature.beta, "error": temperature.error, "reads": temperature.reads, "cost": cost}
    }
