"""From an ansatz, written for one sample, to gates with angles for a batch.

The ansatz is run once for the whole batch under `torch.func.vmap`, which records its gates and gives every angle as a
batched tensor; not even that where its angles are an affine map of inputs and weights (`_affine`). So an ansatz must
be a pure function: the same gates at every call.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pennylane as qml
import torch
from torch import Tensor

from qgen.files import InputError
from qgen.simulation import Operation, _controlled, gates
from qgen.simulation._affine import Affine, affine


class Tracer:
    """Gates and angles of one ansatz of given size.

    Args:
        ansatz: the circuit, applied to (inputs, weights, wires).
        name: what messages call it.
        n_qubits: number of wires.
        n_inputs: number of inputs of one sample.
        weight_shape: shape of the weights of one sample.
    """

    def __init__(
        self,
        ansatz: Callable[..., None],
        name: str,
        n_qubits: int,
        n_inputs: int,
        weight_shape: tuple[int, ...],
    ) -> None:
        self.ansatz, self.name, self.n_qubits = ansatz, name, n_qubits
        self.n_inputs, self.weight_shape = n_inputs, weight_shape
        self._operations: tuple[Operation, ...] | None = None
        self._affine: Affine | None = None

    def operations(self) -> tuple[Operation, ...]:
        """Name, wires and number of angles of every gate, in the order in which they are applied."""
        if self._operations is None:
            gates: list[Operation] = []
            self._affine = affine(partial(self._angles, gates), self.n_inputs, self.weight_shape)
            self._operations = tuple(gates)
        return self._operations

    def trace(self, inputs: Tensor, weights: Tensor) -> tuple[tuple[Operation, ...], Tensor]:
        """Gates in order, and all their angles, shape (batch, n_angles), of the type of the weights.

        Args:
            inputs: shape (batch, n_inputs) or (1, n_inputs).
            weights: shape (batch, *weight_shape) or (1, *weight_shape).

        Raises:
            InputError: the ansatz fails, measures, or has a gate or a wire that is not known.
        """
        operations = self.operations()
        if self._affine is not None:
            return operations, self._affine(inputs, weights.reshape(len(weights), -1))
        gates: list[Operation] = []
        angles = partial(self._angles, gates)
        alone = [None if len(values) == 1 else 0 for values in (inputs, weights)]
        x, w = (v[0] if axis is None else v for v, axis in zip((inputs, weights), alone, strict=True))
        batched = angles(x, w)[None] if alone == [None, None] else torch.func.vmap(angles, in_dims=tuple(alone))(x, w)
        return tuple(gates), batched

    def _angles(self, gates: list[Operation], x: Tensor, w: Tensor) -> Tensor:
        """All angles of one sample, shape (n_angles,); `gates` is filled with its gates."""
        gates.clear()
        parameters = [w.new_zeros(())]
        for op in self._known(self._record(x, w)):
            gates.append((op.name, tuple(op.wires), op.num_params))
            parameters += [torch.as_tensor(p, dtype=w.dtype) for p in op.parameters]
        return torch.stack(parameters)[1:]

    def _record(self, x: Tensor, w: Tensor) -> list[Any]:
        """The operations that the ansatz applies, for one sample."""
        try:
            with qml.queuing.AnnotatedQueue() as queue:
                self.ansatz(x, w, range(self.n_qubits))
        except Exception as error:  # whatever a user's circuit raises
            raise InputError(
                f"{self.name}: fails for inputs of shape ({self.n_inputs},), weights of shape {self.weight_shape} and "
                f"{self.n_qubits} wires: {type(error).__name__}: {' '.join(str(error).split())}"
            ) from error
        tape = qml.tape.QuantumScript.from_queue(queue)
        if tape.measurements:
            raise InputError(f"{self.name}: expected gates only, found the measurement {tape.measurements[0]}")
        return list(tape.operations)

    def _parts(self, op: Any) -> list[Any]:
        """The decomposition of an operation."""
        try:
            with qml.QueuingManager.stop_recording():
                if isinstance(op, qml.ops.Controlled) and any(isinstance(x, Tensor) for x in op.parameters):
                    return _controlled.parts(op)
                return list(op.decomposition())
        except Exception as error:  # whatever a user's circuit raises
            reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
            raise InputError(f"{self.name}: gate {op.name!r} cannot be decomposed for any angles: {reason}") from error

    def _known(self, operations: list[Any]) -> Iterator[Any]:
        """The operations, those that are not known replaced by their decomposition."""
        for op in operations:
            if op.name in gates.NAMES:
                if not all(wire in range(self.n_qubits) for wire in op.wires):
                    raise InputError(
                        f"{self.name}: expected wires 0..{self.n_qubits - 1}, found {op.name} on {op.wires}"
                    )
                if op.name != "Identity" or len(op.wires) == 1:  # on several wires it is nothing, too
                    yield op
            elif isinstance(op, qml.ops.Controlled) or getattr(op, "has_decomposition", False):
                yield from self._known(self._parts(op))
            else:
                raise InputError(
                    f"{self.name}: unknown gate {op.name!r}, expected one of {', '.join(sorted(gates.NAMES))}"
                )
