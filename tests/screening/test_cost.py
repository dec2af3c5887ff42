"""Cost of circuits whose compiled form is known; circuits in Qiskit have the states that they have here."""

import numpy as np
import pennylane as qml
import pytest
import torch
from qiskit.quantum_info import Statevector

from qgen.circuits import ansatz
from qgen.circuits.line import line
from qgen.circuits.product import product
from qgen.circuits.ring import ring
from qgen.files import InputError
from qgen.plugins import plugins, resolve
from qgen.screening.cost import logical, to_qiskit, transpiled
from qgen.simulation import gates
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


def angles(circuit: Circuit) -> tuple[torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(0)
    drawn = [torch.randn(n, generator=rng, dtype=torch.float64) for n in (circuit.n_inputs, circuit.n_weights)]
    return drawn[0], drawn[1].reshape(circuit.weight_shape)


@pytest.mark.parametrize("name", plugins("circuits"))
def test_shipped_circuits_have_the_same_states(name):
    circuit = Circuit(resolve(name), 4, 2)
    inputs, weights = angles(circuit)
    found = Statevector(to_qiskit(circuit, inputs.numpy(), weights.numpy())).data
    np.testing.assert_allclose(found, circuit.state(inputs, weights)[0].numpy(), atol=1e-12)


@pytest.mark.parametrize("name", sorted(gates.NAMES))
def test_every_gate_does_the_same(name):
    """Between rotations that tell the two wires apart, with all phases."""
    gate = getattr(qml, name)

    @ansatz(weight_shape=lambda n_qubits, depth: (3,))
    def single(inputs, weights, wires):
        qml.RY(inputs[0], wires=wires[0])
        qml.RX(inputs[1], wires=wires[1])
        gate(*weights[: gate.num_params], wires=wires[: gate.num_wires or 1])

    circuit = Circuit(single, 2, 1)
    inputs, weights = angles(circuit)
    found = Statevector(to_qiskit(circuit, inputs.numpy(), weights.numpy())).data
    np.testing.assert_allclose(found, circuit.state(inputs, weights)[0].numpy(), atol=1e-12)


@ansatz(weight_shape=lambda n_qubits, depth: (3,))
def composite(inputs, weights, wires):
    qml.Rot(*torch.arccos(weights / 9), wires=wires[0])
    qml.QFT(wires=wires)
    qml.MultiRZ(weights[1], wires=wires)
    qml.adjoint(qml.RX(inputs[0], wires=wires[1]))
    qml.ctrl(qml.RY(inputs[1], wires=wires[2]), control=wires[0])
    qml.Toffoli(wires=wires[:3])


def test_templates_and_composite_gates_are_decomposed():
    circuit = Circuit(composite, 3, 1)
    inputs, weights = angles(circuit)
    found = Statevector(to_qiskit(circuit, inputs.numpy(), weights.numpy()))
    expected = Statevector(circuit.state(inputs, weights)[0].numpy())
    assert found.equiv(expected, rtol=1e-10, atol=1e-10)


@ansatz(weight_shape=lambda n_qubits, depth: ())
def measured(inputs, weights, wires):
    qml.measure(wires[0])


def test_a_wrong_circuit_is_one_line():
    with pytest.raises(InputError, match="measured: ") as error:
        to_qiskit(Circuit(measured, 2, 1), np.zeros(2), np.zeros(()))
    assert "\n" not in str(error.value)
