"""How long do chains remember? The integrated autocorrelation time.

    tau = 1 + 2 sum_(t >= 1) rho(t),    rho(t) the correlation of a chain with itself t steps later,

so that n steps are worth n / tau independent draws (A. Sokal, in Functional Integration, Springer 1997).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from qgen.files import InputError
from qgen.ising import Ising, Spins
from qgen.ising.kernel import Kernel

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AutocorrelationTime:
    """The integrated autocorrelation time of a series.

    Attributes:
        tau: in steps of the series; 1 where steps are independent.
        error: standard error (Madras and Sokal 1988).
        window: lag up to which the correlation was summed.
        n_steps: length of the series, of each chain; below about 50 tau the value is too low.
    """

    tau: float
    error: float
    window: int
    n_steps: int


def autocorrelation_time(series: Floats, *, c: float = 5.0) -> AutocorrelationTime:
    """The integrated autocorrelation time, summed up to the first lag W >= c max(tau(W), 1) (Sokal's window).

    Args:
        series: one chain (n_steps,), or several of equal length (n_chains, n_steps), which are averaged; the mean is
            taken over all of them, so that chains that stay apart are seen.
        c: about 5: more of it costs precision, less of it leaves slow tails out.

    Raises:
        InputError: fewer than 2 steps, or values that are not finite or do not vary.
    """
    x = np.atleast_2d(np.asarray(series, dtype=np.float64))
    if x.ndim != 2 or x.shape[1] < 2 or not np.isfinite(x).all():
        raise InputError(f"series: expected finite values of shape (n_chains, n_steps >= 2), found {x.shape}")
    x = x - x.mean()
    if np.ptp(x) == 0:
        raise InputError("series: expected values that vary, found a constant")
    n_chains, n = x.shape
    power = np.abs(fft.rfft(x, n=2 * fft.next_fast_len(n), axis=1)) ** 2
    covariance = fft.irfft(power.mean(axis=0), n=2 * fft.next_fast_len(n))[:n] / np.arange(n, 0, -1)
    sums = 2 * np.cumsum(covariance / covariance[0]) - 1
    inside = np.flatnonzero(np.arange(n) >= c * np.maximum(sums, 1))
    window = int(inside[0]) if inside.size else n - 1
    tau = float(sums[window])
    return AutocorrelationTime(tau, abs(tau) * float(np.sqrt(2 * (2 * window + 1) / (n_chains * n))), window, n)


def slowest(series: Floats, *, c: float = 5.0) -> tuple[int, AutocorrelationTime]:
    """Which of several observables, shape (k, n_chains, n_steps), has the longest autocorrelation time.

    Of many that are equally slow, the one found is too slow by a few of its errors.

    Raises:
        InputError: as of `autocorrelation_time`.
    """
    times = [autocorrelation_time(part, c=c) for part in series]
    number = int(np.argmax([time.tau for time in times]))
    return number, times[number]


def sweep_series(
    model: Ising,
    weights: Floats | None = None,
    *,
    n_chains: int = 16,
    n_sweeps: int = 2000,
    n_warmup: int = 500,
    clamp: Spins | None = None,
    init: Spins | None = None,
    beta: float = 1.0,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """The energy and linear observables after every sweep of block Gibbs sampling.

    Args:
        model: what to sample.
        weights: observables w.s, e.g. the rows of an identity matrix for all spins, shape (k, n_nodes).
        n_chains: number of chains.
        n_sweeps: to record.
        n_warmup: sweeps before.
        clamp: (n_chains, n_nodes) or (n_nodes,), 0 = free.
        init: (n_chains, n_nodes); None for uniform random spins.
        beta: inverse temperature.

    Returns:
        energies (n_chains, n_sweeps); observables (k, n_chains, n_sweeps).

    Raises:
        InputError: a bad argument.
    """
    w = np.empty((0, model.n_nodes)) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.ndim != 2 or w.shape[1] != model.n_nodes:
        raise InputError(f"weights: expected shape (k, {model.n_nodes}), found {w.shape}")
    kernel = Kernel(model)
    chains = kernel.start(n_chains, rng=rng, clamp=clamp, init=init)
    kernel.sweep(chains, beta=beta, n=n_warmup)
    energies, observables = np.empty((n_chains, n_sweeps)), np.empty((len(w), n_chains, n_sweeps))
    for t in range(n_sweeps):
        kernel.sweep(chains, beta=beta)
        energies[:, t] = kernel.energy(chains)
        if len(w):
            observables[:, :, t] = w @ chains.read().T
    return energies, observables
