"""Bad files, empty selections and unwritable outputs: one line, status 2, and no file touched."""

import os
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest

import qgen
from qgen.cli import main

BAD = ("text.hdf5", "empty.hdf5", "cut.hdf5", "folder", "nowhere.hdf5", "nan.hdf5")
RUN = "classical/mean_image"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A folder of good and bad files, and a fitted run."""
    folder = tmp_path_factory.mktemp("inputs")
    images = qgen.represent(qgen.load("clic/e-", stop=60), "image8x8")
    qgen.save(images, folder / "good.hdf5")
    qgen.save(images.select([0]), folder / "one.hdf5")
    qgen.save(qgen.load("calogan/e+", stop=30), folder / "calogan.hdf5")
    whole = (folder / "good.hdf5").read_bytes()
    (folder / "cut.hdf5").write_bytes(whole[: len(whole) // 2])
    (folder / "text.hdf5").write_text("not HDF5")
    (folder / "empty.hdf5").touch()
    (folder / "file").touch()
    (folder / "folder").mkdir()
    os.mkfifo(folder / "device")
    qgen.save(images, folder / "nan.hdf5")
    with h5py.File(folder / "nan.hdf5", "r+") as file:
        file["showers"][3, 5] = np.nan
    assert main(["fit", RUN, "--dataset", str(folder / "good.hdf5"), "--out", str(folder / "run")]) == 0
    return folder


@pytest.fixture
def folder(prepared, tmp_path, monkeypatch):
    """A copy of them, as the working folder."""
    work = tmp_path / "work"
    shutil.copytree(prepared, work, ignore=shutil.ignore_patterns("device"))
    os.mkfifo(work / "device")
    monkeypatch.chdir(work)
    return work


def contents(folder):
    """Every file's bytes, by its path."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture
def refused(folder, capsys):
    """Run a command that must fail with one line that has these words, and change no file."""

    def check(*arguments, words=()):
        before = contents(folder)
        capsys.readouterr()
        assert main(list(arguments)) == 2, arguments
        output, text = capsys.readouterr()
        assert text.startswith("qgen: "), text
        assert text.count("\n") == 1, text
        assert all(word in text for word in words), text
        assert contents(folder) == before
        return output

    return check


@pytest.mark.parametrize("bad", BAD)
def test_bad_files(refused, bad):
    for arguments in (
        ["data", "describe", bad],
        ["data", "convert", bad, "out.hdf5"],
        ["evaluate", bad, "good.hdf5", "--out", "out.json"],
        ["evaluate", "good.hdf5", bad, "--out", "out.json"],
        ["evaluate", "good.hdf5", "good.hdf5", "--floor", bad, "--out", "out.json"],
        ["fit", RUN, "--dataset", bad, "--out", "other"],
        ["sample", "run", "--energies", bad, "--out", "out.hdf5"],
        ["sample", bad, "--out", "out.hdf5"],
    ):
        assert not refused(*arguments, words=[bad])


@pytest.mark.parametrize("target", ["folder", "file/out.hdf5", ".", "", "device", "/proc/out.hdf5"])
def test_outputs_that_cannot_be_written(refused, target):
    assert not refused(
        "data",
        "convert",
        "good.hdf5",
        target,
        "--representation",
        "image8x8",
        words=["out" if "out" in target else target],
    )
    assert not refused("sample", "run", "--energy", "50", "--n", "3", "--out", target)


@pytest.mark.parametrize("target", ["file", "file/run", "/proc/run"])
def test_run_folders_that_cannot_be_made(refused, target):
    refused("fit", RUN, "--dataset", "good.hdf5", "--out", target, words=["file" if "file" in target else "/proc"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--start", "5", "--stop", "5"], "expected some of its 60 showers, found start=5, stop=5"),
        (["--start", "60"], "expected some of its 60 showers"),
        (["--stop", "0"], "expected some of its 60 showers"),
        (["--stop", "x"], "stop"),
        (["--to", "calogan"], "layout 'calogan' expects"),
        (["--to", "root"], "found 'root'"),
        (["--layout", "clic"], "layout 'clic' needs field"),
        (["--representation", "depth3"], "cannot turn 'image8x8' into 'depth3'"),
    ],
)
def test_selections_and_conversions_that_are_empty_or_impossible(refused, options, words):
    arguments = ["data", "convert", "good.hdf5", "out.hdf5", *options]
    if "--representation" not in options:
        arguments += ["--representation", "image8x8"]
    refused(*arguments, words=[words])


