"""Energies below which a pixel of an image counts as empty, in what is generated and in what is judged."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.showers import Showers

THRESHOLD_QUANTILE = 0.01
"""Below this quantile of the energies of hit pixels, a generated pixel is empty."""
VISIBLE_QUANTILE = 0.02
"""Of the energies of hit pixels: around it, a pixel counts as hit in what the discriminator sees."""


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
