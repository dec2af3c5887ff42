"""Users' files change: what was trained is what is saved, and a changed file is trained again, with a word."""

import json
import logging
import subprocess
import sys

import numpy as np
import pytest
import yaml

import qgen
from qgen.comparison.task import Task, fit
from qgen.generators.saved import load_generator
from qgen.plugins import resolve, source_of
from qgen.simulation.circuit import Circuit

CIRCUIT = """
import pennylane as qml

def mine(inputs, weights, wires):
    for block in weights:
        for x, w, i in zip(inputs, block, wires):
            qml.RX(x, wires=i)
            qml.RY(w, wires=i)
        for i, j in zip(wires[:-1], wires[1:]):
            qml.CNOT(wires=[i, j])

mine.weight_shape = lambda n, depth: (depth, n)
"""
EDITED = CIRCUIT.replace("qml.RY(w", "qml.RZ(w")


@pytest.fixture
def circuit(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(CIRCUIT)
    return path


@pytest.fixture(scope="module")
def showers():
    return qgen.represent(qgen.load("clic/e-", stop=60), "image8x8")


def gates(path):
    return [name for name, *_ in map(str.split, map(str, Circuit(f"{path}:mine", 2, 1).operations()))]


def test_an_edited_file_is_another_plugin(circuit):
    first = resolve(f"{circuit}:mine")
    assert resolve(f"{circuit}:mine") is first
    before = gates(circuit)
    circuit.write_text(EDITED)
    assert resolve(f"{circuit}:mine") is not first
    assert gates(circuit) != before
    assert source_of(first).content == CIRCUIT.encode()
    circuit.write_text(CIRCUIT)
    assert resolve(f"{circuit}:mine") is first


def test_names_of_modules_do_not_depend_on_the_process(circuit):
    code = f"from qgen.plugins import resolve; print(resolve({str(circuit) + ':mine'!r}).__module__)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == resolve(f"{circuit}:mine").__module__


def test_what_was_trained_is_what_is_saved(circuit, showers, tmp_path):
    model = qgen.QGAN(ansatz=f"{circuit}:mine", depth=1, epochs=1).fit(showers, seed=0)
    circuit.write_text(EDITED)
    model.save(tmp_path / "saved")
    assert (tmp_path / "saved" / "mine.py").read_text() == CIRCUIT
    again = load_generator(tmp_path / "saved")
    energies = np.full(5, 5e4)
    np.testing.assert_allclose(again.sample(energies, seed=1).voxels, model.sample(energies, seed=1).voxels, rtol=1e-4)
    (tmp_path / "saved" / "mine.py").write_text(EDITED)
    again.save(tmp_path / "other")
    assert (tmp_path / "other" / "mine.py").read_text() == CIRCUIT


def test_a_task_is_trained_again_once_its_file_has_changed(circuit, showers, tmp_path, caplog):
    task, folder = Task(f"qgan:ansatz={circuit}:mine,depth=1,epochs=1", "clic/e-"), tmp_path / "run"

    def trained() -> float:
        fit(task, showers, folder)
        return yaml.safe_load((folder / "config.yaml").read_text())["task"]["fit_s"]

    first = trained()
    (folder / "evaluation.json").write_text(json.dumps("a score of the old circuit"))
    with caplog.at_level(logging.WARNING):
        assert trained() == first
        assert not caplog.records
        circuit.write_text(EDITED)
        assert trained() != first
    assert "the source of ansatz has changed since it was trained: trained again" in caplog.text
    assert not (folder / "evaluation.json").exists()
    assert (folder / "mine.py").read_text() == EDITED


def test_a_generator_of_a_file_is_loaded_by_another_process(showers, tmp_path):
    path, folder = tmp_path / "my.py", tmp_path / "run"
    path.write_text(
        "from qgen.generators.classical.bootstrap import Bootstrap\nclass Mine(Bootstrap):\n    '''Mine.'''\n"
    )
    model = fit(Task(f"{path}:Mine", "clic/e-"), showers, folder)
    path.unlink()
    code = f"import qgen; m = qgen.load_generator({str(folder)!r}); print(m.sample([5e4], seed=1).voxels.sum())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert float(found) == pytest.approx(float(model.sample([5e4], seed=1).voxels.sum()), rel=1e-5)
    assert load_generator(folder).__doc__.startswith("Mine.")
