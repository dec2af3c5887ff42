"""From the files of finished tasks to a scoreboard: plain data that tables, figures and the page are made from."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from qgen.distributions import summarise
from qgen.evaluation import Evaluation, Floor
from qgen.generator import read_config
from qgen.showers import Showers

LIBRARIES = ("qgen", "numpy", "scipy", "torch", "scikit-learn", "pennylane", "qiskit", "qiskit-aer", "dwave-ocean-sdk")


def assemble(folders: Mapping[str, Sequence[Path]], test: Showers, n_train: int, floor: Floor) -> dict[str, Any]:
    """The scoreboard of finished run directories, plain data (see `qgen.report`).

    Args:
        folders: by generator, the run directory of every training seed.
        test: the GEANT4 showers that all were scored against.
        n_train: number of training showers.
        floor: the truth floor that all were scored with.
    """
    rows: list[dict[str, Any]] = []
    for name, runs in folders.items():
        for row in _rows(name, runs, floor):
            same_code = row["generator"] != name and row["metrics"] in [other["metrics"] for other in rows]
            if not same_code:
                rows.append(row)
    task = read_config(next(iter(folders.values()))[0])["task"]
    return {
        "dataset": task["dataset"],
        "representation": task["representation"],
        "n_reference": len(test),
        "n_train": n_train,
        "reference": summarise(test, floor.ruler),
        "floor": {name: asdict(entry) for name, entry in floor.scores.items()},
        "rows": rows,
        "paired": [],
        "provenance": {"budget": task["budget"], **environment(None)},
    }


def _rows(name: str, folders: Sequence[Path], floor: Floor) -> list[dict[str, Any]]:
    """A generator's row, and that of its quantisation floor where it has one."""
    contents = [json.loads((folder / "evaluation.json").read_text()) for folder in folders]
    tasks = [read_config(folder)["task"] for folder in folders]
    traits = contents[0]["traits"]
    shared = {
        "seeds": [task["seed"] for task in tasks],
        "resources": contents[0]["resources"],
        "time": {
            "fit_s": float(np.mean([task["fit_s"] for task in tasks])),
            "fit_interrupted": any(task["resumed"] for task in tasks),
            "sample_ms_per_shower": float(np.mean([content["sample_ms_per_shower"] for content in contents])),
        },
    }
    declared = {"generator": name, "family": traits["family"], "event_level": traits["event_level"]}
    rows = [{**declared, **_scored(contents, floor), **shared}]
    if contents[0]["quantisation"] is not None:
        encoded = _scored([content["quantisation"] for content in contents], floor)
        named = {"generator": f"{name} (quantisation floor)", "family": "reference", "event_level": True}
        rows.append({**named, **encoded, **shared})
    return rows


def environment(seed: int | None) -> dict[str, Any]:
    """Versions, machine and commit that a run was made with."""
    here = Path(__file__).parent
    git = subprocess.run(["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=False)
    return {
        "seed": seed,
        "versions": {name: version(name) for name in LIBRARIES},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "device": "cpu",
        "hardware": "simulated",
        "commit": git.stdout.strip() or None,
    }


def _scored(contents: Sequence[Mapping[str, Any]], floor: Floor) -> dict[str, Any]:
    """Metrics over training seeds: mean, and the seeds' spread added to the error from the events."""
    evaluations = [Evaluation.from_dict(content["evaluation"]) for content in contents]
    metrics = {}
    for name, entry in floor.scores.items():
        values = np.array([e.scores[name].value for e in evaluations])
        events = float(np.mean([e.scores[name].error for e in evaluations]))
        seeds = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
        metrics[name] = {
            "value": float(values.mean()),
            "error": float(np.hypot(events, seeds)),
            "floor": entry.value,
            "floor_sd": entry.sd,
            "z": float((values.mean() - entry.value) / entry.sd),
            "per_seed": values.tolist(),
        }
    return {"metrics": metrics, "distributions": contents[0]["distributions"]}
