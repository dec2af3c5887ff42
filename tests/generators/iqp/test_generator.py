"""The generator: training lowers the discrepancy, modes and options, circuits of 64 bits."""

import numpy as np
import pytest
import torch

import qgen
from qgen.cli import main
from qgen.files import InputError
from qgen.generators.bits.walsh import Reference
from qgen.generators.iqp.circuit import walsh
from qgen.representations import represent

SMALL = {"code": "hits", "code_options": {"pixels": [2, 4]}, "epochs": 60, "operators": 60, "learning_rate": 0.05}


@pytest.fixture(scope="module")
def showers():
    return represent(qgen.load("clic/e-", stop=400), "image8x8")


@pytest.fixture(scope="module")
def fitted(showers):
    return qgen.IQPBornMachine(**SMALL, branches=2).fit(showers, seed=0)


def test_correlators_are_those_of_circuit_and_data(fitted, showers):
    """At one energy, those of the circuit with its mixture compiled in; and nearer to the data than untrained ones."""
    energy, a = 50e3, np.array([[1, 0, 0, 0, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0, 0, 1], [1, 1, 1, 1, 1, 1, 1, 1]])
    circuit = fitted.circuit(energy)
    assert (circuit.n_visible, circuit.n_hidden) == (8, 1)
    exact = walsh(torch.from_numpy(circuit.probabilities())[None])[0].numpy()[a @ (1 << np.arange(8)[::-1])]
    np.testing.assert_allclose(fitted.correlators([energy], a)[0, :2], exact[:2], atol=1e-5)
    mean = np.mean([fitted.correlators([energy], a, seed=seed)[0, 2] for seed in range(100)])
    assert mean == pytest.approx(exact[2], abs=0.02)
    reference = Reference(fitted.code_.encode(showers), showers.incident_energy)
    untrained = qgen.IQPBornMachine(**{**SMALL, "epochs": 0}).fit(showers, seed=0)
    before, after = (reference.distances(reference.of_model(m.correlators))["order 2"] for m in (untrained, fitted))
    assert after["excess"] < 0.5 * before["excess"]


def test_export_says_what_it_costs(fitted, tmp_path):
    sizes = fitted.export(tmp_path / "circuit.qasm", 50e3)
    assert sizes.items() <= fitted.resources().items()
    assert sizes["n_qubits"] == 9
    assert fitted.resources()["n_parameters"] == 3 * 2 * 36
    assert (tmp_path / "circuit.qasm").read_text().startswith("OPENQASM 3")


def test_command_line_exports(fitted, tmp_path, capsys):
    fitted.save(tmp_path / "run")
    out = tmp_path / "circuit.qasm"
    assert main(["circuits", "export", str(tmp_path / "run"), "50", "--out", str(out)]) == 0
    assert "n_qubits 9, one_qubit_gates" in capsys.readouterr().out
    fitted.export(tmp_path / "same.qasm", 50e3)
    assert out.read_text() == (tmp_path / "same.qasm").read_text()
    assert main(["circuits", "export", str(tmp_path / "run"), "-1", "--out", str(out), "--force"]) == 2
    assert "expected an energy > 0 GeV, found -1" in capsys.readouterr().err
    assert main(["circuits", "export", str(tmp_path / "run"), "50", "--out", str(out), "--force", "--seed", "1"]) == 2
    assert "--seed 1: expected none" in capsys.readouterr().err


def test_64_bits_have_correlators_and_no_samples(showers, tmp_path):
    model = qgen.IQPBornMachine(epochs=2, operators=40).fit(showers, seed=0)
    with pytest.raises(InputError, match=r"at most 20 qubits, found 64: .*export\(\.\.\.\)"):
        model.sample(showers.incident_energy[:2], seed=0)
    a = np.eye(64, dtype=int)[:2]
    model.save(tmp_path)
    again = qgen.load_generator(tmp_path).correlators(showers.incident_energy[:3], a)
    np.testing.assert_array_equal(again, model.correlators(showers.incident_energy[:3], a))
    assert model.circuit(50e3).n_qubits == 64


