"""How does a learning rate fall over the progress t of a training, 0..1?

`half_cosine` (1608.03983, without restarts) with r = LAST_RATE, and `linear_decay` of adversarial games:

    rate(t) / rate(0) = r + (1 - r) (1 + cos(pi t)) / 2    or    min(1, 2 (1 - t)) .
"""

import math
from collections.abc import Callable

import torch

LAST_RATE = 0.01
"""The learning rate at the end, in units of that at the start."""


def half_cosine(progress: float) -> float:
    """The learning rate at a progress 0..1, in units of that at the start."""
    return LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * progress)) / 2


def linear_decay(progress: float) -> float:
    """1 over the first half of the training, then linearly to 0."""
    return min(1.0, 2 * (1 - progress))


def cool(
    optimiser: torch.optim.Optimizer,
    learning_rate: float,
    progress: float,
    curve: Callable[[float], float] = half_cosine,
) -> None:
    """Set the learning rate of all groups of an optimiser from that at the start and the progress 0..1."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate * curve(progress)
