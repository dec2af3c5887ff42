"""Walsh operators on bits, their correlators in data, and how near those of a model are to them.

Z_a is (-1)^{a.x} for bits x; its order is the number of bits in a, and its mean <Z_a> a correlator. All of them are the
distribution: they are its Walsh-Hadamard transform. A Gaussian kernel of bandwidth sigma in the Hamming distance is a
mean over operators (2503.02934),

    e^{-|x-y|^2 / (2 sigma^2)} = E_a [Z_a(x) Z_a(y)],    a_i ~ Bernoulli(rho),    rho = (1 - e^{-1/(2 sigma^2)}) / 2,

so a bandwidth is a mean order n rho: large ones see low orders.

`Reference` compares models with test showers. For the operators of one order and every bin b of the energy, d_ab =
<Z_a>_{q_b} - <Z_a>_{p_b} is the distance of the model's mean over energies of the bin from that of the showers. The
showers are few, so that of a perfect model

    E[d_ab^2] = noise_ab = (1 - <Z_a>^2) / n_b .

Quoted are the root mean square and the largest |d| over operators and bins, and the `excess`, the root of the mean of
d^2 - noise, which is the model's own (the sign of that mean is kept; 0 is perfect). The floor is the same of as many
training showers in the place of the model: its mean square is twice the noise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qgen.generators.bits.energy import EnergyBins

AT_ONCE = 2**25
"""Parities that are computed at once."""
MOST_MEAN = 0.999
"""Largest size of a mean that independent bits start at."""
ORDERS = (1, 2, 3)
N_BINS, NODES = 4, 8
MOST_OPERATORS = 10_000
"""Of an order; a random choice where there are more."""

Correlators = Callable[[NDArray[np.float64], NDArray[np.uint8]], NDArray[np.float64]]
"""Energies (n,) and operators to <Z_a>, shape (n, n_operators), as `BitStringGenerator.correlators`."""


def rate(bandwidth: float) -> float:
    """rho, the probability of a bit in an operator."""
    return float(-np.expm1(-1 / (2 * bandwidth**2)) / 2)


def bandwidth(order: float, n_bits: int) -> float:
    """sigma at which operators on n bits have `order` of them on average; up to 45 % of the bits."""
    return float((-2 * np.log1p(-2 * min(order / n_bits, 0.45))) ** -0.5)


def draw_operators(n: int, n_bits: int, bandwidth: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Operators other than the empty one, each bit with probability rho, shape (n, n_bits)."""
    drawn = np.zeros((n, n_bits), dtype=np.uint8)
    while (empty := ~drawn.any(axis=1)).any():
        drawn[empty] = rng.random((int(empty.sum()), n_bits)) < rate(bandwidth)
    return drawn


def operators_of_order(n_bits: int, order: int, *, seed: int = 0) -> NDArray[np.uint8]:
    """All operators on `order` bits, at most MOST_OPERATORS of them, shape (n_operators, n_bits)."""
    supports = np.array(list(combinations(range(n_bits), order)))
    if len(supports) > MOST_OPERATORS:
        supports = supports[np.random.default_rng(seed).choice(len(supports), MOST_OPERATORS, replace=False)]
    operators = np.zeros((len(supports), n_bits), dtype=np.uint8)
    operators[np.arange(len(supports))[:, None], supports] = 1
    return operators


