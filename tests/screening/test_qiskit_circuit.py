"""Circuits in Qiskit have the states that they have here."""

import inspect

import numpy as np
import pennylane as qml
import pytest
import torch
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, Statevector

from qgen.circuits import ansatz
from qgen.files import InputError
from qgen.generator import plugins, resolve
from qgen.screening.qiskit_circuit import SAME, to_qiskit
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


@pytest.mark.parametrize("name", sorted(SAME))
def test_every_gate_has_pennylanes_matrix(name):
    """With the wires in Qiskit's order, in which the first is the least significant."""
    gate = getattr(qml, name)
    n_wires = gate.num_wires or 1
    parameters = [0.3, -1.1, 2.0][: gate.num_params]
    expected = qml.matrix(gate(*parameters, wires=range(n_wires)), wire_order=range(n_wires))
    made = QuantumCircuit(n_wires)
    getattr(made, SAME[name])(*parameters, *reversed(range(n_wires)))
    np.testing.assert_allclose(Operator(made).data, expected, atol=1e-12)


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


def test_there_is_a_method_for_every_gate():
    for name, method in SAME.items():
        parameters = inspect.signature(getattr(QuantumCircuit, method)).parameters
        assert len(parameters) > getattr(qml, name).num_params
