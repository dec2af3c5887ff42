"""Damaged files of every layout: showers, or one line that names the file; never a traceback.

Whatever is wrong with a file, `outcome` fails unless `load` and `describe` succeed or raise an InputError of one line.
"""

import json
import os
import subprocess
import sys
import warnings
from functools import cache

import h5py
import numpy as np
import pytest
from layout_files import BINNING, contents, write

import qgen
from qgen.cli import main
from qgen.datasets import UnitWarning, describe, load
from qgen.files import InputError

LAYOUTS = ("native", "native image", "calogan", "calochallenge 1", "calochallenge 2", "clic")
N = 3
each = pytest.mark.parametrize("layout", LAYOUTS)


@cache
def fields_of(layout):
    """The datasets of a small valid file, by name."""
    if layout == "calochallenge 1":
        rng = np.random.default_rng(0)
        return {"incident_energies": np.full((N, 1), 1024.0), "showers": rng.random((N, 25)) * 80}
    if layout.startswith("calochallenge"):
        return contents("calochallenge", n=N)
    if layout.startswith("native"):
        shown = showers_of(layout)
        fields = {"incident_energies": shown.incident_energy[:, None], "showers": shown.voxels}
        return fields | {f"extras/{name}": values for name, values in shown.extras.items()}
    return contents(layout, n=N)


@cache
def showers_of(layout):
    """What qgen's own files hold: CaloGAN's cells with an overflow, or images."""
    if layout == "native":
        return load("calogan/e+", stop=N)
    return qgen.represent(load("clic/e-", stop=N), "image8x8")


@cache
def attributes_of(layout):
    if not layout.startswith("native"):
        return {"particle": "e-", "geant4": "11.4.0"}
    shown = showers_of(layout)
    return {"geometry": shown.geometry.to_json(), "particle": "e-", "provenance": json.dumps(dict(shown.provenance))}


@pytest.fixture
def options(layout, binning):
    return {"binning": binning} if layout == "calochallenge 1" else {}


