"""How many shots does a Born machine need?

A device gives no probabilities, only shots. Takes the Born machines of a finished folder of `qgen compare`, draws N
shots at the middle of each of 24 bins of incident energy, and asks how far their histogram is from the exact
probabilities there and from the test showers, and how showers score that are drawn from it. (Who generates showers on a
device needs one shot for each, and no histogram; this is for who estimates the distribution, to train or to test it.)

    python studies/shots.py runs/qcbm/clic-e- --labels codebook
"""

import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from states import N_BINS

from qgen import metrics
from qgen.cli import run
from qgen.comparison.runs import runs_of_generator, split_of
from qgen.comparison.scoreboard import Truth
from qgen.comparison.task import HARNESS_SEED
from qgen.evaluation import Floor, SampleSizeWarning, evaluate
from qgen.files import write, write_table
from qgen.generators.bits.states import histogram, total_variation
from qgen.generators.qcbm import QCBM
from qgen.generators.saved import WEIGHTS
from qgen.showers import Showers
from qgen.transforms.bits import bits_of, states_of

SHOTS = (100, 1000, 10_000, 100_000, 1_000_000)
CONDITIONS = 24
METRICS = {"auc": "classifier AUC", "fpd": "FPD", "separation": "mean separation"}


def shots(folder: Path, labels: list[str] | None = None) -> None:
    """Write shots.md and shots.json into a folder of qgen compare. Continues if interrupted.

    Args:
        folder: of a finished comparison, with Born machines in it.
        labels: what tables call those to take; by default all.
    """
    taken = runs_of_generator(folder, "qcbm", labels)
    train, test = split_of(folder)
    floor = Truth.load(folder).floor
    rows = []
    for label, runs in taken.items():
        for place in runs:
            rows += [{"generator": label, **one} for one in _scan(QCBM.load(place), place, train, test, floor)]
    table = markdown(rows)
    write_table(folder, "shots", rows, table)
    print(table)


def _scan(model: QCBM, place: Path, train: Showers, test: Showers, floor: Floor) -> list[dict[str, Any]]:
    """One row for every number of shots; None shots: exact probabilities. Kept in the run directory, with what it was
    made from: other settings, or another model, are measured anew."""
    path = place / "shots.json"
    weights = hashlib.sha256((place / WEIGHTS).read_bytes()).hexdigest()
    settings = {"shots": list(SHOTS), "conditions": CONDITIONS, "metrics": list(METRICS), "energy_bins": N_BINS}
    settings |= {"n_reference": len(test), "weights": weights}
    earlier = json.loads(path.read_text()) if path.exists() else None
    if isinstance(earlier, dict) and earlier.get("settings") == settings:
        return list(earlier["rows"])
    edges = np.array(metrics.quantile_edges(test.incident_energy, CONDITIONS))
    place = np.clip(np.searchsorted(edges, test.incident_energy, side="right") - 1, 0, CONDITIONS - 1)
    middles = np.array([np.median(test.incident_energy[place == k]) for k in range(CONDITIONS)])
    exact = model.probabilities(middles)
    exact = exact / exact.sum(axis=1, keepdims=True)
    rows = []
    for n in (*SHOTS, None):
        p = exact if n is None else model.counts(middles, n, seed=0) / n
        showers = _showers(model, p[place], test)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SampleSizeWarning)
            scores = evaluate(test, showers, floor_reference=train, floor=floor, seed=HARNESS_SEED).scores
        distances = [total_variation(*pair) for pair in zip(p, exact, strict=True)]
        row = {"shots": n, "to_exact": float(np.mean(distances)), "to_test": _to_test(model, p[place], test)}
        rows.append(row | {name: [scores[name].value, scores[name].error] for name in METRICS})
    write(path, json.dumps({"settings": settings, "rows": rows}))
    return rows


def _showers(model: QCBM, p: Any, test: Showers) -> Showers:
    """A shower for every test energy, its state drawn from its row of p."""
    rng = np.random.default_rng(1)
    states = (p.cumsum(axis=1) > rng.uniform(size=(len(p), 1))).argmax(axis=1)
    voxels = model.code_.decode(bits_of(states, model.code_.n_bits), test.incident_energy, rng)
    return Showers(voxels.astype(np.float32), test.incident_energy, test.geometry, test.particle)


def _to_test(model: QCBM, p: Any, test: Showers) -> float:
    """Mean over four bins of energy of the total variation to the test histogram."""
    states = states_of(model.code_.encode(test))
    edges = np.array(metrics.quantile_edges(test.incident_energy, N_BINS))
    place = np.clip(np.searchsorted(edges, test.incident_energy, side="right") - 1, 0, N_BINS - 1)
    pairs = ((p[place == k].mean(axis=0), histogram(states[place == k], p.shape[1])) for k in range(N_BINS))
    return float(np.mean([total_variation(ours, truth) for ours, truth in pairs]))


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table: means over training seeds."""
    lines = [
        f"| generator | shots | TV to exact | TV to test | {' | '.join(METRICS.values())} |",
        "|---" * (4 + len(METRICS)) + "|",
    ]
    for label in {row["generator"]: None for row in rows}:
        for n in (*SHOTS, None):
            of_seeds = [row for row in rows if row["generator"] == label and row["shots"] == n]
            cells = [f"{np.mean([row[key] for row in of_seeds]):.4f}" for key in ("to_exact", "to_test")]
            for name in METRICS:
                value, error = np.mean([row[name] for row in of_seeds], axis=0)
                cells.append(f"{value:.4g} ± {error:.2g}")
            lines.append(f"| {label} | {n or 'exact'} | {' | '.join(cells)} |")
    lines += [
        "",
        f"Shots: at the middle of each of {CONDITIONS} bins of incident energy with as many test showers each. ±: of "
        "showers alone, means over training seeds.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(run(shots))
