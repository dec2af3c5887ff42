"""What a processor and its stand-in share, tested on the stand-in, whose distribution is known."""

import math
from typing import Any

import numpy as np
import pytest
from annealer.native import complete, native
from samplers.test_samplers import assert_at_floor, boltzmann, floor, total_variation

from qgen.annealer.schedule import AnnealingSchedule
from qgen.files import InputError
from qgen.ising import Ising
from qgen.samplers.qpu_standin import QPUStandIn

N = 6000
WAYS = ["fold", "strong_field", "flux_bias"]


def standin(**settings: Any) -> QPUStandIn:
    return QPUStandIn(**{"shape": (2, 4), "n_sweeps": 40, "beta_effective": 3.0, "beta_device": 3.0, **settings})


def conditions(model: Ising, n: int) -> np.ndarray:
    """Two conditions on two nodes, in turn."""
    clamp = np.zeros((n, model.n_nodes), dtype=np.int8)
    clamp[::2, [0, 5]] = 1, -1
    clamp[1::2, [0, 5]] = -1, -1
    return clamp


@pytest.mark.parametrize("beta", [0.5, 1.3])
def test_reads_are_boltzmann_at_the_asked_temperature(beta: float) -> None:
    """The processor lists qubits by number, the model by colour: columns are put back in their order."""
    model = native()
    assert model.qubits is not None
    assert (np.diff(model.qubits) < 0).any()
    drawn = standin().sample(model, n=N, beta=beta, rng=np.random.default_rng(1))
    assert_at_floor(drawn.spins, boltzmann(model, beta))
    assert (drawn.info["clipped_fraction"], drawn.info["beta_sampled"]) == (0.0, beta)
    assert (drawn.info["patterns"], drawn.info["programmings"], drawn.info["qubits"]) == (1, 1, 8)


def test_a_wrong_temperature_is_seen() -> None:
    """Twice as cold as taken to be: the reads are those of 2 beta."""
    model = native()
    spins = standin(beta_effective=1.5).sample(model, n=N, beta=0.5, rng=np.random.default_rng(2)).spins
    assert_at_floor(spins, boltzmann(model, 1.0))


@pytest.mark.parametrize("conditioning", WAYS)
def test_all_ways_of_conditioning_give_the_conditional_distribution(conditioning: str) -> None:
    model = native(strength=0.3)
    sampler = standin(conditioning=conditioning)
    drawn = sampler.sample(model, n=2 * N, clamp=conditions(model, 2 * N), rng=np.random.default_rng(3))
    assert_at_floor(drawn.spins[::2], boltzmann(model, 1.0, {0: 1, 5: -1}))
    assert_at_floor(drawn.spins[1::2], boltzmann(model, 1.0, {0: -1, 5: -1}))
    info = drawn.info
    assert (info["clipped_fraction"], info["discarded_pins"], info["weak_pins"]) == (0.0, 0, 0)
    assert (info["patterns"], info["programmings"]) == (2, 2)
    assert info["qubits"] == (6 if conditioning == "fold" else 8)


@pytest.mark.parametrize("conditioning", ["strong_field", "flux_bias"])
def test_reads_with_a_wrong_pinned_spin_are_discarded_and_asked_for_again(conditioning: str) -> None:
    """A hot device violates its pins; what is kept still follows the conditional distribution."""
    model = native(strength=0.2)
    hot = standin(conditioning=conditioning, beta_device=0.3, beta_effective=0.3, pin_field=4.0, out_of_range="scale")
    drawn = hot.sample(model, n=2 * N, clamp=conditions(model, 2 * N), rng=np.random.default_rng(4))
    info = drawn.info
    assert info["scale"] == 1.0
    assert info["discarded_pins"] > 100
    assert info["programmings"] > info["patterns"] == 2
    assert info["cost"]["reads"] == info["configurations_read"] >= 2 * N + info["discarded_pins"]
    assert info["cost"]["kept"] == 2 * N
    assert_at_floor(drawn.spins[::2], boltzmann(model, 1.0, {0: 1, 5: -1}))
    assert_at_floor(drawn.spins[1::2], boltzmann(model, 1.0, {0: -1, 5: -1}))


def test_pins_that_never_hold_are_an_error() -> None:
    weak = standin(conditioning="flux_bias", beta_device=0.01, beta_effective=0.01, pin_field=1e-3, max_retries=2)
    clamp = np.ones(8, dtype=np.int8)
    clamp[0] = 0
    with pytest.raises(InputError, match=r"reads still wrong after 2 retries .* wrong pinned spin"):
        weak.sample(native(strength=0.001), n=2000, clamp=clamp, rng=np.random.default_rng(5))


