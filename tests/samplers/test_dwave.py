import socket
from pathlib import Path
from typing import Any, NoReturn

import dimod
import numpy as np
import pytest
from annealer.native import native
from dwave.cloud.exceptions import SolverFailureError
from dwave.preprocessing import SpinReversalTransformComposite
from dwave.samplers import SimulatedAnnealingSampler
from dwave.system import AutoEmbeddingComposite, EmbeddingComposite, LazyFixedEmbeddingComposite
from dwave.system.testing import MockDWaveSampler
from samplers.test_samplers import assert_at_floor, boltzmann

from qgen.files import InputError
from qgen.plugins import resolve
from qgen.samplers.dwave import DWave

N = 6000
TOKEN = "SECRET-0123456789abcdef"


class Mock(MockDWaveSampler):
    """The vendor's mock, drawing from exp(-3 E), that remembers what it was sent."""

    def __init__(self) -> None:
        gibbs = {"beta_schedule_type": "custom", "beta_schedule": [3.0], "num_sweeps_per_beta": 60}
        super().__init__(
            topology_type="zephyr",
            topology_shape=[2, 4],
            parameter_warnings=False,
            substitute_sampler=SimulatedAnnealingSampler(),
            substitute_kwargs={**gibbs, "proposal_acceptance_criteria": "Gibbs"},
        )
        self.sent: list[tuple[dimod.BinaryQuadraticModel, dict[str, Any]]] = []

    def sample(self, bqm: dimod.BinaryQuadraticModel, **options: Any) -> dimod.SampleSet:
        self.sent.append((bqm.copy(), options))
        self.substitute_kwargs["seed"] = len(self.sent)
        return super().sample(bqm, **options)


@pytest.fixture
def no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No configuration of the vendor anywhere; opening a connection is an error."""

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a connection was opened")

    for name in ("DWAVE_API_TOKEN", "DWAVE_CONFIG_FILE", "DWAVE_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(socket, "socket", refuse)
    return tmp_path


@pytest.mark.parametrize("conditioning", ["fold", "strong_field"])
def test_the_vendors_mock_client_gives_the_conditional_distribution(conditioning: Any) -> None:
    model, mock = native(strength=0.3), Mock()
    clamp = np.array([1, 0, 0, 0, 0, -1, 0, 0], dtype=np.int8)
    sampler = DWave(client=lambda: mock, beta_effective=3.0, conditioning=conditioning, annealing_time=10.0)
    drawn = sampler.sample(model, n=N, clamp=clamp, rng=np.random.default_rng(0))
    assert_at_floor(drawn.spins, boltzmann(model, 1.0, {0: 1, 5: -1}))
    (bqm, options), *_ = mock.sent
    assert options == {"num_reads": N, "answer_mode": "raw", "auto_scale": False, "annealing_time": 10.0}
    assert model.qubits is not None
    for (i, j), coupling in zip(model.edges, model.couplings, strict=True):
        if clamp[i] == clamp[j] == 0:
            assert bqm.get_quadratic(model.qubits[i], model.qubits[j]) == pytest.approx(coupling / 3)
    assert bqm.num_variables == (6 if conditioning == "fold" else 8)
    if conditioning == "strong_field":
        assert [bqm.get_linear(model.qubits[i]) for i in (0, 5)] == [-4.0, 4.0]
    assert (drawn.info["sampler"], drawn.info["solver"]) == ("dwave", "MockDWaveSampler")
    assert drawn.info["cost"]["programmings"] == len(mock.sent) == 1
    assert drawn.info["cost"]["anneal_us"] == N * 20.0  # the constant that this mock reports
    assert "stand_in" not in drawn.info


def test_flux_biases_are_sent_for_pinned_qubits_only() -> None:
    """h = -20 pins to +1 and is +8.43e-3 Phi0 at the vendor's default of B and the inductance."""
    model, mock = native(), Mock()
    clamp = np.array([1, 0, 0, 0, 0, -1, 0, 0], dtype=np.int8)
    sampler = DWave(client=lambda: mock, beta_effective=3.0, conditioning="flux_bias", max_retries=100)
    sampler.sample(model, n=1, clamp=clamp, rng=np.random.default_rng(0))
    assert model.qubits is not None
    bqm, options = mock.sent[0]
    flux = np.array(options["flux_biases"])
    assert len(flux) == 160
    assert flux[model.qubits[[0, 5]]] == pytest.approx([8.43e-3, -8.43e-3], rel=1e-3)
    assert np.count_nonzero(flux) == 2
    assert [bqm.get_linear(model.qubits[i]) for i in (0, 5)] == [0.0, 0.0]


