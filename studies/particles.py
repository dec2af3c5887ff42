"""Does a classifier learn the same from generated showers as from GEANT4, when it tells particles apart?

Trains each generator on native CaloGAN showers of e+, gamma and pi+ (three layers, 504 cells), and tells e+ from pi+
and e+ from gamma by the 20 published CaloGAN variables: trained on GEANT4 and on generated showers, tested on both.
A good generator has all four accuracies equal to that of GEANT4 on GEANT4.

    python studies/particles.py --generators qvae classical/gaussian_copula --seeds 3
"""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qgen.cli import run, with_split
from qgen.comparison.runs import environment
from qgen.comparison.split import USUAL, Split, load_split
from qgen.comparison.task import Task, fit, named, seeds_of
from qgen.files import InputError, write_table
from qgen.metrics import particle_cross_test
from qgen.observables import feature_set, features
from qgen.showers import Showers

DEFAULT = ("qvae", "classical/gaussian_copula", "classical/independent_pixels")
PARTICLES = ("e+", "gamma", "pi+")
PAIRS = (("e+", "pi+"), ("e+", "gamma"))
COLUMNS = ("reference_to_reference", "reference_to_generated", "generated_to_reference", "generated_to_generated")
PUBLISHED: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    "e+ vs pi+": {"QVAE on a QPU": (99.83, 99.85, 94.26, 100.0), "CaloGAN": (99.6, 96.5, 98.2, 99.9)},
    "e+ vs gamma": {"QVAE on a QPU": (66.78, 74.07, 53.73, 99.93), "CaloGAN": (66.1, 70.6, 54.3, 100.0)},
}
"""Test accuracies [%] in the order of `COLUMNS`, from a talk of 2023: other showers, and a neural network."""

Samples = Mapping[str, NDArray[np.float64]]
Parts = Mapping[str, tuple[Showers, Showers]]


@with_split
def particles(
    generators: list[str] | None = None,
    budget: Literal["quick", "standard", "full"] = "standard",
    seeds: int | None = None,
    out: Path = Path("runs/particles"),
    split: Split = USUAL,
) -> None:
    """Train generators on three particles and write the cross-test to particles.md and particles.json.

    Args:
        generators: names with options, e.g. "qvae:epochs=50 as QVAE"; by default the CaloQVAE, the Gaussian copula and
            independent pixels.
        budget: quick is one seed and short training, standard 3 seeds, full 5.
        seeds: number of training seeds, instead of the budget's.
        out: folder for runs and tables; an interrupted study continues there.
    """
    if split.test is not None:
        raise InputError("particles: expected no --test: it would be one file for three particles")
    names = list(generators or DEFAULT)
    training_seeds = seeds_of(budget, seeds, split)
    parts = {part: _showers(part) for part in split.parts.values()}
    reference = {part: {particle: _features(test) for particle, (_, test) in of.items()} for part, of in parts.items()}
    scores = []
    for name, spec in map(named, names):
        per_seed = [
            cross_tests(reference[part], _generated(spec, seed, budget, part, place, of, out), seed)
            for (place, part), of in zip(split.parts.items(), parts.values(), strict=True)
            for seed in training_seeds
        ]
        scores += [{"generator": name, "pair": pair, **_summary([one[pair] for one in per_seed])} for pair in PUBLISHED]
    content = {
        "dataset": "calogan",
        "n_reference": {name: sum(len(of[name]) for of in reference.values()) for name in PARTICLES},
        "split": split.how,
        "scores": scores,
        "published": PUBLISHED,
        "environment": environment(0),
    }
    table = markdown(scores)
    write_table(out, "particles", content, table)
    print(table)
    print(f"Everything lies in {out}: particles.md, particles.json")


def cross_tests(reference: Samples, generated: Samples, seed: int) -> dict[str, dict[str, float]]:
    """Accuracies and errors of every pair of particles."""
    return {
        f"{a} vs {b}": particle_cross_test(reference[a], reference[b], generated[a], generated[b], seed=seed)._asdict()
        for a, b in PAIRS
    }


def markdown(scores: Sequence[Mapping[str, Any]]) -> str:
    """The table, one block per pair, with the published values below."""
    lines = ["# Particle-identification cross-test", "", "Accuracy [%], trained on -> tested on.", ""]
    lines += ["| pair | generator | G4 -> G4 | G4 -> gen | gen -> G4 | gen -> gen |", "|---|---|---|---|---|---|"]
    for pair, published in PUBLISHED.items():
        for row in scores:
            if row["pair"] == pair:
                cells = [f"{100 * row['accuracy'][key]:.1f} ± {100 * row['error'][key]:.1f}" for key in COLUMNS]
                lines.append(f"| {pair} | {row['generator']} | {' | '.join(cells)} |")
        for name, values in published.items():
            lines.append(f"| {pair} | *{name}* (published) | {' | '.join(f'*{value}*' for value in values)} |")
    lines += [
        "",
        "A perfect generator has four equal accuracies; 100 in the last means artefacts that separate the particles.",
        "Errors: 68 %, of the number of tested showers and, with several training seeds, their spread.",
        "*Published values are of another simulation and another classifier*: compare their pattern, not their size.",
    ]
    return "\n".join(lines) + "\n"


def _showers(split: Split) -> Parts:
    """Training and test showers of every particle."""
    return {particle: load_split(f"calogan/{particle}", "native", split) for particle in PARTICLES}


def _generated(
    name: str, seed: int, budget: str, split: Split, place: str, splits: Parts, out: Path
) -> dict[str, NDArray[np.float64]]:
    """Features of showers generated for the energies of the test showers, of every particle."""
    of_particles = {}
    for particle, (train, test) in splits.items():
        task = Task(name, f"calogan/{particle}", "native", seed, budget, split=split)
        model = fit(task, train, out / particle / place / task.slug)
        with warnings.catch_warnings():
            # A random split leaves a few test showers just outside the energies of the training part.
            warnings.filterwarnings("ignore", message="incident_energy")
            of_particles[particle] = _features(model.sample(test.incident_energy, seed=task.stream("sample")))
    return of_particles


def _features(showers: Showers) -> NDArray[np.float64]:
    return features(showers, feature_set(showers.geometry, n_reference=len(showers)))[0]


def _summary(per_test: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Mean accuracies of the training seeds; errors of the tested showers and of the seeds, in quadrature."""
    per_seed = {key: [one[key] for one in per_test] for key in COLUMNS}
    spread = {key: np.std(v, ddof=1) / np.sqrt(len(v)) if len(v) > 1 else 0.0 for key, v in per_seed.items()}
    counting = {key: np.mean([one[f"{key}_error"] for one in per_test]) for key in COLUMNS}
    return {
        "accuracy": {key: float(np.mean(v)) for key, v in per_seed.items()},
        "error": {key: float(np.hypot(spread[key], counting[key])) for key in COLUMNS},
        "per_seed": per_seed,
    }


if __name__ == "__main__":
    raise SystemExit(run(particles))
