"""Compiled loops over the signs of a Walsh operator's qubits, see `correlators`.

For one operator a with qubits S of k bits and one pattern of signs s on them, with f_l = sum_(i in S) J_il s_i,

    P = cos(alpha) prod_(l not in S) cos(2 f_l),    alpha = 2 sum_(i in S) h_i s_i.

e^{2 i f_l} is kept for all l at once; from one pattern to the next it is turned by e^{-+4 i J_il} for every sign that
changed. Gradients of the product over l are P tan(2 f_l), a cosine of 0 being replaced by one that is tiny.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.files import compiled

Array = NDArray[Any]
TINY = 1e-18
_FAST = {"nsz", "reassoc", "contract", "arcp"}


@compiled(fastmath=_FAST)
def _rows(double: Array, support: Array, cosines: Array, sines: Array) -> None:
    """e^{2 i J_il} or e^{4 i J_il} of the rows i in S, 1 where l is in S; double (n, n, 2)."""
    for p in range(len(support)):
        for q in range(cosines.shape[1]):
            cosines[p, q] = double[0, support[p], q]
            sines[p, q] = double[1, support[p], q]
        for q in range(len(support)):
            cosines[p, support[q]] = 1
            sines[p, support[q]] = 0


@compiled(fastmath=_FAST)
def _turn(real: Array, imaginary: Array, cosines: Array, sines: Array, sign: float) -> None:
    """Multiply by e^{i sign angle}."""
    for q in range(len(real)):
        s = sign * sines[q]
        r = real[q] * cosines[q] - imaginary[q] * s
        imaginary[q] = real[q] * s + imaginary[q] * cosines[q]
        real[q] = r


@compiled(fastmath=_FAST)
def _product(real: Array) -> float:
    product = real[0]
    for q in range(1, len(real)):
        product *= real[q]
    return product


@compiled(fastmath=_FAST)
def forward(h: Array, once: Array, twice: Array, supports: Array, signs: Array, out: Array) -> None:
    """Means of P over the first and the second half of the patterns, or over all of them where `out` has one place.

    Args:
        h: biases, shape (n_sets, n).
        once: cosines and sines of 2 J, shape (n_sets, 2, n, n).
        twice: of 4 J.
        supports: the k qubits of every operator, shape (n_operators, k).
        signs: patterns, shape (1 or n_operators, n_patterns, k).
        out: shape (n_sets, n_operators, 1 or 2).
    """
    n, (n_operators, k) = h.shape[1], supports.shape
    halves, patterns = out.shape[2], signs.shape[1]
    real, imaginary = np.empty(n, h.dtype), np.empty(n, h.dtype)
    start, step = np.empty((2, k, n), h.dtype), np.empty((2, k, n), h.dtype)
    for r in range(len(h)):
        for a in range(n_operators):
            support, sign = supports[a], signs[a % len(signs)]
            _rows(once[r], support, start[0], start[1])
            _rows(twice[r], support, step[0], step[1])
            real[:], imaginary[:] = 1, 0
            for p in range(k):
                _turn(real, imaginary, start[0, p], start[1, p], sign[0, p])
            for half in range(halves):
                total = 0.0
                for t in range(half * patterns // halves, (half + 1) * patterns // halves):
                    alpha = 0.0
                    for p in range(k):
                        alpha += 2 * h[r, support[p]] * sign[t, p]
                        if t > 0 and sign[t, p] != sign[t - 1, p]:
                            _turn(real, imaginary, step[0, p], step[1, p], sign[t, p])
                    total += np.cos(alpha) * _product(real)
                out[r, a, half] = total * halves / patterns


@compiled(fastmath=_FAST)
def _tangents(real: Array, imaginary: Array, tangent: Array, tiny: Array) -> None:
    """tan(2 f_l); cosines of 0 are replaced by tiny ones."""
    least = tiny[0]
    for q in range(len(real)):
        c = real[q]
        c = c if abs(c) > least else least
        real[q] = c
        tangent[q] = imaginary[q] / c


@compiled(fastmath=_FAST)
def _add(target: Array, factors: Array, place: int, values: Array) -> None:
    """target += factor * values, all of one type."""
    factor = factors[place]
    for q in range(len(target)):
        target[q] += factor * values[q]


@compiled(fastmath=_FAST)
def backward(
    h: Array, once: Array, twice: Array, supports: Array, signs: Array, weights: Array, dh: Array, dj: Array
) -> None:
    """Add the gradients of sum(weights * out) to dh (n_sets, n) and dj (n_sets, n, n), row i for i in S."""
    n, (n_operators, k) = h.shape[1], supports.shape
    halves, patterns = weights.shape[2], signs.shape[1]
    real, imaginary = np.empty(n, h.dtype), np.empty(n, h.dtype)
    start, step = np.empty((2, k, n), h.dtype), np.empty((2, k, n), h.dtype)
    tangent, mine = np.empty(n, h.dtype), np.empty((k, n), h.dtype)
    factors, tiny = np.empty(k, h.dtype), np.full(1, TINY, h.dtype)
    for r in range(len(h)):
        for a in range(n_operators):
            support, sign = supports[a], signs[a % len(signs)]
            _rows(once[r], support, start[0], start[1])
            _rows(twice[r], support, step[0], step[1])
            real[:], imaginary[:], mine[:] = 1, 0, 0
            for p in range(k):
                _turn(real, imaginary, start[0, p], start[1, p], sign[0, p])
            for t in range(patterns):
                alpha = 0.0
                for p in range(k):
                    alpha += 2 * h[r, support[p]] * sign[t, p]
                    if t > 0 and sign[t, p] != sign[t - 1, p]:
                        _turn(real, imaginary, step[0, p], step[1, p], sign[t, p])
                _tangents(real, imaginary, tangent, tiny)
                product = weights[r, a, t * halves // patterns] * halves / patterns * _product(real)
                inner, outer = -2 * np.cos(alpha) * product, -2 * np.sin(alpha) * product
                for p in range(k):
                    dh[r, support[p]] += outer * sign[t, p]
                    factors[p] = inner * sign[t, p]
                    _add(mine[p], factors, p, tangent)
            for p in range(k):
                dj[r, support[p]] += mine[p]
