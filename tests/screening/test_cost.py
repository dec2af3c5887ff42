"""Cost of circuits whose compiled form is known."""

import numpy as np
import pennylane as qml
import pytest

from qgen.circuits import ansatz
from qgen.circuits.line import line
from qgen.circuits.product import product
from qgen.circuits.ring import ring
from qgen.files import InputError
from qgen.screening.cost import logical, transpiled
from qgen.screening.qiskit_circuit import to_qiskit
from qgen.simulation.circuit import Circuit


def test_a_line_fits_a_heavy_hex_device_without_swaps():
    """6 qubits, 6 blocks of 5 CNOTs: the staircases of the blocks overlap, 5 + 2 * 5 layers deep."""
    found = transpiled(Circuit(line, 6, 6), "heavy_hex")
    assert found.two_qubit_gates == (30, 30, 30)
    assert found.two_qubit_depth == (15, 15, 15)
    assert (found.device, found.n_device_qubits) == ("heavy_hex", 57)


def test_a_ring_needs_swaps_there_but_not_on_a_ring():
    """6 qubits, 6 blocks of 6 CNOTs; no ring of 6 fits a heavy-hex lattice, whose shortest has 12."""
    median, low, high = transpiled(Circuit(ring, 6, 6), "heavy_hex").two_qubit_gates
    assert 100 <= low <= median <= high <= 135
    assert transpiled(Circuit(ring, 6, 6), "ring:6", seeds=[0]).two_qubit_gates == (36, 36, 36)
    assert transpiled(Circuit(ring, 6, 6), "full", seeds=[0]).two_qubit_gates == (36, 36, 36)


def test_a_product_needs_no_two_qubit_gate():
    """One-qubit gates that follow one another become RZ SX RZ SX RZ."""
    found = transpiled(Circuit(product, 4, 5), "line", seeds=[0])
    assert (found.two_qubit_gates[0], found.two_qubit_depth[0], found.depth[0]) == (0, 0, 5)


@ansatz(weight_shape=lambda n_qubits, depth: (depth,))
def controlled(inputs, weights, wires):
    for weight in weights:
        qml.CRY(weight, wires=wires[:2])
        qml.RX(inputs[0], wires=wires[1])


def test_controlled_rotations_are_two_gates_however_many():
    """One qubit controls all of them: their product is one controlled gate."""
    made = Circuit(controlled, 2, 1)
    assert logical(made).two_qubit_gates == 1
    assert transpiled(made, "line", seeds=[0]).two_qubit_gates[0] == 2
    assert transpiled(Circuit(controlled, 2, 4), "line", seeds=[0]).two_qubit_gates[0] == 2


def test_cost_as_written():
    found = logical(Circuit(line, 6, 6))
    assert (found.n_inputs, found.n_weights) == (6, 72)
    assert (found.gates, found.two_qubit_gates) == (6 * (3 * 6 + 5), 30)


@pytest.mark.parametrize("circuit", [line, ring, controlled])
def test_depths_are_qiskits(circuit):
    made = Circuit(circuit, 4, 3)
    peer = to_qiskit(made, np.ones(made.n_inputs), np.ones(made.weight_shape))
    assert logical(made).depth == peer.depth()
    assert logical(made).two_qubit_depth == peer.depth(lambda instruction: len(instruction.qubits) > 1)


def test_no_seed_is_one_line():
    with pytest.raises(InputError, match="transpiled: expected at least one seed, found none"):
        transpiled(Circuit(line, 2, 1), "line", seeds=[])
