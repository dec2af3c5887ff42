"""Adversarial objective: a discriminator that knows the energy, against the circuit (1406.2661, 1411.1784).

The discriminator sees the position r_s of a state, standardised on the training events, and the scaled energy x. It
learns from training events and from states drawn for the same energies; the circuit's loss is exact, without samples:

    L_G = sum_k n_k/n sum_s p_theta(s | x_k) softplus(-D(r_s, x_k))

The game and its penalty are those of the QGAN (`qgen.networks.adversary`), with the optimisers' settings of both.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from qgen.generators.bits.energy import hats
from qgen.generators.qcbm.objectives._objective import Objective, Recipe
from qgen.networks.adversary import BETAS, Adversary
from qgen.networks.discriminator import Discriminator
from qgen.training import Batch, Loss, seeded
from qgen.training.rates import cool, linear_decay

WIDTH = 64
"""Of the discriminator's hidden layers."""
DISCRIMINATOR_RATE = 5e-3
GRADIENT_PENALTY = 0.1
SLOWER = 0.25
"""The circuit's learning rate, in units of what it is elsewhere: a circuit as fast as its adversary goes in circles."""


class Adversarial(Objective):
    """Circuit and discriminator trained in turn, each against the other.

    Attributes:
        adversary: the discriminator with its losses.
    """

    view: Tensor

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        positions = recipe.positions
        self.register_buffer("view", (positions - positions.mean(0)) / positions.std(0).clamp_min(1e-6))
        with seeded(recipe.seed, 3):
            net = Discriminator(positions.shape[1], 1, width=WIDTH).to(positions.dtype)
        self.adversary = Adversary(net, learning_rate=DISCRIMINATOR_RATE, gradient_penalty=GRADIENT_PENALTY)
        self.learning_rate *= SLOWER
        self.adam = torch.optim.Adam(self.model.parameters(), self.learning_rate, BETAS)

    def losses(self) -> Mapping[str, Loss]:
        """The discriminator first."""
        return {"discriminator": self.discriminator_loss, "born": self.distance}

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """One for each side."""
        return {"discriminator": self.adversary.optimiser, "born": self.adam}

    def begin_epoch(self, progress: float) -> None:
        """Set both learning rates."""
        cool(self.adam, self.learning_rate, progress, linear_decay)
        cool(self.adversary.optimiser, DISCRIMINATOR_RATE, progress, linear_decay)

    def discriminator_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """L_D, on training events and on one state drawn for the energy of each."""
        with torch.no_grad():
            p = hats(batch["x"], self.nodes) @ self.model(self.nodes)
        drawn = torch.multinomial(p.clamp_min(0), 1, generator=rng)[:, 0]
        return self.adversary.against(self.view[batch["state"]], self.view[drawn], batch["x"][:, None], rng)

    def distance(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """L_G; exact, `rng` is not used."""
        p = self.model(self.nodes)
        share = self.target(batch).count / len(batch["state"])
        weight = (share[:, None] * p).flatten() * p.numel()
        seen = self.view.repeat(len(p), 1)
        return self.adversary.judged(seen, self.nodes.repeat_interleave(p.shape[1])[:, None], weight)
