"""How often must a processor be called until every row of a request has a good read?"""

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np
from dwave.system.temperatures import h_to_fluxbias
from numpy.typing import NDArray

from qgen.annealer.ledger import Ledger
from qgen.annealer.placement import Placement, Reads, place, strength_of_chains, submit
from qgen.annealer.programming import Programme
from qgen.annealer.ranges import Ranges
from qgen.annealer.settings import Settings
from qgen.files import InputError
from qgen.ising import Spins

IN_FLIGHT = 32
"""Calls that are sent before the first of them is waited for."""
MOST_BOOST = 10.0
"""How many times more reads than needed are asked for, at most, after many had to be discarded."""


@dataclass
class Tally:
    """What is counted over all calls of one request.

    Attributes:
        ledger: of costs.
        patterns: distinct patterns of pinned spins.
        read: configurations that were read: reads times copies.
        wrong_pins: of these, discarded because a pinned spin was wrong.
        wrong_chains: of these, discarded because a chain was broken.
        broken: broken chains and chains read.
        weak_pins: pinned nodes whose field does not exceed the sum of their |J|, over all programmes.
        problems: identifiers of the calls.
        copies: most copies that shared a programming.
        qubits: most qubits in use.
        longest: length of the longest chain.
        chain_strength: in use, strongest of all programmes.
    """

    ledger: Ledger = field(default_factory=Ledger)
    patterns: int = 0
    read: int = 0
    wrong_pins: int = 0
    wrong_chains: int = 0
    broken: NDArray[np.int64] = field(default_factory=lambda: np.zeros(2, dtype=np.int64))
    weak_pins: int = 0
    problems: list[str] = field(default_factory=list)
    copies: int = 0
    qubits: int = 0
    longest: int = 1
    chain_strength: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For `info`."""
        return {
            "patterns": self.patterns,
            "programmings": self.ledger.programmings,
            "configurations_read": self.read,
            "discarded_pins": self.wrong_pins,
            "discarded_chains": self.wrong_chains,
            "chain_break_fraction": float(self.broken[0] / max(self.broken[1], 1)),
            "chain_strength": self.chain_strength,
            "longest_chain": self.longest,
            "weak_pins": self.weak_pins,
            "copies": self.copies,
            "qubits": self.qubits,
            "problems": list(self.problems),
            "cost": self.ledger.as_dict(),
        }


@dataclass(frozen=True)
class Reader:
    """Reads programmes from one processor.

    Attributes:
        settings: of the sampler.
        client: the connection.
        ranges: of the processor.
        tally: to count in.
    """

    settings: Settings
    client: Any
    ranges: Ranges
    tally: Tally

    def fill(self, spins: Spins, programme: Programme) -> None:
        """Write a good read into every row of a programme.

        Raises:
            InputError: some reads stay wrong.
        """
        tally = self.tally
        placement = place(programme.model, self.client, self.settings.parallel)
        asked, lowest = self.settings.chain_strength, self.ranges.j[0]
        chains = strength_of_chains(programme.model, placement, asked, lowest, self.settings.beta_effective)
        self._enter(programme, placement, chains)
        waiting = [members.tolist() for members in programme.members]
        boost = 1.0
        for _ in range(self.settings.max_retries + 1):
            before, good = tally.read, 0
            needed = np.array([len(rows) for rows in waiting])
            calls = shares(needed, len(placement.copies), self._limit(), boost)
            while some := list(islice(calls, IN_FLIGHT)):
                sent = [(ks, self._send(programme, placement, ks, reads, chains)) for ks, reads in some]
                good += sum(self._keep(spins, programme, waiting, ks, wait()) for ks, wait in sent)
            if not any(waiting):
                tally.ledger += Ledger(kept=sum(map(len, programme.members)))
                return
            boost = min((tally.read - before) / good, MOST_BOOST) if good else 1.0
        raise InputError(
            f"{self.settings.name}: {sum(map(len, waiting))} of {sum(map(len, programme.members))} reads still wrong "
            f"after {self.settings.max_retries} retries ({tally.wrong_pins} with a wrong pinned spin, "
            f'{tally.wrong_chains} with a broken chain); use conditioning="fold", a larger pin_field or '
            "chain_strength, or more max_retries"
        )

    def _enter(self, programme: Programme, placement: Placement, chains: float) -> None:
        """Count what is known before the first call."""
        tally = self.tally
        tally.patterns += len(programme.members)
        tally.copies = max(tally.copies, len(placement.copies))
        tally.qubits = max(tally.qubits, placement.n_qubits)
        tally.longest = max(tally.longest, placement.longest)
        tally.chain_strength = max(tally.chain_strength, chains)
        tally.weak_pins += int((programme.pulls() >= self._strength).sum())

    @property
    def _strength(self) -> float:
        """The field that holds pinned spins, in units of programmed h."""
        return self.settings.pin_field if self.settings.conditioning == "flux_bias" else self.ranges.strongest

    def _limit(self) -> int:
        """The most reads of one call: their number, and (t_anneal + t_thermalisation) * reads + t_programming."""
        given = self.client.properties
        most = int(given.get("num_reads_range", (1, sys.maxsize))[1])
        duration = given.get("problem_run_duration_range")
        if duration is not None:

            def parameter(name: str) -> float:
                return float(self.settings.parameters.get(name, given.get(f"default_{name}", 0.0)))

            each = self.settings.annealing_time or parameter("annealing_time")
            each += parameter("readout_thermalization")
            most = min(most, int((duration[1] - parameter("programming_thermalization")) / each))
        if most < 1:
            raise InputError(f"annealing_time: expected a read within {duration[1]} us, which one call may take")
        return most if self.settings.reads_per_call is None else min(most, self.settings.reads_per_call)

    def _send(
        self, programme: Programme, placement: Placement, ks: Sequence[int], reads: int, chains: float
    ) -> Callable[[], Reads]:
        """One call with pattern ks[c] on copy c."""
        by_flux = self.settings.conditioning == "flux_bias"
        models = []
        for k, copy in zip(ks, placement.copies, strict=True):
            asked = programme.pattern(k, 0.0 if by_flux else self._strength)
            lengths = np.array([len(copy[node]) for node in range(asked.n_nodes)])
            spread = np.where(programme.pins[k] != 0, lengths * asked.biases, asked.biases)  # every qubit of a chain
            models.append(replace(asked, biases=spread))
        options = {"num_reads": reads, "answer_mode": "raw", "auto_scale": False, **self.settings.parameters}
        if self.settings.annealing_time is not None:
            options["annealing_time"] = self.settings.annealing_time
        if by_flux and programme.pins.any():
            options["flux_biases"] = self._flux(programme, placement, ks)
        return submit(self.client, placement, models, chains, options)

    def _flux(self, programme: Programme, placement: Placement, ks: Sequence[int]) -> list[float]:
        """Flux bias of every qubit [Phi_0]."""
        size = max(int(self.client.properties["num_qubits"]), max(self.client.nodelist) + 1)
        h = np.zeros(size)
        for k, copy in zip(ks, placement.copies, strict=True):
            for node in np.flatnonzero(programme.pins[k]).tolist():
                h[list(copy[node])] = -self._strength * programme.pins[k, node]
        flux = h_to_fluxbias(h, B=self.settings.flux_b_ghz, MAFM=self.settings.flux_mafm_ph)
        return np.asarray(flux).tolist()

    def _keep(self, spins: Spins, programme: Programme, waiting: list[list[int]], ks: Sequence[int], got: Reads) -> int:
        """Move good reads into the rows that wait for one; how many were good."""
        tally, good = self.tally, 0
        tally.ledger += Ledger.from_timing(got.timing, len(got.spins[0]))
        tally.problems += [got.problem] if got.problem else []
        for k, drawn, broken in zip(ks, got.spins, got.broken, strict=True):
            tally.read += len(drawn)
            tally.broken += int(broken.sum()), broken.size
            torn = broken.any(axis=1) & (self.settings.chain_breaks == "discard")
            pins = programme.pins[k]
            wrong = (drawn[:, pins != 0] != pins[pins != 0]).any(axis=1)
            tally.wrong_chains += int(torn.sum())
            tally.wrong_pins += int((wrong & ~torn).sum())
            right = drawn[~(wrong | torn)]
            good += len(right)
            rows = waiting[k][: len(right)]
            del waiting[k][: len(right)]
            spins[np.ix_(np.array(rows, dtype=np.intp), programme.nodes)] = right[: len(rows)]
        return good


def shares(
    needed: NDArray[np.int64], copies: int, limit: int, boost: float = 1.0
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Calls that read every pattern as often as needed.

    Args:
        needed: reads of every pattern.
        copies: patterns that one call can hold; fewer patterns get several copies each.
        limit: most reads of a call.
        boost: how many times more to read than needed.

    Yields:
        the pattern on every copy, and the number of reads.
    """
    order = [int(k) for k in np.argsort(-needed, kind="stable") if needed[k] > 0]
    for start in range(0, len(order), copies):
        chunk = order[start : start + copies]
        ks = tuple(chunk[c % len(chunk)] for c in range(copies))
        reads = max(math.ceil(needed[k] * boost / ks.count(k)) for k in chunk)
        while reads > 0:
            yield ks, min(reads, limit)
            reads -= limit
