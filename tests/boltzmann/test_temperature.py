"""Devices of known temperature: exact draws, or block Gibbs at the device's own beta."""

from dataclasses import dataclass, field
from typing import Any

import dimod
import numpy as np
import pytest
from dwave.system.temperatures import maximum_pseudolikelihood_temperature

from qgen.boltzmann.temperature import calibrate, pseudo_likelihood, temperature_map
from qgen.files import InputError
from qgen.ising import Ising, Sampler, Samples, Spins
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.samplers.exact import ExactSampler

TRUTH = 3.3


def partite(n_each: int, n_edges: int, h: float = 0.3, j: float = 0.2, seed: int = 0) -> Ising:
    """Four colours and random edges between them."""
    rng = np.random.default_rng(seed)
    colours = np.repeat(np.arange(4), n_each)
    pairs = np.stack(np.triu_indices(4 * n_each, k=1), axis=1)
    pairs = pairs[colours[pairs[:, 0]] != colours[pairs[:, 1]]]
    pairs = pairs[np.sort(rng.choice(len(pairs), n_edges, replace=False))]
    return Ising(rng.normal(0, h, 4 * n_each), pairs, rng.normal(0, j, n_edges), colours)


@dataclass(frozen=True)
class Device:
    """Draws exp(-TRUTH E) of the programmed E = H / beta_effective."""

    beta_effective: float = 4.5
    inner: Sampler = field(default_factory=lambda: BlockGibbsSampler(60))
    scale: float = 1.0
    truth: float = TRUTH

    def sample(
        self, model: Ising, *, n: int, clamp: Spins | None = None, rng: np.random.Generator, **_: Any
    ) -> Samples:
        beta = self.truth * self.scale / self.beta_effective
        spins = self.inner.sample(model, n=n, clamp=clamp, beta=beta, rng=rng).spins
        return Samples(spins, {"scale": self.scale, "clipped_fraction": 0.25})


def enumerated_pseudo_likelihood(model: Ising, spins: np.ndarray, free: np.ndarray, beta: float) -> float:
    """Spin by spin, from the energies of a read and of the same with that spin turned."""
    total = 0.0
    for s in spins:
        for i in np.flatnonzero(free):
            turned = s.copy()
            turned[i] *= -1
            here, there = np.exp(-beta * model.energy(np.stack([s, turned])))
            total += np.log(here / (here + there))
    return total


def test_pseudo_likelihood_is_largest_at_the_estimate() -> None:
    model, rng = partite(3, 30), np.random.default_rng(1)
    clamp = np.zeros((40, 12), dtype=np.int8)
    clamp[:20, :3], clamp[20:, 5] = 1, -1
    spins = ExactSampler().sample(model, n=40, clamp=clamp, rng=rng).spins
    found = pseudo_likelihood(model, spins, clamp=clamp)

    def value(beta: float) -> float:
        parts = (enumerated_pseudo_likelihood(model, spins[rows], clamp[rows[0]] == 0, beta) for rows in halves)
        return sum(parts)

    halves = [np.arange(20), np.arange(20, 40)]
    here, left, right = (value(found.beta + step) for step in (0, -1e-3, 1e-3))
    assert here > left
    assert here > right
    assert (left - right) / (left - 2 * here + right) / 2 == pytest.approx(0, abs=1e-3)  # in units of the step
    for part, rows in zip(sorted(found.conditions, key=lambda c: c.clamp.tolist()), halves[::-1], strict=True):
        alone = pseudo_likelihood(model, spins[rows], clamp=clamp[rows[0]])
        assert (part.beta, part.error, part.reads) == (alone.beta, alone.error, 20)
        assert part.clamp.tolist() == clamp[rows[0]].tolist()


def test_agrees_with_the_vendor() -> None:
    model = partite(302, 10000)
    spins = BlockGibbsSampler(30).sample(model, n=100, beta=0.7, rng=np.random.default_rng(2)).spins
    couplings = dict(zip(map(tuple, model.edges.tolist()), model.couplings.tolist(), strict=True))
    bqm = dimod.BinaryQuadraticModel.from_ising(dict(enumerate(model.biases)), couplings)
    temperature, _ = maximum_pseudolikelihood_temperature(bqm, (spins, list(range(model.n_nodes))))
    assert pseudo_likelihood(model, spins).beta == pytest.approx(1 / temperature, rel=1e-8)


