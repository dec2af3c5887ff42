"""Damaged run directories: every kind of place in each file, by every kind of damage, is one line or is read.

What is read may hold nothing that a page, a table or a terminal would take for more than text and numbers.
"""

import copy
import itertools
import json
import random
import shutil

import pytest
import torch
import yaml
from safetensors import safe_open
from safetensors.torch import save_file
from training import training_job

import qgen
from qgen.cli import main
from qgen.comparison.compare import compare
from qgen.comparison.runs import environment_of, scores_of, task_of
from qgen.comparison.scoreboard import Truth, assemble
from qgen.evaluation.shapes import require
from qgen.files import InputError
from qgen.report.schema import SCOREBOARD
from qgen.training import read_history

DEEP = json.loads("[" * 30 + "]" * 30)
MISSING, RENAMED, MORE = object(), object(), object()
DAMAGE = [
    *("<script>alert(1)</script>", "\x1b[31m", "a\n\\input{/etc/passwd}", "$\\frac$", "../../x", "1.5", "\0"),
    "x" * 5000,
    *(float("inf"), float("nan"), 1e308, 10**400, -1, 0, True, None, [], {}, [1, 2], {"a": 1}, DEEP),
    *(MISSING, RENAMED, MORE),
]
PER_PLACE = 1
"""Damages that are tried at a place, in turn."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished comparison of one generator by two metrics."""
    folder = tmp_path_factory.mktemp("damaged")
    qgen.represent(qgen.load("clic/e-", stop=120), "image8x8").save(folder / "small.hdf5")
    metrics = ["mmd", "separation"]
    compare(str(folder / "small.hdf5"), ["classical/mean_image"], folder / "run", controls=False, metrics=metrics)
    return folder / "run"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a training, with its checkpoint."""
    folder = tmp_path_factory.mktemp("trained")
    training_job.fit(folder)
    return folder


@pytest.fixture
def run(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "run")
    return tmp_path / "run" / "classical-mean_image" / "seed0"


def places(value, path=()):
    """Paths to all entries; of a list that to its first."""
    keys = value if isinstance(value, dict) else range(min(len(value), 1)) if isinstance(value, list) else ()
    for key in keys:
        yield (*path, key)
        yield from places(value[key], (*path, key))


def damaged(content, place, damage):
    """A copy in which one entry is damaged."""
    made = copy.deepcopy(content)
    parent = made
    for key in place[:-1]:
        parent = parent[key]
    if damage is MISSING:
        del parent[place[-1]]
    elif damage is RENAMED and isinstance(parent, dict):
        parent["<script>"] = parent.pop(place[-1])
    elif damage in (RENAMED, MORE):
        parent.update({"\x1b[31m": 1}) if isinstance(parent, dict) else parent.append("more")
    else:
        parent[place[-1]] = damage
    return made


def kinds(content):
    """One place of each kind: names of metrics and observables are all alike, and distributions only drawn."""
    alike = {"figure_edges", "scores", "in_energy_bins", "draws", "metrics"}
    drawn = {"distributions", "reference"}
    seen = {}
    for place in places(content):
        shape = ["*" if i and place[i - 1] in alike | {0} else key for i, key in enumerate(place)]
        if not drawn & set(place[:-2]):
            seen.setdefault(tuple(shape), place)
    return list(seen.values())


READERS = {
    "classical-mean_image/seed0/evaluation.json": lambda home, run: scores_of(run),
    "classical-mean_image/seed0/environment.json": lambda home, run: environment_of(run),
    "classical-mean_image/seed0/config.yaml": lambda home, run: (task_of(run), qgen.load_generator(run)),
    "floor.json": lambda home, run: Truth.load(home),
}


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_one_line_or_makes_a_sound_scoreboard(name, run):
    home = run.parents[1]
    path = home / name
    load, dump = (json.loads, json.dumps) if path.suffix == ".json" else (yaml.safe_load, yaml.safe_dump)
    content = load(path.read_text())
    turns, told = itertools.cycle(random.Random(0).sample(DAMAGE, len(DAMAGE))), []
    for place in kinds(content):
        for damage in itertools.islice(turns, PER_PLACE):
            path.write_text(dump(damaged(content, place, damage)))
            try:
                READERS[name](home, run)
                require(assemble({"mean image": [run]}, Truth.load(home)), SCOREBOARD, path, "a scoreboard")
            except InputError as error:
                told.append(str(error))
    assert len(told) > len(kinds(content)) / 4
    assert not [line for line in told if "\n" in line or str(home) not in line]


@pytest.mark.parametrize(
    "text",
    ["", "epoch,loss\n0,<script>", "epoch,loss\n0,1,2,3", "epoch,loss\n0,\0", "epoch,loss\n0," + "x" * 200_000, "\xff"],
)
def test_a_damaged_history(tmp_path, text):
    path = tmp_path / "history.csv"
    path.write_bytes(text.encode("latin-1"))
    if not text:
        assert read_history(path) == {}
        return
    with pytest.raises(InputError, match=r"history\.csv: expected a history of a training, found: "):
        read_history(path)


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("damage", ["options", "metadata", "geometry", "missing", "empty", "huge"])
def test_a_damaged_model(run, damage, monkeypatch, capsys):
    """Told when it is loaded, or when it is to sample."""
    monkeypatch.chdir(run)
    path = run / "model.safetensors"
    with safe_open(path, framework="pt") as file:
        metadata, state = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    name = max(state, key=lambda key: state[key].numel())
    match damage:
        case "options":
            config = yaml.safe_load((run / "config.yaml").read_text())
            (run / "config.yaml").write_text(yaml.safe_dump({**config, "options": {"representation": 3}}))
        case "metadata":
            metadata["energy_range"] = "1 2 3"
        case "geometry":
            metadata["geometry"] = '{"name": 1}'
        case "missing":
            del state[name]
        case "empty":
            state[name] = state[name][:0]
        case "huge":
            state[name] = torch.full_like(state[name], 1e39)
    path.unlink()
    save_file(state, path, metadata)
    assert main(["sample", ".", "--energy", "50", "--n", "3", "--out", "new.hdf5"]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1, line
    assert not (run / "new.hdf5").exists()
    (run / "evaluation.json").unlink()
    data = yaml.safe_load((run / "config.yaml").read_text())["task"]["dataset"]
    with pytest.raises(InputError):
        compare(data, ["classical/mean_image"], run.parents[1], controls=False, metrics=["mmd", "separation"])


@pytest.mark.parametrize(
    "change",
    [
        {"history": [{"epoch": "<script>"}]},
        {"history": None},
        {"settings": []},
        {"best_score": "x"},
        {"best": {}},
        {"objective": {"a": 1}},
        {"optimisers": {}},
        {"validations_since_best": []},
    ],
)
def test_a_damaged_checkpoint(trained, tmp_path, change):
    path = tmp_path / "checkpoint.pt"
    torch.save({**torch.load(trained / path.name, weights_only=True), **change}, path)
    with pytest.raises(InputError, match=r"checkpoint\.pt: damaged, or made by another version of qgen; delete it"):
        training_job.fit(tmp_path)


def test_damaged_digests_of_plug_ins(run):
    config = yaml.safe_load((run / "config.yaml").read_text())
    config["task"]["plugins"] = 1e308
    (run / "config.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(InputError, match=r"config\.yaml: task, plugins: expected digests by name, found 1e\+308"):
        compare(config["task"]["dataset"], ["classical/mean_image"], run.parents[1], controls=False, metrics=["mmd"])
