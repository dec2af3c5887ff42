"""How does a network see a cylinder? Strided 3-D convolutions of layers x angles x radii, periodic in angle.

A shower is symmetric in angle on average and in nothing else: what a filter finds may be found again at another angle,
but not at another depth or radius. So the angle axis is padded by itself (circular), the two others by zeros, and
what stands beside the convolutions is learnt per layer and radius and shared over the angles: positions (a bias per
cell) and the profile, an affine map between the features and the mean over the angles. Turning a shower by a
multiple of the product of the angular strides turns every map of the convolutions alike, exactly.

Sizes are divided by the strides of each stage, `default_strides`: 45 x 16 x 9 becomes 15 x 8 x 3 and 5 x 4 x 1,
and 45 x 50 x 18 becomes 15 x 25 x 9 and 5 x 5 x 3. The way back is a transposed convolution written as
a convolution on the coarse grid and a rearrangement of its channels (sub-pixel convolution, 1609.05158), several times
faster on a processor. There is no normalisation over the batch: a shower does not depend on its neighbours.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from qgen.files import InputError
from qgen.geometry import Geometry
from qgen.networks.mlp import mlp

Shape = tuple[int, int, int]

LARGEST_STRIDE = 5
START = 0.1
"""The last maps of a decoder start at this fraction of the usual weights: near zero."""


def cylinder_shape(geometry: Geometry) -> Shape:
    """Layers, angles and radii of a regular cylinder: equal polar layers, the angles even and all around.

    Raises:
        InputError: the geometry is something else; it says what.
    """
    first = geometry.layers[0]
    if not first.polar or geometry.layer_fastest:
        found = f"axes {first.axes}" + (", the layer fastest" if geometry.layer_fastest else "")
        raise InputError(f"geometry {geometry.name!r}: expected polar layers, the radius fastest, found {found}")
    if any(layer.edges != first.edges or layer.axes != first.axes for layer in geometry.layers):
        raise InputError(f"geometry {geometry.name!r}: expected layers of the same bin edges, found different ones")
    widths = np.diff(first.edges[0])
    if not np.allclose(widths, 2 * np.pi / len(widths), rtol=1e-4):
        raise InputError(f"geometry {geometry.name!r}: expected even bins all around in angle, found {first.edges[0]}")
    return len(geometry.layers), *first.shape


def angle_groups(geometry: Geometry) -> NDArray[np.intp]:
    """The group of every voxel, shape (n_voxels,): voxels that differ in angle only are of one group.

    Raises:
        InputError: not a regular cylinder.
    """
    n_layers, n_angles, n_radii = cylinder_shape(geometry)
    cells = np.arange(n_layers * n_radii).reshape(n_layers, 1, n_radii)
    return np.repeat(cells, n_angles, axis=1).ravel()


def default_strides(shape: Shape, n_stages: int = 2) -> tuple[Shape, ...]:
    """Strides of every stage: the smallest prime factor of each size, at most 5.

    A size without one keeps its angles (stride 1), and halves its layers or radii (the last cell of an odd size
    gets a neighbour of zeros).
    """
    strides: list[Shape] = []
    for _ in range(n_stages):
        layers, angles, radii = shape
        stride = _factor(layers, otherwise=2), _factor(angles, otherwise=1), _factor(radii, otherwise=2)
        shape = _coarse(shape, stride)
        strides.append(stride)
    return tuple(strides)


class CylinderConv(nn.Module):
    """A convolution with filters of stride + 2 cells: (n, n_in, L, A, R) to (n, n_out, L/s, A/s, R/s), rounded up.

    Args:
        n_in, n_out: channels.
        stride: along layers, angles and radii; that of the angles must divide their number.
    """

    def __init__(self, n_in: int, n_out: int, stride: Shape = (1, 1, 1)) -> None:
        super().__init__()
        self.stride = stride
        kernel = (stride[0] + 2, stride[1] + 2, stride[2] + 2)
        self.conv = nn.Conv3d(n_in, n_out, kernel, stride, padding=(1, 0, 1))

    def forward(self, x: Tensor) -> Tensor:
        """The convolution."""
        n_layers, _, n_radii = x.shape[2:]
        far = (0, -n_radii % self.stride[2], 0, 0, 0, -n_layers % self.stride[0])
        y: Tensor = self.conv(_around(functional.pad(x, far) if any(far) else x))
        return y


class CylinderUpsample(nn.Module):
    """A transposed convolution with filters of three coarse cells: (n, n_in, coarse shape) to (n, n_out, shape).

    Args:
        n_in, n_out: channels.
        stride: along layers, angles and radii.
        shape: of the result; at most coarse shape * stride, the rest is cut off.
    """

    def __init__(self, n_in: int, n_out: int, stride: Shape, shape: Shape) -> None:
        super().__init__()
        self.n_out, self.stride, self.shape = n_out, stride, shape
        self.conv = nn.Conv3d(n_in, n_out * stride[0] * stride[1] * stride[2], 3, padding=(1, 0, 1))

    def forward(self, x: Tensor) -> Tensor:
        """The convolution, its channels laid out as the cells of each coarse one."""
        y = self.conv(_around(x))
        n, _, *coarse = y.shape
        y = y.view(n, self.n_out, *self.stride, *coarse).permute(0, 1, 5, 2, 6, 3, 7, 4)
        y = y.reshape(n, self.n_out, *(size * s for size, s in zip(coarse, self.stride, strict=True)))
        return y[:, :, : self.shape[0], : self.shape[1], : self.shape[2]]


class Positions(nn.Module):
    """A bias for every channel, layer and radius, the same at all angles; zero at first."""

    def __init__(self, n_channels: int, shape: Shape) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(n_channels, shape[0], 1, shape[2]))

    def forward(self, x: Tensor) -> Tensor:
        """x plus the bias."""
        return x + self.bias


class CylinderEncoder(nn.Module):
    """Channels of a shower and its condition to features.

    Args:
        shape: layers, angles and radii (`cylinder_shape`).
        n_channels: values per voxel.
        n_condition: numbers that describe the condition.
        n_features: of the result, after their activation.
        channels: of the convolutions, one number per stage.
        strides: of the stages; `default_strides` by default.

    Raises:
        InputError: strides do not fit.
    """

    def __init__(
        self,
        shape: Shape,
        n_channels: int,
        n_condition: int,
        n_features: int,
        *,
        channels: Sequence[int] = (24, 48),
        strides: Sequence[Shape] | None = None,
    ) -> None:
        super().__init__()
        self.shape = shape
        shapes, strides = _stages(shape, channels, strides)
        blocks: list[nn.Module] = []
        for (n_in, n_out), stride, coarse in zip(pairwise([n_channels, *channels]), strides, shapes[1:], strict=True):
            blocks += [CylinderConv(n_in, n_out, stride), Positions(n_out, coarse), nn.SiLU()]
            blocks += [CylinderConv(n_out, n_out), nn.SiLU()]
        self.convolutions = nn.Sequential(*blocks, nn.Flatten())
        n_flat = channels[-1] * int(np.prod(shapes[-1])) + n_channels * shape[0] * shape[2]
        self.features = nn.Sequential(nn.Linear(n_flat + n_condition, n_features), nn.SiLU())

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Features (n, n_features) of channels (n, n_channels, n_voxels) and condition (n, n_condition)."""
        grid = x.unflatten(2, self.shape)
        profile = grid.mean(3).flatten(1)
        features: Tensor = self.features(torch.cat([self.convolutions(grid), profile, condition], dim=1))
        return features


