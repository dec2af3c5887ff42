"""Tasks: what they will take, and where they go."""

import json
from collections.abc import Mapping

import numpy as np
import pytest

import qgen
from qgen.cli import main
from qgen.comparison.compare import compare, run
from qgen.comparison.split import USUAL, load_split
from qgen.comparison.task import Task
from qgen.evaluation import truth_floor
from qgen.files import InputError
from qgen.generators.classical.bootstrap import Bootstrap
from qgen.representations import represent
from qgen.showers import Showers


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A file of 240 images."""
    path = tmp_path_factory.mktemp("data") / "small.hdf5"
    qgen.represent(qgen.load("clic/e-", stop=240), "image8x8").save(path)
    return str(path)


@pytest.mark.parametrize(
    ("generator", "slug"),
    [
        ("qvae", "qvae/seed3"),
        ("classical/mean_image", "classical-mean_image/seed3"),
        ("qgan:style,ansatz=my/circuit.py:mine", "qgan-style-ansatz=my-circuit.py-mine/seed3"),
    ],
)
def test_folders_are_plain_names(generator, slug):
    assert Task(generator, "clic/e-", seed=3).slug == slug


def test_folders_of_long_names_are_short_and_differ():
    """File systems take 255 characters."""
    names = [f"qvae:partitions=[{'8,' * 150}{last}]" for last in (8, 9)]
    slugs = [Task(name, "clic/e-").slug for name in names]
    assert all(len(slug) == 240 + len("/seed0") for slug in slugs)
    assert slugs[0] != slugs[1]
    assert slugs[0] == Task(names[0], "clic/e-").slug


def test_budget_is_checked():
    with pytest.raises(InputError, match="budget: expected one of quick, standard, full, found 'huge'"):
        Task("qvae", "clic/e-", budget="huge").create()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("qgan:mode=nosuch", "expected a mode of .*, found 'nosuch'"),
        ("qgan:discriminator=quantum,gradient_penalty=0.1", "penalty"),
        ("qgan:loss=wgan-gp,gradient_penalty=0", "gradient_penalty > 0"),
        ("qcbm:loss=nosuch", "expected a loss of .*, found 'nosuch'"),
        ("qvae:turns=3", "turns"),
        ("iqp:mode=nosuch", "mode"),
        ("qcbm:ansatz=circuits/nosuch", "nosuch"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_trained(tmp_path, wrong, told):
    with pytest.raises(InputError, match=told):
        compare("clic/e-", ["classical/mean_image", wrong], tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_sampled_is_told_before_anything_is_trained(tmp_path, monkeypatch, capsys):
    """64 qubits of the default code; no fit, no floor, one line."""
    parts = represent(qgen.load("clic/e-", stop=300), "image8x8").split(0.7, seed=0)
    monkeypatch.setattr("qgen.comparison.compare.load_split", lambda *_: parts)
    out = tmp_path / "out"
    assert main(["compare", "--generators", "[classical/mean_image,iqp]", "--out", str(out)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "iqp: exact samples need at most 20 qubits, found 64: no classical way" in line
    assert not any(out.glob("*"))


def test_floors_are_never_of_the_test_showers(tmp_path, monkeypatch):
    """What parts of a model give back is a twin of what they are given, and would score below the truth floor."""
    given = []

    def floors(self: Bootstrap, showers: Showers, *, seed: int) -> Mapping[str, Showers]:
        given.append(showers)
        return {"identity": showers}

    monkeypatch.setattr(Bootstrap, "floors", floors)
    train, test = (showers.select(slice(400)) for showers in load_split("clic/e-", "image8x8", USUAL))
    floor = truth_floor(test, train, n_generated=400, seed=0, matched=True)
    run(Task("classical/bootstrap", "clic/e-", budget="quick"), tmp_path / "bootstrap" / "seed0", train, test, floor)
    np.testing.assert_array_equal(given[0].incident_energy, test.incident_energy)
    shapes, known = (showers.voxels / showers.total_energy[:, None] for showers in (given[0], train))
    source = [np.abs(known - shape).sum(axis=1).argmin() for shape in shapes]
    assert len(set(source)) == len(test)
    np.testing.assert_allclose(shapes, known[source], atol=1e-6)


REPLAY = r"""
from pathlib import Path

import numpy as np

from qgen import Showers
from qgen.generators.protocol import Traits


class Replay:
    traits = Traits("classical", True, "image8x8")

    def __init__(self, *, representation="image8x8"):
        self.representation = representation

    def fit(self, showers, *, seed):
        self.showers = showers
        return self

    def sample(self, incident_energy, *, seed):
        drawn = self.showers.select(np.random.default_rng(seed).integers(0, len(self.showers), len(incident_energy)))
        return Showers(drawn.voxels, np.asarray(incident_energy), drawn.geometry, drawn.particle)

    def floors(self, showers, *, seed):
        return {"identity": showers}

    def resources(self):
        return {"n_parameters": 0.0}

    def save(self, path):
        Path(path).mkdir(parents=True, exist_ok=True)
        self.showers.save(Path(path) / "showers.hdf5")
        (Path(path) / "config.yaml").write_text("generator: replay\noptions: {}\n")
