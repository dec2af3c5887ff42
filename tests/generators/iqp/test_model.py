"""Distributions, samples and correlators of conditional models, circuits and bit flips."""

from itertools import product

import numpy as np
import pytest
import torch

from qgen.files import InputError
from qgen.generators.bits.gates import all_gates
from qgen.generators.iqp.correlators import Operators
from qgen.generators.iqp.model import WalshModel

N = 4
ALL = Operators.of(np.array(list(product([0, 1], repeat=N))))
X = torch.tensor([-0.7, 0.4])
PARITY = 1 - 2 * (ALL.bits.astype(int) @ ALL.bits.T % 2)


def model(kind="quantum", branches=1, hidden=0, body=2):
    made = WalshModel(all_gates(N + hidden, body), N, n_hidden=hidden, kind=kind, degree=2, branches=branches)
    with torch.no_grad():
        made.angles.normal_(0, 0.5, generator=torch.Generator().manual_seed(0))
    return made


def test_angles_are_legendre_polynomials():
    made = model()
    a, b, c = made.angles.detach()
    x = X[1]
    torch.testing.assert_close(made.theta(X)[1], a + b * x + c * (3 * x**2 - 1) / 2)


@pytest.mark.parametrize(("kind", "branches", "hidden"), [("quantum", 1, 0), ("quantum", 4, 1), ("bit_flip", 2, 0)])
def test_samples_have_the_correlators(kind, branches, hidden):
    """20 000 draws at two energies: all sixteen correlators within their errors."""
    made, n = model(kind, branches, hidden), 20_000
    exact = made.correlators(X, ALL, np.random.default_rng(0))[..., 0].detach().numpy()
    drawn = made.sample(X.repeat_interleave(n), np.random.default_rng(1))
    signs = 1 - 2 * (drawn.astype(int) @ ALL.bits.T % 2)
    found = signs.reshape(2, n, -1).mean(axis=1)
    error = np.sqrt((1 - exact**2).clip(1e-9) / n)
    assert np.abs((found - exact) / error)[:, 1:].max() < 4.5


@pytest.mark.parametrize("branches", [1, 2])
def test_circuit_has_the_correlators(branches):
    made = model(branches=branches, hidden=1)
    exact = made.correlators(X, ALL, np.random.default_rng(0))[..., 0].detach().numpy()
    for x, correlators in zip(X.tolist(), exact, strict=True):
        np.testing.assert_allclose(PARITY @ made.circuit(x).probabilities(), correlators, atol=1e-6)


def test_bit_flips_are_a_closed_form():
    """The distribution by enumeration of which gates flip."""
    gates = [(0,), (1,), (0, 1), (1, 2, 3), (0, 3)]
    made = WalshModel(gates, N, kind="bit_flip")
    with torch.no_grad():
        made.angles.copy_(torch.tensor([0.3, 1.2, 0.5, -0.4, 2.0]))
    flip = np.sin(made.angles.detach().numpy().ravel()) ** 2
    p = np.zeros(2**N)
    for which in product([0, 1], repeat=len(gates)):
        state = 0
        for gate in (gate for gate, flips in zip(gates, which, strict=True) if flips):
            state ^= sum(1 << (N - 1 - q) for q in gate)
        p[state] += np.prod(np.where(which, flip, 1 - flip))
    found = made.correlators(X[:1], ALL, np.random.default_rng(0))
    np.testing.assert_allclose(found[0, :, 0].detach(), PARITY @ p, atol=1e-6)


def test_without_joint_gates_circuit_and_bit_flips_are_the_same():
    quantum, classical = model(body=1), model("bit_flip", body=1)
    a, b = (made.correlators(X, ALL, np.random.default_rng(0)) for made in (quantum, classical))
    torch.testing.assert_close(a, b)


def test_three_qubit_gates_are_estimated():
    made = model(body=3)
    p = torch.tensor(np.stack([made.circuit(x).probabilities() for x in X.tolist()]))
    found = torch.stack([made.correlators(X, ALL, np.random.default_rng(k)).mean(dim=2) for k in range(50)]).detach()
    error = found.std(dim=0) / 50**0.5
    assert ((found.mean(dim=0) - p @ torch.tensor(PARITY).double()) / error.clamp_min(1e-6)).abs().max() < 5


def test_start_has_the_means_of_the_data():
    """Bits whose means are those of angles linear in x come back exactly, where other angles are zero."""
    made = WalshModel(all_gates(3), 3, degree=1, branches=2)
    x = torch.linspace(-1, 1, 8, dtype=torch.float64)
    means = torch.cos(2 * (torch.tensor([0.3, 0.7, 1.0]) + torch.outer(x, torch.tensor([0.1, -0.2, 0.05]))))
    made.start(means, x, 0.0, torch.Generator().manual_seed(0))
    found = made.correlators(x, Operators.of(np.eye(3, dtype=int)), np.random.default_rng(0))[..., 0]
    torch.testing.assert_close(found.detach(), means.float(), rtol=0, atol=1e-6)


def test_what_cannot_be():
    with pytest.raises(InputError, match="at most 20 qubits, found 21: no classical way to draw more is known"):
        WalshModel(all_gates(21), 21).sample(X, np.random.default_rng(0))
    with pytest.raises(InputError, match="power of two branches, found 3"):
        WalshModel(all_gates(2), 2, branches=3)
    with pytest.raises(InputError, match="expected a quantum model"):
        model("bit_flip").circuit(0.0)
