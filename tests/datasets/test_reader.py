"""load, stream and detect: slices, units, and every kind of bad file."""

import os
import sys
import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest
from layout_files import ENERGY, FIELDS, contents, write

import qgen
from qgen.datasets import UnitWarning, chosen_rows, detect, load, save, stream
from qgen.files import InputError
from qgen.showers import concatenate


def fails(path, *words, **options):
    """The message of the InputError that loading gives: one line with the file's name and these words."""
    with pytest.raises(InputError) as error:
        load(path, **options)
    message = str(error.value)
    assert "\n" not in message
    assert Path(path).name in message
    for word in words:
        assert word in message
    return message


# --- some of many ---


def test_every_row_is_chosen_as_often_as_another():
    keep = np.array([chosen_rows(50, 20, seed) for seed in range(400)])
    assert (keep.sum(axis=1) == 20).all()
    assert abs(keep.mean(axis=0) - 0.4).max() < 5 * np.sqrt(0.4 * 0.6 / 400)
    assert chosen_rows(50, 50, 0).all()
    assert chosen_rows(50, 99, 0).all()
    np.testing.assert_array_equal(chosen_rows(50, 20, 3), chosen_rows(50, 20, 3))


# --- slices ---


def test_qgen_load_is_this_load():
    assert qgen.load is load


def test_layouts_are_told_from_the_fields(tmp_path, layout):
    assert detect(write(tmp_path / "a.hdf5", contents(layout))) == layout


@pytest.mark.parametrize(
    ("start", "stop", "rows"),
    [(None, 5, range(5)), (3, None, range(3, 20)), (-4, -1, range(16, 19)), (18, 99, (18, 19))],
)
def test_slices_are_those_of_the_whole(tmp_path, layout, start, stop, rows):
    path = write(tmp_path / "a.hdf5", contents(layout))
    whole, part = load(path), load(path, start=start, stop=stop)
    expected = whole.select(list(rows))
    np.testing.assert_array_equal(part.voxels, expected.voxels)
    np.testing.assert_array_equal(part.incident_energy, expected.incident_energy)
    assert part.extras.keys() == expected.extras.keys()
    for name in part.extras:
        np.testing.assert_array_equal(part.extras[name], expected.extras[name])


def test_a_stream_in_order_is_the_whole(tmp_path, layout):
    path = write(tmp_path / "a.hdf5", contents(layout))
    parts = list(stream(path, batch_size=6, start=1))
    assert [len(part) for part in parts] == [6, 6, 6, 1]
    whole, joined = load(path, start=1), concatenate(parts)
    np.testing.assert_array_equal(joined.voxels, whole.voxels)
    np.testing.assert_array_equal(joined.incident_energy, whole.incident_energy)
    assert parts[0].provenance == whole.provenance
    batches = stream(path, batch_size=6, start=1)
    assert len(batches) == 19
    assert [sum(len(part) for part in batches) for _ in range(2)] == [19, 19], "it can be read again"


def test_only_the_slice_is_read(tmp_path):
    """A damaged chunk does not disturb the rows of the others, and the stream reaches it in its turn."""
    path = write(tmp_path / "a.hdf5", contents("clic"), chunks=True, compression="gzip")
    fields = contents("clic")
    with h5py.File(path, "w") as file:
        file["energy"] = fields["energy"]
        ecal = file.create_dataset("ECAL", data=fields["ECAL"], chunks=(5, 25, 25, 25), compression="gzip")
        chunk = ecal.id.get_chunk_info_by_coord((15, 0, 0, 0))
    with path.open("r+b") as raw:
        raw.seek(chunk.byte_offset)
        raw.write(bytes(64))
    assert len(load(path, stop=15)) == 15
    batches = iter(stream(path, batch_size=5))
    assert [len(next(batches)) for _ in range(3)] == [5, 5, 5]
    with pytest.raises(InputError, match="field 'ECAL' cannot be read, is it truncated or damaged"):
        next(batches)


@pytest.mark.parametrize(("start", "stop"), [(20, None), (5, 5), (9, 3), (None, 0), (None, -20)])
def test_a_slice_without_showers_is_refused(tmp_path, start, stop):
    path = write(tmp_path / "a.hdf5", contents("calogan"))
    fails(path, f"expected some of its 20 showers, found start={start}, stop={stop}", start=start, stop=stop)


