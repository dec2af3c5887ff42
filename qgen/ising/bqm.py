"""How does an Ising model go to the vendor's samplers, and how do their reads come back?"""

from collections.abc import Sequence
from typing import Any

import dimod
import numpy as np
from numpy.typing import NDArray

from qgen.ising import Ising, Spins
from qgen.ising.conditions import distinct, folded


def to_bqm(model: Ising, labels: Sequence[int] | None = None) -> dimod.BinaryQuadraticModel:
    """H as a spin-valued binary quadratic model whose variables are `labels`, by default 0 to n_nodes - 1."""
    names = list(range(model.n_nodes)) if labels is None else list(labels)
    first, second = model.edges.T
    return dimod.BinaryQuadraticModel.from_numpy_vectors(
        model.biases, (first, second, model.couplings), 0.0, "SPIN", variable_order=names
    )


def columns(sample_set: dimod.SampleSet, labels: Sequence[int]) -> Spins:
    """The reads of a sample set with their columns in the order of `labels`, int8, shape (reads, len(labels)).

    A sample set lists its variables in an order of its own; identical reads that it has merged are repeated.
    """
    order: NDArray[np.intp] = np.array([sample_set.variables.index(label) for label in labels], dtype=np.intp)
    reads = np.repeat(sample_set.record.sample, sample_set.record.num_occurrences, axis=0)
    return np.asarray(reads[:, order], dtype=np.int8)


def draw_folded(
    sampler: dimod.Sampler, model: Ising, rows: Spins, init: Spins | None, rng: np.random.Generator, **options: Any
) -> tuple[Spins, int]:
    """Chains of a sampler of the vendor's library, one call per pattern of pinned spins, which are folded into h.

    Args:
        sampler: takes `initial_states` and `seed`.
        model: to draw from.
        rows: what is pinned, shape (n, n_nodes).
        init: where the chains start, shape (n, n_nodes); None for uniform random spins.
        rng: of starts and seeds.
        options: of `sampler`.

    Returns:
        spins of shape (n, n_nodes), and the number of patterns.
    """
    spins = rows.copy()
    start = rng.choice(np.array([-1, 1], dtype=np.int8), size=rows.shape) if init is None else np.asarray(init)
    patterns = list(distinct(rows))
    for pattern, members in patterns:
        part, free = folded(model, pattern)
        if len(free) == 0:
            continue
        states, seed = start[np.ix_(members, free)], int(rng.integers(2**31))
        sample_set = sampler.sample(to_bqm(part), num_reads=len(members), initial_states=states, seed=seed, **options)
        spins[np.ix_(members, free)] = columns(sample_set, range(len(free)))
    return spins, len(patterns)
