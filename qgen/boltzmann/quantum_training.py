"""Training of the quantum Boltzmann machine by its Golden-Thompson bound (arXiv 1601.02036; see `quantum`).

    L = - mean_v [ ln Z_v - ln Z ]  >=  - mean_v ln p(v)
    dL/dh_i = mean_v < sz_i >_v - < sz_i >,    dL/dJ_ij = mean_v < sz_i sz_j >_v - < sz_i sz_j >

Positive phase: the machine clamped to the data; negative phase: the free machine. Both are exact (small machines)
or means over a sampler's spins. The transverse field is a setting, not learnt: the bound would drive it to zero.

The bound is loose, what it trains need not be: six bits, four Bernoulli modes, 200 epochs of Adam at 0.05, exact
KL(data || machine) [nats] from about 1 at the start, and the gap between L and the exact - mean ln p(v):

    Gamma                   0      0.3    0.6    1.0    2.0
    KL, no hidden spins   0.062  0.058  0.049  0.040  0.033
    gap                   0      0.22   0.82   2.04   5.89
    KL, two hidden spins  0.015  0.016  0.035  0.038  0.045
    gap                   0      0.18   0.57   1.37   4.92
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from qgen.boltzmann.quantum import QuantumBoltzmann, completed, hamiltonian, log_trace
from qgen.files import InputError
from qgen.ising import Sampler, Spins
from qgen.training import Batch, Loss, Row, Run, train


class NegativeBound(nn.Module):
    """L for `qgen.training.loop.train`; batches hold "rows": data spins in -1, +1, zeros for hidden ones, (n, n_nodes).

    Args:
        machine: where to start; its transverse field stays.
        sampler: draws from the free and from the clamped machine, with the same transverse field, pinned spins
            classical (`qgen.samplers.path_integral`); None for exact phases.
        n_reads: configurations per negative phase.
        learning_rate: of Adam.
    """

    def __init__(
        self, machine: QuantumBoltzmann, *, sampler: Sampler | None, n_reads: int, learning_rate: float
    ) -> None:
        super().__init__()
        self.machine, self.sampler, self.n_reads = machine, sampler, n_reads
        self.biases = nn.Parameter(torch.tensor(machine.ising.biases, dtype=torch.float64))
        self.couplings = nn.Parameter(torch.tensor(machine.ising.couplings, dtype=torch.float64))
        self.optimiser = torch.optim.Adam(self.parameters(), lr=learning_rate)

    def losses(self) -> Mapping[str, Loss]:
        """One loss."""
        return {"bound": self.loss}

    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """One optimiser."""
        return {"bound": self.optimiser}

    def begin_epoch(self, progress: float) -> None:
        """Nothing is annealed."""

    def loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """L; with a sampler its gradient, and as value the difference of the mean energies of the two phases."""
        rows = batch["rows"].numpy()
        if self.sampler is None:
            return self.exact(rows)
        seed = int(torch.randint(2**63 - 1, (1,), generator=rng))
        positive, negative = sampled_phases(
            self.result(), rows, self.sampler, n_reads=self.n_reads, rng=np.random.default_rng(seed)
        )
        return self.energy(positive).mean() - self.energy(negative).mean()

    @torch.no_grad()
    def score(self, data: Batch, rng: torch.Generator) -> float:
        """Exact L [nats per row]."""
        return float(self.exact(data["rows"].numpy()))

    def energy(self, spins: Spins) -> Tensor:
        """Classical energy of configurations, shape (n,)."""
        s = torch.from_numpy(spins).double()
        first, second = torch.from_numpy(self.machine.ising.edges).T
        return s @ self.biases + (s[:, first] * s[:, second]) @ self.couplings

    def exact(self, rows: Spins) -> Tensor:
        """L through the levels of all clamped machines and of the free one, differentiable."""
        different, counts = np.unique(rows, axis=0, return_counts=True)
        clamped = self._log_partitions(different)
        free = self._log_partitions(np.zeros((1, rows.shape[1]), dtype=np.int8))
        weights = torch.from_numpy(counts / counts.sum())
        return free[0] - weights @ clamped

    def _log_partitions(self, rows: Spins) -> Tensor:
        """ln Z_v of rows that pin the same spins."""
        states, free = completed(rows)
        energies = self.energy(states.reshape(-1, rows.shape[1])).reshape(states.shape[:2])
        gamma = torch.from_numpy(self.machine.fields[free].copy())
        return log_trace(energies, gamma)

    def result(self) -> QuantumBoltzmann:
        """The machine with the present parameters."""
        return self.machine.with_parameters(self.biases.detach().numpy().copy(), self.couplings.detach().numpy().copy())


def sampled_phases(
    machine: QuantumBoltzmann, rows: Spins, sampler: Sampler, *, n_reads: int, rng: np.random.Generator
) -> tuple[Spins, Spins]:
    """Spins of both phases: one configuration for every row, clamped to it, and `n_reads` of the free machine."""
    positive = rows
    if (rows == 0).any():
        positive = sampler.sample(machine.ising, n=len(rows), clamp=rows, rng=rng).spins
    return positive, sampler.sample(machine.ising, n=n_reads, rng=rng).spins


def train_bound(
    machine: QuantumBoltzmann,
    bits: ArrayLike,
    *,
    seed: int,
    epochs: int = 300,
    batch_size: int | None = None,
    learning_rate: float = 0.03,
    sampler: Sampler | None = None,
    n_reads: int = 1000,
) -> tuple[QuantumBoltzmann, list[Row]]:
    """Train h and J of a quantum Boltzmann machine.

    Args:
        machine: where to start; spins behind the visible ones are hidden. Hidden spins need biases or couplings
            that differ a little, or they all learn the same.
        bits: data in {0, 1}, of the first spins, shape (n, n_visible).
        seed: of everything random.
        epochs: passes through the data.
        batch_size: rows per step; None for all.
        learning_rate: of Adam.
        sampler: None for exact phases (up to 12 spins), or what draws both phases; it must have the machine's
            transverse field, which is a setting of its own.
        n_reads: configurations per negative phase.

    Returns:
        the trained machine and the history of the loss per epoch (nats per row where the phases are exact).

    Raises:
        InputError: other values or more columns than spins; too many spins for exact phases; a sampler whose `gamma` is
            not the machine's.
    """
    rows = torch.from_numpy(visible_rows(bits, machine.n_nodes))
    if not (np.isfinite(learning_rate) and learning_rate > 0):
        raise InputError(f"learning_rate: expected a finite rate > 0, found {learning_rate}")
    drawn_at = getattr(sampler, "gamma", None)
    if drawn_at is not None and not np.allclose(machine.fields, drawn_at):
        raise InputError(f"sampler: expected the machine's gamma {machine.gamma!r:.60}, found {drawn_at!r:.60}")
    objective = NegativeBound(machine, sampler=sampler, n_reads=n_reads, learning_rate=learning_rate)
    run = Run(seed=seed, validation=0.0, label="quantum Boltzmann machine")
    history = train(objective, {"rows": rows}, run, epochs=epochs, batch_size=batch_size or len(rows))
    return objective.result(), history


def likelihood_gradient(
    machine: QuantumBoltzmann, rows: Spins
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Exact gradient of the mean ln p(v) by h, J and Gamma, through the matrix exponential: for small machines.

    Args:
        machine: up to 12 spins; a step takes 0.1 s with 8 and minutes with 12.
        rows: visible spins in -1, +1, zeros for hidden ones, shape (n, n_nodes).
    """
    objective = NegativeBound(machine, sampler=None, n_reads=1, learning_rate=1.0)
    gamma = torch.tensor(machine.fields, dtype=torch.float64, requires_grad=True)
    states, _ = completed(np.zeros((1, machine.n_nodes), dtype=np.int8))
    half = torch.matrix_exp(-hamiltonian(objective.energy(states[0])[None], gamma)[0] / 2)
    weights = half.square().sum(dim=1)  # diagonal of exp(-H): all terms are positive
    agrees = ((states[0] == rows[:, None]) | (rows[:, None] == 0)).all(axis=2)
    mean = torch.log(torch.from_numpy(agrees).double() @ weights).mean() - torch.log(weights.sum())
    found = torch.autograd.grad(mean, [objective.biases, objective.couplings, gamma])
    return found[0].numpy(), found[1].numpy(), found[2].numpy()


def visible_rows(bits: ArrayLike, n_nodes: int) -> NDArray[np.int8]:
    """Bits of the visible spins as clamps: -1 or +1, then 0 for every hidden spin; (n, n_visible) to (n, n_nodes).

    Raises:
        InputError: no row, values other than 0 and 1, or more columns than spins.
    """
    given = np.asarray(bits)
    if given.ndim != 2 or not len(given) or not 1 <= given.shape[1] <= n_nodes:
        raise InputError(f"bits: expected shape (n, 1 to {n_nodes}), found {given.shape}")
    if not np.isin(given, (0, 1)).all():
        raise InputError(f"bits: expected 0 and 1, found {given[~np.isin(given, (0, 1))][0]}")
    rows = np.zeros((len(given), n_nodes), dtype=np.int8)
    rows[:, : given.shape[1]] = 2 * given.astype(np.int8) - 1
    return rows
