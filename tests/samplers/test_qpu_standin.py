import socket
from typing import Any, NoReturn

import numpy as np
import pytest
from annealer.native import native
from samplers.test_path_integral import transverse
from samplers.test_samplers import assert_at_floor, boltzmann, floor, total_variation

from qgen.annealer.schedule import AnnealingSchedule
from qgen.boltzmann.temperature import pseudo_likelihood
from qgen.files import InputError
from qgen.samplers.qpu_standin import QPUStandIn

N = 6000


def standin(**settings: Any) -> QPUStandIn:
    return QPUStandIn(**{"shape": (2, 4), "n_sweeps": 40, **settings})


def test_transverse_field_reads_are_those_of_the_quantum_state() -> None:
    model = native(6, strength=0.5)
    sampler = standin(draws="transverse", gamma=1.2, n_sweeps=60)
    drawn = sampler.sample(model, n=N, rng=np.random.default_rng(1))
    exact = transverse(model, 1.0, 1.2)
    assert_at_floor(drawn.spins, exact)
    mean, sd = floor(exact, N)
    assert total_variation(drawn.spins, boltzmann(model, 1.0)) > mean + 5 * sd
    assert drawn.info["stand_in"]["gamma"] == 1.2


def test_an_anneal_freezes_between_the_temperatures_of_its_schedule() -> None:
    """A single spin: reads are colder than at the crossing A = B and hotter than at the end, as s* says."""
    schedule = AnnealingSchedule.approximate()
    sampler = standin(draws="anneal", schedule=schedule, n_sweeps=40, beta_effective=1.0)
    model = native(2, strength=0.0)
    model.biases[:] = 0.1
    drawn = sampler.sample(model, n=4000, rng=np.random.default_rng(2))
    beta = np.arctanh(-drawn.spins.mean()) / 0.1
    crossing, end = (float(schedule.fields(s, 20.0)[0]) for s in (0.348, 1.0))
    assert crossing < beta < 1.1 * end
    assert drawn.info["stand_in"]["beta_device"] == pytest.approx(end)
    assert crossing < drawn.info["beta_freeze"] < end


def test_the_temperature_drifts_with_the_time_of_day() -> None:
    model = native()
    at = {
        hours: standin(drift=0.1, hours=hours).sample(model, n=1, rng=np.random.default_rng(0)).info["stand_in"]
        for hours in (0.0, 6.0, 18.0)
    }
    betas = [at[hours]["beta_device"] / standin().beta_device for hours in (0.0, 6.0, 18.0)]
    np.testing.assert_allclose(betas, [1.0, 1.1, 0.9])
    drawn = [
        standin(drift=0.1).sample(model, n=1, rng=np.random.default_rng(seed)).info["stand_in"]["beta_device"]
        for seed in (0, 0, 1)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_control_errors_move_the_reads_away() -> None:
    model = native(6, strength=0.3)
    noisy = standin(sigma_h=0.05, sigma_j=0.05, reads_per_call=N)  # in units of 1/8.9
    spins = noisy.sample(model, n=N, rng=np.random.default_rng(3)).spins
    p = boltzmann(model, 1.0)
    mean, sd = floor(p, N)
    assert total_variation(spins, p) > mean + 10 * sd


def test_no_network_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    info = standin().sample(native(), n=3, rng=np.random.default_rng(0)).info
    assert info["sampler"] == "qpu_standin"
    assert info["solver"] == "stand-in zephyr(2, 4)"


def test_the_published_size_works_natively() -> None:
    """4 x 302 nodes on Zephyr 12; one programming, one qubit a node."""
    model = native(1208, strength=0.02, shape=(12, 4))
    info = QPUStandIn(n_sweeps=2).sample(model, n=20, rng=np.random.default_rng(0)).info
    assert (info["qubits"], info["longest_chain"], info["programmings"]) == (1208, 1, 1)
    assert info["clipped_fraction"] == 0.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"draws": "dice"}, "draws: expected one of .*, found 'dice'"),
        ({"draws": "anneal"}, "expected a schedule to follow"),
        ({"beta_device": -1.0}, "beta_device: expected a finite number > 0"),
        ({"sigma_h": -0.1}, "sigma_h: expected a number from 0"),
        ({"readout_error": 0.5}, "readout_error: expected a number from 0 to below 0.5, found 0.5"),
        ({"drift": 1.0}, "drift: expected a number from 0 to below 1.0"),
        ({"n_sweeps": 0}, "n_sweeps >= 1"),
        ({"draws": "transverse", "gamma": -1.0}, "gamma >= 0"),
    ],
)
def test_bad_settings(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        standin(**settings)


@pytest.mark.slow
def test_an_anneal_that_stops_at_freeze_out_has_its_temperature() -> None:
    """The schedule may be named, so that it can be saved and typed; `s_freeze` ends the anneal there."""
    model = native(6, strength=0.3)
    schedule = AnnealingSchedule.approximate()
    betas = []
    for s_freeze in (0.684, None):
        settings = {"draws": "anneal", "schedule": "approximate", "s_freeze": s_freeze, "n_sweeps": 400}
        device = standin(**settings, beta_effective=9.0)
        drawn = device.sample(model, n=4000, rng=np.random.default_rng(1))
        betas.append(9.0 * pseudo_likelihood(model, drawn.spins).beta)
    expected = [float(schedule.fields(s, 20.0)[0]) for s in (0.684, 1.0)]
    np.testing.assert_allclose(betas, expected, rtol=0.06)
