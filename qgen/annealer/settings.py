"""How is an annealing processor used: at which temperature, with which pins, chains and calls?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from qgen.annealer.programming import Conditioning
from qgen.annealer.ranges import OutOfRange
from qgen.annealer.schedule import Given
from qgen.files import InputError

ChainBreaks = Literal["discard", "majority"]
SINGLE_QUBIT_BETA = 1 / 0.112
"""From the published mean single-qubit temperature of Advantage2_system1.7; coupled qubits look hotter: measure it."""
OURS = {"num_reads", "answer_mode", "auto_scale", "flux_biases", "annealing_time"}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a processor is used.

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
        for key, chosen, allowed in (
            ("conditioning", self.conditioning, get_args(Conditioning)),
            ("out_of_range", self.out_of_range, get_args(OutOfRange)),
            ("chain_breaks", self.chain_breaks, get_args(ChainBreaks)),
        ):
            if chosen not in allowed:
                raise InputError(f"{key}: expected one of {', '.join(allowed)}, found {chosen!r}")
        if self.max_retries < 0:
            raise InputError(f"max_retries: expected a number >= 0, found {self.max_retries}")
        if OURS & set(self.parameters):
            raise InputError(f"parameters: {sorted(OURS & set(self.parameters))} are set by this sampler")
