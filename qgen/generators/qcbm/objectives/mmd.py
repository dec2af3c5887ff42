"""Squared maximum mean discrepancy with a mixture of Gaussian kernels (1804.04168; bandwidths: 2305.02881).

    D(q, t) = (q - t)^T K (q - t),    K_ss' = 1/m sum_sigma exp(-|r_s - r_s'|^2 / (2 sigma^2))

A narrow kernel sees correlations of all bits, but hardly any slope where model and data share no state; a wide one
sees few bits at a time. With exact probabilities this is computed as it stands, up to 12 qubits. Above, or on request,
m states S_1..m are drawn from every q_k: with weights v_i = q(S_i) / [q(S_i)], [.] without gradient, the value

    D^ = 1/(m (m - 1)) sum_{i != j} v_i v_j K(S_i, S_j) - 2/m sum_i v_i sum_s t(s) K(S_i, s) + t^T K t

has the expectation D, and its gradient (of log-derivatives, since samples have none) that of D. It needs no kernel
between all pairs of states.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from qgen.generators.qcbm.objectives._objective import TINY, Objective, Recipe, Target
from qgen.training import Batch

EXACT_STATES = 2**12
"""Above, the kernel would not fit."""
SAMPLES = 64
"""At every node, where the kernel does not fit and no number is given."""


class MMD(Objective):
    """Squared maximum mean discrepancy to the data, exact or from samples.

    Attributes:
        samples: m, or 0 for exact probabilities.
    """

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.positions, self.bandwidths = recipe.positions, recipe.bandwidths
        large = len(recipe.positions) > EXACT_STATES
        self.samples = recipe.samples or (SAMPLES if large else 0)
        self.kernel = None if large else mixture_kernel(recipe.positions, recipe.bandwidths)

    def distance(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """L, exactly or by an estimate from samples."""
        target, p = self.target(batch), self.model(self.nodes)
        q = target.smeared(p)
        if not self.samples and self.kernel is not None:
            return target.average(discrepancy(q, target.histogram(p.shape[1]), self.kernel))
        return self.estimate(q, target, torch.multinomial(q.detach(), self.samples, replacement=True, generator=rng))

    def estimate(self, q: Tensor, target: Target, drawn: Tensor) -> Tensor:
        """sum_k n_k/n D^_k.

        Args:
            q: smeared model, shape (n_nodes, n_states).
            target: the data.
            drawn: states S, shape (n_nodes, m), m >= 2, drawn from the rows of q.
        """
        m = drawn.shape[1]
        chosen = q.gather(1, drawn)
        v = chosen / chosen.detach().clamp_min(TINY)
        seen, where = torch.unique(target.states, return_inverse=True)
        t = target.weights.new_zeros(len(seen), len(target.count)).index_add_(0, where, target.weights).T
        t = t / target.count.clamp_min(TINY)[:, None]
        ours, theirs = self.positions[drawn], self.positions[seen]
        within = gaussians(ours, ours, self.bandwidths) * (1 - torch.eye(m, dtype=v.dtype))
        between = gaussians(ours.flatten(0, 1), theirs, self.bandwidths).unflatten(0, drawn.shape)
        first = torch.einsum("ki,kij,kj->k", v, within, v) / (m * (m - 1))
        second = torch.einsum("ki,kis,ks->k", v, between, t) / m
        third = ((t @ gaussians(theirs, theirs, self.bandwidths)) * t).sum(dim=1)
        return target.average(first - 2 * second + third)


def discrepancy(q: Tensor, t: Tensor, kernel: Tensor) -> Tensor:
    """D, shape (...), of distributions q and t (..., n_states) with K (n_states, n_states)."""
    difference = q - t
    return ((difference @ kernel) * difference).sum(dim=-1)


def mixture_kernel(positions: Tensor, bandwidths: Sequence[float]) -> Tensor:
    """K, shape (n, n), of positions (n, any): positive definite, ones on the diagonal."""
    return gaussians(positions.double(), positions.double(), bandwidths).to(positions.dtype)


def gaussians(a: Tensor, b: Tensor, bandwidths: Sequence[float]) -> Tensor:
    """Mean of Gaussian kernels between rows of a (..., n, d) and b (..., m, d), shape (..., n, m)."""
    squared = torch.cdist(a, b).square()
    return torch.stack([torch.exp(-squared / (2 * width**2)) for width in bandwidths]).mean(dim=0)
