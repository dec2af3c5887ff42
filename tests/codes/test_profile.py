import numpy as np
import pytest

import qgen
from qgen.codes.profile import ProfileCode
from qgen.files import InputError
from qgen.representations import represent
from qgen.showers import Showers


@pytest.fixture(scope="module")
def showers() -> Showers:
    return represent(qgen.load("clic/e-", stop=1500), "image8x8")


def test_uniform_bins_of_the_response(showers: Showers) -> None:
    """Of equal width in its logarithm, over the central 99 %; the outer ones are open."""
    code = ProfileCode.fit(showers, seed=0, bits=4)
    response = np.log(showers.total_energy / showers.incident_energy)
    low, high = np.quantile(response, [0.005, 0.995])
    expected = np.clip(np.floor((response - low) / (high - low) * 16), 0, 15)
    assert code.fields == {"response": 4}
    assert (code.numbers(showers)[:, 0] == expected).mean() > 0.999


@pytest.mark.parametrize("variable", ["response", "column_centre", "row_width"])
def test_decoded_showers_have_their_bin(showers: Showers, variable: str) -> None:
    code, energy = ProfileCode.fit(showers, seed=0, variable=variable), showers.incident_energy
    bits = code.encode(showers)
    again = Showers(code.decode(bits, energy, np.random.default_rng(0)), energy, showers.geometry)
    assert (code.encode(again) == bits).all(axis=1).mean() > 0.998


def test_unknown_variable(showers: Showers) -> None:
    with pytest.raises(InputError, match=r"features: expected response, .* found 'charge'"):
        ProfileCode.fit(showers, seed=0, variable="charge")


def test_the_variable_is_a_name_and_has_bits(showers: Showers) -> None:
    with pytest.raises(InputError, match="profile: expected the name of a variable, found"):
        ProfileCode.fit(showers, seed=0, variable=["response"])
    with pytest.raises(InputError, match="profile: expected bits to be a whole number >= 1, found 0"):
        ProfileCode.fit(showers, seed=0, bits=0)
