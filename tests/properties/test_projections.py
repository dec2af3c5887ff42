"""Projections: linear, non-negative, energy-conserving inside the window, one shower at a time."""

from functools import cache
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties.strategies import CALORIMETERS, LARGEST, REPRESENTATIONS, showers

from qgen.files import InputError
from qgen.representations import projection, represent
from qgen.showers import Showers, concatenate

WINDOWS = {
    ("calogan", "image8x8"): ((-120.0, 120.0), (-120.0, 120.0), (0.0, 480.0)),
    ("calogan", "profile8"): ((-240.0, 240.0), (-120.0, 120.0), (0.0, 480.0)),
    ("clic", "image8x8"): ((-63.75, 63.75), (-63.75, 58.65), (0.0, 122.4)),
    ("clic", "profile8"): ((-63.75, 63.75), (-63.75, 63.75), (0.0, 122.4)),
}
"""Axis 0, axis 1 and depth [mm]; dataset 2 and depth3 show everything."""

every = pytest.mark.parametrize(("name", "representation"), list(product(CALORIMETERS, REPRESENTATIONS)))


@cache
def inside(name, representation):
    """The share of every voxel inside the window, cell by cell (none of these windows cuts a radius)."""
    geometry = CALORIMETERS[name]
    window = WINDOWS.get((name, "profile8" if representation == "profile5" else representation))
    shares = np.ones(geometry.n_voxels)
    if window is None:
        return shares
    for layer, index in zip(geometry.layers, geometry.indices, strict=True):
        cells = product(pairwise(layer.edges[0]), pairwise(layer.edges[1]))
        for voxel, cell in zip(index, cells, strict=True):
            for (low, high), (first, last) in zip((*cell, layer.depth), window, strict=True):
                shares[voxel] *= max(0.0, min(high, last) - max(low, first)) / (high - low)
    return shares


def close(a, b):
    """Equal to rounding; the smallest float32 has few digits."""
    np.testing.assert_allclose(a, b, rtol=2e-7, atol=1e-40)


@every
def test_the_energy_inside_the_window_is_conserved(name, representation):
    @given(showers(CALORIMETERS[name], largest=1e30))
    def check(whole):
        shown = represent(whole, representation)
        close(shown.total_energy, whole.voxels @ inside(name, representation))
        assert shown.voxels.min(initial=0) >= 0
        total = whole.total_energy.sum()
        if representation != "native":
            kept = shown.provenance["projection"]["kept"]
            assert kept == pytest.approx((whole.voxels @ inside(name, representation)).sum() / total if total else 1.0)

    check()


@every
def test_it_is_linear(name, representation):
    pair = showers(CALORIMETERS[name], min_size=2, max_size=2)

    @given(pair, st.floats(0, 1e6), st.floats(0, 1e6))
    def check(both, a, b):
        project = projection(CALORIMETERS[name], representation)
        x, y = both.voxels.astype(np.float64)
        combined = project((a * x + b * y)[None])
        np.testing.assert_allclose(combined, a * project(x[None]) + b * project(y[None]), rtol=1e-13)
        assert project.matrix.min() >= 0

    check()


@every
def test_every_shower_is_projected_by_itself(name, representation):
    @given(showers(CALORIMETERS[name], max_size=5, largest=1e30), st.data())
    def check(whole, data):
        n = len(whole)
        index = data.draw(st.lists(st.integers(0, n - 1), max_size=6)) if n else []
        shown = represent(whole, representation)
        chosen = represent(whole.select(index), representation)
        np.testing.assert_array_equal(chosen.voxels, shown.select(index).voxels)
        assert chosen.geometry == shown.geometry
        cut = data.draw(st.integers(0, n))
        parts = [represent(whole.select(part), representation) for part in (slice(cut), slice(cut, None))]
        np.testing.assert_array_equal(concatenate(parts).voxels, shown.voxels)

    check()


@every
def test_none_one_and_empty_showers(name, representation):
    geometry = CALORIMETERS[name]
    for n in (0, 1, 1030):  # projected in slices of 1024
        nothing = represent(Showers(np.zeros((n, geometry.n_voxels)), np.ones(n), geometry), representation)
        assert nothing.voxels.shape == (n, nothing.geometry.n_voxels)
        assert not nothing.voxels.any()
        assert nothing.provenance.get("projection", {}).get("kept", 1.0) == 1.0
        assert represent(nothing, representation) is nothing


@every
def test_what_float32_cannot_hold_is_one_line(name, representation):
    geometry = CALORIMETERS[name]
    full = Showers(np.full((2, geometry.n_voxels), LARGEST), np.ones(2), geometry)
    if representation == "native":
        assert represent(full, representation) is full
    else:
        with pytest.raises(
            InputError, match=r"voxels: expected a finite energy in MeV, found inf at row 0, column \d+$"
        ):
            represent(full, representation)


@pytest.mark.parametrize(
    "representation", ["profile0", "profile1001", "profile99999999999", "profile-1", "", "image", "../x"]
)
def test_other_representations_are_refused(representation):
    with pytest.raises(InputError, match="representation: expected one of"):
        projection(CALORIMETERS["clic"], representation)
