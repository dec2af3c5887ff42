"""How are configurations read from an annealing processor, whatever it is connected by?

A processor draws from exp(-beta_effective E) of the energy E that is programmed, so it is given
E = (beta / beta_effective) H with its automatic scaling off, and its reads are kept one by one ("raw"). Every distinct
pattern of pinned spins is a programming of its own: n reads with k patterns are at least k programmings, fewer where
several copies of the model fit on the processor. Reads in which a pinned spin is wrong, or a chain is broken, are
discarded and asked for again: what is left follows the conditional distribution exactly, whereas setting a wrong spin
right would bias the others.
"""

from abc import abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from qgen.annealer.programming import programmes
from qgen.annealer.ranges import Fitted, Ranges, fit
from qgen.annealer.schedule import AnnealingSchedule
from qgen.annealer.settings import Settings
from qgen.ising import Ising, Spins
from qgen.ising.checked_sampler import CheckedSampler


@dataclass(frozen=True, kw_only=True)
class Annealer(Settings, CheckedSampler):
    """What all annealing processors have in common; every anneal starts afresh, whatever `init` is.

    `sample` also raises InputError for a model that is not on the processor, or reads that stay wrong.
    """

    timed: ClassVar[bool] = False

    @abstractmethod
    def connect(self, rng: np.random.Generator) -> AbstractContextManager[Any]:
        """A structured sampler as long as the context lasts: the processor, or what stands in for it.

        Args:
            rng: for a stand-in; a processor has its own randomness.
        """

    def _draw(
        self, model: Ising, rows: Spins, init: Spins | None, beta: float, rng: np.random.Generator
    ) -> tuple[Spins, dict[str, Any]]:
        from qgen.annealer.reading import Reader, Tally  # the vendor's libraries, which take seconds to import

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
        return spins, {**about, **self._info(beta, fitted), **tally.as_dict()}

    def _info(self, beta: float, fitted: Fitted) -> dict[str, Any]:
        """What to report."""
        schedule = AnnealingSchedule.of(self.schedule)
        freeze_out = {} if schedule is None else schedule.report(self.temperature_mk, self.s_freeze)
        return {
            "continued": False,
            "conditioning": self.conditioning,
            "beta_effective": self.beta_effective,
            "beta_sampled": beta * fitted.scale,
            "out_of_range": self.out_of_range,
            "scale": fitted.scale,
            "clipped_fraction": fitted.clipped,
            "clipped_h": fitted.clipped_h,
            "clipped_j": fitted.clipped_j,
            **freeze_out,
        }
