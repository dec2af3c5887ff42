"""The shower variables of CaloGAN (1712.10321), on any geometry.

With E_i the energy of layer i = 0, 1, ... and E = sum_i E_i, energies outside the cells left out:

    efrac_i = E_i / E,    depth = max {i: E_i > 0},    lateral_depth = sum_i i E_i,
    shower_depth = sum_i i E_i / E,    shower_depth_width = sqrt(sum_i i^2 E_i / E - (sum_i i E_i / E)^2),
    lateral_width_i = width of the cell centres along axis 0 (weights E_cell / (E_i + 1e-6)),
    eratio_i = (E(1) - E(2)) / (E(1) + E(2) + 1e-6), the two largest cells of the layer,
    occupancy_i = mean(E_cell > threshold).
"""

import numpy as np
from numpy.typing import NDArray

from qgen.observables._moments import moments, require_labels
from qgen.observables.layer_energies import layer_energies
from qgen.showers import Showers

__all__ = ["calogan"]

_EPSILON = 1e-6
"""MeV, as published."""


def calogan(showers: Showers) -> dict[str, NDArray[np.float64]]:
    """CaloGAN's shower variables: five of the shower and five of every layer.

    Returns:
        arrays of shape (n_showers,): "E_tot", "lateral_depth" and per layer label l "E_layer/<l>" [MeV];
        "depth", "shower_depth", "shower_depth_width" (in layers); "lateral_width/<l>" [mm, along axis 0];
        "efrac/<l>", "eratio/<l>", "occupancy/<l>" (0..1). A shower or a layer without energy has zeros.

    Raises:
        InputError: layers that share a label.
    """
    require_labels(showers.geometry)
    energies = layer_energies(showers)
    i = np.arange(energies.shape[1])
    total = energies.sum(axis=1)
    fractions = np.divide(energies, total[:, None], out=np.zeros_like(energies), where=total[:, None] > 0)
    mean, width = moments(energies, i, epsilon=float(np.finfo(np.float64).tiny))
    features = {
        "E_tot": total,
        "depth": np.max(i * (energies > 0), axis=1).astype(np.float64),
        "lateral_depth": energies @ i,
        "shower_depth": mean,
        "shower_depth_width": width,
    }
    for number, layer in enumerate(showers.geometry.layers):
        cells = showers.layer(number).astype(np.float64)
        flat = cells.reshape(len(cells), layer.n_voxels)
        features[f"E_layer/{layer.label}"] = energies[:, number]
        features[f"efrac/{layer.label}"] = fractions[:, number]
        features[f"lateral_width/{layer.label}"] = moments(cells.sum(axis=2), layer.centres[0], _EPSILON)[1]
        features[f"eratio/{layer.label}"] = _eratio(flat)
        features[f"occupancy/{layer.label}"] = np.mean(flat > layer.threshold, axis=1)
    return features


def _eratio(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Difference over sum of the two largest cells; a layer of one cell has 0 as its second."""
    padded = np.pad(cells, ((0, 0), (0, 1)))
    second, first = np.partition(padded, -2, axis=1)[:, -2:].T
    return (first - second) / (first + second + _EPSILON)
