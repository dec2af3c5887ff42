"""Conditional marginals: values >= 0, often exactly 0, to standard normal scores and back, given the energy.

For every column, with x the scaled logarithm of E_inc (`EnergyScale`), a value is 0 with probability p0(x), and
the logarithm of a value > 0 has the normal score t of `NormalScores`. Its score z = Phi^-1(u) is that of

    u = p0 + (1 - p0) Phi(t)  for v > 0,    u ~ U(0, p0)  for v = 0:

a zero gets a random score below Phi^-1(p0), so that z ~ N(0, 1) at all energies. p0 is the fraction of zeros in
groups of neighbouring energies, linear in x in between.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from qgen.files import InputError
from qgen.transforms.energy_scale import EnergyScale
from qgen.transforms.normal_scores import NormalScores

__all__ = ["Marginals"]

Floats = NDArray[np.float64]

SHOWERS_PER_KNOT = 250
_SMALLEST = 1e-12
"""Least value whose logarithm is taken, and least distance of u from 0 and 1."""


@dataclass(frozen=True)
class Marginals:
    """Fitted distributions of d columns given the incident energy.

    Attributes:
        scale: of the incident energy.
        scores: of the logarithms of the values > 0.
        knots: scaled energies of the groups, shape (n_knots,).
        zero: p0 at the knots, shape (n_knots, d).
    """

    scale: EnergyScale
    scores: NormalScores
    knots: Floats
    zero: Floats

    @classmethod
    def fit(cls, values: Floats, incident_energy: Floats) -> Self:
        """Fit to values >= 0 of shape (n, d) at energies [MeV] of shape (n,).

        Raises:
            InputError: fewer than two rows.
        """
        if len(values) < 2:
            raise InputError(f"Marginals.fit: expected at least 2 rows, found {len(values)}")
        scale = EnergyScale(float(incident_energy.min()), float(incident_energy.max()))
        x, positive = scale.forward(incident_energy), values > 0
        groups = np.array_split(np.argsort(x, kind="stable"), max(1, len(x) // SHOWERS_PER_KNOT))
        return cls(
            scale,
            NormalScores.fit(_logs(values), positive, x),
            knots=np.array([x[group].mean() for group in groups]),
            zero=np.array([1 - positive[group].mean(axis=0) for group in groups]),
        )

    def forward(self, values: Floats, incident_energy: Floats, rng: np.random.Generator) -> Floats:
        """Scores of values (n, d) at energies [MeV] (n,), same shape; zeros take random scores below `threshold`."""
        p0 = self._zero(incident_energy)
        t = self.scores.forward(_logs(values), self.scale.forward(incident_energy))
        u = np.where(values > 0, p0 + (1 - p0) * ndtr(t), p0 * rng.uniform(size=values.shape))
        return np.asarray(ndtri(np.clip(u, _SMALLEST, 1 - _SMALLEST)))

    def inverse(self, z: Floats, incident_energy: Floats) -> Floats:
        """Values >= 0 of scores (n, d) at energies [MeV] (n,), same shape."""
        p0 = self._zero(incident_energy)
        u = (ndtr(z) - p0) / np.maximum(1 - p0, _SMALLEST)
        t = ndtri(np.clip(u, _SMALLEST, 1 - _SMALLEST))
        logs = self.scores.inverse(t, self.scale.forward(incident_energy))
        return np.asarray(np.where(u > 0, np.exp(logs), 0.0))

    def threshold(self, incident_energy: Floats) -> Floats:
        """Phi^-1(p0), the score above which a value is > 0, shape (n, d)."""
        return np.asarray(ndtri(self._zero(incident_energy)))

    def _zero(self, incident_energy: Floats) -> Floats:
        """p0 at energies [MeV], shape (n, d); outside the knots that of the nearer end."""
        position = np.interp(self.scale.forward(incident_energy), self.knots, np.arange(len(self.knots)))
        lower = position.astype(np.intp)
        part = (position - lower)[:, None]
        return np.asarray((1 - part) * self.zero[lower] + part * self.zero[np.minimum(lower + 1, len(self.knots) - 1)])

    def state(self, prefix: str) -> dict[str, Floats]:
        """Named arrays, taken back by `restore`."""
        own = {"range": np.array([self.scale.low, self.scale.high]), "knots": self.knots, "zero": self.zero}
        return {f"{prefix}.{name}": array for name, array in (own | self.scores.state()).items()}

    @classmethod
    def restore(cls, state: Mapping[str, Any], prefix: str) -> Self:
        """The marginals of `state`; entries may be tensors, further entries are ignored."""
        own = {name.removeprefix(f"{prefix}."): array for name, array in state.items()}
        low, high = np.asarray(own["range"]).tolist()
        knots, zero = (np.asarray(own[name], dtype=np.float64) for name in ("knots", "zero"))
        return cls(EnergyScale(low, high), NormalScores.restore(own), knots, zero)


def _logs(values: Floats) -> Floats:
    return np.log(np.maximum(values, _SMALLEST))
