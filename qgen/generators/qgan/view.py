"""What a discriminator sees of a shower, and below which energy a pixel of an image counts as empty.

Pixels are empty below a threshold, in what is generated and in what is judged; a pixel counts as hit for the
discriminator around another, a little higher.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qgen.files import InputError
from qgen.geometry import Geometry
from qgen.showers import Showers
from qgen.transforms.log_image import LogImage

THRESHOLD_QUANTILE = 0.01
"""Below this quantile of the energies of hit pixels, a generated pixel is empty."""
VISIBLE_QUANTILE = 0.02
"""Of the energies of hit pixels: around it, a pixel counts as hit in what the discriminator sees."""


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


def thresholds(showers: Showers) -> tuple[float, float]:
    """Of generated pixels, and of what the discriminator sees [MeV].

    Raises:
        InputError: no shower has any energy.
    """
    hit = showers.voxels[showers.voxels > 0]
    if not hit.size:
        raise InputError("QGAN.fit: expected showers with energy, found only empty ones")
    generated, visible = np.quantile(hit, (THRESHOLD_QUANTILE, VISIBLE_QUANTILE)).tolist()
    return generated, visible


def above(threshold: float, energies: NDArray[Any]) -> NDArray[Any]:
    """Energies (n, n_pixels) with pixels below the threshold empty, at the same row sums."""
    kept = np.where(energies >= min(threshold, energies.max()), energies, 0.0)
    total = kept.sum(axis=1, keepdims=True)
    return np.where(total > 0, kept * (energies.sum(axis=1, keepdims=True) / np.where(total > 0, total, 1)), energies)
