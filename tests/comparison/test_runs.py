"""Run directories: how they are written, found, and put into one scoreboard."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

import qgen
from qgen.cli import main
from qgen.comparison.compare import compare
from qgen.comparison.runs import runs_of, samples_of, split_of, with_the_others
from qgen.comparison.scoreboard import gather
from qgen.comparison.split import USUAL, load_split
from qgen.comparison.task import Task, fit, save
from qgen.files import InputError
from qgen.generators.saved import load_generator

pytestmark = pytest.mark.filterwarnings("ignore:incident_energy")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two comparisons of different generators on the same 240 images, with the same floor."""
    root = tmp_path_factory.mktemp("gather")
    data = root / "small.hdf5"
    qgen.save(qgen.represent(qgen.load("clic/e-", stop=240), "image8x8"), data)
    first, second = root / "first", root / "second"
    compare(str(data), ["classical/mean_image"], first, seeds=2, controls=False, metrics=["auc", "fpd"])
    second.mkdir()
    shutil.copy(first / "floor.json", second)
    compare(str(data), ["classical/bootstrap"], second, controls=False, metrics=["auc", "fpd"])
    return first, second


@pytest.mark.slow
def test_runs_and_comparisons_become_one(folders, tmp_path):
    first, second = folders
    run = second / "classical-bootstrap" / "seed0"
    board = gather([first, run])
    assert [row["generator"] for row in board["rows"]] == ["classical/mean_image", "classical/bootstrap"]
    assert [row["seeds"] for row in board["rows"]] == [[0, 1], [0]]
    assert board["paired"] == [], "one and two trainings are not compared"
    assert not any("rank" in score for row in board["rows"] for score in row["metrics"].values())
    alone = {path: json.loads((path / "scoreboard.json").read_text()) for path in folders}
    for path, row in zip(folders, board["rows"], strict=True):
        same = alone[path]["rows"][0]["metrics"]
        assert {k: v["value"] for k, v in row["metrics"].items()} == {k: v["value"] for k, v in same.items()}
    assert main(["report", str(first), str(run), "--out", str(tmp_path / "talk"), "--style", "cms"]) == 0
    assert (tmp_path / "talk" / "report.html").exists()
    assert json.loads((tmp_path / "talk" / "scoreboard.json").read_text())["rows"] == json.loads(
        json.dumps(board["rows"])
    )


def test_what_does_not_belong_together(folders, tmp_path, capsys):
    first, second = folders
    with pytest.raises(InputError, match="expected another generator, fold or seed"):
        gather([second, shutil.copytree(second, tmp_path / "copy")])
    twice = gather([first, shutil.copytree(first, tmp_path / "again")])["rows"]
    assert [row["seeds"] for row in twice] == [[0, 1]], "controls are in every comparison"
    other = shutil.copytree(second, tmp_path / "other")
    truth = json.loads((other / "floor.json").read_text())
    value = truth["floor"]["scores"]["auc"]["value"]
    truth["floor"]["scores"]["auc"]["value"] = value + 1e-13  # another CPU
    (other / "floor.json").write_text(json.dumps(truth))
    assert len(gather([first, other])["rows"]) == 2
    truth["floor"]["scores"]["auc"]["value"] = value + truth["floor"]["scores"]["auc"]["sd"]
    (other / "floor.json").write_text(json.dumps(truth))
    with pytest.raises(InputError, match="other showers or another floor"):
        gather([first, other])
    (other / "floor.json").write_text(json.dumps({**json.loads((second / "floor.json").read_text()), "showers": "x"}))
    with pytest.raises(InputError, match="other showers or another floor"):
        gather([first, other])
    unfinished = tmp_path / "unfinished"
    unfinished.mkdir()
    (unfinished / "config.yaml").touch()
    assert len(gather([first, unfinished])["rows"]) == 1, "left out"
    with pytest.raises(InputError, match=r"found no evaluation\.json"):
        gather([first, tmp_path])
    assert main(["report", str(first), str(second)]) == 2
    assert "expected one folder or --out, found 2 folders" in capsys.readouterr().err


def test_an_old_evaluation_is_refused(folders, tmp_path):
    copy = shutil.copytree(folders[0], tmp_path / "old")
    path = copy / "classical-mean_image" / "seed1" / "evaluation.json"
    content = json.loads(path.read_text())
    del content["evaluation"]["draws"]
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="remove the file to score again"):
        gather([copy / "classical-mean_image" / "seed0", copy / "classical-mean_image" / "seed1"])


