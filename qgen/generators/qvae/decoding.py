"""From latents to voxel energies, some showers at a time."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qgen.generators.qvae.coding import ShowerCode
from qgen.generators.qvae.model import Decoder

Floats = NDArray[np.float64]

VOXELS_AT_ONCE = 2**19
"""Voxels of the showers that are decoded together: what lies between network, draws and coding stays in cache. With
6480 voxels per shower and one thread a batch of 10 000 takes half the time of one that is decoded as a whole."""


def decode(
    decoder: Decoder,
    code: ShowerCode,
    z: Tensor,
    incident_energy: Floats,
    total_energy: Floats,
    rng: torch.Generator,
) -> NDArray[np.float32]:
    """Voxel energies [MeV], shape (n, n_voxels), drawn for latents, with the given totals.

    Args:
        decoder: draws hits and activations.
        code: turns them into energies.
        z: latents, shape (n, n_latents).
        incident_energy: [MeV], shape (n,).
        total_energy: [MeV], shape (n,).
        rng: of the draws.
    """
    voxels = np.empty((len(z), len(code.layers)), dtype=np.float32)
    step = max(1, VOXELS_AT_ONCE // len(code.layers))
    with torch.no_grad():
        for first in range(0, len(z), step):
            rows = slice(first, first + step)
            e, total = incident_energy[rows], total_energy[rows]
            hit, activation = decoder.sample(z[rows], code.response.condition(e, total), rng)
            voxels[rows] = code.inverse(hit, activation, e, total)
    return voxels
