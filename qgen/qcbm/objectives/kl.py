"""Relative entropy of the data with respect to the model, as the cross-entropy of every training event.

    L = - 1/n sum_i ln[(1 - eps) p_theta(s_i | x_i) + eps / 2^n_qubits]

This is the KL divergence of the conditional distributions up to the entropy of the data, which the model does not
change. eps keeps an event that the model holds impossible from an infinite loss and gradient. p between nodes is
interpolated.
"""

from __future__ import annotations

import torch
from torch import Tensor

from qgen.qcbm.objectives._objective import Objective
from qgen.training import Batch

__all__ = ["KL"]

SMOOTHING = 1e-3
"""eps."""


class KL(Objective):
    """The cross-entropy [nat]."""

    def distance(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """L; exact, `rng` is not used."""
        return cross_entropy(self.model(self.nodes), self.grid.weights(batch["x"]), batch["state"])


def cross_entropy(p: Tensor, weights: Tensor, states: Tensor, smoothing: float = SMOOTHING) -> Tensor:
    """- <ln p_eps> of events [nat].

    Args:
        p: at the nodes, shape (n_nodes, n_states).
        weights: of events at the nodes, shape (n, n_nodes).
        states: of events, shape (n,).
        smoothing: eps, 0 <= eps < 1.
    """
    found = (weights * p[:, states].T).sum(dim=1)
    return -torch.log((1 - smoothing) * found + smoothing / p.shape[1]).mean()