def test_what_can_be_sampled_is_known_before_training(showers):
    """Hidden qubits count, a compiled mixture's do not; bit flips are sampled at any size."""
    code = {"code": "hits", "code_options": {"pixels": [2, 8]}}
    for options in ({**code, "hidden": 4, "branches": 4}, {"mode": "bit_flip"}):
        qgen.IQPBornMachine(**options).require_samples(showers, seed=0)
    for options, found in (({**code, "hidden": 5}, 21), ({}, 64)):
        with pytest.raises(InputError, match=rf"^iqp: exact samples need at most 20 qubits, found {found}: [^\n]*$"):
            qgen.IQPBornMachine(**options).require_samples(showers, seed=0)


@pytest.mark.parametrize(("mode", "n_parameters"), [("bit_flip", 2080), ("independent", 64)])
def test_controls(mode, n_parameters, showers, tmp_path):
    """Classical, of 64 bits, sampled; no circuits."""
    model = qgen.IQPBornMachine(mode=mode, degree=0, epochs=2, operators=40).fit(showers, seed=0)
    assert model.traits.family == "classical"
    drawn = model.sample(showers.incident_energy[:5], seed=0)
    assert drawn.geometry == showers.geometry
    with pytest.raises(InputError, match="circuit"):
        model.export(tmp_path / "x.qasm", 50e3)
    assert model.resources()["n_parameters"] == n_parameters


def test_gates_of_ones_choice(showers):
    gates = [[k] for k in range(8)] + [[k, k + 1] for k in range(7)] + [[0, 1, 2]]
    model = qgen.IQPBornMachine(**{**SMALL, "epochs": 2}, gates=gates).fit(showers, seed=0)
    assert model.circuit(50e3).gates == tuple(map(tuple, gates))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "quantun"}, "expected a mode of quantum, .*, found 'quantun' .did you mean 'quantum'"),
        ({"operators": 0}, "expected operators to be a whole number >= 1, found 0"),
        ({"orders": []}, "expected orders to be a list of numbers > 0 and <= 100"),
        ({"bandwidths": [0]}, "expected bandwidths to be a list of numbers > 0 and <= 100"),
        ({"bandwidths": [float("inf")]}, "expected bandwidths to be a list of numbers > 0 and <= 100"),
        ({"mode": ["quantum"]}, "expected a mode of quantum, bit_flip, independent, found ..quantum"),
        ({"mode": "boltzmann"}, "mode 'boltzmann' is a generator of its own, expected classical/boltzmann"),
        ({"hidden": -1}, "expected hidden to be a whole number >= 0"),
        ({"mode": "independent", "branches": 2}, "mode 'independent' is no mixture, found branches=2"),
        ({"gates": ["ab"]}, "expected gates 'all' or a list of lists of qubits"),
        ({"gates": [[0.5]]}, "expected gates 'all' or a list of lists of qubits"),
        ({"code_options": 5}, "expected code_options to be a mapping or None, found 5"),
        ({"hidden": 2, "mode": "bit_flip"}, "mode 'bit_flip' has no hidden qubits"),
        ({"gates": "pairs"}, "expected gates 'all' or a list of lists of qubits, found 'pairs'"),
        ({"gates": [[0, 99]]}, "expected different sets of qubits 0..63"),
        ({"branches": 3}, "expected a power of two branches, found 3"),
    ],
)
def test_bad_options(options, message, showers):
    with pytest.raises(InputError, match=message):
        qgen.IQPBornMachine(**options).fit(showers, seed=0)


def test_a_mode_that_moved_is_one_line(capsys, tmp_path):
    assert main(["fit", "iqp:rbm", "--out", str(tmp_path / "run")]) == 2
    assert not (tmp_path / "run").exists()
    assert capsys.readouterr().err.splitlines() == [
        "qgen: IQPBornMachine: mode 'rbm' is a generator of its own, expected classical/rbm"
    ]


def test_energies_are_checked(fitted):
    for energy in (-5e4, float("nan")):
        with pytest.raises(InputError, match="expected finite energies > 0 MeV"):
            fitted.correlators([energy], np.eye(8, dtype=int))
        with pytest.raises(InputError, match="expected finite energies > 0 MeV"):
            fitted.circuit(energy)
    with pytest.warns(UserWarning, match="outside the training range"):
        fitted.circuit(1e9)


def test_correlators_need_operators_of_its_bits(fitted):
    with pytest.raises(InputError, match=r"expected shape \(n_operators, 8\), found \(1, 3\)"):
        fitted.correlators([50e3], [[1, 0, 1]])
