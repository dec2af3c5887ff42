"""Expressibility: how far the states of a circuit with random angles are from Haar-random ones (1905.10876).

    F = |<psi(a)|psi(b)>|^2,    p_Haar(F) = (N - 1)(1 - F)^(N - 2),    N = 2^n_qubits,
    Expr = sum_k p_k ln(p_k / q_k),    q_k = (1 - F_k)^(N - 1) - (1 - F_{k+1})^(N - 1)

p_k is the share of independent pairs a, b whose fidelity is in bin k. 0 is best; a circuit whose state never moves has
-ln q_last = (N - 1) ln n_bins. Even Haar-random states score about (occupied bins - 1) / (2 n_pairs): that is the
floor, and what lies within its spread cannot be told from Haar-random.

"width" means the published bins of equal width: from about 10 qubits on, nearly all fidelities share the first one, and
every circuit scores 0. "haar" means bins of equal q_k, which resolve small fidelities at any number of qubits; their
largest score is ln n_bins. For one qubit the two are the same.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from qgen.files import InputError
from qgen.screening.starts import Start, parts, states
from qgen.simulation.circuit import Circuit

Bins = Literal["width", "haar"]
Floats = NDArray[np.float64]

N_BINS = 75
"""Bins of the fidelity in the publication."""
N_FLOORS = 200


@dataclass(frozen=True)
class Expressibility:
    """A score beside what Haar-random states score with as many pairs.

    Attributes:
        value: Expr [nat], >= 0, the smaller the closer to Haar-random.
        error: its standard deviation over draws of pairs, to first order; too large close to the floor.
        floor: mean score of Haar-random states.
        floor_sd: standard deviation of the floor.
    """

    value: float
    error: float
    floor: float
    floor_sd: float


def expressibility(
    circuit: Circuit,
    *,
    n_pairs: int = 5000,
    n_bins: int = N_BINS,
    bins: Bins = "width",
    start: Start = "uniform",
    rng: np.random.Generator,
) -> Expressibility:
    """Expressibility of a circuit.

    Args:
        circuit: the circuit to be measured.
        n_pairs: number of independent pairs of states, >= 2.
        n_bins: number of bins of the fidelity, >= 2.
        bins: "width" or "haar", see above.
        start: distribution of the angles, see `qgen.screening.starts`.
        rng: draws the angles.

    Raises:
        InputError: numbers that are too small, or an unknown name.
    """
    if n_pairs < 2 or n_bins < 2:
        raise InputError(f"expressibility: expected n_pairs and n_bins >= 2, found {n_pairs} and {n_bins}")
    if bins not in get_args(Bins):
        raise InputError(f"bins: expected one of {', '.join(get_args(Bins))}, found {bins!r}")
    log_q = haar(circuit.n_qubits, n_bins, bins)
    drawn = rng.multinomial(n_pairs, np.exp(log_q) / np.exp(log_q).sum(), size=N_FLOORS)
    floors = [divergence(row, log_q) for row in drawn]
    counts = histogram(fidelities(circuit, n_pairs, start, rng), circuit.n_qubits, n_bins, bins)
    p, log_ratio = counts / n_pairs, _log_ratio(counts, log_q)
    value = float(p @ log_ratio)
    error = np.sqrt(p @ (log_ratio - value) ** 2 / n_pairs)
    return Expressibility(value, float(error), float(np.mean(floors)), float(np.std(floors, ddof=1)))


def fidelities(circuit: Circuit, n: int, start: Start, rng: np.random.Generator) -> Floats:
    """F of n independent pairs of states, shape (n,), 0..1."""
    of_parts = []
    for size in parts(n, circuit.n_qubits + 1):
        a, b = states(circuit, 2 * size, start, rng).chunk(2)
        of_parts.append((a.conj() * b).sum(dim=1).abs().square().numpy())
    return np.concatenate(of_parts).clip(0, 1)


def haar(n_qubits: int, n_bins: int, bins: Bins) -> Floats:
    """ln q_k, shape (n_bins,); never -inf, however small q_k."""
    if bins == "haar":
        return np.full(n_bins, -np.log(n_bins))
    power = 2**n_qubits - 1
    low = np.arange(n_bins) / n_bins
    rest = 1 - 1 / (n_bins - np.arange(n_bins))
    return np.asarray(power * np.log1p(-low) + np.log1p(-(rest**power)))


def histogram(fidelity: Floats, n_qubits: int, n_bins: int, bins: Bins) -> NDArray[np.int64]:
    """Number of fidelities in every bin, shape (n_bins,)."""
    if bins == "haar":
        with np.errstate(divide="ignore"):  # F = 1 is the end of the last bin
            fidelity = -np.expm1((2**n_qubits - 1) * np.log1p(-fidelity))
    return np.histogram(fidelity, n_bins, (0, 1))[0]


def divergence(counts: NDArray[np.int64], log_q: Floats) -> float:
    """sum_k p_k ln(p_k / q_k) of counts, shape (n_bins,)."""
    return float(counts @ _log_ratio(counts, log_q) / counts.sum())


def _log_ratio(counts: NDArray[np.int64], log_q: Floats) -> Floats:
    """ln(p_k / q_k), 0 where nothing was found."""
    return np.where(counts > 0, np.log(np.maximum(counts, 1) / counts.sum()) - log_q, 0.0)
