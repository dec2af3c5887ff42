"""Is this a reference shower? The logit of that, given what is seen of it and its condition.

Two games. With binary cross-entropy and the gradient penalty R1 on reference showers (1406.2661, 1801.04406)

    L_D = < softplus(-D(x)) > + < softplus(D(x~)) > + gamma/2 < |dD/dx|^2 >,    L_G = < softplus(-D(x~)) >,

and Wasserstein's with the penalty on lines between reference and generated showers (1704.00028)

    L_D = < D(x~) > - < D(x) > + gamma < (|dD/dx^| - 1)^2 >,                    L_G = - < D(x~) >.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from qgen.networks.mlp import mlp

Game = Literal["bce", "wgan-gp"]
Score = Callable[[Tensor, Tensor], Tensor]
"""(features (n, n_features), condition (n, n_condition)) -> logits (n,)."""


class Discriminator(nn.Module):
    """Perceptron on the features of a shower, joined with its condition.

    Args:
        n_features: numbers that are seen of a shower.
        n_condition: numbers that describe the condition.
        width: of the hidden layers.
        n_hidden: number of hidden layers.
    """

    def __init__(self, n_features: int, n_condition: int, *, width: int, n_hidden: int = 2) -> None:
        super().__init__()
        self.net = mlp([n_features + n_condition, *[width] * n_hidden, 1], activation="leaky_relu")

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        """Logits, shape (n,), for features (n, n_features) and condition (n, n_condition)."""
        logits: Tensor = self.net(torch.cat([features, condition], dim=1))[:, 0]
        return logits


class ImageDiscriminator(nn.Module):
    """Convolutions over a square image, which is the first of the features, then a perceptron on them and the rest.

    Args:
        n_features: numbers that are seen of a shower, the first side^2 of which are its pixels, row by row.
        n_condition: numbers that describe the condition.
        side: pixels on a side, >= 4.
        width: of the hidden layer.
    """

    def __init__(self, n_features: int, n_condition: int, *, side: int, width: int) -> None:
        super().__init__()
        self.side = side
        self.convolutions = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(16, 32, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
        )
        n_seen = 32 * (side // 2) ** 2 + n_features - side**2
        self.net = mlp([n_seen + n_condition, width, 1], activation="leaky_relu")

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        """Logits, shape (n,), for features (n, n_features) and condition (n, n_condition)."""
        pixels, others = features.split([self.side**2, features.shape[1] - self.side**2], dim=1)
        seen = self.convolutions(pixels.unflatten(1, (1, self.side, self.side)))
        logits: Tensor = self.net(torch.cat([seen, others, condition], dim=1))[:, 0]
        return logits


def discriminator_loss(
    discriminator: Score,
    reference: Tensor,
    generated: Tensor,
    condition: Tensor,
    *,
    gradient_penalty: float,
    game: Game = "bce",
    rng: torch.Generator | None = None,
) -> Tensor:
    """L_D of either game.

    Args:
        discriminator: D.
        reference: features x of reference showers, shape (n, n_features).
        generated: features x~ of generated showers, shape (n, n_features); no gradient flows to them.
        condition: of both, shape (n, n_condition).
        gradient_penalty: gamma >= 0.
        game: which.
        rng: draws the points on the lines of "wgan-gp".
    """
    fake = discriminator(generated.detach(), condition)
    if game == "bce":
        x = reference.detach().requires_grad_(gradient_penalty > 0)
        real = discriminator(x, condition)
        loss = functional.softplus(-real).mean() + functional.softplus(fake).mean()
        return loss + gradient_penalty / 2 * _slopes(real, x).square().sum(1).mean() if gradient_penalty else loss
    loss = fake.mean() - discriminator(reference, condition).mean()
    if not gradient_penalty:
        return loss
    part = torch.rand(len(reference), 1, generator=rng).to(reference.dtype)
    x = torch.lerp(generated.detach(), reference, part).requires_grad_()
    return loss + gradient_penalty * (_slopes(discriminator(x, condition), x).norm(dim=1) - 1).square().mean()


def generator_loss(
    discriminator: Score, generated: Tensor, condition: Tensor, weight: Tensor | None = None, *, game: Game = "bce"
) -> Tensor:
    """L_G of either game; the showers' weights, all 1, may carry the gradient of their probabilities."""
    logits = discriminator(generated, condition)
    losses = functional.softplus(-logits) if game == "bce" else -logits
    return weighted_mean(losses, weight)


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
