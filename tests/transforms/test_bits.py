import numpy as np

from qgen.transforms.bits import GrayCode, bits_of, states_of


def test_first_eight_codes() -> None:
    np.testing.assert_array_equal(
        GrayCode.forward(np.arange(8)), [0b000, 0b001, 0b011, 0b010, 0b110, 0b111, 0b101, 0b100]
    )


def test_neighbours_differ_in_one_bit() -> None:
    codes = GrayCode.forward(np.arange(2**12))
    changed = [int(x).bit_count() for x in codes[1:] ^ codes[:-1]]
    assert set(changed) == {1}


def test_round_trip_up_to_62_bits() -> None:
    numbers = np.array([0, 1, 2**20 + 17, 2**40 - 1, 2**62 - 5])
    np.testing.assert_array_equal(GrayCode.inverse(GrayCode.forward(numbers)), numbers)


def test_states_are_bits_in_base_two() -> None:
    states = np.array([0, 1, 6, 2**40 + 5])
    bits = bits_of(states, 41)
    assert ["".join(map(str, row)) for row in bits] == [format(s, "041b") for s in states]
    np.testing.assert_array_equal(states_of(bits), states)
