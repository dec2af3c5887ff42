"""What a circuit costs: as written, and on a device that has few kinds of gates, and those only between some qubits.

On a device a gate between distant qubits needs SWAPs, so that circuits with equally many gates may cost very different
amounts. The compiler is random: it is run with several seeds, and the median is quoted with the range.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from qiskit import transpile
from torch import Tensor

from qgen.files import InputError
from qgen.screening.devices import device
from qgen.screening.starts import angles
from qgen.simulation.circuit import Circuit
from qgen.simulation.qiskit_circuits import quantum_circuit

SEEDS = (0, 1, 2, 3, 4)
LEVEL = 3
"""Optimisation level of Qiskit's compiler: its highest."""


@dataclass(frozen=True)
class Logical:
    """Cost as written.

    Attributes:
        n_inputs: number of inputs of one sample.
        n_weights: number of weights of one sample.
        gates: number of gates.
        two_qubit_gates: gates on two or more wires.
        depth: gates on the longest path.
        two_qubit_depth: gates on two or more wires on the path that has most of them.
    """

    n_inputs: int
    n_weights: int
    gates: int
    two_qubit_gates: int
    depth: int
    two_qubit_depth: int


@dataclass(frozen=True)
class Transpiled:
    """Cost on a device.

    Attributes:
        device: its name.
        n_device_qubits: qubits that it has.
        two_qubit_gates: (median, lowest, highest) over the seeds of the compiler.
        depth: likewise, of all gates.
        two_qubit_depth: likewise, of two-qubit gates.
    """

    device: str
    n_device_qubits: int
    two_qubit_gates: tuple[float, int, int]
    depth: tuple[float, int, int]
    two_qubit_depth: tuple[float, int, int]


def logical(circuit: Circuit) -> Logical:
    """Numbers of gates and depth of a circuit as it is written."""
    operations = circuit.operations()
    wires = [wires for _, wires, _ in operations]
    joint = [pair for pair in wires if len(pair) > 1]
    return Logical(circuit.n_inputs, circuit.n_weights, len(wires), len(joint), _depth(wires), _depth(joint))


def transpiled(circuit: Circuit, name: str, *, seeds: Sequence[int] = SEEDS) -> Transpiled:
    """Cost of a circuit on a device, with generic angles.

    Args:
        circuit: to be compiled.
        name: of the device, see `qgen.screening.devices`.
        seeds: of the compiler, each >= 0.

    Raises:
        InputError: no such device, or no seed.
    """
    if not seeds:
        raise InputError("transpiled: expected at least one seed, found none")
    backend = device(name, circuit.n_qubits)
    inputs, weights = angles(circuit, 1, "uniform", np.random.default_rng(0))
    source = to_qiskit(circuit, inputs[0], weights[0])
    compiled = [transpile(source, backend, optimization_level=LEVEL, seed_transpiler=seed) for seed in seeds]
    return Transpiled(
        name,
        backend.num_qubits,
        _range([one.num_nonlocal_gates() for one in compiled]),
        _range([one.depth() for one in compiled]),
        _range([one.depth(lambda gate: len(gate.qubits) > 1) for one in compiled]),
    )


def to_qiskit(circuit: Circuit, inputs: ArrayLike | Tensor, weights: ArrayLike | Tensor) -> Any:
    """The circuit with these angles, as `qiskit.QuantumCircuit` without measurements.

    Args:
        circuit: to be written; wire k is Qiskit's qubit n_qubits - 1 - k, so that basis states keep their numbers.
        inputs: shape (n_inputs,) [rad].
        weights: shape weight_shape [rad].

    Raises:
        InputError: shapes that do not fit, or a gate that is not known.
    """
    x, w = (torch.as_tensor(angles, dtype=torch.float64) for angles in (inputs, weights))
    traced = circuit.trace(x, w)
    return quantum_circuit(traced.operations, traced.n_qubits).assign_parameters(traced.angles[0].tolist())


def _range(values: Sequence[int]) -> tuple[float, int, int]:
    return float(np.median(values)), min(values), max(values)


def _depth(gates: Sequence[tuple[int, ...]]) -> int:
    """Length of the longest path through gates on these wires."""
    reached: dict[int, int] = {}
    for wires in gates:
        step = 1 + max(reached.get(wire, 0) for wire in wires)
        reached.update(dict.fromkeys(wires, step))
    return max(reached.values(), default=0)
