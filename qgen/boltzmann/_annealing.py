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

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from qgen.boltzmann import _gain as loops
from qgen.ising import Ising, Spins
from qgen.ising.kernel import Chains, Kernel


class Path:
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

    def spins(self, chains: Chains) -> Spins:
        """The spins of all chains, shape (n_chains, n_nodes)."""
        return chains.read()[:, np.argsort(self._order)]

    def sweep(self, chains: Chains, b: float) -> None:
        """Draw every colour once, given the others, at b; in place."""
        self._kernel.sweep(chains, beta=b, offset=(1 - b) * self._h0)

    def gain(self, chains: Chains, b: float, to: float) -> NDArray[np.float64]:
        """ln f_to(s_r) - ln f_b(s_r) of every chain, shape (n_chains,)."""
        out = np.empty((len(chains.spins), chains.spins.shape[2]))
        loops.gain(chains.spins, *self._parts, np.float32(b), np.float32(to), out)
        return out.reshape(-1)[: chains.n]
