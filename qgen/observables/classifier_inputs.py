"""The inputs of CaloChallenge's classifiers (2410.21611).

Voxels at or below the read-out threshold are set to zero first. With energies in MeV,

- "low":            log10 E_inc,  E_voxel / E_inc
- "low_normalised": log10 E_inc,  E_voxel / (E_layer + 1e-16),  log10(E_layer + 1e-8)
- "high":           CaloChallenge's published vector where a geometry has one, else its own feature set (`features.py`)

in this order, without standardisation, as in the public script; voxels in the order of `Showers.voxels`, layers from
the front face on. Where revisions of that script differ: one multiplies E_voxel / E_inc by 100, which this
does not, and earlier ones have a shorter vector (226 instead of 362 values for dataset 2: without E_tot, sparsity and
radial moments).
"""

import sys
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.observables._moments import hits
from qgen.observables.feature_set import feature_set
from qgen.observables.features import PUBLISHED_OFFSET, features
from qgen.showers import Showers

__all__ = ["classifier_inputs"]

Level = Literal["low", "low_normalised", "high"]
LEVELS = ("low", "low_normalised", "high")


def classifier_inputs(showers: Showers, level: Level) -> NDArray[np.float64]:
    """What a classifier sees of every shower; pass it to `qgen.metrics.classifier_protocol`.

    Args:
        showers: reference or generated.
        level: "low", "low_normalised" or "high".

    Returns:
        shape (n_showers, n_inputs): 1 + n_voxels, 1 + n_voxels + n_layers, or the size of the feature set.

    Raises:
        InputError: an unknown level.
    """
    if level not in LEVELS:
        raise InputError(f"classifier_inputs: expected one of {', '.join(LEVELS)}, found {level!r}")
    if level == "high":
        return features(showers, feature_set(showers.geometry, n_reference=sys.maxsize))[0]
    energy = hits(showers.voxels, showers.geometry.thresholds)
    incident = showers.incident_energy[:, None]
    if level == "low":
        return np.concatenate([np.log10(incident), energy / incident], axis=1)
    layers = np.stack([energy[:, index].sum(axis=1) for index in showers.geometry.indices], axis=1)
    for index, total in zip(showers.geometry.indices, layers.T, strict=True):
        energy[:, index] /= total[:, None] + 1e-16
    return np.concatenate([np.log10(incident), energy, np.log10(layers + PUBLISHED_OFFSET)], axis=1)
