"""Circuits with free angles (ansaetze), one per file: f(inputs, weights, wires) for ONE sample, with f.weight_shape.

Circuits made with Qiskit or written in OpenQASM 3 are accepted wherever an ansatz is, see `as_ansatz`.
"""

from qgen.circuits._contract import Ansatz, Shape, ansatz, as_ansatz
from qgen.circuits._identity import identity_blocks

__all__ = ["Ansatz", "Shape", "ansatz", "as_ansatz", "identity_blocks"]
