"""The compiled step against a plain one, and the sweep against the distribution that it must keep."""

import numpy as np
import pytest

from qgen.boltzmann.annealing_path import AnnealingPath
from qgen.ising import Ising
from qgen.ising.kernel import Chains


def model() -> Ising:
    """Nine spins in three colours, interleaved; the largest colour, 1, has 40 more spins without a neighbour."""
    rng = np.random.default_rng(0)
    colours = np.array([0, 1, 2, 1, 1, 2, 0, 2, 1])
    edges = np.array([(i, j) for i in range(9) for j in range(i + 1, 9) if colours[i] != colours[j]])
    colours = np.concatenate([colours, np.ones(40, dtype=np.intp)])
    return Ising(rng.normal(0, 2, 49), edges, rng.normal(0, 1, len(edges)), colours)


def spins_of(path: AnnealingPath, chains: Chains) -> np.ndarray:
    """In the order of the model's nodes."""
    return chains.read()[:, np.argsort(path._order)]


def log_mass(ising: Ising, h0: np.ndarray, s: np.ndarray, b: float) -> float:
    """ln f_b of one configuration, summed over colour 1 node by node."""
    h = (1 - b) * h0 + b * ising.biases
    rest = ising.colours != 1
    total = -float(h[rest] @ s[rest])
    field = h.copy()
    for (i, j), coupling in zip(ising.edges, ising.couplings, strict=True):
        if rest[i] and rest[j]:
            total -= b * coupling * s[i] * s[j]
        field[i] += b * coupling * s[j]
        field[j] += b * coupling * s[i]
    return total + sum(np.logaddexp(f, -f) for f in field[~rest])


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(("b", "to"), [(0.0, 1.0), (0.3, 0.31), (0.9, 0.2), (0.0, 30.0)])
def test_gain_is_the_difference_of_log_masses(b: float, to: float, backwards: bool) -> None:
    ising, rng = model(), np.random.default_rng(1)
    h0 = rng.normal(0, 1, 49)
    spins = rng.choice(np.array([-1, 1], dtype=np.int8), (70, 49))
    path = AnnealingPath(ising, h0, backwards=backwards)
    found = path.gain(path.chains(70, rng, spins), b, to)
    plain = [log_mass(ising, h0, s, to) - log_mass(ising, h0, s, b) for s in spins.astype(float)]
    np.testing.assert_allclose(found, plain, rtol=1e-5, atol=1e-4)


def test_chains_start_at_independent_spins() -> None:
    ising, h0 = model(), np.linspace(-2, 2, 49)
    path = AnnealingPath(ising, h0)
    spins = spins_of(path, path.chains(20000, np.random.default_rng(2)))
    np.testing.assert_allclose(spins.mean(axis=0), -np.tanh(h0), atol=5 / np.sqrt(20000))
    again = path.chains(30, np.random.default_rng(3), spins[:30])
    np.testing.assert_array_equal(spins_of(path, again), spins[:30])
    assert path.log_z0 == pytest.approx(np.log(2 * np.cosh(h0)).sum())
