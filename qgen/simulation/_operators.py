"""Products of Pauli Z: what they are given by, and their values in the basis states."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from qgen.files import InputError
from qgen.simulation import Operators


def require_operators(operators: Operators, n_qubits: int) -> None:
    """Check that operators are products of Z on wires that there are.

    Raises:
        InputError: no operators, no wires, a wire twice or out of range.
    """
    if not len(operators):
        raise InputError("operators: expected at least one, as the wires of its Pauli Z, found none")
    for operator in operators:
        wires = list(operator) if isinstance(operator, list | tuple | range) else []
        in_range = all(wire in range(n_qubits) for wire in wires)
        if not wires or not in_range or len(set(wires)) < len(wires):
            raise InputError(f"operators: expected different wires of 0..{n_qubits - 1} for each, found {operator!r}")


def signs(operators: Operators, n_qubits: int, dtype: torch.dtype) -> Tensor:
    """Eigenvalues, +1 or -1, of all basis states, shape (2**n_qubits, n_operators)."""
    states = np.arange(2**n_qubits)
    bits = (states[:, None] >> np.arange(n_qubits)[::-1]) & 1
    odd = np.stack([bits[:, list(operator)].sum(axis=1) % 2 for operator in operators], axis=1)
    return torch.from_numpy(1 - 2 * odd).to(dtype)
