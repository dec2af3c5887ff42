"""Qiskit circuits in the place of an ansatz.

- The parameters of a `ParameterVector` named `inputs` are the inputs, `inputs[k]` the k-th (so are single ones named
  inputs_k or inputs). All others are the weights, in the order of `QuantumCircuit.parameters`.
- Basis states keep their numbers: state b of qgen is state b of `qiskit.quantum_info.Statevector`. Qiskit's qubit 0 is
  the least significant bit and qgen's wire 0 the most significant, so qubit q is wire n_qubits - 1 - q.
- Gates that PennyLane does not have are replaced by their `definition`. Barriers, delays and global phases are left
  out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pennylane as qml
import sympy
from qiskit import QuantumCircuit, qasm3
from qiskit.circuit import ControlFlowOp, ControlledGate, Parameter, ParameterExpression, library
from qiskit.exceptions import QiskitError

from qgen.circuits._fixed import FixedCircuit, Gate
from qgen.files import InputError

Placed = tuple[Any, tuple[int, ...]]
"""An operation of Qiskit's and its qubits."""

KNOWN: dict[type, Any] = {
    library.IGate: qml.Identity,
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

LEFT_OUT = ("barrier", "delay")
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
    order: Callable[[str], Any] | None = None,
    source: str | None = None,
) -> FixedCircuit:
    """A Qiskit circuit as an ansatz.

    Args:
        circuit: gates only, with at least one weight.
        name: what messages call it, instead of its own name.
        meaning: what some of its parameters stand for.
        order: sorts the names of the weights, instead of Qiskit's order.
        source: the OpenQASM 3 that it was read from.

    Raises:
        InputError: no weights, or something in it that is no gate.
    """
    called = str(circuit.name) if name is None else name
    n = circuit.num_qubits
    placed = list(_flat(circuit, range(n), called))
    gates = [
        Gate(
            KNOWN[operation.base_class],
            tuple(n - 1 - q for q in qubits),
            tuple(_symbolic(angle, called).xreplace(dict(meaning or {})) for angle in operation.params),
        )
        for operation, qubits in placed
    ]
    position = {parameter.name: k for k, parameter in enumerate(circuit.parameters)}
    made = FixedCircuit(
        called,
        n,
        gates,
        order=order or position.__getitem__,
        source=(lambda: source) if source is not None else (lambda: _written(placed, made)),
    )
    return made


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
        if getattr(operation, "base_class", None) in KNOWN and not _opened(operation):
            yield operation, places
            continue
        definition = getattr(operation, "definition", None)
        if definition is None:
            known = ", ".join(sorted(gate.__name__ for gate in KNOWN))
            raise InputError(f"{name}: unknown gate {operation.name!r}, expected one with a definition, or of {known}")
        yield from _flat(definition, places, name)


def _opened(operation: Any) -> bool:
    """Whether a gate is controlled by 0 instead of 1."""
    return isinstance(operation, ControlledGate) and operation.ctrl_state != 2**operation.num_ctrl_qubits - 1


def _symbolic(angle: Any, name: str) -> sympy.Expr:
    """An angle for sympy; a number with all its digits."""
    try:
        return angle.sympify() if isinstance(angle, ParameterExpression) else sympy.Float(float(angle), 17)
    except (QiskitError, TypeError, ValueError) as error:
        raise InputError(f"{name}: expected angles of real numbers and parameters, found {angle}") from error


def _written(placed: Sequence[Placed], circuit: FixedCircuit) -> str:
    """OpenQASM 3 of known gates, with parameters that are numbered in their order, whatever their names were."""
    flat = QuantumCircuit(circuit.n_qubits)
    for operation, qubits in placed:
        flat.append(operation, qubits)
    old = {parameter.name: parameter for parameter in flat.parameters}
    new = {name: f"inputs_{k}" for k, name in enumerate(circuit.inputs)}
    new |= {name: f"weights_{k}" for k, name in enumerate(circuit.weights)}
    aside = {old[name]: Parameter(f"aside {new[name]}") for name in new if name in old}
    flat.assign_parameters(aside, inplace=True)  # in two steps: an old name may be the new one of another
    flat.assign_parameters({p: Parameter(p.name.removeprefix("aside ")) for p in aside.values()}, inplace=True)
    return str(qasm3.dumps(flat))
