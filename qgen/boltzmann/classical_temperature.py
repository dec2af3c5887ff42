"""Which classical temperature does a quantum machine, or a device, look like, and what is left?

Given a distribution p over spins and a classical energy H(s), the classical machine nearest to p is

    p_beta(s) = exp(-beta H(s)) / Z(beta),    beta* = argmin KL(p || p_beta),    i.e.  < H >_p = < H >_beta* .

KL is convex in beta. The rest, the total variation TV = 1/2 sum_s |p - p_beta*|, is what no temperature explains.

A transverse field weakens all correlations, much as heat does, so that a fitted temperature absorbs most of it:
machines of 8 spins, all coupled, h and J ~ N(0, 0.2), at Gamma = 1 (`quantum`) have beta* = 0.64 and TV = 0.035 (means
over 20 machines), where the classical machine at beta = 1 is 0.16 away. With N(0, 0.1) it is 0.63 and 0.017, with
N(0, 0.5) 0.66 and 0.084. One spin is exactly classical, tanh(beta* h) = h/D tanh D with D^2 = h^2 + Gamma^2: at small
h and Gamma = 1, beta* = 0.76. That a fitted temperature describes a device well is therefore no sign that it samples
classically, and a rest is none that it is quantum: noise and slow mixing leave one, too. Spins of a sampler have a
`floor`, the TV that as many independent draws from p_beta* itself would show.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar

from qgen.boltzmann.diagnostics import variation_floor
from qgen.files import InputError
from qgen.ising import Ising
from qgen.samplers.exact import ExactSampler


@dataclass(frozen=True)
class ClassicalFit:
    """The nearest classical machine.

    Attributes:
        beta: its inverse temperature, >= 0; 0 where the mean energy is not below that of uniform random spins.
        total_variation: between p and it, in 0..1.
        divergence: KL(p || it) [nats].
        floor: expected total variation of as many independent draws from it; 0 for exact probabilities.
    """

    beta: float
    total_variation: float
    divergence: float
    floor: float


def best_classical_temperature(
    observed: NDArray[np.float64] | NDArray[np.int8], model: Ising, *, criterion: Literal["kl", "tv"] = "kl"
) -> ClassicalFit:
    """The inverse temperature at which a classical Ising model is nearest to a distribution.

    Args:
        observed: probabilities of all states, shape (2^n_nodes,), in the order of `ExactSampler.distribution`; or spins
            in -1, +1, shape (n, n_nodes).
        model: h and J; at most 20 spins.
        criterion: what is minimised, the divergence or the total variation.

    Raises:
        InputError: shapes or values; the ground state only, which is at no finite beta.
    """
    states, _ = ExactSampler().distribution(model)
    p, n = (_frequencies(observed, model), len(observed)) if np.ndim(observed) == 2 else (_checked(observed, model), 0)
    energy = model.energy(states)
    beta = _by_energy(p, energy)
    if criterion == "tv":
        beta = _by_variation(p, energy, beta)
    elif criterion != "kl":
        raise InputError(f"criterion: expected 'kl' or 'tv', found {criterion!r}")
    log_q = _log_boltzmann(energy, beta)
    q, there = np.exp(log_q), p > 0
    divergence = float(p[there] @ (np.log(p[there]) - log_q[there]))
    return ClassicalFit(beta, _variation(p, q), divergence, float(variation_floor(q, n)) if n else 0.0)


def _by_energy(p: NDArray[np.float64], energy: NDArray[np.float64]) -> float:
    """beta >= 0 with < H >_beta = < H >_p; 0 where < H >_p is not below the mean of all states."""
    target, lowest = float(p @ energy), float(energy.min())
    scale = float(energy.mean()) - lowest

    def excess(beta: float) -> float:
        return target - float(np.exp(_log_boltzmann(energy, beta)) @ energy)

    if excess(0.0) >= 0:
        return 0.0
    if target - lowest < 1e-9 * scale:
        raise InputError("best_classical_temperature: expected a finite temperature, found the ground state only")
    high = 1 / scale
    while excess(high) < 0:
        high *= 2
    return float(brentq(excess, 0.0, high, xtol=1e-12))


def _by_variation(p: NDArray[np.float64], energy: NDArray[np.float64], near: float) -> float:
    """beta of the least total variation: a grid about `near`, then its best interval."""

    def variation(beta: float) -> float:
        return _variation(p, np.exp(_log_boltzmann(energy, beta)))

    grid = np.linspace(0, 3 * near + 1e-9, 301)
    best = int(np.argmin([variation(beta) for beta in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    return float(minimize_scalar(variation, bounds=(low, high), method="bounded", options={"xatol": 1e-9}).x)


def _log_boltzmann(energy: NDArray[np.float64], beta: float) -> NDArray[np.float64]:
    exponent = -beta * energy
    return np.asarray(exponent - np.logaddexp.reduce(exponent))


def _variation(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    return float(np.abs(p - q).sum() / 2)


def _frequencies(spins: NDArray[np.int8] | NDArray[np.float64], model: Ising) -> NDArray[np.float64]:
    """Share of every state among spins."""
    if spins.shape[1] != model.n_nodes or not len(spins) or not np.isin(spins, (-1, 1)).all():
        raise InputError(f"spins: expected -1 and +1 in shape (n, {model.n_nodes}), found shape {spins.shape}")
    numbers = (spins > 0) @ (1 << np.arange(model.n_nodes)[::-1])
    return np.bincount(numbers, minlength=2**model.n_nodes) / len(spins)


def _checked(p: NDArray[np.float64] | NDArray[np.int8], model: Ising) -> NDArray[np.float64]:
    given = np.asarray(p, dtype=np.float64)
    if given.shape != (2**model.n_nodes,) or not (given >= 0).all() or abs(given.sum() - 1) > 1e-9:
        raise InputError(
            f"probabilities: expected {2**model.n_nodes} values >= 0 that sum to 1, found shape {given.shape} "
            f"and sum {given.sum():.6g}"
        )
    return given