def test_error_covers_the_truth_as_often_as_it_says() -> None:
    """300 sets of 60 reads with spins that are not independent: the curvature alone would be a fifth too small."""
    model, n_sets = partite(16, 300), 300
    spins = BlockGibbsSampler(300).sample(model, n=60 * n_sets, beta=1.2, rng=np.random.default_rng(3)).spins
    found = [pseudo_likelihood(model, part) for part in np.split(spins, n_sets)]
    pulls = np.array([(t.beta - 1.2) / t.error for t in found])
    assert abs(pulls.mean()) < 4 / np.sqrt(n_sets) + 0.1
    assert pulls.std() == pytest.approx(1, abs=4 / np.sqrt(2 * n_sets))
    assert (np.abs(pulls) < 1).mean() == pytest.approx(0.683, abs=4 * np.sqrt(0.683 * 0.317 / n_sets))


def test_negative_and_infinite_temperatures() -> None:
    model, rng = partite(3, 30), np.random.default_rng(4)
    turned = Ising(-model.biases, model.edges, -model.couplings, model.colours)
    spins = ExactSampler().sample(turned, n=4000, rng=rng).spins
    found = pseudo_likelihood(model, spins)
    assert found.beta == pytest.approx(-1, abs=5 * found.error)
    coins = rng.choice(np.array([-1, 1], dtype=np.int8), (4000, 12))
    found = pseudo_likelihood(model, coins)
    assert found.beta == pytest.approx(0, abs=5 * found.error)


def test_pseudo_likelihood_does_not_see_where_valleys_are_frozen() -> None:
    """A ferromagnet in a field that favours down, all reads up: the temperature is the one of the excitations."""
    n = 40
    edges = np.array([(i, j) for i in range(20) for j in range(20, 40)])
    model = Ising(np.full(n, 0.01), edges, np.full(400, -0.1), np.repeat([0, 1], 20))
    up = np.ones((2000, n), dtype=np.int8)
    spins = BlockGibbsSampler(20).sample(model, n=2000, init=up, rng=np.random.default_rng(5)).spins
    assert spins.mean() > 0.8
    found = pseudo_likelihood(model, spins)
    assert found.beta == pytest.approx(1, abs=5 * found.error)


@pytest.mark.parametrize("delta", [0.5, 1.0])
def test_map_is_the_published_one(delta: float) -> None:
    """With exact energies it is a recursion of one number."""
    model = partite(2, 12)

    def energy(beta: float) -> float:
        states, p = ExactSampler().distribution(model, beta=beta)
        return float(p @ model.energy(states))

    def draw(beta: float, rng: np.random.Generator) -> Spins:
        return ExactSampler().sample(model, n=20000, beta=TRUTH / beta, rng=rng).spins

    options: dict[str, Any] = {"n_steps": 3, "reads": 20000, "rng": np.random.default_rng(6)}
    found = temperature_map(draw, model, ExactSampler(), beta_0=4.5, delta=delta, **options)
    beta = 4.5
    assert found.history[0].tolist() == [4.5, 0]
    for value, error in found.history[1:]:
        beta *= (energy(TRUTH / beta) / energy(1.0)) ** delta
        assert value == pytest.approx(beta, abs=4 * error)
        assert error < 0.05
    assert (found.beta, found.error, found.reads) == (*found.history[-1], 60000)


def test_error_of_the_map_covers_the_truth_as_often_as_it_says() -> None:
    model, rng, n_runs = partite(2, 14), np.random.default_rng(7), 200
    clamp = np.zeros((100, 8), dtype=np.int8)
    clamp[:50, 0], clamp[50:, 0] = 1, -1
    pulls = []
    for _ in range(n_runs):
        _, found = calibrate(
            Device(inner=ExactSampler()), model, method="map", reads=100, clamp=clamp, classical=ExactSampler(), rng=rng
        )
        pulls.append((found.beta - TRUTH) / found.error)
    assert np.std(pulls) == pytest.approx(1, abs=0.2)
    assert abs(np.mean(pulls)) < 0.4
    assert [part.reads for part in found.conditions] == [50, 50]
    for part in found.conditions:
        assert part.beta == pytest.approx(TRUTH, abs=4 * part.error)


