import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from scipy import stats

import qgen
from qgen.boltzmann.quantum_training import QuantumMachine
from qgen.comparison.compare import compare, processor_cost
from qgen.comparison.scoreboard import gather
from qgen.comparison.task import Task
from qgen.files import InputError
from qgen.generators.qvae import CaloQVAE
from qgen.ising import Ising, Samples
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.showers import Showers

SMALL = {
    "partitions": (16, 16),
    "conditioned": False,
    "width": 64,
    "n_chains": 100,
    "batch_size": 64,
    "learning_rate": 3e-3,
}


@pytest.fixture(scope="module")
def showers() -> tuple[Showers, Showers]:
    return qgen.load("clic/e-", stop=1200).split(0.6, seed=0)


@pytest.fixture(scope="module")
def model(showers: tuple[Showers, Showers]) -> CaloQVAE:
    return CaloQVAE(**SMALL, epochs=60).fit(showers[0], seed=0)


def inside(showers: Showers, model: CaloQVAE) -> Showers:
    low, high = model.energy_range_
    return showers.select((showers.incident_energy >= low) & (showers.incident_energy <= high))


def test_training_improves_the_bound_on_real_showers(model: CaloQVAE) -> None:
    validation = [row["validation"] for row in model.history_ if "validation" in row]
    assert min(validation) < validation[0] - 3
    assert np.argmin(validation) > 2


def test_response_and_mean_image_agree_with_geant4_within_errors(
    model: CaloQVAE, showers: tuple[Showers, Showers]
) -> None:
    test = inside(qgen.represent(showers[1], "image8x8"), model)
    fake = model.sample(test.incident_energy, seed=1)
    responses = [s.total_energy / s.incident_energy for s in (test, fake)]
    difference = responses[0].mean() - responses[1].mean()
    assert abs(difference) < 4 * np.sqrt(sum(r.var() / len(r) for r in responses))
    assert responses[1].std() == pytest.approx(responses[0].std(), rel=0.2)
    means = [s.voxels.reshape(len(s), 8, 8).sum(axis=1).mean(axis=0) for s in (test, fake)]
    np.testing.assert_allclose(means[1] / means[0], 1.0, atol=0.15)


def test_total_energy_is_that_of_the_response_model(model: CaloQVAE) -> None:
    energy = np.linspace(*model.energy_range_, 50)
    expected = model.code_.response.sample(energy, np.random.default_rng(7))
    np.testing.assert_allclose(model.sample(energy, seed=7).total_energy, expected, rtol=1e-5)


def test_bits_carry_the_correlation_of_depth_that_independent_voxels_lack(
    model: CaloQVAE, showers: tuple[Showers, Showers]
) -> None:
    """The first columns are all high together, or all low: in GEANT4, and in what is generated."""
    test = inside(qgen.represent(showers[1], "image8x8"), model)
    fake = model.sample(test.incident_energy, seed=1)
    pixel = np.array([8 * 4 + 1, 8 * 3 + 1])
    correlations = [
        np.corrcoef((s.voxels / s.total_energy[:, None].astype(np.float32))[:, pixel].T)[0, 1] for s in (test, fake)
    ]
    assert correlations[1] == pytest.approx(correlations[0], abs=0.25)
    assert correlations[1] > 0.15


def test_reconstruction_keeps_energies_and_follows_the_shower(
    model: CaloQVAE, showers: tuple[Showers, Showers]
) -> None:
    test = qgen.represent(showers[1], "image8x8")
    again = model.reconstruct(test, seed=0)
    np.testing.assert_allclose(again.total_energy, test.total_energy, rtol=1e-5)

    def depth(s: Showers) -> np.ndarray:
        return s.voxels.reshape(len(s), 8, 8).sum(axis=1) @ np.arange(8) / s.total_energy

    generated = model.sample(inside(test, model).incident_energy, seed=0)
    assert np.corrcoef(depth(test), depth(again))[0, 1] > 0.6
    assert generated.geometry == again.geometry


def test_saved_and_loaded_draws_the_same_showers(model: CaloQVAE, tmp_path: Path) -> None:
    model.save(tmp_path)
    energy = np.linspace(*model.energy_range_, 20)
    again = qgen.load_generator(tmp_path)
    np.testing.assert_array_equal(again.sample(energy, seed=3).voxels, model.sample(energy, seed=3).voxels)
    assert again.resources() == model.resources()


