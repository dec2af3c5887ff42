"""Pinned spins folded away, against the energy of all; the way to the vendor's models and back."""

import itertools

import dimod
import numpy as np

from qgen.ising import Ising
from qgen.ising.bqm import columns, to_bqm
from qgen.ising.conditions import folded, patterns

STATES = np.array(list(itertools.product([-1, 1], repeat=6)), dtype=np.int8)


def model() -> Ising:
    """Three colours of two nodes, all coupled; on qubits of their own."""
    rng = np.random.default_rng(0)
    edges = np.array([(i, j) for i in range(6) for j in range(i + 1, 6) if i // 2 != j // 2])
    return Ising(rng.normal(0, 1, 6), edges, rng.normal(0, 1, 12), np.arange(6) // 2, 10 * np.arange(6))


def test_a_folded_model_has_the_energy_of_the_whole_up_to_a_constant() -> None:
    whole, pattern = model(), np.array([0, 1, 0, -1, 0, 0], dtype=np.int8)
    part, free = folded(whole, pattern)
    assert free.tolist() == [0, 2, 4, 5]
    assert part.colours.tolist() == [0, 1, 2, 2]
    assert part.qubits is not None
    assert part.qubits.tolist() == [0, 20, 40, 50]
    agree = STATES[(STATES[:, 1] == 1) & (STATES[:, 3] == -1)]
    difference = whole.energy(agree) - part.energy(agree[:, free])
    np.testing.assert_allclose(difference, whole.energy(pattern[None])[0], atol=1e-12)


def test_patterns_say_which_rows_have_them() -> None:
    rows = np.array([[0] * 6, [1, 0, 0, 0, 0, 0], [0] * 6, [-1, 0, 0, 0, 0, 0]], dtype=np.int8)
    told = {tuple(pattern.tolist()): members.tolist() for pattern, members in patterns(rows, model(), 4)}
    assert told == {tuple(rows[0].tolist()): [0, 2], tuple(rows[1].tolist()): [1], tuple(rows[3].tolist()): [3]}
    ((pattern, members),) = patterns(None, model(), 3)
    assert not pattern.any()
    assert members.tolist() == [0, 1, 2]


def test_the_vendors_model_has_the_same_energies_and_its_reads_come_back_in_order() -> None:
    whole, labels = model(), [7, 3, 9, 1, 8, 2]
    bqm = to_bqm(whole, labels)
    reads = dimod.ExactSolver().sample(bqm)
    spins = columns(reads, labels)
    np.testing.assert_allclose(whole.energy(spins), reads.record.energy, atol=1e-12)
    assert sorted(map(tuple, spins.tolist())) == sorted(map(tuple, STATES.tolist()))
    twice = dimod.SampleSet.from_samples(dict.fromkeys(labels, 1), "SPIN", 0.0, num_occurrences=[2])
    assert columns(twice, labels).shape == (2, 6)