def test_what_pinned_spins_have_among_themselves_does_not_count() -> None:
    """Strong pinned spins would hold the ratio of energies at 1, and the map where it started."""
    model = partite(4, 60, j=0.3)
    clamp = np.zeros(16, dtype=np.int8)
    clamp[:8] = 1
    heavy = Ising(np.where(clamp, -50, model.biases), model.edges, model.couplings, model.colours)
    device, found = calibrate(
        Device(inner=ExactSampler()),
        heavy,
        method="map",
        reads=4000,
        clamp=clamp,
        classical=ExactSampler(),
        rng=np.random.default_rng(8),
    )
    assert found.beta == pytest.approx(TRUTH, abs=4 * found.error)
    assert device.beta_effective == found.beta
    assert found.clamp is not None
    assert found.clamp.tolist() == clamp.tolist()


@pytest.mark.parametrize("scale", [1.0, 0.4])
def test_calibrated_devices_are_at_their_own_temperature(scale: float) -> None:
    model = partite(302, 10000, j=0.1)
    device, found = calibrate(Device(scale=scale), model, rng=np.random.default_rng(9))
    assert found.beta == pytest.approx(TRUTH, rel=0.02)
    assert found.beta == pytest.approx(TRUTH, abs=4 * found.error)
    assert device == Device(found.beta, device.inner, scale)
    assert (found.reads, found.clipped, found.history.shape) == (500, 0.25, (0, 2))


@pytest.mark.parametrize("n_seeds", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_calibrations_of_1208_nodes(n_seeds: int) -> None:
    """From a first guess of 4.5: one call of 500 reads, or six steps of the map."""
    errors, mapped = [], []
    for seed in range(n_seeds):
        model, rng = partite(302, 11000, j=0.1, seed=seed), np.random.default_rng(seed)
        errors.append(abs(calibrate(Device(), model, rng=rng)[1].beta / TRUTH - 1))
        _, found = calibrate(Device(), model, method="map", n_steps=6, classical=BlockGibbsSampler(60), rng=rng)
        mapped.append(abs(found.beta / TRUTH - 1))
    assert np.median(errors) < 0.02
    assert max(mapped) < 0.03


def test_bad_arguments() -> None:
    model, rng = partite(3, 30), np.random.default_rng(0)
    ground = np.tile(ExactSampler().sample(model, n=1, beta=1e3, rng=rng).spins, (5, 1))
    with pytest.raises(InputError, match="too cold to measure"):
        pseudo_likelihood(model, ground)
    with pytest.raises(InputError, match="at least 2 reads, found 1"):
        pseudo_likelihood(model, ground[:1])
    with pytest.raises(InputError, match="expected the clamped values"):
        pseudo_likelihood(model, ground, clamp=-ground[0])
    with pytest.raises(InputError, match="too cold to measure"):
        pseudo_likelihood(model, ground, clamp=ground[0])
    with pytest.raises(InputError, match="expected a sampler with beta_effective, found ExactSampler"):
        calibrate(ExactSampler(), model, rng=rng)
    with pytest.raises(InputError, match='expected "pseudo_likelihood" or "map", found'):
        calibrate(Device(), model, method="other", rng=rng)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="positive temperature, found beta = -"):
        calibrate(_Backwards(), model, rng=rng)
    with pytest.raises(InputError, match="classical: expected a sampler for the map"):
        calibrate(Device(), model, method="map", rng=rng)
    with pytest.raises(InputError, match="inside the ranges of the device, found it scaled by"):
        calibrate(Device(scale=0.5), model, method="map", classical=ExactSampler(), rng=rng)
    for wrong in ({"beta_0": 0.0}, {"delta": -1.0}, {"n_steps": 0}, {"reads": 1}):
        with pytest.raises(InputError, match="map: expected"):
            temperature_map(lambda *_: ground, model, ExactSampler(), **{"beta_0": 1.0, "rng": rng, **wrong})
    with pytest.raises(InputError, match="mean energies of one sign"):
        temperature_map(lambda *_: -ground, partite(3, 30, h=9), ExactSampler(), beta_0=1, reads=5, rng=rng)


@dataclass(frozen=True)
class _Backwards:
    """A device whose fields have the wrong sign."""

    beta_effective: float = 1.0

    def sample(self, model: Ising, **options: Any) -> Samples:
        return ExactSampler().sample(Ising(-model.biases, model.edges, -model.couplings, model.colours), **options)
