"""Shots drawn from exact probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

FEW = 32
"""Shots, above which a multinomial draw is faster."""


def draw(probabilities: Tensor, n_shots: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """How often each basis state is seen, int64, shape (batch, 2**n_qubits).

    Few shots invert the cumulative distribution, each for the whole batch; many are one multinomial draw. Both have the
    same law.

    Args:
        probabilities: shape (batch, 2**n_qubits); rows sum to 1 up to rounding.
        n_shots: of every row.
        rng: what they are drawn with.
    """
    p = probabilities.detach().double().numpy()
    if n_shots > FEW:
        return rng.multinomial(n_shots, p / p.sum(axis=1, keepdims=True))
    cumulative = p.cumsum(axis=1)
    shots = rng.uniform(size=(len(p), n_shots)) * cumulative[:, -1:]
    seen, rows = np.zeros(p.shape, dtype=np.int64), np.arange(len(p))
    for shot in shots.T:
        seen[rows, (shot[:, None] >= cumulative).sum(axis=1)] += 1
    return seen
