from pathlib import Path

import numpy as np
import pytest
from qiskit import qasm3
from qiskit.quantum_info import Statevector
from scipy.stats import chi2

import qgen
from qgen.circuits import as_ansatz
from qgen.files import InputError
from qgen.generators.qcbm import QCBM
from qgen.transforms.bits import bits_of, states_of

from .toy import toy

SMALL = {"representation": "toy", "shape_bits": 2, "response_bits": 2, "depth": 3, "energy_bins": 4}


@pytest.fixture(scope="module")
def model() -> QCBM:
    return QCBM(**SMALL, epochs=150, learning_rate=0.05).fit(toy(), seed=0)


def test_training_brings_it_near_the_data(model: QCBM) -> None:
    """Against the untrained circuit, in total variation from the states of showers that it never saw."""
    test = toy(4000, 1)

    def distance(generator: QCBM) -> float:
        truth = np.bincount(states_of(generator.code_.encode(test)), minlength=16) / len(test)
        return float(np.abs(generator.probabilities(test.incident_energy).mean(axis=0) - truth).sum() / 2)

    assert distance(model) < 0.15
    assert distance(QCBM(**SMALL, epochs=0).fit(toy(), seed=0)) > 0.3


def test_one_shot_is_one_shower(model: QCBM) -> None:
    """Response bins of samples have the probabilities of the circuit; a bin survives the way back exactly."""
    energy = np.full(20000, 3e4)
    p = model.probabilities(energy[:1])[0]
    bins = model.code_.split(bits_of(np.arange(16), 4))[:, 1]
    expected = np.bincount(bins, p)
    sampled = model.code_.numbers(model.sample(energy, seed=3))[:, 1]
    found = np.bincount(sampled, minlength=4) / len(energy)
    np.testing.assert_allclose(found, expected, atol=4 * np.sqrt(0.25 / len(energy)))


def test_product_circuit_has_independent_bits() -> None:
    product = QCBM(**SMALL, ansatz="circuits/product", epochs=20).fit(toy(), seed=0)
    p = product.probabilities(np.array([2e4]))[0].reshape(2, 2, 2, 2)
    marginals = [p.sum(axis=tuple(k for k in range(4) if k != i)) for i in range(4)]
    np.testing.assert_allclose(p, np.einsum("a,b,c,d->abcd", *marginals), atol=1e-6)
    assert product.resources()["two_qubit_gates"] == 0


def test_energies_beyond_the_range_take_its_end(model: QCBM) -> None:
    low, high = model.energy_range_
    p = model.probabilities(np.array([low / 5, low, high, high * 5]))
    np.testing.assert_allclose(p[0], p[1], atol=1e-6)
    np.testing.assert_allclose(p[3], p[2], atol=1e-6)


def test_resources(model: QCBM) -> None:
    """4 qubits, 3 blocks of 3 controlled RY; a constant and a slope for 4 inputs, 33 weights and 4 turns.

    Without re-uploading there are 8 more turns, which alone have slopes.
    """
    found = model.resources()
    expected = {"n_qubits": 4, "two_qubit_gates": 9, "n_parameters": 2 * (4 + 33 + 4), "shots": 1}
    assert {name: found[name] for name in expected} == expected
    once = QCBM(**SMALL, reupload=False, epochs=0).fit(toy(200), seed=0).resources()
    assert (once["n_parameters"], once["two_qubit_gates"]) == (41 + 8 + 8, 9)


@pytest.mark.parametrize("loss", ["mmd", "sliced_wasserstein", "adversarial"])
def test_other_objectives_bring_it_near_the_data(loss: str) -> None:
    test = toy(4000, 1)
    trained = QCBM(**SMALL, loss=loss, epochs=150, learning_rate=0.05).fit(toy(2000), seed=0)
    truth = np.bincount(states_of(trained.code_.encode(test)), minlength=16) / len(test)
    assert np.abs(trained.probabilities(test.incident_energy).mean(axis=0) - truth).sum() / 2 < 0.2


def test_samples_train_where_probabilities_are_not_used() -> None:
    test = toy(4000, 1)
    given = {"loss": "mmd", "samples": 32, "learning_rate": 0.05}
    trained = QCBM(**SMALL, **given, epochs=150).fit(toy(2000), seed=0)
    truth = np.bincount(states_of(trained.code_.encode(test)), minlength=16) / len(test)
    assert np.abs(trained.probabilities(test.incident_energy).mean(axis=0) - truth).sum() / 2 < 0.2


def test_a_start_from_data_has_its_marginals() -> None:
    """Untrained, at all training energies together; the angles are straight lines in x, so not quite."""
    showers = toy(4000)
    found = QCBM(**SMALL, start="data", epochs=0).fit(showers, seed=0)
    p = found.probabilities(showers.incident_energy).mean(axis=0)
    bits = bits_of(np.arange(16), 4)
    np.testing.assert_allclose(p @ bits, found.code_.encode(showers).mean(axis=0), atol=0.05)