def data_correlators(bits: Tensor, number: Tensor, n_bins: int, operators: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
    """Means of (-1)^{a.x} in bins, shape (n_bins, n_operators), and the showers in each (n_bins,).

    Args:
        bits: x as float32, shape (n, n_bits).
        number: bin of every row (n,).
        n_bins: bins; one without rows has means 0.
        operators: a, shape (n_operators, n_bits).
    """
    member = nn.functional.one_hot(number, n_bins).to(bits.dtype)
    count = member.sum(dim=0)
    parts = torch.from_numpy(operators).to(bits.dtype).split(max(1, AT_ONCE // len(bits)))
    sums = [member.T @ (1 - 2 * (bits @ part.T % 2)) for part in parts]
    return torch.cat(sums, dim=1) / count.clamp_min(1)[:, None], count


def bit_means(bins: EnergyBins, x: Tensor, bits: Tensor) -> Tensor:
    """<(-1)^{x_i}> of bits (n, n_bits) at scaled energies x (n,), in the bins: float64 (n_bins, n_bits), never +-1."""
    singles = np.eye(bits.shape[1], dtype=np.uint8)
    means, _ = data_correlators(bits, bins.number(x), len(bins), singles)
    return means.double().clamp(-MOST_MEAN, MOST_MEAN)


@dataclass(frozen=True)
class Distance:
    """Of correlators, see above.

    Attributes:
        rms: root mean square of d.
        largest: largest |d|.
        excess: the model's own part of `rms`, negative where it is below the noise of the test showers.
    """

    rms: float
    largest: float
    excess: float


class Reference:
    """Test showers as bits, to compare models with.

    Args:
        bits: of the test showers, shape (n, n_bits).
        incident_energy: of them [MeV], shape (n,).
        bandwidths: for the discrepancy (`mmd`).
        n_bins: bins of equal population.

    Attributes:
        operators: by name, "order 1" to "order 3" and one set per bandwidth, "sigma ...".
        data: their correlators in the bins, shape (n_bins, n_operators).
    """

    def __init__(
        self,
        bits: NDArray[np.uint8],
        incident_energy: NDArray[np.float64],
        bandwidths: Sequence[float] = (),
        n_bins: int = N_BINS,
    ) -> None:
        n = bits.shape[1]
        self.bins = EnergyBins(torch.tensor(incident_energy), n_bins, NODES)
        self.operators = {f"order {k}": operators_of_order(n, k) for k in ORDERS if k <= n}
        for sigma in bandwidths:
            self.operators[f"sigma {sigma:.3g}"] = draw_operators(2000, n, sigma, np.random.default_rng(0))
        in_bins = {name: self.of_data(bits, incident_energy, a) for name, a in self.operators.items()}
        self.data = {name: correlators for name, (correlators, _) in in_bins.items()}
        self.count = next(iter(in_bins.values()))[1]

    def of_data(
        self, bits: NDArray[np.uint8], incident_energy: NDArray[np.float64], operators: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Correlators of showers in the bins (n_bins, n_operators), and how many there are in each."""
        number = self.bins.number(torch.tensor(incident_energy))
        means, count = data_correlators(torch.from_numpy(bits.astype(np.float32)), number, len(self.bins), operators)
        return means.double().numpy(), count.double().numpy()

    def of_model(self, correlators: Correlators) -> dict[str, NDArray[np.float64]]:
        """A model's correlators, averaged over energies of each bin."""
        nodes, names = self.bins.nodes.numpy(), list(self.operators)
        at_nodes = correlators(nodes.ravel(), np.concatenate([self.operators[name] for name in names]))
        means = at_nodes.reshape(*nodes.shape, -1).mean(axis=1)
        ends = np.cumsum([len(self.operators[name]) for name in names])[:-1]
        return dict(zip(names, np.split(means, ends, axis=1), strict=True))

    def of_showers(self, bits: NDArray[np.uint8], incident_energy: NDArray[np.float64]) -> dict[str, Any]:
        """Those of other showers, or of generated ones."""
        return {name: self.of_data(bits, incident_energy, a)[0] for name, a in self.operators.items()}

    def distances(self, correlators: Mapping[str, NDArray[np.float64]]) -> dict[str, dict[str, Any]]:
        """Of correlators in the bins, as `of_model` gives them: `Distance` over all bins, and in each (`bins`)."""
        scores = {}
        for name, q in correlators.items():
            d, noise = q - self.data[name], (1 - self.data[name] ** 2) / (self.count - 1)[:, None]
            bins = [asdict(_distance(one, n)) for one, n in zip(d, noise, strict=True)]
            scores[name] = {**asdict(_distance(d, noise)), "bins": bins}
        return scores


def _distance(d: NDArray[np.float64], noise: NDArray[np.float64]) -> Distance:
    own = float((d**2 - noise).mean())
    return Distance(float(np.sqrt((d**2).mean())), float(np.abs(d).max()), float(np.sign(own) * np.sqrt(abs(own))))
