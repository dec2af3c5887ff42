"""Conditional quantum circuit Born machine: bit strings of a codebook of showers, drawn from a circuit."""

from qgen.generators.qcbm.generator import QCBM

__all__ = ["QCBM"]
