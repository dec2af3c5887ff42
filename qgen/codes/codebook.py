"""A codeword of the shape and a bin of the response.

A bit string holds n_c bits for the number c of the nearest word of a `Codebook`, and n_r bits for the bin b of the
response r = E_tot / E_inc between quantiles of the training responses. The way back fills the cells
(dequantisation), with normal scores given the energy (`Marginals`) of r and of the fractions f_i = E_i / E_tot, so
that all is done in standardised log-fraction space:

    score of r:   normal, truncated to the bin b;
    scores of f:  z = m_c + B_c (x - x_c) + s(x) eps,    eps ~ N(0, S),

m_c and x_c are the means over the showers of codeword c, B_c their slopes with the energy x (shrunk to the slope of
all), S the covariance that all codewords share, ln s a parabola. No training shower is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from qgen.codes import Code
from qgen.codes._parts import ResponseBins, fractions_of, response_of
from qgen.codes._shapes import Noise
from qgen.files import InputError
from qgen.plugins.options import require_whole
from qgen.showers import Showers
from qgen.transforms.codebook import Codebook
from qgen.transforms.energy_scale import EnergyScale
from qgen.transforms.marginals import Marginals

__all__ = ["CodebookCode"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_BITS = 10
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
        noise: s(x) eps.
    """

    mean: Floats
    centre: Floats
    slope: Floats
    noise: Noise

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
        return cls(mean, centre, slope, Noise.fit(dz - dx[:, None] * slope[codewords], x))

    def sample(self, codewords: Integers, x: Floats, rng: np.random.Generator) -> Floats:
        """Scores, shape (n, n_voxels)."""
        along = (x - self.centre[codewords])[:, None] * self.slope[codewords]
        return np.asarray(self.mean[codewords] + along + self.noise.sample(x, rng))

    def state(self, prefix: str) -> dict[str, Floats]:
        """Named arrays, taken back by `restore`."""
        own = {"mean": self.mean, "centre": self.centre, "slope": self.slope, **self.noise._asdict()}
        return {f"{prefix}.{name}": array for name, array in own.items()}

    @classmethod
    def restore(cls, state: Mapping[str, Any], prefix: str) -> Self:
        """The cells of `state`; entries may be tensors, further entries are ignored."""
        names = ("mean", "centre", "slope", *Noise._fields)
        mean, centre, slope, *noise = (np.asarray(state[f"{prefix}.{name}"], dtype=np.float64) for name in names)
        return cls(mean, centre, slope, Noise(*noise))


@dataclass(frozen=True)
class CodebookCode(Code):
    """Learned shapes and bins of the response.

    Attributes:
        codebook: of the shapes, 2^n_c codewords.
        response: bins of r.
        fractions: marginals of f.
        cells: of the codebook.
    """

    codebook: Codebook
    response: ResponseBins
    fractions: Marginals
    cells: Cells

    @classmethod
    def fit(cls, showers: Showers, *, seed: int, shape_bits: int = 6, response_bits: int = 3) -> Self:
        """Learn the code from showers.

        Args:
            showers: training showers.
            seed: of the codebook.
            shape_bits: n_c; there are 2^n_c codewords.
            response_bits: n_r.

        Raises:
            InputError: bits that are no whole numbers >= 1, or fewer different showers than codewords.
        """
        bits = {"shape_bits": shape_bits, "response_bits": response_bits}
        require_whole("codebook", bits, dict.fromkeys(bits, 1))
        if max(bits.values()) > MOST_BITS:
            raise InputError(f"codebook: expected at most {MOST_BITS} bits of shape and of response, found {bits}")
        energy, f, r = showers.incident_energy, fractions_of(showers), response_of(showers)
        codebook = Codebook.fit(f, 2**shape_bits, seed=seed)
        fractions = Marginals.fit(f, energy)
        z = fractions.forward(f, energy, np.random.default_rng(seed))
        x = fractions.scale.forward(energy)
        cells = Cells.fit(z, codebook.forward(f), x, 2**shape_bits)
        return cls(codebook, ResponseBins.fit(r, energy, response_bits), fractions, cells)

    @property
    def fields(self) -> dict[str, int]:
        """Bits of the shape and of the response."""
        return {"shape": len(self.codebook.centres).bit_length() - 1, "response": self.response.n_bits}

    @property
    def scale(self) -> EnergyScale:
        """Of the incident energy."""
        return self.fractions.scale

    def numbers(self, showers: Showers) -> Integers:
        """Codewords and response bins of showers, shape (n, 2)."""
        bins = self.response.bins(response_of(showers))
        return np.column_stack([self.codebook.forward(fractions_of(showers)), bins])

    def voxels(self, numbers: Integers, incident_energy: Floats, rng: np.random.Generator) -> Floats:
        """Showers [MeV], shape (n, n_voxels), of codewords and response bins (n, 2) at energies [MeV] (n,)."""
        codewords, bins = numbers.T
        x = np.clip(self.scale.forward(incident_energy), -1, 1)
        f = self.fractions.inverse(self.cells.sample(codewords, x, rng), incident_energy)
        f = np.where(f.any(axis=1, keepdims=True), f, self.codebook.inverse(codewords))
        total = self.response.inside(bins, incident_energy, rng) * incident_energy
        return np.asarray(f * (total / f.sum(axis=1))[:, None])

    def places(self, numbers: Integers) -> Floats:
        """Where codewords and bins (n, 2) lie for a kernel, shape (n, n_voxels + 1).

        Codewords by their centres, in units of the mean distance to the nearest other codeword; bins by their number.
        """
        codewords, bins = numbers.T
        centres = self.codebook.centres
        apart = np.linalg.norm(centres[:, None] - centres, axis=-1) + np.diag(np.full(len(centres), np.inf))
        unit = apart.min(axis=1).mean() if len(centres) > 1 else 1.0
        return np.column_stack([centres[codewords] / unit, bins])

    def state(self) -> dict[str, Floats]:
        """Named arrays, taken back by `restore`."""
        return {
            "centres": self.codebook.centres,
            **self.cells.state("cells"),
            **self.response.state("response"),
            **self.fractions.state("fractions"),
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Self:
        """The code of `state`; entries may be tensors, further entries are ignored."""
        response, fractions = ResponseBins.restore(state, "response"), Marginals.restore(state, "fractions")
        centres = np.asarray(state["centres"], dtype=np.float64)
        return cls(Codebook(centres), response, fractions, Cells.restore(state, "cells"))
