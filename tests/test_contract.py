"""Every plug-in of every folder keeps its contract; a new file is found and tested by itself."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from dwave.samplers import SimulatedAnnealingSampler
from dwave.system.testing import MockDWaveSampler

import qgen
from qgen.generators.spec import create
from qgen.metrics import nearest_neighbour_ratio, particle_cross_test, precision_recall
from qgen.plugins import generators, plugins, resolve
from qgen.representations import projection, represent
from qgen.showers import Showers
from qgen.testing import check_ansatz, check_generator, check_graph, check_metric, check_round_trip, check_sampler

BITS = {"epochs": 3, "code": "codebook", "code_options": {"shape_bits": 3, "response_bits": 2}}
TINY: dict[str, dict[str, Any]] = {
    "classical/boltzmann": BITS,
    "classical/rbm": BITS,
    "iqp": {"operators": 20, **BITS},
    "qcbm": {"epochs": 3, "depth": 2, "shape_bits": 3, "response_bits": 2, "energy_bins": 4},
    "qgan": {"epochs": 2, "depth": 2, "n_latent": 2, "width": 8, "batch_size": 64},
    "qvae": {"epochs": 2, "partitions": (4, 6, 6), "width": 16, "n_chains": 20, "batch_size": 64},
}
"""Settings of those that train for a fit within a second or two."""


@pytest.fixture(scope="module")
def showers() -> Showers:
    return represent(qgen.load("clic/e-", stop=200), "image8x8")


@pytest.mark.parametrize("name", generators())
def test_generator(name: str, showers: Showers) -> None:
    check_generator(create(name, **TINY.get(name, {})), showers)


@pytest.mark.parametrize("name", generators())
def test_a_fit_leaves_its_history(name: str, showers: Showers) -> None:
    """A row for every epoch, where there are any; the option has this name in all families."""
    model: Any = create(name, **TINY.get(name, {})).fit(showers, seed=0)
    assert len(model.history_) == TINY.get(name, {}).get("epochs", 0)
    assert all(np.isfinite(list(row.values())).all() for row in model.history_)


@pytest.mark.parametrize("name", plugins("classical"))
def test_classical_generators_work_natively(name: str) -> None:
    check_generator(create(name, representation="native", **TINY.get(name, {})), qgen.load("calogan/e+", stop=120))


def mock_client() -> MockDWaveSampler:
    """The vendor's mock of a processor that draws from exp(-2 E)."""
    gibbs = {"beta_schedule_type": "custom", "beta_schedule": [2.0], "num_sweeps_per_beta": 60}
    return MockDWaveSampler(
        topology_type="zephyr",
        topology_shape=[2, 4],
        parameter_warnings=False,
        substitute_sampler=SimulatedAnnealingSampler(),
        substitute_kwargs={**gibbs, "proposal_acceptance_criteria": "Gibbs", "seed": 1},
    )


SAMPLERS: dict[str, dict[str, Any]] = {
    "samplers/dwave": {"client": mock_client, "beta_effective": 2.0},
    "samplers/path_integral": {"gamma": 0.0, "n_sweeps": 60},
    "samplers/qpu_standin": {"shape": (2, 4)},
}
"""Settings with which a sampler draws from the Boltzmann distribution, or does so quickly; a processor is mocked."""


@pytest.mark.parametrize("name", plugins("samplers"))
def test_sampler(name: str) -> None:
    check_sampler(resolve(name)(**SAMPLERS.get(name, {})))


SIZES = {"graphs/chimera": (9, 7)}
"""Of topologies that do not have four colours."""


@pytest.mark.parametrize("name", plugins("graphs"))
def test_graph(name: str) -> None:
    check_graph(resolve(name), SIZES.get(name, (9, 7, 8, 5)))


@pytest.mark.parametrize("name", plugins("circuits"))
@pytest.mark.parametrize("n_qubits", [3, 4])
def test_ansatz(name: str, n_qubits: int) -> None:
    check_ansatz(name, n_qubits=n_qubits)


RNG = np.random.default_rng(0)
FEATURES = RNG.normal(5, 1, (300, 3)), RNG.normal(5.5, 1.2, (300, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0.5], [0, 0, 1]])
ONE_COLUMN = FEATURES[0][:, 0], 1.5 * FEATURES[1][:, 0] ** 2
METRICS: dict[str, tuple[tuple[Any, Any], dict[str, Any]]] = {
    "metrics/classifier_auc": (FEATURES, {"n_splits": 2}),
    "metrics/classifier_protocol": (FEATURES, {"n_seeds": 2, "n_hidden": 16, "n_epochs": 20, "learning_rate": 1e-2}),
    "metrics/fpd_bootstrap": (FEATURES, {"n_blocks": 20}),
    "metrics/fpd": (FEATURES, {"min_samples": 100, "max_samples": 300}),
    "metrics/kpd": (FEATURES, {"batch_size": 200}),
    "metrics/relative_entropy": ((np.abs(FEATURES[0]), np.abs(FEATURES[1])), {}),
    "metrics/resolution_shift": (ONE_COLUMN, {}),
    "metrics/response_shift": (ONE_COLUMN, {}),
    "metrics/particle_cross_test": ((FEATURES, FEATURES[::-1]), {"n_splits": 2}),
    "metrics/separation_power": (ONE_COLUMN, {"bins": np.linspace(2, 8, 20)}),
    "metrics/sliced_kolmogorov_smirnov": (FEATURES, {"rng": lambda: np.random.default_rng(0)}),
    "metrics/sliced_wasserstein": (FEATURES, {"rng": lambda: np.random.default_rng(0)}),
}
"""What a metric is tested with, where it takes other things than two feature arrays."""


