import numpy as np
import pytest

from qgen.files import InputError
from qgen.geometry import Geometry, Layer
from qgen.observables import depth_centre, depth_width, image, layer_energies, occupancy, response
from qgen.showers import Showers

EDGES = ((-2.0, 0.0, 2.0), (-1.0, 1.0))
STACK = Geometry("stack", tuple(Layer(EDGES, (10.0 * i, 10.0 * i + 10), threshold=0.5) for i in range(3)), True)
# Voxel = cell * 3 + layer: layers hold (1, 0.5), (2, 0), (0, 3) MeV.
SHOWERS = Showers([[1, 2, 0, 0.5, 0, 3], [0] * 6], [13.0, 1.0], STACK)


def test_one_number_per_shower():
    np.testing.assert_allclose(layer_energies(SHOWERS), [[1.5, 2, 3], [0, 0, 0]])
    np.testing.assert_allclose(response(SHOWERS), [0.5, 0])
    np.testing.assert_allclose(occupancy(SHOWERS), [3 / 6, 0])
    mean = (1.5 * 5 + 2 * 15 + 3 * 25) / 6.5
    variance = (1.5 * 25 + 2 * 225 + 3 * 625) / 6.5 - mean**2
    np.testing.assert_allclose(depth_centre(SHOWERS), [mean, 0])
    np.testing.assert_allclose(depth_width(SHOWERS), [np.sqrt(variance), 0])


def test_no_showers():
    none = SHOWERS.select(slice(0, 0))
    assert layer_energies(none).shape == (0, 3)
    for observable in (response, occupancy, depth_centre, depth_width):
        assert observable(none).shape == (0,)


def test_image():
    np.testing.assert_array_equal(image(SHOWERS)[0], [[1, 2, 0], [0.5, 0, 3]])
    flat = Showers([[1, 2, 3, 4]], [1.0], Geometry("flat", (Layer((EDGES[0], EDGES[0]), (0.0, 1.0)),)))
    np.testing.assert_array_equal(image(flat)[0], [[1, 2], [3, 4]])


def test_what_is_no_image():
    layers = tuple(Layer(EDGES, (float(i), i + 1.0)) for i in range(3))
    with pytest.raises(InputError, match="expected one layer, or layers of n x 1 cells"):
        image(Showers(np.zeros((1, 6)), [1.0], Geometry("layers first", layers)))
