"""What hypothesis draws: any geometry, and any valid showers in it."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from qgen.datasets.calochallenge import BUILT_IN
from qgen.datasets.calogan import GEOMETRY as CALOGAN
from qgen.datasets.clic import GEOMETRY as CLIC
from qgen.geometry import Geometry, Layer
from qgen.showers import Showers

CALORIMETERS = {"calogan": CALOGAN, "clic": CLIC, "calochallenge/2": BUILT_IN[6480]}
REPRESENTATIONS = ("native", "image8x8", "profile8", "profile5", "depth3")
LARGEST = float(np.finfo(np.float32).max)
SMALLEST = float(np.finfo(np.float32).smallest_subnormal)

energies = st.floats(0, LARGEST, width=32)
"""Any energy of a voxel [MeV]: zero, subnormal, huge."""
incident_energies = st.floats(1e-29, 1e29)
words = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=12)


def edges(low=-1e6, high=1e6, max_bins=4):
    """Increasing edges of 1 to max_bins bins."""
    drawn = st.lists(st.floats(low, high), min_size=2, max_size=max_bins + 1, unique=True)
    return drawn.map(sorted).map(tuple)


@st.composite
def geometries(draw):
    """1 to 3 layers of up to 4 x 4 cells each; numbered with the layer fastest where they are all of one shape."""
    polar = draw(st.booleans())
    axes = ("angle", "r") if polar else ("x", "y")
    second = edges(0, 1e3) if polar else edges()
    equal = draw(st.booleans())
    grid = draw(edges()), draw(second)
    layers = tuple(
        Layer(
            grid if equal else (draw(edges()), draw(second)),
            draw(edges(max_bins=1)),
            axes,
            draw(st.floats(0, 100)),
            label,
        )
        for label in range(draw(st.integers(1, 3)))
    )
    return Geometry(f"my-{draw(words)}", layers, equal and draw(st.booleans()))


@st.composite
def showers(draw, geometry, *, min_size=0, max_size=4, largest=LARGEST):
    """Valid showers: a row is without energy, one voxel, some voxels or all voxels, of any magnitude."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(min_size, max_size))
    voxels = np.zeros((n, geometry.n_voxels), dtype=np.float32)
    for row in voxels:
        filled = draw(st.sampled_from([0, 1, 5, geometry.n_voxels]))
        scale = draw(st.sampled_from([SMALLEST, 1e-30, 1e-3, 1.0, 1e5, 1e30, LARGEST]))
        where = rng.permutation(geometry.n_voxels)[:filled]
        row[where] = min(scale, largest) * rng.random(len(where))
    incident = draw(st.lists(incident_energies, min_size=n, max_size=n))
    return Showers(voxels, np.array(incident, dtype=np.float64), geometry)


def without_threshold(geometry):
    """The geometry with a threshold of 0 in every layer."""
    return replace(geometry, layers=tuple(replace(layer, threshold=0.0) for layer in geometry.layers))
