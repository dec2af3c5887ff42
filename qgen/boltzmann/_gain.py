"""The compiled loop of annealed importance sampling: what a step along the path adds to the log weights.

Spins are blocks of chains as in the loops of block Gibbs sampling, and as there the innermost loop runs over the
chains of a block.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from qgen.ising import Spins
from qgen.ising.loops import Floats, Numbers, add_neighbours, exp

_LARGEST = np.float32(80)
"""exp(-80) beside 1 is nothing in float32."""
_FACTORS = 16
"""Factors of at most 2 that are multiplied before the logarithm is taken."""


@njit(cache=True, nogil=True, error_model="numpy")
def gain(
    spins: Spins,
    n_summed: int,
    h0: Floats,
    down: Floats,
    starts: Numbers,
    neighbours: Numbers,
    twice: Floats,
    b: np.float32,
    to: np.float32,
    out: NDArray[np.float64],
) -> None:
    """ln f_to(s_r) - ln f_b(s_r) of every chain, see `_annealing`, into `out`.

    Args:
        spins: int8, -1 or +1 (blocks, nodes, width).
        n_summed: so many nodes come first, without an edge among them: those that are summed over.
        h0: fields at b = 0, float32 (nodes,).
        down: the slope of the field in b where all later neighbours are -1: h - h0 - sum J, float32 (nodes,).
        starts: where the later neighbours of each node start, int32 (nodes + 1,).
        neighbours: int32 (edges,).
        twice: 2 J, added where a neighbour is +1, float32 (edges,).
        b: where the step starts, float32.
        to: where it ends, float32.
        out: float64 (blocks, width).
    """
    width = spins.shape[2]
    field, ratio = np.empty(width, np.float32), np.ones(width, np.float32)
    one, two = np.float32(1), np.float32(2)
    step = np.float64(to) - np.float64(b)
    for k in range(len(spins)):
        s, total = spins[k], out[k]
        total[:] = 0
        for i in range(n_summed):
            field[:] = down[i]
            add_neighbours(field, s, starts[i], starts[i + 1], neighbours, twice)
            for c in range(width):
                new, old = two * abs(h0[i] + to * field[c]), two * abs(h0[i] + b * field[c])
                ratio[c] *= (one + exp(-min(new, _LARGEST))) / (one + exp(-min(old, _LARGEST)))
                total[c] += np.float64(new - old) / 2
            if i % _FACTORS == _FACTORS - 1 or i == n_summed - 1:
                for c in range(width):
                    total[c] += np.log(ratio[c])
                    ratio[c] = one
        for i in range(n_summed, spins.shape[1]):
            field[:] = down[i]
            add_neighbours(field, s, starts[i], starts[i + 1], neighbours, twice)
            row = s[i]
            for c in range(width):
                total[c] -= step * np.float64(field[c] * np.float32(row[c]))
