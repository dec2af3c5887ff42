"""How showers are shared out: pairs of one energy, balanced blocks, and partings into samples of the wanted sizes."""

import numpy as np
import pytest

import qgen
from qgen.evaluation.resampling import N_PARTINGS, partings, resamples_of
from qgen.evaluation.ruler import Ruler
from qgen.evaluation.sharing import LEFT_OUT, Shares, of_geant4
from qgen.evaluation.tally import n_blocks, tally
from qgen.representations import represent


@pytest.fixture(scope="module")
def energies():
    rng = np.random.default_rng(0)
    return [rng.uniform(1e3, 1e5, n) for n in (300, 701)]


def test_a_sample_has_blocks_of_equal_size_and_two_equal_samples_share_numbers():
    shares = Shares.of_sample(1000, 256, seed=4)
    assert sorted(shares.number) == list(range(1000))
    assert set(np.bincount(shares.blocks, minlength=256)) == {3, 4}
    np.testing.assert_array_equal(shares.number, Shares.of_sample(1000, 256, seed=4).number)
    assert np.bincount(shares.number % 5).tolist() == [200] * 5


def test_matched_pairs_are_neighbours_in_energy_in_the_two_blocks_of_a_group(energies):
    shares = of_geant4(energies, 64, 1, matched=True)
    number, blocks, target = (
        np.concatenate([getattr(s, name) for s in shares]) for name in ("number", "blocks", "energy")
    )
    energy = np.concatenate(energies)
    assert (number == LEFT_OUT).sum() == 1, "an odd one is left out"
    kept = np.sort(energy[number != LEFT_OUT])
    for pair in range(500):
        members = np.flatnonzero(number == pair)
        assert len(members) == 2
        assert sorted(blocks[members] % 2) == [0, 1]
        assert len(set(blocks[members] // 2)) == 1
        place = np.searchsorted(kept, np.sort(energy[members]))
        assert place[0] % 2 == 0
        assert place[1] == place[0] + 1
        assert target[members].tolist() == [energy[members].mean()] * 2


def test_the_first_of_a_pair_is_in_either_block(energies):
    """By energy alone nobody can tell which side of a parting a shower is on."""
    shares = of_geant4(energies, 64, 1, matched=True)
    number, blocks = (np.concatenate([getattr(s, name) for s in shares]) for name in ("number", "blocks"))
    energy = np.concatenate(energies)
    lower = [blocks[np.flatnonzero(number == k)[np.argmin(energy[number == k])]] % 2 for k in range(500)]
    assert 0.4 < np.mean(lower) < 0.6


@pytest.mark.parametrize(
    ("n", "m", "matched"), [(300, 300, True), (300, 150, False), (900, 900, False), (20, 900, False)]
)
def test_partings_have_the_sizes_of_the_evaluation(energies, n, m, matched):
    shares = of_geant4(energies, 256, 1, matched=matched)
    number, blocks = (np.concatenate([getattr(s, name) for s in shares]) for name in ("number", "blocks"))
    sizes = np.bincount(blocks[number != LEFT_OUT], minlength=256).astype(float)
    first, second = partings(sizes, n, m, 0, matched=matched)
    assert first.shape == (N_PARTINGS, 256)
    assert not (first * second).any(), "no block is on both sides"
    factor = min(1.0, 1001 / (n + m)) if not matched else 1.0
    assert (first @ sizes).mean() == pytest.approx(n * factor, rel=0.06)
    assert (second @ sizes).mean() == pytest.approx(m * factor, rel=0.06)
    if matched:
        together = first + second
        np.testing.assert_array_equal(together[:, ::2], together[:, 1::2])
        a, b = resamples_of((first[0], second[0]), 5, np.random.default_rng(0), matched=True)
        groups = [(side[:, ::2] + side[:, 1::2]) for side in (a, b)]
        np.testing.assert_array_equal(*groups)


def test_showers_of_a_pair_are_rescaled_to_one_energy():
    showers = represent(qgen.load("clic/e-", stop=301), "image8x8")
    test, other = showers.select(slice(100)), showers.select(slice(100, 301))
    ruler = Ruler.of(test, other)
    shares = of_geant4([test.incident_energy, other.incident_energy], n_blocks(ruler), 0, matched=True)
    blocks = tally(list(zip([test, other], shares, strict=True)), ruler, "image8x8", n_showers=20)
    assert len(blocks) == 300
    assert len(blocks.showers) == 40, "both of the first twenty pairs"
    by_pair = blocks.row_energy[np.argsort(blocks.row_numbers, kind="stable")].reshape(-1, 2)
    np.testing.assert_array_equal(by_pair[:, 0], by_pair[:, 1])
    n, total, _ = blocks.responses.sum(axis=(0, 1))
    assert total / n == pytest.approx((showers.total_energy / showers.incident_energy).mean(), rel=2e-3)
