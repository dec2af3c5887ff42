"""Restricted Boltzmann machine over bits, given the energy: a classical control of the IQP Born machine.

    p(x | E) ~ sum_y exp(-E(c(E), x, y))

with E(c, x, y) the energy of `qgen.boltzmann.machine`, y hidden units and c(E) bits that are held: which of LEVELS - 1
quantiles of the training energies E exceeds. Bits are coupled to hidden units and to the condition, which gives every
bit and every hidden unit a bias for each of LEVELS energies. It is trained by persistent chains (`divergence`), and
sampled by block Gibbs sweeps, exact in the limit of many.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import softplus

from qgen.boltzmann.machine import BoltzmannMachine, balance
from qgen.generators.iqp.divergence import CHAINS, SWEEPS_SAMPLING, SWEEPS_TRAINING
from qgen.graphs.multipartite import multipartite
from qgen.samplers.block_gibbs import BlockGibbsSampler

__all__ = ["LEVELS", "RestrictedMachine"]

LEVELS = 16
"""Energies that the condition tells apart."""


class RestrictedMachine(nn.Module):
    """A Boltzmann machine over bits and hidden units, under the energy.

    Args:
        n_bits: visible bits.
        n_hidden: hidden units.
        edges: scaled energies that part the levels, shape (LEVELS - 1,).
        n_chains: persistent chains.
    """

    edges: Tensor

    def __init__(self, n_bits: int, n_hidden: int, edges: Tensor, n_chains: int = CHAINS) -> None:
        super().__init__()
        self.n_bits = n_bits
        self.register_buffer("edges", edges.float())
        graph = multipartite((LEVELS - 1, n_bits, n_hidden))
        self.machine = BoltzmannMachine(graph, conditioned=True, n_chains=n_chains)
        self.sampler = BlockGibbsSampler(n_sweeps=SWEEPS_TRAINING, threads=1)

    def condition(self, x: Tensor) -> Tensor:
        """Held bits of scaled energies x (n,), shape (n, LEVELS - 1)."""
        return (x[:, None] > self.edges).float()

    def completed(self, x: Tensor, bits: Tensor) -> Tensor:
        """Nodes of data: condition, bits, and the probabilities of hidden units given both, without gradient."""
        seen = torch.cat([self.condition(x), bits], dim=1)
        with torch.no_grad():
            return torch.cat([seen, torch.sigmoid(self._hidden_fields(seen))], dim=1)

    def free_energy(self, seen: Tensor) -> Tensor:
        """-ln sum_y exp(-E) of condition and bits (n, any), up to a constant, shape (n,)."""
        first = seen.shape[1]
        w, b = self._couplings()[:first, :first], self.machine.b[:first]
        u, fields = seen - 0.5, self._hidden_fields(seen)
        hidden = softplus(fields).sum(dim=1) - (fields - self.machine.b[first:]).sum(dim=1) / 2
        return -((u @ w) * u).sum(dim=1) / 2 - seen @ b - hidden

    def pseudo_likelihood(self, x: Tensor, bits: Tensor) -> Tensor:
        """Mean over rows and bits of ln p(x_i | all other bits)."""
        seen = torch.cat([self.condition(x), bits], dim=1)
        here, total = self.free_energy(seen), seen.new_zeros(())
        for column in range(seen.shape[1] - self.n_bits, seen.shape[1]):
            flipped = seen.clone()
            flipped[:, column] = 1 - flipped[:, column]
            total = total - softplus(here - self.free_energy(flipped)).mean()
        return total / self.n_bits

    def difference(self, x: Tensor, bits: Tensor, rng: np.random.Generator) -> Tensor:
        """<E>_data - <E>_chains with its gradient, both weighted to the same conditions; the chains go on."""
        data, first = self.completed(x, bits), self.machine.n_condition
        spins = self.machine.advance(self.sampler, rng).spins
        weights, of_rows = balance(spins[:, :first], (2 * data[:, :first] - 1).to(torch.int8).numpy())
        return (self.machine.energy(data) * torch.from_numpy(of_rows)).mean() - self.machine.mean_energy(spins, weights)

    def hold(self, x: Tensor, rng: np.random.Generator) -> None:
        """Share scaled energies x (n,) of data out among the chains."""
        self.machine.hold(self.condition(x), rng)

    def sample(self, x: Tensor, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Bits at scaled energies x (n,), shape (n, n_bits)."""
        sampler = BlockGibbsSampler(n_sweeps=SWEEPS_SAMPLING, threads=1)
        spins = self.machine.draw(len(x), sampler, rng, condition=self.condition(x)).spins
        first = self.machine.n_condition
        return np.asarray(spins[:, first : first + self.n_bits] > 0, dtype=np.uint8)

    def _couplings(self) -> Tensor:
        """w as a symmetric matrix."""
        n = self.machine.n_nodes
        first, second = self.machine.edges.T
        half = self.machine.w.new_zeros(n, n).index_put((first, second), self.machine.w)
        return half + half.T

    def _hidden_fields(self, seen: Tensor) -> Tensor:
        first = seen.shape[1]
        return (seen - 0.5) @ self._couplings()[:first, first:] + self.machine.b[first:]
