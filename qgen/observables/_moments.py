"""Energy-weighted centre and width of a distribution of positions."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.geometry import Geometry, Layer
from qgen.observables.layer_energies import layer_energies
from qgen.showers import Showers

Floats = NDArray[np.float64]


def moments(energy: NDArray[np.floating[Any]], x: NDArray[Any], epsilon: float = 1e-16) -> tuple[Floats, Floats]:
    """Centre and width of the positions x, weighted with energies E.

        EC = sum x E / (sum E + epsilon),    width = sqrt(max(sum x^2 E / (sum E + epsilon) - EC^2, 0))

    Args:
        energy: E [MeV], shape (n_showers, n_positions), >= 0.
        x: positions, shape (n_positions,).
        epsilon: keeps a shower without energy at 0, 0 [MeV].

    Returns:
        EC and width, each of shape (n_showers,), in the unit of x.
    """
    total = energy.sum(axis=1, dtype=np.float64) + epsilon
    centre = energy @ x / total
    return centre, np.sqrt(np.maximum(energy @ np.square(x) / total - np.square(centre), 0.0))


def hits(energy: NDArray[np.floating[Any]], threshold: Any) -> Floats:
    """Energies in float64, with those at or below the threshold set to zero."""
    return np.where(energy > threshold, energy, 0.0).astype(np.float64)


def radii(layer: Layer) -> Floats:
    """Distance of the cell centres from the beam axis (x = y = 0), shape (n_voxels,) [mm]."""
    if "r" in layer.axes:
        axis = layer.axes.index("r")
        shape = (1, -1) if axis == 1 else (-1, 1)
        return np.broadcast_to(layer.centres[axis].reshape(shape), layer.shape).ravel().astype(np.float64)
    x, y = layer.xy
    return np.hypot(x, y).astype(np.float64)


def require_labels(geometry: Geometry) -> None:
    """Observables per layer are named by its label: two layers of one label would hide each other.

    Raises:
        InputError: layers that share a label.
    """
    labels = [layer.label for layer in geometry.layers]
    if len(set(labels)) < len(labels):
        raise InputError(f"geometry {geometry.name!r}: expected layers of different labels, found {labels!r:.60}")


def depth_moments(showers: Showers) -> tuple[Floats, Floats]:
    """Centre and width along the depth, with every layer's energy at its middle [mm], each (n_showers,)."""
    middles = np.array([0.5 * (low + high) for low, high in (layer.depth for layer in showers.geometry.layers)])
    return moments(layer_energies(showers), middles)
