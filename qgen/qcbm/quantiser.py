"""Showers as bit strings: a codeword of the shape and a bin of the response, and showers back from bit strings.

A basis state holds n_c bits for the shape and n_r bits for the response r = E_tot / E_inc,

    state = g(c) 2^n_r + g(b),    g the Gray code,

with c the nearest word of a `Codebook` and b the bin of r between quantiles of the training responses. The way
back fills the cells (dequantisation), with normal scores given the energy (`Marginals`) of r and of the fractions
f_i = E_i / E_tot, so that all is done in standardised log-fraction space:

    score of r:   normal, truncated to the bin b;
    scores of f:  z = m_c + B_c (x - x_c) + s(x) eps,    eps ~ N(0, S),

m_c and x_c are the means over the showers of codeword c, B_c their slopes with the energy x (shrunk to the slope of
all), S the covariance that all codewords share, ln s a parabola. No training shower is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from sklearn.covariance import ledoit_wolf

from qgen.showers import Showers
from qgen.transforms.bits import GrayCode
from qgen.transforms.codebook import Codebook
from qgen.transforms.marginals import Marginals

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SLOPE_PRIOR = 3.0
"""Weight of the common slope, in units of the summed squared deviations of x."""
_SMALLEST = 1e-12


@dataclass(frozen=True)
class Cells:
    """Normal scores of fractions inside the cells of a codebook.

    Attributes:
        mean: m_c, shape (n_codewords, n_voxels).
        centre: x_c, shape (n_codewords,).
        slope: B_c, shape (n_codewords, n_voxels).
        log_sd: coefficients of ln s, shape (3,).
        covariance: S, shape (n_voxels, n_voxels).
    """

    mean: Floats
    centre: Floats
    slope: Floats
    log_sd: Floats
    covariance: Floats

    @classmethod
    def fit(cls, z: Floats, codewords: Integers, x: Floats, n_codewords: int) -> Self:
        """Fit to scores (n, n_voxels) with their codewords (n,) and scaled energies (n,)."""
        member = np.eye(n_codewords)[codewords]
        count = np.maximum(member.sum(axis=0), 1)
        mean, centre = member.T @ z / count[:, None], member.T @ x / count
        dz, dx = z - mean[codewords], x - centre[codewords]
        spread = max(float(dx @ dx), _SMALLEST)
        common = dx @ dz / spread
        own = member.T @ (dx[:, None] * (dz - np.outer(dx, common)))
        slope = common + own / (member.T @ dx**2 + SLOPE_PRIOR)[:, None]
        residual = dz - dx[:, None] * slope[codewords]
        size = np.log((residual**2).mean(axis=1) + 1e-2) / 2
        log_sd = Polynomial.fit(x, size, 2, domain=(-1, 1), window=(-1, 1)).coef.real
        covariance = ledoit_wolf(residual / np.exp(Polynomial(log_sd)(x))[:, None], assume_centered=True)[0]
        return cls(mean, centre, slope, log_sd, covariance)

    def sample(self, codewords: Integers, x: Floats, rng: np.random.Generator) -> Floats:
        """Scores, shape (n, n_voxels)."""
        noise = rng.standard_normal((len(x), len(self.covariance))) @ np.linalg.cholesky(self.covariance).T
        along = (x - self.centre[codewords])[:, None] * self.slope[codewords]
        return np.asarray(self.mean[codewords] + along + np.exp(Polynomial(self.log_sd)(x))[:, None] * noise)


@dataclass(frozen=True)
class Quantiser:
    """Learned code between showers of one geometry and basis states.

    Attributes:
        codebook: of the shapes, 2^n_c codewords.
        edges: between the bins of the response, shape (2^n_r - 1,).
        response: marginal of r.
        fractions: marginals of f.
        cells: of the codebook.
    """

    codebook: Codebook
    edges: Floats
    response: Marginals
    fractions: Marginals
    cells: Cells

    @classmethod
    def fit(cls, showers: Showers, shape_bits: int, response_bits: int, *, seed: int) -> Self:
        """Learn the code from showers.

        Raises:
            InputError: fewer different showers than codewords.
        """
        energy, f, r = showers.incident_energy, _fractions(showers), _response(showers)
        codebook = Codebook.fit(f, 2**shape_bits, seed=seed)
        fractions = Marginals.fit(f, energy)
        z = fractions.forward(f, energy, np.random.default_rng(seed))
        x = fractions.scale.forward(energy)
        return cls(
            codebook,
            edges=np.quantile(r, np.arange(1, 2**response_bits) / 2**response_bits),
            response=Marginals.fit(r[:, None], energy),
            fractions=fractions,
            cells=Cells.fit(z, codebook.forward(f), x, 2**shape_bits),
        )

    @property
    def n_states(self) -> int:
        """Number of basis states."""
        return len(self.codebook.centres) * (len(self.edges) + 1)

    def encode(self, showers: Showers) -> Integers:
        """Basis states of showers, shape (n,)."""
        shape = GrayCode.forward(self.codebook.forward(_fractions(showers)))
        bins = GrayCode.forward(np.searchsorted(self.edges, _response(showers)))
        return np.asarray(shape * (len(self.edges) + 1) + bins)

    def parts(self, states: Integers) -> tuple[Integers, Integers]:
        """Codewords and response bins of basis states, each of shape (n,)."""
        shape, bins = np.divmod(states, len(self.edges) + 1)
        return GrayCode.inverse(shape), GrayCode.inverse(bins)

    def decode(self, states: Integers, incident_energy: Floats, rng: np.random.Generator) -> Floats:
        """Showers [MeV], shape (n, n_voxels), of basis states at energies [MeV], each of shape (n,)."""
        codewords, bins = self.parts(states)
        x = np.clip(self.fractions.scale.forward(incident_energy), -1, 1)
        f = self.fractions.inverse(self.cells.sample(codewords, x, rng), incident_energy)
        f = np.where(f.any(axis=1, keepdims=True), f, self.codebook.inverse(codewords))
        total = self._response_in(bins, incident_energy, rng) * incident_energy
        return np.asarray(f * (total / f.sum(axis=1))[:, None])

    def _response_in(self, bins: Integers, incident_energy: Floats, rng: np.random.Generator) -> Floats:
        """Responses inside their bins, given the energy, shape (n,)."""
        ends = np.concatenate([[0.0], self.edges, [np.inf]])
        low, high = (
            ndtr(self.response.forward(ends[b][:, None], incident_energy, rng)[:, 0]) for b in (bins, bins + 1)
        )
        low = np.where(bins == 0, 0.0, low)
        u = low + (high - low) * rng.uniform(size=len(bins))
        return self.response.inverse(ndtri(np.clip(u, _SMALLEST, 1 - _SMALLEST))[:, None], incident_energy)[:, 0]

    def positions(self) -> Floats:
        """Where basis states lie for a kernel, shape (n_states, n_voxels + 1).

        Codewords by their centres, in units of the mean distance to the nearest other codeword; bins by their number.
        """
        codewords, bins = self.parts(np.arange(self.n_states))
        centres = self.codebook.centres
        apart = np.linalg.norm(centres[:, None] - centres, axis=-1) + np.diag(np.full(len(centres), np.inf))
        unit = apart.min(axis=1).mean() if len(centres) > 1 else 1.0
        return np.column_stack([centres[codewords] / unit, bins])

    def state(self) -> dict[str, Floats]:
        """Named arrays, taken back by `restore`."""
        cells = {f"cells.{name}": array for name, array in vars(self.cells).items()}
        own = {"centres": self.codebook.centres, "edges": self.edges}
        return {**own, **cells, **self.response.state("response"), **self.fractions.state("fractions")}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Self:
        """The code of `state`; entries may be tensors, further entries are ignored."""

        def array(name: str) -> Floats:
            return np.asarray(state[name], dtype=np.float64)

        cells = Cells(*(array(f"cells.{name}") for name in ("mean", "centre", "slope", "log_sd", "covariance")))
        response, fractions = Marginals.restore(state, "response"), Marginals.restore(state, "fractions")
        return cls(Codebook(array("centres")), array("edges"), response, fractions, cells)


def _response(showers: Showers) -> Floats:
    return showers.total_energy / showers.incident_energy


def _fractions(showers: Showers) -> Floats:
    return np.asarray(showers.voxels / np.maximum(showers.total_energy, _SMALLEST)[:, None], dtype=np.float64)
