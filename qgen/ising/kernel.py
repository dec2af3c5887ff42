"""How are many chains moved by block Gibbs sweeps? Prepared once, run as often as wanted.

    kernel = Kernel(model)
    chains = kernel.start(1000, rng=rng)
    kernel.sweep(chains, beta=0.7, n=10)
    kernel.energy(chains), chains.read()

Parallel tempering, annealed importance sampling and training call `sweep` many times; `beta` may differ from chain to
chain and from call to call. The loops, and what makes them fast, are in `_loops.py`.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import ThreadpoolController

from qgen.files import InputError
from qgen.ising import Ising, Spins, loops
from qgen.ising.checks import clamp_rows, require_init

WIDTH = 128
"""Chains in a block, at most: its spins stay in cache."""
_COST_OF_NODE, _COST_OF_ENTRY = 24, 0.3
"""Of a matrix product, in units of one neighbour of the sparse loop; measured with blocks of 128."""
_LANES = 16
"""Blocks are multiples of this wide: what the widest vector instructions take at once."""
_UPDATES_PER_THREAD = 2_000_000
"""Spin updates from which a further thread pays, some milliseconds."""


@dataclass
class Chains:
    """Markov chains with their random streams, cut into blocks; `Kernel.start` makes them, `Kernel.sweep` moves them.

    Attributes:
        n: number of chains; the last block is filled up with more, which are never read.
        n_free: spins that are not pinned, of all n chains together.
        spins: -1 or +1, int8, shape (blocks, n_nodes, width).
        streams: states of xoshiro128+, one for each chain, uint32, shape (blocks, 4, width).
        order: nodes that are free in at least one chain, colour by colour, int32.
        held: where a node in `order` is pinned, shape (blocks, n_nodes, width); (blocks, 0, width) if nowhere.
    """

    n: int
    n_free: int
    spins: Spins
    streams: NDArray[np.uint32]
    order: NDArray[np.int32]
    held: NDArray[np.bool_]

    def read(self) -> Spins:
        """A copy of the spins, shape (n, n_nodes)."""
        return np.ascontiguousarray(self.spins.transpose(0, 2, 1).reshape(-1, self.spins.shape[1])[: self.n])


@dataclass(frozen=True)
class _Matrices:
    """Where couplings are kept that are not sparse: one matrix for each colour.

    Attributes:
        colours: for every colour where its nodes start and end, where those of their neighbours do, and where its
            matrix starts, shape (colours, 5).
        place: of every directed edge among the entries.
        size: number of entries.
    """

    colours: NDArray[np.int64]
    place: NDArray[np.int64]
    size: int

    @classmethod
    def of(cls, first: NDArray[Any], second: NDArray[Any], colours: NDArray[Any]) -> "_Matrices | None":
        """For directed edges sorted by their first node; None if there are too few of them, or colours interleave."""
        if (np.diff(colours) < 0).any():
            return None
        table, place, size = [], np.empty(len(first), dtype=np.int64), 0
        for colour in np.unique(colours):
            start, end = np.searchsorted(colours, [colour, colour + 1])
            mine = slice(*np.searchsorted(first, [start, end]))
            others = second[mine]
            low, high = (int(others.min()), int(others.max()) + 1) if len(others) else (0, 0)
            place[mine] = size + (first[mine] - start) * (high - low) + others - low
            table.append((start, end, low, high, size))
            size += int((end - start) * (high - low))
        pays = len(first) > _COST_OF_NODE * len(colours) + _COST_OF_ENTRY * size
        return cls(np.array(table), place, size) if pays else None


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
        self.threads = threads if threads is not None else cores()
        n, ends = model.n_nodes, np.concatenate([model.edges, model.edges[:, ::-1]])
        order = np.lexsort(ends.T[::-1])
        self._starts = np.searchsorted(ends[order, 0], np.arange(n + 1)).astype(np.int32)
        self._neighbours = ends[order, 1].astype(np.int32)
        self._ends, self._edges = ends[order, 0], order % max(1, len(model.edges))
        self._dense = _Matrices.of(self._ends, self._neighbours, model.colours)
        biases, both = model.biases, model.couplings[self._edges]
        total = np.bincount(self._ends, weights=both, minlength=self.model.n_nodes)
        self._couplings, self._twice = np.float32(both), np.float32(2 * both)
        self._half_down, self._down = np.float32(biases - total / 2), np.float32(biases - total)
        if self._dense is not None:
            self._biases = np.float32(biases)
            entries = np.bincount(self._dense.place, weights=both, minlength=self._dense.size)
            self._matrices = entries.astype(np.float32)

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
        streams = rng.integers(0, 2**32, size=(n, 4), dtype=np.uint32)
        shape = n, self.model.n_nodes
        spins = 2 * _random_bits(shape, rng) - 1 if init is None else np.asarray(init, dtype=np.int8)
        order = np.argsort(self.model.colours, kind="stable").astype(np.int32)
        held, n_free = np.empty((n, 0), dtype=np.bool_), spins.size
        rows = clamp_rows(clamp, self.model, n)
        if rows.any():
            spins, n_free = np.where(rows, rows, spins), rows.size - np.count_nonzero(rows)
            order = order[(rows == 0).any(axis=0)[order]]
            held = rows != 0 if rows[:, order].any() else held
        return Chains(n, int(n_free), _cut(spins), _cut(streams), order, _cut(held))

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
        more = np.zeros_like(self._down) if offset is None else np.asarray(offset, dtype=np.float32)
        per_block = _cut(betas[:, None])[:, 0]

        def run(part: slice) -> None:
            s, streams, held = chains.spins[part], chains.streams[part], chains.held[part]
            if self._dense is None:
                sparse = self._down, more, self._starts, self._neighbours, self._twice
                loops.sweep(s, streams, held, chains.order, *sparse, per_block[part], n)
            else:
                dense = self._dense.colours, self._matrices, self._biases, more
                loops.sweep_dense(s, streams, held, chains.order, *dense, per_block[part], n)

        updates = chains.n_free * n
        with nullcontext() if self._dense is None else _libraries().limit(limits=1, user_api="blas"):
            self._share(run, len(chains.spins), updates)
        return updates

    def energy(self, chains: Chains) -> NDArray[np.float64]:
        """H of every chain, shape (n_chains,); fields are summed in float32."""
        blocks, n_nodes, width = chains.spins.shape
        out = np.empty((blocks, width))

        def run(part: slice) -> None:
            graph = self._starts, self._neighbours, self._couplings
            loops.energy(chains.spins[part], self._half_down, *graph, out[part])

        self._share(run, blocks, chains.n * n_nodes)
        return out.reshape(-1)[: chains.n]

    def _share(self, run: Callable[[slice], None], blocks: int, updates: int) -> None:
        """Run over all blocks, by as many threads as pay."""
        threads = max(1, min(self.threads, blocks, updates // _UPDATES_PER_THREAD))
        if threads == 1:
            return run(slice(0, blocks))
        ends = np.linspace(0, blocks, threads + 1).astype(int)
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, map(slice, ends[:-1], ends[1:])))


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _libraries() -> ThreadpoolController:
    """Holds matrix products to one thread each: blocks of chains are shared among threads already."""
    import scipy.linalg  # noqa: F401  its BLAS is the one that compiled code calls

    return ThreadpoolController()


def _cut(rows: NDArray[Any]) -> NDArray[Any]:
    """Blocks of chains (blocks, k, width) from one row for each chain (n, k); the last block repeats the first rows."""
    n = len(rows)
    blocks = -(-n // WIDTH)
    width = -(-n // (blocks * _LANES)) * _LANES
    filled = np.resize(rows, (blocks * width, rows.shape[1]))
    return np.ascontiguousarray(filled.reshape(blocks, width, -1).transpose(0, 2, 1))


def _random_bits(shape: tuple[int, int], rng: np.random.Generator) -> Spins:
    """0 or 1, int8; each random bit is used."""
    size = shape[0] * shape[1]
    words = np.frombuffer(rng.bytes(-(-size // 8)), dtype=np.uint8)
    return np.unpackbits(words, count=size).reshape(shape).view(np.int8)
