"""The networks of encoder and decoder, for voxels on any geometry (perceptrons) and on cylinders (convolutions).

The encoder turns a shower and its condition into features by a trunk; every level of the posterior sees them. The
decoder turns latents and condition into features by another, and its heads these into parameters of the likelihood: hit
logits, means and ln sigma of the activations. The flat trunk sees all latents at once; the hierarchical one
(2410.22870) begins with the first level and lets every further level refine what the earlier ones gave:

    y_k = y_(k-1) + f_k(y_(k-1), z_1, ..., z_k, c).

On a cylinder the heads add what they find to the mean shower at that energy, which is the same at all angles: the
hits to their log-odds (`HitRates`), the activations, standard normal at every energy, to zero. Sigma is the same
at all angles too.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from qgen.files import InputError
from qgen.generators.qvae.coding import ShowerCode
from qgen.generators.qvae.latents import Latents
from qgen.generators.qvae.model import Decoder, Encoder
from qgen.geometry import Geometry
from qgen.networks.cylinder import CylinderDecoder, CylinderEncoder, Shape, cylinder_shape
from qgen.networks.hit_rates import HitRates
from qgen.networks.mlp import mlp
from qgen.networks.response import N_CONDITION

DecoderKind = Literal["flat", "hierarchical"]
NetworkKind = Literal["mlp", "convolution"]

START = 0.1
"""Means and hit logits start at this fraction of the usual weights: near zero."""


def encoder_and_decoder(
    code: ShowerCode,
    geometry: Geometry,
    levels: Sequence[int],
    latents: Latents,
    *,
    network: NetworkKind,
    decoder: DecoderKind,
    width: int,
) -> tuple[Encoder, Decoder]:
    """Untrained networks for showers of one geometry.

    Args:
        code: of the showers, with hit rates for convolutions.
        geometry: of the showers.
        levels: latents of every level.
        latents: their kind.
        network: what looks at voxels: "mlp" or "convolution".
        decoder: "flat" or "hierarchical".
        width: of all hidden layers.

    Raises:
        InputError: convolutions for a geometry that is no regular cylinder.
    """
    trunk = LatentTrunk(levels, width, hierarchical=decoder == "hierarchical")
    if network == "mlp":
        heads: nn.Module = Heads(width, geometry.n_voxels, code.n_layers)
        n_input = code.n_layers + 2 * geometry.n_voxels + N_CONDITION
        encoder = Encoder(Numbers(), n_input, levels, latents, hidden=(width, width))
    elif code.rates is None:
        raise InputError("convolutions: expected a coding with hit rates, found none")
    else:
        shape = cylinder_shape(geometry)
        heads = CylinderHeads(width, shape, code.rates, code.n_layers)
        seen = CylinderTrunk(shape, code.n_layers, width)
        encoder = Encoder(seen, width + N_CONDITION, levels, latents, hidden=[width])
    return encoder, Decoder(trunk, heads, code.layers, latents)


class Numbers(nn.Module):
    """The encoder's trunk of the perceptrons: all numbers as they are; every level's network has its own layers."""

    def forward(self, hit: Tensor, activation: Tensor, condition: Tensor) -> Tensor:
        """Hits about 0, activations and condition, side by side."""
        return torch.cat([hit - 0.5, activation, condition], dim=1)


class CylinderTrunk(nn.Module):
    """The encoder's trunk of the convolutions; the levels see the condition again beside their features.

    Args:
        shape: layers, angles and radii.
        n_layers: that have fractions of their own, which join the condition.
        width: of the features.
    """

    def __init__(self, shape: Shape, n_layers: int, width: int) -> None:
        super().__init__()
        self.n_layers = n_layers
        self.encoder = CylinderEncoder(shape, 2, n_layers + N_CONDITION, width)

    def forward(self, hit: Tensor, activation: Tensor, condition: Tensor) -> Tensor:
        """Features and condition (n, width + N_CONDITION)."""
        layers, voxels = activation.tensor_split([self.n_layers], dim=1)
        features = self.encoder(torch.stack([hit, voxels], dim=1), torch.cat([layers, condition], dim=1))
        return torch.cat([features, condition], dim=1)


class LatentTrunk(nn.Module):
    """The decoder's trunk.

    Args:
        levels: latents of every level.
        width: of the features and of the hidden layer of every network.
        hierarchical: whether there is a network for every level, or one for all.
    """

    def __init__(self, levels: Sequence[int], width: int, *, hierarchical: bool) -> None:
        super().__init__()
        self.seen = np.cumsum(levels).tolist() if hierarchical else [sum(levels)]
        self.networks = nn.ModuleList(
            mlp([n_latents + N_CONDITION + (width if k else 0), width, width]) for k, n_latents in enumerate(self.seen)
        )

    def forward(self, u: Tensor, condition: Tensor) -> Tensor:
        """Features (n, width) of latents about 0 (n, n_latents) and condition."""
        y: Tensor = self.networks[0](torch.cat([u[:, : self.seen[0]], condition], dim=1))
        for network, n_latents in zip(self.networks[1:], self.seen[1:], strict=True):
            y = y + network(torch.cat([u[:, :n_latents], condition, functional.silu(y)], dim=1))
        return functional.silu(y)


class Heads(nn.Module):
    """The decoder's heads of the perceptrons: affine maps.

    Args:
        width: of the features.
        n_voxels: of a shower.
        n_layers: that have fractions of their own.
    """

    def __init__(self, width: int, n_voxels: int, n_layers: int) -> None:
        super().__init__()
        self.hit, self.mean = _near_zero(width, n_voxels), _near_zero(width, n_layers + n_voxels)
        self.log_sd = nn.Parameter(torch.zeros(n_layers + n_voxels))

    def forward(self, features: Tensor, condition: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Hit logits (n, n_voxels), means (n, n_fractions), ln sigma (n_fractions,)."""
        return self.hit(features), self.mean(features), self.log_sd