@pytest.mark.parametrize(
    "options",
    [
        ["--energy", "50", "--n", "0"],
        ["--energy", "50", "--n", "-1"],
        ["--energy", "50", "--n", str(10**15)],
        ["--energy", "50", "--seed", "-1"],
        ["--energy", "-5"],
        ["--energy", "0"],
        ["--energy", "nan"],
        ["--energy", "inf"],
        ["--energy", "x"],
    ],
)
def test_nothing_to_sample(refused, options):
    refused("sample", "run", "--out", "out.hdf5", *options)


def test_one_shower(folder, refused):
    assert main(["data", "describe", "one.hdf5"]) == 0
    assert main(["data", "convert", "one.hdf5", "again.hdf5", "--representation", "image8x8"]) == 0
    assert len(qgen.load("again.hdf5")) == 1
    assert main(["sample", "run", "--energies", "one.hdf5", "--out", "sampled.hdf5"]) == 0
    np.testing.assert_array_equal(qgen.load("sampled.hdf5").incident_energy, qgen.load("one.hdf5").incident_energy)
    for arguments in (
        ["fit", RUN, "--dataset", "one.hdf5", "--out", "other"],
        ["evaluate", "one.hdf5", "good.hdf5", "--out", "out.json"],
        ["evaluate", "one.hdf5", "one.hdf5", "--out", "out.json"],
    ):
        refused(*arguments)


def test_other_geometries(refused):
    refused("evaluate", "calogan.hdf5", "good.hdf5", words=["expected one geometry"])
    refused("evaluate", "good.hdf5", "good.hdf5", "--representation", "depth3", words=["cannot turn"])
    refused("evaluate", "good.hdf5", "good.hdf5", "--seed", "-1", words=["seed"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", b"x"),
        ("model.safetensors", None),
        ("config.yaml", b"{"),
        ("config.yaml", b"\xff\xfe\x00"),
        ("config.yaml", b"a: 1"),
        ("config.yaml", b"generator: os:system\noptions: {}"),
        ("config.yaml", b"generator: 3\noptions: {}"),
        ("config.yaml", b"generator: classical/mean_image\noptions: 3"),
        ("config.yaml", b"generator: classical/mean_image\noptions: {}\ntask: 3"),
        ("config.yaml", b"generator: classical/mean_image\noptions: {}\ntask: {}"),
    ],
)
def test_damaged_runs(refused, folder, name, content):
    if content is None:
        (folder / "run" / name).unlink()
    else:
        (folder / "run" / name).write_bytes(content)
    refused("sample", "run", "--out", "out.hdf5", words=["run"])


FULL = """
import resource, sys
from qgen.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
sys.exit(main(sys.argv[2:]))
"""


def test_a_full_disk_leaves_the_old_file(folder):
    """The disk fills up while writing: a limit on the size of files stands for it."""
    shutil.copy("good.hdf5", "out.hdf5")
    before = contents(folder)
    arguments = ["data", "convert", "calogan.hdf5", "out.hdf5", "--force"]
    done = subprocess.run(
        [sys.executable, "-c", FULL, "12000", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("qgen: out.hdf5: cannot be written")
    assert done.stderr.count("\n") == 1, done.stderr
    assert contents(folder) == before


WRONG_CIRCUITS = {
    "bits.qasm": ("input float a; bit c; qubit[3] q; ry(a) q[0]; c = measure q[0];", "found a measurement"),
    "syntax.qasm": ("input float a; qubit[3] q; ry(a q[0];", "expected OpenQASM 3, found: line"),
    "small.qasm": ("input float a; qubit[3] q; ry(a) q[0];", "expected a circuit on 6 qubits, found one on 3"),
    "fixed.qasm": ("qubit[6] q; h q;", "expected parameters to train"),
    "none.qasm": (None, "expected a file of OpenQASM 3, found: No such file"),
}


@pytest.mark.parametrize("name", WRONG_CIRCUITS)
def test_circuits_that_cannot_be_used(refused, folder, name):
    body, words = WRONG_CIRCUITS[name]
    if body is not None:
        (folder / name).write_text(f'OPENQASM 3.0; include "stdgates.inc"; {body}')
    refused("fit", f"qgan:ansatz={name}", "--dataset", "good.hdf5", "--out", "other", words=[name, words])
