"""How gates become steps."""

import numpy as np
import pytest
import torch

from qgen.circuits.line import line
from qgen.circuits.ring import ring
from qgen.simulation._loops import ONE, PHASE, TWO
from qgen.simulation._plan import Plan
from qgen.simulation.circuit import Circuit

N_ANGLES = {"RX": 1, "RY": 1, "RZ": 1, "CRX": 1, "CRZ": 1, "IsingZZ": 1}


def kinds(*operations):
    """Kinds of the steps of gates (name, wire or wires) on four wires, and the plan."""
    wired = [(name, wires if isinstance(wires, tuple) else (wires,)) for name, wires in operations]
    plan = Plan(tuple((name, wires, N_ANGLES.get(name, 0)) for name, wires in wired), 4)
    return plan.steps[:, 0].tolist(), plan


@pytest.mark.parametrize("circuit", [line, ring])
def test_shipped_circuits_are_one_matrix_per_wire_and_block(circuit):
    plan = Plan(Circuit(circuit, 6, 4).operations(), 6)
    assert plan.steps[:, 0].tolist() == [ONE] * 24
    assert len(plan.where) == 5  # one for each block, one for the result


def test_permutations_are_one_gather():
    """CNOT, SWAP and X alone take no step; the table is that of the bits worked out by hand."""
    found, plan = kinds(("CNOT", (0, 1)), ("PauliX", 3), ("SWAP", (1, 2)), ("CNOT", (3, 2)))
    assert found == []
    for b in range(16):  # what |b> becomes
        q = [(b >> (3 - wire)) & 1 for wire in range(4)]
        q[1] ^= q[0]
        q[3] ^= 1
        q[1], q[2] = q[2], q[1]
        q[2] ^= q[3]
        assert plan.where[-1][int("".join(map(str, q)), 2)] == b


def test_one_qubit_gates_move_with_a_swap():
    assert kinds(("RX", 0), ("SWAP", (0, 1)), ("RY", 1))[0] == [ONE]


def test_diagonal_gates_are_one_phase():
    found, plan = kinds(("CRZ", (0, 1)), ("RZ", 1), ("CZ", (2, 1)), ("IsingZZ", (0, 3)), ("RZ", 1))
    assert found == [PHASE, ONE]
    np.testing.assert_array_equal(plan.diagonal_wires, [[0, 1], [1, 2], [0, 3]])


def test_gates_on_other_wires_do_not_part_a_run():
    layer = [("RX", wire) for wire in range(4)]
    line_of_cz = [("CZ", (wire, wire + 1)) for wire in range(3)]
    assert kinds(*layer, *line_of_cz)[0] == [ONE] * 4 + [PHASE]
    assert kinds(("CZ", (0, 1)), ("RX", 1), ("CZ", (1, 2)))[0] == [PHASE, ONE, PHASE]


def test_a_rotation_about_z_passes_a_control():
    assert kinds(("RZ", 0), ("CNOT", (0, 1)), ("RX", 0))[0] == [ONE]
    assert kinds(("RZ", 1), ("CNOT", (0, 1)), ("RX", 1))[0] == [ONE, ONE]


def test_two_qubit_gates_take_the_gates_before_them_along():
    assert kinds(("RX", 0), ("RY", 2), ("CRX", (0, 2)), ("CRX", (2, 3)))[0] == [TWO, TWO]


def test_matrices_of_no_gates_are_empty():
    ones, twos, phases = Plan((), 2).matrices(torch.empty(3, 0))
    assert ones.shape == (3, 0, 2, 2)
    assert twos.shape == (3, 0, 4, 4)
    assert phases.shape == (3, 0, 4)
