"""A circuit of one size, as gates with angles in closed form: what Qiskit and OpenQASM circuits become."""

import re
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple
from zlib import crc32

import pennylane as qml
import sympy

from qgen.files import InputError

INPUTS = "inputs"
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
        source: returns a circuit of these gates as OpenQASM 3.
        inputs: what the parameters are called that are its inputs; None: there are none.

    Attributes:
        inputs: names of the inputs 0 to the highest number, those that occur in no gate included.
        weights: names of the weights, in the order of names and of the numbers in them: a, w_2, w_10.

    Raises:
        InputError: no weights, two names for an input, no input that is called so, or a function in an angle that is
            not known.
    """

    def __init__(
        self,
        name: str,
        n_qubits: int,
        gates: Sequence[Gate],
        *,
        source: Callable[["FixedCircuit"], str],
        inputs: str | None = INPUTS,
    ) -> None:
        self.__name__ = name
        self.n_qubits, self._gates, self._source, self.called = n_qubits, tuple(gates), source, inputs
        angles = [angle for gate in self._gates for angle in gate.angles]
        names = {symbol.name for angle in angles for symbol in angle.free_symbols}
        places = {one: max(numbered(one)[1], 0) for one in sorted(names) if numbered(one)[0] == inputs}
        there = {place: one for one, place in places.items()}
        self.inputs = [there.get(k, f"{inputs}_{k}") for k in range(max(there, default=-1) + 1)]
        self.weights = sorted(names - places.keys(), key=lambda one: (numbered(one), one))
        if len(there) < len(places):
            twice = places.keys() - there.values()
            raise InputError(f"{name}: expected one name for each input, found another for {twice.pop()}")
        if not self.weights:
            raise InputError(f"{name}: expected parameters to train, besides those named {inputs}, found none")
        if inputs not in (None, INPUTS) and not places:
            raise InputError(f"{name}: expected inputs that are called {inputs}, found {', '.join(self.weights)}")
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

    def with_inputs(self, name: str | None) -> "FixedCircuit":
        """The same gates, where the parameters of this name are the inputs; None: there are none.

        Raises:
            InputError: none is called so, or all are.
        """
        if name == self.called:
            return self
        return FixedCircuit(self.__name__, self.n_qubits, self._gates, source=self._source, inputs=name)

    @cached_property
    def source(self) -> str:
        """The circuit as OpenQASM 3, in which the inputs are called `inputs`."""
        return self._source(self)

    def require_said(self) -> None:
        """Warn where vectors of several names are all weights: a feature map may not have meant that."""
        of_name = Counter(name for name, number in map(numbered, self.weights) if number >= 0)
        if self.called is not None and not self.inputs and len(of_name) > 1:
            found = ", ".join(f"{name} ({n})" for name, n in sorted(of_name.items()))
            warnings.warn(
                f"{self.__name__}: no parameter is called {self.called}, so all are weights: {found}; if some are "
                f"inputs, name them by qgen.circuits.as_ansatz(circuit, inputs={min(of_name)!r}), or say inputs=None",
                stacklevel=4,
            )


def numbered(name: str) -> tuple[str, int]:
    """A name and the number at its end: ("w", 3) for w[3], w_3 or _w_3_ (so Qiskit writes w[3]), ("w", -1) for w."""
    match = re.fullmatch(r"_(.+)_(\d+)_|(.+)\[(\d+)\]|(.+)_(\d+)", name)
    if match is None:
        return name, -1
    base, number = (group for group in match.groups() if group is not None)
    return base, int(number)
