"""Random angles for a circuit: anywhere on the circle, or small ones as the generators start from.

The inputs of an ansatz are drawn like its weights: a generator makes all of them from noise, energy and parameters.
"""

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from qgen.files import InputError
from qgen.generators.qcbm.model import SMALL
from qgen.simulation.circuit import Circuit

Start = Literal["uniform", "small"]
"""uniform: U(0, 2 pi), as in 1905.10876; small: U(-0.15, 0.15), as in 2110.06933 and in qgen's Born machine [rad]."""

AMPLITUDES = 2**20
"""Complex numbers that are held in memory at a time."""


def angles(circuit: Circuit, n: int, start: Start, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Random inputs (n, n_inputs) and weights (n, *weight_shape) [rad], float64.

    Raises:
        InputError: no such start.
    """
    if start not in get_args(Start):
        raise InputError(f"start: expected one of {', '.join(get_args(Start))}, found {start!r}")
    low, high = (0.0, 2 * np.pi) if start == "uniform" else (-SMALL, SMALL)
    drawn = torch.from_numpy(rng.uniform(low, high, size=(n, circuit.n_inputs + circuit.n_weights)))
    inputs, weights = drawn.split([circuit.n_inputs, circuit.n_weights], dim=1)
    return inputs, weights.reshape(n, *circuit.weight_shape)


def states(circuit: Circuit, n: int, start: Start, rng: np.random.Generator) -> Tensor:
    """Amplitudes of n states with random angles, shape (n, 2**n_qubits), complex128."""
    return circuit.state(*angles(circuit, n, start, rng)).expand(n, -1)


def parts(n: int, n_qubits: int) -> Iterator[int]:
    """Sizes of the parts in which n states are made, so that they fit in memory; they add up to n."""
    size = max(AMPLITUDES >> n_qubits, 1)
    yield from (min(size, n - first) for first in range(0, n, size))
