import itertools

import numpy as np
import pytest
import torch

from qgen.boltzmann.machine import BoltzmannMachine, balance, to_bits
from qgen.files import InputError
from qgen.graphs import Graph, build, graph_of
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.samplers.exact import ExactSampler
from qgen.training import generator, seeded


def machine(
    sizes: tuple[int, ...] = (3, 4), *, graph: str = "multipartite", conditioned: bool = False, n_chains: int = 500
) -> BoltzmannMachine:
    with seeded(0):
        made = BoltzmannMachine(build(graph, sizes), conditioned=conditioned, n_chains=n_chains)
        with torch.no_grad():
            made.b.normal_(0, 0.8)
            made.w.normal_(0, 1.5)
    return made


def all_bits(n: int) -> torch.Tensor:
    return torch.tensor(list(itertools.product([0.0, 1.0], repeat=n)))


def exact_probabilities(model: BoltzmannMachine) -> torch.Tensor:
    return torch.softmax(-model.energy(all_bits(model.n_nodes)), 0)


@pytest.mark.parametrize("sizes", [(3, 4), (2, 2, 3), (1, 2, 1, 2)])
def test_energy_is_that_of_the_spins_up_to_the_stated_constant(sizes: tuple[int, ...]) -> None:
    model = machine(sizes)  # float32, which bits in float64 must not mind
    bits = all_bits(model.n_nodes).double()
    spins = 2 * bits.numpy() - 1
    np.testing.assert_allclose(model.energy(bits).detach(), model.ising().energy(spins) - model.offset, atol=1e-12)


def test_couplings_and_biases_are_those_of_the_published_form() -> None:
    """E = - sum_(p<q) z_p W_pq z_q - b'.z has J = -w/4 and h = -(b'/2 + sum w / 4)."""
    model = machine((2, 2, 3)).double()
    w = np.zeros((7, 7))
    w[tuple(model.edges.numpy().T)] = model.w.detach().numpy()
    published = model.b.detach().numpy() - (w + w.T).sum(0) / 2
    ising = model.ising()
    np.testing.assert_allclose(ising.biases, -(published / 2 + (w + w.T).sum(0) / 4))
    bits = all_bits(7).double().numpy()
    energy = -np.einsum("ni,ij,nj->n", bits, w, bits) - bits @ published
    difference = energy - model.energy(torch.from_numpy(bits)).detach().numpy()
    np.testing.assert_allclose(difference, difference[0], atol=1e-12)


def test_mean_energy_and_its_gradient_are_those_of_the_single_energies() -> None:
    model = machine((2, 3, 2)).double()
    spins = np.random.default_rng(0).choice(np.array([-1, 1], dtype=np.int8), size=(50, 7))
    straight = model.energy(to_bits(spins).double()).mean()
    expected = torch.autograd.grad(straight, list(model.parameters()))
    short = model.mean_energy(spins)
    assert short.item() == pytest.approx(straight.item(), abs=1e-6)
    for found, exact in zip(torch.autograd.grad(short, list(model.parameters())), expected, strict=True):
        torch.testing.assert_close(found, exact, atol=1e-6, rtol=0)


def test_weighted_mean_energy_is_the_weighted_mean() -> None:
    model = machine((2, 3, 2)).double()
    rng = np.random.default_rng(0)
    spins = rng.choice(np.array([-1, 1], dtype=np.int8), size=(50, 7))
    weights = rng.exponential(size=50).astype(np.float32)
    weights *= 50 / weights.sum()
    expected = np.average(model.energy(to_bits(spins).double()).detach(), weights=weights)
    assert model.mean_energy(spins, weights).item() == pytest.approx(expected, abs=1e-5)


