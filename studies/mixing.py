"""How well can the prior of a trained CaloQVAE be sampled, and what does a transverse field do to it?

For the most frequent conditions in the range of its training, one row each. Of a Boltzmann machine:

- the integrated autocorrelation time of block Gibbs sweeps, of the energy and of the slowest bit, and how many bits
  never turned;
- of few free bits, the total variation between draws and all probabilities, beside that of exact draws;
- the overlap of independent draws of parallel tempering: a spread much wider than chance tells of several valleys;
- ln Z from below and from above (annealing there and back), and the mean ln p of the draws, with that ln Z and without
  any (RAISE), which cannot be too good where chains mix slowly.

Of a machine in a transverse field, whose probabilities are all known: the classical temperature that it looks like, and
the total variation that this leaves.

    qgen fit "qvae:graph=zephyr,partitions=[32,32,32,32]" --out runs/prior
    python studies/mixing.py runs/prior

It writes mixing.json and mixing.md beside the model.
"""

from pathlib import Path
from typing import Any

import numpy as np

import qgen
from qgen import CaloQVAE
from qgen.boltzmann.autocorrelation import autocorrelation_time, slowest, sweep_series
from qgen.boltzmann.classical_temperature import best_classical_temperature
from qgen.boltzmann.diagnostics import overlap, total_variation
from qgen.boltzmann.likelihood import (
    annealed_importance,
    log_likelihood,
    reverse_annealed_importance,
    reverse_log_likelihood,
)
from qgen.boltzmann.machine import BoltzmannMachine
from qgen.boltzmann.quantum_training import QuantumMachine
from qgen.cli import run
from qgen.files import InputError, write_table
from qgen.ising import Ising, Spins
from qgen.ising.conditions import folded
from qgen.samplers.block_gibbs import BlockGibbsSampler
from qgen.samplers.parallel_tempering import ParallelTemperingSampler

ENERGIES = 2000
"""Incident energies, even in their logarithm, whose conditions are counted."""
ENUMERATED = 16
"""Free bits of which all probabilities are worked out, at most."""


def mixing(folder: Path, conditions: int = 3, chains: int = 64, sweeps: int = 2000, seed: int = 0) -> None:
    """Measure the prior of a trained CaloQVAE, under its most frequent conditions.

    Args:
        folder: of the trained model.
        conditions: how many.
        chains: of every measurement.
        sweeps: of block Gibbs and of parallel tempering, and steps of annealing.
        seed: of everything random.
    """
    for name, value, least in (("conditions", conditions, 1), ("chains", chains, 2), ("sweeps", sweeps, 10)):
        if value < least:
            raise InputError(f"mixing: expected {name} >= {least}, found {value}")
    model = qgen.load_generator(folder)
    prior = model.model_.prior if isinstance(model, CaloQVAE) else None
    if not isinstance(prior, BoltzmannMachine | QuantumMachine):
        raise InputError(f"{folder}: expected a CaloQVAE with a Boltzmann machine as its prior")
    rng = np.random.default_rng(seed)
    quantum = isinstance(prior, QuantumMachine)
    rows = []
    for pattern, share in frequent(model, prior, rng)[:conditions]:
        ising, _ = folded((prior.machine if quantum else prior).ising(), pattern)
        measured = looks_like(prior, ising, pattern) if quantum else mixes(ising, chains, sweeps, rng)
        rows.append({"condition": bits(pattern), "share": share, **measured})
    table = markdown(rows)
    write_table(folder, "mixing", rows, table)
    print(table)


def frequent(model: Any, prior: Any, rng: np.random.Generator) -> list[tuple[Spins, float]]:
    """Conditions as pinned spins (n_nodes,), 0 where they are free, with their shares, the most frequent first."""
    energy = np.geomspace(*model.energy_range_, ENERGIES)
    held = model.code_.held(energy, model.code_.response.sample(energy, rng), prior.n_condition).numpy()
    patterns, counts = np.unique(held, axis=0, return_counts=True)
    rows = np.zeros((len(patterns), prior.n_condition + sum(prior.levels)), dtype=np.int8)
    rows[:, : prior.n_condition] = 2 * patterns - 1
    return [(rows[k], counts[k] / ENERGIES) for k in np.argsort(-counts, kind="stable")]


def mixes(ising: Ising, chains: int, sweeps: int, rng: np.random.Generator) -> dict[str, Any]:
    """Of the free spins under one condition."""
    energy, spins = sweep_series(ising, np.eye(ising.n_nodes), n_chains=chains, n_sweeps=sweeps, rng=rng)
    turned = np.ptp(spins, axis=(1, 2)) > 0
    tau = autocorrelation_time(energy)
    row: dict[str, Any] = {"tau of energy": [tau.tau, tau.error], "never turned": int((~turned).sum())}
    if turned.any():
        _, slow = slowest(spins[turned])
        row["tau of slowest bit"] = [slow.tau, slow.error]
    if ising.n_nodes <= ENUMERATED:
        spins = BlockGibbsSampler().sample(ising, n=10 * chains, rng=rng).spins
        distance = total_variation(ising, spins, rng=rng)
        row["total variation of draws"], row["of exact draws"] = distance.value, [distance.floor, distance.floor_sd]
    draws = ParallelTemperingSampler(n_sweeps=sweeps).sample(ising, n=2 * chains, rng=rng).spins
    q = overlap(draws[:chains], draws[chains:])
    below = annealed_importance(ising, n_chains=chains, n_steps=sweeps, rng=rng)
    above = reverse_annealed_importance(ising, draws, n_steps=sweeps, rng=rng)
    return row | {
        "overlap, mean and s.d.": [q.mean(), q.std(ddof=1)],
        "ln Z from below": [below.value[0], below.error[0]],
        "ln Z from above": [above.value[0], above.error[0]],
        "mean ln p": list(log_likelihood(ising, draws, below)),
        "mean ln p, RAISE": list(reverse_log_likelihood(ising, draws, n_chains=4, n_steps=sweeps, rng=rng)),
    }


def looks_like(prior: QuantumMachine, ising: Ising, pattern: Spins) -> dict[str, Any]:
    """The classical machine nearest to the exact distribution under one condition."""
    _, p = prior.quantum.clamped_distribution(pattern)
    classical = best_classical_temperature(p, ising)
    return {
        "transverse field": prior.transverse_field,
        "entropy [nats]": float(-p @ np.log(p)),
        "looks like beta": classical.beta,
        "total variation left": classical.total_variation,
    }


def bits(pattern: Spins) -> str:
    """The pinned spins as 0 and 1, those of the energy and of the response in turn."""
    return "".join("01"[int(s > 0)] for s in pattern[pattern != 0]) or "none"


def markdown(rows: list[dict[str, Any]]) -> str:
    """One line for each condition."""

    def cell(value: Any) -> str:
        if isinstance(value, list | tuple):
            return "{:.3g} ± {:.2g}".format(*value)
        return f"{value:.3g}" if isinstance(value, float) else str(value)

    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    lines += [f"| {' | '.join(cell(row.get(name, '-')) for name in columns)} |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(run(mixing))
