"""How are spins of a small model drawn exactly? By enumeration of all 2^n configurations.

Independent draws from p(s) = exp(-beta H(s)) / Z. With a clamp, draws are from the conditional distribution of
the free spins; configurations that share a pattern of pinned spins share one enumeration.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.ising import Ising, Samples, Spins
from qgen.ising.checks import clamp_rows, require_init, require_request

__all__ = ["ExactSampler"]


@dataclass(frozen=True)
class ExactSampler:
    """Draws from the enumerated distribution.

    Attributes:
        max_free: the largest number of free spins that is enumerated (memory grows as 2^max_free).
    """

    max_free: int = 20

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
        """Independent configurations; `init` is checked and otherwise of no effect.

        Raises:
            InputError: more than `max_free` free spins, or a bad argument.
        """
        require_request(n, beta)
        require_init(init, model, n)
        started = time.perf_counter()
        rows = clamp_rows(clamp, model, n)
        spins = rows.copy()
        patterns, which = np.unique(rows, axis=0, return_inverse=True)
        for i, pattern in enumerate(patterns):
            members = np.flatnonzero(which.reshape(-1) == i)
            states, probability = self.distribution(model, clamp=pattern, beta=beta)
            spins[members] = states[rng.choice(len(states), size=len(members), p=probability)]
        info = {"sampler": "exact", "reads": n, "clamps": len(patterns), "time_s": time.perf_counter() - started}
        return Samples(spins, info)

    def distribution(
        self, model: Ising, *, clamp: Spins | None = None, beta: float = 1.0
    ) -> tuple[Spins, NDArray[np.float64]]:
        """All configurations that agree with a clamp of shape (n_nodes,), and their probabilities.

        Returns:
            spins of shape (2^n_free, n_nodes) in the order of binary counting over the free spins, the first of
            them slowest and -1 before +1; probabilities of shape (2^n_free,).

        Raises:
            InputError: more than `max_free` free spins.
        """
        pinned = clamp_rows(clamp, model, 1)[0]
        free = np.flatnonzero(pinned == 0)
        if len(free) > self.max_free:
            raise InputError(f"ExactSampler: expected at most {self.max_free} free spins, found {len(free)}")
        bits = np.arange(2 ** len(free))[:, None] >> np.arange(len(free))[::-1] & 1
        states = np.tile(pinned, (len(bits), 1))
        states[:, free] = 2 * bits - 1
        exponent = -beta * model.energy(states)
        weight = np.exp(exponent - exponent.max())
        return states, weight / weight.sum()
