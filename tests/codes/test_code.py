"""What all codes share, on every file of the folder: a new code is found and tested by itself."""

from typing import Any

import numpy as np
import pytest

import qgen
from qgen.codes import Code, code_class, fit_code
from qgen.files import InputError
from qgen.plugins import plugins
from qgen.representations import represent
from qgen.showers import Showers
from qgen.transforms.bits import bits_of, states_of

OPTIONS: dict[str, dict[str, Any]] = {"codes/codebook": {"shape_bits": 3, "response_bits": 2}}
"""Small ones."""


@pytest.fixture(scope="module")
def showers() -> Showers:
    return represent(qgen.load("clic/e-", stop=500), "image8x8")


@pytest.fixture(scope="module", params=plugins("codes"))
def code(request: pytest.FixtureRequest, showers: Showers) -> Code:
    return fit_code(request.param, showers, seed=0, options=OPTIONS.get(request.param))


def test_bits_are_numbers_in_gray_code(code: Code, showers: Showers) -> None:
    """The first field and its highest bit first; wire 0 is the most significant bit of the state."""
    bits, numbers = code.encode(showers), code.numbers(showers)
    assert bits.dtype == np.uint8
    assert bits.shape == (len(showers), code.n_bits)
    for row, one in zip(bits[:50], numbers[:50], strict=True):
        words = [format(k ^ (k >> 1), f"0{n}b") for k, n in zip(one.tolist(), code.fields.values(), strict=True)]
        assert "".join(map(str, row)) == "".join(words)
    if code.n_bits <= 62:
        assert states_of(bits)[0] == int("".join(map(str, bits[0])), 2)


def test_split_undoes_join(code: Code, showers: Showers) -> None:
    np.testing.assert_array_equal(code.split(code.encode(showers)), code.numbers(showers))


def test_neighbours_differ_in_one_bit(code: Code) -> None:
    for column, n in enumerate(code.fields.values()):
        numbers = np.zeros((2**n, len(code.fields)), dtype=np.int64)
        numbers[:, column] = np.arange(2**n)
        assert (np.abs(np.diff(code.join(numbers).astype(int), axis=0)).sum(axis=1) == 1).all()


def test_decoding_gives_showers(code: Code, showers: Showers) -> None:
    """Of any bit string at any energy, with or without training showers like it."""
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (300, code.n_bits))
    energy = np.geomspace(*np.quantile(showers.incident_energy, [0, 1]) * [0.5, 2], 300)
    made = Showers(code.decode(bits, energy, rng), energy, showers.geometry)
    assert (made.total_energy > 0).all()


def test_positions_are_embedded_states(code: Code) -> None:
    if code.n_bits > 20:
        with pytest.raises(InputError, match="expected a code of at most 20 bits, found"):
            code.positions()
        return
    states = np.array([0, 5, 2**code.n_bits - 1])
    np.testing.assert_array_equal(code.positions()[states], code.embed(bits_of(states, code.n_bits)))


def test_state_round_trip(code: Code, showers: Showers) -> None:
    again = type(code).restore(code.state())
    assert again.fields == code.fields
    assert again.scale == code.scale
    bits = code.encode(showers)
    np.testing.assert_array_equal(again.encode(showers), bits)
    np.testing.assert_array_equal(again.embed(bits), code.embed(bits))
    found, expected = (one.decode(bits, showers.incident_energy, np.random.default_rng(1)) for one in (again, code))
    np.testing.assert_array_equal(found, expected)


def test_what_is_no_code(showers: Showers) -> None:
    with pytest.raises(InputError, match=r"expected a subclass of qgen\.codes\.Code, found"):
        code_class(int)
    with pytest.raises(InputError, match="CodebookCode: unknown option 'bits', expected shape_bits, response_bits"):
        fit_code("codebook", showers, seed=0, options={"bits": 3})
