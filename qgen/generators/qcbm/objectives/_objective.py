"""What all objectives share: the data at nodes in energy, the model smeared alike, optimiser, learning rate, score.

With weights w_ik of event i at node k (`hats`), n_k = sum_i w_ik, and p_k the model's distribution at the node,

    t_k(s) = sum_i w_ik [s_i = s] / n_k,        q_k = sum_k' G_kk' p_k' / n_k,    G = w^T w.

Model and data are smeared alike, so the nodes do not bias the model: where p is linear between nodes and the events
follow it, the expectation of t_k is q_k. An objective is L = sum_k n_k/n D(q_k, t_k), unless it says otherwise.

Whatever is minimised, weights are chosen by the cross-entropy of held-out events: a proper score, and with less noise
than a distance to their histogram, which has few events in a cell.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from qgen.generators.bits.energy import hats
from qgen.generators.qcbm.model import BornMachine
from qgen.training import Batch, Loss
from qgen.training.rates import cool

TINY = 1e-12
SMOOTHING = 0.03
"""eps of the cross-entropy, unless given."""


@dataclass(frozen=True)
class Recipe:
    """What objectives are made from.

    Attributes:
        model: to be trained.
        positions: r_s of the basis states, shape (n_states, any).
        nodes: scaled energies (n_nodes,).
        learning_rate: of the circuit (Adam).
        bandwidths: sigma of the kernels of "mmd", in the units of the positions.
        samples: of the model at every node that "mmd" takes at a step; 0 takes exact probabilities.
        smoothing: eps of the cross-entropy, which "kl" minimises and all are scored by, 0 <= eps < 1.
        seed: of the lines of "sliced_wasserstein" and of the discriminator.
    """

    model: BornMachine
    positions: Tensor
    nodes: Tensor
    learning_rate: float
    bandwidths: Sequence[float] = (0.3, 1.0, 3.0, 10.0)
    samples: int = 0
    smoothing: float = SMOOTHING
    seed: int = 0


@dataclass(frozen=True)
class Target:
    """Events at the nodes.

    Attributes:
        weights: w, shape (n, n_nodes).
        count: n_k, shape (n_nodes,).
        states: s_i, shape (n,).
    """

    weights: Tensor
    count: Tensor
    states: Tensor

    def histogram(self, n_states: int) -> Tensor:
        """t, shape (n_nodes, n_states); rows sum to 1, or are 0 at a node without events."""
        empty = self.weights.new_zeros(n_states, len(self.count))
        return empty.index_add_(0, self.states, self.weights).T / self.count.clamp_min(TINY)[:, None]

    def smeared(self, p: Tensor) -> Tensor:
        """q, shape (n_nodes, n_states), of the model's p at the nodes (n_nodes, n_states)."""
        return self.weights.T @ self.weights @ p / self.count.clamp_min(TINY)[:, None]

    def average(self, values: Tensor) -> Tensor:
        """sum_k n_k/n v_k of values (n_nodes,)."""
        return (self.count * values).sum() / self.count.sum()


class Objective(nn.Module, ABC):
    """Base of what `qgen.training.loop.train` minimises.

    Batches hold "x", scaled energies (n,), and "state", basis states (n,).
    """

    nodes: Tensor

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.model = recipe.model
        self.learning_rate, self.smoothing = recipe.learning_rate, recipe.smoothing
        self.register_buffer("nodes", recipe.nodes, persistent=False)
        self.adam = torch.optim.Adam(self.model.parameters(), lr=self.learning_rate)

    @abstractmethod
    def distance(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """L for showers of scaled energies `x` and basis states `state`."""

    def losses(self) -> Mapping[str, Loss]:
        """The distance at the showers of a batch."""
        return {"born": self.distance}

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """Adam."""
        return {"born": self.adam}

    def begin_epoch(self, progress: float) -> None:
        """Lower the learning rate along half a cosine, to a hundredth."""
        cool(self.adam, self.learning_rate, progress)

    @torch.no_grad()
    def score(self, data: Batch, rng: torch.Generator) -> float:
        """Cross-entropy of held-out showers [nat]."""
        return self.cross_entropy(data).item()

    def cross_entropy(self, batch: Batch) -> Tensor:
        """- <ln p_eps> of events [nat], p interpolated between nodes."""
        return cross_entropy(self.model(self.nodes), hats(batch["x"], self.nodes), batch["state"], self.smoothing)

    def target(self, batch: Batch) -> Target:
        """The events of a batch at the nodes."""
        weights = hats(batch["x"], self.nodes)
        return Target(weights, weights.sum(dim=0), batch["state"])


def cross_entropy(p: Tensor, weights: Tensor, states: Tensor, smoothing: float = SMOOTHING) -> Tensor:
    """- <ln p_eps> of showers [nat].

    Args:
        p: at the nodes, shape (n_nodes, n_states).
        weights: of showers at the nodes, shape (n, n_nodes).
        states: of showers, shape (n,).
        smoothing: eps, 0 <= eps < 1.
    """
    likelihood = (weights * p[:, states].T).sum(dim=1)
    return -torch.log((1 - smoothing) * likelihood + smoothing / p.shape[1]).mean()
