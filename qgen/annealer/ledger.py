"""What does the use of a processor cost, by the times that it reports?

A call programs the processor once and reads it many times:

    access = programmings * t_programming + reads * (t_anneal + t_readout + t_delay) .

All patterns of pinned spins are programmings of their own, so that the cost of a shower lies between that of a
programming for itself alone and that of a read among many that share one.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from qgen.files import InputError

SHARED_READS = 1000
"""Reads per programming of the cheap end of the cost per shower."""


@dataclass(frozen=True)
class Ledger:
    """Counts, and times in microseconds.

    Attributes:
        programmings: calls of the processor.
        reads: anneals, discarded ones included.
        kept: configurations that were of use: fewer than reads where some are discarded, more where several copies
            of the model share the processor.
        programming_us: of all programmings.
        anneal_us: of all anneals.
        readout_us: of all readouts.
        delay_us: of all pauses between reads.
        access_us: the whole time that is charged, as the processor reports it.
    """

    programmings: int = 0
    reads: int = 0
    kept: int = 0
    programming_us: float = 0.0
    anneal_us: float = 0.0
    readout_us: float = 0.0
    delay_us: float = 0.0
    access_us: float = 0.0

    @classmethod
    def from_timing(cls, timing: Mapping[str, Any], reads: int) -> "Ledger":
        """One programming with `reads` reads, from the `timing` of a sample set's `info`.

        Raises:
            InputError: a time is missing.
        """
        try:
            return cls(
                programmings=1,
                reads=reads,
                programming_us=float(timing["qpu_programming_time"]),
                anneal_us=reads * float(timing["qpu_anneal_time_per_sample"]),
                readout_us=reads * float(timing["qpu_readout_time_per_sample"]),
                delay_us=reads * float(timing["qpu_delay_time_per_sample"]),
                access_us=float(timing["qpu_access_time"]),
            )
        except KeyError as error:
            raise InputError(f"timing of the processor: expected {error}, found {sorted(timing)}") from error

    def __add__(self, other: "Ledger") -> "Ledger":
        return Ledger(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    def per_shower(self, shared_reads: int) -> float:
        """Access time per kept configuration [us] if every programming had `shared_reads` reads; 0 if none is kept.

        Reads and programmings per kept configuration are taken as they were.
        """
        if not self.kept:
            return 0.0
        programming = self.programming_us / self.programmings / shared_reads
        return (programming + (self.access_us - self.programming_us) / self.reads) * self.reads / self.kept

    def as_dict(self) -> dict[str, float]:
        """All fields, and the cost per shower [us] at 1 and at 1000 reads per programming."""
        alone, shared = self.per_shower(1), self.per_shower(SHARED_READS)
        return {**asdict(self), "access_us_per_shower_alone": alone, "access_us_per_shower_shared": shared}
