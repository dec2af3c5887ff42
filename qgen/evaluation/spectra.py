"""Are the incident energies of two samples of one spectrum? Where they are not, every score says so and little else.

The largest distance of the distribution functions of n and m energies (Kolmogorov and Smirnov) exceeds, for samples of
one spectrum,

    D = sqrt(-ln(p / 2) (1/n + 1/m) / 2)    with probability p at most, to first order.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import ks_2samp

from qgen.files import InputError
from qgen.metrics.arrays import Floats

WARN, REFUSE = 1e-3, 1e-9
"""Probabilities of a larger distance for samples of one spectrum: below the first it is told, below the second it is
an error."""


class SpectraWarning(UserWarning):
    """Incident energies of two samples are hardly of one spectrum."""


@dataclass(frozen=True)
class Spectra:
    """Incident energies of reference and generated showers, plain data.

    Attributes:
        reference: least and largest [MeV].
        generated: least and largest [MeV].
        ks: Kolmogorov-Smirnov distance of the two, 0..1.
        usual: largest distance that samples of one spectrum have but for one in a thousand.
    """

    reference: tuple[float, float]
    generated: tuple[float, float]
    ks: float
    usual: float

    @classmethod
    def of(cls, reference: Floats, generated: Floats) -> "Spectra":
        """Of energies [MeV]."""
        ours, theirs = ((float(energy.min()), float(energy.max())) for energy in (reference, generated))
        distance = float(ks_2samp(reference, generated, method="asymp").statistic)
        return cls(ours, theirs, distance, _distance(WARN, len(reference), len(generated)))

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Spectra":
        """That of plain data."""
        ranges = {key: (float(content[key][0]), float(content[key][1])) for key in ("reference", "generated")}
        return cls(**{**content, **ranges})

    @property
    def note(self) -> str:
        """What is wrong with them; empty where nothing is."""
        return self.described("generated") if self.ks > self.usual else ""

    def described(self, other: str) -> str:
        """Both ranges, and their distance."""
        ours, theirs = (f"{low:g} to {high:g} MeV" for low, high in (self.reference, self.generated))
        return (
            f"incident energies of reference and {other} showers differ: {ours} against {theirs}, Kolmogorov-Smirnov "
            f"distance {self.ks:.3f} (of one spectrum: below {self.usual:.3f})"
        )


def require_one_spectrum(reference: Floats, other: Floats, name: str, *, allowed: bool) -> Spectra:
    """Compare the energies of two samples.

    Args:
        reference: [MeV], shape (n,).
        other: [MeV], shape (m,).
        name: of the other sample in messages.
        allowed: whether they may differ.

    Warns:
        SpectraWarning: they hardly are of one spectrum.

    Raises:
        InputError: no two samples of one spectrum are so far apart, and it is not allowed.
    """
    spectra = Spectra.of(reference, other)
    if spectra.ks > _distance(REFUSE, len(reference), len(other)) and not allowed:
        raise InputError(f"evaluate: {spectra.described(name)}; allow_different_energies scores them nevertheless")
    if spectra.ks > spectra.usual:
        warnings.warn(spectra.described(name), SpectraWarning, stacklevel=3)
    return spectra


def _distance(p: float, n: int, m: int) -> float:
    return min(1.0, float(np.sqrt(-np.log(p / 2) * (1 / n + 1 / m) / 2)))
