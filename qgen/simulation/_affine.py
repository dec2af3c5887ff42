"""Angles of a circuit as an affine map of its inputs and weights, determined once, if they are one.

    angles = c + A_x x + A_w w

Most circuits only hand inputs and weights to gates, scaled or added up. Running such a circuit's Python code for every
batch costs more than simulating six qubits; a matrix product does not. That a circuit is of this kind is not guessed
from numbers: one run is watched, and every tensor operation in it has to be linear or a constant.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from numbers import Number
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

Angles = Callable[[Tensor, Tensor], Tensor]
"""Of one sample: inputs (n_inputs,) and weights -> (n_angles,)."""

LARGEST = 2**22
"""Entries of A, at most."""

_MOVES = frozenset({"alias", "cat", "clone", "detach", "expand", "permute", "reshape", "select", "slice", "split"})
_MOVES |= {"split_with_sizes", "squeeze", "stack", "t", "transpose", "unbind", "unsqueeze", "view", "_unsafe_view"}
_SUMS = frozenset({"add", "neg", "rsub", "sub"})
_CONSTANTS = frozenset({"arange", "full", "lift_fresh", "new_zeros", "ones", "scalar_tensor", "zeros"})


class _Watch(TorchDispatchMode):
    """Notes whether every operation is linear in what it is given, or gives a constant."""

    def __init__(self) -> None:
        super().__init__()
        self.affine = True

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        name = function.overloadpacket.__name__
        if name in ("mul", "div"):
            self.affine &= isinstance(args[1], Number) and not kwargs  # with a rounding mode, div is a step
        elif name == "_to_copy":
            self.affine &= (kwargs or {}).get("dtype", torch.float64).is_floating_point
        else:
            self.affine &= name in _MOVES | _SUMS | _CONSTANTS
        return function(*args, **(kwargs or {}))


@dataclass(frozen=True)
class Affine:
    """The map.

    Attributes:
        constant: c, shape (n_angles,).
        inputs: A_x transposed, shape (n_inputs, n_angles).
        weights: A_w transposed, shape (n_weights, n_angles).
    """

    constant: Tensor
    inputs: Tensor
    weights: Tensor
    _cast: dict[torch.dtype, tuple[Tensor, Tensor, Tensor]] = field(default_factory=dict, repr=False)

    def __call__(self, inputs: Tensor, weights: Tensor) -> Tensor:
        """Angles, shape (batch, n_angles), from inputs (batch, n_inputs) and weights (batch, n_weights)."""
        dtype = weights.dtype
        if dtype not in self._cast:
            self._cast[dtype] = self.constant.to(dtype), self.inputs.to(dtype), self.weights.to(dtype)
        constant, a_x, a_w = self._cast[dtype]
        return constant + inputs.to(dtype) @ a_x + weights @ a_w


@torch.no_grad()
def affine(function: Angles, n_inputs: int, weight_shape: tuple[int, ...]) -> Affine | None:
    """The map of a function that is affine, None for any other, or where the matrices were too large.

    Args:
        function: angles of one sample.
        n_inputs: length of the inputs.
        weight_shape: shape of the weights.
    """
    x, w = torch.zeros(n_inputs, dtype=torch.float64), torch.zeros(weight_shape, dtype=torch.float64)
    with _Watch() as watch:
        constant = function(x, w)
    n = n_inputs + w.numel()
    if not watch.affine or n * len(constant) > LARGEST:
        return None
    unit = torch.eye(n, dtype=torch.float64)
    rows = unit[:, :n_inputs], unit[:, n_inputs:].reshape(n, *weight_shape)
    columns = torch.func.vmap(function)(*rows) - constant if n else unit.expand(0, len(constant))
    return Affine(constant, *columns.split([n_inputs, w.numel()]))
