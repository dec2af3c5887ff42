"""The discrepancy against kernels between all bit strings, its unbiased estimates against their means."""

from itertools import product

import numpy as np
import pytest
import torch

from qgen.generators.bits.energy import EnergyBins
from qgen.generators.bits.gates import all_gates
from qgen.generators.bits.walsh import data_correlators, rate
from qgen.generators.iqp.correlators import Operators
from qgen.generators.iqp.model import WalshModel
from qgen.generators.iqp.objective import WalshMMD

N = 6
STATES = np.array(list(product([0, 1], repeat=N)))
SIGMAS = (0.6, 1.5)


def model(branches=2):
    made = WalshModel(all_gates(N), N, degree=1, branches=branches)
    with torch.no_grad():
        made.angles.normal_(0, 0.4, generator=torch.Generator().manual_seed(0))
    return made


def toy(n, seed):
    rng = np.random.default_rng(seed)
    x = torch.from_numpy(rng.uniform(-1, 1, n)).float()
    bits = rng.random((n, N)) < 0.5 + 0.3 * x.numpy()[:, None]
    return {"x": x, "bits": torch.from_numpy(bits.astype(np.float32))}


def exact(made, bins, p):
    """sum_b 1/n_bins (q - p)^T K (q - p), of the mixed Gaussian kernel in the Hamming distance, by enumeration."""
    distance = (STATES[:, None] != STATES).sum(axis=2)
    kernel = np.mean([np.exp(-distance / (2 * s**2)) for s in SIGMAS], axis=0)
    q = np.array([np.mean([made.circuit(x).probabilities() for x in nodes], axis=0) for nodes in bins.nodes.tolist()])
    return float(np.mean([d @ kernel @ d for d in q - p]))


def test_walsh_mean_is_the_discrepancy():
    """Over all 63 operators with their probabilities, for a model and data that are known exactly."""
    made, data = model(), toy(4000, 0)
    bins = EnergyBins(data["x"], 4, 2)
    objective = WalshMMD(made, bins, bandwidths=SIGMAS, n_operators=2, learning_rate=0.1)
    number = bins.number(data["x"])
    places = number.numpy()
    state = data["bits"].numpy().astype(int) @ (1 << np.arange(N)[::-1])
    p = np.stack([np.bincount(state[places == b], minlength=2**N) / (places == b).sum() for b in range(4)])
    order = STATES[1:].sum(axis=1)
    weights = np.mean([rate(s) ** order * (1 - rate(s)) ** (N - order) for s in SIGMAS], axis=0)
    weights = torch.from_numpy(weights)
    operators = Operators.of(STATES[1:])
    found = objective.discrepancy(data, operators, weights, np.random.default_rng(0)).item()
    correlators, count = data_correlators(data["bits"], number, 4, operators.bits)
    noise = ((1 - correlators.square()) / (count - 1)[:, None] @ weights.float()).mean().item()
    assert found + noise == pytest.approx(exact(made, bins, p), rel=1e-4)


def test_estimate_is_unbiased():
    """Few showers and few operators, drawn again and again, against the discrepancy to the law of the showers."""
    made, rng = model(), np.random.default_rng(3)
    bins = EnergyBins(torch.tensor([-1.0, 1.0]), 1, 1)
    bins.nodes[:] = 0.3
    p = rng.dirichlet(np.full(2**N, 0.3))
    objective = WalshMMD(made, bins, bandwidths=SIGMAS, n_operators=8, learning_rate=0.1)
    values = []
    for _ in range(600):
        drawn = STATES[rng.choice(2**N, size=20, p=p)]
        batch = {"x": torch.zeros(20), "bits": torch.from_numpy(drawn).float()}
        values.append(objective.estimate(batch, 8, rng).item())
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values) - exact(made, bins, p)) < 4 * error
    assert error < 0.1 * exact(made, bins, p)
