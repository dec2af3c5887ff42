"""Circuits in Qiskit have the states that they have here."""

import numpy as np
import pennylane as qml
import pytest
import torch
from qiskit.quantum_info import Statevector

from qgen.circuits import ansatz
from qgen.files import InputError
from qgen.plugins import plugins, resolve
from qgen.screening.qiskit_circuit import to_qiskit
from qgen.simulation import gates
from qgen.simulation.circuit import Circuit


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
