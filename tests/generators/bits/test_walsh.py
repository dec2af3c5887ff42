"""Operators, and distances of correlators: perfect models, known shifts, the floor."""

import numpy as np
import pytest

from qgen.generators.bits.walsh import Reference, bandwidth, draw_operators, operators_of_order, rate

N = 5


def showers(n, seed):
    """Bits that are set with probability rising in the energy, the last two equal; and the energies."""
    rng = np.random.default_rng(seed)
    energy = rng.uniform(1, 2, n)
    bits = rng.random((n, N)) < (energy[:, None] - 0.8) / 1.4
    bits[:, 4] = bits[:, 3]
    return bits.astype(np.uint8), energy


def exact(energy, operators):
    """Their correlators."""
    m = 1 - 2 * (np.asarray(energy) - 0.8) / 1.4
    a = operators.astype(int)
    order = a[:, :3].sum(axis=1) + (a[:, 3] + a[:, 4]) % 2
    return m[:, None] ** order


def test_a_perfect_model_is_at_the_noise_and_a_shift_is_found():
    bits, energy = showers(8000, 0)
    reference = Reference(bits, energy, bandwidths=[1.0])
    perfect = reference.distances(reference.of_model(exact))
    floor = reference.distances(reference.of_showers(*showers(8000, 1)))
    shifted = reference.distances(reference.of_model(lambda e, a: exact(e, a) + 0.1))
    for name in ("order 1", "order 2", "order 3", "sigma 1"):
        assert perfect[name]["rms"] < 0.04
        assert abs(perfect[name]["excess"]) < 0.02
        assert floor[name]["rms"] == pytest.approx(np.sqrt(2) * perfect[name]["rms"], rel=0.25)
        assert shifted[name]["excess"] == pytest.approx(0.1, rel=0.15)
        assert shifted[name]["largest"] == pytest.approx(max(b["largest"] for b in shifted[name]["bins"]))
        assert len(shifted[name]["bins"]) == 4


def test_operators_of_an_order():
    assert operators_of_order(5, 2).sum() == 20
    assert len(np.unique(operators_of_order(64, 3), axis=0)) == 10_000


def test_operators_are_drawn_by_their_bandwidth():
    sigma = bandwidth(2.0, 64)
    assert rate(sigma) * 64 == pytest.approx(2.0)
    drawn = draw_operators(5000, 64, sigma, np.random.default_rng(0))
    expected = 2 / (1 - (1 - 2 / 64) ** 64)
    assert drawn.sum(axis=1).min() == 1
    assert abs(drawn.sum(axis=1).mean() - expected) < 5 * np.sqrt(2 / 5000)
