"""The compiled loops of the statevector simulator: gates on blocks of eight states, and the way back.

A block of eight states is one flat array in which amplitude i has its eight real parts, then its eight imaginary parts;
`_lanes` makes each of them one vector. Every sample has its own matrices, in the same layout. A step finds amplitudes
by the table `where`: basis state -> place in the block, so permutations of basis states move nothing at all.

The way back needs no stored states (2009.02823): with lambda the gradient of the final amplitudes, every gate is undone
on psi and lambda alike, and between the two

    dL/dU_ij = sum lambda_i psi_j^*,    psi before and lambda after the gate.

The cache of numba does not notice changes in `_lanes` and `_phase_loops`: touch this file after one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.files import compiled
from qgen.simulation._lanes import LANES, load, store
from qgen.simulation._phase_loops import Gates, Numbers, Table, angles_back, multiply, phases_back, products

ONE, TWO, PHASE = 0, 1, 2
"""Kinds of steps: a 2 x 2 matrix, a 4 x 4 matrix, a run of diagonal gates."""

Steps = NDArray[np.int64]
"""(n_steps, 5): kind; row of `where`; place of the most significant wire's bit; of the other; number of the matrix.
Of a run: kind; row of `where`; 0; first gate; gate after the last."""

W = LANES
V = 2 * LANES  # an amplitude, or an entry of a matrix
_OPTIONS = {"nogil": True, "error_model": "numpy"}


@compiled(**_OPTIONS)
def forward(
    steps: Steps, gates: Gates, where: NDArray[np.int64], ones: Numbers, twos: Numbers, phases: Numbers, out: Numbers
) -> None:
    """Final amplitudes of blocks of samples, from |0...0>.

    Args:
        steps: what to do.
        gates: of the runs.
        where: (n_tables + 1, 2**n_qubits); the last row is that of the result.
        ones: 2 x 2 matrices (n_blocks, n * 4 * V).
        twos: 4 x 4 matrices (n_blocks, n * 16 * V).
        phases: diagonals (n_blocks, n * 4 * V).
        out: amplitudes (n_blocks, W, 2**n_qubits, 2), written.
    """
    size = where.shape[1]
    s, t = np.zeros(size * V, out.dtype), np.empty(size * V, out.dtype)
    for block in range(len(out)):
        s[:] = 0
        s[:W] = 1
        for kind, row, first, second, number in steps:
            table = where[row]
            if kind == ONE:
                _one(s, ones[block, number * 4 * V :], table, first)
            elif kind == TWO:
                _two(s, twos[block, number * 16 * V :], table, first, second)
            else:
                products(t, phases[block], gates, second, number, size)
                multiply(s, t, table)
        for i in range(size):
            p = where[-1, i] * V
            for lane in range(W):
                out[block, lane, i, 0] = s[p + lane]
                out[block, lane, i, 1] = s[p + W + lane]


@compiled(**_OPTIONS)
def backward(
    steps: Steps,
    gates: Gates,
    where: NDArray[np.int64],
    ones: Numbers,
    twos: Numbers,
    phases: Numbers,
    final: Numbers,
    gradient: Numbers,
    d_ones: Numbers,
    d_twos: Numbers,
    d_angles: Numbers,
) -> None:
    """Gradients of matrices, and of the angles of phases.

    Args:
        steps: as for `forward`, like `gates`, `where`, `ones`, `twos` and `phases`.
        final: amplitudes that `forward` found (n_blocks, W, 2**n_qubits, 2).
        gradient: of them, real and imaginary part alike.
        d_ones: like ones, zeros at first, added to.
        d_twos: like twos.
        d_angles: (n_blocks, n * 4 * W).
    """
    size = where.shape[1]
    s, g, t = np.empty(size * V, final.dtype), np.empty(size * V, final.dtype), np.empty(size * V, final.dtype)
    f = np.empty(size * W, final.dtype)
    for block in range(len(final)):
        for i in range(size):
            p = where[-1, i] * V
            for lane in range(W):
                s[p + lane], s[p + W + lane] = final[block, lane, i, 0], final[block, lane, i, 1]
                g[p + lane], g[p + W + lane] = gradient[block, lane, i, 0], gradient[block, lane, i, 1]
        for k in range(len(steps) - 1, -1, -1):
            kind, row, first, second, number = steps[k]
            table = where[row]
            if kind == ONE:
                at = number * 4 * V
                _one_back(s, g, ones[block, at:], d_ones[block, at:], table, first)
            elif kind == TWO:
                at = number * 16 * V
                _two_back(s, g, twos[block, at:], d_twos[block, at:], table, first, second)
            else:
                products(t, phases[block], gates, second, number, size)
                phases_back(s, g, t, f, table)
                angles_back(f, d_angles[block], gates, second, number, size)


@compiled(**_OPTIONS)
def _one(s: Numbers, u: Numbers, table: Table, bit: int) -> None:
    """Apply a 2 x 2 matrix to the bit of that value."""
    ar, ai, br, bi = load(u, 0), load(u, W), load(u, V), load(u, V + W)
    cr, ci, dr, di = load(u, 2 * V), load(u, 2 * V + W), load(u, 3 * V), load(u, 3 * V + W)
    low = bit - 1
    for k in range(len(table) // 2):
        i = ((k & ~low) << 1) | (k & low)
        p, q = table[i] * V, table[i | bit] * V
        xr, xi, yr, yi = load(s, p), load(s, p + W), load(s, q), load(s, q + W)
        store(s, p, ar * xr - ai * xi + br * yr - bi * yi)
        store(s, p + W, ar * xi + ai * xr + br * yi + bi * yr)
        store(s, q, cr * xr - ci * xi + dr * yr - di * yi)
        store(s, q + W, cr * xi + ci * xr + dr * yi + di * yr)


@compiled(**_OPTIONS)
def _one_back(s: Numbers, g: Numbers, u: Numbers, d: Numbers, table: Table, bit: int) -> None:
    """Undo a 2 x 2 matrix on psi and lambda, add to its gradient."""
    ar, ai, br, bi = load(u, 0), load(u, W), load(u, V), load(u, V + W)
    cr, ci, dr, di = load(u, 2 * V), load(u, 2 * V + W), load(u, 3 * V), load(u, 3 * V + W)
    d0, d1, d2, d3 = load(d, 0), load(d, W), load(d, V), load(d, V + W)
    d4, d5, d6, d7 = load(d, 2 * V), load(d, 2 * V + W), load(d, 3 * V), load(d, 3 * V + W)
    low = bit - 1
    for k in range(len(table) // 2):
        i = ((k & ~low) << 1) | (k & low)
        p, q = table[i] * V, table[i | bit] * V
        xr, xi, yr, yi = load(s, p), load(s, p + W), load(s, q), load(s, q + W)
        er, ei = ar * xr + ai * xi + cr * yr + ci * yi, ar * xi - ai * xr + cr * yi - ci * yr
        fr, fi = br * xr + bi * xi + dr * yr + di * yi, br * xi - bi * xr + dr * yi - di * yr
        store(s, p, er)
        store(s, p + W, ei)
        store(s, q, fr)
        store(s, q + W, fi)
        xr, xi, yr, yi = load(g, p), load(g, p + W), load(g, q), load(g, q + W)
        d0, d1 = d0 + xr * er + xi * ei, d1 + xi * er - xr * ei
        d2, d3 = d2 + xr * fr + xi * fi, d3 + xi * fr - xr * fi
        d4, d5 = d4 + yr * er + yi * ei, d5 + yi * er - yr * ei
        d6, d7 = d6 + yr * fr + yi * fi, d7 + yi * fr - yr * fi
        store(g, p, ar * xr + ai * xi + cr * yr + ci * yi)
        store(g, p + W, ar * xi - ai * xr + cr * yi - ci * yr)
        store(g, q, br * xr + bi * xi + dr * yr + di * yi)
        store(g, q + W, br * xi - bi * xr + dr * yi - di * yr)
    store(d, 0, d0)
    store(d, W, d1)
    store(d, V, d2)
    store(d, V + W, d3)
    store(d, 2 * V, d4)
    store(d, 2 * V + W, d5)
    store(d, 3 * V, d6)
    store(d, 3 * V + W, d7)


@compiled(**_OPTIONS)
def _four(k: int, table: Table, bit: int, other: int) -> tuple[int, int, int, int]:
    """Places of the k-th four amplitudes that a gate on two bits mixes."""
    low, high = min(bit, other) - 1, max(bit, other) - 1
    i = ((k & ~low) << 1) | (k & low)
    i = ((i & ~high) << 1) | (i & high)
    return table[i] * V, table[i | other] * V, table[i | bit] * V, table[i | bit | other] * V


@compiled(**_OPTIONS)
def _add(u: Numbers, at: int, xr: Any, xi: Any, sr: Any, si: Any) -> Any:
    """s + u x."""
    ur, ui = load(u, at), load(u, at + W)
    return sr + ur * xr - ui * xi, si + ur * xi + ui * xr


@compiled(**_OPTIONS)
def _add_adjoint(u: Numbers, at: int, xr: Any, xi: Any, sr: Any, si: Any) -> Any:
    """s + u* x."""
    ur, ui = load(u, at), load(u, at + W)
    return sr + ur * xr + ui * xi, si + ur * xi - ui * xr


@compiled(**_OPTIONS)
def _two(s: Numbers, u: Numbers, table: Table, bit: int, other: int) -> None:
    """Apply a 4 x 4 matrix to two bits."""
    for k in range(len(table) // 4):
        p = _four(k, table, bit, other)
        x0, x1, x2, x3 = load(s, p[0]), load(s, p[1]), load(s, p[2]), load(s, p[3])
        y0, y1, y2, y3 = load(s, p[0] + W), load(s, p[1] + W), load(s, p[2] + W), load(s, p[3] + W)
        zero = x0 - x0
        for j in range(4):
            r, i = _add(u, 4 * j * V, x0, y0, zero, zero)
            r, i = _add(u, (4 * j + 1) * V, x1, y1, r, i)
            r, i = _add(u, (4 * j + 2) * V, x2, y2, r, i)
            r, i = _add(u, (4 * j + 3) * V, x3, y3, r, i)
            store(s, p[j], r)
            store(s, p[j] + W, i)


@compiled(**_OPTIONS)
def _two_back(s: Numbers, g: Numbers, u: Numbers, d: Numbers, table: Table, bit: int, other: int) -> None:
    """Undo a 4 x 4 matrix on psi and lambda, add to its gradient."""
    for k in range(len(table) // 4):
        p = _four(k, table, bit, other)
        x0, x1, x2, x3 = load(s, p[0]), load(s, p[1]), load(s, p[2]), load(s, p[3])
        y0, y1, y2, y3 = load(s, p[0] + W), load(s, p[1] + W), load(s, p[2] + W), load(s, p[3] + W)
        l0, l1, l2, l3 = load(g, p[0]), load(g, p[1]), load(g, p[2]), load(g, p[3])
        m0, m1, m2, m3 = load(g, p[0] + W), load(g, p[1] + W), load(g, p[2] + W), load(g, p[3] + W)
        zero = x0 - x0
        for j in range(4):
            r, i = _add_adjoint(u, j * V, x0, y0, zero, zero)
            r, i = _add_adjoint(u, (4 + j) * V, x1, y1, r, i)
            r, i = _add_adjoint(u, (8 + j) * V, x2, y2, r, i)
            r, i = _add_adjoint(u, (12 + j) * V, x3, y3, r, i)
            store(s, p[j], r)
            store(s, p[j] + W, i)
            _add_product(d, j * V, l0, m0, r, i)
            _add_product(d, (4 + j) * V, l1, m1, r, i)
            _add_product(d, (8 + j) * V, l2, m2, r, i)
            _add_product(d, (12 + j) * V, l3, m3, r, i)
            r, i = _add_adjoint(u, j * V, l0, m0, zero, zero)
            r, i = _add_adjoint(u, (4 + j) * V, l1, m1, r, i)
            r, i = _add_adjoint(u, (8 + j) * V, l2, m2, r, i)
            r, i = _add_adjoint(u, (12 + j) * V, l3, m3, r, i)
            store(g, p[j], r)
            store(g, p[j] + W, i)


@compiled(**_OPTIONS)
def _add_product(d: Numbers, at: int, lr: Any, li: Any, xr: Any, xi: Any) -> None:
    """Add lambda psi* to an entry of a gradient."""
    store(d, at, load(d, at) + lr * xr + li * xi)
    store(d, at + W, load(d, at + W) + li * xr - lr * xi)
