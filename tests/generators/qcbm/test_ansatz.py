import math

import numpy as np
import pennylane as qml
import torch

from qgen.circuits.line import line
from qgen.generators.qcbm.ansatz import turned
from qgen.simulation.circuit import Circuit


def test_gates_are_those_written() -> None:
    """Against PennyLane, with all gates written out."""
    circuit = Circuit(line, 3, 2)
    inputs, weights = torch.rand(3).double() * 6, torch.rand(6 + 12 + 3).double() * 6
    for upload in (False, True):
        given = weights if upload else weights[6:]
        around = Circuit(turned(circuit, upload=upload), 3, 2)

        @qml.qnode(qml.device("default.qubit", wires=3), interface="torch")
        def written(upload=upload):
            for q in range(3) if upload else ():
                qml.RY(weights[2 * q], wires=q)
                qml.RZ(weights[2 * q + 1], wires=q)
            line(inputs, weights[6:18].reshape(2, 3, 2), range(3))
            for q in range(3):
                qml.RY(weights[18 + q], wires=q)
            return qml.probs(wires=range(3))

        torch.testing.assert_close(around.probabilities(inputs, given)[0], written())
        assert around.n_weights == len(given)


def test_only_the_last_turns_make_independent_bits() -> None:
    """P(bit q = 1) = sin^2(v_q / 2) where all other angles are 0."""
    v = [0.3, 1.1, 2.5]
    around = Circuit(turned(Circuit(line, 3, 4), upload=True), 3, 4)
    weights = torch.zeros(around.n_weights).double()
    weights[-3:] = torch.tensor(v)
    p = around.probabilities(torch.zeros(3).double(), weights)[0].reshape(2, 2, 2).numpy()
    bits = [np.array([math.cos(a / 2) ** 2, math.sin(a / 2) ** 2]) for a in v]
    np.testing.assert_allclose(p, np.einsum("a,b,c->abc", *bits), atol=1e-7)
