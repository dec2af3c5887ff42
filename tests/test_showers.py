import dataclasses
import math

import h5py
import numpy as np
import pytest

from qgen.files import InputError
from qgen.geometry import Geometry, Layer
from qgen.showers import Showers, concatenate, write_group

UNEQUAL = Geometry(
    "box",
    (
        Layer(((0.0, 1.0, 3.0), (-2.0, 0.0, 4.0, 5.0)), (0.0, 10.0), threshold=0.5),
        Layer(((0.0, 2.0), (0.0, 1.0)), (10.0, 11.0), axes=("phi", "eta"), label=7),
    ),
)
CUBE = Geometry(
    "cube",
    tuple(Layer(((0.0, 1.0, 2.0), (0.0, 1.0, 2.0, 3.0)), (z, z + 1.0), label=int(z)) for z in range(4)),
    layer_fastest=True,
    representation="image8x8",
)


def make(n=10, geometry=UNEQUAL, seed=0, **fields):
    rng = np.random.default_rng(seed)
    voxels = rng.gamma(0.5, 10.0, (n, geometry.n_voxels)).astype(np.float32)
    return Showers(voxels, rng.uniform(1e3, 1e5, n), geometry, **fields)


def assert_same(a, b):
    np.testing.assert_array_equal(a.voxels, b.voxels)
    np.testing.assert_array_equal(a.incident_energy, b.incident_energy)
    assert (a.geometry, a.particle, dict(a.provenance)) == (b.geometry, b.particle, dict(b.provenance))
    assert a.extras.keys() == b.extras.keys()
    for name in a.extras:
        np.testing.assert_array_equal(a.extras[name], b.extras[name])


# --- Layer and Geometry ---


def test_layer_counts_and_centres():
    layer = UNEQUAL.layers[0]
    assert (layer.shape, layer.n_voxels, layer.polar) == ((2, 3), 6, False)
    np.testing.assert_array_equal(layer.centres[0], [0.5, 2.0])
    np.testing.assert_array_equal(layer.centres[1], [-1.0, 2.0, 4.5])
    x, y = layer.xy
    np.testing.assert_array_equal(x, [0.5, 0.5, 0.5, 2.0, 2.0, 2.0])
    np.testing.assert_array_equal(y, [-1.0, 2.0, 4.5, -1.0, 2.0, 4.5])


def test_polar_cells_lie_at_r_cos_and_r_sin():
    layer = Layer(((-math.pi, 0.0, math.pi), (0.0, 2.0, 4.0)), (0.0, 1.0), axes=("angle", "r"))
    assert layer.polar
    x, y = layer.xy
    np.testing.assert_allclose(x, 0.0, atol=1e-15)
    np.testing.assert_allclose(y, [-1.0, -3.0, 1.0, 3.0], rtol=1e-15)


@pytest.mark.parametrize("edges", [((0.0,), (0.0, 1.0)), ((0.0, 0.0), (0.0, 1.0)), ((0.0, 1.0), (1.0, 0.0))])
def test_bin_edges_must_increase(edges):
    with pytest.raises(InputError, match=r"bin edges of axis '[xy]' must increase"):
        Layer(edges, (0.0, 1.0))


def test_depth_must_increase():
    with pytest.raises(InputError, match="layer 3: depth must increase"):
        Layer(((0.0, 1.0), (0.0, 1.0)), (1.0, 1.0), label=3)


def test_geometry_refuses_what_it_cannot_number():
    with pytest.raises(InputError, match="at least one layer"):
        Geometry("empty", ())
    with pytest.raises(InputError, match="layers of equal shape"):
        Geometry("unequal", UNEQUAL.layers, layer_fastest=True)


def test_voxels_are_numbered_layer_by_layer():
    assert UNEQUAL.n_voxels == 7
    assert [index.tolist() for index in UNEQUAL.indices] == [[0, 1, 2, 3, 4, 5], [6]]
    np.testing.assert_array_equal(UNEQUAL.thresholds, np.float32([0.5] * 6 + [0.0]))


def test_layer_fastest_numbers_as_an_array_x_y_z():
    array = np.arange(CUBE.n_voxels).reshape(2, 3, 4)
    for z, index in enumerate(CUBE.indices):
        np.testing.assert_array_equal(index.reshape(2, 3), array[:, :, z])
    showers = make(2, CUBE)
    np.testing.assert_array_equal(showers.layer(3), showers.voxels.reshape(2, 2, 3, 4)[..., 3])


@pytest.mark.parametrize("geometry", [UNEQUAL, CUBE])
def test_geometry_survives_json(geometry):
    assert Geometry.from_json(geometry.to_json()) == geometry


