import pytest
import torch
from torch.nn import functional

from qgen.files import InputError
from qgen.networks.mlp import mlp


def test_is_the_composition_of_its_layers() -> None:
    net = mlp([3, 5, 4, 2], activation="tanh", norm=True)
    x = torch.randn(7, 3, generator=torch.Generator().manual_seed(0))
    first, norm1, _, second, norm2, _, last = net
    y = torch.tanh(functional.layer_norm(x @ first.weight.T + first.bias, (5,), norm1.weight, norm1.bias))
    y = torch.tanh(functional.layer_norm(y @ second.weight.T + second.bias, (4,), norm2.weight, norm2.bias))
    torch.testing.assert_close(net(x), y @ last.weight.T + last.bias)


def test_two_sizes_are_an_affine_map() -> None:
    (layer,) = mlp([4, 3])
    assert layer.weight.shape == (3, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([3],), r"at least two sizes, found \[3\]"),
        (([3, 2],), "activation of silu, relu, leaky_relu, tanh, found 'sine'"),
    ],
)
def test_bad_input(arguments: tuple[list[int]], message: str) -> None:
    activation = "sine" if "sine" in message else "silu"
    with pytest.raises(InputError, match=message):
        mlp(*arguments, activation=activation)  # type: ignore[arg-type]
