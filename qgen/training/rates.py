"""Learning rates over the progress t of a training, 0..1: half a cosine (1608.03983, without restarts).

rate(t) / rate(0) = r + (1 - r) (1 + cos(pi t)) / 2,    r = LAST_RATE
"""

from __future__ import annotations

import math

import torch

__all__ = ["cool", "half_cosine"]

LAST_RATE = 0.01
"""The learning rate at the end, in units of that at the start."""


def half_cosine(progress: float) -> float:
    """The learning rate at a progress 0..1, in units of that at the start."""
    return LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * progress)) / 2


def cool(optimiser: torch.optim.Optimizer, learning_rate: float, progress: float) -> None:
    """Set the learning rate of all groups of an optimiser from that at the start and the progress 0..1."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate * half_cosine(progress)