def test_balanced_weights_give_both_sets_the_same_conditions() -> None:
    rng = np.random.default_rng(0)
    drawn = rng.choice(np.array([-1, 1], dtype=np.int8), size=(60, 3))
    drawn = drawn[(drawn != [1, 1, 1]).any(axis=1)]
    wanted = np.sign(rng.normal(0.5, 1, size=(40, 3))).astype(np.int8)
    wanted = wanted[(wanted != [-1, -1, -1]).any(axis=1)]
    a, b = balance(drawn, wanted)
    assert (a.mean(), b.mean()) == pytest.approx((1, 1))
    assert not b[(wanted == 1).all(axis=1)].any()
    assert not a[(drawn == -1).all(axis=1)].any()
    moments = [np.einsum("n,ni,nj->ij", w, s, s) / len(w) for w, s in ((a, drawn), (b, wanted))]
    np.testing.assert_allclose(moments[0], moments[1], atol=1e-6)
    np.testing.assert_allclose(a @ drawn / len(a), b @ wanted / len(b), atol=1e-6)
    none, too = balance(np.ones((3, 2), np.int8), -np.ones((4, 2), np.int8))
    assert not none.any()
    assert not too.any()


def test_every_condition_gets_a_chain_and_the_rest_by_frequency() -> None:
    model = machine((3, 4), conditioned=True, n_chains=108)
    condition = torch.cat([all_bits(3), all_bits(3)[:1].expand(42, 3)])
    model.hold(condition, np.random.default_rng(0))
    patterns, counts = model.chains[:, :3].unique(dim=0, return_counts=True)
    assert patterns.tolist() == (2 * all_bits(3) - 1).tolist()
    assert counts.tolist() == [1 + 86, 3, 3, 3, 3, 3, 3, 3]


def test_negative_phase_gradient_is_that_of_the_enumerated_divergence() -> None:
    model = machine(n_chains=20000)
    target = torch.softmax(torch.randn(128, generator=generator(2)), 0)
    bits = all_bits(7)

    log_p = torch.log_softmax(-model.energy(bits), 0)
    (target * (target.log() - log_p)).sum().backward()
    exact = torch.cat([p.grad.ravel() for p in model.parameters()])

    model.zero_grad()
    positive = (target * model.energy(bits)).sum()
    rng, sampler = np.random.default_rng(3), BlockGibbsSampler(10)
    model.advance(BlockGibbsSampler(100), rng)
    negative = torch.stack([model.mean_energy(model.advance(sampler, rng).spins) for _ in range(20)]).mean()
    (positive - negative).backward()
    measured = torch.cat([p.grad.ravel() for p in model.parameters()])
    assert ((measured - exact).norm() / exact.norm()).item() < 0.01


@pytest.mark.parametrize("sampler", [BlockGibbsSampler(60), ExactSampler()])
def test_draws_are_boltzmann(sampler: BlockGibbsSampler | ExactSampler) -> None:
    model, n = machine(), 20000
    spins = model.draw(n, sampler, np.random.default_rng(4)).spins
    p = exact_probabilities(model).detach().double().numpy()
    assert_frequencies(spins, p)


def test_draws_under_a_condition_are_the_conditional_distribution() -> None:
    model, n = machine((2, 3, 2), conditioned=True), 20000
    model.hold(all_bits(2), np.random.default_rng(1))
    condition = torch.tensor([[0.0, 1.0], [1.0, 1.0]]).repeat(n, 1)
    spins = model.draw(2 * n, BlockGibbsSampler(60), np.random.default_rng(4), condition=condition).spins
    np.testing.assert_array_equal(to_bits(spins)[:, :2], condition)
    for k, pattern in enumerate(condition[:2]):
        z = torch.cat([pattern.expand(32, 2), all_bits(5)], dim=1)
        p = torch.softmax(-model.energy(z), 0).detach().double().numpy()
        assert_frequencies(spins[k::2, 2:], p)


def assert_frequencies(spins: np.ndarray, p: np.ndarray) -> None:
    n, k = spins.shape
    counts = np.bincount((spins > 0) @ (2 ** np.arange(k - 1, -1, -1)), minlength=2**k)
    draws = np.abs(np.random.default_rng(9).multinomial(n, p, size=100) / n - p).sum(axis=1) / 2
    assert abs(np.abs(counts / n - p).sum() / 2 - draws.mean()) < 4 * draws.std()