@pytest.mark.parametrize("text", ["", "{}", "[]", "3", '{"name": "a", "layers": [{}]}', '{"layers": 1}'])
def test_other_json_is_refused(text):
    with pytest.raises(InputError, match="expected the JSON text of a Geometry"):
        Geometry.from_json(text)


# --- Showers: what it takes and keeps ---


def test_types_length_and_repr():
    showers = Showers(np.ones((3, 7), dtype=int), [1, 2, 3], UNEQUAL, particle="e-")
    assert (showers.voxels.dtype, showers.incident_energy.dtype, len(showers)) == (np.float32, np.float64, 3)
    assert repr(showers) == "Showers(3 x 7 voxels, e-, geometry='box', representation='native')"


@pytest.mark.parametrize(
    ("row", "column", "value", "message"),
    [
        (2, 5, np.nan, "expected a finite energy in MeV, found nan at row 2, column 5"),
        (0, 0, np.inf, "expected a finite energy in MeV, found inf at row 0, column 0"),
        (1, 6, -1e-3, "expected an energy >= 0 MeV, found -0.001.* at row 1, column 6"),
        (1, 6, 1e39, "expected a finite energy in MeV, found inf at row 1, column 6"),
    ],
)
def test_a_bad_voxel_is_named_by_row_and_column(row, column, value, message):
    voxels = np.ones((3, 7))
    voxels[row, column] = value
    with pytest.raises(InputError, match=f"voxels: {message}"):
        Showers(voxels, np.ones(3), UNEQUAL)


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_a_bad_energy_is_named_by_row(value):
    with pytest.raises(InputError, match=f"incident_energy: expected a finite energy > 0 MeV, found {value} at row 1"):
        Showers(np.ones((3, 7)), [1.0, value, 1.0], UNEQUAL)


@pytest.mark.parametrize(
    ("voxels", "energy", "message"),
    [
        (np.ones((3, 8)), np.ones(3), r"voxels: expected shape \(n_showers, 7\) .* found \(3, 8\)"),
        (np.ones(7), np.ones(1), r"voxels: expected shape \(n_showers, 7\) .* found \(7,\)"),
        (np.ones((3, 7)), np.ones(2), r"incident_energy: expected shape \(3,\).* found \(2,\)"),
        (np.ones((3, 7)), np.ones((3, 1)), r"incident_energy: expected shape \(3,\).* found \(3, 1\)"),
        (np.ones((3, 7), dtype=complex), np.ones(3), "voxels: expected real numbers, found type complex128"),
        (np.ones((3, 7)), np.array(["1"] * 3), "incident_energy: expected real numbers, found type <U1"),
    ],
)
def test_wrong_shapes_and_types(voxels, energy, message):
    with pytest.raises(InputError, match=message):
        Showers(voxels, energy, UNEQUAL)


def test_extras_need_a_row_for_each_shower():
    with pytest.raises(InputError, match=r"extras\['overflow'\]: expected 3 rows, found 2"):
        Showers(np.ones((3, 7)), np.ones(3), UNEQUAL, extras={"overflow": np.ones(2)})


def test_arrays_are_read_only_and_the_callers_stay_writable():
    voxels = np.ones((3, 7), dtype=np.float32)
    showers = Showers(voxels, np.ones(3), UNEQUAL)
    with pytest.raises(ValueError, match="read-only"):
        showers.voxels[0, 0] = 2.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        showers.particle = "mu-"
    voxels[0, 0] = 2.0


def test_total_energy_is_summed_in_double_precision():
    voxels = np.full((1, 7), 0.1, dtype=np.float32)
    voxels[0, 0] = 2.0**24
    assert Showers(voxels, [1.0], UNEQUAL).total_energy[0] == 2.0**24 + 6 * float(np.float32(0.1))


# --- selecting, splitting, joining ---


def test_select_takes_slices_masks_and_indices():
    showers = make(extras={"angle": np.arange(10.0)}, particle="e+", provenance={"seed": 3})
    for index in (slice(2, 5), [2, 3, 4], np.isin(np.arange(10), [2, 3, 4])):
        part = showers.select(index)
        np.testing.assert_array_equal(part.voxels, showers.voxels[2:5])
        np.testing.assert_array_equal(part.extras["angle"], [2.0, 3.0, 4.0])
        assert (part.particle, part.provenance) == ("e+", {"seed": 3})
    assert len(showers.select([])) == 0
    np.testing.assert_array_equal(showers.select([7, 1]).voxels, showers.voxels[[7, 1]])


