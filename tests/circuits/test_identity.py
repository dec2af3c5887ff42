"""Blocks that start as the identity."""

import math

import pennylane as qml
import pytest
import torch

from qgen.circuits import identity_blocks
from qgen.circuits.brickwork import brickwork
from qgen.circuits.identity_brickwork import identity_brickwork
from qgen.circuits.identity_line import identity_line
from qgen.circuits.iqp import iqp
from qgen.circuits.line import line
from qgen.circuits.ring import ring
from qgen.simulation.circuit import Circuit

VARIANTS = {
    "line": identity_line,
    "brickwork": identity_brickwork,
    "ring": identity_blocks(ring),
    "iqp": identity_blocks(iqp, half_depth=2),
}


def start(circuit: Circuit, change: float = 0.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Random inputs and angles a; random differences d and angles m of a given size."""
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(circuit.n_inputs, generator=rng, dtype=torch.float64)
    w = 3 * torch.randn(circuit.weight_shape, generator=rng, dtype=torch.float64)
    w[:, (circuit.weight_shape[1] - circuit.n_qubits) // 2 :] *= change / 3
    return x, w


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("n_qubits", [1, 2, 3])
def test_it_is_the_identity_on_every_state(name, n_qubits):
    circuit = Circuit(VARIANTS[name], n_qubits, 3)
    x, w = start(circuit)
    wires = range(n_qubits)
    found = qml.matrix(lambda: circuit.ansatz(x, w, wires), wire_order=wires)()
    torch.testing.assert_close(found, torch.eye(2**n_qubits, dtype=found.dtype), atol=1e-12, rtol=0)


@pytest.mark.parametrize("name", VARIANTS)
def test_gradients_vanish_there_and_only_there(name):
    circuit = Circuit(VARIANTS[name], 3, 2)
    by_weight = [
        torch.autograd.functional.jacobian(lambda b, x=x: circuit.probabilities(x, b)[0], w)
        for x, w in (start(circuit, change) for change in (0.0, 0.3))
    ]
    assert by_weight[0].abs().max() < 1e-14
    assert by_weight[1].abs().max() > 0.01


def test_a_block_is_half_the_middle_and_the_inverse_half():
    """One block of the brickwork by hand, as a product of matrices."""
    circuit = Circuit(identity_brickwork, 3, 1)
    x, w = start(circuit, 0.5)
    a, d, m = w[0].split([15, 15, 3])
    wires = range(3)

    def matrix(angles):
        def half():
            for angle, wire in zip(angles[:3], wires, strict=True):
                qml.RY(angle, wires=wire)
            brickwork(x, angles[3:].reshape(2, 3, 2), wires)

        return qml.matrix(half, wire_order=wires)()

    middle = qml.matrix(lambda: [qml.RX(m[k], wires=k) for k in wires], wire_order=wires)()
    expected = (matrix(a + d).conj().T @ middle @ matrix(a))[:, 0]
    torch.testing.assert_close(circuit.state(x, w)[0], expected, atol=1e-12, rtol=0)


def squared_gradient(ansatz, n_qubits: int, depth: int) -> float:
    """Mean over weights and 40 starts, of <Z_0 Z_1>; a, or all angles, in -pi..pi, d and m of 0.1 rad."""
    circuit = Circuit(ansatz, n_qubits, depth)
    rng = torch.Generator().manual_seed(0)
    w = 2 * math.pi * (torch.rand(40, *circuit.weight_shape, generator=rng) - 0.5)
    if ansatz is identity_line:
        changes = w[..., (circuit.weight_shape[1] - n_qubits) // 2 :]
        changes[:] = 0.1 * torch.randn(changes.shape, generator=rng)
    p = circuit.probabilities(torch.zeros(n_qubits), w.requires_grad_()).reshape(40, 2, 2, -1).sum(-1)
    correlation = p[:, 0, 0] + p[:, 1, 1] - p[:, 0, 1] - p[:, 1, 0]
    return torch.autograd.grad(correlation.sum(), w)[0].square().mean().item()


def test_gradients_do_not_shrink_with_size_as_they_do_from_random_angles():
    """At equal numbers of two-qubit gates."""
    line_ratio = squared_gradient(line, 7, 14) / squared_gradient(line, 4, 8)
    assert line_ratio < 0.2
    assert squared_gradient(identity_line, 7, 7) / squared_gradient(identity_line, 4, 4) > 0.5
