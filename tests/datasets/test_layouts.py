"""Every public layout: what its files become, and what becomes of Showers written to it."""

import math
from dataclasses import replace

import h5py
import numpy as np
import pytest
from layout_files import ENERGY, GEV, contents, write

from qgen.datasets import detect, load, save
from qgen.datasets.calochallenge import BUILT_IN, calochallenge, read_binning
from qgen.datasets.calogan import GEOMETRY as CALOGAN
from qgen.datasets.clic import GEOMETRY as CLIC
from qgen.files import InputError
from qgen.geometry import Geometry, Layer
from qgen.showers import Showers

DATASET_2, DATASET_3 = BUILT_IN[6480], BUILT_IN[40500]
IMAGE = Geometry(
    "clic",
    tuple(Layer(((0.0, 1.0, 2.0), (0.0, 9.0)), (z, z + 1.0), axes=("y", "x"), label=int(z)) for z in range(3)),
    layer_fastest=True,
    representation="profile3",
)


def showers_in(geometry, n=6, seed=1):
    """Showers whose values use all bits of their types."""
    rng = np.random.default_rng(seed)
    voxels = rng.gamma(0.3, 5.0, (n, geometry.n_voxels)).astype(np.float32)
    return Showers(voxels, rng.uniform(1e3, 1e5, n), geometry, particle="mu-", provenance={"seed": 5, "versions": {}})


# --- geometry facts ---


def test_calogan_has_three_layers_of_unequal_cells_behind_one_face():
    assert CALOGAN.n_voxels == 504
    assert [layer.shape for layer in CALOGAN.layers] == [(3, 96), (12, 12), (12, 6)]
    assert [layer.depth for layer in CALOGAN.layers] == [(0, 90), (90, 437), (437, 480)]
    cells = [tuple(np.diff(edges) for edges in layer.edges) for layer in CALOGAN.layers]
    for (phi, eta), (width, height) in zip(cells, [(160, 5), (40, 40), (40, 80)], strict=True):
        np.testing.assert_allclose(phi, width, rtol=1e-12)
        np.testing.assert_allclose(eta, height, rtol=1e-12)
        assert phi.sum() * eta.sum() == pytest.approx(480**2)
    assert {layer.axes for layer in CALOGAN.layers} == {("phi", "eta")}
    np.testing.assert_allclose(CALOGAN.layers[0].centres[0], [-160, 0, 160], atol=1e-12)
    assert CALOGAN.layers[0].centres[1][[0, -1]].tolist() == [-237.5, 237.5]


def test_calogan_voxels_run_through_the_layers_with_eta_fastest(tmp_path):
    fields = contents("calogan")
    showers = load(write(tmp_path / "a.hdf5", fields))
    assert showers.voxels[7, 2 * 96 + 5] == fields["layer_0"][7, 2, 5]
    assert showers.voxels[7, 288 + 3 * 12 + 4] == fields["layer_1"][7, 3, 4]
    assert showers.voxels[7, 432 + 11 * 6 + 1] == fields["layer_2"][7, 11, 1]


@pytest.mark.parametrize(("geometry", "angles", "radii"), [(DATASET_2, 16, 9), (DATASET_3, 50, 18)])
def test_datasets_2_and_3_are_cylinders(geometry, angles, radii):
    assert (len(geometry.layers), geometry.n_voxels) == (45, 45 * angles * radii)
    for i, layer in enumerate(geometry.layers):
        assert (layer.shape, layer.axes, layer.label) == ((angles, radii), ("angle", "r"), i)
        assert layer.depth == pytest.approx((3.4 * i, 3.4 * (i + 1)))
        assert layer.threshold == pytest.approx(0.01515, rel=1e-3)
    angle, r = geometry.layers[0].edges
    assert angle[0] == -math.pi
    np.testing.assert_allclose(np.diff(r), 41.85 / radii, rtol=1e-5)
    areas = np.diff(angle)[:, None] * np.diff(np.square(r)) / 2
    assert areas.sum() == pytest.approx(math.pi * 41.85**2)
    x, y = geometry.layers[0].xy
    middle = -math.pi + math.pi / angles
    assert (x[0], y[0]) == pytest.approx((r[1] / 2 * math.cos(middle), r[1] / 2 * math.sin(middle)))


