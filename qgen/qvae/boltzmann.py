"""The prior: a restricted Boltzmann machine over bits z = (v, h), v and h in {0, 1}.

    E(v, h) = - sum_ij w_ij (v_i - 1/2)(h_j - 1/2) - sum_i a_i v_i - sum_j b_j h_j,    p(z) = exp(-E(z)) / Z

This is the RBM of CaloQVAE (arXiv 2210.07430) with its biases a_i - (1/2) sum_j w_ij and b_j - (1/2) sum_i w_ij:
measured from 1/2, couplings and biases do not pull at each other in training. In spins s = 2z - 1,

    E(z) = H(s) + const,    J_ij = - w_ij / 4,    h = - (a, b) / 2,    const = - (sum_i a_i + sum_j b_j) / 2 .

The gradient of -ln p needs samples of p (the negative phase): d(-ln p(z)) = dE(z) - <dE>_p.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from qgen.files import InputError
from qgen.samplers import Ising, Sampler, Spins


class BoltzmannPrior(nn.Module):
    """Bipartite Boltzmann machine with persistent chains; the chains are part of the state.

    Args:
        n_visible: bits v.
        n_hidden: bits h.
        n_chains: persistent chains, continued by every negative phase.
        couplings: False leaves w at zero: independent bits, the control of what the couplings are worth.

    Raises:
        InputError: a size below 1.
    """

    w: Tensor
    chains: Tensor

    def __init__(self, n_visible: int, n_hidden: int, *, n_chains: int = 500, couplings: bool = True) -> None:
        super().__init__()
        if min(n_visible, n_hidden, n_chains) < 1:
            raise InputError(
                f"BoltzmannPrior: expected sizes >= 1, found n_visible={n_visible}, n_hidden={n_hidden}, "
                f"n_chains={n_chains}"
            )
        self.n_visible, self.n_hidden, self.couplings = n_visible, n_hidden, couplings
        self.a = nn.Parameter(torch.zeros(n_visible))
        self.b = nn.Parameter(torch.zeros(n_hidden))
        if couplings:
            self.w = nn.Parameter(0.01 * torch.randn(n_visible, n_hidden))
        else:
            self.register_buffer("w", torch.zeros(n_visible, n_hidden))
        spins = 2 * torch.randint(0, 2, (n_chains, self.n_nodes), dtype=torch.int8) - 1
        self.register_buffer("chains", spins)

    @property
    def n_nodes(self) -> int:
        """Number of bits."""
        return self.n_visible + self.n_hidden

    def energy(self, z: Tensor) -> Tensor:
        """E of bits, or of their relaxations in 0..1, of shape (n, n_nodes); shape (n,)."""
        v, h = z.split([self.n_visible, self.n_hidden], dim=1)
        return -((v - 0.5) @ self.w * (h - 0.5)).sum(1) - v @ self.a - h @ self.b

    def ising(self) -> Ising:
        """The same distribution over spins."""
        rows, columns = np.divmod(np.arange(self.n_visible * self.n_hidden), self.n_hidden)
        kept = slice(None if self.couplings else 0)
        return Ising(
            biases=-_float64(torch.cat([self.a, self.b])) / 2,
            edges=np.stack([rows, columns + self.n_visible], axis=1)[kept],
            couplings=-_float64(self.w).ravel()[kept] / 4,
            colours=np.repeat([0, 1], [self.n_visible, self.n_hidden]),
        )

    def advance(self, sampler: Sampler, rng: np.random.Generator) -> Tensor:
        """Continue the persistent chains and return their bits, float32, shape (n_chains, n_nodes)."""
        samples = sampler.sample(self.ising(), n=len(self.chains), init=self.chains.numpy(), rng=rng)
        self.chains.copy_(torch.from_numpy(samples.spins))
        return to_bits(samples.spins)

    def draw(self, n: int, sampler: Sampler, rng: np.random.Generator) -> Tensor:
        """Bits of n new configurations, from copies of persistent chains, float32, shape (n, n_nodes)."""
        start = self.chains.numpy()[rng.integers(len(self.chains), size=n)]
        return to_bits(sampler.sample(self.ising(), n=n, init=start, rng=rng).spins)

    @torch.no_grad()
    def log_partition(self, *, rng: torch.Generator, n_chains: int = 64, n_steps: int = 200) -> float:
        """ln Z by annealed importance sampling (Neal, arXiv physics/9803008): exact without couplings.

        From independent bits (w = 0), for which ln Z_0 is known, w is switched on in `n_steps` equal parts;
        ln Z = ln Z_0 + ln mean(weight), the hidden bits being summed over exactly in every weight.
        """
        log_z0 = float(functional.softplus(torch.cat([self.a, self.b])).sum())
        v = torch.bernoulli(torch.sigmoid(self.a).expand(n_chains, -1), generator=rng)
        log_weight = torch.zeros(n_chains, dtype=torch.float64)
        for k in range(n_steps):
            log_weight += (self._log_marginal(v, (k + 1) / n_steps) - self._log_marginal(v, k / n_steps)).double()
            h = torch.bernoulli(torch.sigmoid(self._hidden_field(v, (k + 1) / n_steps)), generator=rng)
            visible = self.a + (k + 1) / n_steps * (h - 0.5) @ self.w.T
            v = torch.bernoulli(torch.sigmoid(visible), generator=rng)
        return log_z0 + float(torch.logsumexp(log_weight, 0)) - float(np.log(n_chains))

    def _hidden_field(self, v: Tensor, scale: float) -> Tensor:
        return self.b + scale * (v - 0.5) @ self.w

    def _log_marginal(self, v: Tensor, scale: float) -> Tensor:
        """ln sum_h exp(-E(v, h)) with couplings scale * w."""
        pulled = scale * (v - 0.5) @ self.w
        return functional.softplus(self.b + pulled).sum(1) - pulled.sum(1) / 2 + v @ self.a


def to_bits(spins: Spins) -> Tensor:
    """Spins -1, +1 as bits 0, 1 in float32."""
    return (torch.from_numpy(spins).float() + 1) / 2


def _float64(values: Tensor) -> NDArray[np.float64]:
    return values.detach().numpy().astype(np.float64)
