"""Perceptrons with the shapes of the convolutional encoder and decoder, for voxels on any geometry.

A model takes either pair: channels (n, n_channels, n_voxels) and condition to features (n, n_features), and features to
maps (n, n_maps, n_voxels), which start near zero. See `qgen/networks/cylinder.py` for the other.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from qgen.networks.mlp import mlp

START = 0.1
"""The maps of a decoder start at this fraction of the usual weights: near zero."""


class FlatEncoder(nn.Module):
    """Channels of a shower and its condition to features.

    Args:
        n_voxels: of a shower.
        n_channels: values per voxel.
        n_condition: numbers that describe the condition.
        n_features: of the result, after their activation.
    """

    def __init__(self, n_voxels: int, n_channels: int, n_condition: int, n_features: int) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Linear(n_channels * n_voxels + n_condition, n_features), nn.SiLU())

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Features (n, n_features) of channels (n, n_channels, n_voxels) and condition (n, n_condition)."""
        features: Tensor = self.features(torch.cat([x.flatten(1), condition], dim=1))
        return features


class FlatDecoder(nn.Module):
    """Features to maps, several values per voxel, which start near zero.

    Args:
        n_voxels: of a shower.
        n_features: of the input.
        n_maps: values per voxel.
        width: of the two hidden layers.
    """

    def __init__(self, n_voxels: int, n_features: int, n_maps: int, *, width: int = 128) -> None:
        super().__init__()
        self.n_maps = n_maps
        self.hidden = nn.Sequential(mlp([n_features, width, width]), nn.SiLU())
        self.maps = nn.Linear(width, n_maps * n_voxels)
        with torch.no_grad():
            self.maps.weight.mul_(START)
            self.maps.bias.zero_()

    def forward(self, features: Tensor) -> Tensor:
        """Maps (n, n_maps, n_voxels) of features (n, n_features)."""
        maps: Tensor = self.maps(self.hidden(features))
        return maps.unflatten(1, (self.n_maps, -1))
