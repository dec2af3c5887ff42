"""What all objectives of the QGAN share: warm-up, running mean, learning rates, score.

Before the real objective sets in, the circuit learns the mean image at every condition, by the cross-entropy

    L_0 = - < sum_i p_i ln p~_i >,

with p the distribution over pixels of a training shower and p~ that of a generated one: a discriminator that wins from
the first step on teaches nothing. The coefficients that generate showers afterwards are a running mean over the steps
(1806.04498): an adversarial game circles its solution, the mean lies inside. Learning rates stay constant over the
first half and then fall linearly to zero.

The score is the squared Frechet distance between features of held-out training showers and of showers generated for
their energies: features that the evaluation uses too, each in units of its largest held-out value (2211.10295).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qgen.generators.qgan.modes import Images, Mode
from qgen.generators.qgan.view import View
from qgen.metrics.frechet_distance import frechet_distance
from qgen.networks.adversary import BETAS, weighted_mean
from qgen.training import Batch, Loss
from qgen.training.rates import cool, linear_decay
from qgen.transforms.log_image import LogImage
from qgen.transforms.unit_image import UnitImage

Features = Callable[[Tensor, Tensor], NDArray[np.float64]]
"""(energies (n, n_pixels), incident energy (n,)), both in MeV, to features (n, d)."""

TINY = 1e-12
DRAWS_PER_SHOWER = 4
"""Showers generated for every held-out one when the score is taken."""


@dataclass(frozen=True)
class Ingredients:
    """What objectives are made from.

    Attributes:
        generator: the circuits; their running mean is `averaged`.
        view: what is seen of showers.
        transform: from distributions over pixels to energies.
        features: of the score.
        learning_rate: of the generator (Adam).
        averaging: memory of the running mean, 0 <= averaging < 1 per step (shorter at the start).
        warm_up: part of the training in which the generator minimises L_0, 0 <= warm_up < 1.
    """

    generator: Mode
    view: View
    transform: LogImage | UnitImage
    features: Features
    learning_rate: float
    averaging: float
    warm_up: float


class ImageObjective(nn.Module, ABC):
    """Base of what `qgen.training.loop.train` minimises.

    Batches hold "energies" (n, n_pixels) [MeV], "total" (n,) [MeV], "condition" (n, 2), "incident_energy" (n,) [MeV].
    """

    steps: Tensor

    def __init__(self, made_of: Ingredients) -> None:
        super().__init__()
        self.generator, self.view = made_of.generator, made_of.view
        self.transform, self.features = made_of.transform, made_of.features
        self.averaging, self.warm_up, self.progress = made_of.averaging, made_of.warm_up, 0.0
        self.averaged = deepcopy(self.generator).requires_grad_(False)
        self.register_buffer("steps", torch.zeros(()))
        self.rates = {"generator": made_of.learning_rate}
        self._optimisers = {"generator": torch.optim.Adam(self.generator.parameters(), made_of.learning_rate, BETAS)}
        self._optimisers["generator"].register_step_post_hook(self._average)

    @abstractmethod
    def losses(self) -> Mapping[str, Loss]:
        """Named losses in the order of their steps."""

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """By the names of `losses`: Adam of the circuits, and that of the discriminator where there is one."""
        return self._optimisers

    def begin_epoch(self, progress: float) -> None:
        """Set what is trained and the learning rates from the progress 0..1."""
        self.progress = progress
        for name, optimiser in self._optimisers.items():
            cool(optimiser, self.rates[name], progress, linear_decay)

    @property
    def warming_up(self) -> bool:
        """Whether the generator minimises L_0."""
        return self.progress < self.warm_up

    def cross_entropy(self, energies: Tensor, images: Images) -> Tensor:
        """L_0."""
        reference, _ = self.transform.forward(energies)
        return weighted_mean(-(reference * torch.log(images.p + TINY)).sum(1), images.weight)

    def images(self, generator: Mode, condition: Tensor, rng: torch.Generator) -> Images:
        """One image for every condition, shape (n, 2)."""
        found: Images = generator(condition, generator.noise(len(condition), rng).to(condition.dtype))
        return found

    @torch.no_grad()
    def score(self, data: Batch, rng: torch.Generator) -> float:
        """Frechet distance of the averaged generator to held-out showers."""
        condition, total, incident = (
            data[name].repeat_interleave(DRAWS_PER_SHOWER, 0) for name in ("condition", "total", "incident_energy")
        )
        p = self.images(self.averaged, condition, rng).p
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
