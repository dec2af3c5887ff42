"""How are spins drawn by block Gibbs sampling? All of one colour at once, given all others.

Nodes of one colour share no edge, so given the rest they are independent, with local fields f:

    f_i = h_i + sum_j J_ij s_j,    p(s_i = +1 | rest) = 1 / (1 + exp(2 beta f_i)) .

A sweep updates every colour once. The compiled loops are in `_loops.py`; `_kernel.py` serves them to whoever sweeps
many times.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from qgen.files import InputError
from qgen.ising import Ising, Samples, Spins
from qgen.ising.checks import require_request
from qgen.ising.kernel import Kernel

__all__ = ["BlockGibbsSampler"]


@dataclass(frozen=True)
class BlockGibbsSampler:
    """One Markov chain per configuration, exact in the limit of many sweeps.

    Attributes:
        n_sweeps: sweeps before the chains are read, >= 1.
        threads: threads over the chains, at most; None for as many as there are cores. The spins do not depend on it.
    """

    n_sweeps: int = 200
    threads: int | None = None

    def __post_init__(self) -> None:
        if self.n_sweeps < 1:
            raise InputError(f"BlockGibbsSampler: expected n_sweeps >= 1, found {self.n_sweeps}")
        if self.threads is not None and self.threads < 1:
            raise InputError(f"BlockGibbsSampler: expected threads >= 1, found {self.threads}")

    def sample(
        self,
        model: Ising,
        *,
        n: int,
        clamp: Spins | None = None,
        init: Spins | None = None,
        beta: float = 1.0,
        rng: np.random.Generator,
    ) -> Samples:
        """Run `n` chains for `n_sweeps`, from `init` or from uniform random spins.

        Raises:
            InputError: a bad argument.
        """
        require_request(n, beta)
        started = time.perf_counter()
        kernel = Kernel(model, threads=self.threads)
        chains = kernel.start(n, rng=rng, clamp=clamp, init=init)
        updates = kernel.sweep(chains, beta=beta, n=self.n_sweeps)
        spins = chains.read()
        info = {
            "sampler": "block_gibbs",
            "reads": n,
            "sweeps": self.n_sweeps,
            "spin_updates": updates,
            "continued": init is not None,
            "time_s": time.perf_counter() - started,
        }
        return Samples(spins, info)