def test_dataset_2_voxels_have_the_radius_fastest_then_the_angle(tmp_path):
    fields = contents("calochallenge", n=3)
    showers = load(write(tmp_path / "a.hdf5", fields))
    grid = fields["showers"].reshape(3, 45, 16, 9)
    for i in (0, 17, 44):
        np.testing.assert_array_equal(showers.layer(i), grid[:, i])


def test_clic_is_a_cube_numbered_x_y_z(tmp_path):
    assert CLIC.n_voxels == 25**3
    for z, layer in enumerate(CLIC.layers):
        assert layer.depth == pytest.approx((5.1 * z, 5.1 * (z + 1)))
        for centres in layer.centres:
            np.testing.assert_allclose(centres, 5.1 * (np.arange(25) - 12), atol=1e-9)
    x, y = CLIC.layers[0].xy
    assert (x[3 * 25 + 20], y[3 * 25 + 20]) == pytest.approx((5.1 * -9, 5.1 * 8))
    fields = contents("clic", n=2)
    showers = load(write(tmp_path / "a.hdf5", fields))
    assert showers.voxels[1, (3 * 25 + 20) * 25 + 11] == fields["ECAL"][1, 3, 20, 11] * np.float32(1000)
    np.testing.assert_array_equal(showers.layer(11), fields["ECAL"][..., 11] * np.float32(1000))


# --- from a file and back ---


def test_units_and_what_is_kept(tmp_path, layout):
    fields = contents(layout)
    showers = load(write(tmp_path / "a.hdf5", fields, {"particle": "e+", "seeds": [1, 2], "geant4": "11.4.0"}))
    in_mev = {name: values.astype(float) * (1000 if name in GEV[layout] else 1) for name, values in fields.items()}
    np.testing.assert_array_equal(showers.incident_energy, in_mev[ENERGY[layout]][:, 0])
    deposited = sum(
        values.reshape(20, -1).sum(1) for name, values in in_mev.items() if name not in (ENERGY[layout], "overflow")
    )
    np.testing.assert_allclose(showers.total_energy, deposited, rtol=1e-6)
    assert showers.particle == "e+"
    assert showers.provenance == {"origin": "a.hdf5", "seeds": [1, 2], "geant4": "11.4.0"}


def test_a_file_comes_back_bitwise(tmp_path, layout):
    """CLIC's values change unit (GeV, MeV), which is exact for up to 17 bits of mantissa: here 11."""
    fields = {name: _eleven_bits(values) for name, values in contents(layout).items()}
    save(load(write(tmp_path / "a.hdf5", fields)), tmp_path / "b.hdf5")
    with h5py.File(tmp_path / "b.hdf5") as file:
        assert set(file) == set(fields)
        for name, values in fields.items():
            np.testing.assert_array_equal(file[name][()], values)


@pytest.mark.parametrize("geometry", [CALOGAN, DATASET_2, CLIC, IMAGE], ids=lambda g: f"{g.name}-{g.representation}")
def test_showers_come_back(tmp_path, geometry):
    """Voxels bitwise, but for CLIC's float32 in GeV: 1 unit in the last place, as for energies in GeV."""
    showers = replace(showers_in(geometry), extras={"overflow": np.arange(18.0).reshape(6, 3), "angle": np.arange(6)})
    save(showers, tmp_path / "a.hdf5")
    again = load(tmp_path / "a.hdf5")
    in_gev = geometry.representation == "native" and geometry.name in ("calogan", "clic")
    np.testing.assert_array_max_ulp(again.incident_energy, showers.incident_energy, maxulp=int(in_gev))
    np.testing.assert_array_max_ulp(again.voxels, showers.voxels, maxulp=int(geometry is CLIC))
    assert (again.geometry, again.particle, again.provenance) == (geometry, "mu-", showers.provenance)
    assert again.extras.keys() == showers.extras.keys()
    for name, values in showers.extras.items():
        np.testing.assert_array_equal(again.extras[name], values)
    save(again, tmp_path / "b.hdf5")
    np.testing.assert_array_equal(load(tmp_path / "b.hdf5").particle, "mu-")


