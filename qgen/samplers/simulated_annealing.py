"""What does the vendor's simulated annealing draw, held at one temperature?

With its default schedule `dwave.samplers.SimulatedAnnealingSampler` is an optimiser and its reads are not from any
Boltzmann distribution. With a schedule of one constant beta and Gibbs acceptance every sweep visits the spins one
after the other and draws each from its conditional: in the limit of many sweeps the reads are exact draws from
p(s) = exp(-beta H(s)) / Z. Pinned spins are folded into the fields of the free ones.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from dwave.samplers import SimulatedAnnealingSampler as VendorSampler

from qgen.files import InputError
from qgen.ising import Ising, Samples, Spins
from qgen.ising.bqm import draw_folded
from qgen.ising.checks import clamp_rows, require_init, require_request

__all__ = ["SimulatedAnnealingSampler"]


@dataclass(frozen=True)
class SimulatedAnnealingSampler:
    """One Markov chain per configuration, single-spin updates at constant beta.

    Attributes:
        n_sweeps: sweeps before the chains are read, >= 1.
    """

    n_sweeps: int = 200

    def __post_init__(self) -> None:
        if self.n_sweeps < 1:
            raise InputError(f"SimulatedAnnealingSampler: expected n_sweeps >= 1, found {self.n_sweeps}")

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
        require_init(init, model, n)
        started = time.perf_counter()
        spins, clamps = draw_folded(
            VendorSampler(),
            model,
            clamp_rows(clamp, model, n),
            init,
            rng,
            beta_schedule_type="custom",
            beta_schedule=[beta],
            num_sweeps_per_beta=self.n_sweeps,
            proposal_acceptance_criteria="Gibbs",
        )
        info = {
            "sampler": "simulated_annealing",
            "reads": n,
            "sweeps": self.n_sweeps,
            "clamps": clamps,
            "continued": init is not None,
            "time_s": time.perf_counter() - started,
        }
        return Samples(spins, info)
