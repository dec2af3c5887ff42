"""What is one side of an adversarial game? A discriminator with its losses and its optimiser.

The generator makes features x~ of showers; `against` teaches the discriminator to tell them from those of the
reference, `judged` is what the generator minimises. Weights of generated showers may carry the gradient of their
probabilities: with one shower for every state s and weights p(s) times their number, `judged` is the exact sum.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from qgen.networks.discriminator import Game, discriminator_loss, generator_loss

BETAS = (0.5, 0.99)
"""Of Adam, on both sides."""


class Adversary(nn.Module):
    """A discriminator that learns.

    Args:
        discriminator: D.
        game: which losses.
        learning_rate: of Adam.
        gradient_penalty: gamma.
    """

    def __init__(
        self, discriminator: nn.Module, *, game: Game = "bce", learning_rate: float, gradient_penalty: float
    ) -> None:
        super().__init__()
        self.discriminator, self.game, self.gradient_penalty = discriminator, game, gradient_penalty
        self.optimiser = torch.optim.Adam(discriminator.parameters(), learning_rate, BETAS)

    def against(self, reference: Tensor, generated: Tensor, condition: Tensor, rng: torch.Generator) -> Tensor:
        """L_D of features (n, n_features) of reference and generated showers with the same conditions (n, any)."""
        return discriminator_loss(
            self.discriminator,
            reference,
            generated,
            condition,
            gradient_penalty=self.gradient_penalty,
            game=self.game,
            rng=rng,
        )

    def judged(self, generated: Tensor, condition: Tensor, weight: Tensor | None = None) -> Tensor:
        """L_G of features (n, n_features) of generated showers; weights (n,) have the mean 1."""
        return generator_loss(self.discriminator, generated, condition, weight, game=self.game)
