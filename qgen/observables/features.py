"""Named feature sets: what a shower is scored on, one set per representation.

All hold the energies: log10 E_inc, log10 E_tot and (but for the published vector) the response. Without E_inc, showers
that ignore their energies look right.

- "image", for image8x8 (25): the energies, log10 of the 8 row and 8 column sums, centre and width on both axes,
  occupancy, largest-pixel fraction.
- "calogan", for CaloGAN native (23): the energies and its published variables (`calogan.py`).
- "calochallenge", for CaloChallenge native where N >= 5 D: the published vector, D = 362 for datasets 2 and 3.
- "groups", for CaloChallenge below that, CLIC and any other native geometry (41 for 45 layers, 25 for CLIC):
  the energies, depth centre and width, and by groups of five layers: fraction, EC_r, width_r, occupancy. A
  geometry of fewer than ten layers has its layers as groups.
- "pixels", for profile<n> and depth3 (n + 5): the energies, log10 of every pixel, centre and width.

The reference decides: take `name = feature_set(geometry, n_reference=len(reference))` once and pass it to
`features` for the reference and for every generated sample, so that all are scored on the same columns.
"""

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.geometry import Geometry
from qgen.observables._moments import depth_moments, hits, moments, radii
from qgen.observables.calochallenge import calochallenge
from qgen.observables.calogan import calogan
from qgen.observables.image import image
from qgen.observables.layer_energies import layer_energies
from qgen.observables.occupancy import occupancy
from qgen.observables.response import response
from qgen.showers import Showers

__all__ = ["features"]

Floats = NDArray[np.float64]

OFFSET = 1e-3
"""MeV added under the logarithm of image and pixel sums: below every read-out threshold; an empty sum gives -3."""
PUBLISHED_OFFSET = 1e-8
"""MeV, CaloChallenge's."""
LAYERS_PER_GROUP = 5


def features(showers: Showers, name: str) -> tuple[Floats, list[str]]:
    """The features of a named set.

    Args:
        showers: reference or generated, in the representation that they are scored in.
        name: from `feature_set`.

    Returns:
        features, float64, shape (n_showers, n_features), finite; and their names.

    Raises:
        InputError: an unknown name, or a set that these showers do not have.
    """
    if name not in _SETS:
        raise InputError(f"features: expected one of {', '.join(sorted(_SETS))}, found {name!r}")
    columns = _SETS[name](showers)
    return np.stack(list(columns.values()), axis=1), list(columns)


def _energies(showers: Showers) -> dict[str, Floats]:
    """What a sample that ignores its energies has wrong: the response, E_inc and E_tot."""
    return {
        "response": response(showers),
        "log_E_inc": np.log10(showers.incident_energy),
        "log_E_tot": np.log10(showers.total_energy + OFFSET),
    }


def _image(showers: Showers) -> dict[str, Floats]:
    pixels = image(showers)
    total = pixels.sum(axis=(1, 2))
    rows, columns = pixels.sum(axis=2), pixels.sum(axis=1)
    features = _energies(showers)
    features |= {f"log_row/{i}": np.log10(sums + OFFSET) for i, sums in enumerate(rows.T)}
    features |= {f"log_column/{i}": np.log10(sums + OFFSET) for i, sums in enumerate(columns.T)}
    row_mm, column_mm = _image_axes(showers.geometry)
    features["row_centre"], features["row_width"] = moments(rows, row_mm)
    features["column_centre"], features["column_width"] = moments(columns, column_mm)
    features["occupancy"] = occupancy(showers)
    largest = pixels.max(axis=(1, 2))
    features["largest_fraction"] = np.divide(largest, total, out=np.zeros_like(total), where=total > 0)
    return features


def _pixels(showers: Showers) -> dict[str, Floats]:
    pixels = showers.voxels.astype(np.float64)
    features = _energies(showers)
    features |= {f"log_pixel/{i}": np.log10(energy + OFFSET) for i, energy in enumerate(pixels.T)}
    if len(showers.geometry.layers) > 1:
        features["centre"], features["width"] = depth_moments(showers)
    else:
        features["centre"], features["width"] = moments(
            showers.layer(0).sum(axis=1, dtype=np.float64), showers.geometry.layers[0].centres[1]
        )
    return features


def _groups(showers: Showers) -> dict[str, Floats]:
    geometry = showers.geometry
    energies = layer_energies(showers)
    size = LAYERS_PER_GROUP if len(geometry.layers) >= 2 * LAYERS_PER_GROUP else 1
    total = energies.sum(axis=1)
    features = _energies(showers)
    features["depth_centre"], features["depth_width"] = depth_moments(showers)
    for group, start in enumerate(range(0, len(geometry.layers), size)):
        layers = slice(start, start + size)
        voxels = np.concatenate(geometry.indices[layers])
        energy = hits(showers.voxels[:, voxels], geometry.thresholds[voxels])
        r = np.concatenate([radii(layer) for layer in geometry.layers[layers]])
        summed = energies[:, layers].sum(axis=1)
        features[f"fraction/{group}"] = np.divide(summed, total, out=np.zeros_like(total), where=total > 0)
        features[f"EC_r/{group}"], features[f"width_r/{group}"] = moments(energy, r)
        features[f"occupancy/{group}"] = np.mean(energy > 0, axis=1)
    return features


def _calogan(showers: Showers) -> dict[str, Floats]:
    return {**_energies(showers), **calogan(showers)}


def _calochallenge(showers: Showers) -> dict[str, Floats]:
    """[log10 E_inc, log10 E_layer, EC, width (eta, phi; /100), log10 E_tot, sparsity, EC_r/100, width_r/100]."""
    values = calochallenge(showers)

    def block(key: str) -> dict[str, Floats]:
        of_layers = {name: array for name, array in values.items() if name.startswith(f"{key}/")}
        if key == "sparsity":
            return of_layers
        if key == "E_layer":
            return {f"log_{name}": np.log10(array + PUBLISHED_OFFSET) for name, array in of_layers.items()}
        return {name: array / 100 for name, array in of_layers.items()}

    features = {"log_E_inc": np.log10(showers.incident_energy)}
    for key in ("E_layer", "EC_eta", "EC_phi", "width_eta", "width_phi"):
        features |= block(key)
    features["log_E_tot"] = np.log10(values["E_tot"] + PUBLISHED_OFFSET)
    for key in ("sparsity", "EC_r", "width_r"):
        features |= block(key)
    return features


_SETS = {
    "image": _image,
    "calogan": _calogan,
    "calochallenge": _calochallenge,
    "groups": _groups,
    "pixels": _pixels,
}


def _image_axes(geometry: Geometry) -> tuple[Floats, Floats]:
    """Positions of rows and columns [mm]."""
    rows, columns = geometry.layers[0].centres
    if len(geometry.layers) > 1:
        columns = np.array([0.5 * sum(layer.depth) for layer in geometry.layers])
    return rows.astype(np.float64), columns.astype(np.float64)
