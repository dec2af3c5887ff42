"""Adversarial objective: a discriminator that knows the energy, against the circuit (1406.2661, 1411.1784).

    L_D = < softplus(-D(v, c)) > + < softplus(D(v~, c)) > + gamma/2 < |dD/dv|^2 >,     L_G = < softplus(-D(v~, c)) >

v is the `View` of a training shower, v~ that of a generated one with the same condition c = (x, r) and the same total
energy. Before the game begins, the circuit learns the mean image at every condition, by the cross-entropy

    L_0 = - < sum_i p_i ln p~_i >,

with p the distribution over pixels of a training shower (`LogImage`): a discriminator that wins from the first step on
teaches nothing. The coefficients that generate showers afterwards are a running mean over the steps (1806.04498): the
adversarial game circles its solution, the mean lies inside. Learning rates stay constant over the first half and then
fall linearly to zero.

The score is the squared Frechet distance between features of held-out training showers and of showers generated for
their energies: features that the evaluation uses too, each in units of its largest held-out value (2211.10295).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qgen.metrics.frechet_distance import frechet_distance
from qgen.networks.discriminator import Discriminator, discriminator_loss, generator_loss
from qgen.qgan.model import StyleCircuit, View
from qgen.training import Batch, Loss
from qgen.transforms.log_image import LogImage

Features = Callable[[Tensor, Tensor], NDArray[np.float64]]
"""(energies (n, n_pixels), incident energy (n,)), both in MeV, to features (n, d)."""

BETAS = (0.5, 0.99)
TINY = 1e-12
DRAWS_PER_SHOWER = 4
"""Showers generated for every held-out one when the score is taken."""


class Adversarial(nn.Module):
    """What `qgen.training.train` minimises.

    Batches hold "energies" (n, n_pixels) [MeV], "total" (n,) [MeV], "condition" (n, 2), "incident_energy" (n,) [MeV].

    Args:
        generator: the circuit; its running mean is `averaged`.
        discriminator: D.
        view: what D sees.
        transform: from distributions over pixels to energies.
        features: of the score.
        learning_rate: of the generator (Adam).
        discriminator_rate: of the discriminator (Adam).
        gradient_penalty: gamma.
        averaging: memory of the running mean, 0 <= averaging < 1 per step (shorter at the start).
        warm_up: part of the training in which the generator minimises L_0, 0 <= warm_up < 1.
    """

    steps: Tensor

    def __init__(
        self,
        generator: StyleCircuit,
        discriminator: Discriminator,
        view: View,
        transform: LogImage,
        features: Features,
        *,
        learning_rate: float,
        discriminator_rate: float,
        gradient_penalty: float,
        averaging: float,
        warm_up: float,
    ) -> None:
        super().__init__()
        self.generator, self.discriminator, self.view = generator, discriminator, view
        self.averaged = deepcopy(generator).requires_grad_(False)
        self.transform, self.features = transform, features
        self.gradient_penalty, self.averaging, self.warm_up = gradient_penalty, averaging, warm_up
        self.progress = 0.0
        self.register_buffer("steps", torch.zeros(()))
        self.rates = {"discriminator": discriminator_rate, "generator": learning_rate}
        self._optimisers = {
            "discriminator": torch.optim.Adam(discriminator.parameters(), discriminator_rate, BETAS),
            "generator": torch.optim.Adam(generator.parameters(), learning_rate, BETAS),
        }
        self._optimisers["generator"].register_step_post_hook(self._average)
        self._p: Tensor | None = None
        self._generated: Tensor | None = None

    def losses(self) -> Mapping[str, Loss]:
        """The discriminator first; the generator is then judged on the same generated showers."""
        return {"discriminator": self.discriminator_loss, "generator": self.generator_loss}

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """One for each loss."""
        return self._optimisers

    def begin_epoch(self, progress: float) -> None:
        """Set what is trained and the learning rates from the progress 0..1."""
        self.progress = progress
        for name, optimiser in self._optimisers.items():
            optimiser.param_groups[0]["lr"] = self.rates[name] * min(1.0, 2 * (1 - progress))

    def discriminator_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """L_D, on showers that are generated here and kept for `generator_loss`."""
        self._p = self.distribution(self.generator, batch["condition"], rng)
        self._generated = self.view(self.transform.inverse(self._p, batch["total"]))
        return discriminator_loss(
            self.discriminator,
            self.view(batch["energies"]),
            self._generated,
            batch["condition"],
            gradient_penalty=self.gradient_penalty,
        )

    def generator_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """L_G (L_0 while warming up), on the showers of `discriminator_loss`."""
        assert self._generated is not None
        assert self._p is not None
        (p, self._p), (generated, self._generated) = (self._p, None), (self._generated, None)
        if self.progress < self.warm_up:
            reference, _ = self.transform.forward(batch["energies"])
            return -(reference * torch.log(p + TINY)).sum(1).mean()
        return generator_loss(self.discriminator, generated, batch["condition"])

    def distribution(self, generator: StyleCircuit, condition: Tensor, rng: torch.Generator) -> Tensor:
        """Distributions over pixels, shape (n, n_pixels)."""
        p: Tensor = generator(condition, torch.randn(len(condition), generator.n_latent, generator=rng))
        return p

    @torch.no_grad()
    def score(self, data: Batch, rng: torch.Generator) -> float:
        """Frechet distance of the averaged generator to held-out showers."""
        condition, total, incident = (
            data[name].repeat_interleave(DRAWS_PER_SHOWER, 0) for name in ("condition", "total", "incident_energy")
        )
        p = self.distribution(self.averaged, condition, rng)
        generated = self.features(self.transform.inverse(p, total), incident)
        reference = self.features(data["energies"], data["incident_energy"])
        scale = np.abs(reference).max(axis=0)
        scale[scale == 0] = 1.0
        return frechet_distance(reference / scale, generated / scale)

    @torch.no_grad()
    def _average(self, *_: Any) -> None:
        """Move the running mean towards the generator's coefficients, after each of its steps."""
        self.steps += 1
        memory = min(self.averaging, float(self.steps / (self.steps + 9)))
        for mean, value in zip(self.averaged.parameters(), self.generator.parameters(), strict=True):
            mean.lerp_(value, 1 - memory)
