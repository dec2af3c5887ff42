import numpy as np
import pytest

from qgen.files import InputError
from qgen.transforms.energy_code import EnergyCode
from qgen.transforms.energy_scale import EnergyScale

LOW, HIGH = 1e3, 1e5
SIZES = [(1, 2), (8, 9), (302, 303), (302, 2), (302, 44), (512, 129)]
"""Bits and levels."""


def code_of(n_bits: int, n_levels: int) -> EnergyCode:
    return EnergyCode(EnergyScale(LOW, HIGH), n_bits, n_levels)


def energies(n: int, seed: int = 0) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).uniform(np.log(LOW), np.log(HIGH), n))


def test_three_bits_by_hand() -> None:
    """Four levels, a factor sqrt(10) each, between 1 and 100 GeV."""
    bits = code_of(3, 4).forward([1e3, 3.1e3, 3.2e3, 9.9e3, 1.1e4, 3.1e4, 3.2e4, 1e5])
    assert bits.tolist() == [[0, 0, 0], [0, 0, 0], [1, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 0], [1, 1, 1], [1, 1, 1]]
    assert bits.dtype == np.int8


def test_fewer_levels_repeat_bits() -> None:
    code = EnergyCode(EnergyScale(1.0, 8.0), 5, 3)
    assert code.forward([1.5, 3.0, 6.0]).tolist() == [[0] * 5, [1, 0, 1, 0, 1], [1] * 5]


@pytest.mark.parametrize(("n_bits", "n_levels"), SIZES)
def test_round_trip_is_within_half_a_level(n_bits: int, n_levels: int) -> None:
    code = code_of(n_bits, n_levels)
    energy = np.concatenate([energies(2000), [LOW, HIGH]])
    off = np.abs(np.log(code.inverse(code.forward(energy)) / energy))
    assert off.max() <= np.log(HIGH / LOW) / code.n_levels / 2 + 1e-12
    again = code.forward(code.inverse(code.forward(energy)))
    np.testing.assert_array_equal(again, code.forward(energy))


@pytest.mark.parametrize(("n_bits", "n_levels"), SIZES)
def test_bits_that_differ_grow_with_the_ratio_of_the_energies(n_bits: int, n_levels: int) -> None:
    """From any energy, along the sorted ones: the Hamming distance never falls on either side."""
    code = code_of(n_bits, n_levels)
    bits = code.forward(np.sort(energies(300)))
    distance = (bits[:, None] != bits).sum(axis=2)
    for i, row in enumerate(distance):
        assert (np.diff(row[i:]) >= 0).all()
        assert (np.diff(row[: i + 1]) <= 0).all()


@pytest.mark.parametrize(("n_bits", "n_levels"), SIZES)
def test_every_step_flips_as_many_bits_and_no_bit_is_padding(n_bits: int, n_levels: int) -> None:
    code = code_of(n_bits, n_levels)
    centres = np.exp(np.log(LOW) + (np.arange(code.n_levels) + 0.5) / code.n_levels * np.log(HIGH / LOW))
    bits = code.forward(centres)
    flips = (bits[1:] != bits[:-1]).sum(axis=1)
    assert flips.sum() == n_bits
    assert flips.max() - flips.min() <= 1
    assert n_levels <= n_bits or set(flips) == {1}
    assert bits.any(axis=0).all()
    assert not bits.all(axis=0).any()


def test_outside_the_range_is_the_nearer_end() -> None:
    code = code_of(20, 21)
    np.testing.assert_array_equal(code.forward([1e-3, 1e9]), code.forward([LOW, HIGH]))
    assert code.forward([LOW, HIGH]).sum(axis=1).tolist() == [0, 20]


def test_one_energy_comes_back_within_a_level() -> None:
    """The scale of a single energy is a factor e down and up."""
    code = EnergyCode(EnergyScale(5e4, 5e4), 30, 31)
    np.testing.assert_allclose(code.inverse(code.forward([5e4])), 5e4, rtol=1 / 31)


def test_noisy_bits_are_read_by_their_number_of_ones() -> None:
    code = code_of(40, 9)
    bits = code.forward(energies(20))
    flipped = bits.copy()
    flipped[np.arange(20), np.random.default_rng(0).integers(40, size=20)] ^= 1
    np.testing.assert_allclose(code.inverse(flipped), code.inverse(bits))


@pytest.mark.parametrize(("n_bits", "n_levels"), [(0, 1), (3, 5), (3, 1)])
def test_bad_settings_are_one_line(n_bits: int, n_levels: int) -> None:
    with pytest.raises(InputError, match="n_levels <= n_bits"):
        EnergyCode(EnergyScale(LOW, HIGH), n_bits, n_levels)


def test_bad_values_are_one_line() -> None:
    code = code_of(3, 4)
    for energy in ([0.0], [-1.0], [np.nan], [np.inf], [[1e3]]):
        with pytest.raises(InputError, match="finite and > 0"):
            code.forward(energy)
    for bits in ([[0, 1]], [[0, 1, 2]], [0, 1, 1]):
        with pytest.raises(InputError, match=r"bits 0, 1 of shape \(n, 3\)"):
            code.inverse(bits)
