"""A few bits for each of a few features: response, centres and widths, energy fractions of columns.

Every feature of the shower has its number of bits and as many bins, between quantiles of the training showers or of
equal width. On the way back the features are drawn inside their bins, jointly given the energy (`_bins.py`); then a
shape that goes with them (`_shapes.py`); and this shape is moved to the nearest one that has these features exactly
(`_moments.py`). So a decoded shower has the bits that it was decoded from, wherever there is such a shower.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from qgen.codes import Code
from qgen.codes._bins import Binning, JointBins
from qgen.codes._image_features import KINDS, ImageFeatures
from qgen.codes._moments import with_moments
from qgen.codes._parts import fractions_of
from qgen.codes._shapes import Shapes
from qgen.files import InputError
from qgen.plugins.options import require_whole
from qgen.showers import Showers
from qgen.transforms.energy_scale import EnergyScale

__all__ = ["FeatureCode"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DEFAULT: Mapping[str, int] = {"response": 3, "column_centre": 3, "column_width": 2, "row_width": 2}
MAX_BITS = 10
"""Of one feature."""


@dataclass(frozen=True)
class FeatureCode(Code):
    """Bins of features.

    Attributes:
        features: what they are; those without bits are only drawn.
        bits: of every feature, shape (n_features,).
        bins: of the features, and their joint distribution.
        shapes: given the features.
        mean: mean fractions, for a shape that was drawn without any energy, shape (n_voxels,).
    """

    features: ImageFeatures
    bits: Integers
    bins: JointBins
    shapes: Shapes
    mean: Floats

    @classmethod
    def fit(
        cls,
        showers: Showers,
        *,
        seed: int,
        features: Mapping[str, int] = DEFAULT,
        binning: Binning = "quantile",
    ) -> Self:
        """Learn the code from images.

        Args:
            showers: training showers.
            seed: of the scores of empty pixels.
            features: bits of every feature, by its name: response, row_centre, row_width, column_centre, column_width
                or fraction/a-b, the part of the energy in the columns a to b. The first is written first.
            binning: "quantile", bins of equal population, or "uniform", of equal width.

        Raises:
            InputError: showers that are no images, an unknown feature, or one that does not fill its bins.
        """
        _require_options(features, binning)
        wanted = ImageFeatures.of(features, showers)
        bits = [features.get(name, 0) for name in wanted.names]
        energy, f, values = showers.incident_energy, fractions_of(showers), wanted.values(showers)
        bins = JointBins.fit(values, energy, bits, wanted.names, binning)
        t = bins.scores.forward(values, bins.scale.forward(energy))
        shapes = Shapes.fit(f, t, energy, np.random.default_rng(seed))
        return cls(wanted, np.array(bits, dtype=np.int64), bins, shapes, f.mean(axis=0))

    @property
    def fields(self) -> dict[str, int]:
        """Bits of the features."""
        return {name: n for name, n in zip(self.features.names, self.bits.tolist(), strict=True) if n}

    @property
    def scale(self) -> EnergyScale:
        """Of the incident energy."""
        return self.bins.scale

    def numbers(self, showers: Showers) -> Integers:
        """Bins of the features of showers, shape (n, n_fields)."""
        return self.bins.bins(self.features.values(showers))[:, self.bits > 0]

    def voxels(self, numbers: Integers, incident_energy: Floats, rng: np.random.Generator) -> Floats:
        """Showers [MeV], shape (n, n_voxels), of bins (n, n_fields) at energies [MeV] (n,)."""
        bins = np.zeros((len(numbers), len(self.bits)), dtype=np.int64)
        bins[:, self.bits > 0] = numbers
        values, t = self.bins.inside(bins, incident_energy, rng)
        f = self.shapes.sample(t, incident_energy, rng)
        f = np.where(f.any(axis=1, keepdims=True), f, self.mean)
        response = self.features.table[:, 0] == KINDS.index("response")
        linear = ~response
        f = with_moments(f, self.features.phi[:, linear], self.features.moments(values)[:, linear])
        return np.asarray(f * np.exp(values[:, response]) * incident_energy[:, None])

    def state(self) -> dict[str, NDArray[Any]]:
        """Named arrays, taken back by `restore`."""
        own = {"mean": self.mean, "bits": self.bits, "table": self.features.table}
        size = {"size": np.array([self.features.rows, self.features.columns])}
        return own | size | self.bins.state("bins") | self.shapes.state("shapes")

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Self:
        """The code of `state`; entries may be tensors, further entries are ignored."""
        table, bits, mean = (np.asarray(state[name]) for name in ("table", "bits", "mean"))
        features = ImageFeatures(table, *np.asarray(state["size"]).tolist())
        return cls(features, bits, JointBins.restore(state, "bins"), Shapes.restore(state, "shapes"), mean)


def _require_options(features: Mapping[str, int], binning: str) -> None:
    if not isinstance(features, Mapping) or not features:
        raise InputError(f"features: expected a mapping of features to bits, found {features!r}")
    require_whole("features", features, dict.fromkeys(features, 1))
    if max(features.values()) > MAX_BITS:
        raise InputError(f"features: expected at most {MAX_BITS} bits of a feature, found {dict(features)!r}")
    if binning not in ("quantile", "uniform"):
        raise InputError(f"features: expected binning as 'quantile' or 'uniform', found {binning!r}")
