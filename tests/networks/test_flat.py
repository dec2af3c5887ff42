import torch
from torch.nn import functional

from qgen.networks.flat import FlatDecoder, FlatEncoder
from qgen.training import seeded


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_encoder_is_one_affine_map_and_its_activation() -> None:
    encoder = FlatEncoder(4, 2, 3, 5)
    x, condition = normal(6, 2, 4), normal(6, 3)
    weight, bias = encoder.features[0].weight, encoder.features[0].bias
    y = torch.cat([x[:, 0], x[:, 1], condition], dim=1) @ weight.T + bias
    torch.testing.assert_close(encoder(x, condition), functional.silu(y))


def test_maps_of_a_decoder_lie_one_after_another() -> None:
    decoder = FlatDecoder(4, 5, 3, width=8)
    features = normal(6, 5)
    maps = decoder(features)
    y = decoder.hidden(features)
    for k in range(3):
        torch.testing.assert_close(maps[:, k], y @ decoder.maps.weight[4 * k : 4 * k + 4].T)


def test_maps_start_near_zero() -> None:
    with seeded(0):
        decoder = FlatDecoder(50, 5, 3)
    maps = decoder(normal(100, 5))
    assert maps.abs().mean() < 0.05
