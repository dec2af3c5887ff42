import numpy as np
import pytest

from qgen.files import InputError
from qgen.transforms.codebook import Codebook


def shapes(n_each: int = 30, noise: float = 1e-3) -> tuple[np.ndarray, np.ndarray]:
    """Showers about five shapes along a line from early to late, shuffled, and which shape each is."""
    rng = np.random.default_rng(0)
    grid = np.arange(8)
    typical = np.array([np.exp(-((grid - centre) ** 2) / 2) for centre in (1, 2, 3, 4, 5)])
    which = rng.permutation(np.repeat(np.arange(5), n_each))
    f = typical[which] + noise * rng.uniform(size=(len(which), 8))
    return f / f.sum(axis=1, keepdims=True), which


def test_finds_the_shapes_in_their_order() -> None:
    f, which = shapes()
    code = Codebook.fit(f, 5, seed=0).forward(f)
    assert np.array_equal(code, which) or np.array_equal(code, 4 - which)


def test_codewords_are_centres_in_the_square_root() -> None:
    f, _ = shapes()
    book = Codebook.fit(f, 5, seed=0)
    code = book.forward(f)
    for word in range(5):
        np.testing.assert_allclose(book.centres[word], np.sqrt(f[code == word]).mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(book.inverse(np.arange(5)).sum(axis=1), 1, rtol=1e-12)


def test_codewords_code_to_themselves() -> None:
    f, _ = shapes(noise=0.3)
    book = Codebook.fit(f, 16, seed=1)
    np.testing.assert_array_equal(book.forward(book.inverse(np.arange(16))), np.arange(16))


def test_too_few_showers() -> None:
    with pytest.raises(InputError, match="expected at least 4 different showers for 4 codewords, found 3"):
        Codebook.fit(np.repeat(np.eye(3), 5, axis=0), 4, seed=0)
