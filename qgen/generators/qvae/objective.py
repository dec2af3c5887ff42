"""What does the training of the autoencoder maximise? The evidence lower bound (ELBO).

    L = < ln p(x, u | z, c) >_q + beta_KL ( H[q] - < E(z) >_q - ln Z(c) )  <=  ln p(x, u | c)   at beta_KL = 1

The entropy H[q] of the posterior is a SUM over latents. ln Z is not known while training, but its gradient is,
- < dE >_p, a mean over samples of the prior (`NegativePhase`). beta_KL rises from 0 to 1, and the temperature tau of
the relaxed bits cools from `tau_start` to `tau_end`, geometrically. In the first part of the training the prior stays
as it starts, nearly uniform: it would learn latents that do not yet tell showers apart, the posterior would follow it,
and few of them would ever carry anything (CaloGAN's images: 1 nat instead of 20). In the last part encoder and decoder
may be frozen, so that only the prior goes on, towards latents that no longer move (2410.22870).

The score on validation data is -L in nats per shower: hard bits, beta_KL = 1 and ln Z, the same quantity at every
epoch, while the training loss changes its meaning as it anneals. Where ln Z is exact, so is the bound. By annealed
importance sampling ln Z is too low on average, and what is scored an estimate of the bound that errs towards too good:
by little where many chains are effective, which the history tells beside it (`effective_chains`). A quantum prior is
trained by a bound of its own, and scored by its exact ln p(z | c).
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from qgen.files import InputError
from qgen.generators.qvae.model import Posterior, VariationalAutoencoder
from qgen.generators.qvae.negative import ExactPhase, NegativePhase
from qgen.training import Batch, Loss
from qgen.training.rates import half_cosine

Augment = Callable[[Batch, torch.Generator], Batch]


class NegativeELBO(nn.Module):
    """What `qgen.training.loop.train` minimises.

    Batches hold "hit" (n, n_voxels), "activation" (n, n_fractions), "condition" (n, n_condition), which the
    networks see, and "held" (n, prior.n_condition), the bits of the prior that are held.

    Args:
        model: what is trained.
        negative: samples of its prior.
        learning_rate: of encoder and decoder at the start; cooled to a hundredth over the training (cosine).
        prior_learning_rate: of the prior, cooled likewise.
        weight_decay: decoupled (AdamW), on encoder and decoder.
        tau_start, tau_end: temperature of the relaxed bits at the first and at the last epoch, > 0.
        warm_up: part of the training over which beta_KL rises from 0 to 1.
        prior_from: progress 0..1 until which the prior stays as it is.
        freeze_from: progress 0..1 from which encoder and decoder are frozen; 1 never freezes them.
        augment: a random change of every training batch that leaves its showers as likely as they were; None: none.

    Raises:
        InputError: a temperature <= 0, or nothing left to train once encoder and decoder are frozen.
    """

    def __init__(
        self,
        model: VariationalAutoencoder,
        negative: NegativePhase | ExactPhase,
        *,
        learning_rate: float,
        prior_learning_rate: float,
        weight_decay: float,
        tau_start: float,
        tau_end: float,
        warm_up: float,
        prior_from: float = 0.0,
        freeze_from: float = 1.0,
        augment: Augment | None = None,
    ) -> None:
        super().__init__()
        if min(tau_start, tau_end) <= 0:
            raise InputError(f"tau_start, tau_end: expected temperatures > 0, found {tau_start} and {tau_end}")
        if freeze_from < 1 and not list(model.prior.parameters()):
            raise InputError(f"freeze_from: expected 1 for a prior without parameters, found {freeze_from}")
        self.model, self.negative, self.augment = model, negative, augment
        self.tau_start, self.tau_end, self.warm_up = tau_start, tau_end, warm_up
        self.prior_from, self.freeze_from = prior_from, freeze_from
        self.details: dict[str, float] = {}
        self.tau, self.kl_weight, self.frozen = tau_start, 0.0, False
        self.rates = (learning_rate, prior_learning_rate)
        groups: list[dict[str, Any]] = [
            {"params": [*model.encoder.parameters(), *model.decoder.parameters()], "weight_decay": weight_decay},
        ]
        if trained := list(model.prior.parameters()):
            groups.append({"params": trained, "weight_decay": 0.0})
        self.optimiser = torch.optim.AdamW(groups, lr=learning_rate)

    def losses(self) -> Mapping[str, Loss]:
        """-L, of encoder, decoder and prior together."""
        return {"loss": self.loss}

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """One optimiser for all."""
        return {"loss": self.optimiser}

    def begin_epoch(self, progress: float) -> None:
        """Set temperature, weight of the KL, learning rates and the source of samples from the progress 0..1."""
        self.tau = self.tau_start * (self.tau_end / self.tau_start) ** progress
        self.kl_weight = min(progress / self.warm_up, 1.0) if self.warm_up > 0 else 1.0
        self.frozen = progress >= self.freeze_from and self.freeze_from < 1
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=False):
            group["lr"] = rate * half_cosine(progress)
        if self.frozen:
            self.optimiser.param_groups[0]["lr"] = 0.0
        for group in self.optimiser.param_groups[1:] if progress < self.prior_from else ():
            group["lr"] = 0.0
        self.negative.begin_epoch(progress)

    def loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """-L without ln Z, but with its gradient (the negative phase), as a mean over showers."""
        if self.augment is not None:
            batch = self.augment(batch, rng)
        with torch.set_grad_enabled(not self.frozen):  # frozen: hard bits, the distribution that the prior is to learn
            evidence, posterior, z = self._terms(batch, 0.0 if self.frozen else self.tau, rng)
        prior: Any = self.model.prior
        negative, weights = self.negative.draw(prior, batch["held"], numpy_generator(rng))
        phases = prior.energy(z).mean() - negative
        if weights is not None:  # the prior learns from showers whose conditions were sampled, the encoder from all
            phases = phases + ((weights - 1) * prior.energy(z.detach())).mean()
        return -evidence.mean() + self.kl_weight * (phases - posterior.entropy.mean())

    @torch.no_grad()
    def score(self, data: Batch, rng: torch.Generator) -> float:
        """-L [nats per shower] with hard bits and ln Z.

        Leaves in `details` < ln p(z | c) >_q, the prior's part, and of an ln Z that is estimated the smallest effective
        number of chains of any condition.
        """
        evidence, posterior, z = self._terms(data, 0.0, rng)
        prior: Any = self.model.prior
        log_prior, chains = self.negative.log_prior(prior, z, numpy_generator(rng))
        self.details = {"log_prior": float(log_prior)}
        if math.isfinite(chains):
            self.details["effective_chains"] = chains
        return -float(evidence.mean() + posterior.entropy.mean() + log_prior)

    def _terms(self, batch: Batch, tau: float, rng: torch.Generator) -> tuple[Tensor, Posterior, Tensor]:
        """ln p(x, u | z, c) of one draw of the posterior, that draw, and its latents z behind the held bits."""
        seen = {name: values for name, values in batch.items() if name != "held"}
        evidence, posterior = self.model.terms(**seen, tau=tau, rng=rng)
        return evidence, posterior, torch.cat([batch["held"], posterior.z], dim=1)


def numpy_generator(rng: torch.Generator) -> np.random.Generator:
    """A numpy generator seeded by the next number of a torch generator."""
    return np.random.default_rng(int(torch.randint(2**63 - 1, (1,), generator=rng)))
