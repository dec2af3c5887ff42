"""Qiskit circuits in place of an ansatz.

- The parameters of a `ParameterVector` named `inputs` are the inputs, `inputs[k]` the k-th (so are single ones named
  inputs_k or inputs); another name can be told. All others are the weights, in the order of their names and of the
  numbers in these.
- Basis states keep their numbers: state b of qgen is state b of `qiskit.quantum_info.Statevector`. Qiskit's qubit 0 is
  the least significant bit and qgen's wire 0 the most significant, so qubit q is wire n_qubits - 1 - q.
- Gates that PennyLane does not have are replaced by their `definition`, or by what Qiskit's synthesis makes of them.
  Barriers, delays, identities and global phases are left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import pennylane as qml
import sympy
from qiskit import QuantumCircuit, qasm3
from qiskit.circuit import ControlFlowOp, ControlledGate, Parameter, library
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Operator
from qiskit.transpiler import PassManager
from qiskit.transpiler.passes import HighLevelSynthesis
from sympy.printing.str import StrPrinter

from qgen.circuits._fixed import INPUTS, FixedCircuit, Gate
from qgen.circuits._symbolic import probes, symbolic
from qgen.files import InputError

Placed = tuple[Any, tuple[int, ...]]
"""An operation of Qiskit's and its qubits."""

KNOWN: dict[type, Any] = {
    library.HGate: qml.Hadamard,
    library.XGate: qml.PauliX,
    library.YGate: qml.PauliY,
    library.ZGate: qml.PauliZ,
    library.SGate: qml.S,
    library.TGate: qml.T,
    library.RXGate: qml.RX,
    library.RYGate: qml.RY,
    library.RZGate: qml.RZ,
    library.PhaseGate: qml.PhaseShift,
    library.UGate: qml.U3,
    library.CXGate: qml.CNOT,
    library.CZGate: qml.CZ,
    library.SwapGate: qml.SWAP,
    library.CRXGate: qml.CRX,
    library.CRYGate: qml.CRY,
    library.CRZGate: qml.CRZ,
    library.CPhaseGate: qml.ControlledPhaseShift,
    library.RXXGate: qml.IsingXX,
    library.RYYGate: qml.IsingYY,
    library.RZZGate: qml.IsingZZ,
}
"""Gates that PennyLane has, too."""

DEFINED = {"rxx": library.RXXGate, "ryy": library.RYYGate, "rzz": library.RZZGate}
"""Known gates that OpenQASM 3 has no name for: there they come as definitions."""
MOST_GATES = 2 * 10**4
LEFT_OUT = ("barrier", "delay", "id")
REFUSED = {
    "measure": "a measurement (all wires are measured at the end anyway)",
    "reset": "a reset",
    "initialize": "an initialisation, which resets qubits",
}


def from_qiskit(
    circuit: QuantumCircuit,
    *,
    name: str | None = None,
    meaning: Mapping[sympy.Symbol, sympy.Expr] | None = None,
    source: str | None = None,
    inputs: str | None = INPUTS,
) -> FixedCircuit:
    """A Qiskit circuit as an ansatz.

    Args:
        circuit: gates only, with at least one weight.
        name: what messages call it, instead of its own name.
        meaning: what some of its parameters stand for.
        source: the OpenQASM 3 that it was read from, in which inputs are called `inputs`.
        inputs: what its inputs are called; None: it has none.

    Raises:
        InputError: no weights, or something in it that is no gate.
    """
    called = str(circuit.name) if name is None else name
    n, stands_for = circuit.num_qubits, dict(meaning or {})
    placed = list(islice(_flat(circuit, range(n), called), MOST_GATES + 1))
    if len(placed) > MOST_GATES:
        raise InputError(f"{called}: expected at most {MOST_GATES} gates, found more once definitions are opened")
    gates = [
        Gate(
            KNOWN[operation.base_class],
            tuple(n - 1 - q for q in qubits),
            tuple(symbolic(angle, called).xreplace(stands_for) for angle in operation.params),
        )
        for operation, qubits in placed
    ]

    def written(ansatz: FixedCircuit) -> str:
        return source if source is not None and ansatz.called == INPUTS else _written(placed, gates, ansatz)

    return FixedCircuit(called, n, gates, source=written, inputs=inputs)


