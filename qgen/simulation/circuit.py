"""A circuit of given size on a backend: inputs and weights in, probabilities, expectation values or shots out."""

import math
from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from qgen.circuits import as_ansatz
from qgen.files import InputError
from qgen.plugins import resolve
from qgen.simulation import Backend, Operation, Operators, Quantity, Traced
from qgen.simulation._exact import require_operators
from qgen.simulation._tracing import Tracer


class Circuit:
    """An ansatz on a given number of qubits, ready to run on a backend.

    Args:
        ansatz: the circuit: an `Ansatz`, a pure function, or what `qgen.circuits.as_ansatz` makes one of.
        n_qubits: number of wires.
        depth: number of blocks, as the ansatz understands it.
        backend: where it runs: "statevector", "simulation/aer", "my_module:MyBackend", or a `Backend`.

    Attributes:
        weight_shape: shape of the weights of one sample.
        n_inputs: number of inputs of one sample.
        reference: the backend as it was given.

    Inputs have shape (batch, n_inputs), or (n_inputs,) for all samples alike; weights (batch, *weight_shape), or
    weight_shape for all samples alike. The batch is 1 where neither has one. Results are of the type of the weights.

    Raises:
        InputError: sizes below 1, something that is not an ansatz, or no such backend. Later: shapes that do not fit,
            a gate that is not known, or something that the backend cannot do.
    """

    def __init__(self, ansatz: Any, n_qubits: int, depth: int, *, backend: Any = "statevector") -> None:
        ansatz = as_ansatz(ansatz, n_qubits)
        name = getattr(ansatz, "__name__", repr(ansatz))
        if not all(isinstance(size, Integral) and int(size) >= 1 for size in (n_qubits, depth)):
            raise InputError(f"{name}: expected n_qubits and depth >= 1, found {n_qubits} and {depth}")
        if not callable(ansatz) or not hasattr(ansatz, "weight_shape"):
            raise InputError(f"{name}: expected a function with the attribute weight_shape(n_qubits, depth)")
        self.ansatz, self.n_qubits, self.depth, self.name = ansatz, n_qubits, depth, name
        self.weight_shape = _size(ansatz, "weight_shape", n_qubits, depth, lambda shape: tuple(map(int, shape)))
        if any(n < 1 for n in self.weight_shape):
            raise InputError(f"{name}: expected a weight_shape of numbers >= 1, found {self.weight_shape}")
        self.n_inputs = _size(ansatz, "n_inputs", n_qubits, depth, int) if hasattr(ansatz, "n_inputs") else n_qubits
        if self.n_inputs < 0:
            raise InputError(f"{name}: expected n_inputs >= 0, found {self.n_inputs}")
        self.backend, self._backend_name = _backend(backend)
        self.reference = backend
        self._tracer = Tracer(ansatz, name, n_qubits, self.n_inputs, self.weight_shape)

    @property
    def n_weights(self) -> int:
        """Number of weights of one sample."""
        return math.prod(self.weight_shape)

    @property
    def two_qubit_gates(self) -> int:
        """Number of gates on two or more wires."""
        return sum(len(wires) > 1 for _, wires, _ in self.operations())

    def on(self, backend: Any) -> "Circuit":
        """The same circuit on another backend; the circuit itself if it already runs there."""
        same = backend is self.reference or (isinstance(backend, str) and backend == self.reference)
        return self if same else Circuit(self.ansatz, self.n_qubits, self.depth, backend=backend)

    def operations(self) -> tuple[Operation, ...]:
        """Name, wires and number of angles of every gate, in the order in which they are applied."""
        return self._tracer.operations()

    def trace(self, inputs: Tensor, weights: Tensor) -> Traced:
        """The gates with the angles of every sample: what the backend receives."""
        return Traced(*self._tracer.trace(*self._batched(inputs, weights)), self.n_qubits)

    def require_gradients(self, of: Quantity) -> None:
        """Check that the backend has gradients.

        Raises:
            InputError: it has none for this quantity.
        """
        if of not in self.backend.gradients:
            raise InputError(
                f"{self.name}: backend {self._backend_name!r} has no gradients of {of}; "
                f"'statevector' and 'pennylane' have them"
            )

    def probabilities(self, inputs: Tensor, weights: Tensor) -> Tensor:
        """Probabilities of all basis states, shape (batch, 2**n_qubits); rows sum to 1."""
        return self.backend.probabilities(self._differentiable("probabilities", inputs, weights))

    def expectations(self, inputs: Tensor, weights: Tensor, operators: Operators) -> Tensor:
        """Expectation values of products of Pauli Z, in -1..1, shape (batch, n_operators).

        Args:
            inputs: see above.
            weights: see above.
            operators: the wires of each product: [(0,), (1, 2)] are Z_0 and Z_1 Z_2.
        """
        require_operators(operators, self.n_qubits)
        return self.backend.expectations(self._differentiable("expectations", inputs, weights), operators)

    def counts(self, inputs: Tensor, weights: Tensor, n_shots: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """How often each basis state is seen in `n_shots` >= 1 shots of every sample, shape (batch, 2**n_qubits)."""
        if n_shots < 1:
            raise InputError(f"{self.name}: expected n_shots >= 1, found {n_shots}")
        return self.backend.counts(self.trace(inputs.detach(), weights.detach()), n_shots, rng)

    def state(self, inputs: Tensor, weights: Tensor) -> Tensor:
        """Amplitudes, shape (batch, 2**n_qubits): complex128 for float64 weights, else complex64."""
        amplitudes = getattr(self.backend, "state", None)
        if amplitudes is None:
            raise InputError(f"{self.name}: backend {self._backend_name!r} has no amplitudes")
        state: Tensor = amplitudes(self.trace(inputs, weights))
        return state

    def _differentiable(self, what: Quantity, inputs: Tensor, weights: Tensor) -> Traced:
        traced = self.trace(inputs, weights)
        if traced.angles.requires_grad:
            self.require_gradients(what)
        return traced

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


def _backend(reference: Any) -> tuple[Backend, str]:
    """The backend, and what messages call it."""
    plugin = resolve(reference, "simulation")
    backend: Backend = plugin() if isinstance(plugin, type) else plugin
    name = reference.removeprefix("simulation/") if isinstance(reference, str) else type(backend).__name__
    lacking = [what for what in ("gradients", "probabilities", "expectations", "counts") if not hasattr(backend, what)]
    if lacking:
        raise InputError(f"backend: expected one with {', '.join(lacking)}, found {name}")
    return backend, name


def _size(ansatz: Any, what: str, n_qubits: int, depth: int, convert: Callable[[Any], Any]) -> Any:
    """What an ansatz's function `what`, `weight_shape` or `n_inputs`, says of a size, converted."""
    name, function = getattr(ansatz, "__name__", repr(ansatz)), getattr(ansatz, what)
    if not callable(function):
        raise InputError(f"{name}: expected a function {what}(n_qubits, depth), found {function!r}")
    try:
        return convert(function(n_qubits, depth))
    except Exception as error:  # whatever a user's function raises
        raise InputError(f"{name}: {what}({n_qubits}, {depth}) fails: {error}") from error