@pytest.mark.parametrize("composite", [EmbeddingComposite, AutoEmbeddingComposite, LazyFixedEmbeddingComposite])
def test_of_a_composite_that_embeds_the_processor_is_used(composite: Any) -> None:
    mock = Mock()
    drawn = DWave(client=lambda: composite(composite(mock))).sample(native(), n=3, rng=np.random.default_rng(0))
    assert len(mock.sent) == 1
    assert (drawn.spins.shape, drawn.info["longest_chain"]) == ((3, 8), 1)


@pytest.mark.parametrize(
    ("client", "found"),
    [
        (lambda: dimod.ExactSolver(), "one that makes ExactSolver"),
        (SimulatedAnnealingSampler, "one that makes SimulatedAnnealingSampler"),
        (lambda: dimod.StructureComposite(dimod.ExactSolver(), [0], []), "one that makes StructureComposite"),
        (lambda: SpinReversalTransformComposite(Mock()), "one that makes SpinReversalTransformComposite"),
        (lambda: "Advantage_system4.1", "one that makes str"),
        (lambda: Mock, "one that makes Mock"),
        (lambda: None, "one that makes NoneType"),
        ("Advantage_system4.1", "str itself"),
        (Mock(), "Mock itself"),
    ],
)
def test_what_is_no_processor_is_one_line(client: Any, found: str) -> None:
    with pytest.raises(InputError, match=rf"^samplers/dwave: client: expected a function .*, found {found}$"):
        DWave(client=client).sample(native(), n=1, rng=np.random.default_rng(0))


def test_a_failure_of_the_hardware_is_raised() -> None:
    class Broken(Mock):
        def sample(self, bqm: dimod.BinaryQuadraticModel, **options: Any) -> dimod.SampleSet:
            raise SolverFailureError("solver offline")

    with pytest.raises(SolverFailureError, match="solver offline"):
        DWave(client=Broken).sample(native(), n=1, rng=np.random.default_rng(0))


def test_without_an_account_one_line_names_the_command(no_account: Path) -> None:
    sampler = resolve("samplers/dwave")()
    with pytest.raises(InputError, match="run 'dwave config create'") as caught:
        sampler.sample(native(), n=1, rng=np.random.default_rng(0))
    assert "\n" not in str(caught.value)


def test_a_broken_configuration_is_not_quoted(no_account: Path) -> None:
    (no_account / "dwave.conf").write_text(f"[defaults\ntoken {TOKEN}\n")
    with pytest.raises(InputError, match="dwave config create") as caught:
        DWave().sample(native(), n=1, rng=np.random.default_rng(0))
    assert TOKEN not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_token_is_never_in_a_sampler(no_account: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an account the constructor still opens no connection, and asking for a sample opens one."""
    monkeypatch.setenv("DWAVE_API_TOKEN", TOKEN)
    sampler = DWave(client=Mock, solver={"topology__type": "zephyr"})
    assert TOKEN not in repr(sampler)
    assert "client" not in repr(sampler)
    info = sampler.sample(native(), n=1, rng=np.random.default_rng(0)).info
    assert TOKEN not in repr(info)
