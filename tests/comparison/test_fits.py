"""A fit joins the report of a comparison: scored alike, refused where its showers are others, and left as it is."""

import json
import shutil
from dataclasses import replace

import pytest
import yaml

import qgen
from qgen.cli import main
from qgen.comparison.compare import compare
from qgen.comparison.fits import with_fits_scored
from qgen.comparison.groups import grouped
from qgen.comparison.scoreboard import gather
from qgen.comparison.split import Split, load_split
from qgen.comparison.task import Task, fit
from qgen.files import InputError

pytestmark = pytest.mark.filterwarnings("ignore:incident_energy")


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A comparison of the bootstrap on 150 images, scored by the FPD, and the task of its run."""
    root = tmp_path_factory.mktemp("fits")
    data = root / "small.hdf5"
    qgen.save(qgen.represent(qgen.load("clic/e-", stop=150), "image8x8"), data)
    compare(str(data), ["classical/bootstrap"], root / "compared", controls=False, metrics=["fpd"])
    return root / "compared", Task("classical/bootstrap", str(data), budget="quick")


def fitted(task, folder):
    fit(task, load_split(task.dataset, task.representation, task.split)[0], folder)
    return folder


def edited(run, **entries):
    """A run with other entries of its task."""
    config = yaml.safe_load((run / "config.yaml").read_text())
    config["task"] |= entries
    (run / "config.yaml").write_text(yaml.safe_dump(config))
    return run


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_fit_is_scored_as_in_the_comparison(compared, tmp_path):
    """The same generator, seed and showers, trained apart: the same numbers; once, and nothing is left in the fit."""
    folder, task = compared
    run = fitted(replace(task, budget="standard"), tmp_path / "mine")
    before = contents(run)
    folders = with_fits_scored([folder, run], tmp_path / "out")
    assert folders[0] == folder
    assert (folders[1].name, folders[1].parent.name) == ("seed0", "classical-bootstrap-standard-budget")
    first, second = gather(folders)["rows"]
    assert second["generator"] == "classical/bootstrap, standard budget"
    assert second["metrics"]["fpd"] == first["metrics"]["fpd"]
    assert contents(run) == before
    scored = contents(folders[1])
    assert with_fits_scored([folder, run], tmp_path / "out") == folders
    assert contents(folders[1]) == scored
    edited(run, fit_s=1.0)
    with pytest.raises(InputError, match=r"expected what was measured of .*mine, found that of another; say another"):
        with_fits_scored([folder, run], tmp_path / "out")


def test_another_seed_of_the_same_joins_its_row(compared, tmp_path):
    folder, task = compared
    run = fitted(replace(task, seed=4), tmp_path / "mine")
    out = tmp_path / "out"
    assert main(["report", str(folder), str(run), "--out", str(out), "--figures", "scores"]) == 0
    assert [row["seeds"] for row in json.loads((out / "scoreboard.json").read_text())["rows"]] == [[0, 4]]
    board = json.loads((folder / "scoreboard.json").read_text())
    other = tmp_path / "other"
    other.mkdir()
    (other / "scoreboard.json").write_text(json.dumps({**board, "dataset": "another"}))
    joined, apart = grouped([folder, other, *with_fits_scored([folder, run], out)[1:]])
    assert ([row["seeds"] for row in joined["rows"]], apart["dataset"]) == ([[0, 4]], "another")


def test_what_differs_is_said_before_anything_is_sampled(compared, tmp_path, capsys):
    folder, task = compared
    run = fitted(replace(task, split=Split(seed=1)), tmp_path / "mine")
    out = tmp_path / "out"

    def said(*folders):
        assert main(["report", *map(str, folders), "--out", str(out)]) == 2
        assert not out.exists()
        return capsys.readouterr().err

    expected = f"{run}: expected a fit to the showers of {folder}: split: split seed 0, found split seed 1\n"
    assert said(folder, run).endswith(expected)
    assert "representation: image8x8, found depth3; split:" in said(folder, edited(run, representation="depth3"))
    assert "expected beside a fit a comparison with its runs" in said(run)
    usual = edited(run, representation="image8x8", split={"seed": 0})
    assert "classical/bootstrap, seed 0 twice" in said(folder, usual)
    whole = said(folder, edited(usual, train_fraction=1.0))
    assert whole.count("\n") == 1
    assert "found one to the whole file" in whole
    assert "which has seen the test showers" in whole
    assert "seed: expected a whole number >= 0, found '../x'" in said(folder, edited(usual, seed="../x"))


def test_code_that_came_with_a_fit_is_not_run_unless_it_is_trusted(compared, tmp_path, capsys):
    """The file that the task names is not touched either, only the one beside the model, and only with --trust."""
    folder, task = compared
    source = "from qgen.generators.classical.bootstrap import Bootstrap\nclass Mine(Bootstrap):\n    '''Mine.'''\n"
    (tmp_path / "mine.py").write_text(source)
    run = fitted(replace(task, generator=f"{tmp_path / 'mine.py'}:Mine"), tmp_path / "run")
    ran = tmp_path / "ran"
    (run / "mine.py").write_text(f"open({str(ran)!r}, 'w').close()\n{source}")
    (tmp_path / "mine.py").write_text("raise SystemExit")
    words = ["report", str(folder), str(run), "--out", str(tmp_path / "out"), "--figures", "scores"]
    assert main(words) == 2
    assert "would run code that is not qgen's" in capsys.readouterr().err
    assert not ran.exists()
    assert main([*words, "--trust"]) == 0
    assert ran.exists()


def test_an_interrupted_fit_is_left_out(compared, tmp_path, caplog):
    folder, _ = compared
    (tmp_path / "checkpoint.pt").touch()
    assert with_fits_scored([folder, tmp_path], tmp_path / "out") == [folder]
    assert "left out" in caplog.text


def test_other_test_showers_under_the_same_name_are_refused(compared, tmp_path):
    folder, task = compared
    copy = shutil.copytree(folder, tmp_path / "copy")
    truth = json.loads((copy / "floor.json").read_text())
    (copy / "floor.json").write_text(json.dumps({**truth, "showers": "0" * 16}))
    run = fitted(replace(task, seed=1), tmp_path / "mine")
    with pytest.raises(InputError, match="expected the showers that were scored in the comparison, found others"):
        with_fits_scored([copy, run], tmp_path / "out")
