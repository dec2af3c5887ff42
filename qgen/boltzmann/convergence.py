"""After how many sweeps have chains of block Gibbs sampling forgotten their start?

Many chains are started alike and compared, after more and more sweeps, with draws that are known to be good (many
more sweeps, parallel tempering): mean spins, correlations along the edges, and energy. Each distance falls to what
chance alone makes of it; what is left beyond that is the bias of reading too early.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qgen.boltzmann.diagnostics import correlation_difference, marginal_difference
from qgen.files import InputError
from qgen.ising import Ising, Spins
from qgen.ising.checks import require_spins
from qgen.ising.kernel import Kernel

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Convergence:
    """Distances from the reference after numbers of sweeps.

    Attributes:
        sweeps: since the start, shape (k,).
        marginal: excess of the rms difference of mean spins over that of exact draws, shape (k,).
        correlation: the same for s_i s_j along the edges, shape (k,).
        energy: difference of the mean energies in standard deviations of one configuration's energy, shape (k,).
        marginal_noise: expected rms difference of the mean spins of exact draws, which is subtracted, shape (k,).
        energy_noise: standard error of `energy`, shape (k,).
    """

    sweeps: NDArray[np.intp]
    marginal: Floats
    correlation: Floats
    energy: Floats
    marginal_noise: Floats
    energy_noise: Floats

    def reached(self, *, marginal: float = 0.02, energy: float = 0.2) -> int | None:
        """The first number of sweeps from which on all distances stay small; None if they do not.

        Args:
            marginal: the most that may be left in mean spins and in correlations.
            energy: the most for the energy, in its standard deviations.
        """
        small = (self.marginal <= marginal) & (self.correlation <= marginal) & (np.abs(self.energy) <= energy)
        late = np.flatnonzero(~small)
        first = int(late[-1]) + 1 if late.size else 0
        return int(self.sweeps[first]) if first < len(small) else None


def convergence(
    model: Ising,
    reference: Spins,
    *,
    start: Spins | None = None,
    clamp: Spins | None = None,
    sweeps: Sequence[int] = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
    beta: float = 1.0,
    threads: int | None = None,
    rng: np.random.Generator,
) -> Convergence:
    """Distances of chains from good draws, as many chains as draws.

    Args:
        model: what to sample.
        reference: independent draws of the model, shape (n, n_nodes); about 1000 resolve 0.01 in mean spins.
        start: spins that the chains continue from, as persistent chains do, (n, n_nodes); None for uniform random
            spins, a cold start.
        clamp: (n, n_nodes) or (n_nodes,), of the reference and of the chains, row by row; 0 = free.
        sweeps: when to look, rising.
        beta: inverse temperature.
        threads: over chains, at most; None for as many as there are cores.

    Raises:
        InputError: a bad argument, or a reference that disagrees with the clamp.
    """
    require_spins(reference, model, clamp)
    steps = np.diff(np.asarray(sweeps, dtype=np.intp), prepend=0)
    if not steps.size or (steps[1:] <= 0).any() or steps[0] < 0:
        raise InputError(f"sweeps: expected rising numbers >= 0, found {list(sweeps)}")
    kernel = Kernel(model, threads=threads)
    chains = kernel.start(len(reference), rng=rng, clamp=clamp, init=start)
    target = model.energy(reference)
    rows = []
    for step in steps:
        kernel.sweep(chains, beta=beta, n=int(step))
        spins = chains.read()
        marginal = marginal_difference(spins, reference, paired=True)
        correlation = correlation_difference(spins, reference, model.edges, paired=True)
        shift = model.energy(spins) - target
        scale = shift.std(ddof=1) / np.sqrt(2)
        rows.append(
            (
                marginal.excess,
                correlation.excess if len(model.edges) else 0.0,
                shift.mean() / scale if scale else 0.0,
                marginal.expected,
                np.sqrt(2 / len(spins)),
            )
        )
    return Convergence(np.asarray(sweeps, dtype=np.intp), *np.array(rows).T)
