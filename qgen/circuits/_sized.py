"""A function that returns a Qiskit circuit of the size that is asked for, in place of an ansatz."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from qgen.files import InputError


class SizedCircuit:
    """An ansatz of every size that a function can make.

    Args:
        function: f(n_qubits) or f(n_qubits, depth), which returns a Qiskit `QuantumCircuit`.
        inputs: what its inputs are called; None: it has none.
    """

    def __init__(self, function: Callable[..., Any], inputs: str | None = "inputs") -> None:
        self.__name__, self._function, self._inputs = function.__name__, function, inputs
        self._n_sizes = len(inspect.signature(function).parameters)
        self._made: dict[tuple[int, ...], Any] = {}
        self._of_weights: dict[tuple[int, int], Any] = {}

    def __call__(self, inputs: Any, weights: Any, wires: Sequence[int]) -> None:
        """Apply the gates; inputs (n_inputs,), weights (n_weights,) [rad]."""
        self._of_weights[len(wires), len(weights)](inputs, weights, wires)

    def weight_shape(self, n_qubits: int, depth: int) -> tuple[int]:
        """Shape (n_weights,) of the weights."""
        made = self.of(n_qubits, depth)
        shape: tuple[int] = made.weight_shape(n_qubits, depth)
        self._of_weights[n_qubits, *shape] = made
        return shape

    def n_inputs(self, n_qubits: int, depth: int) -> int:
        """Number of inputs."""
        return len(self.of(n_qubits, depth).inputs)

    def of(self, n_qubits: int, depth: int) -> Any:
        """The circuit of one size, a `FixedCircuit`.

        Raises:
            InputError: the function fails, or returns no circuit on so many qubits.
        """
        sizes = (n_qubits, depth)[: self._n_sizes]
        if sizes not in self._made:
            from qiskit import QuantumCircuit

            from qgen.circuits._qiskit import from_qiskit

            call = f"{self.__name__}({', '.join(map(str, sizes))})"
            try:
                circuit = self._function(*sizes)
            except Exception as error:
                raise InputError(f"{call}: expected a QuantumCircuit, found {type(error).__name__}: {error}") from error
            if not isinstance(circuit, QuantumCircuit) or circuit.num_qubits != n_qubits:
                found = f"one on {circuit.num_qubits}" if isinstance(circuit, QuantumCircuit) else repr(circuit)[:60]
                raise InputError(f"{call}: expected a QuantumCircuit on {n_qubits} qubits, found {found}")
            self._made[sizes] = from_qiskit(circuit, name=self.__name__, inputs=self._inputs)
            self._made[sizes].require_said()
        return self._made[sizes]


def returns_a_circuit(function: Any) -> bool:
    """Whether something is a function of one or two sizes, and no ansatz."""
    if not inspect.isfunction(function) or hasattr(function, "weight_shape"):
        return False
    parameters = inspect.signature(function).parameters.values()
    required = [p for p in parameters if p.default is p.empty]
    return 1 <= len(parameters) <= 2 and len(required) == len(parameters)
