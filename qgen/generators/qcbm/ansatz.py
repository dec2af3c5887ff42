"""The ansatz of a Born machine: any other, turned at its end and, on request, told of the energy only at its start.

    wire q   [-RY(u_q0)-RZ(u_q1)-]  V(x, w)  -RY(v_q)-

V is the given ansatz. The turns at the end cost no two-qubit gate. With them alone (V leaves |0...0> as it is where its
angles are 0) the bits are independent, P(bit q = 1) = sin^2(v_q / 2), whatever entangles them later: the place where a
start from data puts its marginals. The turns in brackets are there for a machine without re-uploading: the only
gates that know the energy.
"""

from collections.abc import Sequence
from typing import Any

import pennylane as qml

from qgen.circuits import Ansatz
from qgen.circuits import ansatz as decorated
from qgen.simulation.circuit import Circuit


def turned(circuit: Circuit, *, upload: bool = False) -> Ansatz:
    """The ansatz of a circuit with turns about it.

    Args:
        circuit: whose ansatz is V, of one size.
        upload: whether the turns at the start are there.

    Returns:
        An ansatz with flat weights: u (2 n_qubits, where there are any), those of V, v (n_qubits).
    """
    inner, shape, n_first = circuit.ansatz, circuit.weight_shape, n_uploads(circuit.n_qubits) if upload else 0
    n_weights = n_first + circuit.n_weights + circuit.n_qubits

    @decorated(weight_shape=lambda *_: (n_weights,), n_inputs=lambda *_: circuit.n_inputs)
    def around(inputs: Any, weights: Any, wires: Sequence[int]) -> None:
        for (u_y, u_z), wire in zip(weights[:n_first].reshape(-1, 2), wires, strict=False):
            qml.RY(u_y, wires=wire)
            qml.RZ(u_z, wires=wire)
        inner(inputs, weights[n_first : n_weights - len(wires)].reshape(shape), wires)
        for v, wire in zip(weights[n_weights - len(wires) :], wires, strict=True):
            qml.RY(v, wires=wire)

    around.__name__ = circuit.name  # type: ignore[attr-defined]
    return around


def n_uploads(n_qubits: int) -> int:
    """Number of leading weights that the energy reaches without re-uploading."""
    return 2 * n_qubits
