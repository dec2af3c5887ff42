"""Restricted Boltzmann machine over the bits of a code, given the energy: a classical control of a circuit.

    p(x | E) ~ sum_y exp(-E(c(E), x, y))

with E(c, x, y) the energy of `qgen.boltzmann.machine`, y hidden units and c(E) bits that are held: which of LEVELS - 1
quantiles of the training energies E exceeds. Bits are coupled to hidden units and to the condition, which gives every
bit and every hidden unit a bias for each of LEVELS energies. It is trained by persistent chains (`divergence.py`), and
sampled by block Gibbs sweeps, exact in the limit of many.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from qgen.boltzmann.machine import BoltzmannMachine, balance
from qgen.generators.bits.divergence import CHAINS, SWEEPS_SAMPLING, SWEEPS_TRAINING, PersistentDivergence
from qgen.generators.bits.gates import listed_gates
from qgen.generators.bits.generator import Bits, BitStringGenerator
from qgen.graphs.multipartite import multipartite
from qgen.plugins import option
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.training import Batch, Run, seeded

__all__ = ["RestrictedBoltzmann"]

OWNER = "RestrictedBoltzmann"
LEVELS = 16
"""Energies that the condition tells apart."""


class RestrictedBoltzmann(BitStringGenerator):
    """Restricted Boltzmann machine over the bits of a code: hidden units, given the energy."""

    family = "classical"
    quick: ClassVar[Mapping[str, Any]] = {"epochs": 400}
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 15.0, "standard": 30.0}

    hidden: int | None = option(
        "hidden units; None takes as many as give it the parameters of an IQP Born machine with `gates`, `body` and "
        "`degree`",
        default=None,
        least=1,
    )
    gates: Any = option("of that circuit: all of up to `body` bits, or a list of lists of bits", default="all")
    body: int = option("most bits of its gates, with all", default=2, least=1)
    degree: int = option("of its polynomials in the energy", default=2, least=0)
    learning_rate = 0.005

    def _start(self, x: Tensor, bits: Bits, run: Run) -> tuple[PersistentDivergence, Batch]:
        with seeded(run.seed, 3):
            self.model_ = machine = self._untrained()
        machine.hold(x, np.random.default_rng((run.seed, 4)))
        batch = {"x": x, "bits": torch.from_numpy(bits.astype(np.float32))}
        return PersistentDivergence(machine, learning_rate=self.learning_rate), batch

    def _untrained(self) -> "RestrictedMachine":
        n = self.code_.n_bits
        if self.hidden is not None:
            return RestrictedMachine(n, self.hidden)
        angles = (self.degree + 1) * len(listed_gates(OWNER, self.gates, self.body, n))
        return RestrictedMachine(n, max(1, round((angles - n * LEVELS) / (n + LEVELS))))


class RestrictedMachine(nn.Module):
    """A Boltzmann machine over bits and hidden units, under the energy.

    Args:
        n_bits: visible bits.
        n_hidden: hidden units.
        n_chains: persistent chains.

    Attributes:
        edges: scaled energies that part the levels, shape (LEVELS - 1,); `hold` sets them.
    """

    edges: Tensor

    def __init__(self, n_bits: int, n_hidden: int, n_chains: int = CHAINS) -> None:
        super().__init__()
        self.n_bits = n_bits
        self.register_buffer("edges", torch.zeros(LEVELS - 1))
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
        """Part scaled energies x (n,) of data in levels of equal population, and share them out among the chains."""
        self.edges.copy_(torch.quantile(x, torch.arange(1, LEVELS) / LEVELS))
        self.machine.hold(self.condition(x), rng)

    def sample(self, x: Tensor, rng: np.random.Generator) -> Bits:
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
