"""Exact distributions against PennyLane, closed forms and mixtures."""

import numpy as np
import pennylane as qml
import pytest
import torch
from scipy.linalg import hadamard

from qgen.files import InputError
from qgen.generators.bits.gates import all_gates
from qgen.generators.iqp.circuit import IQPCircuit, mixture, walsh

RNG = np.random.default_rng(0)


def pennylane(gates, angles, n_qubits, n_visible):
    """exp(i theta X_g) = MultiRZ between Hadamards."""

    @qml.qnode(qml.device("default.qubit", wires=n_qubits))
    def circuit():
        for gate, angle in zip(gates, angles, strict=True):
            qml.PauliRot(-2 * angle, "X" * len(gate), wires=gate)
        return qml.probs(wires=range(n_visible))

    return circuit()


@pytest.mark.parametrize(("n_visible", "n_hidden", "body"), [(4, 0, 2), (3, 2, 3), (1, 0, 1)])
def test_probabilities_are_those_of_pennylane(n_visible, n_hidden, body):
    n = n_visible + n_hidden
    gates = all_gates(n, body)
    angles = RNG.normal(0, 1, len(gates))
    made = IQPCircuit(tuple(gates), angles, n_visible, n_hidden).probabilities()
    np.testing.assert_allclose(made, pennylane(gates, angles, n, n_visible), atol=1e-13)


def test_walsh_is_the_hadamard_matrix():
    values = RNG.normal(size=(3, 32))
    np.testing.assert_allclose(walsh(torch.from_numpy(values)), values @ hadamard(32), atol=1e-12)


@pytest.mark.parametrize("branches", [1, 2, 4])
@pytest.mark.parametrize("n_hidden", [0, 1])
def test_compiled_mixture_is_the_mixture(branches, n_hidden):
    gates = all_gates(3 + n_hidden)
    angles = RNG.normal(0, 1, (branches, len(gates)))
    one = mixture(gates, angles, 3, n_hidden)
    assert one.n_qubits == 3 + n_hidden + branches.bit_length() - 1
    assert len(one.gates) == branches * len(gates)
    parts = [IQPCircuit(tuple(gates), theta, 3, n_hidden).probabilities() for theta in angles]
    np.testing.assert_allclose(one.probabilities(), np.mean(parts, axis=0), atol=1e-14)
    np.testing.assert_allclose(pennylane(one.gates, one.angles, one.n_qubits, 3), np.mean(parts, axis=0), atol=1e-13)


def test_bad_circuits():
    with pytest.raises(InputError, match="power of two circuits, found 3"):
        mixture([(0,)], np.zeros((3, 1)), 1)
    for gates in ([(0, 2)], [(0, 0)], [()], [(0,), (0,)], []):
        with pytest.raises(InputError, match="gates: expected"):
            IQPCircuit(tuple(gates), np.zeros(len(gates)), 2)
    with pytest.raises(InputError, match="angles: expected 1"):
        IQPCircuit(((0,),), np.zeros(2), 1)
    with pytest.raises(InputError, match="at most 20 qubits, found 21"):
        IQPCircuit(((0,),), np.zeros(1), 21).probabilities()
