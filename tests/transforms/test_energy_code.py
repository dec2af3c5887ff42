import numpy as np
import pytest
import torch

from qgen.files import InputError
from qgen.transforms.energy_code import EnergyCode

LOW, HIGH = 1e3, 1e5
SIZES = [(1, None), (8, None), (302, None), (302, 2), (302, 44), (512, 129)]


def energies(n: int, seed: int = 0) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).uniform(np.log(LOW), np.log(HIGH), n))


def test_three_bits_by_hand() -> None:
    """Four levels, a factor sqrt(10) each, between 1 and 100 GeV."""
    bits = EnergyCode(LOW, HIGH, 3).forward([1e3, 3.1e3, 3.2e3, 9.9e3, 1.1e4, 3.1e4, 3.2e4, 1e5])
    assert bits.tolist() == [[0, 0, 0], [0, 0, 0], [1, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 0], [1, 1, 1], [1, 1, 1]]
    assert bits.dtype == np.int8


def test_fewer_levels_repeat_bits() -> None:
    code = EnergyCode(1.0, 8.0, 5, n_levels=3)
    assert code.forward([1.5, 3.0, 6.0]).tolist() == [[0] * 5, [1, 1, 1, 0, 0], [1] * 5]


@pytest.mark.parametrize(("n_bits", "n_levels"), SIZES)
def test_round_trip_is_within_half_a_level(n_bits: int, n_levels: int | None) -> None:
    code = EnergyCode(LOW, HIGH, n_bits, n_levels)
    energy = np.concatenate([energies(2000), [LOW, HIGH]])
    off = np.abs(np.log(code.inverse(code.forward(energy)) / energy))
    assert off.max() <= np.log(HIGH / LOW) / code.levels / 2 + 1e-12
    again = code.forward(code.inverse(code.forward(energy)))
    np.testing.assert_array_equal(again, code.forward(energy))


@pytest.mark.parametrize(("n_bits", "n_levels"), SIZES)
def test_bits_that_differ_grow_with_the_ratio_of_the_energies(n_bits: int, n_levels: int | None) -> None:
    """From any energy, along the sorted ones: the Hamming distance never falls on either side."""
    code = EnergyCode(LOW, HIGH, n_bits, n_levels)
    bits = code.forward(np.sort(energies(300)))
    distance = (bits[:, None] != bits).sum(axis=2)
    for i, row in enumerate(distance):
        assert (np.diff(row[i:]) >= 0).all()
        assert (np.diff(row[: i + 1]) <= 0).all()


@pytest.mark.parametrize(("n_bits", "n_levels"), SIZES)
def test_every_step_flips_as_many_bits_and_no_bit_is_padding(n_bits: int, n_levels: int | None) -> None:
    code = EnergyCode(LOW, HIGH, n_bits, n_levels)
    centres = np.exp(np.log(LOW) + (np.arange(code.levels) + 0.5) / code.levels * np.log(HIGH / LOW))
    bits = code.forward(centres)
    flips = (bits[1:] != bits[:-1]).sum(axis=1)
    assert flips.sum() == n_bits
    assert flips.max() - flips.min() <= 1
    assert n_levels or set(flips) == {1}
    assert bits.any(axis=0).all()
    assert not bits.all(axis=0).any()


def test_outside_the_range_is_the_nearer_end() -> None:
    code = EnergyCode(LOW, HIGH, 20)
    np.testing.assert_array_equal(code.forward([1e-3, 1e9]), code.forward([LOW, HIGH]))
    assert code.forward([LOW, HIGH]).sum(axis=1).tolist() == [0, 20]


def test_fit_takes_the_training_range() -> None:
    energy = energies(50)
    assert EnergyCode.fit(energy, 12, n_levels=5) == EnergyCode(energy.min(), energy.max(), 12, 5)


def test_one_energy_comes_back_within_a_level() -> None:
    code = EnergyCode.fit([5e4, 5e4], 30)
    np.testing.assert_allclose(code.inverse(code.forward([5e4])), 5e4, rtol=0.5 / 31 + 1e-9)


def test_noisy_bits_are_read_by_their_number_of_ones() -> None:
    code = EnergyCode(LOW, HIGH, 40, n_levels=9)
    bits = code.forward(energies(20))
    flipped = bits.copy()
    flipped[np.arange(20), np.random.default_rng(0).integers(40, size=20)] ^= 1
    np.testing.assert_allclose(code.inverse(flipped), code.inverse(bits))


def test_state_is_restored_from_arrays_and_tensors() -> None:
    for code in (EnergyCode(LOW, HIGH, 12, 5), EnergyCode(LOW, HIGH, 12)):
        tensors = {name: torch.from_numpy(array) for name, array in code.state().items()}
        for state in (code.state(), tensors):
            restored = EnergyCode.restore({**state, "other": 1})
            np.testing.assert_array_equal(restored.forward(energies(50)), code.forward(energies(50)))
            assert (restored.low, restored.high, restored.levels) == (code.low, code.high, code.levels)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((0.0, 1.0, 3), "low <= high"),
        ((2.0, 1.0, 3), "low <= high"),
        ((1.0, np.inf, 3), "low <= high"),
        ((1.0, 2.0, 0), "n_bits >= 1"),
        ((1.0, 2.0, 3, 5), "from 2 to 4"),
        ((1.0, 2.0, 3, 1), "from 2 to 4"),
    ],
)
def test_bad_settings_are_one_line(options: tuple, message: str) -> None:
    with pytest.raises(InputError, match=message):
        EnergyCode(*options)


def test_bad_values_are_one_line() -> None:
    code = EnergyCode(LOW, HIGH, 3)
    for energy in ([0.0], [-1.0], [np.nan], [np.inf]):
        with pytest.raises(InputError, match="finite values > 0"):
            code.forward(energy)
    with pytest.raises(InputError, match="shape"):
        code.forward([[1e3]])
    with pytest.raises(InputError, match=r"\(n, 3\)"):
        code.inverse([[0, 1]])
    with pytest.raises(InputError, match="0 and 1, found 2"):
        code.inverse([[0, 1, 2]])
    with pytest.raises(InputError, match="at least one"):
        EnergyCode.fit([], 3)
