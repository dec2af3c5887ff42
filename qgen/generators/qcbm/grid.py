"""Nodes in the space of conditions, and the weights with which an event belongs to them.

Weights are hats (linear interpolation) along every condition, multiplied; an event beyond the ends belongs to the
nearest node. Between nodes p_theta is taken as linear, so that an objective simulates the circuit at the nodes only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from qgen.generators.qcbm.condition import as_columns


@dataclass(frozen=True)
class Grid:
    """A grid of conditions.

    Attributes:
        axes: increasing nodes of every condition, each of shape (any,); one node stands for all values.
    """

    axes: Sequence[Tensor]

    @property
    def points(self) -> Tensor:
        """Conditions at the nodes, shape (n_nodes, n_conditions), the last condition fastest."""
        return torch.stack([axis.flatten() for axis in torch.meshgrid(*self.axes, indexing="ij")], dim=1)

    def weights(self, conditions: Tensor) -> Tensor:
        """Weights of events, shape (n, n_nodes), for conditions (n,) or (n, n_conditions); rows sum to 1."""
        x = as_columns(conditions)
        found = torch.ones_like(x[:, :1])
        for column, axis in zip(x.T, self.axes, strict=True):
            found = (found[:, :, None] * hats(column, axis.to(x.dtype))[:, None]).flatten(1)
        return found


def hats(x: Tensor, nodes: Tensor) -> Tensor:
    """Weights of linear interpolation between nodes, shape (n, n_nodes); rows sum to 1, ends are flat."""
    x = x.clamp(nodes[0], nodes[-1])[:, None]
    left = torch.cat([nodes[:1] - 1, nodes[:-1]])
    right = torch.cat([nodes[1:], nodes[-1:] + 1])
    return torch.minimum((x - left) / (nodes - left), (right - x) / (right - nodes)).clamp_min(0)


def energy_nodes(x: Tensor, n: int) -> Tensor:
    """Tips of the hats: half way from evenly populated to evenly spaced in x; those that coincide are merged."""
    u = torch.linspace(0, 1, n)
    even = x.min() + (x.max() - x.min()) * u
    return torch.unique((torch.quantile(x, u) + even) / 2)
