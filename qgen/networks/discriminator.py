"""A discriminator: the logit of "this is a reference shower", given what is seen of it and its condition."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from qgen.networks.mlp import mlp


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


def discriminator_loss(
    discriminator: Discriminator, reference: Tensor, generated: Tensor, condition: Tensor, *, gradient_penalty: float
) -> Tensor:
    """Binary cross-entropy plus the gradient penalty R1 on reference showers (1801.04406).

        L_D = < softplus(-D(x)) > + < softplus(D(x~)) > + gamma/2 < |dD/dx|^2 >

    Args:
        discriminator: D.
        reference: features x of reference showers, shape (n, n_features).
        generated: features x~ of generated showers, shape (n, n_features); no gradient flows to them.
        condition: of both, shape (n, n_condition).
        gradient_penalty: gamma >= 0.
    """
    x = reference.detach().requires_grad_()
    real, fake = discriminator(x, condition), discriminator(generated.detach(), condition)
    (slope,) = torch.autograd.grad(real.sum(), x, create_graph=True)
    penalty = slope.square().sum(1).mean()
    return functional.softplus(-real).mean() + functional.softplus(fake).mean() + gradient_penalty / 2 * penalty


def generator_loss(discriminator: Discriminator, generated: Tensor, condition: Tensor) -> Tensor:
    """The non-saturating loss < softplus(-D(x~)) > (1406.2661)."""
    return functional.softplus(-discriminator(generated, condition)).mean()