def test_batches_have_a_size(tmp_path):
    with pytest.raises(InputError, match="expected batch_size >= 1, found 0"):
        stream(write(tmp_path / "a.hdf5", contents("calogan")), batch_size=0)


# --- names ---


def test_an_unknown_name_lists_the_samples():
    fails("calogam", "no such file", "calogan/e+", "clic/e-")


@pytest.mark.parametrize(
    ("name", "url", "typed"),
    [
        ("calochallenge/1", "zenodo.org/records/8099322", 'qgen.load("dataset_1_photons_1.hdf5", binning='),
        ("calochallenge/3", "zenodo.org/records/6366324", 'qgen.load("dataset_3_1.hdf5")'),
        ("data/dataset_2_2.hdf5", "zenodo.org/records/6366271", 'qgen.load("dataset_2_1.hdf5")'),
        ("calogan/pi-", "data.mendeley.com/datasets/pvn3xc3wy5/1", 'qgen.load("eplus.hdf5")'),
        ("gamma.hdf5", "data.mendeley.com/datasets/pvn3xc3wy5/1", 'qgen.load("eplus.hdf5")'),
        ("clic", "zenodo.org/records/3603122", 'qgen.load("EleEscan_1_1.h5")'),
        ("EleEscan_2_3.h5", "Ele_FixedAngle.tar.gz", 'qgen.load("EleEscan_1_1.h5")'),
    ],
)
def test_a_published_dataset_that_is_not_here_says_where_it_is(name, url, typed):
    fails(name, url, typed)


def test_an_unknown_layout_lists_them(tmp_path):
    path = write(tmp_path / "a.hdf5", contents("clic"))
    with pytest.raises(InputError, match="expected one of calochallenge, calogan, clic, native, found 'root'"):
        load(path, layout="root")
    with pytest.raises(InputError, match="found 'root'"):
        save(load(path), tmp_path / "b.hdf5", layout="root")


def test_a_layout_that_is_given_wins(tmp_path):
    both = contents("clic") | contents("calogan")
    path = write(tmp_path / "a.hdf5", both)
    fails(path, "cannot tell the layout", "calogan and clic", "layout=")
    for layout in ("clic", "calogan"):
        assert load(path, layout=layout).geometry.name == layout
    fails(path, "layout 'calochallenge' needs field 'incident_energies', 'showers'", layout="calochallenge")


# --- bad files ---


def test_files_that_are_not_hdf5(tmp_path):
    fails(tmp_path / "missing.hdf5", "no such file")
    fails(tmp_path, "expected an HDF5 file, found a folder")
    with pytest.raises(InputError, match=r"cannot be read.*File name too long"):
        load("x" * 5000)
    empty, text = tmp_path / "empty.hdf5", tmp_path / "text.hdf5"
    empty.touch()
    text.write_text("energy,layer_0\n")
    fails(empty, "expected an HDF5 file, found an empty file")
    fails(text, "expected an HDF5 file, found something else")
    with pytest.raises(InputError, match="found something else"):
        detect(text)


@pytest.mark.parametrize("percent", range(5, 100, 5))
def test_truncated_files(tmp_path, layout, percent):
    path = write(tmp_path / "a.hdf5", contents(layout, n=4), compression="gzip")
    os.truncate(path, path.stat().st_size * percent // 100)
    fails(path, "truncated")


def test_damaged_bytes_give_showers_or_one_line(tmp_path, layout):
    """Any byte of the structure may be wrong: 150 single bytes, a quarter of them within the first 2 kB."""
    path = write(tmp_path / "a.hdf5", contents(layout, n=2))
    original = path.read_bytes()
    rng = np.random.default_rng(0)
    places = np.concatenate([rng.integers(0, 2048, 40), rng.integers(0, len(original), 110)])
    messages = []
    for place in places:
        damaged = bytearray(original)
        damaged[place] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnitWarning)
            try:
                assert 1 <= len(load(path)) <= 2
            except InputError as error:
                messages.append(str(error))
    assert messages
    assert all("a.hdf5" in message and "\n" not in message for message in messages)


