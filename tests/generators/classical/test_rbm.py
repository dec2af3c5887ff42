"""The RBM control: free energies and pseudo-likelihood by enumeration, training to a known distribution."""

from itertools import product

import numpy as np
import pytest
import torch

from qgen.generators.bits.divergence import PersistentDivergence
from qgen.generators.classical.rbm import LEVELS, RestrictedMachine
from qgen.training import Run, seeded, train

N = 3
STATES = torch.tensor(list(product([0.0, 1.0], repeat=N)))
EDGES = torch.linspace(-0.9, 0.9, LEVELS - 1)


def model(hidden, n_chains=64):
    with seeded(0):
        made = RestrictedMachine(N, hidden, n_chains)
        made.edges.copy_(EDGES)
        with torch.no_grad():
            made.machine.w.normal_(0, 1)
            made.machine.b.normal_(0, 1)
    return made


def enumerated(made, x, hidden):
    """p(x | E) from the energies of the machine."""
    condition = made.condition(torch.tensor([x])).expand(2**N, -1)
    total = torch.zeros(2**N)
    for y in product([0.0, 1.0], repeat=hidden):
        z = torch.cat([condition, STATES, torch.tensor(y).expand(2**N, -1)], dim=1)
        total = total + torch.exp(-made.machine.energy(z))
    return (total / total.sum()).detach()


def test_free_energy_pseudo_likelihood_and_samples():
    made, x = model(hidden=2), 0.25
    p = enumerated(made, x, 2)
    seen = torch.cat([made.condition(torch.full((2**N,), x)), STATES], dim=1)
    torch.testing.assert_close(torch.softmax(-made.free_energy(seen), dim=0).detach(), p)
    rows = torch.tensor([1, 6])
    given = [p[row] / (p[row] + p[row ^ bit]) for row in rows.tolist() for bit in (1, 2, 4)]
    found = made.pseudo_likelihood(torch.full((2,), x), STATES[rows])
    assert found.item() == pytest.approx(torch.stack(given).log().mean().item(), rel=1e-5)
    drawn = made.sample(torch.full((20_000,), x), np.random.default_rng(0))
    frequency = np.bincount(drawn @ [4, 2, 1], minlength=2**N) / len(drawn)
    assert np.abs(frequency - p.numpy()).max() < 4.5 * 0.5 / np.sqrt(len(drawn))


def test_training_finds_the_distribution():
    """Bits of which two agree mostly and the third follows the energy."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 2000)
    first = rng.random(2000) < 0.5
    second = np.where(rng.random(2000) < 0.85, first, ~first)
    third = rng.random(2000) < 0.5 + 0.4 * np.sign(x)
    data = {
        "x": torch.from_numpy(x).float(),
        "bits": torch.from_numpy(np.stack([first, second, third], axis=1)).float(),
    }
    with seeded(0):
        made = RestrictedMachine(N, 4, 256)
    made.hold(data["x"], rng)
    objective = PersistentDivergence(made, learning_rate=0.05)
    train(objective, data, Run(0, validation=0.0), epochs=300, batch_size=2000)
    p = torch.stack([enumerated(made, at, 4) for at in np.linspace(-0.94, 0.94, LEVELS)])
    assert p[:, [0, 1, 6, 7]].sum(dim=1).mean().item() == pytest.approx(0.85, abs=0.04)
    third = p[:, 1::2].sum(dim=1)
    assert third[: LEVELS // 2].mean().item() == pytest.approx(0.1, abs=0.04)
    assert third[LEVELS // 2 :].mean().item() == pytest.approx(0.9, abs=0.04)
