"""The compiled loops of diagonal gates: all that follow one another are one multiplication, in the layout of `_loops`.

The phases T(b) of all basis states are found by doubling: with the bits of wires 0..k known, T is the product over the
gates whose later wire is at most k. A line of n gates costs about two products per basis state instead of n.
Gradients of the angles of the phases, Im(lambda_b psi_b^*), are summed along the same tree, backwards.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.files import compiled
from qgen.simulation._lanes import LANES, load, store

Numbers = NDArray[Any]
"""Flat, float32 or float64."""
Table = NDArray[np.int64]
"""Basis state -> place in the block."""
Gates = NDArray[np.int64]
"""(n_gates, 2): earlier and later wire of every diagonal gate, each run sorted by the later."""

W = LANES
V = 2 * LANES  # a phase
_OPTIONS = {"nogil": True, "error_model": "numpy"}


@compiled(**_OPTIONS)
def products(t: Numbers, diagonals: Numbers, gates: Gates, start: int, stop: int, size: int) -> None:
    """T(b) of the gates start..stop, for all basis states b."""
    t[:W] = 1
    t[W:V] = 0
    k, done, n_states = 0, start, 1
    while n_states < size:
        end = done
        while end < stop and gates[end, 1] == k:
            end += 1
        for a in range(n_states - 1, -1, -1):
            xr, xi = load(t, a * V), load(t, a * V + W)
            for bit in range(1, -1, -1):
                r, i = xr, xi
                for gate in range(done, end):
                    pair = 2 * ((a >> (k - 1 - gates[gate, 0])) & 1) + bit
                    at = (4 * gate + pair) * V
                    ur, ui = load(diagonals, at), load(diagonals, at + W)
                    r, i = ur * r - ui * i, ur * i + ui * r
                store(t, (2 * a + bit) * V, r)
                store(t, (2 * a + bit) * V + W, i)
        k, done, n_states = k + 1, end, 2 * n_states


@compiled(**_OPTIONS)
def multiply(s: Numbers, t: Numbers, table: Table) -> None:
    """Multiply the amplitudes at `table` by as many phases t: s_p <- t_i s_p with p = table[i]."""
    for i in range(len(table)):
        p = table[i] * V
        tr, ti = load(t, i * V), load(t, i * V + W)
        xr, xi = load(s, p), load(s, p + W)
        store(s, p, tr * xr - ti * xi)
        store(s, p + W, tr * xi + ti * xr)


@compiled(**_OPTIONS)
def phases_back(s: Numbers, g: Numbers, t: Numbers, f: Numbers, table: Table) -> None:
    """Undo phases on psi and lambda; f(b) is the gradient of their angles."""
    for i in range(len(table)):
        p = table[i] * V
        tr, ti = load(t, i * V), load(t, i * V + W)
        xr, xi, yr, yi = load(s, p), load(s, p + W), load(g, p), load(g, p + W)
        store(f, i * W, yi * xr - yr * xi)
        store(s, p, tr * xr + ti * xi)
        store(s, p + W, tr * xi - ti * xr)
        store(g, p, tr * yr + ti * yi)
        store(g, p + W, tr * yi - ti * yr)


@compiled(**_OPTIONS)
def angles_back(f: Numbers, d: Numbers, gates: Gates, start: int, stop: int, size: int) -> None:
    """Sum f(b) over the basis states in which a gate sees the same two bits, for all gates start..stop."""
    k, end, n_states = 0, stop, size
    while 2**k < size:
        k += 1
    while n_states > 1:
        k, n_states = k - 1, n_states // 2
        done = end
        while done > start and gates[done - 1, 1] == k:
            done -= 1
        for a in range(n_states):
            f0, f1 = load(f, 2 * a * W), load(f, (2 * a + 1) * W)
            for gate in range(done, end):
                at = (4 * gate + 2 * ((a >> (k - 1 - gates[gate, 0])) & 1)) * W
                store(d, at, load(d, at) + f0)
                store(d, at + W, load(d, at + W) + f1)
            store(f, a * W, f0 + f1)
        end = done