def test_no_showers(tmp_path, layout):
    path = write(tmp_path / "a.hdf5", {name: values[:0] for name, values in contents(layout).items()})
    fails(path, f"field '{ENERGY[layout]}': expected at least one shower, found none")
    with pytest.raises(InputError, match="expected at least one shower to save, found none"):
        save(load("calogan/e+", stop=1).select([]), tmp_path / "b.hdf5")


@pytest.mark.parametrize(
    ("layout", "name"), [(layout, name) for layout, fields in FIELDS.items() for name in fields if name != "overflow"]
)
class TestEveryField:
    def test_missing(self, tmp_path, layout, name):
        fields = contents(layout)
        del fields[name]
        fails(write(tmp_path / "a.hdf5", fields), repr(name), "found fields" if len(fields) else "")

    def test_misnamed(self, tmp_path, layout, name):
        fields = contents(layout)
        wrong = name.capitalize() if name != "ECAL" else "ECAL1"
        fields[wrong] = fields.pop(name)
        fails(
            write(tmp_path / "a.hdf5", fields), f"layout '{layout}' needs field '{name}' (is '{wrong}' what you mean?)"
        )

    def test_another_shape(self, tmp_path, layout, name):
        fields = contents(layout)
        fields[name] = np.stack([fields[name]] * 2, axis=-1)
        path = write(tmp_path / "a.hdf5", fields)
        fails(path, f"field '{name}': expected shape (n", f"found {fields[name].shape}")

    def test_another_number_of_columns(self, tmp_path, layout, name):
        """Incident energies in two columns are not those of the first."""
        fields = contents(layout)
        fields[name] = np.concatenate([fields[name]] * 2, axis=1 if fields[name].ndim > 1 else 0)
        path = write(tmp_path / "a.hdf5", fields)
        fails(path, f"field '{name}'", "expected", "found")

    def test_another_number_of_rows(self, tmp_path, layout, name):
        fields = contents(layout)
        fields[name] = fields[name][:15]
        message = fails(write(tmp_path / "a.hdf5", fields), f"rows as in '{ENERGY[layout]}', found ")
        counts = ("15", "20") if name == ENERGY[layout] else ("20", "15")
        assert f"expected {counts[0]} rows as in '{ENERGY[layout]}', found {counts[1]}" in message

    @pytest.mark.parametrize("value", [np.nan, np.inf, -1.5])
    def test_a_bad_value_in_its_row_of_the_file(self, tmp_path, layout, name, value):
        fields = contents(layout)
        fields[name][13].flat[-1] = value
        path = write(tmp_path / "a.hdf5", fields)
        for start in (None, 10):
            fails(path, f"field '{name}': expected ", f"found {value} in row 13", start=start)
        assert len(load(path, stop=13)) == 13

    def test_types_that_are_no_numbers(self, tmp_path, layout, name):
        fields = contents(layout)
        shape = fields[name].shape
        for wrong in (
            np.ones(shape, dtype=bool),
            np.ones(shape, dtype=complex),
            np.full(shape, b"1.0"),
            np.zeros(shape, dtype=[("x", "f4"), ("y", "f4")]),
        ):
            path = write(tmp_path / "a.hdf5", {**fields, name: wrong})
            fails(path, f"field '{name}': expected real numbers, found type {wrong.dtype}")
        path = write(tmp_path / "a.hdf5", {key: values for key, values in fields.items() if key != name})
        with h5py.File(path, "r+") as file:
            file.create_group(name)
        fails(path, f"field '{name}': expected a dataset, found a group")

    @pytest.mark.parametrize("dtype", ["<f8", ">f4", "f2"])
    def test_other_types_of_real_numbers(self, tmp_path, layout, name, dtype):
        fields = contents(layout)
        half = np.minimum(fields[name], 6e4).astype("f2")
        expected = load(write(tmp_path / "a.hdf5", {**fields, name: half.astype("f4")}))
        found = load(write(tmp_path / "b.hdf5", {**fields, name: half.astype(dtype)}))
        np.testing.assert_array_max_ulp(found.voxels, expected.voxels, maxulp=1)
        np.testing.assert_array_equal(found.incident_energy, expected.incident_energy)


