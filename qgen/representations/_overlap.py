"""Exact overlap: the linear map that shares the energy of every cell among the cells of another geometry.

A cell's energy is taken as spread evenly over its volume. A cell is a product of three intervals, so the share
of source cell s that falls into target cell t is a product of one-dimensional overlaps

    w(t, s) = prod_a |t_a  and  s_a| / |s_a|,        a = axis 0, axis 1, depth,

and the matrix of a pair of layers is a Kronecker product. Lengths |.| are in the measure of the axis: dx for
cartesian axes, angles and the depth, r dr (so r^2 at the edges) for a radius: areas, not widths, are shared.
Columns sum to 1 where the target covers the source: energy is conserved inside the window.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from qgen.files import InputError
from qgen.geometry import Geometry, Layer

_ROUNDING = 1e-12
"""Shares closer to 0 or 1 than this are edges that agree but for rounding."""


def overlap_matrix(source: Geometry, target: Geometry) -> Any:
    """The share of every source voxel in every target voxel.

    Args:
        source: the geometry to project from.
        target: the geometry to project to, whose layers name the same two axes in either order.

    Returns:
        scipy.sparse.csr_array, float64, shape (target.n_voxels, source.n_voxels), values in 0..1.

    Raises:
        InputError: a source layer whose axes are not those of the target.
    """
    depth_share = shares([layer.depth for layer in source.layers], [layer.depth for layer in target.layers])
    rows, columns, values = [], [], []
    for t, s in np.argwhere(depth_share > 0):
        cells = _layer_matrix(source.layers[s], target.layers[t]).tocoo()
        rows.append(target.indices[t][cells.row])
        columns.append(source.indices[s][cells.col])
        values.append(depth_share[t, s] * cells.data)
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return sparse.csr_array(entries, shape=(target.n_voxels, source.n_voxels))


def shares(source: ArrayLike, target: ArrayLike) -> NDArray[np.float64]:
    """The share |t and s| / |s| of every source interval in every target interval.

    Args:
        source: intervals (low, high), shape (n_source, 2).
        target: intervals (low, high), shape (n_target, 2), same unit.

    Returns:
        shape (n_target, n_source), values in 0..1.
    """
    s, t = np.asarray(source, dtype=np.float64), np.asarray(target, dtype=np.float64)
    low = np.maximum(t[:, None, 0], s[None, :, 0])
    high = np.minimum(t[:, None, 1], s[None, :, 1])
    share = np.clip((high - low) / (s[:, 1] - s[:, 0]), 0.0, 1.0)
    whole = np.round(share)
    return np.where(np.abs(share - whole) < _ROUNDING, whole, share)


def _layer_matrix(source: Layer, target: Layer) -> Any:
    """Shares of the source layer's cells in the target layer's, both in cell order, the depth aside."""
    if set(source.axes) != set(target.axes):
        raise InputError(f"projection: expected layers with axes {target.axes}, found {source.axes}")
    order = [target.axes.index(axis) for axis in source.axes]
    per_axis = [
        sparse.csr_array(shares(_intervals(source.edges[i], axis), _intervals(target.edges[order[i]], axis)))
        for i, axis in enumerate(source.axes)
    ]
    matrix = sparse.kron(*per_axis, format="csr")
    if order == [1, 0]:
        first, second = (len(share_of.indptr) - 1 for share_of in per_axis)
        matrix = matrix[np.arange(first * second).reshape(first, second).T.ravel()]
    return matrix


def _intervals(edges: tuple[float, ...], axis: str) -> NDArray[np.float64]:
    """Bins as intervals (low, high) in the measure of the axis, shape (n, 2)."""
    position = np.square(edges) if axis == "r" else np.asarray(edges)
    return np.stack([position[:-1], position[1:]], axis=1)
