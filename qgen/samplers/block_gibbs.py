"""Block Gibbs sampling: all spins of one colour at once, given all others.

Nodes of one colour share no edge, so given the rest they are independent, with local fields f:

    f_i = h_i + sum_j J_ij s_j,    p(s_i = +1 | rest) = 1 / (1 + exp(2 beta f_i)) .

A sweep updates every colour once. Configurations are kept as (nodes, chains), so that a colour is a block of
contiguous rows and its fields are one matrix product, sparse or dense by the number of edges.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import ThreadpoolController

from qgen.files import InputError
from qgen.samplers import Ising, Samples, Spins
from qgen.samplers._checks import clamp_rows, require_init, require_request

__all__ = ["BlockGibbsSampler"]

DENSE_ABOVE = 0.1
"""Fraction of non-zero couplings in a colour's rows from which a dense product is faster."""
_LIBRARIES = ThreadpoolController()
"""Holds the small matrix products to one thread: between training steps, more threads wait for each other."""


@dataclass(frozen=True)
class BlockGibbsSampler:
    """One Markov chain per configuration, exact in the limit of many sweeps.

    Attributes:
        n_sweeps: sweeps before the chains are read, >= 1.
    """

    n_sweeps: int = 200

    def __post_init__(self) -> None:
        if self.n_sweeps < 1:
            raise InputError(f"BlockGibbsSampler: expected n_sweeps >= 1, found {self.n_sweeps}")

    def sample(
        self,
        model: Ising,
        *,
        n: int,
        clamp: Spins | None = None,
        init: Spins | None = None,
        beta: float = 1.0,
        rng: np.random.Generator,
    ) -> Samples:
        """Run `n` chains for `n_sweeps`, from `init` or from uniform random spins.

        Raises:
            InputError: a bad argument.
        """
        require_request(n, beta)
        require_init(init, model, n)
        pinned = None if clamp is None else clamp_rows(clamp, model, n)
        started = time.perf_counter()
        start = rng.integers(0, 2, size=(n, model.n_nodes), dtype=np.int8) * 2 - 1 if init is None else init
        start = start if pinned is None else np.where(pinned, pinned, start)
        with _LIBRARIES.limit(limits=1, user_api="blas"):
            spins = _sweep(model, start, pinned, self, beta, rng)
        info = {
            "sampler": "block_gibbs",
            "reads": n,
            "sweeps": self.n_sweeps,
            "continued": init is not None,
            "time_s": time.perf_counter() - started,
        }
        return Samples(spins, info)


def _sweep(
    model: Ising,
    start: NDArray[Any],
    pinned: Spins | None,
    settings: BlockGibbsSampler,
    beta: float,
    rng: np.random.Generator,
) -> Spins:
    """The chains after all sweeps, shape (n, n_nodes)."""
    order = np.argsort(model.colours, kind="stable")
    blocks = _blocks(model, order)
    s = np.ascontiguousarray(start[:, order].T, dtype=np.float32)
    held = None if pinned is None else pinned[:, order].T
    for _ in range(settings.n_sweeps):
        for rows, couplings, biases in blocks:
            field = couplings @ s
            field += biases
            field *= 2 * beta
            np.minimum(field, 80, out=field)  # exp stays finite in float32, and the probability below 1e-34
            np.exp(field, out=field)
            field += 1
            field *= rng.random(field.shape, dtype=np.float32)
            new = s[rows] if held is None else np.empty_like(field)
            np.less(field, 1, out=new, casting="unsafe")
            new *= 2
            new -= 1
            if held is not None:
                s[rows] = np.where(held[rows], held[rows], new)
    spins = np.empty((len(start), model.n_nodes), dtype=np.int8)
    spins[:, order] = s.T
    return spins


def _blocks(model: Ising, order: NDArray[np.intp]) -> list[tuple[slice, Any, NDArray[np.float32]]]:
    """For every colour its rows, its couplings to all nodes (len(rows), n_nodes) and its biases (len(rows), 1)."""
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    first, second = place[model.edges].T
    shape = (model.n_nodes, model.n_nodes)
    half = sparse.coo_array((model.couplings, (first, second)), shape=shape)
    couplings = sparse.csr_array(half + half.T, dtype=np.float32)
    biases = model.biases[order].astype(np.float32)[:, None]
    ends = np.cumsum(np.unique(model.colours, return_counts=True)[1])
    blocks = []
    for rows in map(slice, [0, *ends[:-1]], ends):
        block = couplings[rows]
        dense = block.nnz > DENSE_ABOVE * block.shape[0] * block.shape[1]
        blocks.append((rows, block.toarray() if dense else block, biases[rows]))
    return blocks
