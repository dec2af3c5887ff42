import numpy as np
import pytest

from qgen.files import InputError
from qgen.geometry import Geometry, Layer
from qgen.representations._overlap import overlap_matrix, shares


def one_layer(edges0, edges1, axes=("x", "y"), depth=(0.0, 1.0)):
    return Geometry("g", (Layer((tuple(edges0), tuple(edges1)), depth, axes),))


def slow_overlap(source, target):
    """Cell by cell: the product of the overlaps of three intervals, r in the measure r dr."""

    def share(s, t, squared):
        (s0, s1), (t0, t1) = ((a**2, b**2) if squared else (a, b) for a, b in (s, t))
        return max(0.0, min(s1, t1) - max(s0, t0)) / (s1 - s0)

    matrix = np.zeros((target.n_voxels, source.n_voxels))
    for source_layer, source_index in zip(source.layers, source.indices, strict=True):
        for target_layer, target_index in zip(target.layers, target.indices, strict=True):
            for c, (i, j) in enumerate(np.ndindex(*source_layer.shape)):
                cell = dict(zip(source_layer.axes, ((0, i), (1, j)), strict=True))
                for d, (k, m) in enumerate(np.ndindex(*target_layer.shape)):
                    weight = share(source_layer.depth, target_layer.depth, False)
                    for axis, (n, position) in zip(target_layer.axes, ((0, k), (1, m)), strict=True):
                        a, b = cell[axis]
                        weight *= share(
                            source_layer.edges[a][b : b + 2],
                            target_layer.edges[n][position : position + 2],
                            axis == "r",
                        )
                    matrix[target_index[d], source_index[c]] = weight
    return matrix


def test_by_hand():
    source = one_layer([0, 2, 4], [0, 1, 2])
    target = one_layer([1, 3], [0.5, 2])
    # cells (x, y): half of each column of cells in x; half of the first and all of the second in y
    np.testing.assert_array_equal(overlap_matrix(source, target).toarray(), [[0.25, 0.5, 0.25, 0.5]])


def test_radius_shares_areas():
    source = one_layer([-np.pi, np.pi], [0, 2], axes=("angle", "r"))
    target = one_layer([0, 1, 2], [-np.pi, np.pi], axes=("r", "angle"))
    np.testing.assert_allclose(overlap_matrix(source, target).toarray(), [[0.25], [0.75]], rtol=1e-15)


def test_rounded_edges_do_not_leak():
    edges = 5.1 * np.arange(25)
    intervals = np.stack([edges[:-1], edges[1:]], axis=1)
    thirds = np.linspace(0, 5.1 * 24, 9)
    found = shares(intervals, np.stack([thirds[:-1], thirds[1:]], axis=1))
    np.testing.assert_array_equal(found, np.kron(np.eye(8), np.ones(3)))


@pytest.mark.parametrize("layer_fastest", [False, True])
@pytest.mark.parametrize("axes", [("x", "y"), ("angle", "r")])
def test_against_slow_twin(layer_fastest, axes):
    rng = np.random.default_rng(3)

    def edges(n):
        return tuple(np.cumsum(rng.uniform(0.2, 1.0, n + 1)).tolist())

    first, second = edges(3), edges(4)
    source = Geometry("s", tuple(Layer((first, second), (i, i + 1.0), axes) for i in range(3)), layer_fastest)
    rows, columns = edges(2), edges(3)
    target = Geometry("t", tuple(Layer((columns, rows), d, axes[::-1]) for d in ((0.5, 1.2), (1.2, 2.9))), True)
    np.testing.assert_allclose(overlap_matrix(source, target).toarray(), slow_overlap(source, target), atol=1e-14)


def test_other_axes_are_refused():
    with pytest.raises(InputError, match=r"expected layers with axes \('angle', 'r'\), found \('x', 'y'\)"):
        overlap_matrix(one_layer([0, 1], [0, 1]), one_layer([0, 1], [0, 1], axes=("angle", "r")))