def missed(reference: Any, generated: Any) -> float:
    """1 - precision: larger is worse."""
    return 1 - precision_recall(reference, generated).precision


def misled(reference: Any, generated: Any, **given: Any) -> float:
    """How far the accuracies of two particles are from those of GEANT4."""
    accuracies = particle_cross_test(*reference, *generated, **given)[:4]
    return max(abs(accuracy - accuracies[0]) for accuracy in accuracies)


TRAINING = np.random.default_rng(1).normal(5, 1, (300, 3))


def strayed(reference: Any, generated: Any) -> float:
    """Distance from the training showers, beside that of the reference."""
    return nearest_neighbour_ratio(TRAINING, reference, generated).ratio


ADAPTED = {
    "metrics/nearest_neighbour_ratio": strayed,
    "metrics/particle_cross_test": misled,
    "metrics/precision_recall": missed,
}
"""Metrics of more than two samples, or that rise with the quality, as (reference, generated) -> distance."""


@pytest.mark.parametrize("name", plugins("metrics"))
def test_metric(name: str) -> None:
    arrays, given = METRICS.get(name, (FEATURES, {}))
    check_metric(ADAPTED.get(name, resolve(name)), *arrays, **given)


VALUES = RNG.lognormal(0, 1, (1000, 4)) * (RNG.uniform(size=(1000, 4)) > 0.2)
ENERGY = RNG.uniform(2e3, 1e5, 1000)
X = np.linspace(-1, 1, 1000)


def pair_of(name: str) -> tuple[Callable[[Any], Any], Callable[[Any], Any], Any]:
    """forward, inverse and values of a transform."""
    cls = resolve(name)
    match name:
        case "transforms/bits":
            return cls().forward, cls().inverse, np.arange(1024)
        case "transforms/codebook":
            book = cls.fit(VALUES[:200] / VALUES[:200].sum(axis=1, keepdims=True).clip(1e-9), 8, seed=0)
            return book.inverse, book.forward, np.arange(8)
        case "transforms/thermometer":
            code = cls(302, 303)
            return code.forward, code.inverse, code.inverse(code.forward(X))
        case "transforms/energy_scale":
            scale = cls(2e3, 1e5)
            return scale.forward, scale.inverse, ENERGY
        case "transforms/log_image":
            image = cls(offset=0.3, pedestal=1.0)
            return image.forward, lambda coded: image.inverse(*coded), torch.as_tensor(VALUES[VALUES.any(axis=1)])
        case "transforms/unit_image":
            return cls().forward, lambda coded: cls().inverse(*coded), torch.as_tensor(VALUES[VALUES.any(axis=1)])
        case "transforms/marginals":
            marginals = cls.fit(VALUES, ENERGY)
            rng = np.random.default_rng(1)
            return lambda v: marginals.forward(v, ENERGY, rng), lambda z: marginals.inverse(z, ENERGY), VALUES
        case "transforms/normal_scores":
            scores = cls.fit(VALUES, VALUES >= 0, X)
            return lambda y: scores.forward(y, X), lambda u: scores.inverse(u, X), VALUES
    return cls().forward, cls().inverse, np.linspace(0, 0.9, 200)


@pytest.mark.parametrize("name", plugins("transforms"))
def test_transform(name: str) -> None:
    check_round_trip(*pair_of(name))


@pytest.mark.parametrize("name", ["image8x8", "profile8", "depth3", "native"])
@pytest.mark.parametrize("dataset", ["clic/e-", "calogan/e+", "calochallenge/2"])
def test_representation(name: str, dataset: str) -> None:
    """Shares of every voxel are >= 0 and sum to at most 1; the energy is what they say."""
    showers = qgen.load(dataset, stop=5)
    project = projection(showers.geometry, name)
    kept = project.matrix.sum(axis=0)
    assert project.matrix.data.min() >= 0
    assert kept.max() <= 1 + 1e-12
    projected = represent(showers, name)
    assert projected.geometry.representation == name
    expected = showers.voxels.astype(np.float64) @ kept
    np.testing.assert_allclose(projected.total_energy, expected, rtol=1e-6)