def outcome(path, **options):
    """The message of the InputError, or nothing where the file could be loaded and described."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnitWarning)
        try:
            describe(load(path, **options))
        except InputError as error:
            message = str(error)
        else:
            return ""
    assert "\n" not in message
    assert path.name in message
    return message


@each
def test_the_files_are_valid(tmp_path, layout, options):
    path = write(tmp_path / "a.hdf5", fields_of(layout), attributes_of(layout))
    assert not outcome(path, **options)


@each
def test_truncated_at_every_percent(tmp_path, layout, options):
    whole = write(tmp_path / "whole.hdf5", fields_of(layout), attributes_of(layout), compression="gzip").read_bytes()
    path = tmp_path / "a.hdf5"
    for percent in range(100):
        path.write_bytes(whole[: len(whole) * percent // 100])
        assert outcome(path, **options), f"{percent} %"


def variants(values):
    """A dataset as something else: other types, other shapes, and values that showers cannot have."""
    values = np.asarray(values)
    for dtype in ("?", "i1", "u8", "f2", ">f4", "f8", "g", "c8", "S3"):
        with np.errstate(all="ignore"):
            yield dtype, values.astype(dtype)
    yield "text", np.full(values.shape, "x", dtype=object)
    yield "compound", np.zeros(values.shape, [("energy", "f4"), ("time", "f4")])
    yield "empty", h5py.Empty("f4")
    yield "scalar", np.float32(1)
    yield "scalar text", "1"
    yield "an axis more", values[..., None]
    yield "flat", values.ravel()
    yield "transposed", values.T
    yield "no rows", values[:0]
    yield "a row less", values[1:]
    yield "twice", np.concatenate([values, values])
    yield "no columns", values[:, :0]
    yield "a column less", values[:, :-1]
    for value in (np.nan, np.inf, -np.inf, -1, -1e-300, 0, 5e-324, 1e300, 3e38):
        planted = values.astype(np.float64)
        planted.flat[-1] = value
        yield f"one {value}", planted
        yield f"all {value}", np.full_like(planted, value)


REFUSED = (
    "?",
    "c8",
    "S3",
    "text",
    "compound",
    "empty",
    "scalar",
    "scalar text",
    "an axis more",
    "no rows",
    "a row less",
)
REFUSED_VALUES = ("one nan", "one inf", "one -inf", "one -1", "one -1e-300", "all nan", "all -1")


def lists():
    return [(layout, name) for layout in LAYOUTS for name in fields_of(layout)]


@pytest.mark.parametrize(("layout", "name"), lists())
def test_every_dataset_as_something_else(tmp_path, layout, name, options):
    fields, path = fields_of(layout), tmp_path / "a.hdf5"
    extra = name.startswith("extras/")
    for kind, values in variants(fields[name]):
        write(path, {**fields, name: values}, attributes_of(layout))
        message = outcome(path, **options)
        if kind in (*REFUSED, *REFUSED_VALUES) and not extra:
            assert message, kind
            assert name in message, kind


@pytest.mark.parametrize(("layout", "name"), lists())
def test_every_dataset_missing_or_no_dataset(tmp_path, layout, name, options):
    fields, path = fields_of(layout), tmp_path / "a.hdf5"
    shape = fields[name].shape
    replacements = {
        "nothing": lambda file: None,
        "group": lambda file: file.create_group(name),
        "type": lambda file: file.__setitem__(name, np.dtype("f4")),
        "broken link": lambda file: file.__setitem__(name, h5py.SoftLink("/nowhere")),
        "link to itself": lambda file: file.__setitem__(name, h5py.SoftLink(f"/{name}")),
        "link to a missing file": lambda file: file.__setitem__(name, h5py.ExternalLink("none.hdf5", "/x")),
        "references": lambda file: file.create_dataset(name, shape=shape, dtype=h5py.ref_dtype),
        "more rows than memory": lambda file: file.create_dataset(
            name, shape=(10**12, *shape[1:]), dtype="f4", chunks=(1, *shape[1:])
        ),
    }
    others = {key: values for key, values in fields.items() if key != name}
    for kind, replacement in replacements.items():
        write(path, others, attributes_of(layout))
        with h5py.File(path, "r+") as file:
            replacement(file)
        message = outcome(path, **options)
        assert message or (kind == "nothing" and name in ("overflow", "extras/overflow")), kind


@each
def test_more_showers_than_memory_everywhere(tmp_path, monkeypatch, layout, options):
    """A file of so many showers that takes no room: none of them was ever written, which is let pass here."""
    monkeypatch.setattr("qgen.datasets.table._require_written", lambda *_: None)
    path = write(tmp_path / "a.hdf5", {}, attributes_of(layout))
    with h5py.File(path, "r+") as file:
        for name, values in fields_of(layout).items():
            shape = (10**15, *values.shape[1:])
            file.create_dataset(name, shape=shape, dtype="f4", chunks=(1, *shape[1:]), fillvalue=1)
    assert "does not fit in memory" in outcome(path, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnitWarning)
        assert len(load(path, stop=2, **options)) == 2


STRANGE_VALUES = (
    3,
    1.5,
    True,
    complex(1),
    [1, 2],
    np.array(["a", "b"], dtype=object),
    np.array([b"x"]),
    np.zeros(2, [("x", "f4")]),
    h5py.Empty("f4"),
    h5py.Empty("S1"),
    b"\xff\xfe",
    "",
    "{",
    "{}",
    "[1]",
    "null",
    '"x"',
    "NaN",
    "[" * 100_000,
    '{"a":' * 100_000,
    "1" * 5000,
    "e-\n\tx",
)


@each
@pytest.mark.parametrize("name", ["geometry", "provenance", "particle", "another", "particle\udcff"])
def test_attributes_of_any_type(tmp_path, layout, name, options):
    path = tmp_path / "a.hdf5"
    given = attributes_of(layout)
    for value in STRANGE_VALUES:
        write(path, fields_of(layout), given)
        with h5py.File(path, "r+") as file:
            file.attrs[name.encode("utf-8", "surrogateescape")] = value
        message = outcome(path, **options)
        if name in ("geometry", "particle") and name in given and not isinstance(value, str | bytes):
            assert f"attribute '{name}'" in message or "attribute geometry" in message
        if name == "provenance" and layout.startswith("native") and not (isinstance(value, str) and value == "{}"):
            assert "attribute 'provenance': expected" in message


GEOMETRY_FIELDS = {
    "name": [3, None, ["a"], "a\nb"],
    "layers": [{}, [], "abc", None, [None], [{}], [[]]],
    "representation": [5, None, []],
    "layer_fastest": ["x", None, 2],
    "another": [1],
}
LAYER_FIELDS = {
    "edges": [None, [], [[0, 1]], [["a", "b"], [0, 1]], [[0, None], [0, 1]], [[0], [0, 1]], {}, 5, [{}, {}]]
    + [[[0, bad], [0, 1]] for bad in (float("inf"), float("nan"), 10**400, 0, -1, [1], 1e300)],
    "depth": [None, [0], [0, 1, 2], ["a", "b"], [[0], [1]], [1, 0], [0, float("inf")], [0, float("nan")], [0, 10**400]],
    "axes": [None, [], ["x"], ["x", "x"], [1, 2], "xy", [["x"], ["y"]], {"a": 1, "b": 2}],
    "threshold": ["a", None, [1], -1, float("nan"), float("inf"), 1e300, 10**400],
    "label": ["a", None, [1], {"a": 1}, 1.5],
}


@pytest.mark.parametrize("layout", ["native", "native image"])
def test_every_part_of_the_geometry_as_something_else(tmp_path, layout):
    path = tmp_path / "a.hdf5"
    write(path, fields_of(layout), attributes_of(layout))
    text = attributes_of(layout)["geometry"]

    def refused(geometry):
        with h5py.File(path, "r+") as file:
            file.attrs["geometry"] = geometry if isinstance(geometry, str) else json.dumps(geometry)
        assert "attribute geometry: expected" in outcome(path), geometry if isinstance(geometry, str) else (key, value)

    for cut in range(0, len(text), max(1, len(text) // 50)):
        refused(text[:cut])
    for key, values in GEOMETRY_FIELDS.items():
        for value in values:
            refused({**json.loads(text), key: value})
    for key, values in LAYER_FIELDS.items():
        for value in values:
            content = json.loads(text)
            content["layers"][-1][key] = value
            refused(content)


def test_names_that_are_no_text(tmp_path):
    path = write(tmp_path / "a.hdf5", {"showers": np.ones((2, 6480))})
    with h5py.File(path, "r+") as file:
        file[b"incident_energ\xff"] = np.ones((2, 1))
    assert "'incident_energies' (is 'incident_energ" in outcome(path)


def test_a_binning_truncated_at_every_percent(tmp_path, binning):
    path = write(tmp_path / "a.hdf5", fields_of("calochallenge 1"))
    for percent in range(100):
        binning.write_text(BINNING[: len(BINNING) * percent // 100])
        with pytest.raises(InputError, match=r"^[^\n]*binning\.xml: expected a CaloChallenge binning XML[^\n]*$"):
            load(path, binning=binning)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id="1"', 'id="x"'),
        ('id="1"', 'id="0"'),
        ("0,2,4", "0,,4"),
        ("0,2,4", ""),
        ("0,2,4", "0,nan,4"),
        ("0,2,4", "0,2,inf"),
        ("0,2,4", "-2,0,2"),
        ("0,2,4", "0,2,1e400"),
        ('n_bin_alpha="10"', 'n_bin_alpha="-1"'),
        ('n_bin_alpha="10"', 'n_bin_alpha="1e3"'),
        ('n_bin_alpha="10"', 'n_bin_alpha="99999999999"'),
        ("<Bins>", '<!DOCTYPE b [<!ENTITY x "y">]><Bins>&z;'),
        ("<Bins>", '<?xml version="1.0" encoding="no-such-thing"?><Bins>'),
        ("<Bins>", "\0<Bins>"),
        ("photon", "pho\udcffton"),
    ],
)
def test_a_binning_with_wrong_values(tmp_path, binning, old, new):
    path = write(tmp_path / "a.hdf5", fields_of("calochallenge 1"))
    binning.write_bytes(BINNING.replace(old, new).encode("utf-8", "surrogateescape"))
    if (old, new) == ('id="1"', 'id="0"'):
        assert "layers of different labels" in outcome_of_features(path, binning)
        return
    with pytest.raises(InputError, match=r"^[^\n]*binning\.xml: expected a CaloChallenge binning XML[^\n]*$"):
        load(path, binning=binning)


def outcome_of_features(path, binning):
    with pytest.raises(InputError) as error:
        qgen.observables.calochallenge(load(path, binning=binning))
    return str(error.value)


def test_a_folder_as_the_binning(tmp_path):
    path = write(tmp_path / "a.hdf5", fields_of("calochallenge 1"))
    with pytest.raises(InputError, match="expected a CaloChallenge binning XML, found"):
        load(path, binning=tmp_path)


@each
def test_the_command_prints_one_line(tmp_path, layout, capsys):
    whole = write(tmp_path / "whole.hdf5", fields_of(layout), attributes_of(layout))
    binning = tmp_path / "binning.xml"
    binning.write_text(BINNING)
    path = tmp_path / "a.hdf5"
    fields, (first, *_) = fields_of(layout), fields_of(layout)
    damaged = {
        "truncated": whole.read_bytes()[: whole.stat().st_size // 2],
        "no HDF5": b"showers",
        "empty": b"",
        "text": {**fields, first: np.full(fields[first].shape, "x", dtype=object)},
        "nan": {**fields, first: fields[first] * np.nan},
        "missing": {name: values for name, values in fields.items() if name != first},
    }
    for kind, content in damaged.items():
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            write(path, content, attributes_of(layout))
        given = ["--binning", str(binning)] if layout == "calochallenge 1" else []
        assert main(["data", "describe", str(path), *given]) == 2, kind
        output, text = capsys.readouterr()
        assert not output
        assert text.startswith("qgen: ")
        assert text.count("\n") == 1
        assert str(path) in text


FLIPS = """
import sys, warnings
import numpy as np
from test_damaged_files import N, outcome
from pathlib import Path
path, seed = Path(sys.argv[1]), int(sys.argv[2])
options = {"binning": path.with_name("binning.xml")} if "1" in path.name else {}
whole, rng = path.read_bytes(), np.random.default_rng(seed)
refused = 0
for _ in range(150):
    damaged = bytearray(whole)
    for place in rng.integers(0, min(len(whole), 8192), rng.integers(1, 4)):
        damaged[place] ^= int(rng.integers(1, 256))
    path.write_bytes(damaged)
    refused += bool(outcome(path, **options))
assert 0 < refused < 150
"""


@pytest.mark.slow
@each
def test_flipped_bytes(tmp_path, layout, binning):
    """In a process of its own: a flipped byte can make the HDF5 library itself crash (seen once in 13000)."""
    path = write(
        tmp_path / f"{layout.replace(' ', '_')}.hdf5", fields_of(layout), attributes_of(layout), compression="gzip"
    )
    for seed in range(2):
        done = subprocess.run(
            [sys.executable, "-c", FLIPS, str(path), str(seed)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        )
        assert done.returncode == 0, done.stderr