@pytest.mark.parametrize(
    ("geometry", "written", "read"),
    [(CALOGAN, "calogan", "calogan"), (CLIC, "clic", "clic"), (DATASET_3, None, "native"), (IMAGE, None, "native")],
)
def test_the_public_layout_of_a_geometry_is_the_default(tmp_path, geometry, written, read):
    save(showers_in(geometry, n=1), tmp_path / "a.hdf5")
    assert detect(tmp_path / "a.hdf5") == read
    names = {"calogan": {"energy", "layer_0", "layer_1", "layer_2"}, "clic": {"energy", "ECAL"}}
    with h5py.File(tmp_path / "a.hdf5") as file:
        assert set(file) == names.get(written, {"incident_energies", "showers"})


def test_any_geometry_can_be_written_in_calochallenges_names(tmp_path):
    showers = showers_in(CLIC, n=2)
    save(showers, tmp_path / "a.hdf5", layout="calochallenge")
    for layout in (None, "native", calochallenge):
        np.testing.assert_array_equal(load(tmp_path / "a.hdf5", layout=layout).voxels, showers.voxels)


@pytest.mark.parametrize(("geometry", "layout"), [(CLIC, "calogan"), (CALOGAN, "clic"), (IMAGE, "clic")])
def test_a_layout_refuses_other_geometries(tmp_path, geometry, layout):
    with pytest.raises(InputError, match=f"save: layout '{layout}' expects .* found geometry '{geometry.name}'"):
        save(showers_in(geometry), tmp_path / "a.hdf5", layout=layout)
    assert list(tmp_path.iterdir()) == []


# --- what only one of the layouts has ---


def test_calogan_keeps_the_overflow_which_may_be_missing(tmp_path):
    fields = contents("calogan")
    showers = load(write(tmp_path / "a.hdf5", fields))
    np.testing.assert_array_equal(showers.extras["overflow"], fields["overflow"])
    del fields["overflow"]
    assert load(write(tmp_path / "b.hdf5", fields)).extras == {}


@pytest.mark.parametrize(
    ("layout", "name", "particle"),
    [
        ("calogan", "eplus.hdf5", "e+"),
        ("calogan", "gamma.hdf5", "gamma"),
        ("calogan", "piplus.hdf5", "pi+"),
        ("calogan", "mine.hdf5", "unknown"),
        ("calochallenge", "dataset_2_1.hdf5", "e-"),
        ("clic", "EleEscan_1_1.h5", "e-"),
    ],
)
def test_the_particle_of_published_files(tmp_path, layout, name, particle):
    path = write(tmp_path / name, contents(layout))
    assert load(path).particle == particle
    assert load(path, particle="mu+").particle == "mu+"


def test_clic_reads_energies_of_older_files(tmp_path):
    fields = contents("clic")
    energy = fields.pop("energy")
    flat = load(write(tmp_path / "flat.h5", {**fields, "energy": energy[:, 0]}))
    target = np.column_stack([np.full(20, 11), energy[:, 0]])
    old = load(write(tmp_path / "old.h5", {**fields, "target": target}))
    np.testing.assert_array_equal(flat.incident_energy, energy[:, 0].astype(float) * 1000)
    np.testing.assert_array_equal(old.incident_energy, flat.incident_energy)
    np.testing.assert_array_equal(old.voxels, flat.voxels)


def test_dataset_1_takes_its_geometry_from_the_binning(tmp_path, binning):
    rng = np.random.default_rng(0)
    fields = {"incident_energies": np.full((4, 1), 1024.0), "showers": rng.random((4, 25)) * 80}
    path = write(tmp_path / "dataset_1_photons_1.hdf5", fields)
    showers = load(path, binning=binning)
    layers = showers.geometry.layers
    assert (showers.geometry.name, showers.particle) == ("calochallenge/1", "gamma")
    assert [layer.label for layer in layers] == [0, 1, 12]
    assert [layer.shape for layer in layers] == [(1, 3), (10, 2), (1, 2)]
    assert [layer.depth for layer in layers] == [(0, 1), (1, 2), (2, 3)]
    assert {layer.threshold for layer in layers} == {1.0}
    assert layers[0].edges == ((-math.pi, math.pi), (0.0, 5.0, 10.0, 30.0))
    np.testing.assert_array_equal(showers.layer(1)[:, 3, 1], fields["showers"][:, 3 + 3 * 2 + 1].astype(np.float32))
    save(showers, tmp_path / "mine.hdf5")
    assert load(tmp_path / "mine.hdf5").geometry == showers.geometry


