import numpy as np
import pytest
import torch
from torch.nn import functional

import qgen
from qgen.datasets.calochallenge import BUILT_IN
from qgen.files import InputError
from qgen.geometry import Geometry, Layer
from qgen.networks.cylinder import (
    CylinderConv,
    CylinderDecoder,
    CylinderEncoder,
    CylinderUpsample,
    angle_groups,
    cylinder_shape,
    default_strides,
)
from qgen.representations import represent

DATASET_2, DATASET_3 = BUILT_IN[6480], BUILT_IN[40500]
SMALL = (7, 6, 5)
"""Odd sizes that no stride divides."""


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def scrambled(module: torch.nn.Module) -> torch.nn.Module:
    """In double precision, with no weight at its starting value."""
    module = module.double()
    with torch.no_grad():
        for i, parameter in enumerate(module.parameters()):
            parameter.copy_(0.3 * torch.randn(parameter.shape, generator=rng(i), dtype=torch.float64))
    return module


def test_shapes_of_the_public_cylinders() -> None:
    assert cylinder_shape(DATASET_2) == (45, 16, 9)
    assert cylinder_shape(DATASET_3) == (45, 50, 18)


def test_strides_are_the_smallest_factors() -> None:
    assert default_strides((45, 16, 9)) == ((3, 2, 3), (3, 2, 3))
    assert default_strides((45, 50, 18)) == ((3, 2, 2), (3, 5, 3))
    assert default_strides((7, 7, 1), 1) == ((2, 1, 1),)


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        (represent(qgen.load("clic/e-", stop=2), "native").geometry, r"polar layers, the radius fastest, found axes"),
        (
            Geometry("cut", (DATASET_2.layers[0], Layer(((0.0, 1.0), (0.0, 1.0)), (0, 1), axes=("angle", "r")))),
            "layers of the same bin edges, found different ones",
        ),
        (
            Geometry("half", (Layer((tuple(np.linspace(0, 3.0, 5)), (0.0, 1.0)), (0, 1), axes=("angle", "r")),)),
            "even bins all around in angle, found",
        ),
        (Geometry("turned", DATASET_2.layers, layer_fastest=True), "the layer fastest"),
    ],
)
def test_other_geometries_are_refused(geometry: Geometry, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cylinder_shape(geometry)


def test_voxels_of_a_group_differ_in_angle_only() -> None:
    groups = angle_groups(DATASET_2)
    radius = np.concatenate([np.hypot(*layer.xy).round(3) for layer in DATASET_2.layers])
    depth = np.repeat(np.arange(45), 144)
    for group in (0, 8, 9, 404):
        assert (groups == group).sum() == 16
        assert len({*zip(radius[groups == group], depth[groups == group], strict=True)}) == 1


@pytest.mark.parametrize("stride", [(1, 1, 1), (3, 2, 3), (2, 3, 2)])
def test_a_convolution_is_the_sum_over_its_window(stride: tuple[int, int, int]) -> None:
    """Against the obvious twin: angles beyond the ends are those of the other end, all else beyond is zero."""
    conv = scrambled(CylinderConv(2, 3, stride))
    x = torch.randn(1, 2, *SMALL, generator=rng(), dtype=torch.float64)
    y = conv(x)
    weight, bias = conv.conv.weight, conv.conv.bias
    assert y.shape[2:] == tuple(-(-size // s) for size, s in zip(SMALL, stride, strict=True))
    for cell in np.ndindex(*y.shape[2:]):
        expected = bias.clone()
        for tap in np.ndindex(*weight.shape[2:]):
            layer, angle, radius = (c * s - 1 + t for c, s, t in zip(cell, stride, tap, strict=True))
            if 0 <= layer < SMALL[0] and 0 <= radius < SMALL[2]:
                expected = expected + weight[:, :, *tap] @ x[0, :, layer, angle % SMALL[1], radius]
        torch.testing.assert_close(y[0, :, *cell], expected)


def test_an_upsampling_is_the_transposed_convolution() -> None:
    """Against torch's, with the angles continued by hand and the layers and radii cut."""
    stride, coarse = (3, 2, 3), (3, 4, 2)
    shape = (8, 8, 5)
    up = scrambled(CylinderUpsample(2, 3, stride, shape))
    x = torch.randn(1, 2, *coarse, generator=rng(), dtype=torch.float64)
    sub = up.conv.weight.view(3, *stride, 2, 3, 3, 3).flip(5, 6, 7)  # filters of three coarse cells, newest first
    kernel = sub.permute(4, 0, 5, 1, 6, 2, 7, 3).reshape(2, 3, *(3 * s for s in stride))
    around = torch.cat([x[..., -1:, :], x, x[..., :1, :]], dim=3)
    full = functional.conv_transpose3d(around, kernel, stride=stride)
    expected = full[:, :, 3 : 3 + 8, 4 : 4 + 8, 3 : 3 + 5]
    bias = up.conv.bias.view(1, 3, *stride).repeat(1, 1, *coarse)[:, :, : shape[0], : shape[1], : shape[2]]
    torch.testing.assert_close(up(x), expected + bias)


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_turning_a_shower_turns_what_the_convolutions_see(turn: int) -> None:
    shape = (9, 16, 6)
    encoder = scrambled(CylinderEncoder(shape, 2, 1, 8, channels=(3, 4)))
    step = 4  # two strides of 2
    x = torch.randn(2, 2, *shape, generator=rng(), dtype=torch.float64)
    layers = encoder.convolutions[:-1]
    torch.testing.assert_close(layers(x.roll(step * turn, 3)), layers(x).roll(turn, 3), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("turn", [1, 3])
def test_turning_the_coarsest_grid_turns_the_maps(turn: int) -> None:
    shape = (9, 16, 6)
    decoder = scrambled(CylinderDecoder(shape, 5, 3, width=8, channels=(3, 4)))
    features = torch.randn(2, 5, generator=rng(), dtype=torch.float64)
    maps = decoder(features).view(2, 3, *shape)
    coarse = decoder.coarse
    decoder.coarse = torch.nn.Sequential(coarse, Turned(turn))
    torch.testing.assert_close(decoder(features).view(2, 3, *shape), maps.roll(4 * turn, 3), rtol=1e-12, atol=1e-12)


class Turned(torch.nn.Module):
    """Rolls the angles."""

    def __init__(self, turn: int) -> None:
        super().__init__()
        self.turn = turn

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.roll(self.turn, 3)


def test_layers_and_radii_are_not_alike() -> None:
    """Positions are learnt: the same features at another depth give other maps."""
    decoder = scrambled(CylinderDecoder((9, 4, 6), 5, 1, width=8, channels=(3,)))
    maps = decoder(torch.zeros(1, 5, dtype=torch.float64)).view(9, 4, 6)
    assert maps.std(0).min() > 0
    assert maps.std(2).min() > 0


@pytest.mark.parametrize("geometry", [DATASET_2, DATASET_3], ids=lambda geometry: geometry.name)
def test_there_and_back_on_the_public_cylinders(geometry: Geometry) -> None:
    """Shapes; maps start near zero; every weight gets a gradient; a row does not depend on its neighbours."""
    shape = cylinder_shape(geometry)
    torch.manual_seed(0)
    encoder, decoder = CylinderEncoder(shape, 2, 3, 16), CylinderDecoder(shape, 16, 3)
    x, condition = torch.randn(3, 2, geometry.n_voxels, generator=rng()), torch.randn(3, 3, generator=rng(1))
    maps = decoder(encoder(x, condition))
    assert maps.shape == (3, 3, geometry.n_voxels)
    assert maps.abs().mean() < 0.1
    maps.square().sum().backward()
    for name, parameter in [*encoder.named_parameters(), *decoder.named_parameters()]:
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name
    alone = decoder(encoder(x[1:2], condition[1:2]))
    torch.testing.assert_close(alone, maps[1:2], rtol=1e-4, atol=1e-6)
    x[0] += 100.0
    torch.testing.assert_close(decoder(encoder(x, condition))[1:], maps[1:], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strides": [(1, 1, 1)]}, "a stride for every stage, found 1 for 2"),
        ({"strides": [(1, 5, 1), (1, 1, 1)]}, r"strides that divide 16 angles, found \(1, 5, 1\)"),
        ({"strides": [(1, 0, 1), (1, 1, 1)]}, r"found \(1, 0, 1\)"),
        ({"channels": ()}, "a stride for every stage, found 0 for 0"),
    ],
)
def test_bad_strides(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        CylinderEncoder((45, 16, 9), 2, 2, 8, **options)  # type: ignore[arg-type]


def test_a_decoder_without_hidden_layers_is_the_rest_of_one_with_them() -> None:
    whole = scrambled(CylinderDecoder(SMALL, 5, 2, width=8, strides=[(2, 2, 2), (2, 3, 2)]))
    rest = scrambled(CylinderDecoder(SMALL, 8, 2, width=None, strides=[(2, 2, 2), (2, 3, 2)]))
    rest.load_state_dict({name: w for name, w in whole.state_dict().items() if not name.startswith("hidden")})
    features = torch.randn(2, 5, generator=rng(), dtype=torch.float64)
    torch.testing.assert_close(rest(whole.hidden(features)), whole(features))
