"""Is this a reference shower? The logit of that, given what is seen of it and its condition."""

import torch
from torch import Tensor, nn

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
