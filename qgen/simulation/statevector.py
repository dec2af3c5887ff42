"""Batched statevector in torch: one circuit, a batch of inputs and weights, probabilities with gradients.

    p_b = |<b| U_K ... U_1 |0>|^2,    b = 0 .. 2^n - 1, wire 0 the most significant bit

An ansatz is written for one sample. It is run once for the whole batch under `torch.func.vmap`, which records its gates
and gives every angle as a batched tensor; `fusion.Plan` then applies the gates in few, large steps.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pennylane as qml
import torch
from pennylane.exceptions import WireError
from torch import Tensor

from qgen.circuits import Ansatz, as_ansatz
from qgen.files import InputError
from qgen.simulation import gates
from qgen.simulation.fusion import Operation, plan

__all__ = ["Circuit"]

USER_ERRORS = (ArithmeticError, AttributeError, LookupError, NameError, RuntimeError, TypeError, ValueError, WireError)
"""What a circuit of a user's own may raise."""


class Circuit:
    """An ansatz of given size, simulated exactly.

    Args:
        ansatz: the circuit: an `Ansatz`, or what `qgen.circuits.as_ansatz` makes one of.
        n_qubits: number of wires.
        depth: number of blocks, as the ansatz understands it.

    Attributes:
        weight_shape: shape of the weights of one sample.
        n_inputs: number of inputs of one sample.

    Raises:
        InputError: sizes below 1, or something that is not an ansatz.
    """

    def __init__(self, ansatz: Any, n_qubits: int, depth: int) -> None:
        ansatz = as_ansatz(ansatz, n_qubits)
        name = getattr(ansatz, "__name__", repr(ansatz))
        if n_qubits < 1 or depth < 1:
            raise InputError(f"{name}: expected n_qubits and depth >= 1, found {n_qubits} and {depth}")
        if not callable(ansatz) or not hasattr(ansatz, "weight_shape"):
            raise InputError(f"{name}: expected a function with the attribute weight_shape(n_qubits, depth)")
        self.ansatz, self.n_qubits, self.depth, self.name = ansatz, n_qubits, depth, name
        self.weight_shape = _shape(ansatz, n_qubits, depth)
        self.n_inputs = int(ansatz.n_inputs(n_qubits, depth)) if hasattr(ansatz, "n_inputs") else n_qubits

    @property
    def n_weights(self) -> int:
        """Number of weights of one sample."""
        return math.prod(self.weight_shape)

    @property
    def two_qubit_gates(self) -> int:
        """Number of gates on two or more wires."""
        return sum(len(wires) > 1 for _, wires, _ in self.operations())

    def operations(self) -> tuple[Operation, ...]:
        """The gates in order."""
        return self._trace(torch.zeros(1, self.n_inputs), torch.zeros(1, *self.weight_shape))[0]

    def probabilities(self, inputs: Tensor, weights: Tensor) -> Tensor:
        """Probabilities of all basis states.

        Args:
            inputs: shape (batch, n_inputs), or (n_inputs,) for all samples alike.
            weights: shape (batch, *weight_shape), or weight_shape for all samples alike.

        Returns:
            shape (batch, 2**n_qubits), of the type of the weights; rows sum to 1. The batch is 1 where neither has one.

        Raises:
            InputError: shapes that do not fit, or a gate that is not known.
        """
        amplitudes = self.state(inputs, weights)
        return amplitudes.real.square() + amplitudes.imag.square()

    def state(self, inputs: Tensor, weights: Tensor) -> Tensor:
        """Amplitudes, shape (batch, 2**n_qubits): complex128 for float64 weights, else complex64."""
        inputs, weights = self._batched(inputs, weights)
        operations, angles = self._trace(inputs, weights)
        return plan(operations, self.n_qubits).run(angles.to(weights.dtype))

    def _batched(self, inputs: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        for what, values, shape in (("inputs", inputs, (self.n_inputs,)), ("weights", weights, self.weight_shape)):
            if tuple(values.shape) != shape and tuple(values.shape[1:]) != shape:
                raise InputError(
                    f"{self.name}: expected {what} of shape {shape} or (batch, *{shape}), found {tuple(values.shape)}"
                )
        inputs = inputs if inputs.ndim == 2 else inputs[None]
        weights = weights if weights.ndim > len(self.weight_shape) else weights[None]
        if 1 < len(inputs) != len(weights) > 1:
            raise InputError(
                f"{self.name}: expected one batch size, found {len(inputs)} inputs, {len(weights)} weights"
            )
        return inputs, weights

    def _trace(self, inputs: Tensor, weights: Tensor) -> tuple[tuple[Operation, ...], Tensor]:
        """Gates in order, and all their angles, shape (batch, n_parameters)."""
        found: list[Operation] = []

        def angles_of_one(x: Tensor, w: Tensor) -> Tensor:
            parameters = [w.new_zeros(())]
            for op in self._known(self._record(x, w)):
                found.append((op.name, tuple(op.wires), op.num_params))
                parameters += [torch.as_tensor(p, dtype=w.dtype) for p in op.parameters]
            return torch.stack(parameters)[1:]

        alone = [None if len(values) == 1 else 0 for values in (inputs, weights)]
        x, w = (v[0] if axis is None else v for v, axis in zip((inputs, weights), alone, strict=True))
        if alone == [None, None]:
            angles = angles_of_one(x, w)[None]
        else:
            angles = torch.func.vmap(angles_of_one, in_dims=tuple(alone))(x, w)
        return tuple(found), angles

    def _record(self, x: Tensor, w: Tensor) -> list[Any]:
        """The operations that the ansatz applies, for one sample."""
        try:
            with qml.queuing.AnnotatedQueue() as queue:
                self.ansatz(x, w, range(self.n_qubits))
        except USER_ERRORS as error:
            raise InputError(
                f"{self.name}: fails for inputs of shape ({self.n_inputs},), weights of shape {self.weight_shape} and "
                f"{self.n_qubits} wires: {type(error).__name__}: {error}"
            ) from error
        tape = qml.tape.QuantumScript.from_queue(queue)
        if tape.measurements:
            raise InputError(f"{self.name}: expected gates only, found the measurement {tape.measurements[0]}")
        return list(tape.operations)

    def _known(self, operations: list[Any]) -> Iterator[Any]:
        """The operations, those that are not known replaced by their decomposition."""
        for op in operations:
            if op.name in gates.NAMES:
                if not all(wire in range(self.n_qubits) for wire in op.wires):
                    raise InputError(
                        f"{self.name}: expected wires 0..{self.n_qubits - 1}, found {op.name} on {op.wires}"
                    )
                yield op
            elif getattr(op, "has_decomposition", False):
                with qml.QueuingManager.stop_recording():
                    parts = op.decomposition()
                yield from self._known(parts)
            else:
                raise InputError(
                    f"{self.name}: unknown gate {op.name!r}, expected one of {', '.join(sorted(gates.NAMES))}"
                )


def _shape(ansatz: Ansatz, n_qubits: int, depth: int) -> tuple[int, ...]:
    """The shape of the weights, checked."""
    name = getattr(ansatz, "__name__", repr(ansatz))
    if not callable(ansatz.weight_shape):
        raise InputError(f"{name}: expected a function weight_shape(n_qubits, depth), found {ansatz.weight_shape!r}")
    try:
        shape = tuple(int(n) for n in ansatz.weight_shape(n_qubits, depth))
    except USER_ERRORS as error:
        raise InputError(f"{name}: weight_shape({n_qubits}, {depth}) fails: {error}") from error
    if any(n < 1 for n in shape):
        raise InputError(f"{name}: expected a weight_shape of numbers >= 1, found {shape}")
    return shape
