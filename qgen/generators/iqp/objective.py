"""Maximum mean discrepancy of a conditional model, from its Walsh correlators (2503.02934).

With a Gaussian kernel in the Hamming distance, a mean over Walsh operators (`walsh.py`), the squared discrepancy of
distributions q and p of n bits is one too,

    MMD^2 = sum_{x,y} (q-p)(x) e^{-|x-y|^2 / (2 sigma^2)} (q-p)(y) = E_a [(<Z_a>_q - <Z_a>_p)^2].

Several bandwidths are mixed, in equal parts. The operator without bits, which tells nothing, is not drawn, and the
others weigh 1 - (1 - rho)^n.

The condition enters in bins of the incident energy,

    L = sum_b n_b / n E_a [(<Z_a>_{q_b} - <Z_a>_{p_b})^2],

q_b being the model's mean over some energies of the bin (`nodes`). With q' and q'' independent estimates of the
model's correlators and p of those of n_b showers, an estimate without bias is

    (q' - p) (q'' - p) - (1 - p^2) / (n_b - 1).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from qgen.generators.bits.energy import EnergyBins
from qgen.generators.bits.walsh import data_correlators, draw_operators, rate
from qgen.generators.iqp.correlators import Operators
from qgen.generators.iqp.model import WalshModel
from qgen.training import Batch, Loss
from qgen.training.rates import cool

SCORED = 4
"""Validation takes so many times the operators of a step, always the same ones."""


class WalshMMD(nn.Module):
    """Trains a `WalshModel` by the discrepancy of its correlators to those of the data.

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
