import numpy as np
import pytest

from qgen.files import InputError
from qgen.transforms.logit import Logit


def test_is_the_published_formula() -> None:
    r, f = 1e-7, np.array([0.0, 1e-9, 1e-6, 1e-3, 0.2, 0.5, 0.9])
    x = r + (1 - 2 * r) * f
    np.testing.assert_allclose(Logit().forward(f), np.log(x * (1 - r) / (r * (1 - x))), rtol=1e-12)


def test_ends_and_middle() -> None:
    odds = np.log((1 - 1e-7) / 1e-7)
    np.testing.assert_allclose(Logit().forward([0.0, 0.5, 1.0]), [0.0, odds, 2 * odds], rtol=1e-9)


def test_round_trip() -> None:
    f = np.concatenate([np.logspace(-8, -0.01, 200), [0.0]]).reshape(3, -1)
    np.testing.assert_allclose(Logit().inverse(Logit().forward(f)), f, rtol=1e-6, atol=1e-15)


def test_beyond_the_ends_is_cut_off() -> None:
    np.testing.assert_array_equal(Logit().inverse([-5.0, 60.0]), [0.0, 1.0])


@pytest.mark.parametrize("r", [0.0, 0.5, -1.0])
def test_bad_r(r: float) -> None:
    with pytest.raises(InputError, match=f"0 < r < 0.5, found {r}"):
        Logit(r)