def test_draws_start_from_chains_of_the_nearest_conditions() -> None:
    model = machine((8, 4), conditioned=True, n_chains=90)
    code = torch.tril(torch.ones(9, 8), -1).repeat(10, 1)  # thermometer: 0 to 8 bits set
    model.hold(code, np.random.default_rng(0))

    class Start:
        def sample(self, model: object, *, init: np.ndarray, **_: object) -> object:
            self.init = init
            return None

    start = Start()
    model.chains[:, 8:] = model.chains[:, :8].sum(1, keepdim=True, dtype=torch.int8)  # mark every chain by its level
    model.draw(90, start, np.random.default_rng(1), condition=code)  # type: ignore[arg-type]
    levels = start.init[:, :8].sum(axis=1)
    np.testing.assert_array_equal(start.init[:, 8], levels)


def test_chains_are_continued_and_kept_in_the_state() -> None:
    model = machine(n_chains=50)
    before = model.chains.clone()
    found = model.advance(BlockGibbsSampler(1), np.random.default_rng(5)).spins
    expected = BlockGibbsSampler(1).sample(model.ising(), n=50, init=before.numpy(), rng=np.random.default_rng(5)).spins
    np.testing.assert_array_equal(model.chains, expected)
    np.testing.assert_array_equal(found, expected)
    torch.testing.assert_close(model.state_dict()["chains"], model.chains)


def test_chains_keep_their_own_condition() -> None:
    model = machine((3, 4), conditioned=True, n_chains=40)
    model.hold(all_bits(3), np.random.default_rng(0))
    held = model.chains[:, :3].clone()
    assert len(held.unique(dim=0)) == 8
    model.advance(BlockGibbsSampler(3), np.random.default_rng(1))
    torch.testing.assert_close(model.chains[:, :3], held)


def test_graph_and_chains_travel_in_the_state() -> None:
    qubits = np.array([30, 31, 40, 50])
    graph = graph_of(
        np.array([0, 0, 1, 2]), np.array([[0, 2], [1, 3], [2, 3]]), qubits=qubits, processor="zephyr(12, 4)"
    )
    model = BoltzmannMachine(graph, n_chains=7)
    state = {f"prior.{name}": value for name, value in model.state_dict().items()}
    again = BoltzmannMachine.of_state(state, "prior.")
    again.load_state_dict(model.state_dict())
    assert isinstance(again.graph, Graph)
    np.testing.assert_array_equal(again.graph.qubits, qubits)
    assert again.graph.processor == "zephyr(12, 4)"
    np.testing.assert_array_equal(again.graph.edges, graph.edges)
    torch.testing.assert_close(again.chains, model.chains)


def test_without_couplings_bits_are_independent() -> None:
    model = machine((3, 4), graph="none")
    p = torch.sigmoid(model.b)
    product = torch.where(all_bits(7) > 0, p, 1 - p).prod(1)
    torch.testing.assert_close(exact_probabilities(model), product)


def test_levels_are_the_free_colours() -> None:
    assert machine((2, 3, 2)).levels == [2, 3, 2]
    assert machine((2, 3, 2), conditioned=True).levels == [3, 2]


def test_bits_of_spins() -> None:
    np.testing.assert_array_equal(to_bits(np.array([[-1, 1]], dtype=np.int8)), [[0.0, 1.0]])


def test_bad_input() -> None:
    with pytest.raises(InputError, match="n_chains >= 1, found 0"):
        BoltzmannMachine(build("none", (3,)), n_chains=0)
    with pytest.raises(InputError, match="second colour"):
        BoltzmannMachine(build("none", (3,)), conditioned=True)
    model = machine((2, 3), conditioned=True)
    with pytest.raises(InputError, match=r"shape \(5, 2\), found None"):
        model.draw(5, ExactSampler(), np.random.default_rng(0))
