"""The compiled loops against slow, obvious twins."""

import numpy as np
import pytest

from qgen.ising import Ising
from qgen.ising import kernel as _kernel
from qgen.ising import loops as _loops
from qgen.ising.kernel import Kernel


class Xoshiro:
    """xoshiro128+ as in the paper, one generator for each row of a state (n, 4)."""

    def __init__(self, state: np.ndarray) -> None:
        self.s = [column.astype(np.uint64) for column in state.T]

    def next(self) -> np.ndarray:
        s, mask = self.s, np.uint64(2**32 - 1)
        result = (s[0] + s[3]) & mask
        t = (s[1] << np.uint64(9)) & mask
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = ((s[3] << np.uint64(11)) | (s[3] >> np.uint64(21))) & mask
        return result


def slow_sweeps(model: Ising, spins: np.ndarray, clamp: np.ndarray, state: np.ndarray, beta: np.ndarray, n: int):
    """Block Gibbs node by node in double precision, with the same random numbers; spins (chains, nodes)."""
    random, s = Xoshiro(state), np.where(clamp, clamp, spins).astype(float)
    neighbours = [[] for _ in range(model.n_nodes)]
    for (i, j), coupling in zip(model.edges, model.couplings, strict=True):
        neighbours[i].append((j, coupling))
        neighbours[j].append((i, coupling))
    for _ in range(n):
        for i in np.argsort(model.colours, kind="stable"):
            if (clamp[:, i] != 0).all():
                continue
            field = model.biases[i] + sum(coupling * s[:, j] for j, coupling in neighbours[i])
            u = ((random.next() >> np.uint64(1)).astype(float) + 0.5) / 2**31
            against = u < 1 / (1 + np.exp(2 * beta * np.abs(field)))
            new = np.where(against, np.sign(field), -np.sign(field))
            s[:, i] = np.where(clamp[:, i], clamp[:, i], new)
    return s.astype(np.int8)


def random_graph(n: int, probability: float, interleaved: bool) -> Ising:
    """Three colours; every allowed edge with a probability."""
    rng = np.random.default_rng(n)
    colours = np.arange(n) % 3 if interleaved else np.sort(np.arange(n) % 3)
    first, second = np.triu_indices(n, k=1)
    keep = (colours[first] != colours[second]) & (rng.random(len(first)) < probability)
    edges = np.stack([first[keep], second[keep]], axis=1)
    return Ising(rng.normal(0, 0.4, n), edges, rng.normal(0, 0.5, len(edges)), colours)


def test_random_streams_are_the_published_generator() -> None:
    """The first numbers from the state 1, 2, 3, 4, as the reference implementation gives them."""
    expected = [5, 12295, 25178119, 27286542, 39879690, 1140358681, 3276312097, 4110231701, 399823256, 2144435200]
    columns = [np.full(1, value, dtype=np.uint32) for value in (1, 2, 3, 4)]
    twin = Xoshiro(np.array([[1, 2, 3, 4]]))
    assert [int(_loops._next(*columns, 0)) for _ in expected] == expected
    assert [int(twin.next()[0]) for _ in expected] == expected


def test_exponential_is_exact_to_float32() -> None:
    x = np.linspace(0, 40, 20001, dtype=np.float32)
    found = np.array([_loops.exp(value) for value in x])
    np.testing.assert_allclose(found, np.exp(x.astype(float)), rtol=3e-7)


@pytest.mark.parametrize("clamped", ["none", "one", "each"])
@pytest.mark.parametrize(("probability", "interleaved"), [(0.3, True), (0.3, False), (1.0, False)])
def test_spins_are_those_of_the_slow_twin(
    probability: float, interleaved: bool, clamped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spin by spin, from the same random numbers; complete graphs by matrix products, others by the sparse loop."""
    monkeypatch.setattr(_kernel, "_COST_OF_NODE", 0)
    n, chains_n, rng = 31, 150, np.random.default_rng(8)
    model = random_graph(n, probability, interleaved)
    start = rng.choice(np.array([-1, 1], dtype=np.int8), (chains_n, n))
    clamp = np.zeros((chains_n, n), dtype=np.int8)
    if clamped == "one":
        clamp[:] = rng.choice([-1, 0, 1], n)
    if clamped == "each":
        clamp[:] = rng.choice([-1, 0, 0, 1], clamp.shape)
        clamp[:, :11] = 1
    kernel = Kernel(model)
    chains = kernel.start(chains_n, rng=rng, clamp=None if clamped == "none" else clamp, init=start)
    assert (kernel._dense is not None) == (probability == 1)
    blocks, _, width = chains.spins.shape
    state = chains.streams.transpose(0, 2, 1).reshape(blocks * width, 4)[:chains_n].copy()
    beta = rng.uniform(0, 1.5, chains_n)
    updates = kernel.sweep(chains, beta=beta, n=10)
    assert updates == 10 * np.sum(clamp == 0)
    expected = slow_sweeps(model, start, clamp, state, beta.astype(np.float32).astype(float), 10)
    same = (chains.read() == expected).all(axis=1)
    assert same.sum() >= chains_n - 2  # a draw may fall between the roundings of float32 and of double precision


def test_rare_turns_against_the_field() -> None:
    """Free spins in fields that turn 1 in 10^5 of them, up or down: the count is Poissonian."""
    n, probability = 20000, 1e-5
    field = np.log(1 / probability - 1) / 2
    biases = np.where(np.arange(n) % 2, field, -field)
    kernel = Kernel(Ising(biases, np.empty((0, 2), dtype=np.intp), np.empty(0), np.zeros(n, dtype=np.intp)))
    chains = kernel.start(1000, rng=np.random.default_rng(0))
    kernel.sweep(chains)
    spins = chains.read()
    for against in ((spins[:, 1::2] == 1).sum(), (spins[:, ::2] == -1).sum()):
        assert against == pytest.approx(100, abs=4 * 10)


def test_energies() -> None:
    model = random_graph(40, 0.4, True)
    kernel = Kernel(model)
    chains = kernel.start(300, rng=np.random.default_rng(1))
    np.testing.assert_allclose(kernel.energy(chains), model.energy(chains.read()), atol=1e-5)
