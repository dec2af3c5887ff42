"""Fitted generators go through pickle into another process, those with plug-ins from files too."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

import qgen
from qgen.generators.spec import create

CODE = "code_options={shape_bits: 2, response_bits: 2}"
MINE = """
import pennylane as qml

def mine(inputs, weights, wires):
    for w, wire in zip(weights, wires):
        qml.RY(w, wires=wire)

mine.weight_shape = lambda n_qubits, depth: (n_qubits,)
"""
SPECS = (
    "qvae:epochs=1,partitions=[4,4,4]",
    "qgan:ansatz={mine}:mine,epochs=1",
    "qcbm:epochs=2,shape_bits=2,response_bits=2",
    "qcbm:ansatz={mine}:mine,epochs=2,shape_bits=2,response_bits=2",
    f"iqp:code=codebook,epochs=2,{CODE}",
    f"classical/rbm:code=codebook,epochs=2,{CODE}",
    "classical/gaussian_copula",
)
LOAD = """
import pickle, sys, warnings
warnings.simplefilter("ignore")
for model in pickle.load(open(sys.argv[1], "rb")):
    print(float(model.sample([5e4, 6e4], seed=1).voxels.sum()), len(model.history_))
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    path = tmp_path_factory.mktemp("mine") / "mine.py"
    path.write_text(MINE)
    showers = qgen.represent(qgen.load("clic/e-", stop=60), "image8x8")
    fitted = [create(spec.replace("{mine}", str(path))).fit(showers, seed=0) for spec in SPECS]
    path.unlink()  # what was trained travels with the model
    return fitted


def test_another_process_draws_the_same(models, tmp_path):
    (tmp_path / "models.pkl").write_bytes(pickle.dumps(models))
    command = [sys.executable, "-c", LOAD, str(tmp_path / "models.pkl")]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    here = [(float(m.sample([5e4, 6e4], seed=1).voxels.sum()), len(m.history_)) for m in models]
    np.testing.assert_allclose([list(map(float, line.split())) for line in lines], here, rtol=1e-5)


def test_copies_are_copies(models):
    for model in models:
        for one in (copy.copy(model), copy.deepcopy(model)):
            assert one.get_params() == model.get_params()
            same = one.sample([5e4], seed=2).voxels, model.sample([5e4], seed=2).voxels
            np.testing.assert_array_equal(*same)


def test_an_untrained_one_is_its_options():
    assert pickle.loads(pickle.dumps(qgen.QCBM(depth=3))).depth == 3