class CylinderHeads(nn.Module):
    """The decoder's heads of the convolutions; fractions of layers have affine maps.

    Args:
        width: of the features.
        shape: layers, angles and radii.
        rates: of the hits given the first number of the condition, in groups numbered as `angle_groups` does.
        n_layers: that have fractions of their own.
    """

    rates: Tensor

    def __init__(self, width: int, shape: Shape, rates: HitRates, n_layers: int) -> None:
        super().__init__()
        self.shape = shape
        self.maps = CylinderDecoder(shape, width, 2, width=None)
        self.log_sd = nn.Parameter(torch.zeros(shape[0], 1, shape[2]))
        self.layers = _near_zero(width, n_layers) if n_layers else None
        self.layer_log_sd = nn.Parameter(torch.zeros(n_layers))
        self.register_buffer("rates", torch.from_numpy(rates.coefficients).float(), persistent=False)

    def forward(self, features: Tensor, condition: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Hit logits (n, n_voxels), means (n, n_fractions), ln sigma (n_fractions,)."""
        n_layers, n_angles, n_radii = self.shape
        hit, mean = self.maps(features).unbind(1)
        if self.layers is not None:
            mean = torch.cat([self.layers(features), mean], dim=1)
        powers = torch.vander(condition[:, 0], self.rates.shape[1], increasing=True)
        base = (powers @ self.rates.T).view(-1, n_layers, 1, n_radii)
        log_sd = torch.cat([self.layer_log_sd, self.log_sd.expand(-1, n_angles, -1).flatten()])
        return (hit.unflatten(1, self.shape) + base).flatten(1), mean, log_sd


def _near_zero(n_in: int, n_out: int) -> nn.Linear:
    """An affine map that starts near zero."""
    made = nn.Linear(n_in, n_out)
    with torch.no_grad():
        made.weight.mul_(START)
        made.bias.zero_()
    return made