def test_fit_is_reproducible_and_leaves_the_global_random_state_alone(showers: tuple[Showers, Showers]) -> None:
    few = showers[0].select(slice(0, 100))
    np.random.seed(41)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, second = (CaloQVAE(**SMALL, epochs=2).fit(few, seed=4) for _ in range(2))
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    for name, value in first.model_.state_dict().items():
        np.testing.assert_array_equal(value, second.model_.state_dict()[name], err_msg=name)


@pytest.fixture(scope="module")
def quantum(showers: tuple[Showers, Showers]) -> CaloQVAE:
    """Two held and six free bits."""
    options = SMALL | {"partitions": (2, 3, 3), "conditioned": True, "validate_every": 1}
    return CaloQVAE(prior="quantum", transverse_field=0.7, **options, epochs=20).fit(showers[0], seed=0)


def test_a_quantum_prior_learns_real_showers(quantum: CaloQVAE, showers: tuple[Showers, Showers]) -> None:
    validation = [row["validation"] for row in quantum.history_]
    assert min(validation) < validation[0] - 3
    assert all(-6 * np.log(2) - 2 < row["log_prior"] < 0 for row in quantum.history_)
    assert quantum.traits.family == "annealer"
    assert quantum.resources()["n_nodes"] == 8
    assert quantum.resources()["n_couplings"] == 21
    test = inside(qgen.represent(showers[1], "image8x8"), quantum)
    again = quantum.floors(test, seed=0)["reconstruction"]
    np.testing.assert_allclose(again.total_energy, test.total_energy, rtol=1e-5)


def test_a_fitted_quantum_prior_draws_what_it_says(quantum: CaloQVAE) -> None:
    """Frequencies of the 64 patterns of free bits under one condition, against its own enumerated probabilities."""
    prior = quantum.model_.prior
    assert isinstance(prior, QuantumMachine)
    held = torch.tensor([1.0, 0.0])
    free = torch.tensor(list(itertools.product([0.0, 1.0], repeat=6)))
    p = np.exp([prior.mean_log_p(torch.cat([held, z])[None]).item() for z in free])
    z, _ = prior.draw(held.expand(50_000, 2), np.random.default_rng(3))
    counts = np.bincount((z.numpy() @ (2 ** np.arange(5, -1, -1))).astype(int), minlength=64)
    assert p.sum() == pytest.approx(1)
    assert stats.chisquare(counts, 50_000 * p / p.sum()).pvalue > 1e-3


