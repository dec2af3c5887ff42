"""Sampling on an annealing processor: everything but the connection to it.

A processor draws from exp(-beta_effective E) of the energy E that is programmed, so it is given
E = (beta / beta_effective) H with its automatic scaling off, and its reads are kept one by one ("raw"). Every distinct
pattern of pinned spins is a programming of its own: n reads with k patterns are at least k programmings, fewer where
several copies of the model fit on the processor. Reads in which a pinned spin is wrong, or a chain is broken, are
discarded and asked for again: what is left follows the conditional distribution exactly, whereas setting a wrong spin
right would bias the others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

import numpy as np

from qgen.files import InputError
from qgen.samplers import Ising, Samples, Spins
from qgen.samplers._checks import clamp_rows, require_init, require_request
from qgen.samplers._programming import Conditioning, programmes
from qgen.samplers._ranges import Fitted, OutOfRange, Ranges, fit
from qgen.samplers._schedule import AnnealingSchedule, Given

if TYPE_CHECKING:
    from qgen.samplers._reading import Tally

ChainBreaks = Literal["discard", "majority"]
SINGLE_QUBIT_BETA = 1 / 0.112
"""From the published mean single-qubit temperature of Advantage2_system1.7; coupled qubits look hotter: measure it."""
OURS = {"num_reads", "answer_mode", "auto_scale", "flux_biases", "annealing_time"}


@dataclass(frozen=True, kw_only=True)
class Annealer(ABC):
    """What all annealing processors have in common.

    A model with `qubits` is programmed on them, one without is embedded with chains.

    Attributes:
        beta_effective: the processor draws exp(-beta_effective E), > 0; measure it on the model at hand.
        conditioning: how pinned spins are held: "fold", "strong_field" or "flux_bias".
        pin_field: the field that flux biases amount to, in units of programmed h.
        flux_b_ghz: B [GHz] at which flux and field are compared (the vendor's default: A = B of Advantage_system4.1).
        flux_mafm_ph: largest mutual inductance of two qubits [pH], of the same processor.
        out_of_range: "clip" values to the processor's ranges, or "scale" all of them down.
        parallel: how many copies of the model to read at once, if there is room.
        chain_strength: coupling inside chains, in programmed units; None for the vendor's default, at least
            3 / beta_effective.
        chain_breaks: "discard" reads with a broken chain, or take the "majority" of its qubits, which is biased.
        max_retries: how often to ask again for discarded reads.
        reads_per_call: None for what the processor allows.
        annealing_time: of a read [us]; None for the processor's default.
        parameters: further parameters of the solver, e.g. {"readout_thermalization": 10}.
        schedule: of the processor, to report the freeze-out point and the temperature that follow: an
            `AnnealingSchedule`, "approximate", or the path of the vendor's table.
        temperature_mk: physical temperature for that [mK].
        s_freeze: the published freeze-out point; None to work it out.
    """

    name: ClassVar[str] = "annealer"

    beta_effective: float = SINGLE_QUBIT_BETA
    conditioning: Conditioning = "fold"
    pin_field: float = 20.0
    flux_b_ghz: float = 1.391
    flux_mafm_ph: float = 1.647
    out_of_range: OutOfRange = "clip"
    parallel: int = 1
    chain_strength: float | None = None
    chain_breaks: ChainBreaks = "discard"
    max_retries: int = 10
    reads_per_call: int | None = None
    annealing_time: float | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    schedule: Given = None
    temperature_mk: float = 20.0
    s_freeze: float | None = None

    def __post_init__(self) -> None:
        positive = {
            "beta_effective": self.beta_effective,
            "pin_field": self.pin_field,
            "flux_b_ghz": self.flux_b_ghz,
            "flux_mafm_ph": self.flux_mafm_ph,
            "parallel": self.parallel,
            "chain_strength": self.chain_strength,
            "reads_per_call": self.reads_per_call,
            "annealing_time": self.annealing_time,
            "temperature_mk": self.temperature_mk,
        }
        for key, value in positive.items():
            if value is not None and not (np.isfinite(value) and value > 0):
                raise InputError(f"{key}: expected a finite number > 0, found {value}")
        for key, chosen, known in (
            ("conditioning", self.conditioning, get_args(Conditioning)),
            ("out_of_range", self.out_of_range, get_args(OutOfRange)),
            ("chain_breaks", self.chain_breaks, get_args(ChainBreaks)),
        ):
            if chosen not in known:
                raise InputError(f"{key}: expected one of {known}, found {chosen!r}")
        if self.max_retries < 0:
            raise InputError(f"max_retries: expected a number >= 0, found {self.max_retries}")
        if OURS & set(self.parameters):
            raise InputError(f"parameters: {sorted(OURS & set(self.parameters))} are set by this sampler")

    @abstractmethod
    def connect(self, rng: np.random.Generator) -> AbstractContextManager[Any]:
        """A structured sampler as long as the context lasts: the processor, or what stands in for it.

        Args:
            rng: for a stand-in; a processor has its own randomness.
        """

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
        """Read `n` configurations; `init` is checked and otherwise of no effect, every anneal starts afresh.

        Raises:
            InputError: a bad argument, a model that is not on the processor, or reads that stay wrong.
        """
        require_request(n, beta)
        require_init(init, model, n)
        rows = clamp_rows(clamp, model, n)
        from qgen.samplers._reading import Reader, Tally  # the vendor's libraries, which take seconds to import

        spins, tally = rows.copy(), Tally()
        with self.connect(rng) as client:
            ranges = Ranges.of(client)
            asked = list(programmes(model, rows, beta / self.beta_effective, self.conditioning))
            fitted = fit(asked, ranges, self.out_of_range)
            reader = Reader(self, client, ranges, tally)
            for programme in fitted.programmes:
                reader.fill(spins, programme)
            about = {"solver": client.properties.get("chip_id", "")}
            about |= {"stand_in": client.properties["stand_in"]} if "stand_in" in client.properties else {}
        return Samples(spins, {"sampler": self.name, **about, **self._info(n, beta, fitted, tally)})

    def _info(self, n: int, beta: float, fitted: Fitted, tally: Tally) -> dict[str, Any]:
        """What to report."""
        schedule = AnnealingSchedule.of(self.schedule)
        told = {} if schedule is None else schedule.report(self.temperature_mk, self.s_freeze)
        return {
            "reads": n,
            "continued": False,
            "conditioning": self.conditioning,
            "beta_effective": self.beta_effective,
            "beta_sampled": beta * fitted.scale,
            "out_of_range": self.out_of_range,
            "scale": fitted.scale,
            "clipped_fraction": fitted.clipped,
            "clipped_h": fitted.clipped_h,
            "clipped_j": fitted.clipped_j,
            **tally.as_dict(),
            **told,
        }
