"""How is a Boltzmann machine in a transverse field trained? By its Golden-Thompson bound (1601.02036; see `quantum`).

The bits of a `BoltzmannMachine` of energy E(c, z), of which the held ones c are classical, in a transverse field Gamma
on the free ones, in units of the temperature:

    H_c = E(c, z) - Gamma sum_(i free) sx_i,    p(z | c) = < z | exp(-H_c) | z > / Z_c,    Z_c = Tr exp(-H_c)
    ln p(z | c) >= -E(c, z) - ln Z_c,           d(bound) = -dE(c, z) + < dE >_(p(z | c))

The positive phase is the classical one, and the negative phase is the mean over measured bits: at the optimum these
have the moments of the data, whatever Gamma is. The field is a setting, not learnt: the bound would drive it to zero.
It is what a processor draws whose held qubits are folded away (`QuantumBoltzmann.clamped_distribution`); at Gamma = 0
it is the classical machine.

The bound is loose, what it trains need not be: six bits, four Bernoulli modes, 200 epochs of Adam at 0.05, exact
KL(data || machine) [nats] from about 1 at the start, and the gap between the bound and the exact mean ln p:

    Gamma   0      0.3    0.6    1.0    2.0
    KL    0.062  0.058  0.049  0.039  0.044
    gap     0     0.22   0.82   2.04   5.91
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qgen.boltzmann.machine import BoltzmannMachine, to_bits
from qgen.boltzmann.quantum import MAX_SPINS, QuantumBoltzmann, log_trace
from qgen.ising import Spins
from qgen.ising.conditions import completed
from qgen.transforms.bits import states_of


class QuantumMachine(nn.Module):
    """A Boltzmann machine in a transverse field, exact: matrices of 2^n_free x 2^n_free for every condition.

    Args:
        machine: its graph and the parameters of E; its chains are not used. At most `quantum.MAX_SPINS` free bits.
        transverse_field: Gamma of every free bit, >= 0.
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
        rows, of_held = self._conditions(held)
        states, _ = completed(rows, MAX_SPINS, "quantum Boltzmann machine")
        energies = self.energy(to_bits(states.reshape(-1, states.shape[2])).double()).view(states.shape[:2])
        fields = torch.full((self.machine.n_free,), self.transverse_field, dtype=torch.float64)
        shares = torch.from_numpy(np.bincount(of_held) / len(of_held))
        return -(shares @ log_trace(energies, fields)).float()

    def mean_log_p(self, z: Tensor) -> Tensor:
        """Mean of the exact ln p(z | c), no bound, over bits (n, n_nodes), the held ones first."""
        held, free = z.tensor_split([self.n_condition], dim=1)
        rows, of_held = self._conditions(held)
        _, log_weights = self.quantum.log_weights(rows)
        log_p = log_weights - np.logaddexp.reduce(log_weights, axis=1, keepdims=True)
        return torch.tensor(log_p[of_held, states_of(free)].mean())

    def draw(self, held: Tensor, rng: np.random.Generator) -> tuple[Tensor, dict[str, Any]]:
        """Free bits, float32, shape (n, n_free), one row for each of (n, n_condition), and how they were drawn."""
        rows, of_held = self._conditions(held)
        states, log_weights = self.quantum.log_weights(rows)
        cumulative = np.exp(log_weights - log_weights.max(axis=1, keepdims=True)).cumsum(axis=1)
        u, numbers = rng.random(len(held)), np.empty(len(held), dtype=np.intp)
        for condition, sums in enumerate(cumulative):
            those = of_held == condition
            numbers[those] = np.searchsorted(sums, u[those] * sums[-1], side="right")
        free = states[of_held, numbers, self.n_condition :]
        return to_bits(free), {"sampler": "exact", "reads": len(held), "transverse_field": self.transverse_field}

    @property
    def quantum(self) -> QuantumBoltzmann:
        """The same machine over spins."""
        return QuantumBoltzmann(self.machine.ising(), self.transverse_field)

    def _conditions(self, held: Tensor) -> tuple[Spins, NDArray[np.intp]]:
        """The conditions that occur, as pinned spins (k, n_nodes), and which of them every row has."""
        patterns, of_held = np.unique(held.numpy(), axis=0, return_inverse=True)
        rows = np.zeros((len(patterns), self.machine.n_nodes), dtype=np.int8)
        rows[:, : self.n_condition] = 2 * patterns - 1
        return rows, of_held.reshape(-1)
