"""What a circuit is told of the conditions: each by itself and by its Fourier terms.

    phi(x) = (x, cos pi x, sin 3/2 pi x, cos 2 pi x, ...),    x in -1..1, e.g. the scaled logarithm of E_inc

Up to signs these are x and cos(k pi (x + 1)/2), k = 2, 3, ...: a Fourier series that does not tie one end of the range
to the other; its first term, k = 1, is nearly x and left out. Several conditions (energy and angle, energy and a
particle coded as -1 or 1) contribute their terms side by side.
"""

from __future__ import annotations

import torch
from torch import Tensor


def as_columns(conditions: Tensor) -> Tensor:
    """Conditions as (n, n_conditions); a vector (n,) is one condition."""
    return conditions[:, None] if conditions.ndim == 1 else conditions


def n_features(n_conditions: int, fourier: int) -> int:
    """Number of columns of `features`."""
    return n_conditions * (1 + fourier)


def features(conditions: Tensor, fourier: int) -> Tensor:
    """phi, shape (n, n_conditions (1 + fourier)), condition by condition.

    Args:
        conditions: x, shape (n, n_conditions) or (n,), about -1..1.
        fourier: number of Fourier terms of each, >= 0.
    """
    x = as_columns(conditions)
    terms = torch.stack([x, *(torch.cos(k * torch.pi * (x + 1) / 2) for k in range(2, fourier + 2))], dim=2)
    return terms.flatten(1)
