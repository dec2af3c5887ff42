"""How are whole numbers and basis states written in bits? Gray code, in which neighbours differ in one bit; base two.

    g(k) = k XOR (k >> 1)

so that a small error of a bit string is a small error of what it stands for.
"""

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


def bits_of(states: ArrayLike, n_bits: int) -> NDArray[np.uint8]:
    """Basis states (n,), whole numbers, to their bits (n, n_bits); bit 0 is the most significant one."""
    shifts = np.arange(n_bits - 1, -1, -1)
    return np.asarray((np.asarray(states, dtype=np.int64)[:, None] >> shifts) & 1, dtype=np.uint8)


def states_of(bits: ArrayLike) -> Integers:
    """Bits (n, n_bits), at most 62 of them, to the numbers of their basis states (n,)."""
    digits = np.asarray(bits, dtype=np.int64)
    return np.asarray(digits @ (1 << np.arange(digits.shape[1] - 1, -1, -1)))
