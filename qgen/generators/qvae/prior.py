"""The normal prior: independent standard normal latents, the classical control of the Boltzmann machine.

It has the energy E(z) = |z|^2 / 2, so that the same bound trains both: < E >_q + ln Z - H[q] is the KL divergence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn


class NormalPrior(nn.Module):
    """Independent standard normal variables: E(z) = |z|^2 / 2, Z = (2 pi)^(k/2).

    Args:
        levels: latents of every level.
    """

    n_condition = 0

    def __init__(self, levels: Sequence[int]) -> None:
        super().__init__()
        self.levels = list(levels)

    def sizes(self) -> dict[str, float]:
        """Number of latents, as `resources` reports it."""
        return {"n_latents": float(sum(self.levels))}

    def energy(self, z: Tensor) -> Tensor:
        """|z|^2 / 2, shape (n,)."""
        return z.square().sum(1) / 2

    def log_partition(self) -> float:
        """ln Z."""
        return sum(self.levels) * math.log(2 * math.pi) / 2

    def draw(self, n: int, rng: np.random.Generator) -> Tensor:
        """Latents, float32, shape (n, n_latents)."""
        return torch.from_numpy(rng.standard_normal((n, sum(self.levels)), dtype=np.float32))