class CylinderDecoder(nn.Module):
    """Features to maps, several values per voxel, which start near zero.

    Args:
        shape: layers, angles and radii (`cylinder_shape`).
        n_features: of the input.
        n_maps: values per voxel.
        width: of the two hidden layers before the coarsest grid and the profile; None: there are none.
        channels: of the convolutions, one number per stage, the finest first (as in the encoder).
        strides: of the stages, the finest first; `default_strides` by default.

    Raises:
        InputError: strides do not fit.
    """

    def __init__(
        self,
        shape: Shape,
        n_features: int,
        n_maps: int,
        *,
        width: int | None = 128,
        channels: Sequence[int] = (16, 48),
        strides: Sequence[Shape] | None = None,
    ) -> None:
        super().__init__()
        self.shape, self.n_maps = shape, n_maps
        shapes, strides = _stages(shape, channels, strides)
        self.hidden = nn.Identity() if width is None else nn.Sequential(mlp([n_features, width, width]), nn.SiLU())
        width = n_features if width is None else width
        self.coarse = nn.Sequential(
            nn.Linear(width, channels[-1] * int(np.prod(shapes[-1]))), nn.Unflatten(1, (channels[-1], *shapes[-1]))
        )
        blocks: list[nn.Module] = [nn.SiLU()]
        for k in range(len(channels) - 1, 0, -1):
            blocks += [CylinderUpsample(channels[k], channels[k - 1], strides[k], shapes[k])]
            blocks += [Positions(channels[k - 1], shapes[k]), nn.SiLU()]
        self.convolutions = nn.Sequential(*blocks)
        self.maps = CylinderUpsample(channels[0], n_maps, strides[0], shape)
        self.profile = nn.Linear(width, n_maps * shape[0] * shape[2])
        self.gain = nn.Parameter(torch.ones(n_maps, shape[0], 1, shape[2]))
        with torch.no_grad():
            for layer in (self.maps.conv, self.profile):
                layer.weight.mul_(START)
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, features: Tensor) -> Tensor:
        """Maps (n, n_maps, n_voxels) of features (n, n_features)."""
        y = self.hidden(features)
        profile = self.profile(y).view(-1, self.n_maps, self.shape[0], 1, self.shape[2])
        maps = self.maps(self.convolutions(self.coarse(y)))
        return torch.addcmul(profile, self.gain, maps).flatten(2)


def _around(x: Tensor) -> Tensor:
    """One more angle on either side, from the other end."""
    return torch.cat([x[..., -1:, :], x, x[..., :1, :]], dim=3)


def _factor(size: int, *, otherwise: int) -> int:
    """The smallest prime factor up to 5 of a size; a size of 1 stays as it is."""
    return next((p for p in range(2, LARGEST_STRIDE + 1) if size % p == 0), 1 if size == 1 else otherwise)


def _coarse(shape: Shape, stride: Shape) -> Shape:
    layers, angles, radii = (-(-size // s) for size, s in zip(shape, stride, strict=True))
    return layers, angles, radii


def _stages(
    shape: Shape, channels: Sequence[int], strides: Sequence[Shape] | None
) -> tuple[list[Shape], tuple[Shape, ...]]:
    """Shapes from the finest to the coarsest, one more than stages, and the strides between them."""
    strides = default_strides(shape, len(channels)) if strides is None else tuple(strides)
    if not channels or len(strides) != len(channels):
        raise InputError(f"cylinder: expected a stride for every stage, found {len(strides)} for {len(channels)}")
    shapes = [shape]
    for stride in strides:
        if min(stride) < 1 or shapes[-1][1] % stride[1]:
            raise InputError(f"cylinder: expected strides that divide {shapes[-1][1]} angles, found {stride}")
        shapes.append(_coarse(shapes[-1], stride))
    return shapes, strides
