"""The compiled loops of block Gibbs sampling.

Arrays come in blocks of chains: spins int8 (blocks, nodes, width), streams uint32 (blocks, 4, width). The innermost
loop runs over the chains of a block, so that it is one of vector instructions without any gather, and a block with
its random streams stays in cache for all of its sweeps. A chain touches nothing but its own column and stream: how
chains are cut into blocks, and blocks shared among threads, changes no spin.

Every chain owns a stream of xoshiro128++ (Blackman and Vigna, 1805.01407). With r the upper 24 bits of a draw,
u = (r + 1/2) 2^-24 is uniform, and a spin in the local field f becomes +1 where u (1 + exp(2 beta f)) < 1.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from qgen.samplers import Spins

Floats = NDArray[np.float32]
Numbers = NDArray[np.int32]
Words = NDArray[np.uint32]

_HALF, _ONE, _TWO = np.float32(0.5), np.float32(1), np.float32(2)
_SCALE = np.float32(2**24)
_LARGEST = np.float32(80)
"""exp stays finite in float32, and the probability below 1e-34."""
_LOG2E = np.float32(1.44269504)
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
_E2, _E3, _E4, _E5, _E6, _E7 = (
    np.float32(c)
    for c in (5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3, 1.98756915e-4)
)
"""Cephes' expf: exp(g) = 1 + g + g^2 (E2 + g (E3 + ...)) for |g| <= ln(2)/2, to 2 units in the last place."""


@njit(inline="always")
def _exp(x: np.float32) -> np.float32:
    """exp(x) in float32 for |x| <= 80, without a branch or a call."""
    n = np.floor(x * _LOG2E + _HALF)
    g = x - n * _LN2_HIGH - n * _LN2_LOW
    p = (((((_E7 * g + _E6) * g + _E5) * g + _E4) * g + _E3) * g + _E2) * (g * g) + g + _ONE
    return p * np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)


@njit(cache=True, nogil=True, error_model="numpy")
def sweep(
    spins: Spins,
    streams: Words,
    held: NDArray[np.bool_],
    order: Numbers,
    fields: Floats,
    offset: Floats,
    starts: Numbers,
    neighbours: Numbers,
    couplings: Floats,
    beta: Floats,
    n_sweeps: int,
) -> None:
    """`n_sweeps` updates of the nodes in `order` in every block, in place.

    Args:
        spins: int8, -1 or +1 (blocks, nodes, width).
        streams: states of the random streams, uint32 (blocks, 4, width).
        held: bool (blocks, nodes, width), or (blocks, 0, width) where nothing in `order` is pinned.
        order: nodes that are free in at least one chain, colour by colour, int32.
        fields: h, float32 (nodes,).
        offset: further fields, that beta does not multiply, float32 (nodes,).
        starts: where the neighbours of each node start, int32 (nodes + 1,).
        neighbours: int32 (2 edges,).
        couplings: float32 (2 edges,).
        beta: float32 (blocks, width).
        n_sweeps: number of sweeps.
    """
    width = spins.shape[2]
    field = np.empty(width, np.float32)
    for b in range(len(spins)):
        s, twice = spins[b], _TWO * beta[b]
        s0, s1, s2, s3 = streams[b, 0], streams[b, 1], streams[b, 2], streams[b, 3]
        for _ in range(n_sweeps):
            for i in order:
                field[:] = fields[i]
                _add_neighbours(field, s, starts[i], starts[i + 1], neighbours, couplings)
                more, row = _TWO * offset[i], s[i]
                for c in range(width):
                    draw = _next(s0, s1, s2, s3, c)
                    u = np.float32(np.int32(draw >> np.uint32(8))) + _HALF
                    x = min(max(twice[c] * field[c] + more, -_LARGEST), _LARGEST)
                    field[c] = _SCALE - u * (_ONE + _exp(x))
                if held.shape[1]:
                    pinned = held[b, i]
                    for c in range(width):
                        row[c] = row[c] if pinned[c] else (1 if field[c] > 0 else -1)
                else:
                    for c in range(width):
                        row[c] = 1 if field[c] > 0 else -1


@njit(cache=True, nogil=True, error_model="numpy")
def energy(
    spins: Spins, fields: Floats, starts: Numbers, neighbours: Numbers, couplings: Floats, out: NDArray[np.float64]
) -> None:
    """H of every chain, float64 (blocks, width), into `out`."""
    width = spins.shape[2]
    half = couplings * _HALF  # every edge is seen from both ends
    field = np.empty(width, np.float32)
    for b in range(len(spins)):
        s, total = spins[b], out[b]
        total[:] = 0
        for i in range(spins.shape[1]):
            field[:] = fields[i]
            _add_neighbours(field, s, starts[i], starts[i + 1], neighbours, half)
            row = s[i]
            for c in range(width):
                total[c] += np.float64(field[c] * np.float32(row[c]))


@njit(inline="always")
def _next(s0: Words, s1: Words, s2: Words, s3: Words, c: int) -> np.uint32:
    """The next draw of stream c, uint32."""
    v0, v1, v2, v3 = s0[c], s1[c], s2[c], s3[c]
    t = np.uint32(v0 + v3)
    draw = np.uint32(((t << np.uint32(7)) | (t >> np.uint32(25))) + v0)
    t = np.uint32(v1 << np.uint32(9))
    v2 ^= v0
    v3 ^= v1
    v1 ^= v2
    v0 ^= v3
    s0[c], s1[c], s2[c] = v0, v1, v2 ^ t
    s3[c] = np.uint32((v3 << np.uint32(11)) | (v3 >> np.uint32(21)))
    return draw


@njit(inline="always")
def _add_neighbours(field: Floats, s: Spins, k: int, end: int, neighbours: Numbers, couplings: Floats) -> None:
    """field += sum_j J_ij s_j, four neighbours at a time; the sum is taken in the order of the neighbours."""
    while k + 4 <= end:
        j0, j1, j2, j3 = couplings[k], couplings[k + 1], couplings[k + 2], couplings[k + 3]
        r0, r1, r2, r3 = s[neighbours[k]], s[neighbours[k + 1]], s[neighbours[k + 2]], s[neighbours[k + 3]]
        for c in range(len(field)):
            first = field[c] + j0 * np.float32(r0[c]) + j1 * np.float32(r1[c])
            field[c] = first + j2 * np.float32(r2[c]) + j3 * np.float32(r3[c])
        k += 4
    while k < end:
        j0, r0 = couplings[k], s[neighbours[k]]
        for c in range(len(field)):
            field[c] += j0 * np.float32(r0[c])
        k += 1
