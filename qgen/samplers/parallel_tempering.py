"""How are spins drawn where single chains get stuck? Copies at many temperatures change places.

Every draw has its own ladder beta_min = beta_1 < ... < beta_R = beta of replicas, that block Gibbs sweeps move.
Between sweeps, neighbours on the ladder change places with probability

    min(1, exp((beta_(k+1) - beta_k) (E_(k+1) - E_k))),

which keeps the product of the R Boltzmann distributions. Hot replicas cross between wells that a cold chain never
leaves, and bring what they find down to beta, where it is read. Pairs (1, 2), (3, 4), ... and (2, 3), (4, 5), ...
take turns: deterministic even-odd swaps carry replicas up and down faster than pairs at random.

With swaps rejected at a rate r_k between beta_k and beta_(k+1), the sum of r_k up to beta is a barrier that hardly
depends on the ladder; levels at equal steps of it have equal rates (Syed, Bouchard-Cote, Deligiannidis, Doucet,
1905.02939). It is measured on a pilot run, whose spins are not used.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from qgen.files import InputError
from qgen.ising import Ising, Spins
from qgen.ising.checked_sampler import CheckedSampler
from qgen.ising.kernel import Kernel

__all__ = ["ParallelTemperingSampler"]

_PILOT_LADDERS, _PILOT_ROUNDS = 32, 2
_LEAST_REJECTION = 1e-3
"""Keeps levels apart that always swap."""
_HOT, _COLD = 1, 2
"""Which end of the ladder a replica has been at last."""


@dataclass(frozen=True)
class ParallelTemperingSampler(CheckedSampler):
    """One ladder of replicas per configuration; exact in the limit of many sweeps.

    With `init`, every replica of a ladder starts there. `info` has the ladder (`betas`, hottest first), the mean
    acceptance of swaps of each pair (`swap_acceptance`), the round trips of replicas from the hot end to the cold and
    back, per ladder (`round_trips`), and the `spin_updates`, those of the pilot included.

    Attributes:
        n_sweeps: sweeps of every replica before the coldest is read, >= 1.
        n_replicas: temperatures, >= 2.
        beta_min: hottest inverse temperature, > 0; a model wanted at beta <= beta_min is sampled without a ladder.
        sweeps_per_swap: sweeps between two rounds of swaps, >= 1.
        pilot_sweeps: sweeps to settle and again as many to measure, in each of two rounds that space the ladder for
            equal swap rates; 0 leaves it geometric.
        threads: threads over the chains, at most; None for as many as there are cores.
    """

    name: ClassVar[str] = "parallel_tempering"

    n_sweeps: int = 200
    n_replicas: int = 8
    beta_min: float = 0.1
    sweeps_per_swap: int = 1
    pilot_sweeps: int = 50
    threads: int | None = None

    def __post_init__(self) -> None:
        self._require_least(n_sweeps=1, n_replicas=2, sweeps_per_swap=1, pilot_sweeps=0, threads=1)
        if not 0 < self.beta_min < np.inf:
            raise InputError(f"ParallelTemperingSampler: expected beta_min > 0, found {self.beta_min}")

    def _draw(
        self, model: Ising, rows: Spins, init: Spins | None, beta: float, rng: np.random.Generator
    ) -> tuple[Spins, dict[str, Any]]:
        kernel = Kernel(model, threads=self.threads)
        betas, updates = self._ladder(kernel, rows, init, beta, rng)
        ladders = _Ladders(kernel, betas, rows, init, rng)
        updates += ladders.run(self.n_sweeps, self.sweeps_per_swap)
        return ladders.coldest(), {
            "sweeps": self.n_sweeps,
            "spin_updates": updates,
            "continued": init is not None,
            "betas": betas.tolist(),
            "swap_acceptance": ladders.acceptance.tolist(),
            "round_trips": ladders.round_trips / len(rows),
        }

    def _ladder(
        self, kernel: Kernel, rows: Spins, init: Spins | None, beta: float, rng: np.random.Generator
    ) -> tuple[NDArray[np.float64], int]:
        """Inverse temperatures up to beta, and the spin updates of the pilot on the first configurations."""
        if beta <= self.beta_min:
            return np.array([float(beta)]), 0
        betas = np.asarray(np.geomspace(self.beta_min, beta, self.n_replicas), dtype=np.float64)
        updates = 0
        some, start = rows[:_PILOT_LADDERS], None if init is None else init[:_PILOT_LADDERS]
        for _ in range(_PILOT_ROUNDS if self.pilot_sweeps else 0):
            pilot = _Ladders(kernel, betas, some, start, rng)
            updates += pilot.run(self.pilot_sweeps, self.sweeps_per_swap)
            updates += pilot.run(self.pilot_sweeps, self.sweeps_per_swap)
            betas = _evenly(betas, pilot.acceptance)
        return betas, updates


class _Ladders:
    """Replicas at all temperatures of all ladders, one chain each, and their swaps.

    Attributes:
        acceptance: mean probability of a swap between neighbours in the last run, shape (levels - 1,).
        round_trips: of replicas from the hot end to the cold and back, all ladders together.
    """

    def __init__(
        self,
        kernel: Kernel,
        betas: NDArray[np.float64],
        rows: Spins,
        init: Spins | None,
        rng: np.random.Generator,
    ) -> None:
        levels, n = len(betas), len(rows)
        clamp, start = np.tile(rows, (levels, 1)), None if init is None else np.tile(init, (levels, 1))
        self._kernel, self._betas, self._rng = kernel, betas, rng
        self._chains = kernel.start(levels * n, rng=rng, clamp=clamp, init=start)
        self._place = np.arange(levels * n).reshape(levels, n)
        """Which chain is at a level of a ladder; swaps exchange temperatures, not spins."""
        self._seen = np.zeros(levels * n, dtype=np.int8)
        self._odd = 0
        self.round_trips = 0
        self.acceptance = np.ones(levels - 1)

    def run(self, n_sweeps: int, every: int) -> int:
        """Sweep all replicas and swap after `every` sweeps and the last; returns the spin updates."""
        beta, probabilities, updates = np.empty(self._place.size), [], 0
        for done in range(0, n_sweeps, every):
            beta[self._place] = self._betas[:, None]
            updates += self._kernel.sweep(self._chains, beta=beta, n=min(every, n_sweeps - done))
            if len(self._betas) > 1:
                probabilities.append(self._swap())
        if probabilities:
            self.acceptance = np.mean(probabilities, axis=0)
        return updates

    def coldest(self) -> Spins:
        """Spins at the last temperature, shape (n, n_nodes)."""
        return self._chains.read()[self._place[-1]]

    def _swap(self) -> NDArray[np.float64]:
        """Swap even or odd pairs, in turn; returns the mean probability of all pairs."""
        energy = self._kernel.energy(self._chains)[self._place]
        probability = np.exp(np.minimum(np.diff(self._betas)[:, None] * np.diff(energy, axis=0), 0))
        pairs = np.arange(self._odd, len(self._betas) - 1, 2)
        self._odd = 1 - self._odd
        accepted = self._rng.random((len(pairs), energy.shape[1])) < probability[pairs]
        lower, upper = self._place[pairs], self._place[pairs + 1]
        self._place[pairs], self._place[pairs + 1] = np.where(accepted, (upper, lower), (lower, upper))
        hot, cold = self._place[0], self._place[-1]
        self.round_trips += int((self._seen[hot] == _COLD).sum())
        self._seen[hot] = _HOT
        self._seen[cold] = np.where(self._seen[cold] == _HOT, _COLD, self._seen[cold])
        return probability.mean(axis=1)


def _evenly(betas: NDArray[np.float64], acceptance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Levels between the same ends at equal steps of the barrier, the sum of the rates of rejection."""
    barrier = np.concatenate([[0], np.cumsum(np.maximum(1 - acceptance, _LEAST_REJECTION))])
    spaced = PchipInterpolator(barrier, betas)(np.linspace(0, barrier[-1], len(betas)))
    return np.concatenate([betas[:1], spaced[1:-1], betas[-1:]])
