"""How are spins drawn by block Gibbs sampling? All of one colour at once, given all others.

Nodes of one colour share no edge, so given the rest they are independent, with local fields f:

    f_i = h_i + sum_j J_ij s_j,    p(s_i = +1 | rest) = 1 / (1 + exp(2 beta f_i)) .

A sweep updates every colour once, from `init` or from uniform random spins on. The loops are in `qgen.ising.loops`.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from qgen.ising import Ising, Spins
from qgen.ising.checked_sampler import CheckedSampler
from qgen.ising.kernel import Kernel

__all__ = ["BlockGibbsSampler"]


@dataclass(frozen=True)
class BlockGibbsSampler(CheckedSampler):
    """One Markov chain per configuration, exact in the limit of many sweeps.

    Attributes:
        n_sweeps: sweeps before the chains are read, >= 1.
        threads: threads over the chains, at most; None for as many as there are cores. The spins do not depend on it.
    """

    name: ClassVar[str] = "block_gibbs"

    n_sweeps: int = 200
    threads: int | None = None

    def __post_init__(self) -> None:
        self._require_least(n_sweeps=1, threads=1)

    def _draw(
        self, model: Ising, rows: Spins, init: Spins | None, beta: float, rng: np.random.Generator
    ) -> tuple[Spins, dict[str, Any]]:
        kernel = Kernel(model, threads=self.threads)
        chains = kernel.start(len(rows), rng=rng, clamp=rows, init=init)
        updates = kernel.sweep(chains, beta=beta, n=self.n_sweeps)
        return chains.read(), {"sweeps": self.n_sweeps, "spin_updates": updates, "continued": init is not None}
