"""Observables and feature sets: finite for every valid shower, with the scale and the rows of what they measure."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from properties.strategies import CALORIMETERS, LARGEST, REPRESENTATIONS, showers, without_threshold

from qgen import observables
from qgen.files import InputError
from qgen.geometry import Geometry, Layer
from qgen.observables._moments import radii
from qgen.representations import represent
from qgen.showers import Showers

PI = float(np.pi)
DATASET_1 = Geometry(
    "calochallenge/1",
    tuple(
        Layer((angles, r), (float(depth), depth + 1.0), ("angle", "r"), 1.0, label)
        for depth, (label, angles, r) in enumerate(
            [(0, (-PI, PI), (0.0, 5.0, 10.0)), (1, (-PI, 0.0, PI), (0.0, 2.0)), (12, (-PI, PI), (0.0, 100.0, 400.0))]
        )
    ),
)
GEOMETRIES = {**CALORIMETERS, "calochallenge/1": DATASET_1}
MADE = [(name, shown) for name, shown in product(GEOMETRIES, REPRESENTATIONS)]
every = pytest.mark.parametrize(("name", "representation"), MADE)

SCALING = ("E_tot", "E_layer", "lateral_depth")
"""Observables in MeV; all others have no unit of energy."""


def measured(shown):
    """Every observable and feature set that showers of a geometry have, as columns by name."""
    geometry = shown.geometry
    columns = dict(observables.calochallenge(shown)) | dict(observables.calogan(shown))
    columns |= {f"layer_energies/{i}": e for i, e in enumerate(observables.layer_energies(shown).T)}
    for name in ("depth_centre", "depth_width", "occupancy", "response"):
        columns[name] = getattr(observables, name)(shown)
    sets = {observables.feature_set(geometry, n_reference=n) for n in (1, 10**6)} | {"groups"}
    for name in sorted(sets):
        values, names = observables.features(shown, name)
        assert values.shape == (len(shown), len(names))
        columns |= {f"{name}: {key}": column for key, column in zip(names, values.T, strict=True)}
    if geometry.representation == "image8x8":
        columns["image"] = observables.image(shown).reshape(len(shown), 64)
    return columns


@every
def test_finite_for_every_shower(name, representation):
    @settings(max_examples=20)
    @given(showers(GEOMETRIES[name], largest=1e30))
    def check(whole):
        for key, column in measured(represent(whole, representation)).items():
            assert len(column) == len(whole), key
            assert np.isfinite(column).all(), key

    check()


@pytest.mark.parametrize("name", GEOMETRIES)
def test_finite_for_the_largest_energies(name):
    geometry = GEOMETRIES[name]
    full = Showers(np.full((2, geometry.n_voxels), LARGEST), [1e-30, 1e30], geometry)
    flat = Geometry("flat", (Layer(((0.0, 1.0), (0.0, 1.0, 2.0)), (0.0, 1.0)),), representation="profile2")
    for whole in (full, Showers(np.full((2, 2), LARGEST), [1e-30, 1e30], flat)):
        for key, column in measured(whole).items():
            assert np.isfinite(column).all(), key


@every
def test_the_rows_are_those_of_the_showers(name, representation):
    @settings(max_examples=10)
    @given(showers(GEOMETRIES[name], min_size=1, max_size=4, largest=1e30), st.randoms(use_true_random=False))
    def check(whole, random):
        order = random.sample(range(len(whole)), len(whole))
        shown = represent(whole, representation)
        straight, shuffled = measured(shown), measured(shown.select(order))
        for key, column in straight.items():
            np.testing.assert_allclose(shuffled[key], column[order], rtol=1e-12, atol=1e-6, err_msg=key)

    check()


@pytest.mark.parametrize("name", GEOMETRIES)
def test_energies_scale_and_shapes_do_not(name):
    """By powers of 2, which are exact, and far above the published 1e-6 MeV that keep denominators from 0."""
    geometry = without_threshold(GEOMETRIES[name])
    rng = np.random.default_rng(3)
    voxels = rng.uniform(1e3, 1e6, (6, geometry.n_voxels)) * (rng.random((6, geometry.n_voxels)) < 0.5)
    whole = Showers(voxels, np.full(6, 1e5), geometry)
    published = observables.calochallenge, observables.calogan
    energies = observables.response, observables.layer_energies
    shapes = observables.depth_centre, observables.depth_width, observables.occupancy
    before = {of: of(whole) for of in (*published, *energies, *shapes)}

    @settings(max_examples=6)
    @given(st.integers(0, 40).map(lambda power: 2.0**power))
    def check(factor):
        scaled = replace(whole, voxels=whole.voxels * np.float32(factor))
        for of in published:
            for key, column in of(scaled).items():
                expected = before[of][key] * (factor if key.split("/")[0] in SCALING else 1.0)
                np.testing.assert_allclose(column, expected, rtol=1e-6, atol=1e-2, err_msg=key)
        for of in energies:
            np.testing.assert_array_equal(of(scaled), before[of] * factor)
        for of in shapes:
            np.testing.assert_allclose(of(scaled), before[of], rtol=1e-12)

    check()


@pytest.mark.parametrize("name", GEOMETRIES)
def test_one_voxel_is_where_it_is(name):
    geometry = without_threshold(GEOMETRIES[name])

    @given(st.integers(0, geometry.n_voxels - 1), st.floats(1e-2, 1e20))
    def check(voxel, energy):
        voxels = np.zeros((1, geometry.n_voxels))
        voxels[0, voxel] = energy
        one = Showers(voxels, [1e3], geometry)
        ((number, cell),) = [
            (i, list(index).index(voxel)) for i, index in enumerate(geometry.indices) if voxel in index
        ]
        layer = geometry.layers[number]
        found = observables.calochallenge(one)
        assert found[f"E_layer/{layer.label}"][0] == pytest.approx(energy)
        assert found[f"sparsity/{layer.label}"][0] == pytest.approx(1 - 1 / layer.n_voxels)
        assert found[f"EC_r/{layer.label}"][0] == pytest.approx(radii(layer)[cell])
        assert found[f"width_r/{layer.label}"][0] == pytest.approx(0, abs=1e-4)
        if layer.shape[0] > 1 and layer.polar:
            x, y = (position[cell] for position in layer.xy)
            assert found[f"EC_eta/{layer.label}"][0] == pytest.approx(x)
            assert found[f"EC_phi/{layer.label}"][0] == pytest.approx(y)
        assert observables.occupancy(one)[0] == pytest.approx(1 / geometry.n_voxels)
        assert observables.depth_centre(one)[0] == pytest.approx(sum(layer.depth) / 2)
        assert observables.depth_width(one)[0] == pytest.approx(0, abs=1e-4)
        calogan = observables.calogan(one)
        assert calogan["depth"][0] == number
        assert calogan["shower_depth"][0] == pytest.approx(number)
        assert calogan[f"efrac/{layer.label}"][0] == pytest.approx(1)
        assert calogan[f"eratio/{layer.label}"][0] == pytest.approx(1, rel=1e-3)

    check()


@every
def test_a_shower_without_energy_has_zeros(name, representation):
    geometry = GEOMETRIES[name]
    nothing = represent(Showers(np.zeros((2, geometry.n_voxels)), [1e3, 1e5], geometry), representation)
    for key, column in measured(nothing).items():
        last = key.rpartition(": ")[2].split("/")[0]
        expected = {"sparsity": 1.0, "log_E_inc": [3.0, 5.0]}.get(last, 0.0)
        if last.startswith("log_") and last != "log_E_inc":
            expected = -8.0 if key.startswith("calochallenge: ") and "log_E" in last else -3.0
        np.testing.assert_allclose(column, expected, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("of", [observables.calochallenge, observables.calogan])
def test_layers_of_one_label_do_not_hide_each_other(of):
    layer = DATASET_1.layers[0]
    twins = Geometry("twins", (layer, replace(layer, depth=(1.0, 2.0))))
    with pytest.raises(InputError, match="geometry 'twins': expected layers of different labels"):
        of(Showers(np.ones((1, twins.n_voxels)), [1.0], twins))
