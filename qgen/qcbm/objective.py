"""Maximum mean discrepancy of a conditional Born machine, from exact probabilities.

For a kernel K between basis states and energy bins k with overlapping (hat-shaped) weights w_k(E),

    L = sum_k n_k/n (q_k - t_k)^T K (q_k - t_k),

where t_k is the w_k-weighted histogram of the training states, n_k its total weight, and q_k the average of
p_theta(s | E) with the same weights over the same energies. Model and data are smeared alike, so the bins do not
bias the model. Between the nodes of the hats p_theta is taken as linear in x: with A_ik = w_k(E_i), q = G p with
G = A^T A (rows scaled to 1) and p at the nodes. K mixes Gaussian kernels of several bandwidths, because each sees
correlations of its own range (2305.02881):

    K_ss' = 1/m sum_sigma exp(-|r_s - r_s'|^2 / (2 sigma^2)).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from qgen.qcbm.model import BornMachine
from qgen.training import Batch, Loss


class ConditionalMMD(nn.Module):
    """What trains a `BornMachine`.

    Args:
        model: to be trained.
        positions: r_s, shape (n_states, any).
        nodes: scaled energies at the tips of the hats, increasing, shape (n_bins,).
        bandwidths: sigma, in the units of the positions.
        learning_rate: of Adam.
    """

    def __init__(
        self,
        model: BornMachine,
        positions: Tensor,
        nodes: Tensor,
        *,
        bandwidths: Sequence[float],
        learning_rate: float,
    ) -> None:
        super().__init__()
        self.model = model
        self.nodes = nodes
        self.kernel = mixture_kernel(positions, bandwidths)
        self.learning_rate = learning_rate
        self.adam = torch.optim.Adam(model.parameters(), lr=learning_rate)

    def losses(self) -> Mapping[str, Loss]:
        """The discrepancy at the showers of a batch."""
        return {"mmd": lambda batch, _: self.discrepancy(batch)}

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """Adam."""
        return {"mmd": self.adam}

    def begin_epoch(self, progress: float) -> None:
        """Lower the learning rate along half a cosine, to a hundredth."""
        cosine = (1 + torch.cos(torch.tensor(progress * torch.pi))).item() / 2
        for group in self.adam.param_groups:
            group["lr"] = self.learning_rate * (0.01 + 0.99 * cosine)

    def score(self, data: Batch, rng: torch.Generator) -> float:
        """The discrepancy at held-out showers."""
        with torch.no_grad():
            return self.discrepancy(data).item()

    def discrepancy(self, batch: Batch) -> Tensor:
        """L for showers of scaled energies `x` (n,) and basis states `state` (n,)."""
        weights = hats(batch["x"], self.nodes)
        n = weights.sum(dim=0)
        target = weights.new_zeros(len(self.kernel), len(n)).index_add_(0, batch["state"], weights).T
        model = weights.T @ weights @ self.model(self.nodes)
        difference = (model - target) / n.clamp_min(1e-12)[:, None]
        squared = ((difference @ self.kernel) * difference).sum(dim=1)
        return (n * squared).sum() / n.sum()


def hats(x: Tensor, nodes: Tensor) -> Tensor:
    """Weights of linear interpolation between nodes, shape (n, n_nodes); rows sum to 1, ends are flat."""
    x = x.clamp(nodes[0], nodes[-1])[:, None]
    left = torch.cat([nodes[:1] - 1, nodes[:-1]])
    right = torch.cat([nodes[1:], nodes[-1:] + 1])
    return torch.minimum((x - left) / (nodes - left), (right - x) / (right - nodes)).clamp_min(0)


def mixture_kernel(positions: Tensor, bandwidths: Sequence[float]) -> Tensor:
    """K, shape (n, n), of positions (n, any): positive definite, ones on the diagonal."""
    squared = torch.cdist(positions.double(), positions.double()).square()
    return torch.stack([torch.exp(-squared / (2 * s**2)) for s in bandwidths]).mean(dim=0).to(positions.dtype)
