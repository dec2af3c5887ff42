from itertools import product

import numpy as np
import pytest

from qgen.boltzmann.partition import exact_log_partition
from qgen.files import InputError
from qgen.ising import Ising


def mixed(seed: int = 0) -> Ising:
    """Ten spins in three colours of different sizes, colours interleaved."""
    rng = np.random.default_rng(seed)
    colours = np.array([0, 1, 2, 1, 1, 2, 0, 1, 2, 1])
    edges = np.array([(i, j) for i in range(10) for j in range(i + 1, 10) if colours[i] != colours[j]])
    return Ising(rng.normal(0, 0.5, 10), edges, rng.normal(0, 0.7, len(edges)), colours)


def log_sum(model: Ising, clamp: np.ndarray) -> float:
    """ln Z(c), one state after the other."""
    total = 0.0
    for s in product((-1, 1), repeat=model.n_nodes):
        if all(c in (0, x) for c, x in zip(clamp, s, strict=True)):
            energy = sum(h * x for h, x in zip(model.biases, s, strict=True))
            energy += sum(c * s[i] * s[j] for (i, j), c in zip(model.edges, model.couplings, strict=True))
            total += np.exp(-energy)
    return float(np.log(total))


def test_is_the_sum_over_all_states() -> None:
    model = mixed()
    z = exact_log_partition(model)
    assert z.value[0] == pytest.approx(log_sum(model, np.zeros(10)), abs=1e-10)
    assert (z.error[0], z.ess[0], z.n_chains[0], z.bound) == (0, np.inf, 0, "exact")
    assert z.clamp.tolist() == [[0] * 10]


def test_every_pattern_has_its_own_sum() -> None:
    model = mixed()
    clamp = np.zeros((5, 10), dtype=np.int8)
    clamp[[0, 2], 3] = 1
    clamp[1, [0, 9]] = -1, 1
    clamp[4] = np.random.default_rng(0).choice(np.array([-1, 1]), 10)
    z = exact_log_partition(model, clamp=clamp)
    assert z.clamp.tolist() == np.unique(clamp, axis=0).tolist()
    assert len(z.value) == 4
    np.testing.assert_allclose(z.value, [log_sum(model, c) for c in z.clamp], atol=1e-10)


def test_conditional_sums_add_up() -> None:
    model = mixed()
    clamp = np.zeros((8, 10), dtype=np.int8)
    clamp[:, [1, 2, 6]] = list(product((-1, 1), repeat=3))
    parts = exact_log_partition(model, clamp=clamp).value
    assert np.logaddexp.reduce(parts) == pytest.approx(exact_log_partition(model).value[0], abs=1e-10)


def test_ring_has_the_value_of_its_transfer_matrix() -> None:
    n, h, j = 30, 0.2, -0.6
    model = Ising(np.full(n, h), np.array([(i, (i + 1) % n) for i in range(n)]), np.full(n, j), np.arange(n) % 2)
    t = np.array([[np.exp(-j - h), np.exp(j)], [np.exp(j), np.exp(-j + h)]])
    exact = np.log(np.sum(np.linalg.eigvalsh(t) ** n))
    assert exact_log_partition(model).value[0] == pytest.approx(exact, abs=1e-9)


def test_too_many_spins_are_refused() -> None:
    with pytest.raises(InputError, match="at most 4 free spins beside the largest colour, found 5"):
        exact_log_partition(mixed(), max_enumerated=4)
    with pytest.raises(InputError, match=r"clamp: expected shape"):
        exact_log_partition(mixed(), clamp=np.zeros(9, dtype=np.int8))
