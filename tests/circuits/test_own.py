"""One circuit in three languages: the same probabilities, the same training, and a run that loads anywhere."""

import math
from pathlib import Path

import numpy as np
import pennylane as qml
import pytest
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

import qgen
from qgen.circuits import as_ansatz, identity_blocks
from qgen.circuits.line import line
from qgen.files import InputError
from qgen.generators.spec import create
from qgen.showers import Showers
from qgen.simulation.circuit import Circuit
from qgen.testing import check_ansatz

QASM = """OPENQASM 3.0;
include "stdgates.inc";
input float inputs_0; input float inputs_1; input float inputs_2;
input float w_0; input float w_1; input float w_2; input float w_3;
qubit[3] q;
ry(inputs_0 + w_0) q[2];
ry(2 * inputs_1 * w_1) q[1];
rx(inputs_2) q[0];
cx q[2], q[1];
crz(w_2 - pi / 3) q[1], q[0];
ry(w_3) q[0];
"""

MINE = """
import math
import pennylane as qml
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector


def mine(inputs, weights, wires):
    qml.RY(inputs[0] + weights[0], wires=wires[0])
    qml.RY(2 * inputs[1] * weights[1], wires=wires[1])
    qml.RX(inputs[2], wires=wires[2])
    qml.CNOT(wires=[wires[0], wires[1]])
    qml.CRZ(weights[2] - math.pi / 3, wires=[wires[1], wires[2]])
    qml.RY(weights[3], wires=wires[2])


mine.weight_shape = lambda n_qubits, depth: (4,)
mine.n_inputs = lambda n_qubits, depth: 3

inputs, w = ParameterVector("inputs", 3), ParameterVector("w", 4)
theirs = QuantumCircuit(3, name="theirs")
theirs.ry(inputs[0] + w[0], 2)
theirs.ry(2 * inputs[1] * w[1], 1)
theirs.rx(inputs[2], 0)
theirs.cx(2, 1)
theirs.crz(w[2] - math.pi / 3, 1, 0)
theirs.ry(w[3], 0)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a user keeps the three, as the working folder."""
    (tmp_path / "circuits.py").write_text(MINE)
    (tmp_path / "mine.qasm").write_text(QASM)
    monkeypatch.chdir(tmp_path)
    return tmp_path


FORMS = ["circuits.py:mine", "circuits.py:theirs", "mine.qasm"]


@pytest.fixture(scope="module")
def showers() -> Showers:
    return qgen.represent(qgen.load("clic/e-", stop=100), "profile8")


def test_the_three_are_one_circuit(folder):
    rng = torch.Generator().manual_seed(0)
    x, w = (torch.rand(5, n, generator=rng, dtype=torch.float64) for n in (3, 4))
    first, *others = (Circuit(form, 3, 9) for form in FORMS)
    for other in others:
        assert other.operations() == first.operations()
        torch.testing.assert_close(other.probabilities(x, w), first.probabilities(x, w), atol=1e-14, rtol=0)
        assert (other.n_inputs, other.weight_shape) == (3, (4,))
    for form in FORMS:
        check_ansatz(form, n_qubits=3)


@pytest.mark.parametrize(
    "spec",
    ["qgan:n_latent=2,width=8,epochs=3,validate_every=1", "qcbm:shape_bits=2,response_bits=1,epochs=40"],
)
def test_the_three_train_alike_and_load_anywhere(spec, folder, showers):
    curves, samples = [], []
    for k, form in enumerate(FORMS):
        rows: list[dict[str, float]] = []
        model = create(f"{spec},representation=profile8,ansatz={form}")
        model.fit(showers, seed=0, callbacks=(lambda epoch, row, rows=rows: rows.append(dict(row)),))
        model.save(f"run{k}")
        energy = showers.incident_energy[:20]
        samples.append(model.sample(energy, seed=1).voxels)
        curves.append(rows)
    assert curves[0][0] != curves[0][-1]
    for k, form in enumerate(FORMS):
        for row, first in zip(curves[k], curves[0], strict=True):
            assert row == pytest.approx(first, rel=1e-4, abs=1e-6)
        np.testing.assert_allclose(samples[k], samples[0], rtol=1e-3, atol=1e-3 * samples[0].max())
        assert (folder / f"run{k}" / form.split(":")[0]).is_file()
    for path in (folder / "circuits.py", folder / "mine.qasm"):
        path.unlink()
    for k in range(len(FORMS)):
        (folder / f"run{k}").rename(folder / f"moved{k}")
        again = qgen.load_generator(f"moved{k}")
        np.testing.assert_array_equal(again.sample(showers.incident_energy[:20], seed=1).voxels, samples[k])


