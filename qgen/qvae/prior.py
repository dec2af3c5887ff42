"""What the autoencoder asks of its prior, and the normal prior, the classical control of the Boltzmann machine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn


class Prior(Protocol):
    """p(z | c) = exp(-E(c, z)) / Z(c) of latents z under a condition c that it may have."""

    n_condition: int
    """Numbers that describe the condition; 0 without one."""

    @property
    def levels(self) -> Sequence[int]:
        """Latents of every level of the posterior."""

    def energy(self, z: Tensor) -> Tensor:
        """E of condition and latents, joined, shape (n, n_condition + n_latents); shape (n,)."""


class NormalPrior(nn.Module):
    """Independent standard normal variables: E(z) = |z|^2 / 2, Z = (2 pi)^(k/2).

    Args:
        levels: latents of every level.
    """

    n_condition = 0

    def __init__(self, levels: Sequence[int]) -> None:
        super().__init__()
        self.levels = list(levels)

    def energy(self, z: Tensor) -> Tensor:
        """|z|^2 / 2, shape (n,)."""
        return z.square().sum(1) / 2

    def log_partition(self) -> float:
        """ln Z."""
        return sum(self.levels) * math.log(2 * math.pi) / 2

    def draw(self, n: int, rng: np.random.Generator) -> Tensor:
        """Latents, float32, shape (n, n_latents)."""
        return torch.from_numpy(rng.standard_normal((n, sum(self.levels)), dtype=np.float32))


def describe(prior: Any) -> dict[str, float]:
    """Sizes of a prior, as `resources` reports them."""
    if isinstance(prior, NormalPrior):
        return {"n_latents": float(sum(prior.levels))}
    return {"n_nodes": float(prior.n_nodes), "n_couplings": float(len(prior.w))}
