"""The contract of an ansatz, a circuit with free angles and a shape of its weights, and all that is accepted as one."""

import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from qgen.circuits._sized import SizedCircuit, returns_a_circuit
from qgen.files import InputError
from qgen.plugins import resolve

Shape = Callable[[int, int], tuple[int, ...]]
"""(n_qubits, depth) -> shape of the weights of one sample."""


class Ansatz(Protocol):
    """A parametrised circuit, written for one sample; the simulators batch it.

    It may also have `n_inputs(n_qubits, depth) -> int`; without it, it takes one input per qubit.
    """

    weight_shape: Shape
    """(n_qubits, depth) -> shape of `weights`."""

    def __call__(self, inputs: Any, weights: Any, wires: Sequence[int]) -> None:
        """Apply PennyLane operations to `wires`; wire 0 is the most significant bit of a basis state."""


def ansatz(
    *, weight_shape: Shape, n_inputs: Callable[[int, int], int] | None = None
) -> Callable[[Callable[[Any, Any, Sequence[int]], None]], Ansatz]:
    """Decorator that sets `weight_shape` of a circuit and, where there is not one input per qubit, `n_inputs`."""

    def give(function: Callable[[Any, Any, Sequence[int]], None]) -> Ansatz:
        shaped = cast(Any, function)
        shaped.weight_shape = weight_shape
        if n_inputs is not None:
            shaped.n_inputs = n_inputs
        return cast(Ansatz, shaped)

    return give


def as_ansatz(reference: Any, n_qubits: int | None = None, *, inputs: str | None = "inputs") -> Ansatz:
    """Make an ansatz of anything that is accepted as one.

    Args:
        reference: a function with `weight_shape`, a Qiskit `QuantumCircuit`, a function f(n_qubits) or
            f(n_qubits, depth) that returns one, OpenQASM 3 text, or the name of one of them, see
            `qgen.plugins.resolve`. In circuits of Qiskit and OpenQASM, parameters named inputs[k] are the inputs and
            all others the weights, and qubit q is wire n_qubits - 1 - q, so that basis states keep their numbers.
        n_qubits: number of qubits that is needed; checked where the circuit has a fixed number.
        inputs: what the inputs are called in a circuit of Qiskit or OpenQASM; None: it has none.

    Raises:
        InputError: no such name, a circuit that cannot be used, or one with another number of qubits. Whether a
            function has a `weight_shape` is not checked.
    """
    ansatz = resolve(reference, "circuits")
    qiskit = sys.modules.get("qiskit")  # a circuit of Qiskit's has imported it
    if qiskit is not None and isinstance(ansatz, getattr(qiskit, "QuantumCircuit", ())):
        from qgen.circuits._qiskit import from_qiskit

        ansatz = from_qiskit(ansatz, inputs=inputs)
        ansatz.require_said()
    elif hasattr(ansatz, "with_inputs"):
        ansatz = ansatz.with_inputs(inputs) if inputs != "inputs" else ansatz
    elif returns_a_circuit(ansatz):
        ansatz = SizedCircuit(ansatz, inputs)
    elif inputs != "inputs":
        name = getattr(ansatz, "__name__", repr(ansatz))
        raise InputError(f"{name}: expected a circuit of Qiskit or OpenQASM to name the inputs of, found a function")
    own = getattr(ansatz, "n_qubits", None)
    if n_qubits is not None and isinstance(own, int) and own != n_qubits:
        raise InputError(f"{ansatz.__name__}: expected a circuit on {n_qubits} qubits, found one on {own}")
    return cast(Ansatz, ansatz)