def test_dataset_1_without_its_binning_says_what_to_type(tmp_path):
    fields = {"incident_energies": np.ones((4, 1)), "showers": np.ones((4, 368))}
    with pytest.raises(InputError, match=r"'showers': found 368 voxels, expected 6480 .* qgen\.load\(path, binning="):
        load(write(tmp_path / "a.hdf5", fields))


def test_a_binning_must_describe_the_file(tmp_path, binning):
    fields = {"incident_energies": np.ones((4, 1)), "showers": np.ones((4, 26))}
    with pytest.raises(InputError, match=r"found 26 voxels, .*binning\.xml describes 25 \(gamma\)"):
        load(write(tmp_path / "a.hdf5", fields), binning=binning)


def test_a_binning_with_several_particles_needs_one_named(tmp_path, binning):
    text = binning.read_text()
    entry = text[text.index("  <Bin ") : text.index("</Bins>")]
    binning.write_text("<Bins>" + entry + entry.replace('pid="22"', 'pid="211"') + "</Bins>")
    assert set(read_binning(binning)) == {"gamma", "pi+"}
    path = write(tmp_path / "a.hdf5", {"incident_energies": np.full((2, 1), 1e3), "showers": np.full((2, 25), 40.0)})
    assert load(path, binning=binning, particle="pi+").particle == "pi+"
    with pytest.raises(InputError, match=r"describes 25 \(gamma\), 25 \(pi\+\)"):
        load(path, binning=binning)


def test_a_binning_of_dataset_2_is_compared_with_what_is_known(tmp_path):
    radii = ",".join(f"{4.65 * i:.2f}".rstrip("0").rstrip(".") for i in range(10))
    layer = '<Layer id="{}" r_edges="{}" n_bin_alpha="{}"/>'
    binning = tmp_path / "binning_dataset_2.xml"
    path = write(tmp_path / "a.hdf5", contents("calochallenge", n=2))
    for radius, ok in (("41.85", True), ("50", False)):
        layers = "".join(layer.format(i, radii.replace("41.85", radius), 16) for i in range(45))
        binning.write_text(f'<Bins><Bin pid="11" name="electron">{layers}</Bin></Bins>')
        if ok:
            assert load(path, binning=binning).geometry == DATASET_2
        else:
            with pytest.raises(InputError, match=r"binning_dataset_2\.xml: found other bin edges than those of calo"):
                load(path, binning=binning)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "No such file"),
        ("", "no element found"),
        ("<Bins><Bin>", "no element found"),
        ("<Bins></Bins>", "found no element 'Bin'"),
        ('<Bins><Bin><Layer id="0" n_bin_alpha="1"/></Bin></Bins>', "attribute 'r_edges' is missing"),
        ('<Bins><Bin><Layer id="0" r_edges="0,a" n_bin_alpha="1"/></Bin></Bins>', "could not convert string to float"),
        ('<Bins><Bin><Layer id="0" r_edges="0,2" n_bin_alpha="x"/></Bin></Bins>', "invalid literal for int"),
        (
            '<Bins><Bin><Layer id="0" r_edges="0,2" n_bin_alpha="0"/></Bin></Bins>',
            "0 bins in angle, expected 1 to 10000",
        ),
        ('<Bins><Bin><Layer id="0" r_edges="0,2,1" n_bin_alpha="1"/></Bin></Bins>', "must increase"),
        ('<Bins><Bin><Layer id="0" r_edges="0" n_bin_alpha="1"/></Bin></Bins>', "at least one layer"),
    ],
)
def test_a_bad_binning_is_one_line(tmp_path, text, reason):
    path = tmp_path / "binning.xml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=rf"binning\.xml: expected a CaloChallenge binning XML, .*{reason}") as error:
        read_binning(path)
    assert "\n" not in str(error.value)


def _eleven_bits(values):
    mantissa, exponent = np.frexp(values)
    return np.ldexp(np.round(mantissa * 2**11) / 2**11, exponent).astype(np.float32)
