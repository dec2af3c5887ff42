"""What gives the negative phase? Exact sums, persistent chains, or an annealer's reads.

The gradient of ln Z needs <dE>_p. For a Boltzmann machine persistent chains are continued by a classical sampler at
every step (PCD). From a chosen part of the training on, reads of another sampler may take their place, e.g. of a
quantum annealer (2312.03179, 2410.22870); its effective inverse temperature is estimated anew from every batch of
reads, and the next programming corrects for it. When the budget of reads is spent, the chains take over again.
"""

import logging
import math
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from qgen.boltzmann.likelihood import annealed_importance
from qgen.boltzmann.machine import BoltzmannMachine, balance
from qgen.generators.qvae.calibration import corrected, few_conditions
from qgen.generators.qvae.prior import ExactPrior
from qgen.ising import Sampler, Spins

logger = logging.getLogger(__name__)


class ExactPhase(nn.Module):
    """The negative phase of a prior that knows its own; arguments and results as of `NegativePhase`."""

    def begin_epoch(self, progress: float) -> None:
        """Nothing changes with the progress."""

    def draw(self, prior: ExactPrior, held: Tensor, rng: np.random.Generator) -> tuple[Tensor, None]:
        """A scalar with the gradient of -ln Z(c), averaged over the conditions `held`; `rng` is not used."""
        return prior.negative(held), None

    def log_prior(self, prior: ExactPrior, z: Tensor, rng: np.random.Generator) -> tuple[Tensor, float]:
        """Mean of ln p(z | c), exact; `rng` is not used."""
        return prior.mean_log_p(z), math.inf


class NegativePhase(nn.Module):
    """Samples of the prior for its gradient; temperature and reads spent are part of its state.

    Args:
        chains: continues the persistent chains.
        device: gives the samples from `device_from` on; None never.
        device_from: progress 0..1 of the training.
        reads: of the device per step.
        budget: of the device's reads in all; None has no end.
        log_z_chains, log_z_steps: of the annealed importance sampling of ln Z.
    """

    beta_effective: Tensor
    spent: Tensor

    def __init__(
        self,
        chains: Sampler,
        *,
        device: Sampler | None = None,
        device_from: float = 1.0,
        reads: int = 500,
        budget: int | None = None,
        log_z_chains: int = 64,
        log_z_steps: int = 200,
    ) -> None:
        super().__init__()
        self.chains, self.device = chains, device
        self.device_from, self.reads, self.budget = device_from, reads, budget
        self.log_z_chains, self.log_z_steps = log_z_chains, log_z_steps
        self.on_device = False
        start = float(getattr(device, "beta_effective", 1.0))
        self.register_buffer("beta_effective", torch.tensor(start, dtype=torch.float64))
        self.register_buffer("spent", torch.tensor(0, dtype=torch.int64))

    def begin_epoch(self, progress: float) -> None:
        """Switch between chains and device."""
        wanted = self.device is not None and progress >= self.device_from
        if self.on_device and wanted and not self._affordable:
            logger.info("the budget of %s reads is spent: the persistent chains go on", self.budget)
        self.on_device = wanted and self._affordable

    @property
    def _affordable(self) -> bool:
        """Whether the budget has reads for one more step."""
        return self.budget is None or int(self.spent) + self.reads <= self.budget

    def draw(self, prior: BoltzmannMachine, held: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor | None]:
        """Mean of E over samples of the prior, a scalar with the gradient of -ln Z.

        Args:
            prior: to sample.
            held: conditions of the data of the positive phase, bits (m, n_condition).
            rng: source of randomness.

        Returns:
            with it, for a prior under conditions, the weights (m,) of the data that have the conditions of the samples.
        """
        if self.on_device and self._affordable:
            spins = self._read(prior, held, rng)
        else:
            spins = prior.advance(self.chains, rng).spins
        if not prior.n_condition:
            return prior.mean_energy(spins), None
        wanted = (2 * held - 1).to(torch.int8).numpy()
        weights, of_rows = balance(spins[:, : prior.n_condition], wanted)
        return prior.mean_energy(spins, weights), torch.from_numpy(of_rows)

    def log_prior(self, prior: BoltzmannMachine, z: Tensor, rng: np.random.Generator) -> tuple[Tensor, float]:
        """Mean of ln p(z | c) over bits (n, n_nodes), the held ones first, and the `ess` of `log_partition`."""
        log_z, ess = self.log_partition(prior, z[:, : prior.n_condition], rng)
        return -prior.energy(z).mean() - log_z, ess

    def log_partition(self, prior: BoltzmannMachine, held: Tensor, rng: np.random.Generator) -> tuple[float, float]:
        """Mean of ln Z(c) over conditions c (n, n_condition), by annealed importance sampling; one ln Z without any.

        Returns:
            with it, the effective number of chains, of `log_z_chains`, in the condition where it is smallest. On
            average ln Z is too low, the more so the fewer chains there are in effect.
        """
        n, steps = self.log_z_chains, self.log_z_steps
        if not prior.n_condition:
            single = annealed_importance(prior.ising(), n_chains=n, n_steps=steps, threads=1, rng=rng)
            return float(single.value[0]) + prior.offset, float(single.ess[0])
        conditions, counts = np.unique(held.numpy().astype(np.int8), axis=0, return_counts=True)
        clamp = np.zeros((len(conditions), prior.n_nodes), dtype=np.int8)
        clamp[:, : prior.n_condition] = 2 * conditions - 1
        rows = np.repeat(clamp, n, axis=0)
        estimate = annealed_importance(prior.ising(), n_chains=len(rows), n_steps=steps, clamp=rows, threads=1, rng=rng)
        place = [np.flatnonzero((estimate.clamp == row).all(axis=1))[0] for row in clamp]
        return float(np.average(estimate.value[place], weights=counts)) + prior.offset, float(estimate.ess.min())

    def _read(self, machine: BoltzmannMachine, held: Tensor, rng: np.random.Generator) -> Spins:
        """Reads of the device at its present temperature, which they correct for the next call."""
        device: Any = self.device
        if hasattr(device, "beta_effective"):
            device = replace(device, beta_effective=float(self.beta_effective))
        model = machine.ising()
        clamp = few_conditions(machine, (2 * held - 1).to(torch.int8).numpy(), self.reads, rng)
        samples = device.sample(model, n=self.reads, clamp=clamp, rng=rng)
        self.spent += self.reads
        device, temperature = corrected(device, model, samples, clamp)
        if temperature is not None:
            self.beta_effective.fill_(device.beta_effective)
        return samples.spins
