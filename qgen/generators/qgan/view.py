"""What a discriminator sees of a shower."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from qgen.geometry import Geometry
from qgen.transforms.log_image import LogImage


class View(nn.Module):
    """What the discriminator sees of a shower, each feature standardised on the training showers.

    The logarithm of every pixel; the logarithm of given sums of pixels (rows and columns), which a perceptron on
    logarithms would have to learn; and a smooth occupancy, the mean of tanh(E / E_vis).

    Args:
        energies: of the training showers [MeV], shape (n, n_pixels).
        sums: which pixels belong to which sum, 0 or 1, shape (n_pixels, n_sums).
        transform: gives the logarithm of pixels.
        visible: E_vis [MeV], > 0: energy around which a pixel counts as hit; also the offset of the sums' logarithm.
    """

    mean: Tensor
    sd: Tensor
    sums: Tensor

    def __init__(self, energies: Tensor, sums: Tensor, transform: LogImage, *, visible: float) -> None:
        super().__init__()
        self.transform, self.visible = transform, visible
        self.register_buffer("sums", sums)
        features = self._features(energies)
        self.register_buffer("mean", features.mean(0))
        sd = features.std(0)
        self.register_buffer("sd", torch.where(sd > 0, sd, 1.0))

    def forward(self, energies: Tensor) -> Tensor:
        """Features, shape (n, n_pixels + n_sums + 1), of energies [MeV], shape (n, n_pixels)."""
        return (self._features(energies) - self.mean) / self.sd

    def _features(self, energies: Tensor) -> Tensor:
        occupancy = torch.tanh(energies / self.visible).mean(1, keepdim=True)
        sums = torch.log(energies @ self.sums + self.visible)
        return torch.cat([self.transform.logarithm(energies), sums, occupancy], dim=1)


def row_and_column_sums(geometry: Geometry) -> Tensor:
    """Which pixels make up which row and which column of a square image, (n_pixels, n_sums); none for a profile."""
    if geometry.representation != "image8x8":
        return torch.zeros(geometry.n_voxels, 0)
    row, column = torch.arange(64) // 8, torch.arange(64) % 8
    return torch.cat([torch.eye(8)[row], torch.eye(8)[column]], dim=1)
