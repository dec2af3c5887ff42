"""What would a processor with known errors draw? A stand-in: its graph, ranges, refusals, times and physics.

Reads are drawn from one of three distributions of the programmed energy E:

    thermal      exp(-beta_device E), by block Gibbs sampling
    transverse   diag exp(-(beta_device E - gamma sum_i sigma^x_i)), by path-integral Monte Carlo
    anneal       the same along a whole annealing schedule at a physical temperature

An anneal's clock is Monte Carlo sweeps, which a small A does not stop: spins that move fast do not freeze at s*, and
their reads have the temperature of the end of the schedule. With `s_freeze` the anneal stops there.

It shares every line with `samplers/dwave` but the client, so that what works here works there. It is classical
software: its time is never that of a processor, and the times in its ledger are those of the vendor's model.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from qgen.annealer.driver import Annealer
from qgen.annealer.mock import Device, StandInClient, processor
from qgen.annealer.schedule import AnnealingSchedule
from qgen.annealer.settings import SINGLE_QUBIT_BETA
from qgen.files import InputError
from qgen.ising import Sampler
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.samplers.path_integral import PathIntegralSampler

__all__ = ["QPUStandIn"]

Draws = Literal["thermal", "transverse", "anneal"]


@dataclass(frozen=True, kw_only=True)
class QPUStandIn(Annealer):
    """The vendor's mock processor with the physics of a device; without errors unless asked for.

    Attributes:
        topology: "zephyr", "pegasus" or "chimera".
        shape: of the topology, e.g. (12, 4), (16,) or (16, 16, 4).
        broken_qubits: that the processor lacks.
        draws: which distribution, see above.
        beta_device: inverse temperature in programmed units, > 0; `beta_effective` is what the sampler takes it to be.
        gamma: transverse field over temperature, of "transverse".
        n_sweeps: of the Markov chains behind a read; ten times as many where a bond is stronger than two
            temperatures, as in chains of qubits, which move slowly.
        sigma_h: control error of h, standard deviation in programmed units, new in every programming.
        sigma_j: the same of J.
        readout_error: probability that a bit is read wrongly (published: at most 0.001).
        drift: amplitude of a daily change of the temperature, beta (1 + drift sin(2 pi hours/24)), < 1.
        hours: time of day of the call; None draws one.
    """

    name: ClassVar[str] = "qpu_standin"

    topology: str = "zephyr"
    shape: tuple[int, ...] = (12, 4)
    broken_qubits: tuple[int, ...] = ()
    draws: Draws = "thermal"
    beta_device: float = SINGLE_QUBIT_BETA
    gamma: float = 0.0
    n_sweeps: int = 200
    sigma_h: float = 0.0
    sigma_j: float = 0.0
    readout_error: float = 0.0
    drift: float = 0.0
    hours: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.draws not in get_args(Draws):
            raise InputError(f"draws: expected one of {get_args(Draws)}, found {self.draws!r}")
        if self.draws == "anneal" and self.schedule is None:
            raise InputError('draws="anneal": expected a schedule to follow')
        if not (np.isfinite(self.beta_device) and self.beta_device > 0):
            raise InputError(f"beta_device: expected a finite number > 0, found {self.beta_device}")
        for key, value, most in (
            ("sigma_h", self.sigma_h, np.inf),
            ("sigma_j", self.sigma_j, np.inf),
            ("readout_error", self.readout_error, 0.5),
            ("drift", self.drift, 1.0),
        ):
            if not 0 <= value < most:
                raise InputError(f"{key}: expected a number from 0 to below {most}, found {value}")
        self._sampler(self.n_sweeps)

    @contextmanager
    def connect(self, rng: np.random.Generator) -> Iterator[Any]:
        """A client of its own for every call; all its randomness is from `rng`."""
        hours = float(rng.uniform(0, 24)) if self.hours is None else self.hours
        beta = self.beta_device
        schedule = AnnealingSchedule.of(self.schedule)
        if self.draws == "anneal" and schedule is not None:
            beta = float(schedule.fields(self._s_end, self.temperature_mk)[0])
        beta *= 1 + self.drift * math.sin(2 * math.pi * hours / 24)
        errors = {"sigma_h": self.sigma_h, "sigma_j": self.sigma_j, "readout_error": self.readout_error}
        device = Device(
            sampler=self._sampler(self.n_sweeps),
            patient=self._sampler(10 * self.n_sweeps),
            beta=beta,
            flux_b_ghz=self.flux_b_ghz,
            flux_mafm_ph=self.flux_mafm_ph,
            **errors,
        )
        gamma = self.gamma if self.draws == "transverse" else 0.0
        about = {"draws": self.draws, "beta_device": beta, "gamma": gamma, **errors}
        yield StandInClient(processor(self.topology, tuple(self.shape), tuple(self.broken_qubits)), device, rng, about)

    def _sampler(self, n_sweeps: int) -> Sampler:
        """Of the distribution that is drawn from."""
        if self.draws == "thermal":
            return BlockGibbsSampler(n_sweeps=n_sweeps)
        schedule = self.schedule if self.draws == "anneal" else None
        return PathIntegralSampler(gamma=self.gamma, n_sweeps=n_sweeps, schedule=schedule, s_end=self._s_end)

    @property
    def _s_end(self) -> float:
        """Where an anneal ends."""
        return 1.0 if self.s_freeze is None else self.s_freeze
