"""Code that came with a saved generator runs only where it is the user's own, or trusted."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

import qgen
from qgen.cli import main
from qgen.comparison.split import USUAL, load_split
from qgen.comparison.task import Task, fit
from qgen.files import InputError
from qgen.generators.classical.bootstrap import Bootstrap
from qgen.generators.saved import load_generator
from qgen.plugins.signature import is_own, sign

CIRCUIT = """
import pennylane as qml

def mine(inputs, weights, wires):
    for w, wire in zip(weights, wires):
        qml.RY(w, wires=wire)

mine.weight_shape = lambda n_qubits, depth: (n_qubits,)
"""
EVIL = "open({marker!r}, 'w')\nfrom qgen.generators.classical.bootstrap import Bootstrap as Mine\nmine = Mine\n"


@pytest.fixture
def model(tmp_path):
    """A saved QGAN with a circuit of the user's, its training showers few."""
    (tmp_path / "mine.py").write_text(CIRCUIT)
    showers = qgen.represent(qgen.load("clic/e-", stop=40), "image8x8")
    qgen.QGAN(ansatz=f"{tmp_path}/mine.py:mine", epochs=0).fit(showers, seed=0).save(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def plain(tmp_path):
    showers = qgen.represent(qgen.load("clic/e-", stop=40), "image8x8")
    Bootstrap().fit(showers, seed=0).save(tmp_path / "plain")
    return tmp_path / "plain"


def changed(folder: Path, **entries) -> Path:
    config = yaml.safe_load((folder / "config.yaml").read_text())
    (folder / "config.yaml").write_text(yaml.safe_dump({**config, **entries}))
    return folder


def test_ones_own_models_load_and_those_of_others_where_they_are_trusted(model, monkeypatch, tmp_path, capsys):
    assert load_generator(model).ansatz.endswith("mine.py:mine")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "somebody else"))
    told = r"model: would run code that is not qgen's: ansatz mine.py:mine; if you trust .*, say --trust \(in Python"
    with pytest.raises(InputError, match=told):
        load_generator(model)
    with pytest.raises(InputError, match=told):
        qgen.QGAN.load(model)
    assert load_generator(model, trust=True).ansatz == qgen.QGAN.load(model, trust=True).ansatz
    words = ["sample", str(model), "--energy", "50", "--n", "3", "--out", str(tmp_path / "s.hdf5")]
    assert main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main([*words, "--trust"]) == 0


def test_changed_code_is_no_longer_ones_own(model):
    (model / "mine.py").write_text(CIRCUIT + "\nprint('changed')\n")
    with pytest.raises(InputError, match="would run code"):
        load_generator(model)


@pytest.mark.parametrize("verb", ["sample", "export", "resume"])
@pytest.mark.parametrize("what", ["generator", "option", "module", "named like qgen"])
def test_code_in_a_folder_of_others_does_not_run(plain, tmp_path, capsys, monkeypatch, verb, what):
    """Whatever names it, and whatever is done with the folder."""
    marker = tmp_path / "ran"
    (plain / "evil.py").write_text(EVIL.format(marker=str(marker)))
    monkeypatch.syspath_prepend(plain)
    if what == "option":
        options = {"ansatz": "evil.py:mine", "epochs": 0}
        changed(plain, generator="qgan", options={**qgen.QGAN().get_params(), **options})
    else:
        shutil.copy(plain / "evil.py", plain / "qgen.py")
        names = {"generator": "evil.py:Mine", "module": "evil:Mine", "named like qgen": "qgen.py:Mine"}
        changed(plain, generator=names[what])
    run = tmp_path / "runs" / "classical-bootstrap" / "seed0"
    run.parent.mkdir(parents=True)
    task = Task("classical/bootstrap", "clic/e-")
    if verb == "resume":
        fit(task, load_split("clic/e-", "image8x8", USUAL)[0].select(slice(100)), run)
        config = yaml.safe_load((run / "config.yaml").read_text())
        foreign = yaml.safe_load((plain / "config.yaml").read_text())
        shutil.copy(plain / "evil.py", run)
        shutil.copy(plain / "evil.py", run / "qgen.py")
        changed(run, generator=foreign["generator"], options={**foreign["options"], **config["options"]})
        with suppress(InputError):  # an option that the generator has not is left out
            fit(task, load_split("clic/e-", "image8x8", USUAL)[0].select(slice(100)), run)
    else:
        words = {"sample": ["sample", str(plain), "--energy", "50"], "export": ["circuits", "export", str(plain), "50"]}
        suffix = {"sample": "hdf5", "export": "qasm"}[verb]
        assert main([*words[verb], "--out", str(tmp_path / f"out.{suffix}")]) == 2
        assert "would run code that is not qgen's" in capsys.readouterr().err
    assert not marker.exists()


def test_a_signature_is_of_a_content_and_a_user(monkeypatch, tmp_path):
    own = sign(b"code")
    assert is_own(b"code", own)
    assert not is_own(b"other", own)
    assert not is_own(b"code", "")
    assert not is_own(b"code", None)
    key = Path(os.environ["XDG_CONFIG_HOME"]) / "qgen" / "key"
    assert key.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file" / "x"))
    (tmp_path / "file").touch()
    assert sign(b"code") == "", "no key can be kept there"
    assert not is_own(b"code", "")
