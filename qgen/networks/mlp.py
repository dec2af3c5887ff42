"""What is a multilayer perceptron here? Affine maps with an activation between them, the last one bare."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from torch import nn

from qgen.files import InputError

Activation = Literal["silu", "relu", "leaky_relu", "tanh"]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "silu": nn.SiLU,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "tanh": nn.Tanh,
}


def mlp(sizes: Sequence[int], *, activation: Activation = "silu") -> nn.Sequential:
    """A perceptron with layers of the given widths.

    Args:
        sizes: widths of the input, of every hidden layer and of the output; two of them make an affine map.
        activation: after every layer but the last.

    Raises:
        InputError: fewer than two sizes, or an unknown activation.
    """
    if len(sizes) < 2:
        raise InputError(f"mlp: expected at least two sizes, found {list(sizes)}")
    if activation not in ACTIVATIONS:
        raise InputError(f"mlp: expected an activation of {', '.join(ACTIVATIONS)}, found {activation!r}")
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes[:-1]):
        layers += [nn.Linear(n_in, n_out), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))
