"""Mean negative log-probability of events under a model that is known at nodes: a loss, and every objective's score."""

from __future__ import annotations

import torch
from torch import Tensor

SMOOTHING = 0.03
"""eps, unless given."""


def cross_entropy(p: Tensor, weights: Tensor, states: Tensor, smoothing: float = SMOOTHING) -> Tensor:
    """- <ln p_eps> of events [nat].

    Args:
        p: at the nodes, shape (n_nodes, n_states).
        weights: of events at the nodes, shape (n, n_nodes).
        states: of events, shape (n,).
        smoothing: eps, 0 <= eps < 1.
    """
    likelihood = (weights * p[:, states].T).sum(dim=1)
    return -torch.log((1 - smoothing) * likelihood + smoothing / p.shape[1]).mean()
