"""What do the compiled loops of block Gibbs sampling do?

Arrays come in blocks of chains: spins int8 (blocks, nodes, width), streams uint32 (blocks, 4, width). The innermost
loop runs over the chains of a block, so that it is one of vector instructions without any gather, and a block with
its random streams stays in cache for all of its sweeps. A chain touches nothing but its own column and stream: how
chains are cut into blocks, and blocks shared among threads, changes no spin.

A local field is a sum over the neighbours that point up, f_i = (h_i - sum_j J_ij) + sum_(j up) 2 J_ij: additions
under a mask instead of multiplications.

Every chain owns a stream of xoshiro128+ (Blackman and Vigna, 1805.01407). With r the upper 31 bits of a draw,
u = (r + 1/2) 2^-31 is uniform, and a spin turns against its local field f where u (1 + exp(2 beta |f|)) < 1: u is
finest at 0, so that rare turns, up or down, have their probability to 2^-32.

Other compiled files inline functions from here; numba's cache does not notice: touch them after a change.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from qgen.files import compiled
from qgen.ising import Spins

Floats = NDArray[np.float32]
Numbers = NDArray[np.int32]
Words = NDArray[np.uint32]

_HALF, _ONE, _TWO = np.float32(0.5), np.float32(1), np.float32(2)
_OPTIONS = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
_SCALE = np.float32(2**31)
_LARGEST = np.float32(40)
"""Of 2 beta |f|: the probability of turning against the field is below 1e-17 from here on."""
_LOG2E, _ROUND = np.float32(1.44269504), np.float32(1.5 * 2**23)
"""x + 1.5 2^23 has x rounded to an integer in its lowest bits."""
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
_E2, _E3, _E4, _E5, _E6, _E7 = (
    np.float32(c)
    for c in (5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3, 1.98756915e-4)
)
"""Cephes' expf: exp(g) = 1 + g + g^2 (E2 + g (E3 + ...)) for |g| <= ln(2)/2, to 2 units in the last place."""


@njit(inline="always")
def exp(x: np.float32) -> np.float32:
    """exp(x) in float32 for |x| <= 80, without a branch or a call."""
    shifted = np.float32(x * _LOG2E + _ROUND)
    n = shifted - _ROUND
    g = x - n * _LN2_HIGH - n * _LN2_LOW
    p = np.float32((((((_E7 * g + _E6) * g + _E5) * g + _E4) * g + _E3) * g + _E2) * (g * g) + g + _ONE)
    return np.int32(p.view(np.int32) + (shifted.view(np.int32) << np.int32(23))).view(np.float32)


@compiled(**_OPTIONS)
def sweep(
    spins: Spins,
    streams: Words,
    held: NDArray[np.bool_],
    order: Numbers,
    down: Floats,
    offset: Floats,
    starts: Numbers,
    neighbours: Numbers,
    twice: Floats,
    beta: Floats,
    n_sweeps: int,
) -> None:
    """`n_sweeps` updates of the nodes in `order` in every block, in place.

    Args:
        spins: int8, -1 or +1 (blocks, nodes, width).
        streams: states of the random streams, uint32 (blocks, 4, width).
        held: bool (blocks, nodes, width), or (blocks, 0, width) where nothing in `order` is pinned.
        order: nodes that are free in at least one chain, colour by colour, int32.
        down: local fields where all neighbours point down, h_i - sum_j J_ij, float32 (nodes,).
        offset: further fields, that beta does not multiply, float32 (nodes,).
        starts: where the neighbours of each node start, int32 (nodes + 1,).
        neighbours: int32 (2 edges,).
        twice: 2 J, float32 (2 edges,).
        beta: float32 (blocks, width).
        n_sweeps: number of sweeps.
    """
    width = spins.shape[2]
    field = np.empty(width, np.float32)
    for b in range(len(spins)):
        s, words, pinned, slope = spins[b], streams[b], held[b], _TWO * beta[b]
        for _ in range(n_sweeps):
            for i in order:
                field[:] = down[i]
                add_neighbours(field, s, starts[i], starts[i + 1], neighbours, twice)
                _turn(s[i], field, slope, _TWO * offset[i], words, pinned, i)


