"""Along which path does annealed importance sampling go? From independent spins, one colour being summed out.

The path leads from independent spins in fields h0, whose partition function is known, to the model:

    H_b(s) = sum_i ((1 - b) h0_i + b h_i) s_i + b sum_(i,j) J_ij s_i s_j,    ln Z_0 = sum_i ln 2 cosh h0_i .

The spins of one colour, a, are independent given the others, r, and are summed over exactly (Rao-Blackwell):

    ln f_b(s_r) = -H_b(s_r) + sum_(i in a) ln 2 cosh(F_i),    F_i = (1 - b) h0_i + b (h_i + sum_j J_ij s_j),

so that a log weight is a sum of ln f_b'(s_r) - ln f_b(s_r), which fluctuates less than H does. A sweep draws colour a
first, then the others: it keeps the distribution f_b of s_r, whatever the spins a were before. In the opposite order
of the others it is that sweep's reversal.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from qgen.files import compiled
from qgen.ising import Ising, Spins
from qgen.ising.kernel import Chains, Kernel
from qgen.ising.loops import Floats, Numbers, add_neighbours, exp

_LARGEST = np.float32(80)
"""exp(-80) beside 1 is nothing in float32."""
_FACTORS = 16
"""Factors of at most 2 that are multiplied before the logarithm is taken."""


class AnnealingPath:
    """The path H_b of a model, for any number of chains.

    Args:
        model: where it ends, at b = 1; at least one node.
        start: h0, shape (n_nodes,).
        backwards: sweep the colours but the first in the opposite order.
    """

    def __init__(self, model: Ising, start: NDArray[np.float64], *, backwards: bool = False) -> None:
        sizes = np.bincount(model.colours)
        summed = int(np.argmax(sizes))
        others = np.delete(np.arange(len(sizes)), summed)
        sequence = np.concatenate([[summed], others[::-1] if backwards else others])
        place_of = np.argsort(sequence)[model.colours]
        self._order = np.argsort(place_of, kind="stable")
        edges = np.sort(np.argsort(self._order)[model.edges], axis=1)
        ordered = Ising(model.biases[self._order], edges, model.couplings, place_of[self._order])
        self.log_z0 = float(np.logaddexp(start, -start).sum())
        self._kernel = Kernel(ordered, threads=1)
        self._h0 = start[self._order]
        later = sparse.csr_array(
            sparse.coo_array((model.couplings, tuple(edges.T)), shape=(model.n_nodes, model.n_nodes))
        )
        self._parts = (
            int(sizes[summed]),
            self._h0.astype(np.float32),
            (ordered.biases - self._h0 - np.asarray(later.sum(axis=1)).ravel()).astype(np.float32),
            later.indptr.astype(np.int32),
            later.indices.astype(np.int32),
            (2 * later.data).astype(np.float32),
        )

    def chains(self, n: int, rng: np.random.Generator, spins: Spins | None = None) -> Chains:
        """Chains that start at `spins`, shape (n, n_nodes), or independent at b = 0."""
        if spins is not None:
            return self._kernel.start(n, rng=rng, init=spins[:, self._order])
        chains = self._kernel.start(n, rng=rng)
        self.sweep(chains, 0)
        return chains

    def sweep(self, chains: Chains, b: float) -> None:
        """Draw every colour once, given the others, at b; in place."""
        self._kernel.sweep(chains, beta=b, offset=(1 - b) * self._h0)

    def gain(self, chains: Chains, b: float, to: float) -> NDArray[np.float64]:
        """ln f_to(s_r) - ln f_b(s_r) of every chain, shape (n_chains,)."""
        out = np.empty((len(chains.spins), chains.spins.shape[2]))
        _gain(chains.spins, *self._parts, np.float32(b), np.float32(to), out)
        return out.reshape(-1)[: chains.n]


@compiled(nogil=True, error_model="numpy")
def _gain(
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
    """ln f_to(s_r) - ln f_b(s_r) of every chain, into `out`; blocks of chains as in `ising.loops`.

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
