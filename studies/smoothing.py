"""Training showers as a distribution of states given the energy, without a circuit: what smoothing alone does.

A circuit can be nearer to test showers than the histogram of its training showers because it smooths. Each control
smooths in another way; none sees a test shower.

- `histogram`: none; training showers of the bin of energy.
- `eps`: that, mixed with equal shares of all states, (1 - eps) t + eps / 2^n, with eps the circuit's `smoothing`.
- `nodes`: histograms at the energies where the circuit's objective compares, interpolated.
- `kernels`: sum_i a(E, E_i) k(s, s_i), Gaussians in the scaled ln E and between the positions of states; of `WIDTHS`
  and `DISTANCES` the pair with the least total variation, in the bins of `histogram`, to a quarter of the training
  showers that are put aside for it.
"""

from collections.abc import Mapping
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from qgen.generators.bits.energy import energy_nodes, hats
from qgen.generators.bits.states import bin_distances, histograms
from qgen.generators.qcbm import QCBM
from qgen.showers import Showers
from qgen.transforms.bits import states_of

CONTROLS: Mapping[str, str] = {
    "histogram": "training histogram",
    "eps": "the same, mixed with equal shares",
    "nodes": "histograms at the energy nodes",
    "kernels": "kernels in energy and state",
}
WIDTHS = (0.03, 0.06, 0.12, 0.25, 0.5)
"""In the scaled ln E, -1..1."""
DISTANCES = (0.0, 0.2, 0.3, 0.4, 0.5, 0.7)
"""Between states; neighbouring bins are 1 apart."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def controls(model: QCBM, train: Showers, at: Floats, edges: Floats) -> dict[str, Floats]:
    """p(s|E) by the keys of `CONTROLS`, each of shape (n, n_states), at energies `at` [MeV].

    Args:
        model: whose code, nodes and smoothing are taken.
        train: training showers.
        at: energies [MeV], shape (n,).
        edges: of the bins of `histogram` [MeV].
    """
    states, positions = states_of(model.code_.encode(train)), model.code_.positions()
    n = len(positions)
    plain = histograms(states, train.incident_energy, edges, at, n)
    x, wanted = (_scaled(model, energy) for energy in (train.incident_energy, at))
    return {
        "histogram": plain,
        "eps": (1 - model.smoothing) * plain + model.smoothing / n,
        "nodes": at_nodes(states, x, wanted, n, model.energy_bins),
        "kernels": kernels(states, x, wanted, positions, _scaled(model, edges)),
    }


def at_nodes(states: Integers, x: Floats, at: Floats, n_states: int, n_nodes: int) -> Floats:
    """Histograms weighted about the nodes of the circuit's objective, interpolated between them."""
    nodes = energy_nodes(torch.as_tensor(x, dtype=torch.float32), n_nodes)
    weights, wanted = (hats(torch.as_tensor(one), nodes).numpy() for one in (x, at))
    counts = weights.T @ np.eye(n_states)[states]
    return np.asarray(wanted @ (counts / counts.sum(axis=1, keepdims=True)))


def kernels(states: Integers, x: Floats, at: Floats, positions: Floats, edges: Floats) -> Floats:
    """Kernels of the widths that are nearest to every fourth training shower, given the others."""
    aside = np.arange(len(states)) % 4 == 0

    def distance(widths: tuple[float, float]) -> float:
        p = kernel(states[~aside], x[~aside], x[aside], positions, *widths)
        return sum(one.distance for one in bin_distances(p, states[aside], x[aside], edges))

    return kernel(states, x, at, positions, *min(product(WIDTHS, DISTANCES), key=distance))


def kernel(states: Integers, x: Floats, at: Floats, positions: Floats, width: float, distance: float) -> Floats:
    """sum_i a(E, E_i) k(s, s_i), shape (n, n_states); k spreads every shower over all states with the sum 1."""
    weights = np.exp(-(((at[:, None] - x) / width) ** 2) / 2)
    p = (weights / weights.sum(axis=1, keepdims=True)) @ np.eye(len(positions))[states]
    if not distance:
        return np.asarray(p)
    squared = cdist(positions, positions, "sqeuclidean")
    spread = np.exp(-squared / (2 * distance**2))
    return np.asarray(p @ (spread / spread.sum(axis=1, keepdims=True)))


def _scaled(model: QCBM, energy: Floats) -> Floats:
    return np.clip(model.code_.scale.forward(energy), -1, 1)
