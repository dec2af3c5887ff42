"""What is one side of an adversarial game? A discriminator with its losses and its optimiser.

Two games. With binary cross-entropy and the gradient penalty R1 on reference showers (1406.2661, 1801.04406)

    L_D = < softplus(-D(x)) > + < softplus(D(x~)) > + gamma/2 < |dD/dx|^2 >,    L_G = < softplus(-D(x~)) >,

and Wasserstein's with the penalty on lines between reference and generated showers (1704.00028)

    L_D = < D(x~) > - < D(x) > + gamma < (|dD/dx^| - 1)^2 >,                    L_G = - < D(x~) >.

x is of reference showers and x~ of generated ones. Weights of generated showers may carry the gradient of their
probabilities: with one shower for every state s and weights p(s) times their number, L_G is the exact sum.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Game = Literal["bce", "wgan-gp"]

BETAS = (0.5, 0.99)
"""Of Adam, on both sides."""


class Adversary(nn.Module):
    """A discriminator that learns.

    Args:
        discriminator: D, (features (n, n_features), condition (n, n_condition)) -> logits (n,).
        game: which losses.
        learning_rate: of Adam.
        gradient_penalty: gamma >= 0.
    """

    def __init__(
        self, discriminator: nn.Module, *, game: Game = "bce", learning_rate: float, gradient_penalty: float
    ) -> None:
        super().__init__()
        self.discriminator, self.game, self.gradient_penalty = discriminator, game, gradient_penalty
        self.optimiser = torch.optim.Adam(discriminator.parameters(), learning_rate, BETAS)

    def against(self, reference: Tensor, generated: Tensor, condition: Tensor, rng: torch.Generator) -> Tensor:
        """L_D of features (n, n_features) of reference and generated showers with the same conditions (n, any).

        No gradient flows to the generated showers; `rng` draws the points on the lines of "wgan-gp".
        """
        gamma, fake = self.gradient_penalty, self.discriminator(generated.detach(), condition)
        if self.game == "bce":
            x = reference.detach().requires_grad_(gamma > 0)
            real = self.discriminator(x, condition)
            loss = functional.softplus(-real).mean() + functional.softplus(fake).mean()
            return loss + gamma / 2 * _slopes(real, x).square().sum(1).mean() if gamma else loss
        loss = fake.mean() - self.discriminator(reference, condition).mean()
        if not gamma:
            return loss
        part = torch.rand(len(reference), 1, generator=rng).to(reference.dtype)
        x = torch.lerp(generated.detach(), reference, part).requires_grad_()
        return loss + gamma * (_slopes(self.discriminator(x, condition), x).norm(dim=1) - 1).square().mean()

    def judged(self, generated: Tensor, condition: Tensor, weight: Tensor | None = None) -> Tensor:
        """L_G of features (n, n_features) of generated showers; weights (n,) have the mean 1."""
        logits = self.discriminator(generated, condition)
        return weighted_mean(functional.softplus(-logits) if self.game == "bce" else -logits, weight)


def weighted_mean(losses: Tensor, weight: Tensor | None) -> Tensor:
    """Mean of losses (n,) with the gradient of weights (n,) that are 1, taken from their mean as its baseline."""
    if weight is None:
        return losses.mean()
    mean = losses.mean().detach()
    return (weight * (losses - mean)).mean() + mean


def _slopes(logits: Tensor, x: Tensor) -> Tensor:
    """dD/dx, shape (n, n_features), itself differentiable."""
    (slope,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    return slope
