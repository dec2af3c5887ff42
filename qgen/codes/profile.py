"""One variable in 2^N bins: the energy spectrum of the published conditional Born machine (2205.07674).

There the bins are those of a muon's energy after a block of material, the condition its energy before; here they are
those of the response, or of another feature, given the incident energy. One variable does not tell a shower: what
decoding adds, all other features and the shape given the variable and the energy, comes from the classical part
(`features.py`), and the circuit has no share in it.
"""

from typing import Self

from qgen.codes._bins import Binning
from qgen.codes.features import FeatureCode
from qgen.files import InputError
from qgen.plugins.options import require_whole
from qgen.showers import Showers

__all__ = ["ProfileCode"]


class ProfileCode(FeatureCode):
    """Bins of one variable: a feature code of this feature alone."""

    @classmethod
    def fit(  # type: ignore[override]
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
        return super().fit(showers, seed=seed, features={variable: bits}, binning=binning)
