"""Objective of the discrete variational autoencoder: the evidence lower bound (ELBO).

    L = < ln p(x, u | z, c) >_q + beta_KL ( H[q] - < E(z) >_q - ln Z )  <=  ln p(x, u | c)   at beta_KL = 1

The entropy H[q] of the posterior is a SUM over bits. ln Z is not known while training, but its gradient is,
- < dE >_p, a mean over persistent chains that a sampler continues at every step (the negative phase). beta_KL
rises from 0 to 1, and the temperature tau of the relaxed bits cools from `tau_start` to `tau_end`, geometrically.

The score on validation data is the bound itself in nats per shower: hard bits, beta_KL = 1 and ln Z by annealed
importance sampling, the same quantity at every epoch, while the training loss changes its meaning as it anneals.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from qgen.files import InputError
from qgen.qvae.model import DiscreteVAE
from qgen.samplers import Sampler
from qgen.training import Batch, Loss


class NegativeELBO(nn.Module):
    """What `qgen.training.train` minimises.

    Batches hold "hit" and "activation", each (n, n_voxels), and "condition" (n, n_condition).

    Args:
        model: what is trained.
        sampler: continues the persistent chains.
        learning_rate: of encoder and decoder at the start; cooled to a hundredth over the training (cosine).
        prior_learning_rate: of the Boltzmann machine, cooled likewise.
        weight_decay: decoupled (AdamW), on encoder and decoder.
        tau_start, tau_end: temperature of the relaxed bits at the first and at the last epoch, > 0.
        warm_up: part of the training over which beta_KL rises from 0 to 1.

    Raises:
        InputError: a temperature <= 0.
    """

    def __init__(
        self,
        model: DiscreteVAE,
        sampler: Sampler,
        *,
        learning_rate: float,
        prior_learning_rate: float,
        weight_decay: float,
        tau_start: float,
        tau_end: float,
        warm_up: float,
    ) -> None:
        super().__init__()
        if min(tau_start, tau_end) <= 0:
            raise InputError(f"tau_start, tau_end: expected temperatures > 0, found {tau_start} and {tau_end}")
        self.model, self.sampler = model, sampler
        self.tau_start, self.tau_end, self.warm_up = tau_start, tau_end, warm_up
        self.tau, self.kl_weight = tau_start, 0.0
        self.rates = (learning_rate, prior_learning_rate)
        groups: list[dict[str, Any]] = [
            {"params": [*model.encoder.parameters(), *model.decoder.parameters()], "weight_decay": weight_decay},
            {"params": [*model.prior.parameters()], "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=learning_rate)

    def losses(self) -> Mapping[str, Loss]:
        """One loss."""
        return {"loss": self.loss}

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """One optimiser for all."""
        return {"loss": self.optimiser}

    def begin_epoch(self, progress: float) -> None:
        """Set temperature, weight of the KL and learning rates from the progress 0..1."""
        self.tau = self.tau_start * (self.tau_end / self.tau_start) ** progress
        self.kl_weight = min(progress / self.warm_up, 1.0) if self.warm_up > 0 else 1.0
        cosine = 0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * cosine

    def loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """-L without ln Z, but with its gradient (the negative phase), as a mean over showers."""
        evidence, posterior = self.model.terms(**batch, tau=self.tau, rng=rng)
        prior = self.model.prior
        chains = prior.advance(self.sampler, numpy_generator(rng))
        phases = prior.energy(posterior.z).mean() - prior.energy(chains).mean()
        return -evidence.mean() + self.kl_weight * (phases - posterior.entropy().mean())

    @torch.no_grad()
    def score(self, data: Batch, rng: torch.Generator) -> float:
        """-L [nats per shower] with hard bits and ln Z."""
        evidence, posterior = self.model.terms(**data, tau=0.0, rng=rng)
        divergence = self.model.prior.energy(posterior.z) - posterior.entropy()
        return float((divergence - evidence).mean()) + self.model.prior.log_partition(rng=rng)


def numpy_generator(rng: torch.Generator) -> np.random.Generator:
    """A numpy generator seeded by the next number of a torch generator."""
    return np.random.default_rng(int(torch.randint(2**63 - 1, (1,), generator=rng)))