def test_integers_are_numbers(tmp_path):
    fields = {"incident_energies": np.full((2, 1), 6480), "showers": np.ones((2, 6480), dtype=np.uint8)}
    assert load(write(tmp_path / "a.hdf5", fields)).total_energy.tolist() == [6480.0, 6480.0]


def test_a_single_number_is_no_column(tmp_path, layout):
    fields = contents(layout)
    fields[ENERGY[layout]] = np.float32(1.0)
    fails(write(tmp_path / "a.hdf5", fields), f"field '{ENERGY[layout]}': expected one row for each shower")


def test_an_incident_particle_without_energy(tmp_path, layout):
    fields = contents(layout)
    fields[ENERGY[layout]][7] = 0
    path = write(tmp_path / "a.hdf5", fields)
    fails(path, f"field '{ENERGY[layout]}': expected a finite energy > 0, found 0.0 in row 7", start=2)


def test_energies_too_large_for_float32(tmp_path):
    fields = contents("clic")
    fields["ECAL"] = fields["ECAL"].astype(np.float64)
    fields["ECAL"][4, 0, 0, 0] = 1e36
    fails(
        write(tmp_path / "a.hdf5", fields), "field 'ECAL': expected an energy that float32 can hold", "row 4", start=3
    )


def test_a_layout_that_cannot_be_told(tmp_path):
    path = write(tmp_path / "a.hdf5", {"images": np.ones(3), "labels": np.ones(3)})
    fails(path, "found fields images, labels", "calogan: energy, layer_0, layer_1, layer_2", "clic: energy, ECAL")
    fails(write(tmp_path / "b.hdf5", {}), "found fields none")


def test_bad_attributes_of_our_own(tmp_path):
    for name, value in (("geometry", "{"), ("geometry", 3), ("provenance", "{"), ("provenance", "[1]")):
        path = tmp_path / "a.hdf5"
        save(load("calogan/e+", stop=2), path)
        with h5py.File(path, "r+") as file:
            file.attrs[name] = value
        fails(path, name, "expected")


def test_a_geometry_that_does_not_fit_its_file(tmp_path):
    small, other = tmp_path / "a.hdf5", tmp_path / "b.hdf5"
    save(load("calogan/e+", stop=2), small)
    save(load("clic/e-", stop=2), other)
    with h5py.File(other) as source, h5py.File(small, "r+") as file:
        file.attrs["geometry"] = source.attrs["geometry"]
    fails(small, "voxels: expected shape (n_showers, 15625)", "found (2, 504)")


# --- units ---


@pytest.mark.parametrize("factor", [1000, 0.001])
@pytest.mark.parametrize("which", ["energy", "cells"])
def test_units_off_by_1000_are_told_and_read_all_the_same(tmp_path, layout, which, factor):
    fields = contents(layout)
    expected = load(write(tmp_path / "right.hdf5", fields))
    energy = ENERGY[layout]
    wrong = [energy] if which == "energy" else [name for name in fields if name not in (energy, "overflow")]
    for name in wrong:
        fields[name] = fields[name] * np.float32(factor)
    unit = "GeV" if layout == "clic" or (layout, which) == ("calogan", "energy") else "MeV"
    prefixes = ["keV", "MeV", "GeV", "TeV"]
    likely = prefixes[prefixes.index(unit) + (-1 if factor > 1 else 1)]
    path = write(tmp_path / "a.hdf5", fields)
    with pytest.warns(
        UnitWarning, match=rf"a\.hdf5: field '{', '.join(wrong)}' is likely in {likely}, expected {unit}"
    ):
        showers = load(path)
    assert len(showers) == len(expected)


@pytest.mark.parametrize(("energies", "voxels"), [(1000, 1000), (1000, 0.001), (0.001, 1000), (0.001, 0.001)])
def test_both_units_off_are_told(tmp_path, layout, energies, voxels):
    """With both in GeV, the mean response is right."""
    fields, energy = contents(layout), ENERGY[layout]
    for name in fields.keys() - {"overflow"}:
        fields[name] = fields[name] * np.float32(energies if name == energy else voxels)
    with pytest.warns(UnitWarning, match=r"is likely in \w+, expected [MG]eV; field .* is likely in"):
        load(write(tmp_path / "a.hdf5", fields))