@pytest.mark.parametrize("backend", ["statevector", "aer"])
def test_counts_are_finite_shots_of_the_probabilities(model: QCBM, backend: str) -> None:
    energy = np.array([2e4, 8e4])
    model.set_params(backend=backend)
    counts, p = model.counts(energy, 2000, seed=0), model.probabilities(energy)
    model.set_params(backend="statevector")
    np.testing.assert_allclose(p, model.probabilities(energy), atol=1e-6)
    assert (counts.sum(axis=1) == 2000).all()
    enough = 2000 * p > 5
    assert (((counts - 2000 * p) ** 2 / (2000 * p))[enough]).sum() < chi2.ppf(0.9999, enough.sum())
    with pytest.raises(InputError, match="expected finite energies > 0 MeV"):
        model.counts(np.array([-1.0]), 10, seed=0)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("loss", "mdm", "expected a loss of mmd, kl, sliced_wasserstein, adversarial, found 'mdm'"),
        ("start", "smal", "expected a start of small, data, found 'smal'"),
        ("reupload", "yes", "expected reupload to be true or false, found 'yes'"),
        ("fourier", -1, "expected fourier to be a whole number >= 0, found -1"),
        ("samples", 1, "expected samples of 0 or >= 2, which make pairs, found 1"),
    ],
)
def test_options_that_cannot_be(name: str, value: object, message: str) -> None:
    """Found before anything is computed."""
    with pytest.raises(InputError, match=message):
        QCBM(**{**SMALL, name: value}).fit(toy(100), seed=0)


def test_the_code_of_another_machine(model: QCBM, tmp_path: Path) -> None:
    """Taken as it is, whatever showers the circuit learns from; and saved with it, since the other may be gone."""
    model.save(tmp_path / "first")
    options = {name: SMALL[name] for name in ("representation", "depth", "energy_bins")}
    low = toy(600, 5).select(toy(600, 5).incident_energy < 3e4)
    given = QCBM(**options, code_from=str(tmp_path / "first"), epochs=2).fit(low, seed=7)
    given.save(tmp_path / "second")
    (tmp_path / "first" / "model.safetensors").unlink()
    for found in (given, QCBM.load(tmp_path / "second")):
        for name, array in model.code_.state().items():
            np.testing.assert_array_equal(found.code_.state()[name], array)
    assert given.energy_range_[1] < 3e4 < model.energy_range_[1]
    np.testing.assert_array_equal(given.code_.encode(low), model.code_.encode(low))


def test_codes_of_others_that_do_not_fit(model: QCBM, tmp_path: Path) -> None:
    model.save(tmp_path)
    taken = {"representation": "toy", "code_from": str(tmp_path), "epochs": 0}
    with pytest.raises(InputError, match="expected no options of the code beside code_from"):
        QCBM(**taken, shape_bits=2).fit(toy(100), seed=0)
    with pytest.raises(
        InputError, match="expected code_from with a code 'features' of toy, toy, found a 'codebook' of toy"
    ):
        QCBM(**taken, code="features").fit(toy(100), seed=0)
    with pytest.raises(InputError, match="found no config"):
        QCBM(**{**taken, "code_from": str(tmp_path / "none")}).fit(toy(100), seed=0)
    with pytest.raises(InputError, match="expected code_from to be text or None, found 5"):
        QCBM(**{**taken, "code_from": 5}).require_options()
    with pytest.raises(InputError, match="none"):  # a comparison finds out before it trains anything
        QCBM(**{**taken, "code_from": str(tmp_path / "none")}).require_samples(toy(100), seed=0)


def test_a_training_is_not_continued_on_another_code(tmp_path: Path) -> None:
    """What lies in the folder that the code comes from may change in between."""
    options = {"representation": "toy", "epochs": 3, "depth": 1}
    for shape_bits in (2, 3):
        QCBM(**options, shape_bits=shape_bits, response_bits=1).fit(toy(300), seed=0).save(tmp_path / "first")
        taken = QCBM(**options, code_from=str(tmp_path / "first"))
        if shape_bits == 2:
            taken.fit(toy(300), seed=0, checkpoint=tmp_path / "run")
    with pytest.raises(InputError, match=r"checkpoint\.pt: made with bits="):
        taken.fit(toy(300), seed=0, checkpoint=tmp_path / "run")


def test_quantise_leaves_the_circuit_out(model: QCBM) -> None:
    test = toy(2000, 2)
    floor = model.quantise(test, seed=0)
    np.testing.assert_array_equal(floor.incident_energy, test.incident_energy)
    found, expected = (model.code_.numbers(s)[:, 1] for s in (floor, test))
    np.testing.assert_array_equal(found, expected)
    fractions, truth = (s.voxels / s.total_energy[:, None] for s in (floor, test))
    np.testing.assert_allclose(fractions.mean(axis=0), truth.mean(axis=0), atol=0.01)


