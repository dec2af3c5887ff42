"""How probable are spins under an Ising model? Its partition function, by annealed importance sampling.

    ln p(s) = -H(s) - ln Z,    given pinned spins c:    ln p(s | c) = -H(s, c) - ln Z(c) .

Annealed importance sampling (R. Neal, physics/9803008) moves chains from independent spins of known Z_0 through
0 = b_0 < ... < b_K = 1 to the model, a sweep at each b_k, and gives each the weight w = prod_k f_(b_k)(s_(k-1)) /
f_(b_(k-1))(s_(k-1)), with <w> = Z / Z_0. Hence ln(mean of w) is below ln(Z / Z_0) on average. In the other direction,
from spins drawn from the model to independent ones, <1/w> = Z_0 / Z, and the estimate is above on average: the two
enclose ln Z (Burda, Grosse, Salakhutdinov, 1412.8566; Grosse, Ghahramani, Adams, 1511.02543). `AnnealingPath` has the
path f_b, on which one colour is summed over exactly.

The mean of w is made by the chains of largest weight. Where the effective sample size is a few chains only, neither
the value nor its error can be trusted: take more steps.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from qgen.boltzmann.annealing_path import AnnealingPath
from qgen.boltzmann.partition import LogPartition
from qgen.files import InputError
from qgen.ising import Ising, Spins
from qgen.ising.checks import clamp_rows, require_spins
from qgen.ising.conditions import folded, patterns
from qgen.ising.kernel import Chains, cores

N_BOOTSTRAP = 200
CHAINS_AT_ONCE = 128
"""Chains that a thread anneals together."""

Floats = NDArray[np.float64]


def annealed_importance(
    model: Ising,
    *,
    n_chains: int = 1000,
    n_steps: int | Sequence[float] = 1000,
    clamp: Spins | None = None,
    base: ArrayLike | None = None,
    threads: int | None = None,
    rng: np.random.Generator,
) -> LogPartition:
    """ln Z by annealed importance sampling: on average a lower bound.

    Args:
        model: whose partition function.
        n_chains: number of chains.
        n_steps: number of equal steps in b, or all values of b themselves, rising from 0 to 1.
        clamp: (n_chains, n_nodes), the condition of every chain, or (n_nodes,); 0 leaves a spin free.
        base: h0, the fields of the independent spins to start from, shape (n_nodes,); by default the model's biases
            and the fields of the pinned spins. -arctanh of mean spins of the model or of the data may be better.
        threads: over portions of chains, at most; None for as many as there are cores. The value does not depend on it.

    Raises:
        InputError: a bad argument.
    """
    schedule = _schedule(n_steps)
    if n_chains < 2:
        raise InputError(f"n_chains: expected at least 2 chains, found {n_chains}")
    start = _base(base, model)
    estimates = []
    for pattern, chains in patterns(clamp, model, n_chains):
        path, constant, _ = _path(model, pattern, start)
        estimates.append((pattern, constant, _log_weights(path, len(chains), schedule, rng, threads), 1))
    return _combined(estimates, "lower", rng)


def reverse_annealed_importance(
    model: Ising,
    spins: Spins,
    *,
    n_steps: int | Sequence[float] = 1000,
    clamp: Spins | None = None,
    base: ArrayLike | None = None,
    threads: int | None = None,
    rng: np.random.Generator,
) -> LogPartition:
    """ln Z by annealing from the model to independent spins: on average an upper bound.

    It is one only as far as `spins` are draws from the model, independent of each other. From draws that have not
    converged the value is too low or too high.

    Args:
        model: whose partition function.
        spins: draws from it, one chain each, shape (n_chains, n_nodes).
        n_steps: as of `annealed_importance`.
        clamp: (n_chains, n_nodes) or (n_nodes,), under which the spins were drawn; 0 = free.
        base: as of `annealed_importance`.
        threads: as of `annealed_importance`.

    Raises:
        InputError: a bad argument, or spins that disagree with the clamp.
    """
    schedule, start = _schedule(n_steps), _base(base, model)
    require_spins(spins, model, clamp)
    estimates = []
    for pattern, chains in patterns(clamp, model, len(spins)):
        path, constant, free = _path(model, pattern, start, backwards=True)
        weights = _log_weights(path, len(chains), schedule, rng, threads, spins[chains][:, free])
        estimates.append((pattern, constant, weights, -1))
    return _combined(estimates, "upper", rng)


def log_likelihood(model: Ising, spins: Spins, log_partition: LogPartition) -> tuple[float, float]:
    """Mean of ln p(s) over configurations and its standard error [nat].

    With pinned spins in `log_partition` it is ln p(s_free | c), with the Z(c) of the pattern that a configuration
    agrees with. The error has the spread of the configurations and the error of ln Z.

    Raises:
        InputError: spins of another shape, or a configuration that does not agree with exactly one of the patterns.
    """
    require_spins(spins, model, None)
    pinned = log_partition.clamp
    agrees = np.stack([(spins[:, p != 0] == p[p != 0]).all(axis=1) for p in pinned], axis=1)
    bad = np.flatnonzero(agrees.sum(axis=1) != 1)
    if bad.size:
        n_matching = agrees[bad[0]].sum()
        raise InputError(f"spins: expected row {bad[0]} to agree with one of the pinned patterns, found {n_matching}")
    which = agrees.argmax(axis=1)
    values = -model.energy(spins) - log_partition.value[which]
    shares = np.bincount(which, minlength=len(pinned)) / len(spins)
    spread = values.var(ddof=1) / len(values) if len(values) > 1 else 0.0
    return float(values.mean()), float(np.sqrt(spread + np.sum((shares * log_partition.error) ** 2)))


def reverse_log_likelihood(
    model: Ising,
    spins: Spins,
    *,
    n_chains: int = 20,
    n_steps: int | Sequence[float] = 1000,
    base: ArrayLike | None = None,
    threads: int | None = None,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Conservative mean of ln p(s) over configurations and its standard error, without ln Z (RAISE, 1412.8566).

    Chains start from each configuration and anneal to independent spins. On average the value is below the mean of
    ln p of what annealing as many steps forward would draw; it asks for no draws from the model, so it cannot be too
    good where chains mix slowly.

    Args:
        model: what gives the probability.
        spins: configurations, shape (n, n_nodes).
        n_chains: chains per configuration.
        n_steps: as of `annealed_importance`.
        base: as of `annealed_importance`.
        threads: as of `annealed_importance`.

    Raises:
        InputError: a bad argument.
    """
    schedule, start = _schedule(n_steps), _base(base, model)
    require_spins(spins, model, None)
    if n_chains < 1:
        raise InputError(f"n_chains: expected at least 1 chain, found {n_chains}")
    path, constant, _ = _path(model, clamp_rows(None, model, 1)[0], start, backwards=True)
    starts = np.repeat(spins, n_chains, axis=0)
    log_w = _log_weights(path, len(starts), schedule, rng, threads, starts).reshape(len(spins), n_chains)
    values = -model.energy(spins) - constant + logsumexp(-log_w, axis=1) - np.log(n_chains)
    spread = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return float(values.mean()), float(spread)


