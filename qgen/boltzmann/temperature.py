"""At which effective inverse temperature did a device draw its spins?

A device that is programmed with an energy E draws exp(-beta E), with a beta of its own. Two estimators:

Pseudo-likelihood (Besag 1975; Chatterjee, Ann. Statist. 35 (2007) 1931; for annealers Raymond et al., 1606.00919), of
all reads and free spins together:

    beta maximises sum ln p(s_i | rest),    p(s_i | rest) = 1 / (1 + exp(beta e_i)),    e_i = E(s) - E(s with i turned),

with e_i the energy that is released when spin i is turned. One call is enough. It sees local excitations only, and
this is what it can not see: whether the valleys of the energy are populated as they should be (reads that are frozen
in the wrong valley look as warm as those in the right one); a transverse field, most of which looks like a higher
temperature, so that a good fit never proves that the reads are classical; which part of the model is at another
temperature, or was programmed with an error, because it averages over all. Spins that never turn say little.

The published map (2410.22870): program E = H / beta_t, and compare the mean energies of its reads with those of a
classical sampler at temperature 1, without offsets and without what pinned spins have among themselves:

    beta_(t+1) = beta_t (<H>_device / <H>_classical)^delta .

It stands still where the energies agree; with delta = 1 it converges as (1 - c)^t with c = Var H / |<H>|, and it
oscillates where delta c > 1. It takes a call per step, and trusts the classical sampler.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

from qgen.files import InputError
from qgen.ising import Ising, Sampler, Samples, Spins
from qgen.ising.checks import clamp_rows, require_spins
from qgen.ising.conditions import folded_fields, patterns

Draw = Callable[[float, np.random.Generator], Spins]
"""Reads (n, n_nodes) of a device that is programmed with H / beta, from beta and a source of randomness."""
Method = Literal["pseudo_likelihood", "map"]
Floats = NDArray[np.float64]
S = TypeVar("S")


@dataclass(frozen=True)
class Temperature:
    """An effective inverse temperature.

    Attributes:
        beta: the reads follow exp(-beta E), E what was programmed.
        error: standard error, as if reads were independent of each other; of the map it holds near its end.
        method: "pseudo_likelihood" or "map".
        reads: number of reads, of all steps together.
        history: of the map: beta and its error at every step from the start on, shape (n_steps + 1, 2); else empty.
        conditions: the same for the reads of each pattern of pinned spins, where there are several; of the map, by its
            last step. Infinite, and so its error, where no spin is ever excited; a single read has no error (nan).
        clamp: the pattern of pinned spins, 0 = free, shape (n_nodes,); None for several together.
        clipped: fraction of fields and couplings that the device clipped: so far E is not what was programmed.
    """

    beta: float
    error: float
    method: Method
    reads: int
    history: Floats
    conditions: tuple["Temperature", ...] = ()
    clamp: Spins | None = None
    clipped: float = 0.0


def pseudo_likelihood(model: Ising, spins: Spins, *, clamp: Spins | None = None) -> Temperature:
    """The inverse temperature of reads, relative to that of a model, by maximum pseudo-likelihood.

    The error is the one of an estimating equation (the sandwich of curvature and spread of the reads' scores): the
    curvature alone takes the spins of a read for independent, and is a fifth too small at typical couplings.

    Args:
        model: E, what the device was programmed with.
        spins: reads, shape (n, n_nodes), n >= 2.
        clamp: (n, n_nodes) or (n_nodes,), spins that were pinned and are left out; 0 = free.

    Raises:
        InputError: a bad argument, or no read has an excited spin.
    """
    require_spins(spins, model, clamp)
    if len(spins) < 2:
        raise InputError(f"spins: expected at least 2 reads, found {len(spins)}")
    released = _released(model, spins)
    groups = patterns(clamp, model, len(spins))
    for pattern, rows in groups:
        released[np.ix_(rows, np.flatnonzero(pattern))] = 0
    none = np.empty((0, 2))

    def fitted(rows: NDArray[np.intp]) -> tuple[float, float, Method, int, Floats]:
        return (*_fit(released[rows]), "pseudo_likelihood", len(rows), none)

    pooled = fitted(np.arange(len(spins)))
    if not np.isfinite(pooled[0]):
        raise InputError("spins: expected reads with free spins, some of them excited, found none: too cold to measure")
    if len(groups) == 1:
        return Temperature(*pooled, clamp=groups[0][0])
    return Temperature(*pooled, conditions=tuple(Temperature(*fitted(rows), clamp=c) for c, rows in groups))


def temperature_map(
    draw: Draw,
    model: Ising,
    classical: Sampler,
    *,
    beta_0: float,
    delta: float = 1.0,
    n_steps: int = 6,
    reads: int = 500,
    clamp: Spins | None = None,
    rng: np.random.Generator,
) -> Temperature:
    """The published map from mean energies (2410.22870), all its steps.

    Args:
        draw: reads of the device, as many as `reads`, under `clamp`.
        model: H.
        classical: samples H at temperature 1, with the same pinned spins; `reads` of them, used in all steps.
        beta_0: where to start, > 0.
        delta: exponent, > 0.
        n_steps: number of steps, >= 1.
        reads: per step, >= 2.
        clamp: (reads, n_nodes) or (n_nodes,), what was pinned; 0 = free.

    Raises:
        InputError: a bad argument, or mean energies of different signs, of which no power can be taken.
    """
    if not (np.isfinite(beta_0) and beta_0 > 0 and np.isfinite(delta) and delta > 0):
        raise InputError(f"map: expected beta_0 > 0 and delta > 0, found {beta_0} and {delta}")
    if n_steps < 1 or reads < 2:
        raise InputError(f"map: expected n_steps >= 1 and reads >= 2, found {n_steps} and {reads}")
    groups = patterns(clamp, model, reads)
    target = classical.sample(model, n=reads, clamp=clamp, rng=rng).spins
    h_b = _energy_of_free(model, target, clamp)
    contraction = _relative(h_b, groups) ** 2 * reads * abs(h_b.mean())
    beta, own, common = beta_0, 0.0, 0.0
    history = [(beta_0, 0.0)]
    for _ in range(n_steps):
        last = beta
        spins = draw(beta, rng)
        require_spins(spins, model, clamp)
        h_q = _energy_of_free(model, spins, clamp)
        beta = last * _step(h_q, h_b, delta)
        left = 1 - delta * contraction
        own = np.hypot(left * own, delta * _relative(h_q, groups))
        common = left * common + delta * _relative(h_b, groups)
        history.append((beta, float(beta * np.hypot(own, common))))
    total = n_steps * reads

    def part(pattern: Spins, rows: NDArray[np.intp]) -> Temperature:
        value = last * _step(h_q[rows], h_b[rows], delta)
        error = value * delta * np.hypot(_relative(h_q[rows]), _relative(h_b[rows]))
        return Temperature(value, float(error), "map", len(rows), np.empty((0, 2)), clamp=pattern)

    parts = tuple(part(*each) for each in groups) if len(groups) > 1 else ()
    return Temperature(*history[-1], "map", total, np.array(history), parts, None if parts else groups[0][0])


def device_temperature(device: Any, model: Ising, reads: Samples, *, clamp: Spins | None = None) -> Temperature:
    """The temperature of a device, by pseudo-likelihood, from reads that it gave for a model.

    Args:
        device: has `beta_effective`, by which it programmed.
        model: what it was asked for, at temperature 1.
        reads: what it gave; where it scaled the model, their `info` says so.
        clamp: what was pinned.
    """
    measured = pseudo_likelihood(model, reads.spins, clamp=clamp)
    return _scaled(measured, device.beta_effective / reads.info.get("scale", 1.0))


def calibrate(
    sampler: S,
    model: Ising,
    *,
    method: Method = "pseudo_likelihood",
    reads: int = 500,
    clamp: Spins | None = None,
    classical: Sampler | None = None,
    delta: float = 1.0,
    n_steps: int = 6,
    rng: np.random.Generator,
) -> tuple[S, Temperature]:
    """A sampler with its `beta_effective` measured on a model.

    Args:
        sampler: has the field `beta_effective`: it programs H / beta_effective to draw exp(-H).
        model: H, at temperature 1.
        method: "pseudo_likelihood", one call; or "map", `n_steps` calls from the sampler's `beta_effective` on.
        reads: per call.
        clamp: (reads, n_nodes) or (n_nodes,), pinned spins; 0 = free.
        classical: of the map.
        delta: of the map.
        n_steps: of the map.

    Returns:
        a copy of the sampler with the new `beta_effective`; the temperature of the device.

    Raises:
        InputError: a bad argument, or a temperature that is not positive or could not be measured.
    """
    device: Any = sampler
    start = getattr(device, "beta_effective", None)
    if start is None:
        raise InputError(f"calibrate: expected a sampler with beta_effective, found {type(sampler).__name__}")
    info: Mapping[str, Any] = {}

    def draw(beta: float, rng: np.random.Generator) -> Spins:
        nonlocal info
        drawn: Samples = replace(device, beta_effective=beta).sample(model, n=reads, clamp=clamp, rng=rng)
        info = drawn.info
        if method == "map" and info.get("scale", 1.0) != 1:
            raise InputError(
                f"map: expected a model inside the ranges of the device, found it scaled by {info['scale']}"
            )
        return drawn.spins

    if method == "map":
        if classical is None:
            raise InputError("classical: expected a sampler for the map, found none")
        options: dict[str, Any] = {"delta": delta, "n_steps": n_steps, "reads": reads, "clamp": clamp, "rng": rng}
        measured = temperature_map(draw, model, classical, beta_0=start, **options)
    elif method == "pseudo_likelihood":
        drawn = device.sample(model, n=reads, clamp=clamp, rng=rng)
        measured, info = device_temperature(device, model, drawn, clamp=clamp), drawn.info
    else:
        raise InputError(f'method: expected "pseudo_likelihood" or "map", found {method!r}')
    if not measured.beta > 0:
        raise InputError(f"calibrate: expected reads at a positive temperature, found beta = {measured.beta:.3g}")
    measured = replace(measured, clipped=float(info.get("clipped_fraction", 0.0)))
    return replace(device, beta_effective=measured.beta), measured


def _energy_of_free(model: Ising, spins: Spins, clamp: Spins | None) -> NDArray[np.float64]:
    """H without what the pinned spins have among themselves, shape (n,).

    Args:
        model: gives the energy.
        spins: (n, n_nodes).
        clamp: (n, n_nodes) or (n_nodes,), 0 = free; None for all free.
    """
    return model.energy(spins) - model.energy(clamp_rows(clamp, model, len(spins)))


def _released(model: Ising, spins: Spins) -> Floats:
    """e of every read and spin, shape (n, n_nodes)."""
    s = np.asarray(spins, dtype=np.float64)
    return 2 * s * folded_fields(model, s)


def _fit(released: Floats) -> tuple[float, float]:
    """beta where the pseudo-likelihood of reads is largest, and its error."""
    size = np.abs(released).max(initial=0)
    if not (released > 0).any() or not (released < 0).any():
        return (np.inf if (released <= 0).all() else -np.inf), np.inf
    e = released / size

    def score(beta: float) -> float:
        return float(-np.sum(e * expit(beta * e)))

    edge = 1.0 if score(0) > 0 else -1.0
    while score(edge) * edge > 0:
        edge *= 2
    beta = brentq(score, min(edge, 0), max(edge, 0), xtol=1e-10, rtol=1e-10)
    p = expit(beta * e)
    curvature = np.sum(e**2 * p * (1 - p))
    if len(e) < 2:
        return beta / size, np.nan
    spread = np.sum(e * p, axis=1).std(ddof=1) * np.sqrt(len(e))
    return float(beta / size), float(spread / curvature / size)


def _scaled(temperature: Temperature, factor: float) -> Temperature:
    parts = tuple(_scaled(part, factor) for part in temperature.conditions)
    return replace(temperature, beta=temperature.beta * factor, error=temperature.error * factor, conditions=parts)


def _step(h_q: Floats, h_b: Floats, delta: float) -> float:
    ratio = h_q.mean() / h_b.mean()
    if not (np.isfinite(ratio) and ratio > 0):
        raise InputError(
            f"map: expected mean energies of one sign, found {h_q.mean():.4g} (device) and {h_b.mean():.4g} (classical)"
        )
    return float(ratio**delta)


def _relative(energies: Floats, groups: list[tuple[Spins, NDArray[np.intp]]] | None = None) -> float:
    """Relative standard error of a mean energy; the numbers of reads per condition are fixed."""
    parts = [energies] if groups is None else [energies[rows] for _, rows in groups]
    variance = sum(len(part) * part.var() for part in parts) / len(energies) ** 2
    return float(np.sqrt(variance) / abs(energies.mean()))
