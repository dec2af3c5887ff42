"""What does the vendor's simulated annealing draw, held at one temperature?

With its default schedule `dwave.samplers.SimulatedAnnealingSampler` is an optimiser and its reads are not from any
Boltzmann distribution. With a schedule of one constant beta and Gibbs acceptance every sweep visits the spins one
after the other and draws each from its conditional: in the limit of many sweeps the reads are exact draws from
p(s) = exp(-beta H(s)) / Z. Pinned spins are folded into the fields of the free ones.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from dwave.samplers import SimulatedAnnealingSampler as VendorSampler

from qgen.ising import Ising, Spins
from qgen.ising.bqm import draw_folded
from qgen.ising.checked_sampler import CheckedSampler

__all__ = ["SimulatedAnnealingSampler"]


@dataclass(frozen=True)
class SimulatedAnnealingSampler(CheckedSampler):
    """One Markov chain per configuration, from `init` or from uniform random spins; single-spin updates.

    Attributes:
        n_sweeps: sweeps before the chains are read, >= 1.
    """

    name: ClassVar[str] = "simulated_annealing"

    n_sweeps: int = 200

    def __post_init__(self) -> None:
        self._require_least(n_sweeps=1)

    def _draw(
        self, model: Ising, rows: Spins, init: Spins | None, beta: float, rng: np.random.Generator
    ) -> tuple[Spins, dict[str, Any]]:
        spins, clamps = draw_folded(
            VendorSampler(),
            model,
            rows,
            init,
            rng,
            beta_schedule_type="custom",
            beta_schedule=[beta],
            num_sweeps_per_beta=self.n_sweeps,
            proposal_acceptance_criteria="Gibbs",
        )
        return spins, {"sweeps": self.n_sweeps, "clamps": clamps, "continued": init is not None}
