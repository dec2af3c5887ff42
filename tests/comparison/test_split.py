"""Which showers are learnt from, and which are scored."""

import numpy as np
import pytest
import yaml

import qgen
from qgen.cli import main
from qgen.comparison.split import USUAL, Split, load_split
from qgen.comparison.task import Task, fit
from qgen.datasets import digests, open_part, sealed
from qgen.files import InputError

CLIC = "clic/e-"


def of(*parts):
    """Digests of the native showers of all parts."""
    return np.concatenate([digests(part) for part in parts])


def test_the_sealed_part_is_given_only_where_it_is_asked_for():
    whole = qgen.load(CLIC)
    closed = set(digests(whole.select(sealed(whole))))
    for split in (USUAL, Split(folds=2, fold=0, seed=7)):
        train, test = load_split(CLIC, "native", split)
        assert not closed & set(of(train, test))
        assert len(set(of(train, test))) == len(train) + len(test) == len(whole) - len(closed)
    train, test = load_split(CLIC, "native", Split(sealed=True))
    assert set(of(test)) == closed
    assert sorted(of(train)) == sorted(of(open_part(CLIC)))


def test_the_seed_splits_the_open_part():
    train, test = load_split(CLIC, "native", USUAL)
    expected = open_part(CLIC).split(0.7, seed=0)
    for found, wanted in zip((train, test), expected, strict=True):
        np.testing.assert_array_equal(found.voxels, wanted.voxels)
    other = load_split(CLIC, "native", Split(seed=1))[1]
    assert np.isin(of(other), of(test)).mean() == pytest.approx(0.3, abs=0.05)


@pytest.mark.slow
def test_every_open_shower_is_scored_in_one_fold():
    parts = [load_split(CLIC, "native", Split(folds=5, fold=i)) for i in range(5)]
    assert sorted(of(*(test for _, test in parts))) == sorted(of(open_part(CLIC)))
    for train, test in parts:
        assert abs(5 * len(test) - len(train) - len(test)) < 5
    again = load_split(CLIC, "native", Split(folds=5, fold=1, seed=1))[1]
    assert set(of(again)) != set(of(parts[1][1]))


def test_showers_of_another_file_are_only_scored(tmp_path):
    showers = qgen.load(CLIC, stop=300)
    mine, theirs = tmp_path / "mine.hdf5", tmp_path / "theirs.hdf5"
    qgen.save(showers.select(slice(0, 200)), mine)
    qgen.save(showers.select(slice(200, 300)), theirs)
    train, test = load_split(str(mine), "image8x8", Split(test=str(theirs)))
    assert (len(train), len(test)) == (200, 100)
    np.testing.assert_array_equal(test.voxels, qgen.represent(showers.select(slice(200, 300)), "image8x8").voxels)
    both = load_split(str(mine), "native", Split(sealed=True))
    np.testing.assert_array_equal(sealed(both[1]), True)
    qgen.save(showers.select(slice(150, 300)), theirs)
    with pytest.raises(InputError, match="expected other showers than those to learn from, found 50 of them"):
        load_split(str(mine), "image8x8", Split(test=str(theirs)))
    with pytest.raises(InputError, match=r"expected the geometry of the showers to learn from, .* found 'calogan'"):
        load_split(str(mine), "native", Split(test="calogan/e+"))


def test_a_sample_that_is_scored_gives_its_open_part(tmp_path):
    qgen.save(qgen.load("calogan/e+", stop=100), tmp_path / "mine.hdf5")
    _, test = load_split(str(tmp_path / "mine.hdf5"), "native", Split(test="calogan/gamma"))
    assert sorted(of(test)) == sorted(of(open_part("calogan/gamma")))


def test_the_split_from_before_there_were_sealed_parts():
    whole = qgen.represent(qgen.load(CLIC), "image8x8").split(0.7, seed=0)
    for found, expected in zip(load_split(CLIC, "image8x8"), whole, strict=True):
        np.testing.assert_array_equal(found.voxels, expected.voxels)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("--test calogan/e+ --sealed true", "expected one of --test, --folds and --sealed, found --test and --sealed"),
        ("--folds 3 --sealed true", "expected one of --test, --folds and --sealed, found --folds and --sealed"),
        ("--folds 3 --test clic/e-", "found --test and --folds"),
        ("--split_seed 1 --sealed true", "--split_seed: expected without --sealed"),
        ("--folds 1 --fold 0", "--folds: expected at least 2, found 1"),
        ("--fold 1", "--fold 1: expected --folds"),
        ("--folds 3 --fold 3", "--fold: expected 0 to 2 of --folds 3, found 3"),
        ("--folds 3", "--folds 3: expected --fold as well"),
        ("--folds 9000 --fold 1", "--folds: expected at most one for each of the 4696 showers, found 9000"),
        ("--test nowhere.hdf5", "nowhere.hdf5: no such file"),
        ("--test clic/e-", "--test clic/e-: expected other showers than those to learn from, found 4696 of them"),
        ("--stream --split_seed 2", "--stream: a whole file is learnt from"),
        ("--stream", "--stream: expected a file, found the embedded sample clic/e-"),
    ],
)
def test_what_makes_no_sense_is_one_line(capsys, tmp_path, flags, told):
    assert main(["fit", "classical/mean_image", "--out", str(tmp_path / "run"), *flags.split()]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("flags", "seed", "split"),
    [("--seed 3", 3, {}), ("--split_seed 3", 0, {"seed": 3}), ("--folds 3 --fold 1", 0, {"fold": 1})],
)
def test_numbers_of_the_command_line_are_kept(tmp_path, flags, seed, split):
    """The parser's numbers are of types of their own, which YAML does not know."""
    assert main(["fit", "classical/mean_image", "--out", str(tmp_path), *flags.split()]) == 0
    task = yaml.safe_load((tmp_path / "config.yaml").read_text())["task"]
    assert task["seed"] == seed
    assert split.items() <= task["split"].items()


def test_a_run_knows_its_split(tmp_path, capsys):
    """It samples for the showers that it has not learnt from, and is not taken for a run of another split."""
    fitted, samples = tmp_path / "run", tmp_path / "samples.hdf5"
    arguments = ["fit", "classical/mean_image", "--out", str(fitted), "--folds", "3", "--fold", "2"]
    assert main(arguments) == 0
    assert main(["sample", str(fitted), "--out", str(samples)]) == 0
    _, test = load_split(CLIC, "image8x8", Split(folds=3, fold=2))
    np.testing.assert_array_equal(qgen.load(samples).incident_energy, test.incident_energy)
    capsys.readouterr()
    assert main([*arguments[:-1], "1"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "task, split: expected {'seed': 0, 'fold': 1, " in line
    assert line.endswith("choose another folder")


def test_a_run_from_before_there_were_splits_samples_what_it_was_scored_by(tmp_path):
    fitted, samples = tmp_path / "run", tmp_path / "samples.hdf5"
    train, test = load_split(CLIC, "image8x8")
    fit(Task("classical/mean_image", CLIC), train, fitted)
    config = yaml.safe_load((fitted / "config.yaml").read_text())
    del config["task"]["split"]
    (fitted / "config.yaml").write_text(yaml.safe_dump(config))
    assert main(["sample", str(fitted), "--out", str(samples)]) == 0
    np.testing.assert_array_equal(qgen.load(samples).incident_energy, test.incident_energy)