def test_circuit_of_a_file_outside(tmp_path: Path) -> None:
    """Its source travels with the model."""
    source = tmp_path / "mine.py"
    source.write_text(
        "import pennylane as qml\n"
        "def ladder(inputs, weights, wires):\n"
        "    for x, w, wire in zip(inputs, weights, wires, strict=True):\n"
        "        qml.RY(x + w, wires=wire)\n"
        "    qml.CZ(wires=[wires[0], wires[1]])\n"
        "ladder.weight_shape = lambda n_qubits, depth: (n_qubits,)\n"
    )
    trained = QCBM(**SMALL, ansatz=f"{source}:ladder", epochs=2).fit(toy(200), seed=0)
    trained.save(tmp_path / "run")
    source.unlink()
    energy = np.full(5, 3e4)
    loaded = qgen.load_generator(tmp_path / "run")
    np.testing.assert_array_equal(loaded.sample(energy, seed=1).voxels, trained.sample(energy, seed=1).voxels)


@pytest.mark.parametrize(
    ("name", "value"), [("shape_bits", 0), ("response_bits", 0), ("energy_bins", 1), ("epochs", -1)]
)
def test_sizes_that_cannot_be(name: str, value: int) -> None:
    with pytest.raises(InputError, match=f"expected {name} to be a whole number >= .*, found {value}"):
        QCBM(**{**SMALL, name: value}).fit(toy(100), seed=0)


def test_more_codewords_than_showers() -> None:
    with pytest.raises(InputError, match="64 different showers for 64 codewords, found 50"):
        QCBM(**{**SMALL, "shape_bits": 6}).fit(toy(50), seed=0)


def test_another_backend_draws_from_the_same_distribution(model: QCBM, tmp_path: Path) -> None:
    """Aer's own shots of a circuit trained here; the choice is saved with the model."""
    model.save(tmp_path / "run")
    other = QCBM.load(tmp_path / "run").set_params(backend="aer")
    energy = np.full(400, 3e4)
    shots = other.sample(energy, seed=1)
    assert other.model_.circuit.backend.gradients == frozenset()
    counts = np.bincount(states_of(other.code_.encode(shots)), minlength=16)
    expected = 400 * model.probabilities(energy[:1])[0]
    enough = expected > 5
    z = ((counts - expected) ** 2 / expected)[enough].sum()
    assert z < chi2.ppf(0.9999, enough.sum())
    other.save(tmp_path / "other")
    assert QCBM.load(tmp_path / "other").backend == "aer"


def test_backends_without_gradients_cannot_train() -> None:
    with pytest.raises(InputError, match="line: backend 'lightning' has no gradients of probabilities; 'statevector'"):
        QCBM(**SMALL, backend="lightning").fit(toy(100), seed=0)


def test_code_of_a_file_outside(tmp_path: Path) -> None:
    """Its source travels with the model, and so do its options; wire 0 is the first bit of its first field."""
    source = tmp_path / "mine.py"
    source.write_text("from qgen.codes.codebook import CodebookCode\nclass Mine(CodebookCode):\n    pass\n")
    options = {"shape_bits": 1, "response_bits": 2}
    small = {"representation": "toy", "depth": 2, "epochs": 2, "energy_bins": 4}
    trained = QCBM(**small, code=f"{source}:Mine", code_options=options).fit(toy(200), seed=0)
    assert type(trained.code_).__name__ == "Mine"
    assert trained.code_.fields == {"shape": 1, "response": 2}
    trained.save(tmp_path / "run")
    source.unlink()
    energy = np.full(5, 3e4)
    loaded = qgen.load_generator(tmp_path / "run")
    np.testing.assert_array_equal(loaded.sample(energy, seed=1).voxels, trained.sample(energy, seed=1).voxels)


def test_the_circuit_at_an_energy_is_exported(model: QCBM, tmp_path: Path) -> None:
    """Read back by Qiskit it gives the same probabilities; as an ansatz it has all of its angles."""
    sizes = model.export(tmp_path / "a.qasm", 3e4)
    assert sizes["n_qubits"] == 4
    circuit = qasm3.loads((tmp_path / "a.qasm").read_text())
    final = circuit.remove_final_measurements(inplace=False)
    np.testing.assert_allclose(Statevector(final).probabilities(), model.probabilities([3e4])[0], atol=1e-6)
    measured = [item for item in circuit.data if item.operation.name == "measure"]
    places = [(circuit.find_bit(item.qubits[0]).index, circuit.find_bit(item.clbits[0]).index) for item in measured]
    assert places == [(3, 3), (2, 2), (1, 1), (0, 0)], "Qiskit prints its qubit 3, our wire 0 and bit 0, first"
    model.export(tmp_path / "open.qasm", 3e4, parametric=True)
    bound = sum(len(item.operation.params) for item in final.data)
    assert len(as_ansatz(str(tmp_path / "open.qasm")).weights) == bound
    with pytest.raises(InputError, match="finite energies > 0"):
        model.export(tmp_path / "b.qasm", -1.0)