def test_a_stream_warns_of_units_once(tmp_path):
    fields = contents("calochallenge")
    fields["incident_energies"] /= 1000
    path = write(tmp_path / "a.hdf5", fields)
    with pytest.warns(UnitWarning, match="'incident_energies' is likely in GeV, expected MeV") as caught:
        assert sum(len(part) for part in stream(path, batch_size=3)) == 20
    assert len(caught) == 1


def test_files_of_our_own_are_not_suspected(tmp_path):
    showers = load("calogan/e+", stop=5)
    faint = type(showers)(showers.voxels / 1000, showers.incident_energy, showers.geometry)
    save(faint, tmp_path / "a.hdf5")
    assert len(load(tmp_path / "a.hdf5")) == 5


@pytest.mark.parametrize("response", [0.0, 0.02, 30.0])
def test_other_responses_are_no_matter_of_units(tmp_path, response):
    fields = contents("calochallenge")
    fields["showers"] *= np.float32(response)
    assert len(load(write(tmp_path / "a.hdf5", fields))) == 20


# --- writing ---


def test_a_path_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"a\.hdf5: cannot be written"):
        save(load("calogan/e+", stop=1), tmp_path / "file" / "a.hdf5")


def test_attributes_that_are_no_plain_values_are_left_out(tmp_path, caplog):
    fields = contents("calochallenge")
    path = write(tmp_path / "a.hdf5", fields)
    strange = {
        "opaque": np.void(b"\0\1"),
        "complex": 1 + 2j,
        "compound": np.array([(1, b"x")], [("a", "i4"), ("b", "S4")]),
    }
    with h5py.File(path, "r+") as file:
        file.attrs["names"], file.attrs["long"] = np.array([b"L0", b"L1"]), np.longdouble(1.5)
        for name, value in strange.items():
            file.attrs[name] = value
    with caplog.at_level("DEBUG", "qgen.datasets.table"):
        save(load(path), tmp_path / "b.hdf5")
    told = [record.getMessage() for record in caplog.records]
    assert all(any(f"attribute {name!r} is left out: expected text" in line for line in told) for name in strange)
    kept = load(tmp_path / "b.hdf5").provenance
    assert kept | {"names": ["L0", "L1"], "long": 1.5} == kept
    assert not strange.keys() & kept.keys()


# --- what HDF5 reads as zeros ---


def virtual(path: Path, sources: list[tuple[str, str, int]], name: str = "showers", n: int = 20) -> None:
    """Make a field of a file virtual: of so many rows each of other files' datasets."""
    with h5py.File(path, "r+") as file:
        shape = (n, *file[name].shape[1:])
        del file[name]
        layout, row = h5py.VirtualLayout(shape, "f4"), 0
        for source, field, rows in sources:
            layout[row : row + rows] = h5py.VirtualSource(source, field, (rows, *shape[1:]))
            row += rows
        file.create_virtual_dataset(name, layout, fillvalue=0)


def test_virtual_datasets_are_read_where_their_sources_are(tmp_path):
    fields = contents("calochallenge")
    path = write(tmp_path / "a.hdf5", fields)
    for i in range(2):
        write(tmp_path / f"{i}.hdf5", {"x": fields["showers"][10 * i : 10 * (i + 1)]})
    virtual(path, [("0.hdf5", "x", 10), (str(tmp_path / "1.hdf5"), "x", 10)])
    assert np.array_equal(load(path).voxels, fields["showers"].astype(np.float32))
    (tmp_path / "1.hdf5").rename(tmp_path / "2.hdf5")
    fails(path, "field 'showers'", "expected its source", "1.hdf5:x, found no such file")
    virtual(path, [("0.hdf5", "x", 10), ("2.hdf5", "y", 10)])
    fails(path, "source 2.hdf5:y: expected a dataset, found none")
    virtual(path, [("0.hdf5", "x", 10)])
    fails(path, "expected sources of")


