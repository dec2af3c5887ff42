"""Annealing between independent spins and an Ising model, with one colour summed out.

The path leads from independent spins in fields h0, whose partition function is known, to the model:

    H_b(s) = sum_i ((1 - b) h0_i + b h_i) s_i + b sum_(i,j) J_ij s_i s_j,    ln Z_0 = sum_i ln 2 cosh h0_i .

The spins of one colour, a, are independent given the others, r, and are summed over exactly (Rao-Blackwell):

    ln f_b(s_r) = -H_b(s_r) + sum_(i in a) ln 2 cosh(F_i),    F_i = (1 - b) h0_i + b (h_i + sum_j J_ij s_j),

so that a log weight is a sum of ln f_b'(s_r) - ln f_b(s_r), which fluctuates less than H does. A sweep draws colour a
first, then the others: it keeps the distribution f_b of s_r, whatever the spins a were before. In the opposite order
of the others it is that sweep's reversal.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from qgen.samplers import Ising, Spins

_Floats = NDArray[np.float32]

EXPONENT = 80.0
"""Largest exponent of a sweep: exp stays finite in float32, and the probability below 1e-34."""


class Path:
    """The path H_b of a model; chains are arrays of shape (n_nodes, n_chains), in the path's own order of nodes.

    Args:
        model: where it ends, at b = 1; at least one node.
        start: h0, shape (n_nodes,).
        backwards: sweep the colours but the first in the opposite order.
    """

    def __init__(self, model: Ising, start: NDArray[np.float64], *, backwards: bool = False) -> None:
        sizes = np.bincount(model.colours)
        colours = np.flatnonzero(sizes)
        summed = int(np.argmax(sizes))
        others = colours[colours != summed]
        sequence = np.concatenate([[summed], others[::-1] if backwards else others])
        self.order = np.concatenate([np.flatnonzero(model.colours == colour) for colour in sequence])
        ends = np.cumsum([0, *sizes[sequence]])
        self.blocks = [slice(int(a), int(b)) for a, b in pairwise(ends)]
        self.log_z0 = float(np.logaddexp(start, -start).sum())
        self.h0 = start[self.order].astype(np.float32)[:, None]
        self.slope = (model.biases - start)[self.order].astype(np.float32)[:, None]
        place = np.argsort(self.order)
        first, second = np.sort(place[model.edges], axis=1).T
        shape = (model.n_nodes, model.n_nodes)
        upper = sparse.coo_array((model.couplings, (first, second)), shape=shape)
        couplings = sparse.csr_array(upper + upper.T, dtype=np.float32)
        self.couplings = [couplings[rows] for rows in self.blocks]
        rest = self.blocks[0].stop
        self.rest = sparse.csr_array(sparse.csr_array(upper, dtype=np.float32)[rest:, rest:])

    def chains(self, spins: Spins) -> _Floats:
        """Configurations (n_chains, n_nodes) as chains."""
        return np.ascontiguousarray(spins[:, self.order].T, dtype=np.float32)

    def begin(self, n: int, rng: np.random.Generator) -> _Floats:
        """Independent chains at b = 0."""
        p = 1 / (1 + np.exp(np.minimum(2 * self.h0, EXPONENT)))
        return np.where(rng.random((len(p), n), dtype=np.float32) < p, 1, -1).astype(np.float32)

    def sweep(self, s: _Floats, b: float, rng: np.random.Generator) -> None:
        """Draw every colour once, given the others, at b; in place."""
        for rows, couplings in zip(self.blocks, self.couplings, strict=True):
            field = couplings @ s
            field += self.slope[rows]
            field *= 2 * b
            field += 2 * self.h0[rows]
            np.minimum(field, EXPONENT, out=field)
            np.exp(field, out=field)
            field += 1
            field *= rng.random(field.shape, dtype=np.float32)
            new = s[rows]
            np.less(field, 1, out=new, casting="unsafe")
            new *= 2
            new -= 1

    def gain(self, s: _Floats, b: float, to: float) -> NDArray[np.float64]:
        """ln f_to(s_r) - ln f_b(s_r) of every chain, shape (n_chains,)."""
        summed = self.blocks[0]
        rest = s[summed.stop :]
        energy = self.rest @ rest
        energy += self.slope[summed.stop :]
        energy *= rest
        field = self.couplings[0] @ s
        field += self.slope[summed]
        change = _log_cosh(self.h0[summed] + np.float32(to) * field)
        change -= _log_cosh(self.h0[summed] + np.float32(b) * field)
        return np.asarray(change.sum(axis=0, dtype=np.float64) - (to - b) * energy.sum(axis=0, dtype=np.float64))


def _log_cosh(x: _Floats) -> _Floats:
    """ln 2 cosh x, without overflow."""
    x = np.abs(x, out=x)
    small = np.exp(-2 * x)
    small += 1
    x += np.log(small, out=small)
    return x
