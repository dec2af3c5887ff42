"""The contract of an ansatz: a circuit with free angles, as a function, and the shape of its weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

Shape = Callable[[int, int], tuple[int, ...]]
"""(n_qubits, depth) -> shape of the weights of one sample."""


class Ansatz(Protocol):
    """A parametrised circuit, written for one sample; the simulators batch it.

    It may also have `n_inputs(n_qubits, depth) -> int`; without it, it takes one input per qubit.
    """

    weight_shape: Shape
    """(n_qubits, depth) -> shape of `weights`."""

    def __call__(self, inputs: Any, weights: Any, wires: Sequence[int]) -> None:
        """Apply PennyLane operations to `wires`; wire 0 is the most significant bit of a basis state."""


def ansatz(
    *, weight_shape: Shape, n_inputs: Callable[[int, int], int] | None = None
) -> Callable[[Callable[[Any, Any, Sequence[int]], None]], Ansatz]:
    """Decorator that sets `weight_shape` of a circuit and, where there is not one input per qubit, `n_inputs`."""

    def give(function: Callable[[Any, Any, Sequence[int]], None]) -> Ansatz:
        shaped = cast(Any, function)
        shaped.weight_shape = weight_shape
        if n_inputs is not None:
            shaped.n_inputs = n_inputs
        return cast(Ansatz, shaped)

    return give
