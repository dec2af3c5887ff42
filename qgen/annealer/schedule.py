"""Where does a processor freeze, and at which temperature? Annealing schedules A(s) and B(s).

Over an anneal the fraction s = t / t_a goes from 0 to 1 and the processor follows

    H(s) = -A(s)/2 sum_i sigma^x_i + B(s)/2 (sum_i h_i sigma^z_i + sum_(i,j) J_ij sigma^z_i sigma^z_j) ,

A and B in GHz (times Planck's constant). A sets the pace of the dynamics; where it has become small, at s*, the
spins freeze, and if they were in equilibrium until then the reads are those of the state at s*:

    rho ~ exp(-(beta* E - gamma* sum_i sigma^x_i)),   beta* = B(s*) / (2 k_B T),   gamma* = A(s*) / (2 k_B T) ,

with E the programmed (unitless) energy: beta* is the effective inverse temperature of programmed h and J, and
A(s*)/B(s*) = gamma*/beta* what is left of the transverse field (1503.04216; the vendor's
`freezeout_effective_temperature` is 1/beta*).

The freeze-out point is defined here as the first s from which on A(s) <= fraction * k_B T, so that the transverse
term can no longer flip spins against the bath. It is a property of single spins: networks of coupled spins and
chains freeze earlier, piece by piece. Where the vendor publishes s* of a processor, give that.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import constants

from qgen.files import InputError, local, reading

GHZ_PER_MK = constants.k * 1e-3 / (constants.h * 1e9)
"""k_B T / h of one millikelvin, in GHz."""
FREEZE_FRACTION = 0.3
"""A(s*) over k_B T; with it the built-in curve freezes at 20 mK where its processor does, at s* = 0.684."""
COLUMNS = ("s", "A(s) (GHz)", "B(s) (GHz)")


@dataclass(frozen=True, eq=False)
class AnnealingSchedule:
    """A table of A and B, linear between its rows.

    Attributes:
        s: anneal fraction, rising from 0 to 1, shape (n,).
        a: A(s) [GHz], >= 0 and not rising, shape (n,).
        b: B(s) [GHz], >= 0 and not falling, shape (n,).
        name: which processor's, or which approximation.

    Raises:
        InputError: what disagrees with the above.
    """

    s: NDArray[np.float64]
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    name: str = ""

    def __post_init__(self) -> None:
        if not (self.s.ndim == 1 and len(self.s) > 1 and self.s.shape == self.a.shape == self.b.shape):
            shapes = f"{self.s.shape}, {self.a.shape}, {self.b.shape}"
            raise InputError(f"AnnealingSchedule: expected s, A and B of one shape (n,) with n > 1, found {shapes}")
        if not np.isfinite([self.s, self.a, self.b]).all():
            raise InputError("AnnealingSchedule: expected finite numbers")
        if self.s[0] != 0 or self.s[-1] != 1 or (np.diff(self.s) <= 0).any():
            raise InputError(f"AnnealingSchedule: expected s rising from 0 to 1, found {self.s[0]} to {self.s[-1]}")
        if self.a.min() < 0 or self.b.min() < 0 or (np.diff(self.a) > 0).any() or (np.diff(self.b) < 0).any():
            raise InputError("AnnealingSchedule: expected A >= 0 that does not rise and B >= 0 that does not fall")

    @classmethod
    def of(cls, given: "Given") -> "AnnealingSchedule | None":
        """The schedule that a setting stands for: a schedule, "approximate", the path of a vendor's table, or none."""
        if not isinstance(given, str):
            return given
        return cls.approximate() if given == "approximate" else cls.from_csv(given)

    @classmethod
    def from_csv(cls, path: str | Path) -> "AnnealingSchedule":
        """Read the vendor's table, saved as CSV: columns s, A(s) (GHz), B(s) (GHz), then any others.

        Raises:
            InputError: no such file, another header, or a row that is not three numbers.
        """
        with reading(path, "annealing schedule"), local(path).open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
        header = tuple(name.strip() for name in rows[0][:3]) if rows else ()
        if header != COLUMNS:
            raise InputError(f"{path}: expected the columns {', '.join(COLUMNS)}, found {', '.join(header) or 'none'}")
        values = []
        for number, row in enumerate(rows[1:], start=2):
            try:
                values.append([float(row[0]), float(row[1]), float(row[2])])
            except (ValueError, IndexError) as error:
                raise InputError(f"{path}: line {number}: expected s, A, B as numbers, found {row[:3]}") from error
        table = np.array(values).reshape(-1, 3)
        return cls(table[:, 0], table[:, 1], table[:, 2], Path(path).stem)

    @classmethod
    def approximate(cls) -> "AnnealingSchedule":
        """An APPROXIMATE curve in place of a processor's own table, for studies without one.

        A = 6.37 exp(-(s/0.3455)^2), B = 14.87 (0.85 s^2 + 0.15 s), in GHz. The shape of B and A(0) are those of a
        closed form in use for an older processor (QuantumAnnealing.jl). The two other numbers are set so that what is
        published of Advantage2_system1.7 comes out: A = B = 2.308 GHz at the quantum critical point, and at 20 mK
        B(s* = 0.684) / (2 k_B T) = 1 / 0.112, its mean single-qubit temperature. Real A(s) fall faster at the end.
        """
        s = np.arange(1001) / 1000
        return cls(s, 6.37 * np.exp(-((s / 0.3455) ** 2)), 14.87 * (0.85 * s**2 + 0.15 * s), "approximate Advantage2")

    def at(self, s: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """A(s) and B(s) [GHz]."""
        where = np.asarray(s, dtype=np.float64)
        return np.asarray(np.interp(where, self.s, self.a)), np.asarray(np.interp(where, self.s, self.b))

    def fields(self, s: ArrayLike, temperature_mk: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """beta(s) = B / (2 k_B T) and gamma(s) = A / (2 k_B T), unitless, at a physical temperature [mK].

        Raises:
            InputError: the temperature is not finite and > 0.
        """
        if not (np.isfinite(temperature_mk) and temperature_mk > 0):
            raise InputError(f"temperature_mk: expected a finite temperature > 0, found {temperature_mk}")
        a, b = self.at(s)
        thermal = 2 * GHZ_PER_MK * temperature_mk
        return b / thermal, a / thermal

    def freeze_out(self, temperature_mk: float, fraction: float = FREEZE_FRACTION) -> float:
        """s*, the first s from which on A(s) <= fraction * k_B T; 1 where A stays above.

        Args:
            temperature_mk: physical temperature [mK].
            fraction: > 0.

        Raises:
            InputError: temperature or fraction not > 0.
        """
        if not fraction > 0:
            raise InputError(f"fraction: expected a number > 0, found {fraction}")
        above = 2 * self.fields(self.s, temperature_mk)[1] > fraction
        if above.all() or above[-1]:
            return 1.0
        if not above.any():
            return 0.0
        last = int(np.flatnonzero(above)[-1])
        level = fraction * GHZ_PER_MK * temperature_mk
        share = (self.a[last] - level) / (self.a[last] - self.a[last + 1])
        return float(self.s[last] + share * (self.s[last + 1] - self.s[last]))

    def report(self, temperature_mk: float, s_freeze: float | None = None) -> dict[str, float | str]:
        """What follows from the schedule, for `info`.

        Args:
            temperature_mk: physical temperature [mK].
            s_freeze: s* if it is known; None for `freeze_out`.

        Returns:
            schedule (its name), temperature_mk, s_freeze, beta_freeze = B/(2 k_B T), gamma_freeze = A/(2 k_B T),
            residual_transverse = A/B, all at s*.
        """
        s = self.freeze_out(temperature_mk) if s_freeze is None else s_freeze
        if not 0 <= s <= 1:
            raise InputError(f"s_freeze: expected 0 to 1, found {s}")
        beta, gamma = self.fields(s, temperature_mk)
        return {
            "schedule": self.name,
            "temperature_mk": temperature_mk,
            "s_freeze": s,
            "beta_freeze": float(beta),
            "gamma_freeze": float(gamma),
            "residual_transverse": float(gamma / beta) if beta > 0 else float("inf"),
        }


Given = AnnealingSchedule | str | None
"""How a sampler is told of a schedule; as text it can be saved and typed on a command line."""
