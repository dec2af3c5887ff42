from typing import Any

import dimod
import numpy as np
import pytest
from annealer.native import Spy
from dwave.cloud.exceptions import SolverFailureError
from dwave.system.temperatures import h_to_fluxbias

from qgen.annealer.mock import Device, StandInClient, processor
from qgen.files import InputError


def client(spy: Spy | None = None, *, topology: str = "zephyr", shape: tuple[int, ...] = (2, 4), **changes: Any) -> Any:
    sampler = spy or Spy()
    physics = {"beta": 1.0, "sigma_h": 0.0, "sigma_j": 0.0, "readout_error": 0.0, "flux_b_ghz": 1.391}
    device = Device(**{"sampler": sampler, "patient": sampler, **physics, "flux_mafm_ph": 1.647, **changes})
    return StandInClient(processor(topology, shape), device, np.random.default_rng(0), {})


def everywhere(made: Any, h: float = 0.0, j: float = 0.0) -> dimod.BinaryQuadraticModel:
    return dimod.BinaryQuadraticModel.from_ising(dict.fromkeys(made.nodelist, h), dict.fromkeys(made.edgelist, j))


@pytest.mark.parametrize(
    ("topology", "shape", "n_colours"), [("zephyr", (2, 4), 4), ("pegasus", (3,), 4), ("chimera", (2, 3, 4), 2)]
)
def test_colours_are_proper(topology: str, shape: tuple[int, ...], n_colours: int) -> None:
    made = processor(topology, shape)
    assert all(made.colours[a] != made.colours[b] for a, b in made.edgelist)
    assert set(made.colours.values()) == set(range(n_colours))


def test_control_errors_have_the_stated_size_and_are_new_in_every_programming() -> None:
    spy = Spy()
    made = client(spy, sigma_h=0.03, sigma_j=0.02)
    for _ in range(2):
        made.sample(everywhere(made, 0.5, -0.25), num_reads=1, auto_scale=False)
    first, second = spy.models
    for model in spy.models:
        h, j = model.biases - 0.5, model.couplings + 0.25
        assert np.std(h) == pytest.approx(0.03, rel=4 / np.sqrt(2 * h.size))
        assert np.std(j) == pytest.approx(0.02, rel=4 / np.sqrt(2 * j.size))
        assert abs(np.mean(h)) < 4 * 0.03 / np.sqrt(h.size)
    assert abs(np.corrcoef(first.biases, second.biases)[0, 1]) < 4 / np.sqrt(first.n_nodes)
    assert abs(np.corrcoef(first.couplings, second.couplings)[0, 1]) < 4 / np.sqrt(len(first.edges))


def test_flux_biases_act_as_fields() -> None:
    spy = Spy()
    made = client(spy)
    flux = np.zeros(160)
    flux[7] = h_to_fluxbias(-20.0)
    made.sample(everywhere(made, 0.5), num_reads=1, auto_scale=False, flux_biases=flux.tolist())
    expected = np.full(160, 0.5)
    expected[7] -= 20.0
    np.testing.assert_allclose(spy.models[0].biases, expected)
    with pytest.raises(SolverFailureError, match="expected one per qubit, found 3"):
        made.sample(everywhere(made), num_reads=1, flux_biases=[0.0] * 3)


@pytest.mark.parametrize(("h", "j"), [(4.01, 0.0), (-4.01, 0.0), (0.0, 1.01), (0.0, -2.01), (0.0, -1.4)])
def test_what_is_out_of_range_is_refused(h: float, j: float) -> None:
    """Ten couplers of -1.4 in one group are inside the range of J and outside that of sums (-13)."""
    made = client()
    with pytest.raises(SolverFailureError, match="out of range"):
        made.sample(everywhere(made, h, j), num_reads=1, auto_scale=False)
    made.sample(everywhere(made, np.clip(h, -4, 4), j / 20), num_reads=1, auto_scale=False)


def test_automatic_scaling_fills_the_ranges() -> None:
    spy = Spy()
    made = client(spy)
    made.sample(everywhere(made, 16.0, 0.1), num_reads=1)
    np.testing.assert_allclose(spy.models[-1].biases, 4.0)
    np.testing.assert_allclose(spy.models[-1].couplings, 0.025)
    made.sample(everywhere(made, -0.2), num_reads=1)
    np.testing.assert_allclose(spy.models[-1].biases, -4.0)


def test_answers_as_a_processor_does() -> None:
    made = client()
    labels = made.nodelist[5::-1]
    bqm = dimod.BinaryQuadraticModel.from_ising(dict.fromkeys(labels, 0.1), {})
    raw = made.sample(bqm, num_reads=7, answer_mode="raw", auto_scale=False)
    assert list(raw.variables) == sorted(labels)
    assert raw.record.num_occurrences.tolist() == [1] * 7
    np.testing.assert_allclose(raw.record.energy, 0.6)  # of what was asked for
    assert made.sample(bqm, num_reads=7, auto_scale=False).record.num_occurrences.tolist() == [7]
    with pytest.raises(SolverFailureError, match="num_reads is 10001, expected 1 to 10000"):
        made.sample(bqm, num_reads=10001)
    with pytest.raises(KeyError, match="colour is not a parameter of this solver"):
        made.sample(bqm, num_reads=1, colour="red")
    with pytest.raises(ValueError, match=r"not compatible|structure"):
        made.sample(dimod.BinaryQuadraticModel.from_ising({}, {(0, 159): 1.0}), num_reads=1)


def test_bits_are_read_wrongly_at_the_stated_rate() -> None:
    made = client(readout_error=0.05)
    found = made.sample(everywhere(made), num_reads=500, answer_mode="raw")
    assert (found.record.sample < 0).mean() == pytest.approx(0.05, abs=4 * np.sqrt(0.05 / 80000))


def test_unknown_topologies() -> None:
    with pytest.raises(InputError, match=r"topology: torus\(3,\)"):
        processor("torus", (3,))
    with pytest.raises(InputError, match=r"topology: pegasus\(3, 4\)"):
        processor("pegasus", (3, 4))


def test_strong_bonds_get_longer_chains() -> None:
    """Two temperatures and more hold single spins back."""
    quick, patient = Spy(), Spy()
    made = client(quick, patient=patient, beta=4.0)
    pair = made.edgelist[0]
    for j in (-0.49, -0.51):
        made.sample(dimod.BinaryQuadraticModel.from_ising({}, {pair: j}), num_reads=1, auto_scale=False)
    assert [len(quick.models), len(patient.models)] == [1, 1]