"""


def test_a_plug_in_needs_no_more_than_the_protocol(tmp_path):
    """It keeps no checkpoint, and derives from nothing; its floors are scored."""
    (tmp_path / "mine.py").write_text(REPLAY)
    train, test = (showers.select(slice(400)) for showers in load_split("clic/e-", "image8x8", USUAL))
    floor = truth_floor(test, train, n_generated=400, seed=0, matched=True)
    task = Task(f"{tmp_path / 'mine.py'}:Replay", "clic/e-", budget="quick")
    run(task, tmp_path / "replay" / "seed0", train, test, floor)
    found = json.loads((tmp_path / "replay" / "seed0" / "evaluation.json").read_text())
    assert set(found["floors"]) == {"identity"}
    assert (
        found["evaluation"]["scores"]["auc"]["value"]
        > found["floors"]["identity"]["evaluation"]["scores"]["auc"]["value"]
    )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("qvae:graph=zephyr,partitions=[32,32]", r"graph: expected the sizes \(>= 1\) of 4 colours, found \[32, 32\]"),
        ("qvae:graph_options={nosuch: 1}", "unexpected keyword argument 'nosuch'"),
        ("qvae:sampler_options={nosuch: 1}", "expected sampler_options that it has, found: .*'nosuch'"),
        (
            "qvae:sampler=samplers/qpu_standin,sampler_options={beta_device: -1}",
            "beta_device: expected a finite number",
        ),
        ("qvae:sampler=samplers/dwave", "no account of the vendor is configured"),
        ("qvae@sampler=samplers/dwave", "no account of the vendor is configured"),
        ("qvae:network=convolution", "geometry 'clic': expected polar layers"),
        ("qvae:sampler_options={solver: {token: DEV-1}}", r"sampler_options.solver.token: expected no secrets"),
        ("qvae:learning_rate=1e9", "expected learning_rate to be a number >= 0 and <= 10, found 1000000000.0"),
        ("qvae:warm_up=1.5", "expected warm_up to be a number >= 0 and <= 1, found 1.5"),
        ("qcbm:shape_bits=30", "expected at most 10 bits of shape"),
        ("qgan:ansatz={file}:five", "expected a circuit on 6 qubits, found one on 5"),
        ("qcbm:ansatz={file}:five", "expected a circuit on 9 qubits, found one on 5"),
        ("qcbm:ansatz={file}:fails", "fails: fails for inputs of shape .*: ZeroDivisionError: division by zero"),
    ],
)
def test_what_can_be_known_is_told_before_the_floor_is_measured(tmp_path, monkeypatch, wrong, told, data):
    """Of the last of several generators, too; nothing is left in the folder."""
    for name in ("DWAVE_API_TOKEN", "DWAVE_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "mine.py").write_text(
        "from qiskit import QuantumCircuit\nfrom qiskit.circuit import Parameter\n"
        "five = QuantumCircuit(5)\nfive.ry(Parameter('w'), 0)\n"
        "def fails(inputs, weights, wires):\n    1 / 0\nfails.weight_shape = lambda n_qubits, depth: (3,)\n"
    )
    with pytest.raises(InputError, match=told) as error:
        compare(data, ["classical/bootstrap", wrong.replace("{file}", f"{tmp_path}/mine.py")], tmp_path / "out")
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "out").glob("*"))


FAILS = (
    REPLAY + "\n\nclass Fails(Replay):\n    def sample(self, incident_energy, *, seed):\n        raise KeyError('x')\n"
)


@pytest.mark.slow
def test_one_that_fails_does_not_take_the_others_with_it(tmp_path, capsys, data):
    """The rest is done, the scoreboard written, the failure told, status 1; where all fail, one line and status 2."""
    (tmp_path / "mine.py").write_text(FAILS)
    words = ["compare", "--dataset", data, "--out", str(tmp_path / "out"), "--metrics", "fpd", "--controls", "false"]
    assert main([*words, "--generators", f"{tmp_path}/mine.py:Fails as wrong", "classical/bootstrap"]) == 1
    assert "qgen: 1 of 2 runs failed, the others are done: " in capsys.readouterr().err
    board = json.loads((tmp_path / "out" / "scoreboard.json").read_text())
    assert [row["generator"] for row in board["rows"]] == ["classical/bootstrap"]
    assert main([*words, "--generators", "classical/mean_image:n_knots=2", "classical/bootstrap"]) == 0
    with pytest.raises(InputError, match=r"mine.py:Fails: expected a generator that works, found KeyError: 'x'"):
        compare(data, [f"{tmp_path}/mine.py:Fails"], tmp_path / "alone", controls=False, metrics=["fpd"])
