"""Correlators and their gradients against enumerated distributions; sampled ones against their exact values."""

from itertools import product

import numpy as np
import pytest
import torch

from qgen.files import InputError
from qgen.generators.bits.gates import all_gates
from qgen.generators.iqp.circuit import probabilities, walsh
from qgen.generators.iqp.correlators import Operators, biases_and_couplings, direct, factorised

N, HIDDEN = 5, 2
ALL = np.array(list(product([0, 1], repeat=N)))


def angles(gates, n_sets=2, scale=0.7, seed=0):
    drawn = np.random.default_rng(seed).normal(0, scale, (n_sets, len(gates)))
    return torch.tensor(drawn, requires_grad=True)


def factorised_slowly(h, j, operators):
    """The obvious twin of `factorised`, operator by operator."""
    columns = torch.empty(len(h), len(operators), 2, dtype=h.dtype)
    parts = [columns[:, 0]] * len(operators)
    for places, supports, signs, exact in operators.groups:
        for row, (place, support) in enumerate(zip(places.tolist(), supports.tolist(), strict=True)):
            s = torch.as_tensor(signs[row % len(signs)], dtype=h.dtype)
            outside = [q for q in range(h.shape[1]) if q not in support]
            fields = torch.einsum("tk,rkl->rtl", s, j[:, support][:, :, outside])
            terms = torch.cos(2 * h[:, support] @ s.T) * torch.cos(2 * fields).prod(dim=2)
            halves = terms.mean(dim=1, keepdim=True).expand(-1, 2) if exact else terms.reshape(len(h), 2, -1).mean(2)
            parts[place] = halves
    return torch.stack(parts, dim=1)


def close(a, b, tolerance=1e-12):
    torch.testing.assert_close(a, b, rtol=0, atol=tolerance)


@pytest.mark.parametrize("hidden", [0, HIDDEN])
def test_factorised_is_exact_with_its_gradients(hidden):
    """All 2^5 operators of three circuits, hidden qubits traced out: values to 1e-12, gradients too."""
    gates = all_gates(N + hidden)
    theta = angles(gates)
    exact = walsh(probabilities(theta, gates, N, hidden))
    found = factorised(*biases_and_couplings(theta, gates, N + hidden), Operators.of(ALL))
    close(found[..., 0], exact)
    close(found[..., 1], exact)
    ours, theirs = (torch.autograd.grad((q**3).sum(), theta, retain_graph=True)[0] for q in (found[..., 0], exact))
    close(ours, theirs)


def test_one_qubit_has_a_closed_form():
    """cos(2 h_i) prod_l cos(2 J_il) at 100 qubits, where the compiled loops work in float32."""
    gates = all_gates(100)
    theta = angles(gates, 1, 0.05).float()
    h, j = biases_and_couplings(theta, gates, 100)
    found = factorised(h, j, Operators.of(np.eye(100, dtype=int)))[..., 0]
    close(found, torch.cos(2 * h) * torch.cos(2 * j).prod(dim=2), 1e-6)


def test_gates_that_turn_a_cosine_to_zero():
    """J = pi/4 makes the product over others vanish, not its gradient."""
    gates = [(0, 1), (0, 2), (1, 2), (0,)]
    theta = torch.tensor([[np.pi / 4, 0.3, 0.2, 0.1]], requires_grad=True)
    found = factorised(*biases_and_couplings(theta, gates, 3), Operators.of([[1, 0, 0]]))[0, 0, 0]
    (gradient,) = torch.autograd.grad(found, theta)
    close(gradient[0, 0].double(), torch.tensor(-2 * np.cos(0.6) * np.cos(0.2)), 1e-6)


def test_sampled_signs_agree_with_the_slow_twin():
    gates = all_gates(N + HIDDEN)
    theta = angles(gates)
    operators = Operators.of(ALL, rng=np.random.default_rng(0), most_exact=2, patterns=8)
    h, j = biases_and_couplings(theta, gates, N + HIDDEN)
    fast, slow = factorised(h, j, operators), factorised_slowly(h, j, operators)
    close(fast, slow)
    weights = torch.randn(fast.shape, dtype=fast.dtype, generator=torch.Generator().manual_seed(0))
    close(*(torch.autograd.grad((q * weights).sum(), theta, retain_graph=True)[0] for q in (fast, slow)))


@pytest.mark.parametrize("body", [2, 3])
def test_direct_over_all_bits_is_exact(body):
    gates = all_gates(N + HIDDEN, body)
    theta = angles(gates)
    z = np.array(list(product([0, 1], repeat=N + HIDDEN)))
    exact = walsh(probabilities(theta, gates, N, HIDDEN))
    close(direct(theta, gates, Operators.of(ALL), z).mean(dim=2), exact)


def test_estimates_are_unbiased_and_independent():
    """Means over repetitions within their errors of the exact values and of their squares; and what signs gain."""
    gates, rng = all_gates(N), np.random.default_rng(1)
    theta = angles(gates, 1, 0.4).detach()
    operators = ALL[ALL.sum(axis=1) >= 3]
    exact = walsh(probabilities(theta, gates, N))[:, ALL.sum(axis=1) >= 3]
    couplings = biases_and_couplings(theta, gates, N)

    def repeat(estimate):
        return torch.stack([estimate() for _ in range(400)])

    signs = repeat(lambda: factorised(*couplings, Operators.of(operators, rng=rng, most_exact=1, patterns=8)))
    bits = repeat(lambda: direct(theta, gates, Operators.of(operators), rng.integers(0, 2, (8, N))))
    for found in (signs, bits):
        for values, truth in ((found.mean(dim=3), exact), (found.prod(dim=3), exact**2)):
            z = (values.mean(dim=0) - truth) / (values.std(dim=0) / 20)
            assert z.abs().max() < 5
            assert 0.4 < z.square().mean() < 2
    assert signs.var(dim=0).mean() < 0.5 * bits.var(dim=0).mean()


def test_bad_operators():
    with pytest.raises(InputError, match="expected 0 or 1"):
        Operators.of([[2, 0]])
    with pytest.raises(InputError, match="even number of patterns"):
        Operators.of([[1, 0]], patterns=3)
    with pytest.raises(InputError, match="expected rng, there is an operator on 7 > 6 qubits"):
        Operators.of(np.ones((1, 7), dtype=int))
