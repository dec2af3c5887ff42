import pytest
import torch

from qgen.files import InputError
from qgen.networks.mlp import mlp


def test_is_the_composition_of_its_layers() -> None:
    net = mlp([3, 5, 4, 2], activation="tanh")
    x = torch.randn(7, 3, generator=torch.Generator().manual_seed(0))
    first, _, second, _, last = net
    y = torch.tanh(x @ first.weight.T + first.bias)
    y = torch.tanh(y @ second.weight.T + second.bias)
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
