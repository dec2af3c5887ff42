"""Classical controls of the IQP Born machine: Boltzmann machines over the same bits, given the energy.

    p(x | E) ~ sum_y exp(-E(c(E), x, y))

with E(c, x, y) the energy of `qgen.boltzmann.machine` and c(E) bits that are held: which of LEVELS - 1 quantiles of the
training energies E exceeds. So every bit has a bias for each of LEVELS energies. "boltzmann" is fully visible, with a
coupling for every pair of bits, as the circuit has an angle; "rbm" couples bits to hidden units y instead. Both are
trained by persistent chains (PCD), and sampled by block Gibbs sweeps, exact in the limit of many.

Of held-out showers, ln p needs ln Z; the score is the pseudo-likelihood - mean_i ln p(x_i | all other bits), which
does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import softplus

from qgen.boltzmann.machine import BoltzmannMachine, balance
from qgen.graphs import Graph, graph_of
from qgen.graphs.multipartite import multipartite
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.training import Batch, Loss

__all__ = ["BoltzmannBits", "PersistentDivergence"]

Architecture = Literal["boltzmann", "rbm"]

LEVELS = 16
"""Energies that the condition tells apart."""
CHAINS = 1024
SWEEPS_TRAINING, SWEEPS_SAMPLING = 2, 100


class BoltzmannBits(nn.Module):
    """A Boltzmann machine over bits, under the energy.

    Args:
        n_bits: visible bits.
        edges: scaled energies that part the levels, shape (LEVELS - 1,).
        architecture: "boltzmann" or "rbm".
        n_hidden: hidden units of "rbm".
        n_chains: persistent chains.
    """

    edges: Tensor

    def __init__(
        self, n_bits: int, edges: Tensor, architecture: Architecture, n_hidden: int = 0, n_chains: int = CHAINS
    ) -> None:
        super().__init__()
        self.n_bits = n_bits
        self.register_buffer("edges", edges.float())
        self.machine = BoltzmannMachine(graph(n_bits, architecture, n_hidden), conditioned=True, n_chains=n_chains)

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


def graph(n_bits: int, architecture: Architecture, n_hidden: int) -> Graph:
    """Condition and bits, all joined; or condition, bits and hidden units, joined with those of other kinds."""
    if architecture == "rbm":
        return multipartite((LEVELS - 1, n_bits, n_hidden))
    colours = np.concatenate([np.zeros(LEVELS - 1, dtype=np.intp), 1 + np.arange(n_bits)])
    pairs = np.stack(np.triu_indices(len(colours), k=1), axis=1)
    return graph_of(colours, pairs[colours[pairs[:, 0]] != colours[pairs[:, 1]]])


class PersistentDivergence(nn.Module):
    """What trains `BoltzmannBits`: <E>_data - <E>_chains, whose gradient is that of -ln p.

    Args:
        model: to be trained.
        x: scaled energies of the training showers (n,), which the chains are given.
        rng: shares them out.
        learning_rate: of Adam.
    """

    def __init__(self, model: BoltzmannBits, x: Tensor, rng: np.random.Generator, *, learning_rate: float) -> None:
        super().__init__()
        model.machine.hold(model.condition(x), rng)
        self.model, self.learning_rate = model, learning_rate
        self.sampler = BlockGibbsSampler(n_sweeps=SWEEPS_TRAINING, threads=1)
        self.adam = torch.optim.Adam(model.parameters(), lr=learning_rate)

    def losses(self) -> Mapping[str, Loss]:
        """The difference of mean energies."""
        return {"divergence": self._difference}

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """Adam."""
        return {"divergence": self.adam}

    def begin_epoch(self, progress: float) -> None:
        """Lower the learning rate along half a cosine, to a hundredth."""
        cosine = (1 + np.cos(progress * np.pi)) / 2
        for group in self.adam.param_groups:
            group["lr"] = self.learning_rate * (0.01 + 0.99 * cosine)

    def score(self, data: Batch, rng: torch.Generator) -> float:
        """Minus the mean pseudo-likelihood of held-out showers, per bit."""
        with torch.no_grad():
            return -self.model.pseudo_likelihood(data["x"], data["bits"]).item()

    def _difference(self, batch: Batch, rng: torch.Generator) -> Tensor:
        machine = self.model.machine
        numpy_rng = np.random.default_rng(int(torch.randint(2**62, (), generator=rng)))
        data = self.model.completed(batch["x"], batch["bits"])
        held = data[:, : machine.n_condition]
        spins = machine.advance(self.sampler, numpy_rng).spins
        weights, of_rows = balance(spins[:, : machine.n_condition], (2 * held - 1).to(torch.int8).numpy())
        return (machine.energy(data) * torch.from_numpy(of_rows)).mean() - machine.mean_energy(spins, weights)