def test_values_of_other_folders_are_read_only_where_they_are_trusted(tmp_path):
    """Virtual datasets, links, links of links, extras: a file of somebody else may name any file of the reader's."""
    fields = contents("calochallenge")
    (tmp_path / "mine" / "below").mkdir(parents=True)
    (tmp_path / "theirs").mkdir()
    for folder in ("theirs", "mine", "mine/below"):
        write(tmp_path / folder / "x.hdf5", {"x": fields["showers"]})
    with h5py.File(tmp_path / "mine" / "chain.hdf5", "w") as file:
        file["x"] = h5py.ExternalLink("../theirs/x.hdf5", "/x")
    elsewhere = "../theirs/x.hdf5"
    ways = [(elsewhere, "link"), ("chain.hdf5", "link"), (f"{tmp_path}/theirs/x.hdf5", "virtual"), (elsewhere, "extra")]
    for number, (source, kind) in enumerate(ways):
        path = write(tmp_path / "mine" / f"{number}.hdf5", fields)
        if kind == "virtual":
            virtual(path, [(source, "x", 20)])
        else:
            with h5py.File(path, "r+") as file:
                name = "showers" if kind == "link" else "extras/found"
                if name in file:
                    del file[name]
                file.require_group("extras")
                file[name] = h5py.ExternalLink(source, "/x")
        fails(path, "expected values beside the file or below its folder, found them in", "say --trust")
        assert np.array_equal(load(path, trust=True).voxels, fields["showers"].astype(np.float32))
    for source in ("x.hdf5", "below/x.hdf5"):
        path = write(tmp_path / "mine" / "near.hdf5", fields)
        with h5py.File(path, "r+") as file:
            del file["showers"]
            file["showers"] = h5py.ExternalLink(source, "/x")
        assert np.array_equal(load(path).voxels, fields["showers"].astype(np.float32))


def test_what_was_never_written_is_not_read_as_zeros(tmp_path):
    fields = contents("calochallenge")
    path = write(tmp_path / "a.hdf5", fields)
    with h5py.File(path, "r+") as file:
        del file["showers"]
        showers = file.create_dataset("showers", fields["showers"].shape, "f4", chunks=(5, fields["showers"].shape[1]))
        showers[:10] = fields["showers"][:10]
    fails(path, "field 'showers': expected 4 written chunks, found 2: was the writer stopped?")
    with h5py.File(path, "r+") as file:
        del file["showers"]
        file.create_dataset("showers", fields["showers"].shape, "f4")
    fails(path, "field 'showers': expected values, found none written")


def test_a_filter_that_is_not_installed_is_named(tmp_path, monkeypatch):
    """Not called damage; with the package that brings it. A number that no package has stands for one of those."""
    monkeypatch.setitem(sys.modules, "hdf5plugin", None)
    for code, name in ((32015, "zstd"), (31999, "a filter")):
        fields = contents("calochallenge")
        path = write(tmp_path / f"{code}.hdf5", fields)
        with h5py.File(path, "r+") as file:
            shape = fields["showers"].shape
            del file["showers"]
            packing = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            packing.set_chunk(shape)
            packing.set_filter(code, h5py.h5z.FLAG_OPTIONAL)
            space = h5py.h5s.create_simple(shape)
            made = h5py.h5d.create(file.id, b"showers", h5py.h5t.IEEE_F32LE, space, packing)
            made.write_direct_chunk((0, 0), b"packed", filter_mask=0)
        fails(path, "field 'showers'", f"packed by {name} (HDF5 filter {code})", "pip install hdf5plugin")


def test_raw_data_of_other_files_are_refused(tmp_path):
    fields = contents("calochallenge")
    path = write(tmp_path / "a.hdf5", fields)
    (tmp_path / "raw").write_bytes(fields["showers"].astype("f4").tobytes())
    with h5py.File(path, "r+") as file:
        del file["showers"]
        file.create_dataset(
            "showers", fields["showers"].shape, "f4", external=[(str(tmp_path / "raw"), 0, h5py.h5f.UNLIMITED)]
        )
    fails(path, "expected values in HDF5 files, found raw ones in", "raw")
