"""What response r = E_tot/E_inc does an incident energy give? For generators that model shape and scale apart.

With x the scaled logarithm of E_inc (`EnergyScale`),

    r = mu(x) + sigma(x) Q(u | x),    u ~ U(0, 1),

where mu and ln sigma are cubic polynomials by least squares, and Q is the quantile function of the standardised
residuals: a table of levels at knots in x, linear in between. It is a classical model, fitted in closed form. No
response is above `MOST` times the 99 % quantile of the training: one shower that is damaged must not move all others.
What a network is told of a shower beside its shape is the condition (x, (r - mu) / (2 sigma)), held to finite ranges.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.polynomial import Polynomial
from numpy.typing import NDArray
from torch import Tensor

from qgen.files import InputError
from qgen.transforms.energy_scale import EnergyScale

Floats = NDArray[np.float64]

DEGREE = 3
N_LEVELS = 65
MOST = 10.0
SHOWERS_PER_KNOT = 250
N_CONDITION = 2
CONDITION_LIMIT = 4.0
"""The standardised response enters a condition halved and held to +-4."""
_ARRAYS = ("mean", "log_sd", "knots", "quantiles")


@dataclass(frozen=True)
class ResponseModel:
    """Fitted conditional distribution of the response.

    Attributes:
        scale: of the incident energy.
        mean: coefficients of mu, shape (DEGREE + 1,).
        log_sd: coefficients of ln sigma, shape (DEGREE + 1,).
        knots: scaled energies at which residuals are tabulated, shape (n_knots,).
        quantiles: standardised residuals at evenly spaced levels from 0 to 1, shape (n_knots, N_LEVELS).
        limit: the largest response.
    """

    scale: EnergyScale
    mean: Floats
    log_sd: Floats
    knots: Floats
    quantiles: Floats
    limit: float = np.inf

    @classmethod
    def fit(cls, incident_energy: Floats, total_energy: Floats) -> Self:
        """Fit to showers.

        Args:
            incident_energy: [MeV], shape (n,).
            total_energy: deposited energy [MeV], shape (n,).

        Raises:
            InputError: fewer than two showers.
        """
        if len(incident_energy) < 2:
            raise InputError(f"ResponseModel.fit: expected at least 2 showers, found {len(incident_energy)}")
        scale = EnergyScale(float(incident_energy.min()), float(incident_energy.max()))
        x, r = scale.forward(incident_energy), total_energy / incident_energy
        limit = MOST * float(np.quantile(r, 0.99, method="lower")) or np.inf
        r = np.minimum(r, limit)
        degree = min(DEGREE, len(np.unique(x)) - 1)
        mean = Polynomial.fit(x, r, degree, domain=(-1, 1), window=(-1, 1)).coef.real
        residual = r - Polynomial(mean)(x)
        floor = 1e-3 * max(float(np.abs(r).mean()), np.finfo(float).tiny)
        log_sd = Polynomial.fit(x, np.log(np.abs(residual) + floor), degree, domain=(-1, 1), window=(-1, 1)).coef.real
        standardised = residual / np.exp(Polynomial(log_sd)(x))
        groups = np.array_split(np.argsort(x, kind="stable"), max(1, len(x) // SHOWERS_PER_KNOT))
        levels = np.linspace(0, 1, N_LEVELS)
        return cls(
            scale,
            mean,
            log_sd,
            knots=np.array([x[group].mean() for group in groups]),
            quantiles=np.array([np.quantile(standardised[group], levels) for group in groups]),
            limit=limit,
        )

    def sample(self, incident_energy: Floats, rng: np.random.Generator) -> Floats:
        """Total energies [MeV], one for every incident energy [MeV]; never negative.

        Energies outside the range of the fit take the response of its nearer end.
        """
        x = np.clip(self.scale.forward(incident_energy), -1, 1)
        residual = self._residual(x, rng.uniform(size=len(x)))
        response = Polynomial(self.mean)(x) + np.exp(Polynomial(self.log_sd)(x)) * residual
        return np.asarray(np.clip(response, 0, self.limit) * incident_energy)

    def standardise(self, incident_energy: Floats, total_energy: Floats) -> Floats:
        """Residuals (r - mu) / sigma of total energies [MeV] at incident energies [MeV], shape (n,).

        Energies outside the range of the fit are compared with its nearer end.
        """
        x = np.clip(self.scale.forward(incident_energy), -1, 1)
        residual = total_energy / incident_energy - Polynomial(self.mean)(x)
        return np.asarray(residual / np.exp(Polynomial(self.log_sd)(x)))

    def condition(self, incident_energy: Floats, total_energy: Floats) -> Tensor:
        """Scaled logarithm of E_inc, held to the training range -1..1, and halved standardised response.

        Args:
            incident_energy: [MeV], shape (n,).
            total_energy: [MeV], shape (n,).

        Returns:
            float32, shape (n, N_CONDITION).
        """
        x = np.clip(self.scale.forward(incident_energy), -1, 1)
        r = np.clip(self.standardise(incident_energy, total_energy) / 2, -CONDITION_LIMIT, CONDITION_LIMIT)
        return torch.from_numpy(np.stack([x, r], axis=1)).float()

    def _residual(self, x: Floats, u: Floats) -> Floats:
        """Q(u | x), linear in level and in energy."""
        upper = np.clip(np.searchsorted(self.knots, x), 1, max(len(self.knots) - 1, 1))
        lower = upper - 1
        upper = np.minimum(upper, len(self.knots) - 1)
        span = self.knots[upper] - self.knots[lower]
        weight = np.clip(np.divide(x - self.knots[lower], span, out=np.zeros_like(x), where=span > 0), 0, 1)
        position = u * (N_LEVELS - 1)
        level = np.minimum(position.astype(int), N_LEVELS - 2)
        part = position - level

        def table(knot: NDArray[np.intp]) -> Floats:
            return (1 - part) * self.quantiles[knot, level] + part * self.quantiles[knot, level + 1]

        return np.asarray((1 - weight) * table(lower) + weight * table(upper))

    def state(self) -> dict[str, Floats]:
        """Named arrays, taken back by `restore`."""
        ends = np.array([self.scale.low, self.scale.high])
        arrays = {f"response.{name}": getattr(self, name) for name in _ARRAYS}
        return {"response.range": ends, "response.limit": np.array(self.limit), **arrays}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Self:
        """The model of `state`; entries may be tensors, further entries are ignored."""
        arrays = {name: np.asarray(state[f"response.{name}"], dtype=np.float64) for name in ("range", *_ARRAYS)}
        limit = float(state.get("response.limit", np.inf))  # older models have none
        return cls(EnergyScale(*arrays.pop("range").tolist()), **arrays, limit=limit)
