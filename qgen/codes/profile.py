"""One variable in 2^N bins: the energy spectrum of the published conditional Born machine (2205.07674).

There the bins are those of a muon's energy after a block of material, the condition its energy before; here they are
those of the response, or of another feature, given the incident energy. One variable does not tell a shower: what
decoding adds, all other features and the shape given the variable and the energy, comes from the classical part
(`features.py`), and the circuit has no share in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from qgen.codes import Code
from qgen.codes._bins import Binning
from qgen.codes.features import FeatureCode
from qgen.files import InputError
from qgen.plugins.options import require_whole
from qgen.showers import Showers
from qgen.transforms.energy_scale import EnergyScale

__all__ = ["ProfileCode"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class ProfileCode(Code):
    """Bins of one variable.

    Attributes:
        inner: the code of this one feature.
    """

    inner: FeatureCode

    @classmethod
    def fit(
        cls,
        showers: Showers,
        *,
        seed: int,
        variable: str = "response",
        bits: int = 5,
        binning: Binning = "uniform",
    ) -> Self:
        """Learn the code from images.

        Args:
            showers: training showers.
            seed: of the scores of empty pixels.
            variable: what is binned, a feature of `features.py`.
            bits: N; there are 2^N bins.
            binning: "uniform", of equal width over the central 99 % with open outer bins, or "quantile".

        Raises:
            InputError: showers that are no images, an unknown variable, or one that does not fill its bins.
        """
        if not isinstance(variable, str):
            raise InputError(f"profile: expected the name of a variable, found {variable!r}")
        require_whole("profile", {"bits": bits}, {"bits": 1})
        return cls(FeatureCode.fit(showers, seed=seed, features={variable: bits}, binning=binning))

    @property
    def fields(self) -> dict[str, int]:
        """Bits of the variable."""
        return self.inner.fields

    @property
    def scale(self) -> EnergyScale:
        """Of the incident energy."""
        return self.inner.scale

    def numbers(self, showers: Showers) -> Integers:
        """Bins of showers, shape (n, 1)."""
        return self.inner.numbers(showers)

    def voxels(self, numbers: Integers, incident_energy: Floats, rng: np.random.Generator) -> Floats:
        """Showers [MeV], shape (n, n_voxels), of bins (n, 1) at energies [MeV] (n,)."""
        return self.inner.voxels(numbers, incident_energy, rng)

    def state(self) -> dict[str, NDArray[Any]]:
        """Named arrays, taken back by `restore`."""
        return self.inner.state()

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Self:
        """The code of `state`; entries may be tensors, further entries are ignored."""
        return cls(FeatureCode.restore(state))