def test_weak_pins_are_counted() -> None:
    """2410.22870: a pinned spin needs |h| > sum |J|."""
    model = native(strength=0.3)
    pull = np.array([sum(abs(j) for e, j in zip(model.edges, model.couplings, strict=True) if i in e) for i in (0, 5)])
    sampler = standin(conditioning="flux_bias", pin_field=float(pull.mean()) / 3, max_retries=50)
    info = sampler.sample(model, n=20, clamp=conditions(model, 1)[0], rng=np.random.default_rng(0)).info
    assert info["weak_pins"] == 1


def test_clipping_is_reported_and_scaling_keeps_the_model_hotter() -> None:
    model = native(strength=1.0)
    rng = np.random.default_rng(6)
    clipped = standin(beta_effective=0.5, beta_device=0.5).sample(model, n=N, rng=rng)
    too_strong = (
        (np.abs(2 * model.biases) > 4).sum() + (2 * model.couplings > 1).sum() + (2 * model.couplings < -2).sum()
    )
    assert clipped.info["clipped_fraction"] == pytest.approx(too_strong / (8 + len(model.edges)))
    assert clipped.info["clipped_fraction"] > 0
    p = boltzmann(model, 1.0)
    mean, sd = floor(p, N)
    assert total_variation(clipped.spins, p) > mean + 5 * sd
    scaled = standin(beta_effective=0.5, beta_device=0.5, out_of_range="scale").sample(model, n=N, rng=rng)
    worst = max(np.abs(2 * model.biases).max() / 4, (2 * model.couplings).max(), (-2 * model.couplings).max() / 2)
    assert scaled.info["scale"] == pytest.approx(1 / worst)
    assert scaled.info["beta_sampled"] == pytest.approx(1 / worst)
    assert scaled.info["clipped_fraction"] == 0.0
    assert_at_floor(scaled.spins, boltzmann(model, 1 / worst))


def test_several_conditions_in_one_programming() -> None:
    model = native(4, strength=0.3)
    clamp = np.zeros((3 * N, 4), dtype=np.int8)
    clamp[::3, 0], clamp[1::3, 0], clamp[2::3, 0] = 1, -1, -1
    clamp[2::3, 1], clamp[::3, 1], clamp[1::3, 1] = 1, 1, -1
    for conditioning in WAYS:
        sampler = standin(parallel=3, conditioning=conditioning)
        drawn = sampler.sample(model, n=3 * N, clamp=clamp, rng=np.random.default_rng(7))
        info = drawn.info
        assert (info["patterns"], info["programmings"], info["copies"]) == (3, 1, 3)
        assert (info["cost"]["reads"], info["configurations_read"], info["longest_chain"]) == (N, 3 * N, 1)
        assert info["qubits"] == (6 if conditioning == "fold" else 12)
        for k, (a, b) in enumerate([(1, 1), (-1, -1), (-1, 1)]):
            assert_at_floor(drawn.spins[k::3], boltzmann(model, 1.0, {0: a, 1: b}))


def test_copies_share_the_reads_of_one_condition() -> None:
    model = native(4)
    drawn = standin(parallel=5).sample(model, n=N, rng=np.random.default_rng(8))
    assert drawn.info["cost"]["reads"] == math.ceil(N / 5)
    assert_at_floor(drawn.spins, boltzmann(model, 1.0))


def test_a_model_of_another_graph_is_embedded_with_chains() -> None:
    model = complete()
    settings = {"topology": "chimera", "shape": (2, 2, 4), "n_sweeps": 200}
    drawn = standin(**settings).sample(model, n=N, rng=np.random.default_rng(9))
    info = drawn.info
    assert info["longest_chain"] > 1
    assert info["qubits"] > 5
    assert 0 < info["chain_break_fraction"] < 0.5
    assert info["discarded_chains"] > 0
    assert_at_floor(drawn.spins, boltzmann(model, 1.0))
    kept = standin(**settings, chain_breaks="majority").sample(model, n=1000, rng=np.random.default_rng(9)).info
    assert (kept["discarded_chains"], kept["programmings"]) == (0, 1)
    assert kept["chain_break_fraction"] > 0
    strong = standin(**settings, chain_strength=9.0).sample(model, n=100, rng=np.random.default_rng(9)).info
    assert strong["chain_strength"] == 2.0  # what the processor has


