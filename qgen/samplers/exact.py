"""How are spins of a small model drawn exactly? By enumeration of all 2^n configurations.

Independent draws from p(s) = exp(-beta H(s)) / Z. With a clamp, draws are from the conditional distribution of
the free spins; configurations that share a pattern of pinned spins share one enumeration.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from qgen.ising import Ising, Spins
from qgen.ising.checked_sampler import CheckedSampler
from qgen.ising.checks import clamp_rows
from qgen.ising.conditions import completed, distinct

__all__ = ["ExactSampler"]


@dataclass(frozen=True)
class ExactSampler(CheckedSampler):
    """Independent draws from the enumerated distribution; where chains start has no effect.

    Attributes:
        max_free: the largest number of free spins that is enumerated (memory grows as 2^max_free).
    """

    name: ClassVar[str] = "exact"

    max_free: int = 20

    def _draw(
        self, model: Ising, rows: Spins, init: Spins | None, beta: float, rng: np.random.Generator
    ) -> tuple[Spins, dict[str, Any]]:
        spins = rows.copy()
        patterns = list(distinct(rows))
        for pattern, members in patterns:
            states, probability = self.distribution(model, clamp=pattern, beta=beta)
            spins[members] = states[rng.choice(len(states), size=len(members), p=probability)]
        return spins, {"clamps": len(patterns)}

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
        states = completed(clamp_rows(clamp, model, 1), self.max_free, "ExactSampler")[0][0]
        exponent = -beta * model.energy(states)
        weight = np.exp(exponent - exponent.max())
        return states, weight / weight.sum()
