"""Logit of an energy fraction, kept away from 0 and 1 by R (CaloQVAE, arXiv 2210.07430).

    x = R + (1 - 2R) f,    u = ln[ x (1 - R) / (R (1 - x)) ],    f = E_voxel / E

u(f = 0) = 0, and u grows as ln(f/R) for R << f << 1; u(1) = 2 ln((1 - R)/R), 32.2 for R = 1e-7.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.files import InputError

__all__ = ["Logit"]


@dataclass(frozen=True)
class Logit:
    """The pair f <-> u.

    Attributes:
        r: the published R, 0 < r < 1/2.
    """

    r: float = 1e-7

    def __post_init__(self) -> None:
        if not 0 < self.r < 0.5:
            raise InputError(f"Logit: expected 0 < r < 0.5, found {self.r}")

    def forward(self, fraction: ArrayLike) -> NDArray[np.float64]:
        """Fractions in 0..1 to logits >= 0 of the same shape."""
        x = self.r + (1 - 2 * self.r) * np.asarray(fraction, dtype=np.float64)
        return np.asarray(np.log(x / self.r) - np.log((1 - x) / (1 - self.r)))

    def inverse(self, logit: ArrayLike) -> NDArray[np.float64]:
        """Logits to fractions; those of negative logits are cut off at 0, those above u(1) at 1."""
        odds = np.exp(np.asarray(logit, dtype=np.float64)) * (self.r / (1 - self.r))
        x = 1 - 1 / (1 + odds)
        return np.clip((x - self.r) / (1 - 2 * self.r), 0.0, 1.0)
