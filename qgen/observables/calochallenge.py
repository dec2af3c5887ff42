"""The high-level features of CaloChallenge (2410.21611), on any geometry.

Voxels at or below the layer's threshold are set to zero first. Then, per layer, with cell centres x, y, r:

    E_layer = sum E,    EC_x = sum x E / (sum E + 1e-16),
    width_x = sqrt(max(sum x^2 E / (sum E + 1e-16) - EC_x^2, 0)),

the same for y and r; eta stands for x = r cos(angle) and phi for y = r sin(angle). "sparsity" is the published
word for the EMPTY fraction, 1 - occupancy, and is used only as this key. E_tot = sum E over all layers.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.geometry import Layer
from qgen.observables._moments import hits, moments, radii, require_labels
from qgen.showers import Showers

__all__ = ["calochallenge"]

Floats = NDArray[np.float64]


def calochallenge(showers: Showers) -> dict[str, Floats]:
    """CaloChallenge's high-level features.

    Args:
        showers: in any geometry. Centres and widths in eta and phi are there only for layers that are divided
            in angle, or cartesian; on layers whose axes are called eta and phi they are along those axes.

    Returns:
        arrays of shape (n_showers,): "E_tot" and per layer label l "E_layer/<l>" [MeV]; "EC_eta/<l>",
        "EC_phi/<l>", "EC_r/<l>" and "width_eta/<l>", "width_phi/<l>", "width_r/<l>" [mm]; "sparsity/<l>" (0..1).

    Raises:
        InputError: layers that share a label.
    """
    require_labels(showers.geometry)
    features: dict[str, Floats] = {"E_tot": np.zeros(len(showers))}
    for index, layer in zip(showers.geometry.indices, showers.geometry.layers, strict=True):
        energy = hits(showers.voxels[:, index], layer.threshold)
        label = layer.label
        features["E_tot"] += energy.sum(axis=1)
        features[f"E_layer/{label}"] = energy.sum(axis=1)
        features[f"sparsity/{label}"] = np.mean(energy == 0, axis=1)
        for name, position in _positions(layer).items():
            centre, width = moments(energy, position)
            features[f"EC_{name}/{label}"], features[f"width_{name}/{label}"] = centre, width
    return features


def _positions(layer: Layer) -> dict[str, NDArray[np.floating[Any]]]:
    """Positions of the cell centres in eta, phi and r, each of shape (n_voxels,) [mm]."""
    r = radii(layer)
    if "angle" not in layer.axes:
        x, y = layer.xy
        eta, phi = (y, x) if layer.axes == ("phi", "eta") else (x, y)
        return {"eta": eta, "phi": phi, "r": r}
    axis = layer.axes.index("angle")
    if layer.shape[axis] == 1:
        return {"r": r}
    angle = np.meshgrid(*layer.centres, indexing="ij")[axis].ravel()
    return {"eta": r * np.cos(angle), "phi": r * np.sin(angle), "r": r}
