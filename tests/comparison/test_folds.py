"""A comparison over folds: every shower is scored once, in a folder of its fold; one scoreboard of all."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import qgen
from qgen.cli import main
from qgen.comparison.runs import finished, runs_of, samples_of, split_of
from qgen.comparison.scoreboard import Truth, gather
from qgen.comparison.split import Split, load_split
from qgen.evaluation.folds import FoldScores
from qgen.files import InputError, write

pytestmark = pytest.mark.filterwarnings("ignore:incident_energy")

K = 3
GENERATORS = ["classical/gaussian_copula", "classical/bootstrap"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Two generators, three folds of 300 images, two metrics."""
    home = tmp_path_factory.mktemp("folds")
    qgen.save(qgen.represent(qgen.load("clic/e-", stop=300), "image8x8"), home / "small.hdf5")
    assert compared(home) == 0
    return home


def compared(home, *flags):
    given = ["--dataset", str(home / "small.hdf5"), "--generators", *GENERATORS, "--metrics", "auc", "fpd"]
    given += ["--controls", "false"]
    return main(["compare", *given, "--out", str(home / "out"), *(flags or ("--folds", str(K)))])


def board(home):
    return json.loads((home / "out" / "scoreboard.json").read_text())


def without_figures(scoreboard, out, *_):
    write(out / "scoreboard.json", json.dumps(scoreboard))


def test_every_shower_is_scored_once(home):
    data = str(home / "small.hdf5")
    samples = [
        qgen.load(home / "out" / f"fold{i}" / "classical-bootstrap" / "seed0" / "samples.hdf5") for i in range(K)
    ]
    tests = [load_split(data, "image8x8", Split(folds=K, fold=i))[1] for i in range(K)]
    for generated, test in zip(samples, tests, strict=True):
        np.testing.assert_allclose(generated.incident_energy, test.incident_energy)
    every = np.concatenate([test.incident_energy for test in tests])
    assert sorted(every) == sorted(qgen.load(data).incident_energy)
    assert len(finished(home / "out")) == 2 * K
    assert (board(home)["n_reference"], board(home)["n_train"]) == (300, 200)


def test_scores_and_floors_are_those_of_the_folds(home):
    scoreboard = board(home)
    floors = [Truth.load(home / "out" / f"fold{i}").floor.scores for i in range(K)]
    for row in scoreboard["rows"]:
        evaluations = [
            json.loads(
                (
                    home / "out" / f"fold{i}" / row["generator"].replace("/", "-") / "seed0" / "evaluation.json"
                ).read_text()
            )
            for i in range(K)
        ]
        for name, score in row["metrics"].items():
            values, errors = (
                np.array([e["evaluation"]["scores"][name][key] for e in evaluations]) for key in ("value", "error")
            )
            assert score["value"] == pytest.approx(values.mean())
            assert score["per_seed"] == pytest.approx(values)
            assert score["error"] == pytest.approx(FoldScores(values, errors, np.zeros((K, 0))).error())
            assert score["floor"] == pytest.approx(np.mean([floor[name].value for floor in floors]))
            expected = np.sqrt(sum(floor[name].sd ** 2 for floor in floors)) / K
            n = min(len(floor[name].values) for floor in floors)
            assert abs(np.log(score["floor_sd"] / expected)) < 4 / np.sqrt(2 * n), "of the mean of independent floors"
            assert len({tuple(floor[name].values) for floor in floors}) == K, "the same showers, parted anew"
            assert "rank" in score
        assert row["seeds"] == [0, 1, 2]
        images = np.array(row["distributions"]["mean_image"]["energy"])
        samples = [samples_of(run).voxels for run in runs_of(home / "out")[row["generator"]]]
        np.testing.assert_allclose(images.sum(), np.concatenate(samples).mean(axis=0).sum(), rtol=1e-5)
    assert {pair["metric"] for pair in scoreboard["paired"]} == {"auc", "fpd"}


def test_it_says_so(home):
    words = "3 folds (split seed 0), every shower is scored once"
    scoreboard = board(home)
    recorded = scoreboard["provenance"]
    assert (recorded["split"], recorded["folds"], recorded["fold"], recorded["sealed"]) == (words, 3, None, False)
    for name in ("scoreboard.md", "report.html"):
        assert words in (home / "out" / name).read_text()
    assert "3 folds." in (home / "out" / "scoreboard.md").read_text()


def by_name(scoreboard):
    return {row["generator"]: row for row in scoreboard["rows"]}


def test_it_goes_on_and_is_reported(home, tmp_path, monkeypatch):
    monkeypatch.setattr("qgen.comparison.compare.write_report", without_figures)
    before = board(home)
    weights = sorted(path.stat().st_mtime_ns for path in home.glob("out/*/*/*/model.safetensors"))
    lost = Path("fold1", "classical-bootstrap", "seed0", "evaluation.json")
    copy = shutil.copytree(home / "out", tmp_path / "copy")
    (copy / lost).unlink()
    (copy / "scoreboard.json").unlink()
    with pytest.raises(InputError, match=r"classical/bootstrap: expected runs of .* every fold .* \[0, 2\]"):
        gather([copy])
    (home / "out" / lost).unlink()
    assert compared(home) == 0
    assert sorted(path.stat().st_mtime_ns for path in home.glob("out/*/*/*/model.safetensors")) == weights
    after = board(home)
    for key in ("floor", "paired", "reference"):
        assert after[key] == before[key]
    assert [row["metrics"] for row in after["rows"]] == [row["metrics"] for row in before["rows"]]
    (home / "out" / "scoreboard.json").unlink()
    assert main(["report", str(home / "out"), "--out", str(tmp_path / "again"), "--figures", "scores"]) == 0
    again = json.loads((tmp_path / "again" / "scoreboard.json").read_text())
    assert by_name(again) == by_name(after)
    assert again["floor"] == after["floor"]
    assert main(["report", str(home / "out" / "fold1"), "--out", str(tmp_path / "one"), "--figures", "scores"]) == 0
    one = json.loads((tmp_path / "one" / "scoreboard.json").read_text())
    assert one["provenance"]["fold"] == 1
    for name, row in by_name(one).items():
        assert row["metrics"]["auc"]["value"] == by_name(after)[name]["metrics"]["auc"]["per_seed"][1]
    write(home / "out" / "scoreboard.json", json.dumps(after))


def test_what_does_not_fit(home, capsys):
    for flags, told in (
        (("--folds", "3", "--seeds", "2"), "--seeds 2: expected without --folds"),
        (("--folds", "4"), "expected the truth floor of"),
        (("--split_seed", "0"), "expected the truth floor of"),
    ):
        capsys.readouterr()
        assert compared(home, *flags) == 2
        assert told in capsys.readouterr().err
    with pytest.raises(InputError, match="found several folds; give one of them"):
        split_of(home / "out")
    assert len(split_of(home / "out" / "fold2")[1]) == 100
