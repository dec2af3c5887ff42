"""Angles of an ansatz: as a matrix product where they are affine, else traced for every batch; always the same."""

import math
import re

import pennylane as qml
import pytest
import torch

from qgen.circuits import ansatz
from qgen.circuits.line import line
from qgen.files import InputError
from qgen.simulation.circuit import Circuit
from qgen.simulation.twin import Twin


@ansatz(weight_shape=lambda n_qubits, depth: (n_qubits, 2))
def affine(inputs, weights, wires):
    for x, (a, b), wire in zip(inputs, weights, wires, strict=True):
        qml.RX(math.pi * x - a / 2, wires=wire)
        qml.adjoint(qml.RY(1.0 - b, wires=wire))
    qml.RY(0.3, wires=0)
    qml.Rot(weights[0, 0], 0.1, -inputs[-1], wires=wires[-1])


@ansatz(weight_shape=lambda n_qubits, depth: (n_qubits,))
def products(inputs, weights, wires):
    for x, w, wire in zip(inputs, weights, wires, strict=True):
        qml.RX(x * w, wires=wire)
    qml.IsingZZ((math.pi - inputs[0]) * (math.pi - inputs[1]), wires=wires[:2])


@ansatz(weight_shape=lambda n_qubits, depth: (n_qubits,))
def kinked(inputs, weights, wires):
    for x, w, wire in zip(inputs, weights, wires, strict=True):
        qml.RX(torch.relu(x) + w, wires=wire)


@ansatz(weight_shape=lambda n_qubits, depth: (n_qubits,))
def cast(inputs, weights, wires):
    for x, w, wire in zip(inputs, weights, wires, strict=True):
        qml.RY(x.to(torch.int64) + w, wires=wire)


@ansatz(weight_shape=lambda n_qubits, depth: (n_qubits,))
def stepped(inputs, weights, wires):
    for x, w, wire in zip(inputs, weights, wires, strict=True):
        qml.RY(torch.div(x, 0.5, rounding_mode="floor") + w, wires=wire)


@ansatz(weight_shape=lambda n_qubits, depth: (n_qubits,))
def identities(inputs, weights, wires):
    for x, w, wire in zip(inputs, weights, wires, strict=True):
        qml.RY(x + w, wires=wire)
    qml.Identity(wires=wires)
    qml.CRY(weights[0], wires=wires[:2])
    qml.Identity(wires=wires[1:])


@pytest.mark.parametrize(
    ("circuit", "expected"),
    [
        (line, True),
        (affine, True),
        (identities, True),
        (products, False),
        (kinked, False),
        (cast, False),
        (stepped, False),
    ],
)
def test_affine_angles_are_told_from_others_and_all_agree_with_the_twin(circuit, expected):
    made, twin = Circuit(circuit, 3, 2), Twin(circuit, 3, 2)
    rng = torch.Generator().manual_seed(0)
    for batch in ((4, 4), (1, 4), (4, 1), (1, 1)):
        x, w = (
            torch.randn(n, *s, generator=rng, dtype=torch.float64)
            for n, s in zip(batch, [(3,), made.weight_shape], strict=True)
        )
        torch.testing.assert_close(made.probabilities(x, w), twin.probabilities(x, w), atol=1e-12, rtol=0)
    assert (made._tracer._affine is not None) == expected


def test_the_ansatz_is_not_run_again():
    calls = []

    @ansatz(weight_shape=lambda n_qubits, depth: (n_qubits,))
    def counted(inputs, weights, wires):
        calls.append(1)
        for w, wire in zip(weights, wires, strict=True):
            qml.RX(w, wires=wire)

    circuit = Circuit(counted, 2, 1)
    circuit.probabilities(torch.zeros(2), torch.zeros(5, 2))
    before = len(calls)
    circuit.probabilities(torch.ones(2), torch.ones(5, 2))
    assert len(calls) == before


def test_a_gate_without_decomposition_for_a_batch_is_one_line():
    @ansatz(weight_shape=lambda n_qubits, depth: (n_qubits,))
    def amplitudes(inputs, weights, wires):
        qml.AmplitudeEmbedding(inputs, wires=wires, pad_with=0.0, normalize=True)

    with pytest.raises(InputError, match="amplitudes: gate 'AmplitudeEmbedding' cannot be decomposed for any angles"):
        Circuit(amplitudes, 2, 1).operations()


def test_n_inputs_that_make_no_sense_are_one_line():
    def bare(inputs, weights, wires):
        qml.RX(weights[0], wires=wires[0])

    bare.weight_shape = lambda n_qubits, depth: (n_qubits,)
    for wrong, message in ((3, "expected a function n_inputs"), (lambda n: n, "n_inputs(2, 1) fails")):
        bare.n_inputs = wrong
        with pytest.raises(InputError, match=re.escape(message)):
            Circuit(bare, 2, 1)


def test_a_circuit_without_angles():
    @ansatz(weight_shape=lambda n_qubits, depth: (), n_inputs=lambda n_qubits, depth: 0)
    def fixed(inputs, weights, wires):
        qml.Hadamard(wires=wires[0])
        qml.CNOT(wires=wires)

    p = Circuit(fixed, 2, 1).probabilities(torch.zeros(0), torch.zeros(()))
    torch.testing.assert_close(p, torch.tensor([[0.5, 0, 0, 0.5]]))
