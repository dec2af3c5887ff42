"""Block Gibbs sweeps of many chains: prepared once, run as often as wanted.

    kernel = Kernel(model)
    chains = kernel.start(1000, rng=rng)
    kernel.sweep(chains, beta=0.7, n=10)
    kernel.energy(chains), chains.read()

Parallel tempering, annealed importance sampling and training call `sweep` many times; `beta` may differ from chain to
chain and from call to call. The loops, and what makes them fast, are in `_loops.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from qgen.files import InputError
from qgen.samplers import Ising, Spins
from qgen.samplers import _loops as loops
from qgen.samplers._checks import clamp_rows, require_init

WIDTH = 64
"""Chains in a block, at most: its spins stay in cache."""
_LANES = 16
"""Blocks are multiples of this wide: what the widest vector instructions take at once."""
_UPDATES_PER_THREAD = 2_000_000
"""Spin updates from which a further thread pays, some milliseconds."""


@dataclass
class Chains:
    """Markov chains with their random streams, cut into blocks; `Kernel.start` makes them, `Kernel.sweep` moves them.

    Attributes:
        n: number of chains; the last block is filled up with more, which are never read.
        spins: -1 or +1, int8, shape (blocks, n_nodes, width).
        streams: states of xoshiro128++, one for each chain, uint32, shape (blocks, 4, width).
        order: nodes that are free in at least one chain, colour by colour, int32.
        held: where a node in `order` is pinned, shape (blocks, n_nodes, width); (blocks, 0, width) if nowhere.
    """

    n: int
    spins: Spins
    streams: NDArray[np.uint32]
    order: NDArray[np.int32]
    held: NDArray[np.bool_]

    def read(self) -> Spins:
        """A copy of the spins, shape (n, n_nodes)."""
        return np.ascontiguousarray(self.spins.transpose(0, 2, 1).reshape(-1, self.spins.shape[1])[: self.n])


class Kernel:
    """Block Gibbs sweeps of one Ising model.

    Args:
        model: what to sample.
        threads: threads over blocks of chains, at most; None for as many as there are cores. Small work is done by
            one. The spins do not depend on it.

    Raises:
        InputError: threads < 1.
    """

    def __init__(self, model: Ising, *, threads: int | None = None) -> None:
        if threads is not None and threads < 1:
            raise InputError(f"threads: expected at least 1, found {threads}")
        self.model = model
        self.threads = threads if threads is not None else len(os.sched_getaffinity(0))
        first, second = model.edges.T
        half = sparse.coo_array((model.couplings, (first, second)), shape=(model.n_nodes, model.n_nodes))
        couplings = sparse.csr_array(half + half.T)
        self._biases = model.biases.astype(np.float32)
        self._graph = (
            couplings.indptr.astype(np.int32),
            couplings.indices.astype(np.int32),
            couplings.data.astype(np.float32),
        )

    def start(
        self, n: int, *, rng: np.random.Generator, clamp: Spins | None = None, init: Spins | None = None
    ) -> Chains:
        """Chains to sweep.

        Args:
            n: number of chains, >= 1.
            rng: source of the start and of one random stream for each chain.
            clamp: (n, n_nodes) or (n_nodes,); -1 or +1 pins a spin, 0 leaves it free.
            init: spins of shape (n, n_nodes); None for uniform random ones. Pinned spins overrule it.

        Raises:
            InputError: a bad argument.
        """
        if n < 1:
            raise InputError(f"n: expected at least 1 configuration, found {n}")
        require_init(init, self.model, n)
        rows = clamp_rows(clamp, self.model, n)
        streams = rng.integers(0, 2**32, size=(n, 4), dtype=np.uint32)
        drawn = rng.integers(0, 2, size=rows.shape, dtype=np.int8) * 2 - 1 if init is None else init
        order = np.argsort(self.model.colours, kind="stable").astype(np.int32)
        order = order[(rows == 0).any(axis=0)[order]]
        held = rows != 0 if rows[:, order].any() else np.empty((n, 0), dtype=np.bool_)
        spins = np.where(rows, rows, drawn).astype(np.int8)
        return Chains(n, _cut(spins), _cut(streams), order, _cut(held))

    def sweep(self, chains: Chains, *, beta: ArrayLike = 1.0, n: int = 1, offset: NDArray[Any] | None = None) -> int:
        """Update every free spin of every chain `n` times, in place.

        The law that stays the same is p(s) ~ exp(-beta H(s) - offset . s).

        Args:
            chains: of a model with the same nodes and colours.
            beta: inverse temperature >= 0, one for all chains or one for each, shape (n_chains,).
            n: number of sweeps, >= 0.
            offset: further biases, that beta does not multiply, shape (n_nodes,).

        Returns:
            How many spins were updated, pinned ones not counted.

        Raises:
            InputError: a beta that is negative or not finite.
        """
        betas = np.broadcast_to(np.asarray(beta, dtype=np.float32), (chains.n,))
        if not (np.isfinite(betas).all() and (betas >= 0).all()):
            raise InputError(f"beta: expected finite inverse temperatures >= 0, found {betas.min():g}..{betas.max():g}")
        more = np.zeros_like(self._biases) if offset is None else np.asarray(offset, dtype=np.float32)
        per_block = _cut(betas[:, None])[:, 0]

        def run(part: slice) -> None:
            s, streams, held = chains.spins[part], chains.streams[part], chains.held[part]
            loops.sweep(s, streams, held, chains.order, self._biases, more, *self._graph, per_block[part], n)

        updates = self._updates(chains) * n
        self._share(run, len(chains.spins), updates)
        return updates

    def energy(self, chains: Chains) -> NDArray[np.float64]:
        """H of every chain, shape (n_chains,); fields are summed in float32."""
        blocks, n_nodes, width = chains.spins.shape
        out = np.empty((blocks, width))

        def run(part: slice) -> None:
            loops.energy(chains.spins[part], self._biases, *self._graph, out[part])

        self._share(run, blocks, chains.n * n_nodes)
        return out.reshape(-1)[: chains.n]

    def _updates(self, chains: Chains) -> int:
        """Spin updates of one sweep."""
        pinned = int(chains.held[:, chains.order].sum()) if chains.held.shape[1] else 0
        return chains.n * len(chains.order) - pinned

    def _share(self, run: Callable[[slice], None], blocks: int, updates: int) -> None:
        """Run over all blocks, by as many threads as pay."""
        threads = max(1, min(self.threads, blocks, updates // _UPDATES_PER_THREAD))
        if threads == 1:
            return run(slice(0, blocks))
        ends = np.linspace(0, blocks, threads + 1).astype(int)
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, map(slice, ends[:-1], ends[1:])))


def _cut(rows: NDArray[Any]) -> NDArray[Any]:
    """Blocks of chains (blocks, k, width) from one row for each chain (n, k); the last block repeats the first rows."""
    n = len(rows)
    blocks = -(-n // WIDTH)
    width = -(-n // (blocks * _LANES)) * _LANES
    filled = np.resize(rows, (blocks * width, rows.shape[1]))
    return np.ascontiguousarray(filled.reshape(blocks, width, -1).transpose(0, 2, 1))
