"""The Born machine's objectives of one qubit in closed form, and against its own objectives."""

import math

import numpy as np
import pytest
import torch

import qgen
from qgen.codes import fit_code
from qgen.files import InputError
from qgen.generators.qcbm.objectives import OBJECTIVES, Recipe
from qgen.representations import represent
from qgen.screening import codebook_states, gradient_variance, gradients, objective_losses
from qgen.simulation.circuit import Circuit
from qgen.training import generator
from qgen.transforms.bits import states_of

from .test_gradients import turned

ONE, ENDS = torch.tensor([1.0, 0.0]).double(), torch.tensor([[0.0], [1.0]]).double()


def test_slopes_of_one_qubit():
    """p_1 = sin^2(w/2), t = (1, 0): W_1 = p_1, of variance 1/8; MMD^2 = 2 (1 - k) p_1^2, whose slope is
    2 (1 - k) p_1 sin w, of mean square 4 (1 - k)^2 <(1 - cos w)^2 sin^2 w> / 4 = 5/8 (1 - k)^2."""
    losses = objective_losses(ONE, ENDS, bandwidths=(0.7,))
    circuit, k = Circuit(turned, 1, 1), math.exp(-1 / (2 * 0.7**2))
    for name, expected in (("sliced_wasserstein", 1 / 8), ("mmd 0.7", 5 / 8 * (1 - k) ** 2)):
        found = gradients(circuit, losses[name], n_starts=4000, rng=np.random.default_rng(0))
        value, error = gradient_variance(found)
        assert value == pytest.approx(expected, abs=4 * error)


@pytest.mark.parametrize(
    ("name", "loss"), [("mmd mixture", "mmd"), ("kl", "kl"), ("sliced_wasserstein", "sliced_wasserstein")]
)
def test_losses_are_the_born_machines(name, loss):
    """With all events at one node; 20 events in proportions t."""
    rng = np.random.default_rng(0)
    positions, states = torch.tensor(rng.normal(size=(8, 3))), torch.tensor(rng.integers(0, 8, 20))
    t, p = torch.bincount(states, minlength=8).double() / 20, torch.tensor(rng.dirichlet(np.ones(8), size=2))
    found = objective_losses(t, positions, bandwidths=(0.5, 2.0), seed=4)[name](p)
    for row, value in zip(p, found, strict=True):
        model = torch.nn.Linear(1, 1).double()
        model.forward = lambda conditions, row=row: row[None]
        made = OBJECTIVES[loss](Recipe(model, positions, torch.zeros(1).double(), 0.1, bandwidths=(0.5, 2.0), seed=4))
        batch = {"x": torch.zeros(20).double(), "state": states}
        assert value.item() == pytest.approx(made.distance(batch, generator(0)).item(), rel=1e-9)


def test_states_are_those_of_the_codebook():
    showers = represent(qgen.load("clic/e-", stop=200), "image8x8")
    t, positions = codebook_states(showers, 4, seed=1)
    code = fit_code("codebook", showers, seed=1, options={"shape_bits": 3, "response_bits": 1})
    expected = np.bincount(states_of(code.encode(showers)), minlength=16) / 200
    np.testing.assert_allclose(t, expected)
    np.testing.assert_allclose(positions, code.positions())
    with pytest.raises(InputError, match="n_qubits >= 2, found 1"):
        codebook_states(showers, 1, seed=0)
