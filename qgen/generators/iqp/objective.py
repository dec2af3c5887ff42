"""Maximum mean discrepancy of a conditional model, from its Walsh correlators (2503.02934).

With a Gaussian kernel of bandwidth sigma in the Hamming distance, the squared discrepancy of distributions q and p of n
bits is a mean over Walsh operators,

    MMD^2 = sum_{x,y} (q-p)(x) e^{-|x-y|^2 / (2 sigma^2)} (q-p)(y) = E_a [(<Z_a>_q - <Z_a>_p)^2],
    a_i ~ Bernoulli(rho),    rho = (1 - e^{-1/(2 sigma^2)}) / 2,

so a bandwidth is a mean number n rho of bits in an operator, its order: large ones see low orders. Several are mixed,
in equal parts. The operator without bits, which tells nothing, is not drawn, and the others weigh 1 - (1 - rho)^n.

The condition enters in bins of the incident energy,

    L = sum_b n_b / n E_a [(<Z_a>_{q_b} - <Z_a>_{p_b})^2],

q_b being the model's mean over some energies of the bin (`nodes`). With q' and q'' independent estimates of the
model's correlators and p of those of n_b showers, an estimate without bias is

    (q' - p) (q'' - p) - (1 - p^2) / (n_b - 1).

"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qgen.generators.iqp.correlators import Operators
from qgen.generators.iqp.model import WalshModel
from qgen.training import Batch, Loss
from qgen.training.rates import cool

__all__ = ["EnergyBins", "WalshMMD", "bandwidth", "data_correlators", "draw_operators", "rate"]

AT_ONCE = 2**25
"""Parities that are computed at once."""
SCORED = 4
"""Validation takes so many times the operators of a step, always the same ones."""


def rate(bandwidth: float) -> float:
    """rho, the probability of a bit in an operator."""
    return float(-np.expm1(-1 / (2 * bandwidth**2)) / 2)


def bandwidth(order: float, n_bits: int) -> float:
    """sigma at which operators on n bits have `order` of them on average; up to 45 % of the bits."""
    return float((-2 * np.log1p(-2 * min(order / n_bits, 0.45))) ** -0.5)


def draw_operators(n: int, n_bits: int, bandwidth: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Operators other than the empty one, each bit with probability rho, shape (n, n_bits)."""
    drawn = np.zeros((n, n_bits), dtype=np.uint8)
    while (empty := ~drawn.any(axis=1)).any():
        drawn[empty] = rng.random((int(empty.sum()), n_bits)) < rate(bandwidth)
    return drawn


class EnergyBins:
    """Bins of equal population in the scaled energy, and energies that stand for each.

    Args:
        x: scaled energies of the training showers (n,).
        n_bins: bins, fewer where many energies coincide.
        n_nodes: energies in each bin, at the middles of parts of equal population.

    Attributes:
        edges: between bins, shape (n_bins - 1,).
        nodes: shape (n_bins, n_nodes).
    """

    def __init__(self, x: Tensor, n_bins: int, n_nodes: int) -> None:
        ends = torch.unique(torch.quantile(x, torch.linspace(0, 1, n_bins + 1, dtype=x.dtype)))
        self.edges = ends[1:-1]
        parts = [x[self.number(x) == b] for b in range(len(self.edges) + 1)]
        middles = (torch.arange(n_nodes, dtype=x.dtype) + 0.5) / n_nodes
        self.nodes = torch.stack([torch.quantile(part, middles) for part in parts])

    def number(self, x: Tensor) -> Tensor:
        """Bin of every energy, shape (n,)."""
        return torch.searchsorted(self.edges, x, right=True)

    def __len__(self) -> int:
        return len(self.nodes)


def data_correlators(bits: Tensor, number: Tensor, n_bins: int, operators: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
    """Means of (-1)^{a.x} in bins, shape (n_bins, n_operators), and the showers in each (n_bins,).

    Args:
        bits: x as float32, shape (n, n_bits).
        number: bin of every row (n,).
        n_bins: bins; one without rows has means 0.
        operators: a, shape (n_operators, n_bits).
    """
    member = nn.functional.one_hot(number, n_bins).to(bits.dtype)
    count = member.sum(dim=0)
    parts = torch.from_numpy(operators).to(bits.dtype).split(max(1, AT_ONCE // len(bits)))
    sums = [member.T @ (1 - 2 * (bits @ part.T % 2)) for part in parts]
    return torch.cat(sums, dim=1) / count.clamp_min(1)[:, None], count


class WalshMMD(nn.Module):
    """What trains a `WalshModel`.

    Args:
        model: to be trained.
        bins: of the scaled energy.
        bandwidths: sigma, in bits.
        n_operators: drawn per step, in equal parts for the bandwidths.
        learning_rate: of Adam.
    """

    def __init__(
        self,
        model: WalshModel,
        bins: EnergyBins,
        *,
        bandwidths: Sequence[float],
        n_operators: int,
        learning_rate: float,
    ) -> None:
        super().__init__()
        self.model, self.bins, self.bandwidths = model, bins, tuple(bandwidths)
        self.n_operators, self.learning_rate = n_operators, learning_rate
        self.adam = torch.optim.Adam(model.parameters(), lr=learning_rate)

    def losses(self) -> Mapping[str, Loss]:
        """The discrepancy at the showers of a batch."""
        return {"mmd": lambda batch, rng: self.estimate(batch, self.n_operators, _numpy(rng))}

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """Adam."""
        return {"mmd": self.adam}

    def begin_epoch(self, progress: float) -> None:
        """Lower the learning rate along half a cosine, to a hundredth."""
        cool(self.adam, self.learning_rate, progress)

    def score(self, data: Batch, rng: torch.Generator) -> float:
        """The discrepancy at held-out showers, of the same operators at any time."""
        with torch.no_grad():
            return self.estimate(data, SCORED * self.n_operators, np.random.default_rng(0)).item()

    def estimate(self, batch: Batch, n_operators: int, rng: np.random.Generator) -> Tensor:
        """Unbiased estimate of L for showers of scaled energies `x` (n,) and bits `bits` (n, n_bits)."""
        each = -(-n_operators // len(self.bandwidths))
        n = self.model.n_visible
        a = np.concatenate([draw_operators(each, n, sigma, rng) for sigma in self.bandwidths])
        weights = torch.tensor([1 - (1 - rate(sigma)) ** n for sigma in self.bandwidths]).repeat_interleave(each)
        return self.discrepancy(batch, Operators.of(a, rng=rng), weights / len(a), rng)

    def discrepancy(self, batch: Batch, operators: Operators, weights: Tensor, rng: np.random.Generator) -> Tensor:
        """Estimate of sum_b n_b/n sum_a w_a (<Z_a>_{q_b} - <Z_a>_{p_b})^2 for operators with weights (n_operators,)."""
        n_bins, n_nodes = self.bins.nodes.shape
        p, count = data_correlators(batch["bits"], self.bins.number(batch["x"]), n_bins, operators.bits)
        q = self.model.correlators(self.bins.nodes.flatten(), operators, rng)
        q = q.reshape(n_bins, n_nodes, len(operators), 2).mean(dim=1)
        noise = (1 - p.square()) / (count - 1).clamp_min(1)[:, None]
        squared = (q[..., 0] - p) * (q[..., 1] - p) - noise
        return (count / count.sum()) @ (squared @ weights.to(squared.dtype))


def _numpy(rng: torch.Generator) -> np.random.Generator:
    """A numpy generator seeded by a torch one."""
    return np.random.default_rng(int(torch.randint(2**62, (), generator=rng)))
