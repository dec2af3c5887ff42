"""A circuit of one size, as gates with angles in closed form: what Qiskit and OpenQASM circuits become."""

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple
from zlib import crc32

import pennylane as qml
import sympy

from qgen.files import InputError

FUNCTIONS = {name: getattr(qml.math, name) for name in ("sin", "cos", "tan", "exp", "log", "sqrt")} | {
    "asin": qml.math.arcsin,
    "acos": qml.math.arccos,
    "atan": qml.math.arctan,
    "Abs": qml.math.abs,
}
"""What sympy's functions are for numbers, arrays and tensors, those under torch.func.vmap among them."""


class Gate(NamedTuple):
    """An operation of PennyLane's, its wires, and its angles in terms of the parameters."""

    operation: Any
    wires: tuple[int, ...]
    angles: tuple[sympy.Expr, ...]


class FixedCircuit:
    """An ansatz of one size: it is used as it is, and `depth` does not repeat it.

    Args:
        name: what messages call it.
        n_qubits: number of wires.
        gates: in order.
        order: sort key for the names of the weights.
        source: returns the circuit as OpenQASM 3.

    Attributes:
        inputs: names of the inputs 0 to the highest number, those that occur in no gate included.
        weights: names of the weights in their order.

    Raises:
        InputError: no weights, two names for an input, or a function in an angle that is not known.
    """

    def __init__(
        self,
        name: str,
        n_qubits: int,
        gates: Sequence[Gate],
        *,
        order: Callable[[str], Any],
        source: Callable[[], str],
    ) -> None:
        self.__name__ = name
        self.n_qubits, self._gates, self._source = n_qubits, tuple(gates), source
        angles = [angle for gate in self._gates for angle in gate.angles]
        names = {symbol.name for angle in angles for symbol in angle.free_symbols}
        inputs = {number: one for one in sorted(names) if (number := input_number(one)) is not None}
        self.inputs = [inputs.get(k, f"inputs_{k}") for k in range(max(inputs, default=-1) + 1)]
        self.weights = sorted((one for one in names if input_number(one) is None), key=order)
        if len(inputs) + len(self.weights) < len(names):
            twice = names - set(inputs.values()) - set(self.weights)
            raise InputError(f"{name}: expected one name for each input, found another for {twice.pop()}")
        if not self.weights:
            raise InputError(f"{name}: expected parameters to train, besides those named inputs, found none")
        unknown = {type(call).__name__ for angle in angles for call in angle.atoms(sympy.Function)} - FUNCTIONS.keys()
        if unknown:
            raise InputError(f"{name}: expected angles in terms of {', '.join(FUNCTIONS)}, found {unknown.pop()}")
        plain = {sympy.Symbol(one): sympy.Symbol(f"p{k}") for k, one in enumerate((*self.inputs, *self.weights))}
        expressions = [angle.xreplace(plain) for angle in angles]
        self._angles = sympy.lambdify(list(plain.values()), expressions, modules=[FUNCTIONS, "math"])

    def __call__(self, inputs: Any, weights: Any, wires: Sequence[int]) -> None:
        """Apply the gates; inputs (n_inputs,), weights (n_weights,) [rad]."""
        angles = iter(self._angles(*inputs, *weights))
        for gate in self._gates:
            gate.operation(*(next(angles) for _ in gate.angles), wires=[wires[place] for place in gate.wires])

    def weight_shape(self, n_qubits: int, depth: int) -> tuple[int]:
        """Shape (n_weights,) of the weights, at any depth."""
        return (len(self.weights),)

    def n_inputs(self, n_qubits: int, depth: int) -> int:
        """Number of inputs: one more than the highest number among their names."""
        return len(self.inputs)

    def __repr__(self) -> str:
        checksum = crc32(repr(self._gates).encode())
        return f"<{self.__name__}: {self.n_qubits} qubits, {len(self._gates)} gates, {checksum:08x}>"

    @cached_property
    def source(self) -> str:
        """The circuit as OpenQASM 3."""
        return self._source()


def numbered(name: str) -> tuple[str, int]:
    """A name and the number at its end: ("w", 3) for w[3], w_3 or _w_3_ (so Qiskit writes w[3]), ("w", -1) for w."""
    match = re.fullmatch(r"_(.+)_(\d+)_|(.+)\[(\d+)\]|(.+)_(\d+)", name)
    if match is None:
        return name, -1
    base, number = (group for group in match.groups() if group is not None)
    return base, int(number)


def input_number(name: str) -> int | None:
    """Which input a parameter is, by its name; None for a weight."""
    base, number = numbered(name)
    return max(number, 0) if base == "inputs" else None
