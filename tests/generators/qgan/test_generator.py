"""The QGAN on real showers: training, conditioning, saving, resuming, bad options."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from qiskit import qasm3
from qiskit.quantum_info import Statevector

import qgen
from qgen.circuits import as_ansatz
from qgen.files import InputError
from qgen.generators.qgan import QGAN
from qgen.generators.qgan.modes._mode import measured
from qgen.generators.qgan.view import above
from qgen.showers import Showers

SMALL = {"depth": 2, "n_latent": 8, "width": 32, "batch_size": 64}

OWN_CIRCUIT = """
import pennylane as qml

def staircase(inputs, weights, wires):
    for block in weights:
        for x, w, wire in zip(inputs, block, wires):
            qml.RY(x + w, wires=wire)
        for a, b in zip(wires[:-1], wires[1:]):
            qml.CZ(wires=[a, b])
    for x, wire in zip(inputs, wires):
        qml.RY(x, wires=wire)

staircase.weight_shape = lambda n_qubits, depth: (depth, n_qubits)
"""


@pytest.fixture(scope="module")
def showers() -> Showers:
    return qgen.represent(qgen.load("clic/e-", stop=700), "image8x8")


@pytest.fixture(scope="module")
def model(showers) -> QGAN:
    return QGAN(**SMALL, epochs=25, validate_every=1, learning_rate=1e-2).fit(showers, seed=0)


def within(model: QGAN, n: int) -> np.ndarray:
    return np.linspace(*model.energy_range_, n)


def test_training_improves_the_score_on_real_showers(model):
    validation = [row["validation"] for row in model.history_]
    assert min(validation) < 0.3 * validation[0]


def test_total_energy_is_that_of_the_response_model(model):
    energy = within(model, 200)
    fake = model.sample(energy, seed=5)
    expected = model.response_.sample(energy, np.random.default_rng(5))
    np.testing.assert_allclose(fake.total_energy, expected, rtol=1e-6)


def test_no_pixel_lies_between_zero_and_the_threshold(model, showers):
    fake = model.sample(showers.incident_energy, seed=2).voxels
    assert fake[fake > 0].min() >= 0.99 * model.threshold_
    assert (fake == 0).any()
    assert (showers.voxels[showers.voxels > 0] < model.threshold_).mean() == pytest.approx(0.01, abs=1e-3)


def test_showers_of_one_energy_differ_in_shape(model):
    """Event-level: unlike a mean image, shares fluctuate, and not only by the sampled total."""
    fake = model.sample(np.full(200, np.mean(model.energy_range_)), seed=3)
    shares = fake.voxels / fake.total_energy[:, None]
    assert model.traits.event_level
    assert shares.std(axis=0).max() > 0.01


def test_saved_and_loaded_draws_the_same_showers(model, tmp_path):
    model.save(tmp_path)
    energy, again = within(model, 20), qgen.load_generator(tmp_path)
    np.testing.assert_array_equal(again.sample(energy, seed=3).voxels, model.sample(energy, seed=3).voxels)
    assert again.resources() == model.resources()


def test_a_users_own_circuit_travels_with_the_model(showers, tmp_path):
    source = tmp_path / "mine.py"
    source.write_text(OWN_CIRCUIT)
    own = QGAN(**SMALL, ansatz=f"{source}:staircase", epochs=1).fit(showers, seed=0)
    own.save(tmp_path / "run")
    expected = own.sample(within(own, 5), seed=1).voxels
    source.unlink()
    again = qgen.load_generator(tmp_path / "run")
    np.testing.assert_array_equal(again.sample(within(own, 5), seed=1).voxels, expected)
    assert again.resources()["two_qubit_gates"] == 2 * 5
    function = qgen.load_generator(tmp_path / "run").ansatz
    assert Path(function.split(":")[0]).parent == tmp_path / "run"


def test_a_function_object_is_an_ansatz_too(showers, tmp_path):
    from qgen.circuits.ring import ring

    made = QGAN(**SMALL, ansatz=ring, epochs=1).fit(showers, seed=0)
    made.save(tmp_path)
    again = qgen.load_generator(tmp_path)
    np.testing.assert_array_equal(again.sample([5e3], seed=1).voxels, made.sample([5e3], seed=1).voxels)


class Interrupted(RuntimeError):
    pass


def interrupt(epoch: int, row: dict[str, float]) -> None:
    if epoch == 1:
        raise Interrupted


def test_resumed_training_ends_with_the_same_weights(showers, tmp_path, monkeypatch):
    few = showers.select(slice(0, 150))
    whole = QGAN(**SMALL, epochs=4).fit(few, seed=2)
    monkeypatch.setattr("time.monotonic", iter(range(0, 10_000, 10)).__next__)  # a checkpoint after every epoch
    with pytest.raises(Interrupted):
        QGAN(**SMALL, epochs=4).fit(few, seed=2, checkpoint=tmp_path, callbacks=(interrupt,))
    resumed = QGAN(**SMALL, epochs=4).fit(few, seed=2, checkpoint=tmp_path)
    for name, value in whole.model_.state_dict().items():
        assert torch.equal(value, resumed.model_.state_dict()[name]), name


def test_untrained_circuit_is_a_control(showers):
    """epochs=0 keeps the start, and still gives the right total energies."""
    start = QGAN(**SMALL, epochs=0).fit(showers, seed=0)
    fake = start.sample(within(start, 50), seed=0)
    np.testing.assert_allclose(
        fake.total_energy, start.response_.sample(within(start, 50), np.random.default_rng(0)), rtol=1e-6
    )


def test_a_profile_of_eight_bins_takes_three_qubits():
    showers = qgen.load("clic/e-", stop=100)
    made = QGAN(**SMALL, representation="profile8", epochs=1).fit(showers, seed=0)
    assert made.sample(within(made, 4), seed=0).geometry == qgen.represent(showers, "profile8").geometry


def test_resources(model):
    n_angles = 6 + 2 * 6 * 2
    assert model.resources() == {
        "n_parameters": (2 * 8 + 4 + 1) * n_angles,
        "n_discriminator_parameters": (64 + 16 + 1 + 2) * 32 + 32 + 32 * 32 + 32 + 32 + 1,
        "n_angles": n_angles,
        "n_qubits": 6,
        "n_circuits": 1,
        "depth": 2,
        "two_qubit_gates": 10,
    }


def test_energies_scale_with_the_unit(showers):
    """Showers of 1000 times the energy at 1000 times the incident energy: the same model, in other units."""
    few = showers.select(slice(0, 100))
    larger = Showers(1024 * few.voxels, 1024 * few.incident_energy, few.geometry)
    fakes = []
    for unit, data in ((1, few), (1024, larger)):
        made = QGAN(**SMALL, epochs=1).fit(data, seed=0)
        fakes.append(made.sample(unit * np.linspace(1e4, 5e4, 10), seed=0).voxels / unit)
    np.testing.assert_allclose(fakes[1], fakes[0], rtol=1e-3, atol=1e-3 * fakes[0].max())


@pytest.mark.filterwarnings("ignore:fit:")
def test_empty_showers_are_one_line(showers):
    empty = Showers(0 * showers.voxels, showers.incident_energy, showers.geometry)
    with pytest.raises(InputError, match="expected showers with energy, found only empty ones"):
        QGAN(**SMALL).fit(empty, seed=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "stile"}, "QGAN: expected a mode of probability, style, .*, found 'stile'"),
        ({"mode": "angle"}, "QGAN: mode 'angle' draws 1 to 16 pixels, found 64"),
        ({"loss": "hinge"}, "QGAN: expected a loss of bce, wgan-gp, mmd, found 'hinge'"),
        ({"discriminator": "quantum"}, "QGAN: discriminator 'quantum' sees at most 12 pixels, found 64"),
        ({"ansatz": "circuits/lin"}, "circuits/lin: no such plug-in"),
        (
            {"backend": "aer"},
            "line: backend 'aer' has no gradients of probabilities",
        ),
        ({"backend": "statvector"}, "simulation/statvector: no such plug-in"),
        ({"depth": 1.5}, "expected depth to be a whole number >= 1, found 1.5"),
        ({"n_latent": -1}, "expected n_latent to be a whole number >= 0, found -1"),
        ({"averaging": 1.0}, "expected averaging to be a number >= 0 and < 1, found 1.0"),
        ({"spread": float("nan")}, "expected spread to be a number >= 0 and <= 10, found nan"),
        ({"log_image": "no"}, "expected log_image to be true or false, found 'no'"),
        ({"loss": "mmd", "batch_size": 1}, "expected batch_size >= 2 for loss 'mmd'"),
        ({"mode": "dual", "n_ancillas": 30}, "expected circuits on at most 20 qubits, found 30"),
        (
            {"representation": "profile8", "discriminator": "quantum", "loss": "wgan-gp"},
            "no gradient_penalty with discriminator 'quantum', found 'wgan-gp', 10.0",
        ),
    ],
)
def test_bad_options_are_one_line(showers, options, message):
    native = qgen.load("clic/e-", stop=50) if "representation" in options else showers
    with pytest.raises(InputError, match=message):
        QGAN(**{**SMALL, **options}).fit(native, seed=0)


def test_a_last_batch_of_one_shower_is_trained_on_too(showers):
    """It has no pairs for the discrepancy."""
    made = QGAN(**{**SMALL, "batch_size": 26}, loss="mmd", warm_up=0.0, epochs=1)
    made.fit(showers.select(slice(0, 30)), seed=0)  # 27 of them to train on
    assert np.isfinite(made.history_[0]["generator"])


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "probability"},
        {"mode": "ancilla", "loss": "wgan-gp", "discriminator": "cnn"},
        {"mode": "dual", "loss": "mmd"},
        {"mode": "perceptron"},
        {"mode": "patch", "log_image": False},
        {"mode": "angle", "representation": "profile8", "discriminator": "quantum", "discriminator_depth": 1},
        {"mode": "angle", "representation": "depth3", "loss": "mmd"},
        {"mode": "perceptron", "representation": "depth3"},
    ],
    ids=lambda options: options["mode"],
)
def test_every_mode_trains_saves_and_loads(options, tmp_path):
    showers = qgen.load("calogan/e+" if options.get("representation") == "depth3" else "clic/e-", stop=100)
    made = QGAN(**{**SMALL, **options}, epochs=1).fit(showers, seed=0)
    energy = within(made, 30)
    fake = made.sample(energy, seed=3)
    np.testing.assert_allclose(fake.total_energy, made.response_.sample(energy, np.random.default_rng(3)), rtol=1e-5)
    made.save(tmp_path)
    again = QGAN.load(tmp_path)
    np.testing.assert_array_equal(again.sample(energy, seed=3).voxels, fake.voxels)
    assert again.traits == made.traits
    assert made.traits.event_level == (options["mode"] != "probability")
    assert (again.discriminator_ is None) == (options.get("loss") == "mmd")


def test_backends_train_alike(showers):
    """One epoch on PennyLane, and samples on other backends, are those of the fast simulator."""
    few, energy = showers.select(slice(0, 64)), np.linspace(1e4, 5e4, 4)
    fast = QGAN(**SMALL, epochs=1).fit(few, seed=0)
    slow = QGAN(**SMALL, epochs=1, backend="pennylane").fit(few, seed=0)
    expected = fast.sample(energy, seed=0).voxels
    for made in (slow, fast.set_params(backend="aer")):
        np.testing.assert_allclose(made.sample(energy, seed=0).voxels, expected, rtol=1e-3, atol=1e-3 * expected.max())


@pytest.mark.parametrize("mode", ["style", "probability", "dual", "patch", "ancilla"])
def test_the_circuits_of_a_shower_are_exported(showers, tmp_path, mode):
    """What Qiskit makes of the file is the shower that `sample` draws with the same seed."""
    model = QGAN(**SMALL, mode=mode, epochs=1, n_ancillas=2).fit(showers, seed=0)
    sizes = model.export(tmp_path / "a.qasm", 5e4, seed=3)
    circuit = qasm3.loads((tmp_path / "a.qasm").read_text())
    qubits = [c.n_qubits for c in model.model_.circuits]
    assert sizes["n_qubits"] == sum(qubits) == circuit.num_clbits
    seen = Statevector(circuit.remove_final_measurements(inplace=False))
    total, condition, noise = model._drawn(np.array([5e4]), np.random.default_rng(3))
    ends = sum(qubits) - np.cumsum([0, *qubits])  # our first wires are Qiskit's last qubits
    marginals = [torch.from_numpy(seen.probabilities(range(b, a))).float() for a, b in pairwise(ends.tolist())]
    if mode in ("style", "probability"):
        p = marginals[0]
    elif mode == "dual":
        p = marginals[1]
    elif mode == "patch":
        p = torch.cat([share * patch for share, patch in zip(marginals[-1], marginals[:-1], strict=True)])
    else:
        joint = marginals[0].reshape(4, -1)
        p = joint[measured(joint.sum(1)[None], noise[:, 0])[0][0]]
        p = p / p.sum()
    assert torch.allclose(p, model.model_(condition, noise).p[0], atol=2e-5)
    shower = above(model.threshold_, model.transform_.inverse(p[None].double(), torch.from_numpy(total)).numpy())
    np.testing.assert_allclose(shower, model.sample([5e4], seed=3).voxels, rtol=2e-2, atol=1e-3 * total[0])


def test_the_open_circuit_is_the_ansatz_and_a_network_has_none(model, showers, tmp_path):
    model.export(tmp_path / "open.qasm", 5e4, parametric=True)
    n_angles = sum(n for *_, n in model.model_.circuits[0].operations())
    assert len(as_ansatz(str(tmp_path / "open.qasm")).weights) == n_angles
    classical = QGAN(**SMALL, mode="perceptron", epochs=0).fit(showers, seed=0)
    with pytest.raises(InputError, match="expected a mode with a circuit to export, found 'perceptron'"):
        classical.export(tmp_path / "none.qasm", 5e4)