@pytest.mark.parametrize("conditioning", WAYS)
def test_embedded_models_are_conditioned_as_well(conditioning: str) -> None:
    model = complete()
    clamp = np.array([0, 1, 0, -1, 0], dtype=np.int8)
    sampler = standin(
        topology="chimera", shape=(2, 2, 4), n_sweeps=200, conditioning=conditioning, chain_strength=0.5, parallel=2
    )
    drawn = sampler.sample(model, n=N, clamp=clamp, rng=np.random.default_rng(10))
    assert_at_floor(drawn.spins, boltzmann(model, 1.0, {1: 1, 3: -1}))


def test_calls_are_split_by_the_limits_of_the_processor() -> None:
    model = native()
    rng = np.random.default_rng(0)
    info = standin(reads_per_call=300).sample(model, n=1000, rng=rng).info
    assert (info["programmings"], info["cost"]["reads"], len(info["problems"])) == (4, 1000, 4)
    info = standin().sample(model, n=10001, rng=rng).info  # num_reads_range ends at 10 000
    assert info["programmings"] == 2
    info = standin(annealing_time=2000.0, n_sweeps=1).sample(model, n=5000, rng=rng).info  # 10 s of annealing
    assert info["programmings"] == 2
    with pytest.raises(InputError, match="expected a read within"):
        standin(annealing_time=1e8).sample(model, n=1, rng=rng)


def test_the_ledger_adds_up_the_calls() -> None:
    info = standin(reads_per_call=100, annealing_time=50.0).sample(native(), n=200, rng=np.random.default_rng(0)).info
    cost = info["cost"]
    assert (cost["programmings"], cost["reads"], cost["kept"]) == (2, 200, 200)
    assert cost["anneal_us"] == 200 * 50
    parts = cost["programming_us"] + cost["anneal_us"] + cost["readout_us"] + cost["delay_us"]
    assert cost["access_us"] == pytest.approx(parts)
    each = (cost["access_us"] - cost["programming_us"]) / 200
    assert cost["access_us_per_shower_alone"] == pytest.approx(33600 + each)
    assert cost["access_us_per_shower_shared"] == pytest.approx(33.6 + each)


def test_what_follows_from_a_schedule_is_reported() -> None:
    schedule = AnnealingSchedule.approximate()
    info = standin(schedule=schedule, temperature_mk=16.0).sample(native(), n=1, rng=np.random.default_rng(0)).info
    assert {key: info[key] for key in schedule.report(16.0)} == schedule.report(16.0)
    given = standin(schedule=schedule, s_freeze=0.6).sample(native(), n=1, rng=np.random.default_rng(0)).info
    assert given["beta_freeze"] == schedule.fields(0.6, 20.0)[0]


def test_a_model_that_is_not_on_the_processor() -> None:
    model = native()
    assert model.qubits is not None
    gone = standin(broken_qubits=(int(model.qubits[3]),))
    with pytest.raises(InputError, match=f"expected working qubits of the processor, found {model.qubits[3]}"):
        gone.sample(model, n=1, rng=np.random.default_rng(0))
    far = Ising(model.biases[:2], np.array([[0, 1]]), np.ones(1), np.array([0, 1]), np.array([0, 159]))
    with pytest.raises(InputError, match=r"expected couplers of the processor, found \(0, 159\)"):
        standin().sample(far, n=1, rng=np.random.default_rng(0))
    big = Ising(np.zeros(200), np.empty((0, 2), dtype=np.intp), np.empty(0), np.zeros(200, dtype=np.intp))
    with pytest.raises(InputError, match=r"one of 200 nodes and 0 edges on 160 qubits, found none"):
        standin().sample(big, n=1, rng=np.random.default_rng(0))


def test_everything_clamped_needs_no_processor_time() -> None:
    clamp = np.random.default_rng(0).choice(np.array([-1, 1], dtype=np.int8), size=(5, 8))
    drawn = standin().sample(native(), n=5, clamp=clamp, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(drawn.spins, clamp)
    assert drawn.info["programmings"] == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"beta_effective": 0.0}, "beta_effective: expected a finite number > 0, found 0.0"),
        ({"parallel": 0}, "parallel: expected a finite number > 0, found 0"),
        ({"chain_strength": -1.0}, "chain_strength: expected a finite number > 0"),
        ({"conditioning": "glue"}, "conditioning: expected one of .*, found 'glue'"),
        ({"out_of_range": "hope"}, "out_of_range: expected one of"),
        ({"chain_breaks": "keep"}, "chain_breaks: expected one of"),
        ({"max_retries": -1}, "max_retries: expected a number >= 0, found -1"),
        ({"parameters": {"auto_scale": True}}, r"parameters: \['auto_scale'\] are set by this sampler"),
    ],
)
def test_bad_settings(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        standin(**settings)