def made() -> QuantumCircuit:
    """Another, with more gates than OpenQASM has names for."""
    x, w = ParameterVector("inputs", 3), ParameterVector("w", 12)
    circuit = QuantumCircuit(3)
    for k in range(12):
        circuit.ry(w[k] * x[k % 3] + math.pi / 3 + 1e-10, k % 3)
        circuit.rzz(w[k].sin(), k % 3, (k + 1) % 3)
    circuit.ccx(0, 1, 2)
    circuit.ry(w[0], [0, 1, 2])
    return circuit


@pytest.mark.parametrize("form", ["object", "ansatz", "text", "path"])
def test_circuits_given_in_python_are_saved_as_openqasm(form, tmp_path, showers):
    circuit = {
        "object": made,
        "ansatz": lambda: as_ansatz(made()),
        "text": lambda: as_ansatz(made()).source,
        "path": lambda: tmp_path / "mine.qasm",
    }[form]()
    (tmp_path / "mine.qasm").write_text(as_ansatz(made()).source)
    model = qgen.QGAN(ansatz=circuit, representation="profile8", n_latent=2, width=8, epochs=1)
    model.fit(showers, seed=0).save(tmp_path / "run")
    again = qgen.load_generator(tmp_path / "run")
    name = Path(again.ansatz).name
    assert name == "mine.qasm" if form == "path" else name.startswith("circuit-")
    assert again.resources() == model.resources()
    expected = model.sample([5e4], seed=1).voxels
    np.testing.assert_allclose(again.sample([5e4], seed=1).voxels, expected, rtol=1e-5, atol=1e-6 * expected.max())
    again.save(tmp_path / "again")
    assert (tmp_path / "again" / name).read_text() == (tmp_path / "run" / name).read_text()


def test_a_circuit_that_a_file_makes_is_saved_with_its_file(tmp_path, showers):
    """It is defined in qgen, but made in the user's file."""
    source = tmp_path / "mine.py"
    source.write_text(
        "from qgen.circuits import identity_blocks\nfrom qgen.circuits.ring import ring\nown = identity_blocks(ring)\n"
    )
    model = qgen.QGAN(ansatz=f"{source}:own", depth=1, representation="profile8", n_latent=2, width=8, epochs=1)
    model.fit(showers, seed=0).save(tmp_path / "run")
    source.unlink()
    again = qgen.load_generator(tmp_path / "run")
    np.testing.assert_array_equal(again.sample([5e4], seed=1).voxels, model.sample([5e4], seed=1).voxels)


def test_a_circuit_that_is_only_in_memory_is_not_saved(tmp_path, showers):
    model = qgen.QGAN(
        ansatz=identity_blocks(line), depth=1, representation="profile8", n_latent=2, width=8, epochs=0
    ).fit(showers, seed=0)
    with pytest.raises(InputError, match=r"identity_blocks\(line\): expected a plug-in defined in a file"):
        model.save(tmp_path / "run")


def test_what_is_no_circuit():
    with pytest.raises(InputError, match="expected a function with the attribute weight_shape"):
        Circuit(qml.RX, 3, 1)
    with pytest.raises(InputError, match="expected a function with the attribute weight_shape"):
        Circuit(3.5, 3, 1)


def test_a_file_that_fails_is_one_line(tmp_path):
    """Qiskit's own complaints, too."""
    (tmp_path / "wrong.py").write_text("from qiskit import QuantumCircuit\nmine = QuantumCircuit(2)\nmine.cx(0, 5)\n")
    with pytest.raises(InputError, match=r"wrong.py: cannot be imported: CircuitError: .*out of range") as error:
        Circuit(f"{tmp_path / 'wrong.py'}:mine", 2, 1)
    assert "\n" not in str(error.value)
