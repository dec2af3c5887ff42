"""PennyLane's lightning.qubit: compiled C++, with adjoint differentiation of expectation values (2009.02823).

It runs one sample after another. The adjoint method knows expectation values only: probabilities have no gradients. The
device is called directly, as a QNode hands its values to torch in single precision.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pennylane as qml
import torch
from pennylane.devices import ExecutionConfig
from torch import Tensor

from qgen.simulation import Operators, Quantity, Traced
from qgen.simulation._exact import Exact

__all__ = ["Lightning"]

EULER = {"Rot": (0, 1, 2), "U3": (2, 0, 1)}
"""Gates that are written out as RZ RY RZ (U3 up to a phase of the whole state): which angle is whose."""


class Lightning(Exact):
    """PennyLane's lightning.qubit: exact, with first derivatives of expectation values only."""

    gradients: frozenset[Quantity] = frozenset({"expectations"})

    def probabilities(self, circuit: Traced) -> Tensor:
        """Exact probabilities of all basis states, shape (batch, 2**n_qubits), without gradients."""
        tapes = _tapes(circuit, [qml.probs(wires=range(circuit.n_qubits))])
        return torch.from_numpy(np.stack(_device(circuit).execute(tapes))).to(circuit.angles.dtype)

    def expectations(self, circuit: Traced, operators: Operators) -> Tensor:
        """Exact expectation values of products of Pauli Z, shape (batch, n_operators), differentiable once."""
        return _Expectations.apply(circuit.angles, circuit, operators)


class _Expectations(torch.autograd.Function):
    """Expectation values, and their vector-Jacobian product by the device."""

    @staticmethod
    def forward(ctx: Any, angles: Tensor, circuit: Traced, operators: Operators) -> Tensor:
        """Values, shape (batch, n_operators)."""
        measured = [qml.expval(qml.prod(*(qml.Z(wire) for wire in operator))) for operator in operators]
        ctx.circuit, ctx.tapes = circuit, _tapes(circuit, measured)
        values = np.array([np.atleast_1d(row) for row in _device(circuit).execute(ctx.tapes)])
        return torch.from_numpy(values.reshape(len(angles), len(operators))).to(angles.dtype)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of the angles."""
        rows = gradient.double().numpy()
        cotangents = [tuple(row) if len(row) > 1 else row[0] for row in rows]
        config = ExecutionConfig(gradient_method="adjoint", use_device_gradient=True)
        found = _device(ctx.circuit).compute_vjp(ctx.tapes, cotangents, config)
        angles = np.empty((len(rows), ctx.circuit.angles.shape[1]))
        angles[:, _order(ctx.circuit)] = np.array(found).reshape(angles.shape)
        return torch.from_numpy(angles).to(gradient.dtype), None, None


def _order(circuit: Traced) -> list[int]:
    """Which of our angles each parameter of a tape is."""
    order: list[int] = []
    for name, _, n in circuit.operations:
        order += [len(order) + place for place in EULER.get(name, range(n))]
    return order


def _tapes(circuit: Traced, measurements: Sequence[Any]) -> list[Any]:
    """One for every sample."""
    return [_tape(circuit, row, measurements) for row in circuit.angles.detach().double().tolist()]


def _tape(circuit: Traced, angles: list[float], measurements: Sequence[Any]) -> Any:
    gates, first = [], 0
    for name, wires, n in circuit.operations:
        mine = [angles[first + place] for place in EULER.get(name, range(n))]
        if name in EULER:
            gates += [gate(angle, wires[0]) for gate, angle in zip((qml.RZ, qml.RY, qml.RZ), mine, strict=True)]
        else:
            gates.append(getattr(qml, name)(*mine, wires=list(wires)))
        first += n
    return qml.tape.QuantumScript(gates, measurements, trainable_params=range(len(angles)))


def _device(circuit: Traced) -> Any:
    double = circuit.angles.dtype == torch.float64
    return qml.device("lightning.qubit", wires=circuit.n_qubits, c_dtype=np.complex128 if double else np.complex64)