def test_a_quantum_prior_comes_back(quantum: CaloQVAE, tmp_path: Path) -> None:
    quantum.save(tmp_path)
    energy = np.linspace(*quantum.energy_range_, 20)
    again, drawn = qgen.load_generator(tmp_path), quantum.sample(energy, seed=3)
    np.testing.assert_array_equal(again.sample(energy, seed=3).voxels, drawn.voxels)
    assert again.resources() == quantum.resources()
    assert drawn.provenance["sampling"] == {"sampler": "exact", "reads": 20, "transverse_field": 0.7}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prior": "quantum"}, "expected partitions of at most 12 nodes in all with prior=quantum, found 80"),
        ({"prior": "quantum", "transverse_field": 0.0}, "transverse_field to be a number > 0 and <= 100, found 0.0"),
        ({"prior": "quantum", "device_from": 0.5}, "expected device_from=1.0 with prior=quantum, found 0.5"),
        (
            {"prior": "normal", "sampler": "dwave"},
            "expected sampler=samplers/block_gibbs with prior=normal, found 'dwave'",
        ),
        ({"transverse_field": 2.0}, "expected transverse_field=0.3 with prior=boltzmann, found 2.0"),
    ],
)
def test_options_that_a_prior_cannot_have(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        CaloQVAE(**options).require_options()


def test_samples_through_any_sampler(model: CaloQVAE) -> None:
    class Recorder:
        def sample(self, model: Ising, **request: object) -> Samples:
            self.n_nodes = model.n_nodes
            return BlockGibbsSampler(1).sample(model, **request)  # type: ignore[arg-type]

    recorder, energy = Recorder(), np.full(10, np.mean(model.energy_range_))
    default = model.sampler
    try:
        model.sampler = recorder
        assert len(model.sample(energy, seed=0)) == 10
    finally:
        model.sampler = default
    assert recorder.n_nodes == 32


def test_resources(model: CaloQVAE) -> None:
    found = model.resources()
    decoder = (34 * 64 + 64) + (64 * 64 + 64) + 2 * (64 * 64 + 64) + 64
    assert found["n_parameters_generation"] == decoder + 16 * 16 + 32
    assert found["n_nodes"] == 32
    assert found["n_couplings"] == 256


def test_learns_native_voxels(showers: tuple[Showers, Showers]) -> None:
    """CaloGAN's 504 voxels, most of them empty: the occupancy comes out right."""
    real = qgen.load("calogan/e+", stop=400)
    made = CaloQVAE(**SMALL | {"representation": "native"}, epochs=15).fit(real, seed=0)
    fake = made.sample(real.incident_energy, seed=0)
    assert fake.geometry == real.geometry
    assert (fake.voxels > 0).mean() == pytest.approx((real.voxels > 0).mean(), rel=0.1)


def test_unknown_sampler_is_told_before_training(showers: tuple[Showers, Showers]) -> None:
    with pytest.raises(InputError, match="samplers/block_gibs"):
        CaloQVAE(sampler="samplers/block_gibs").fit(showers[0], seed=0)


@pytest.mark.parametrize(
    "options",
    [
        {"graph": "zephyr", "partitions": (8, 8, 8, 8), "conditioned": True, "decoder": "hierarchical"},
        {"graph": "pegasus", "partitions": (8, 8, 8, 8)},
        {"graph": "random", "partitions": (8, 8, 8, 8), "graph_options": {"like": "zephyr"}},
        {"prior": "normal"},
    ],
)
def test_every_prior_is_trained_sampled_and_saved(
    options: dict[str, object], showers: tuple[Showers, Showers], tmp_path: Path
) -> None:
    few = showers[0].select(slice(0, 200))
    made = CaloQVAE(**SMALL | options, epochs=6, validate_every=1).fit(few, seed=0)
    validation = [row["validation"] for row in made.history_]
    assert min(validation) < validation[0] - 1
    made.save(tmp_path)
    again = qgen.load_generator(tmp_path)
    energy = np.linspace(*made.energy_range_, 20)
    np.testing.assert_array_equal(again.sample(energy, seed=3).voxels, made.sample(energy, seed=3).voxels)
    assert made.traits.family == ("classical" if options.get("prior") else "annealer")


def test_a_graph_of_a_file_travels_with_the_model(showers: tuple[Showers, Showers], tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text("from qgen.graphs.multipartite import multipartite\n\nown = lambda sizes: multipartite(sizes)\n")
    few = showers[0].select(slice(0, 60))
    made = CaloQVAE(**SMALL | {"graph": f"{mine}:own", "sampler": "block_gibbs"}, epochs=1).fit(few, seed=0)
    made.save(tmp_path / "run")
    mine.unlink()
    again = qgen.load_generator(tmp_path / "run")
    assert again.get_params()["graph"] == f"{tmp_path / 'run' / 'mine.py'}:own"
    energy = np.linspace(*made.energy_range_, 5)
    np.testing.assert_array_equal(again.sample(energy, seed=3).voxels, made.sample(energy, seed=3).voxels)


def test_held_bits_are_thermometers_of_energy_and_response(showers: tuple[Showers, Showers]) -> None:
    few = showers[0].select(slice(0, 200))
    made = CaloQVAE(**SMALL | {"partitions": (9, 16), "conditioned": True}, epochs=2).fit(few, seed=0)
    low, high = made.energy_range_
    middle = np.sqrt(low * high)
    incident = np.array([low, high, middle, middle])
    total = made.code_.response.sample(incident, np.random.default_rng(0))
    total[2:] *= [0.01, 100]
    held = made._held(incident, total)
    np.testing.assert_array_equal(held[:, ::2].sum(1), [0, 5, 3, 3])
    np.testing.assert_array_equal(held[2:, 1::2].sum(1), [0, 4])
    assert len(made.model_.prior.chains[:, :9].unique(dim=0)) > 20  # chains keep the conditions they were given


def test_trains_and_samples_with_an_annealer_in_the_loop(showers: tuple[Showers, Showers]) -> None:
    """The stand-in starts at a wrong temperature, which its own reads correct; reads and access time are counted."""
    few = showers[0].select(slice(0, 300))
    made = CaloQVAE(
        **SMALL | {"graph": "zephyr", "partitions": (8, 8, 8, 8)},
        sampler="samplers/qpu_standin",
        sampler_options={"beta_device": 3.3, "beta_effective": 2.0},
        device_from=0.6,
        device_reads=300,
        epochs=30,
        prior_learning_rate=3e-2,
    ).fit(few, seed=0)
    fake = made.sample(np.full(200, np.mean(made.energy_range_)), seed=0)
    told = fake.provenance["sampling"]
    assert told["sampler"] == "qpu_standin"
    assert told["temperature"]["beta"] == pytest.approx(3.3, abs=4 * told["temperature"]["error"])
    assert told["temperature"]["error"] < 0.5
    assert told["cost"]["reads"] == 200
    assert told["temperature"]["cost"]["reads"] == told["temperature"]["reads"] == 500
    total = told["cost"]["access_us"] + told["temperature"]["cost"]["access_us"]
    assert processor_cost(fake)["qpu_access_us_per_shower"] == pytest.approx(total / 200)
    assert told["cost"]["access_us_per_shower_alone"] > 10 * told["cost"]["access_us_per_shower_shared"]


def test_the_budget_of_reads_is_kept(showers: tuple[Showers, Showers]) -> None:
    few = showers[0].select(slice(0, 100))

    class Counter:
        reads = 0

        def sample(self, model: Ising, **request: object) -> Samples:
            Counter.reads += int(request["n"])  # type: ignore[call-overload]
            return BlockGibbsSampler(1).sample(model, **request)  # type: ignore[arg-type]

    CaloQVAE(**SMALL, sampler=Counter(), device_from=0.0, device_reads=40, device_budget=100, epochs=3).fit(few, seed=0)
    assert Counter.reads == 80


@pytest.mark.slow
def test_a_model_and_its_samples_share_one_fit(tmp_path: Path) -> None:
    """What follows @ changes how a fitted model is sampled; reconstruction and truth floor stand beside it."""
    data = str(tmp_path / "few.hdf5")
    qgen.load("clic/e-", stop=500).save(data)
    short = "qvae:epochs=2,partitions=[4,4,4,4],conditioned=false,graph=zephyr"
    device = f"{short}@sampler=samplers/qpu_standin,sampler_options={{beta_device: 3.0, sigma_h: 0.02}}"
    wanted = [short, f"{device} as stand-in"]
    board = compare(data, wanted, tmp_path / "out", seeds=1, controls=False)
    rows = {row["generator"]: row for row in board["rows"]}
    assert set(rows) == {short, f"{short} (reconstruction)", "stand-in"}
    assert rows["stand-in"]["resources"]["qpu_access_us_per_shower"] > 0
    assert "qpu_access_us_per_shower" not in rows[short]["resources"]
    states = [load_file(tmp_path / "out" / Task(name, data).slug / "model.safetensors") for name in (short, device)]
    for name in states[0]:
        assert torch.equal(states[0][name], states[1][name])
    assert board == compare(data, wanted, tmp_path / "out", seeds=1, controls=False)
    assert [row["generator"] for row in gather([tmp_path / "out"])["rows"]] == [
        row["generator"] for row in board["rows"]
    ]
    runs = [tmp_path / "out" / Task(name, data).slug for name in (short, device)]
    assert {row["generator"] for row in gather(runs)["rows"]} == set(rows)
    with pytest.raises(InputError, match="found stand-in twice"):
        compare(data, [f"{short} as stand-in", wanted[1]], tmp_path / "out", seeds=1, controls=False)
    with pytest.raises(InputError, match="'epochs' cannot be changed after the fit, expected sampler, "):
        compare(data, [f"{short}@epochs=9"], tmp_path / "out", seeds=1, controls=False)
