"""Which priors need no sampler? Normal latents, and a small Boltzmann machine in a transverse field, both exact.

Normal: independent standard normal latents, the classical control of the Boltzmann machine. They have the energy
E(z) = |z|^2 / 2, so that the same bound trains all: < E >_q + ln Z - H[q] is the KL divergence.

Quantum (Amin et al., 1601.02036; in an autoencoder 1802.05779): the bits of a `BoltzmannMachine` of energy E(c, z), of
which the held ones c are classical, in a transverse field Gamma on the free ones, in units of the temperature,

    H_c = E(c, z) - Gamma sum_(i free) sx_i,    p(z | c) = < z | exp(-H_c) | z > / Z_c,    Z_c = Tr exp(-H_c) .

This is what a processor draws whose held qubits are folded away (`QuantumBoltzmann.clamped_distribution`); at Gamma = 0
it is the classical machine. It is trained by the bound of Golden and Thompson, ln p(z | c) >= -E(c, z) - ln Z_c, whose
gradient has the classical positive phase, and < dE > of measured bits as the negative one. All of it is exact, for up
to `MAX_SPINS` nodes: matrices of 2^n_free x 2^n_free for every condition.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qgen.boltzmann.machine import BoltzmannMachine, to_bits
from qgen.boltzmann.quantum import completed, log_diagonal, log_trace
from qgen.graphs import build
from qgen.transforms.bits import states_of


class NormalPrior(nn.Module):
    """Independent standard normal variables: E(z) = |z|^2 / 2, Z = (2 pi)^(k/2).

    Args:
        levels: latents of every level.
    """

    n_condition = 0

    def __init__(self, levels: Sequence[int]) -> None:
        super().__init__()
        self.levels = list(levels)

    def sizes(self) -> dict[str, float]:
        """Number of latents, as `resources` reports it."""
        return {"n_latents": float(sum(self.levels))}

    def energy(self, z: Tensor) -> Tensor:
        """|z|^2 / 2, shape (n,)."""
        return z.square().sum(1) / 2

    def negative(self, held: Tensor) -> Tensor:
        """Zero: Z has no parameters."""
        return torch.zeros(())

    def log_prior(self, z: Tensor) -> Tensor:
        """Mean of ln p over latents (n, n_latents)."""
        return -self.energy(z).mean() - sum(self.levels) * math.log(2 * math.pi) / 2

    def draw(self, held: Tensor, rng: np.random.Generator) -> tuple[Tensor, dict[str, Any]]:
        """Latents, float32, shape (n, n_latents), as many as rows of `held` (n, 0); nothing to say of how."""
        return torch.from_numpy(rng.standard_normal((len(held), sum(self.levels)), dtype=np.float32)), {}


class QuantumPrior(nn.Module):
    """A Boltzmann machine in a transverse field, exact.

    Args:
        machine: its graph and the parameters of E; its chains are not used.
        transverse_field: Gamma of every free bit, >= 0; up to `MAX_SPINS` of them.
    """

    def __init__(self, machine: BoltzmannMachine, transverse_field: float) -> None:
        super().__init__()
        self.machine, self.transverse_field = machine, transverse_field
        self.n_condition, self.levels = machine.n_condition, machine.levels

    def sizes(self) -> dict[str, float]:
        """Number of nodes and couplings, as `resources` reports them."""
        return self.machine.sizes()

    def energy(self, z: Tensor) -> Tensor:
        """E of bits (n, n_nodes), without the transverse field, shape (n,)."""
        return self.machine.energy(z)

    def negative(self, held: Tensor) -> Tensor:
        """-ln Z_c, averaged over the conditions `held`, bits (n, n_condition); differentiable."""
        _, energies, of_rows = self._conditions(held)
        shares = torch.from_numpy(np.bincount(of_rows) / len(of_rows))
        return -(shares @ log_trace(energies, self._fields)).float()

    @torch.no_grad()
    def log_prior(self, z: Tensor) -> Tensor:
        """Mean of the exact ln p(z | c), no bound, over bits (n, n_nodes), the held ones first."""
        held, free = z.tensor_split([self.n_condition], dim=1)
        _, energies, of_rows = self._conditions(held)
        log_weights = log_diagonal(energies, self._fields)
        log_p = log_weights - torch.logsumexp(log_weights, dim=1, keepdim=True)
        return log_p[of_rows, states_of(free)].mean()

    @torch.no_grad()
    def draw(self, held: Tensor, rng: np.random.Generator) -> tuple[Tensor, dict[str, Any]]:
        """Free bits, float32, shape (n, n_free), one row for each of (n, n_condition), and how they were drawn."""
        states, energies, of_rows = self._conditions(held)
        log_weights = log_diagonal(energies, self._fields).numpy()
        cumulative = np.exp(log_weights - log_weights.max(axis=1, keepdims=True)).cumsum(axis=1)
        u, numbers = rng.random(len(held)), np.empty(len(held), dtype=np.intp)
        for condition, sums in enumerate(cumulative):
            rows = of_rows == condition
            numbers[rows] = np.searchsorted(sums, u[rows] * sums[-1], side="right")
        free = states[of_rows, numbers, self.n_condition :]
        return to_bits(free), {"sampler": "exact", "reads": len(held), "transverse_field": self.transverse_field}

    @property
    def _fields(self) -> Tensor:
        return torch.full((self.machine.n_free,), self.transverse_field, dtype=torch.float64)

    def _conditions(self, held: Tensor) -> tuple[NDArray[np.int8], Tensor, NDArray[np.intp]]:
        """All states under each condition that occurs, spins (k, 2^n_free, n_nodes), their E, every row's condition."""
        patterns, of_rows = np.unique(held.numpy(), axis=0, return_inverse=True)
        clamp = np.zeros((len(patterns), self.machine.n_nodes), dtype=np.int8)
        clamp[:, : self.n_condition] = 2 * patterns - 1
        states, _ = completed(clamp)
        energies = self.machine.energy(to_bits(states.reshape(-1, states.shape[2])).double())
        return states, energies.view(states.shape[:2]), of_rows.reshape(-1)


ExactPrior = NormalPrior | QuantumPrior
Prior = BoltzmannMachine | ExactPrior


def prior_of(options: Mapping[str, Any], state: Mapping[str, Tensor] | None = None) -> Prior:
    """The prior that the options of a `CaloQVAE` name: untrained, or, with the entries of a model, ready to load them.

    Raises:
        InputError: a graph that cannot be.
    """
    kind, conditioned = options["prior"], options["conditioned"]
    if kind == "normal":
        return NormalPrior(list(options["partitions"])[conditioned:])
    if state is not None:
        prefix = "prior." if kind == "boltzmann" else "prior.machine."
        machine = BoltzmannMachine.of_state(state, prefix, conditioned=conditioned)
    else:
        graph = build(options["graph"], options["partitions"], options["graph_options"])
        n_chains = options["n_chains"] if kind == "boltzmann" else 1
        machine = BoltzmannMachine(graph, conditioned=conditioned, n_chains=n_chains)
    return machine if kind == "boltzmann" else QuantumPrior(machine, options["transverse_field"])