@pytest.mark.parametrize(("n", "fraction", "first"), [(10, 0.7, 7), (11, 0.5, 6), (10, 0.0, 0), (10, 1.0, 10)])
def test_split_is_a_seeded_partition(n, fraction, first):
    showers = make(n, extras={"id": np.arange(n)})
    a, b = showers.split(fraction, seed=4)
    assert (len(a), len(b)) == (first, n - first)
    assert sorted([*a.extras["id"], *b.extras["id"]]) == list(range(n))
    again, _ = showers.split(fraction, seed=4)
    assert_same(a, again)


def test_split_depends_on_the_seed_and_checks_the_fraction():
    showers = make(100, extras={"id": np.arange(100)})
    assert showers.split(0.5, seed=0)[0].extras["id"].tolist() != showers.split(0.5, seed=1)[0].extras["id"].tolist()
    with pytest.raises(InputError, match=r"expected a fraction between 0 and 1, found 1\.5"):
        showers.split(1.5, seed=0)


def test_concatenate_undoes_slicing():
    showers = make(extras={"id": np.arange(10)}, particle="pi+")
    assert_same(concatenate([showers.select(slice(0, 4)), showers.select(slice(4, 10))]), showers)


def test_concatenate_needs_parts_of_one_geometry():
    with pytest.raises(InputError, match="at least one Showers"):
        concatenate([])
    with pytest.raises(InputError, match=r"one geometry, found \['box', 'cube'\]"):
        concatenate([make(), make(geometry=CUBE)])


# --- files ---


@pytest.mark.parametrize("geometry", [UNEQUAL, CUBE])
def test_save_and_load_give_back_everything(tmp_path, geometry):
    showers = make(
        geometry=geometry,
        particle="gamma",
        provenance={"seeds": np.array([1, 2]), "cut": np.float64(0.7), "note": "µ", "nested": {"a": [1, None]}},
        extras={"overflow": np.arange(30.0).reshape(10, 3)},
    )
    showers.save(tmp_path / "a.hdf5")
    plain = {"seeds": [1, 2], "cut": 0.7, "note": "µ", "nested": {"a": [1, None]}}
    loaded = Showers.load(tmp_path / "a.hdf5")
    assert_same(loaded, dataclasses.replace(showers, provenance=plain))
    part = Showers.load(tmp_path / "a.hdf5", start=3, stop=5)
    assert_same(part, loaded.select(slice(3, 5)))


def test_the_file_has_calochallenges_names_shapes_and_units(tmp_path):
    showers = make()
    showers.save(tmp_path / "a.hdf5")
    with h5py.File(tmp_path / "a.hdf5") as file:
        np.testing.assert_array_equal(file["incident_energies"][:, 0], showers.incident_energy)
        np.testing.assert_array_equal(file["showers"][()], showers.voxels)


def test_no_showers_can_be_saved_too(tmp_path):
    empty = make().select([])
    empty.save(tmp_path / "a.hdf5")
    assert_same(Showers.load(tmp_path / "a.hdf5"), empty)


def test_a_failed_save_leaves_the_old_file(tmp_path):
    showers = make()
    showers.save(tmp_path / "a.hdf5")
    with pytest.raises(TypeError, match="expected plain values, found object"):
        make(provenance={"what": object()}).save(tmp_path / "a.hdf5")
    assert_same(Showers.load(tmp_path / "a.hdf5"), showers)
    assert [path.name for path in tmp_path.iterdir()] == ["a.hdf5"]


def test_load_says_what_is_wrong(tmp_path):
    with pytest.raises(InputError, match=r"missing\.hdf5: expected an HDF5 file written by Showers\.save"):
        Showers.load(tmp_path / "missing.hdf5")
    (tmp_path / "text.hdf5").write_text("not HDF5")
    with pytest.raises(InputError, match=r"text\.hdf5: expected an HDF5 file"):
        Showers.load(tmp_path / "text.hdf5")
    with h5py.File(tmp_path / "other.hdf5", "w") as file:
        file["x"] = [1]
    with pytest.raises(InputError, match=r"other\.hdf5: expected an HDF5 file"):
        Showers.load(tmp_path / "other.hdf5")


def test_write_group_fits_into_a_larger_file(tmp_path):
    showers = make()
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        write_group(file.create_group("test"), showers)
        assert file["test/showers"].shape == (10, 7)


def test_between_takes_the_lower_end():
    showers = dataclasses.replace(make(4), incident_energy=np.array([1e3, 2e3, 3e3, 4e3]))
    np.testing.assert_array_equal(showers.between(2e3, 4e3), [False, True, True, False])
