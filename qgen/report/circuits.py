"""Circuits as text: their cost in a table, and their drawing."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pennylane as qml
import sympy
from matplotlib.figure import Figure

from qgen.circuits import as_ansatz
from qgen.files import replacing
from qgen.plugins import resolve
from qgen.report.screening import spread
from qgen.screening.cost import logical, transpiled
from qgen.simulation.circuit import Circuit


def cost_table(circuits: Sequence[Any], n_qubits: int, depth: int) -> str:
    """One line per circuit: inputs, weights, gates and two-qubit gates at a size.

    Args:
        circuits: names or functions, see `qgen.generators.base.resolve`.
        n_qubits: number of qubits.
        depth: number of blocks.
    """
    lines = [
        f"{'circuit':<32}{'inputs':>8}{'weights':>9}{'gates':>7}{'two-qubit':>11}  ({n_qubits} qubits, depth {depth})"
    ]
    for name in circuits:
        circuit = Circuit(resolve(name), n_qubits, depth)
        gates = f"{len(circuit.operations()):>7}{circuit.two_qubit_gates:>11}"
        lines.append(f"{name!s:<32}{circuit.n_inputs:>8}{circuit.n_weights:>9}{gates}")
    return "\n".join(lines)


def cost_on_devices(circuit: Any, n_qubits: int, depth: int, devices: Sequence[str], seeds: Sequence[int]) -> str:
    """One line for the circuit as it is written, and one per device: median (lowest-highest) over compiler seeds.

    Args:
        circuit: a name or function, see `qgen.generators.base.resolve`.
        n_qubits: number of qubits.
        depth: number of blocks.
        devices: see `qgen.screening.devices`.
        seeds: of the compiler.
    """
    ansatz = Circuit(resolve(circuit), n_qubits, depth)
    written = logical(ansatz)
    lines = [
        f"{circuit}, {n_qubits} qubits, depth {depth}: {written.n_inputs} inputs, {written.n_weights} weights",
        f"{'':<32}{'two-qubit gates':>20}{'two-qubit depth':>20}{'depth':>20}",
        f"{'as written':<32}{written.two_qubit_gates:>20}{written.two_qubit_depth:>20}{written.depth:>20}",
    ]
    for name in devices:
        compiled = transpiled(ansatz, name, seeds=seeds)
        values = (compiled.two_qubit_gates, compiled.two_qubit_depth, compiled.depth)
        place = f"{name} ({compiled.n_device_qubits} qubits)"
        lines.append(f"{place:<32}" + "".join(f"{spread(value):>20}" for value in values))
    return "\n".join(lines)


def draw(circuit: Any, n_qubits: int | None = None, depth: int = 1) -> str:
    """The circuit as text, its inputs as x0, x1, ... and its weights as w0, w1, ..., and its cost.

    Args:
        circuit: a name or function, see `qgen.plugins.resolve`.
        n_qubits: number of qubits; by default the circuit's own where it has one, else 4.
        depth: number of blocks.
    """
    drawing, n = _drawing(circuit, n_qubits, depth)
    return f"{drawing}\n\n{cost_table([circuit], n, depth)}"


def save_drawing(path: Path, circuit: Any, n_qubits: int | None = None, depth: int = 1) -> None:
    """The same as a figure, in the format of the file's suffix."""
    drawing, _ = _drawing(circuit, n_qubits, depth)
    figure = Figure()
    figure.text(0, 0, drawing.rstrip(), family="monospace", size=12, linespacing=1.5)
    with replacing(path) as aside:
        figure.savefig(aside, bbox_inches="tight", dpi=200)


def _drawing(circuit: Any, n_qubits: int | None, depth: int) -> tuple[str, int]:
    """The circuit's operations in text, with symbols for angles, and its number of qubits."""
    ansatz = as_ansatz(circuit)
    n: int = n_qubits or getattr(ansatz, "n_qubits", None) or 4
    whole = Circuit(ansatz, n, depth)
    whole.operations()  # refuses what cannot be run
    angles = [_symbols("x", whole.n_inputs), _symbols("w", whole.n_weights).reshape(whole.weight_shape)]
    make = qml.tape.make_qscript(whole.ansatz)
    try:
        tape = make(*angles, range(n))
    except Exception:  # noqa: BLE001  (whatever a circuit raises that calculates with numbers only)
        tape = make(*(np.zeros(one.shape) for one in angles), range(n))
    for operation in tape.operations:
        for one in (operation, getattr(operation, "base", None)):
            if one is not None:
                one.label = _label(one)
    return str(qml.drawer.tape_text(tape, wire_order=range(n), show_all_wires=True)), n


def _symbols(name: str, n: int) -> Any:
    return np.array([sympy.Symbol(f"{name}{k}") for k in range(n)], dtype=object)


def _label(operation: Any) -> Callable[..., str]:
    """What an operation is called in a drawing: its name and its angles, but for a matrix."""
    name = operation.label()
    angles = ", ".join(str(value).replace(" ", "") for value in operation.data if np.ndim(value) == 0)
    text = f"{name}({angles})" if angles else name
    return lambda *_, **__: text