def _path(
    model: Ising, pattern: Spins, start: Floats | None, *, backwards: bool = False
) -> tuple[AnnealingPath | None, float, NDArray[np.intp]]:
    """The path of the free spins, None where there are none, ln Z_0 - H(c), and which spins are free."""
    part, free = folded(model, pattern)
    constant = -float(model.energy(pattern[None])[0])
    if not len(free):
        return None, constant, free
    path = AnnealingPath(part, part.biases if start is None else start[free], backwards=backwards)
    return path, path.log_z0 + constant, free


def _log_weights(
    path: AnnealingPath | None,
    n: int,
    schedule: Floats,
    rng: np.random.Generator,
    threads: int | None,
    spins: Spins | None = None,
) -> Floats:
    """ln w of n chains from independent spins, or of chains back to them that start at `spins`, of the free nodes.

    Threads take portions of chains one after the other; the values do not depend on how many.
    """
    if path is None:
        return np.zeros(n)
    if threads is not None and threads < 1:
        raise InputError(f"threads: expected at least 1, found {threads}")
    steps = list(pairwise(schedule))
    portions = np.array_split(np.arange(n), -(-n // CHAINS_AT_ONCE))
    started = [path.chains(len(part), rng, None if spins is None else spins[part]) for part in portions]

    def anneal(chains: Chains) -> Floats:
        log_w = np.zeros(chains.n)
        for b, to in steps if spins is None else reversed(steps):
            if spins is not None or b > 0:  # independent spins are drawn already
                path.sweep(chains, b if spins is None else to)
            log_w += path.gain(chains, b, to)
        return log_w

    with ThreadPoolExecutor(min(threads or cores(), len(portions))) as pool:
        return np.concatenate(list(pool.map(anneal, started)))


def _combined(
    estimates: Sequence[tuple[Spins, float, Floats, int]], bound: str, rng: np.random.Generator
) -> LogPartition:
    """ln Z of every condition from (pattern, ln Z_0, ln w, +1 forward or -1 reverse)."""
    value, error, ess = [], [], []
    for k, (_, constant, log_w, sign) in enumerate(estimates):
        if len(log_w) < 2:
            raise InputError(f"clamp: expected at least 2 chains per condition, found {len(log_w)} of condition {k}")
        top = (sign * log_w).max()
        w = np.exp(sign * log_w - top)
        draws = rng.multinomial(len(w), np.full(len(w), 1 / len(w)), size=N_BOOTSTRAP) @ w
        value.append(constant + sign * (top + np.log(w.mean())))
        error.append(np.log(draws).std(ddof=1))
        ess.append(w.sum() ** 2 / np.sum(w**2))
    return LogPartition(
        np.array(value),
        np.array(error),
        np.array(ess),
        np.array([len(log_w) for _, _, log_w, _ in estimates], dtype=np.intp),
        np.stack([pattern for pattern, *_ in estimates]),
        bound,
    )


def _schedule(n_steps: int | Sequence[float]) -> Floats:
    if isinstance(n_steps, int | np.integer):
        if n_steps < 1:
            raise InputError(f"n_steps: expected at least 1 step, found {n_steps}")
        return np.linspace(0, 1, int(n_steps) + 1, dtype=np.float64)
    schedule: Floats = np.asarray(n_steps, dtype=np.float64)
    rises = schedule.ndim == 1 and len(schedule) > 1 and (np.diff(schedule) > 0).all()
    if not rises or schedule[0] != 0 or schedule[-1] != 1:
        raise InputError(f"n_steps: expected a number, or values that rise from 0 to 1, found {n_steps!r:.80}")
    return schedule


def _base(base: ArrayLike | None, model: Ising) -> Floats | None:
    if base is None:
        return None
    fields = np.asarray(base, dtype=np.float64)
    if fields.shape != (model.n_nodes,) or not np.isfinite(fields).all():
        raise InputError(f"base: expected {model.n_nodes} finite fields, found shape {fields.shape}")
    return fields
