"""Gray code: whole numbers to bit patterns in which neighbours differ in one bit, and back.

    g(k) = k XOR (k >> 1)

so that a small error of a bit string is a small error of what it stands for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["GrayCode"]

Integers = NDArray[np.int64]


class GrayCode:
    """The reflected binary code; it has no parameters."""

    @staticmethod
    def forward(k: ArrayLike) -> Integers:
        """Whole numbers >= 0 to their codes, same shape."""
        numbers = np.asarray(k, dtype=np.int64)
        return np.asarray(numbers ^ (numbers >> 1))

    @staticmethod
    def inverse(code: ArrayLike) -> Integers:
        """Codes to their whole numbers, same shape: a running XOR from the highest bit down."""
        numbers = np.array(code, dtype=np.int64)
        for shift in (1, 2, 4, 8, 16, 32):
            numbers ^= numbers >> shift
        return numbers