def _flat(circuit: QuantumCircuit, qubits: Sequence[int], name: str) -> Iterator[Placed]:
    """The operations in order, those that are not known replaced by their definition."""
    for item in circuit.data:
        operation = item.operation
        places = tuple(qubits[circuit.find_bit(qubit).index] for qubit in item.qubits)
        if operation.name in LEFT_OUT:
            continue
        if operation.name in REFUSED or isinstance(operation, ControlFlowOp) or item.clbits:
            what = REFUSED.get(operation.name, f"classical control ({operation.name})")
            raise InputError(f"{name}: expected gates only, found {what}")
        operation = _recognised(operation)
        if getattr(operation, "base_class", None) in KNOWN and not _opened(operation):
            yield operation, places
            continue
        definition = getattr(operation, "definition", None) or _synthesised(operation)
        if definition is None:
            supported = ", ".join(sorted(gate.__name__ for gate in KNOWN))
            raise InputError(
                f"{name}: unknown gate {operation.name!r}, expected one with a definition, or of {supported}"
            )
        yield from _flat(definition, places, name)


def _synthesised(operation: Any) -> QuantumCircuit | None:
    """What only Qiskit's synthesis can open: annotated operations, permutations, ...; None where it cannot either."""
    part = QuantumCircuit(operation.num_qubits)
    part.append(operation, range(operation.num_qubits))
    try:
        made = PassManager([HighLevelSynthesis()]).run(part)
    except QiskitError:
        return None
    return None if [item.operation.name for item in made.data] == [operation.name] else made


def _opened(operation: Any) -> bool:
    """Whether a gate is controlled by 0 instead of 1."""
    return isinstance(operation, ControlledGate) and operation.ctrl_state != 2**operation.num_ctrl_qubits - 1


def _recognised(operation: Any) -> Any:
    """A gate that was defined as one of the known ones is, as that one; all others as they are."""
    gate = DEFINED.get(operation.name)
    definition = getattr(operation, "definition", None)
    if gate is None or operation.base_class is gate or definition is None:
        return operation
    if (definition.num_qubits, definition.num_clbits, len(operation.params)) != (2, 0, 1):
        return operation
    values = dict(zip(definition.parameters, probes(len(definition.parameters))[0], strict=True))
    angle = operation.params[0]
    numbers = {p: values[p] for p in getattr(angle, "parameters", ())}
    alike = gate(float(angle.bind(numbers) if numbers else angle))
    same = Operator(definition.assign_parameters(values)).equiv(Operator(alike))
    return gate(angle) if same else operation


def with_free_angles(circuit: QuantumCircuit, name: str) -> QuantumCircuit:
    """The same gates as known ones, with a parameter w_k in place of every angle."""
    n, number = circuit.num_qubits, 0
    freed = QuantumCircuit(n)
    for operation, qubits in _flat(circuit, range(n), name):
        angles = [Parameter(f"w_{number + k}") for k in range(len(operation.params))]
        number += len(angles)
        freed.append(operation.base_class(*angles), qubits)
    return freed


class _Printer(StrPrinter):
    """Expressions as OpenQASM 3 writes them, with all digits."""

    def _print_Float(self, expr: sympy.Float) -> str:
        return repr(float(expr))

    def _print_Abs(self, expr: sympy.Abs) -> str:
        return f"abs({self._print(expr.args[0])})"

    def _print_Exp1(self, expr: sympy.Expr) -> str:
        return "euler"


def _written(placed: Sequence[Placed], gates: Sequence[Gate], circuit: FixedCircuit) -> str:
    """OpenQASM 3 of known gates, with parameters that are numbered in their order, whatever their names were.

    Qiskit writes the gates, with a parameter for every angle, which is replaced by the angle: its own texts of angles
    have but nine digits near fractions of pi, and lack brackets in a/(-b*c) (2.3).
    """
    flat, number = QuantumCircuit(circuit.n_qubits), 0
    for operation, qubits in placed:
        parameters = [Parameter(f"angle_{number + k}") for k in range(len(operation.params))]
        number += len(parameters)
        flat.append(operation.base_class(*parameters), qubits)
    names = {sympy.Symbol(name): sympy.Symbol(f"inputs_{k}") for k, name in enumerate(circuit.inputs)}
    names |= {sympy.Symbol(name): sympy.Symbol(f"weights_{k}") for k, name in enumerate(circuit.weights)}
    angles = [_Printer().doprint(angle.xreplace(names)) for gate in gates for angle in gate.angles]
    lines = [line for line in qasm3.dumps(flat).splitlines() if not line.startswith("input ")]
    lines[2:2] = [f"input float[64] {symbol.name};" for symbol in names.values()]
    return re.sub(r"\bangle_(\d+)\b", lambda match: angles[int(match[1])], "\n".join(lines) + "\n")
