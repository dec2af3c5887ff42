"""How are spins in a transverse field drawn? By path-integral Monte Carlo of the vendor's library.

    rho = exp(-(beta H(sigma^z) - gamma sum_i sigma^x_i)) / Z,    p(s) = <s| rho |s> .

`dwave.samplers.PathIntegralAnnealingSampler` draws world lines in continuous imaginary time and reads one slice of
each: its Hp_field is beta, its Hd_field gamma, both already divided by the temperature. At gamma = 0 this is Gibbs
sampling of exp(-beta H) / Z, one random spin at a time. Pinned spins are classical, they feel no transverse field:
they are folded into the fields of the free ones.

With an `AnnealingSchedule` the whole anneal is followed: fraction s goes from 0 to `s_end` in `n_sweeps` steps with
Hp = beta B(s)/B(s_end), Hd = beta A(s)/B(s_end). It is at `beta` at its end, and what has frozen on the way stays so.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from dwave.samplers import PathIntegralAnnealingSampler as VendorSampler

from qgen.annealer.schedule import AnnealingSchedule, Given
from qgen.files import InputError
from qgen.ising import Ising, Spins
from qgen.ising.bqm import draw_folded
from qgen.ising.checked_sampler import CheckedSampler

__all__ = ["PathIntegralSampler"]


@dataclass(frozen=True)
class PathIntegralSampler(CheckedSampler):
    """One chain of world lines per configuration, from `init` (as straight lines) or from uniform random spins.

    Attributes:
        gamma: transverse field over temperature, >= 0; not used where a schedule is given.
        n_sweeps: sweeps before the chains are read, >= 1.
        schedule: None for constant fields, or the anneal to follow: an `AnnealingSchedule`, "approximate", or the
            path of a vendor's table.
        s_end: where the anneal ends, in (0, 1].
    """

    name: ClassVar[str] = "path_integral"

    gamma: float = 1.0
    n_sweeps: int = 200
    schedule: Given = None
    s_end: float = 1.0

    def __post_init__(self) -> None:
        self._require_least(n_sweeps=1)
        if not (np.isfinite(self.gamma) and self.gamma >= 0):
            raise InputError(f"PathIntegralSampler: expected a finite gamma >= 0, found {self.gamma}")
        if not 0 < self.s_end <= 1:
            raise InputError(f"PathIntegralSampler: expected s_end above 0 and at most 1, found {self.s_end}")
        schedule = AnnealingSchedule.of(self.schedule)
        if schedule is not None and schedule.at(self.s_end)[1] <= 0:
            raise InputError(f"PathIntegralSampler: expected a schedule with B > 0 at s_end = {self.s_end}")

    def _draw(
        self, model: Ising, rows: Spins, init: Spins | None, beta: float, rng: np.random.Generator
    ) -> tuple[Spins, dict[str, Any]]:
        schedule = AnnealingSchedule.of(self.schedule)
        fields = self._fields(schedule, beta)
        spins, clamps = draw_folded(VendorSampler(), model, rows, init, rng, beta_schedule_type="custom", **fields)
        return spins, {
            "sweeps": self.n_sweeps,
            "clamps": clamps,
            "continued": init is not None,
            "gamma": float(fields["Hd_field"][-1]),
            "schedule": None if schedule is None else schedule.name,
        }

    def _fields(self, schedule: AnnealingSchedule | None, beta: float) -> dict[str, Any]:
        """Hp, Hd and the sweeps at each, as the vendor's sampler takes them."""
        if schedule is None:
            return {"Hp_field": [beta], "Hd_field": [self.gamma], "num_sweeps_per_beta": self.n_sweeps}
        a, b = schedule.at(np.linspace(0, self.s_end, self.n_sweeps + 1)[1:])
        return {"Hp_field": beta * b / b[-1], "Hd_field": beta * a / b[-1], "num_sweeps_per_beta": 1}
