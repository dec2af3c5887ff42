"""What does a quantum Boltzmann machine draw? Ising spins in a transverse field (Amin et al., arXiv 1601.02036).

    H = sum_i h_i sz_i + sum_(i,j) J_ij sz_i sz_j - sum_i Gamma_i sx_i,    rho = exp(-H) / Z,    Z = Tr exp(-H)

with Pauli matrices sz, sx; h, J and Gamma are in units of the temperature (beta = 1). A measurement of all spins finds
s, and one of the visible spins alone finds v (projector Lambda_v, hidden spins summed over), with probabilities

    p(s) = < s | exp(-H) | s > / Z,    p(v) = Tr[Lambda_v exp(-H)] / Z = sum_hidden p(v, hidden) .

The sign of each Gamma_i changes nothing: a rotation by pi about sz_i turns it round and leaves every |s> where it is;
with this sign all elements of exp(-H) are positive. At Gamma = 0 it is the classical machine.

Two conditional distributions must be told apart; they agree at Gamma = 0 only.

- Projective, p(free | pinned) = p(free, pinned) / p(pinned): what reads of the whole machine show, of which those with
  the wrong pinned spins are thrown away. `distribution`.
- Clamped, < free | exp(-H_v) | free > / Z_v with H_v = < v | H | v >: the pinned spins are classical, they feel no
  transverse field, and act as fields h' = h + J v on the free ones. It is what a device draws whose pinned
  qubits are held by strong fields or folded away. `clamped_distribution`.

Since exp(-H) is no product, ln p(v) has no gradient in terms of averages that can be sampled. Golden and Thompson's
inequality, Tr exp(A + B) <= Tr exp(A) exp(B), gives a bound that does:

    ln p(v) >= ln Z_v - ln Z,    d/dtheta = - < dH/dtheta >_(clamped to v) + < dH/dtheta > .

For h and J the averages < sz > and < sz sz > are those of measured spins: the positive phase comes from
`clamped_distribution`, the negative one from p(s). Gamma cannot be learnt from it: the clamped machine has no
transverse field on visible spins, hence d(bound)/dGamma_i = - < sx_i > < 0 for visible i and the bound would drive
it to zero, whatever the data.

Everything here is exact, with dense float64 matrices of 2^n x 2^n, for up to `MAX_SPINS` free spins (12 spins: 0.6 GB
and, on one core, 20 to 40 s). Beyond, draw from it with `qgen.samplers` (path-integral Monte Carlo).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qgen.files import InputError
from qgen.ising import Ising, Spins
from qgen.ising.checks import clamp_rows
from qgen.ising.conditions import completed

MAX_SPINS = 12
BATCH = 2**22
"""Elements of the matrices that are diagonalised at once."""


@dataclass(frozen=True, eq=False)
class QuantumBoltzmann:
    """An Ising model in a transverse field.

    Attributes:
        ising: h and J.
        gamma: transverse field of every spin, or one for all; shape (n_nodes,) or ().

    Raises:
        InputError: another shape, or a value that is not finite.
    """

    ising: Ising
    gamma: NDArray[np.float64] | float

    def __post_init__(self) -> None:
        gamma = np.asarray(self.gamma, dtype=np.float64)
        if gamma.shape not in {(), (self.n_nodes,)}:
            raise InputError(f"gamma: expected shape () or ({self.n_nodes},), found {gamma.shape}")
        if not np.isfinite(gamma).all():
            raise InputError(f"gamma: expected finite fields, found {gamma!r:.80}")

    @property
    def n_nodes(self) -> int:
        """Number of spins."""
        return self.ising.n_nodes

    @property
    def fields(self) -> NDArray[np.float64]:
        """Gamma of every spin, shape (n_nodes,)."""
        return np.broadcast_to(np.asarray(self.gamma, dtype=np.float64), (self.n_nodes,))

    def distribution(self, clamp: Spins | None = None) -> tuple[Spins, NDArray[np.float64]]:
        """p(s), given by projection that the pinned spins of `clamp`, shape (n_nodes,), were found as they are.

        Returns:
            spins (2^n_free, n_nodes), in the order of `ExactSampler.distribution`; probabilities (2^n_free,).

        Raises:
            InputError: too many spins, or a bad clamp.
        """
        pinned = clamp_rows(clamp, self.ising, 1)[0]
        states, log_weights = self._joint
        agrees = ((states == pinned) | (pinned == 0)).all(axis=1)
        return states[agrees], _normalised(log_weights[agrees])

    def clamped_distribution(self, clamp: Spins) -> tuple[Spins, NDArray[np.float64]]:
        """Of the machine whose pinned spins are classical (see above); arguments and results as of `distribution`."""
        pinned = clamp_rows(clamp, self.ising, 1)
        states, log_weights = self.log_weights(pinned)
        return states[0], _normalised(log_weights[0])

    def log_weights(self, rows: Spins) -> tuple[Spins, NDArray[np.float64]]:
        """Of the machine clamped to each of some rows (n, n_nodes) that pin the same spins.

        Returns:
            states (n, 2^n_free, n_nodes), in the order of `distribution`; ln < s | exp(-H_v) | s > (n, 2^n_free).

        Raises:
            InputError: too many free spins.
        """
        states, free = completed(rows, MAX_SPINS, "quantum Boltzmann machine")
        energies = self.ising.energy(states.reshape(-1, self.n_nodes)).reshape(states.shape[:2])
        step = max(BATCH // states.shape[1] ** 2, 1)
        parts = [
            log_diagonal(torch.from_numpy(energies[start : start + step]), torch.from_numpy(self.fields[free].copy()))
            for start in range(0, len(rows), step)
        ]
        return states, torch.cat(parts).numpy()

    def log_partition(self, clamp: Spins | None = None) -> float:
        """ln Tr exp(-H), or ln Tr exp(-H_v) of the machine clamped to `clamp`, shape (n_nodes,)."""
        return float(self.log_partitions(clamp_rows(clamp, self.ising, 1))[0])

    def log_partitions(self, rows: Spins) -> NDArray[np.float64]:
        """ln Z_v of the machine clamped to each row, shape (n,); rows (n, n_nodes) may pin different spins."""
        different, which = np.unique(clamp_rows(rows, self.ising, len(rows)), axis=0, return_inverse=True)
        log_z = np.empty(len(different))
        for pattern in np.unique(different == 0, axis=0):
            members = np.flatnonzero(((different == 0) == pattern).all(axis=1))
            if pattern.all():
                log_z[members] = np.logaddexp.reduce(self._joint[1])
                continue
            _, log_weights = self.log_weights(different[members])
            log_z[members] = np.logaddexp.reduce(log_weights, axis=1)
        return log_z[which.reshape(-1)]

    def log_probability(self, rows: Spins) -> NDArray[np.float64]:
        """Exact ln p of the pinned spins of each row, spins that are 0 summed over; (n, n_nodes) to (n,)."""
        rows = clamp_rows(rows, self.ising, len(rows))
        states, log_weights = self._joint
        log_z = np.logaddexp.reduce(log_weights)
        different, which = np.unique(rows, axis=0, return_inverse=True)
        agree = (((states == row) | (row == 0)).all(axis=1) for row in different)
        log_p = np.array([np.logaddexp.reduce(log_weights[agrees]) for agrees in agree])
        return np.asarray(log_p[which.reshape(-1)] - log_z)

    def bound(self, rows: Spins) -> NDArray[np.float64]:
        """Golden-Thompson lower bound ln Z_v - ln Z of `log_probability`; (n, n_nodes) to (n,)."""
        return self.log_partitions(rows) - self.log_partition()

    @cached_property
    def _joint(self) -> tuple[Spins, NDArray[np.float64]]:
        """All states and ln < s | exp(-H) | s >."""
        states, log_weights = self.log_weights(np.zeros((1, self.n_nodes), dtype=np.int8))
        return states[0], log_weights[0]


def hamiltonian(energies: Tensor, gamma: Tensor) -> Tensor:
    """Matrices of diag(energies) - sum_i Gamma_i sx_i; shapes (b, 2^n) and (n,) to (b, 2^n, 2^n)."""
    n, size = len(gamma), energies.shape[1]
    places = torch.arange(size)
    field = energies.new_zeros(size, size)
    for i in range(n):
        field[places, places ^ (1 << (n - 1 - i))] = -gamma[i].abs()
    return torch.diag_embed(energies) + field


def log_diagonal(energies: Tensor, gamma: Tensor) -> Tensor:
    """ln < s | exp(-H) | s >, shape (b, 2^n); weights below 1e-30 of the largest are not resolved."""
    levels, vectors = torch.linalg.eigh(hamiltonian(energies, gamma))
    lowest = levels[:, :1]
    weights = vectors.square() @ torch.exp(lowest - levels).unsqueeze(-1)
    return torch.log(weights.squeeze(-1)) - lowest


def log_trace(energies: Tensor, gamma: Tensor) -> Tensor:
    """ln Tr exp(-H), shape (b,); its derivative by the energy of s is - < s | exp(-H) | s > / Z."""
    return torch.logsumexp(-torch.linalg.eigvalsh(hamiltonian(energies, gamma)), dim=1)


def _normalised(log_weights: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.exp(log_weights - log_weights.max())
    return np.asarray(p / p.sum())
