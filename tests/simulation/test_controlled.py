"""Gates with trained angles under controls, against PennyLane's own simulation."""

import pennylane as qml
import pytest
import torch

from qgen.simulation.circuit import Circuit
from qgen.simulation.twin import Twin

CASES = {
    "one control": lambda w, q: qml.ctrl(qml.RY, control=q[0])(w[1], wires=q[1]),
    "two": lambda w, q: qml.ctrl(qml.RY, control=[q[0], q[1]])(w[1], wires=q[2]),
    "three": lambda w, q: qml.ctrl(qml.RX, control=[q[0], q[1], q[3]])(w[1], wires=q[2]),
    "on zero": lambda w, q: qml.ctrl(qml.RZ, control=[q[0], q[1]], control_values=[0, 1])(w[1], wires=q[2]),
    "Rot": lambda w, q: qml.ctrl(qml.Rot, control=[q[0], q[1]])(w[0], w[1], w[2], wires=q[2]),
    "U3": lambda w, q: qml.ctrl(qml.U3, control=[q[0], q[1]])(w[0], w[1], w[2], wires=q[2]),
    "phase": lambda w, q: qml.ctrl(qml.PhaseShift, control=[q[0], q[1]])(w[0], wires=q[2]),
    "global phase": lambda w, q: qml.ctrl(qml.GlobalPhase, control=[q[0], q[1], q[2]])(w[0]),
    "XX": lambda w, q: qml.ctrl(qml.IsingXX(w[0], wires=[q[1], q[2]]), control=[q[0], q[3]]),
    "YY": lambda w, q: qml.ctrl(qml.IsingYY(w[0], wires=[q[1], q[2]]), control=q[3]),
    "ZZ": lambda w, q: qml.ctrl(qml.IsingZZ(w[0], wires=[q[1], q[2]]), control=[q[0], q[3]]),
    "a controlled one": lambda w, q: qml.ctrl(qml.CRX(w[0], wires=[q[1], q[2]]), control=[q[0], q[3]]),
    "a function": lambda w, q: qml.ctrl(lambda: (qml.RY(w[0], q[2]), qml.CNOT([q[2], q[3]])), control=[q[0], q[1]])(),
    "no angle": lambda w, q: qml.ctrl(qml.Hadamard, control=[q[0], q[1]])(wires=q[2]),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_what_pennylane_simulates(name):
    def ansatz(inputs, weights, wires):
        for wire, w in zip(wires, weights, strict=True):
            qml.RY(w + 0.3, wires=wire)
            qml.RX(0.4, wires=wire)
        CASES[name](weights, wires)
        for wire in wires:
            qml.RX(0.7, wires=wire)

    ansatz.weight_shape = lambda n_qubits, depth: (n_qubits,)
    rng = torch.Generator().manual_seed(0)
    w = torch.rand(3, 4, generator=rng, dtype=torch.float64).requires_grad_()
    x, pick = torch.zeros(4, dtype=torch.float64), torch.rand(3, 16, generator=rng, dtype=torch.float64)
    ours, theirs = (made.probabilities(x, w) for made in (Circuit(ansatz, 4, 1), Twin(ansatz, 4, 1)))
    torch.testing.assert_close(ours, theirs, atol=1e-10, rtol=0)
    gradients = [torch.autograd.grad((p * pick).sum(), w)[0] for p in (ours, theirs)]
    torch.testing.assert_close(*gradients, atol=1e-9, rtol=0)
