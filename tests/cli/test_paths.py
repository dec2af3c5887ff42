"""Names of files that cannot be, or are something else: one line, whichever verb and flag they are given to."""

import os
import subprocess
import sys

import pytest

import qgen
from qgen.cli import main

FIT = ["fit", "classical/mean_image", "--dataset"]
BAD = {
    "NUL": ("a\0b", r"'a\x00b"),
    "not UTF-8": ("a\udcff", r"'a\udcff"),
    "too long": ("x" * 300, "File name too long"),
    "much too long": ("x" * 5000, "File name too long"),
    "a file as a folder": ("file/x", "file"),
}
FLAGS = {
    "fit --out": lambda name: [*FIT, "good.hdf5", "--out", name],
    "fit --dataset": lambda name: [*FIT, name, "--out", "out"],
    "fit --test": lambda name: [*FIT, "good.hdf5", "--test", name, "--out", "out"],
    "sample": lambda name: ["sample", name, "--energy", "50"],
    "sample --out": lambda name: ["sample", "run", "--energy", "50", "--out", f"{name}.hdf5"],
    "evaluate": lambda name: ["evaluate", name, "good.hdf5"],
    "evaluate --out": lambda name: ["evaluate", "good.hdf5", "good.hdf5", "--out", f"{name}.json"],
    "report": lambda name: ["report", name],
    "compare --out": lambda name: ["compare", "--dataset", "good.hdf5", "--out", name],
    "circuits show": lambda name: ["circuits", "show", f"{name}.qasm"],
    "circuits show --out": lambda name: ["circuits", "show", "circuits/line", "--out", f"{name}.pdf"],
    "circuits export": lambda name: ["circuits", "export", name, "50"],
    "--config": lambda name: ["sample", "--config", name],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("paths")
    qgen.represent(qgen.load("clic/e-", stop=60), "image8x8").save(folder / "good.hdf5")
    (folder / "file").touch()
    (folder / "folder").mkdir()
    return folder


@pytest.fixture(autouse=True)
def inside(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("flag", FLAGS)
def test_a_name_that_cannot_be(flag, bad, folder, inside, capsys):
    name, told = BAD[bad]
    assert main(FLAGS[flag](name)) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1, line
    assert len(line) < 2100
    if bad in ("NUL", "not UTF-8"):
        assert told in line
    assert {path.name for path in folder.iterdir()} == inside


@pytest.mark.parametrize("flag", ["fit --dataset", "fit --test", "evaluate", "sample", "report", "circuits export"])
def test_a_folder_for_a_file_and_the_reverse(flag, capsys):
    wrong = "folder" if flag in ("fit --dataset", "fit --test", "evaluate") else "file"
    assert main(FLAGS[flag](wrong)) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert wrong in line


def test_paths_of_the_library(folder):
    with pytest.raises(qgen.InputError, match="expected a name without NUL characters"):
        qgen.load_generator("a\0b")


@pytest.mark.parametrize(
    "encoding", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_a_terminal_that_is_not_utf_8(encoding):
    code = "import sys; from qgen.cli import run\ndef go() -> None: print('a \\u00b1 b')\nsys.exit(run(go, []))"
    environment = {**os.environ, **encoding}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout) == (0, "a ? b\n")