@compiled(**_OPTIONS)
def sweep_dense(
    spins: Spins,
    streams: Words,
    held: NDArray[np.bool_],
    order: Numbers,
    colours: Numbers,
    matrices: Floats,
    biases: Floats,
    offset: Floats,
    beta: Floats,
    n_sweeps: int,
) -> None:
    """The same where most couplings are not zero: the fields of a colour are a matrix product.

    Args:
        spins: as for `sweep`, like `streams`, `held`, `order`, `offset`, `beta` and `n_sweeps`.
        colours: for every colour where its nodes start and end, where those of their neighbours do, and where its
            matrix starts, int32 (colours, 5); nodes of one colour are numbered without a gap.
        matrices: those of all colours, J between its nodes and the range of its neighbours, float32.
        biases: h, float32 (nodes,).
    """
    _, n_nodes, width = spins.shape
    fields, s = np.empty((n_nodes, width), np.float32), np.empty((n_nodes, width), np.float32)
    for b in range(len(spins)):
        s[:] = spins[b]
        words, pinned, slope = streams[b], held[b], _TWO * beta[b]
        for _ in range(n_sweeps):
            done = 0
            for k in range(len(colours)):
                start, end, low, high, place = colours[k, 0], colours[k, 1], colours[k, 2], colours[k, 3], colours[k, 4]
                free = order[done : done + np.searchsorted(order[done:], end)]
                done += len(free)
                if len(free) == 0:
                    continue
                matrix = matrices[place : place + (end - start) * (high - low)].reshape(end - start, high - low)
                np.dot(matrix, s[low:high], fields[start:end])
                for i in free:
                    row, field, up, bias = spins[b, i], fields[i], s[i], biases[i]
                    for c in range(width):
                        field[c] += bias
                    _turn(row, field, slope, _TWO * offset[i], words, pinned, i)
                    for c in range(width):
                        up[c] = row[c]


@compiled(**_OPTIONS)
def energy(
    spins: Spins, down: Floats, starts: Numbers, neighbours: Numbers, couplings: Floats, out: NDArray[np.float64]
) -> None:
    """H of every chain, float64 (blocks, width), into `out`; `down` is h_i - sum_j J_ij / 2: edges have two ends."""
    width = spins.shape[2]
    field = np.empty(width, np.float32)
    for b in range(len(spins)):
        s, total = spins[b], out[b]
        total[:] = 0
        for i in range(spins.shape[1]):
            field[:] = down[i]
            add_neighbours(field, s, starts[i], starts[i + 1], neighbours, couplings)
            row = s[i]
            for c in range(len(field)):
                total[c] += np.float64(field[c] * np.float32(row[c]))


@njit(inline="always")
def _turn(
    row: Spins,
    field: Floats,
    slope: Floats,
    more: np.float32,
    streams: Words,
    held: NDArray[np.bool_],
    i: int,
) -> None:
    """New spins `row` of node i in its local fields, which are overwritten."""
    s0, s1, s2, s3 = streams[0], streams[1], streams[2], streams[3]
    for c in range(len(field)):
        draw = _next(s0, s1, s2, s3, c)
        u = np.float32(np.int32(draw >> np.uint32(1))) + _HALF
        x = slope[c] * field[c] + more
        against = _SCALE - u * (_ONE + exp(min(abs(x), _LARGEST)))
        field[c] = -against if x < 0 else against
    if len(held):
        pinned = held[i]
        for c in range(len(field)):
            row[c] = row[c] if pinned[c] else (1 if field[c] > 0 else -1)
    else:
        for c in range(len(field)):
            row[c] = 1 if field[c] > 0 else -1


@njit(inline="always")
def _next(s0: Words, s1: Words, s2: Words, s3: Words, c: int) -> np.uint32:
    """The next draw of stream c, uint32."""
    v0, v1, v2, v3 = s0[c], s1[c], s2[c], s3[c]
    draw = np.uint32(v0 + v3)
    t = np.uint32(v1 << np.uint32(9))
    v2 ^= v0
    v3 ^= v1
    v1 ^= v2
    v0 ^= v3
    s0[c], s1[c], s2[c] = v0, v1, v2 ^ t
    s3[c] = np.uint32((v3 << np.uint32(11)) | (v3 >> np.uint32(21)))
    return draw


@njit(inline="always")
def add_neighbours(field: Floats, s: Spins, k: int, end: int, neighbours: Numbers, couplings: Floats) -> None:
    """Add the couplings to the neighbours that point up, four at a time."""
    while k + 4 <= end:
        j0, j1, j2, j3 = couplings[k], couplings[k + 1], couplings[k + 2], couplings[k + 3]
        r0, r1, r2, r3 = s[neighbours[k]], s[neighbours[k + 1]], s[neighbours[k + 2]], s[neighbours[k + 3]]
        for c in range(len(field)):
            f = field[c]
            f = f + j0 if r0[c] > 0 else f
            f = f + j1 if r1[c] > 0 else f
            f = f + j2 if r2[c] > 0 else f
            f = f + j3 if r3[c] > 0 else f
            field[c] = f
        k += 4
    while k < end:
        j0, r0 = couplings[k], s[neighbours[k]]
        for c in range(len(field)):
            f = field[c]
            field[c] = f + j0 if r0[c] > 0 else f
        k += 1
