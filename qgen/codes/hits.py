"""A hit map: one bit per pixel, whether its share of the incident energy lies above a threshold.

    bit_p = [E_p / E_inc > theta_p],    pixels p row by row.

By default theta_p is the median of the training showers, so that a bit is set in half of them; where more than half
have no energy in the pixel it is 0, and the bit says whether there is any. A pixel whose bit is set in all training
showers or in none would be a constant: `fit` names it, and a coarser grid or another threshold helps. For fewer bits
the pixels of the image are joined to a coarser grid.

On the way back the shares u_p of the pixels and the response come from a Gaussian copula given the energy, truncated
to what the bits say; a common factor, with every u_p held on its side of theta_p, makes their sum the response. Inside
a joined pixel the shape is drawn given the scores of all of them (`_shapes.py`). So decoded showers have the bits that
they were decoded from; what bits cannot carry is the copula's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from qgen.codes import Code
from qgen.codes._parts import fractions_of
from qgen.codes._shapes import Shapes
from qgen.codes._truncated import truncated_normal
from qgen.files import InputError
from qgen.observables import image
from qgen.showers import Showers
from qgen.transforms.energy_scale import EnergyScale
from qgen.transforms.marginals import Marginals
from qgen.transforms.normal_scores import shrunk_correlation

__all__ = ["HitCode"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CENSORED_SWEEPS = 5
SWEEPS = 15
MARGIN = 1e-6
"""Least distance from a threshold, as a part of it."""
LOG_FACTOR = 4.0
"""Most that the logarithm of shares is moved to meet the response."""
BISECTIONS = 40
LEAST = 1e-9
"""Share of E_inc of a pixel that is hit."""


@dataclass(frozen=True)
class HitCode(Code):
    """One bit per pixel.

    Attributes:
        pixel: that every voxel belongs to, shape (n_voxels,).
        thresholds: theta, shape (n_pixels,).
        shares: marginals of E_p / E_inc, and of the response, the last.
        correlation: of their normal scores, shape (n_pixels + 1, n_pixels + 1).
        shapes: fractions of the voxels given these scores.
        mean: mean fractions, for pixels that were drawn without any energy, shape (n_voxels,).
    """

    pixel: Integers
    thresholds: Floats
    shares: Marginals
    correlation: Floats
    shapes: Shapes
    mean: Floats

    @classmethod
    def fit(
        cls,
        showers: Showers,
        *,
        seed: int,
        pixels: Sequence[int] = (8, 8),
        threshold: float | Sequence[float] | None = None,
        quantile: float = 0.5,
    ) -> Self:
        """Learn the code from images.

        Args:
            showers: training showers.
            seed: of the scores of empty pixels.
            pixels: rows and columns of the grid of bits; they divide those of the image.
            threshold: share of E_inc above which a pixel is hit, one for all or a list of all pixels, row by row; by
                default the `quantile` of every pixel over the training showers.
            quantile: see there, > 0 and < 1.

        Raises:
            InputError: showers that are no images, a grid that does not divide them, thresholds that cannot be, or a
                pixel whose bit would be constant.
        """
        pixel = _grid(showers, pixels)
        n_pixels, energy = int(pixel.max()) + 1, showers.incident_energy
        shares = _joined(showers.voxels, pixel) / energy[:, None]
        thresholds = _thresholds(shares, threshold, quantile)
        rates = (shares > thresholds).mean(axis=0)
        constant = np.flatnonzero((rates == 0) | (rates == 1))
        if len(constant):
            listed = ", ".join(map(str, constant[:8].tolist()))
            raise InputError(
                f"hits: expected pixels that some of {len(showers)} training showers hit and some do not, found pixels "
                f"{listed} hit by all or none; choose a coarser grid or another threshold"
            )
        rng = np.random.default_rng(seed)
        values = np.column_stack([shares, shares.sum(axis=1)])
        marginals = Marginals.fit(values, energy)
        correlation, z = _copula(values, marginals, energy, rng)
        f = fractions_of(showers)
        scores = z[:, :n_pixels] if n_pixels < len(pixel) else z[:, :0]
        shapes = Shapes.fit(f, scores, energy, rng)
        return cls(pixel, thresholds, marginals, correlation, shapes, f.mean(axis=0))

    @property
    def fields(self) -> dict[str, int]:
        """A bit for every pixel."""
        return {f"pixel/{p}": 1 for p in range(len(self.thresholds))}

    @property
    def scale(self) -> EnergyScale:
        """Of the incident energy."""
        return self.shares.scale

    def numbers(self, showers: Showers) -> Integers:
        """Hits of showers, 0 or 1, shape (n, n_pixels)."""
        shares = _joined(showers.voxels, self.pixel) / showers.incident_energy[:, None]
        return (shares > self.thresholds).astype(np.int64)

    def voxels(self, numbers: Integers, incident_energy: Floats, rng: np.random.Generator) -> Floats:
        """Showers [MeV], shape (n, n_voxels), of hits (n, n_pixels) at energies [MeV] (n,)."""
        share, z = self._shares(numbers > 0, incident_energy, rng)
        if share.shape[1] == len(self.pixel):
            return np.asarray(share[:, self.pixel] * incident_energy[:, None])
        f = self.shapes.sample(z, incident_energy, rng)
        f = np.where(_joined(f, self.pixel)[:, self.pixel] > 0, f, self.mean)
        return np.asarray(f * (share / _joined(f, self.pixel) * incident_energy[:, None])[:, self.pixel])

    def _shares(
        self, hit: NDArray[np.bool_], incident_energy: Floats, rng: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """u and its scores, both of shape (n, n_pixels)."""
        theta = np.append(self.thresholds, 0.0)
        free = np.zeros((len(hit), 1))
        at = np.tile(np.maximum(theta, LEAST), (len(hit), 1))
        scores = self.shares.forward(at, incident_energy, rng)
        tau = np.where(theta > 0, scores, self.shares.threshold(incident_energy))[:, :-1]
        low, high = np.where(hit, tau, -np.inf), np.where(hit, np.inf, tau)
        low, high = np.hstack([low, free - np.inf]), np.hstack([high, free + np.inf])
        z = truncated_normal(self.correlation, low, high, rng, n_sweeps=SWEEPS)
        u = self.shares.inverse(z, incident_energy)
        least = np.where(hit, np.maximum(self.thresholds * (1 + MARGIN), LEAST), 0.0)
        most = np.where(hit, np.inf, self.thresholds * (1 - MARGIN))
        return _summing_to(u[:, -1], u[:, :-1], least, most), z[:, :-1]

    def state(self) -> dict[str, NDArray[Any]]:
        """Named arrays, taken back by `restore`."""
        own = {name: getattr(self, name) for name in ("pixel", "thresholds", "correlation", "mean")}
        return own | self.shares.state("shares") | self.shapes.state("shapes")

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Self:
        """The code of `state`; entries may be tensors, further entries are ignored."""
        pixel, thresholds, correlation, mean = (
            np.asarray(state[name]) for name in ("pixel", "thresholds", "correlation", "mean")
        )
        shares, shapes = Marginals.restore(state, "shares"), Shapes.restore(state, "shapes")
        return cls(pixel, thresholds, shares, correlation, shapes, mean)


def _grid(showers: Showers, pixels: Sequence[int]) -> Integers:
    """The pixel of every voxel, shape (n_voxels,)."""
    _, rows, columns = image(showers).shape
    given = list(pixels) if isinstance(pixels, Sequence) and not isinstance(pixels, str) else []
    whole = len(given) == 2 and all(isinstance(n, int) and n >= 1 for n in given)
    if not whole or rows % given[0] or columns % given[1]:
        raise InputError(f"hits: expected pixels as two numbers that divide {rows} and {columns}, found {pixels!r}")
    row, column = np.meshgrid(np.arange(rows) // (rows // given[0]), np.arange(columns), indexing="ij")
    return np.asarray((row * given[1] + column // (columns // given[1])).ravel(), dtype=np.int64)


def _thresholds(shares: Floats, threshold: float | Sequence[float] | None, quantile: float) -> Floats:
    """theta, shape (n_pixels,)."""
    if threshold is None:
        if not isinstance(quantile, Real) or isinstance(quantile, bool) or not 0 < quantile < 1:
            raise InputError(f"hits: expected quantile to be a number > 0 and < 1, found {quantile!r}")
        return np.asarray(np.quantile(shares, float(quantile), axis=0))
    given = list(threshold) if isinstance(threshold, Sequence) else [threshold] * shares.shape[1]
    numbers = all(isinstance(one, Real) and not isinstance(one, bool) and 0 <= float(one) < 1 for one in given)
    if not numbers or len(given) != shares.shape[1]:
        raise InputError(
            f"hits: expected threshold as a number >= 0 and < 1, or {shares.shape[1]} of them, found {threshold!r:.60}"
        )
    return np.array(given, dtype=np.float64)


def _copula(values: Floats, marginals: Marginals, energy: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Correlations, and scores in which those of zeros are drawn given all others."""
    z = marginals.forward(values, energy, rng)
    low = np.where(values > 0, z, -np.inf)
    high = np.where(values > 0, z, marginals.threshold(energy))
    correlation = shrunk_correlation(z)
    for _ in range(CENSORED_SWEEPS):
        z = truncated_normal(correlation, low, high, rng, start=z, n_sweeps=1)
        correlation = shrunk_correlation(z)
    return correlation, z


def _summing_to(total: Floats, u: Floats, least: Floats, most: Floats) -> Floats:
    """u times a common factor, held between its ends, so that the sum is the total; as near to it as the ends allow."""
    low: Floats = np.full(len(u), -LOG_FACTOR)
    high: Floats = np.full(len(u), LOG_FACTOR)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        more = np.clip(u * np.exp(middle)[:, None], least, most).sum(axis=1) < total
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    factor = np.exp((low + high) / 2)
    return np.asarray(np.clip(u * factor[:, None], least, most))


def _joined(voxels: NDArray[Any], pixel: Integers) -> Floats:
    """Sums over the voxels of every pixel, shape (n, n_pixels)."""
    return np.asarray(voxels.astype(np.float64) @ np.eye(int(pixel.max()) + 1)[pixel])
