"""A user's own circuits: everything that is accepted in place of an ansatz."""

from __future__ import annotations

import sys
from typing import Any, cast

from qgen.circuits._contract import Ansatz
from qgen.files import InputError
from qgen.plugins import resolve


def as_ansatz(reference: Any, n_qubits: int | None = None) -> Ansatz:
    """Make an ansatz of anything that is accepted as one.

    Args:
        reference: a function with `weight_shape`, a Qiskit `QuantumCircuit`, OpenQASM 3 text, or the name of one of
            them, see `qgen.plugins.resolve`. In circuits of Qiskit and OpenQASM, parameters named inputs[k] are the
            inputs and all others the weights, and qubit q is wire n_qubits - 1 - q, so that basis states keep their
            numbers.
        n_qubits: number of qubits that is needed; checked where the circuit has a fixed number.

    Raises:
        InputError: no such name, a circuit that cannot be used, or one with another number of qubits. Whether a
            function has a `weight_shape` is not checked.
    """
    ansatz = resolve(reference, "circuits")
    qiskit = sys.modules.get("qiskit")  # a circuit of Qiskit's has imported it
    if qiskit is not None and isinstance(ansatz, getattr(qiskit, "QuantumCircuit", ())):
        from qgen.circuits._qiskit import from_qiskit

        ansatz = from_qiskit(ansatz)
    own = getattr(ansatz, "n_qubits", None)
    if n_qubits is not None and isinstance(own, int) and own != n_qubits:
        raise InputError(f"{ansatz.__name__}: expected a circuit on {n_qubits} qubits, found one on {own}")
    return cast(Ansatz, ansatz)
