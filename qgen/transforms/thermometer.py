"""A number on the scale from -1 to 1 as bits, without wrap-around and without padding.

With n_levels levels of equal width, bit k says whether x lies above threshold number k mod (n_levels - 1). The Hamming
distance of two codes grows in proportion to the number of levels between them, and every threshold is spread over all
bits.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qgen.files import InputError

__all__ = ["Thermometer"]


@dataclass(frozen=True)
class Thermometer:
    """The pair x -> bits -> centre of x's level.

    Attributes:
        n_bits: bits of a code, >= 1.
        n_levels: numbers that are told apart, 2 <= n_levels <= n_bits + 1.

    Raises:
        InputError: other numbers.
    """

    n_bits: int
    n_levels: int

    def __post_init__(self) -> None:
        if self.n_bits < 1 or not 2 <= self.n_levels <= self.n_bits + 1:
            raise InputError(
                f"{type(self).__name__}: expected n_bits >= 1 and 2 <= n_levels <= n_bits + 1, "
                f"found {self.n_bits} and {self.n_levels}"
            )

    def forward(self, x: ArrayLike) -> NDArray[np.int8]:
        """Bits of numbers of shape (n,), shape (n, n_bits); numbers beyond -1..1 get the codes of its ends.

        Raises:
            InputError: another shape, or a number that is not finite.
        """
        return (self.level(x)[:, None] > self._thresholds).astype(np.int8)

    def level(self, x: ArrayLike) -> NDArray[np.intp]:
        """Number of the level, 0..n_levels - 1, of numbers of shape (n,); errors as of `forward`."""
        given = np.asarray(x, dtype=np.float64)
        if given.ndim != 1 or not np.isfinite(given).all():
            raise InputError(f"{type(self).__name__}: expected finite numbers of shape (n,), found shape {given.shape}")
        return np.clip(((given + 1) / 2 * self.n_levels).astype(np.intp), 0, self.n_levels - 1)

    def inverse(self, bits: ArrayLike) -> NDArray[np.float64]:
        """Centres of the levels of codes (n, n_bits), shape (n,).

        Bits that are no code (reads of a noisy device) stand for the level with the nearest number of ones.

        Raises:
            InputError: another shape, or values other than 0 and 1.
        """
        given = np.asarray(bits)
        if given.ndim != 2 or given.shape[1] != self.n_bits or not np.isin(given, (0, 1)).all():
            found = f"shape {given.shape}"
            raise InputError(f"{type(self).__name__}: expected bits 0, 1 of shape (n, {self.n_bits}), found {found}")
        ones = (np.arange(self.n_levels)[:, None] > self._thresholds).sum(axis=1)
        level = np.searchsorted((ones[1:] + ones[:-1]) / 2, given.sum(axis=1))
        return np.asarray(2 * (level + 0.5) / self.n_levels - 1)

    @property
    def _thresholds(self) -> NDArray[np.intp]:
        """The level above which each bit is set, shape (n_bits,)."""
        return np.arange(self.n_bits) % (self.n_levels - 1)
