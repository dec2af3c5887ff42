import numpy as np
import pytest

from qgen.files import InputError
from qgen.transforms.thermometer import Thermometer


def test_four_levels_by_hand() -> None:
    bits = Thermometer(3, 4).forward([-2, -1, -0.51, -0.49, 0.1, 0.6, 1, 3])
    assert bits.tolist() == [[0] * 3, [0] * 3, [0] * 3, [1, 0, 0], [1, 1, 0], [1] * 3, [1] * 3, [1] * 3]


def test_distance_in_bits_is_the_distance_in_levels() -> None:
    code = Thermometer(60, 7)
    x = np.linspace(-1, 1, 100)
    bits, level = code.forward(x), code.level(x)
    distance = (bits[:, None] != bits).sum(axis=2)
    np.testing.assert_array_equal(distance, 10 * np.abs(level[:, None] - level))


def test_noisy_bits_stand_for_the_nearest_level() -> None:
    code = Thermometer(60, 7)
    x = np.linspace(-0.99, 0.99, 50)
    noisy = code.forward(x)
    noisy[:, 7] ^= 1
    np.testing.assert_allclose(code.inverse(noisy), code.inverse(code.forward(x)))
    assert np.abs(code.inverse(noisy) - x).max() <= 1 / 7


@pytest.mark.parametrize(("n_bits", "n_levels"), [(1, 2), (8, 9), (302, 303), (302, 2), (302, 44), (512, 129)])
def test_every_step_flips_as_many_bits_and_no_bit_is_padding(n_bits: int, n_levels: int) -> None:
    code = Thermometer(n_bits, n_levels)
    centres = (2 * np.arange(n_levels) + 1) / n_levels - 1
    bits = code.forward(centres)
    np.testing.assert_allclose(code.inverse(bits), centres, atol=1e-12)
    flips = (bits[1:] != bits[:-1]).sum(axis=1)
    assert flips.sum() == n_bits
    assert flips.max() - flips.min() <= 1
    assert bits.any(axis=0).all()
    assert not bits.all(axis=0).any()


def test_bad_input() -> None:
    for sizes in ((0, 2), (3, 5), (3, 1)):
        with pytest.raises(InputError, match="n_levels <= n_bits"):
            Thermometer(*sizes)
    with pytest.raises(InputError, match="finite numbers"):
        Thermometer(3, 4).forward([np.nan])
    with pytest.raises(InputError, match="bits 0, 1"):
        Thermometer(3, 4).inverse([[0, 2, 1]])