def test_runs_in_the_order_of_their_seeds(folders, tmp_path):
    """Of numbers, not of names: seed10 comes after seed2."""
    copy = shutil.copytree(folders[0], tmp_path / "copy") / "classical-mean_image"
    for old, new in ((0, 10), (1, 2)):
        config = yaml.safe_load((copy / f"seed{old}" / "config.yaml").read_text())
        config["task"]["seed"] = new
        (copy / f"seed{old}" / "config.yaml").write_text(yaml.safe_dump(config))
        (copy / f"seed{old}").rename(copy / f"seed{new}")
    assert runs_of(copy.parent) == {"classical/mean_image": [copy / "seed2", copy / "seed10"]}
    assert len(samples_of(copy / "seed2")) == len(split_of(copy.parent)[1])


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("renames", range(5))
def test_a_fit_that_is_killed_while_it_is_saved_goes_on(folders, tmp_path, monkeypatch, renames):
    """After any number of renames the same command ends with the same model, and nothing is left over."""
    data = str(folders[0].parent / "small.hdf5")
    task, train = Task("classical/mean_image", data), load_split(data, "image8x8", USUAL)[0]
    replace, done = Path.replace, []

    def renamed(path, target):
        if len(done) == renames:
            raise Killed
        done.append(path)
        return replace(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", renamed)
        patched.setattr("shutil.rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            fit(task, train, tmp_path)
    assert not (tmp_path / "config.yaml").exists()
    fit(task, train, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.yaml", "model.safetensors"]
    again, whole = fit(task, train, tmp_path), load_generator(folders[0] / "classical-mean_image" / "seed0")
    energy = train.incident_energy
    np.testing.assert_array_equal(again.sample(energy, seed=1).voxels, whole.sample(energy, seed=1).voxels)


def test_what_saves_no_config_is_refused(tmp_path):
    class Silent:
        def save(self, path):
            (path / "weights").touch()

    with pytest.raises(InputError, match=r"Silent: expected save to write config\.yaml"):
        save(Silent(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_scoreboard_has_all_that_is_finished_in_its_folder(folders, tmp_path, caplog):
    """Fewer generators or seeds another time do not lose rows; what cannot be read is left out and told."""
    out = tmp_path / "both"
    shutil.copytree(folders[0], out)
    shutil.copytree(folders[1] / "classical-bootstrap", out / "classical-bootstrap")
    mean, drawn = (out / name for name in ("classical-mean_image", "classical-bootstrap"))
    both = {"drawn": [drawn / "seed0"], "classical/mean_image": [mean / "seed0", mean / "seed1"]}
    assert with_the_others({"drawn": [drawn / "seed0"]}, out, ["auc"]) == both
    assert with_the_others({"mean": [mean / "seed1"]}, out) == {
        "mean": [mean / "seed0", mean / "seed1"],
        "classical/bootstrap": [drawn / "seed0"],
    }
    assert with_the_others({"drawn": [drawn / "seed0"]}, out, controls=False) == {"drawn": [drawn / "seed0"]}
    assert list(with_the_others({"drawn": [drawn / "seed0"]}, out, ["none"])) == ["drawn"]
    (mean / "seed1" / "evaluation.json").write_text("{}")
    assert with_the_others({"drawn": [drawn / "seed0"]}, out)["classical/mean_image"] == [mean / "seed0"]
    assert "classical-mean_image/seed1: not scored by none" in caplog.text
    assert "classical-mean_image/seed1/evaluation.json: expected an evaluation of this version" in caplog.text


@pytest.mark.slow
def test_a_comparison_run_again_with_fewer_generators_keeps_the_rows(folders, tmp_path):
    data, out = str(folders[0].parent / "small.hdf5"), tmp_path / "again"
    shutil.copytree(folders[1], out)
    board = compare(data, ["classical/gaussian_copula"], out, controls=False, metrics=["auc", "fpd"])
    assert [row["generator"] for row in board["rows"]] == ["classical/gaussian_copula", "classical/bootstrap"]


def test_a_run_of_other_options_is_no_run_of_this_task(tmp_path):
    """Defaults that a version of qgen has changed are told: the score is not that of what is asked for today."""
    task = Task("classical/bootstrap", "clic/e-", "image8x8")
    train, _ = load_split("clic/e-", "image8x8", USUAL)
    fit(task, train.select(slice(200)), tmp_path)
    fit(task, train.select(slice(200)), tmp_path)
    config = yaml.safe_load((tmp_path / "config.yaml").read_text())
    config["options"]["neighbours"] = 5
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(InputError, match=r"config.yaml: options, neighbours: expected 8, found 5; choose another"):
        fit(task, train.select(slice(200)), tmp_path)
