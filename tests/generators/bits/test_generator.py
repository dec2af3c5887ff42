"""What generators of bit strings share, on Boltzmann machines; and those as generators."""

import numpy as np
import pytest
import torch

import qgen
from qgen.files import InputError
from qgen.generators.classical.boltzmann import VisibleBoltzmann
from qgen.generators.classical.rbm import RestrictedBoltzmann
from qgen.generators.iqp import IQPBornMachine
from qgen.generators.qcbm import QCBM
from qgen.generators.spec import create
from qgen.representations import represent

SMALL = {"code": "hits", "code_options": {"pixels": [2, 4]}}
MACHINES = [VisibleBoltzmann, RestrictedBoltzmann]


@pytest.fixture(scope="module")
def showers():
    return represent(qgen.load("clic/e-", stop=400), "image8x8")


def test_correlators_of_independent_bits(showers):
    """Untrained, <Z_a> is the product of -tanh(b_i) over the bits of a; energies beyond the range take its end."""
    model = VisibleBoltzmann(**SMALL, degree=1, epochs=0).fit(showers, seed=0)
    a = np.array([[1, 0, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1, 1]])
    low, high = model.energy_range_
    energy = np.array([low, 50e3, high])
    b, pulls = model.model_.fields(model._scaled(energy), torch.ones(3, 8))
    assert not pulls.any()
    means = -np.tanh(b.detach().double().numpy())
    exact = np.stack([means[:, row > 0].prod(axis=1) for row in a], axis=1)
    error = 4.5 * np.sqrt((1 - exact**2) / 4000)
    assert (np.abs(model.correlators(energy, a) - exact) < error).all()
    with pytest.warns(UserWarning, match="outside the training range"):
        np.testing.assert_array_equal(model.correlators([2 * high], a), model.correlators([high], a))


def test_correlators_need_operators_of_its_bits(showers):
    model = VisibleBoltzmann(**SMALL, epochs=0).fit(showers, seed=0)
    with pytest.raises(InputError, match=r"expected shape \(n_operators, 8\), found \(1, 3\)"):
        model.correlators([50e3], [[1, 0, 1]])


@pytest.mark.parametrize("family", [*MACHINES, IQPBornMachine, QCBM])
def test_history_is_what_training_told(family, showers):
    told = []
    options = {"depth": 1} if family is QCBM else {}
    model = family(**SMALL, **options, epochs=3).fit(
        showers, seed=0, callbacks=(lambda epoch, row: told.append((epoch, row)),)
    )
    assert list(enumerate(model.history_)) == told
    assert "validation" in model.history_[2]


def test_a_control_takes_the_code_of_a_circuit(showers, tmp_path):
    """Whatever showers it learns from; a folder without a code is told before any training."""
    circuit = IQPBornMachine(**SMALL, epochs=1, operators=20).fit(showers, seed=0)
    circuit.save(tmp_path / "circuit")
    few = showers.select(slice(150))
    control = VisibleBoltzmann(code_from=str(tmp_path / "circuit"), epochs=1).fit(few, seed=3)
    assert control.code_.digest() == circuit.code_.digest()
    assert VisibleBoltzmann(**SMALL, epochs=0).fit(few, seed=3).code_.digest() != circuit.code_.digest()
    create("classical/mean_image").fit(few, seed=0).save(tmp_path / "mean")
    for mode in ("quantum", "bit_flip"):
        with pytest.raises(InputError, match="mean: expected a generator of bit strings, found MeanImage"):
            IQPBornMachine(mode=mode, code_from=str(tmp_path / "mean")).require_samples(few, seed=0)
    with pytest.raises(InputError, match="IQPBornMachine: expected no options of the code beside code_from"):
        IQPBornMachine(**SMALL, code_from=str(tmp_path / "circuit")).require_options()


@pytest.mark.parametrize("neighbours", [1, 8])
def test_resampled_codewords_are_of_the_nearest_training_showers(showers, neighbours):
    """Of the hits of a code whose decoded showers have the bits that they were made of; the circuit has no say."""
    train, test = showers.split(0.7, seed=0)
    energy = test.incident_energy
    model = IQPBornMachine(**SMALL, epochs=0).fit(train, seed=0)
    found = model.resample(train, energy, seed=1, neighbours=neighbours)
    np.testing.assert_array_equal(found.incident_energy, energy)
    bits, known = model.code_.encode(found), model.code_.encode(train)
    away = np.abs(np.log(train.incident_energy) - np.log(energy)[:, None])
    near = away <= np.sort(away, axis=1)[:, neighbours - 1 : neighbours]
    assert (near & (bits[:, None] == known).all(axis=2)).any(axis=1).all()
    other = VisibleBoltzmann(**SMALL, epochs=2).fit(train, seed=0)
    np.testing.assert_array_equal(found.voxels, other.resample(train, energy, seed=1, neighbours=neighbours).voxels)


def test_codewords_are_resampled_from_eight_training_showers(showers):
    model = QCBM(**SMALL, depth=1, epochs=0).fit(showers, seed=0)
    (name, found), *more = model.controls(showers, showers.incident_energy[:50], seed=3).items()
    assert (name, more) == ("codewords resampled", [])
    expected = model.resample(showers, showers.incident_energy[:50], seed=3, neighbours=8)
    np.testing.assert_array_equal(found.voxels, expected.voxels)
    with pytest.raises(InputError, match="neighbours: expected at least 1, found 0"):
        model.resample(showers, [1e4], seed=0, neighbours=0)


@pytest.mark.parametrize("family", MACHINES)
@pytest.mark.parametrize("degree", [0, 1])
def test_they_have_the_parameters_of_the_circuit(family, degree, showers):
    """Of 64 bits: a Boltzmann machine exactly, an RBM to one hidden unit, 80 couplings and biases."""
    model = family(degree=degree, epochs=1).fit(showers, seed=0)
    unit = 80 if family is RestrictedBoltzmann else 0
    assert model.resources()["n_parameters"] == pytest.approx(2080 * (degree + 1), abs=unit)
    assert model.resources()["n_bits"] == 64
    assert model.traits.family == "classical"
    assert model.sample(showers.incident_energy[:5], seed=0).geometry == showers.geometry


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("classical/boltzmann:body=3", "expected body to be a whole number >= 1 and <= 2, found 3"),
        ("classical/boltzmann:gates=[[0], [0, 1, 2, 3]]", "found gates on 4 bits"),
        ("classical/boltzmann:gates=pairs", "VisibleBoltzmann: expected gates 'all' or a list of lists of qubits"),
        ("classical/boltzmann:degree=-1", "expected degree to be a whole number >= 0, found -1"),
        ("classical/boltzmann:code_options=5", "expected code_options to be a mapping or None, found 5"),
        ("classical/rbm:hidden=0", "expected hidden to be a whole number >= 1 or None, found 0"),
        ("classical/rbm:learning_rate=x", "expected learning_rate to be a number >= 0 and <= 10, found 'x'"),
    ],
)
def test_options_that_cannot_be(spec, message, showers):
    with pytest.raises(InputError, match=message):
        create(spec).fit(showers, seed=0)
