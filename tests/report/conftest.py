"""Scoreboards: one by hand with every field, one with none of the optional fields, and one that the pipeline made."""

import copy
import json
from collections.abc import Iterator
from dataclasses import asdict

import matplotlib as mpl
import pytest

import qgen
from qgen.comparison.compare import compare, write_report
from qgen.metrics.registry import built_in_descriptions
from qgen.report import plots
from qgen.report.style import style

METRICS = {name: asdict(description) for name, description in built_in_descriptions(23).items()}
PRIMARY = [name for name, description in METRICS.items() if description["primary"]]
EDGES = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
SINGULAR = "the covariance of the generated features is singular"
FEW = "needs 5000 showers, there are 100"


def score(value: float | None, rank: int | None, note: str | None = None) -> dict:
    known = value is not None
    made = {"value": value, "error": 0.012 if known else None, "floor": 0.5, "floor_sd": 0.01, "rank": rank}
    made |= {"z": (value - 0.5) / 0.01 if known else None, "per_seed": [value, value]}
    return made if note is None else {**made, "note": note}


def distributions(counts: list[int], shift: float) -> dict:
    return {
        "mean_image": {"axes": ["y", "depth"], "energy": [[1.0 + shift, 10.0], [3.0, 2.0]]},
        "profiles": {"depth": {"mean": [4.0 + shift, 12.0, 40.0], "error": [0.1, 0.2, 0.3]}},
        "histograms": {"row_width": {"edges": EDGES, "counts": counts}},
        "response": {
            "energy": [10e3, 30e3],
            "response": [0.9 + shift, 0.95],
            "response_error": [0.01, 0.01],
            "resolution": [0.1, 0.05 + shift],
            "resolution_error": [0.005, 0.005],
        },
        "layer_fractions": {
            "energy": [2e3, 10e3, 40e3],
            "parts": ["layer 0", "layer 1"],
            "mean": [[0.5 + shift, 0.4, None], [0.5 - shift, 0.6, None]],
            "error": [[0.01, 0.02, None], [0.01, 0.02, None]],
            "low": [[0.4, 0.3, None], [0.4, 0.5, None]],
            "high": [[0.6, 0.5, None], [0.6, 0.7, None]],
        },
        "events": {
            "panels": [
                {"label": "layer 0", "axes": ["phi", "eta"], "edges": [[-10, 0, 10], [-10, 10]]},
                {"label": "layer 1", "axes": ["phi", "eta"], "edges": [[-10, 10], [-10, 0, 10]]},
            ],
            "showers": [{"energy": (k + 1) * 10e3, "cells": [[[k + shift], [0.0]], [[2.0, 0.5]]]} for k in range(4)],
        },
        "correlation": {"names": ["a", "b"], "matrix": [[1.0, 0.4 + shift], [0.4 + shift, 1.0]]},
    }


def row(name: str, family: str, value: float, rank: int, counts: list[int], shift: float) -> dict:
    bins = {
        "value": [value, None],
        "error": [0.02, None],
        "floor": [0.5, 0.5],
        "floor_sd": [0.02, 0.02],
        "z": [1, None],
    }
    curve = {"mean": [3.0, None, 1.0], "low": [2.5, None, 0.8], "high": [3.5, None, 1.2]}
    return {
        "generator": name,
        "family": family,
        "event_level": True,
        "seeds": [0, 1],
        "metrics": {metric: score(value, rank) for metric in METRICS},
        "in_energy_bins": dict.fromkeys(PRIMARY, bins),
        "distributions": distributions(counts, shift),
        "history": {"epoch": [0, 1, 2], "curves": {"loss": curve}},
        "resources": {"n_parameters": 120, "two_qubit_gates": 30, "n_qubits": 4},
        "time": {
            "fit_s": 12.34,
            "fit_interrupted": False,
            "sample_ms_per_shower": 0.5,
            "batches": {
                "1": {"median": 2.0, "low": 1.9, "high": 2.5},
                "100": {"median": 50.0, "low": 49, "high": 61.0},
            },
        },
    }


def everything() -> dict:
    """Every field of the schema: a tie, a missing value with its reason, a warning, paired differences."""
    rows = [
        row("classical/worst_one", "reference", 0.9, 3, [0, 0, 5, 95, 0], 0.2),
        row("qgan:ansatz=circuits/line", "gate", 0.61, 1, [26, 24, 40, 8, 2], 0.01),
        row("qvae", "annealer", 0.6, 1, [25, 25, 40, 8, 2], 0.0),
    ]
    rows[0]["metrics"]["mmd"] = score(None, None, SINGULAR)
    rows[0]["distributions"]["correlation"]["matrix"] = [[None, None], [None, 1.0]]
    rows[0]["history"] = None
    rows[0]["resources"] = {"n_parameters": 5}
    rows[0]["time"]["fit_interrupted"] = True
    rows[1]["resources"]["two_qubit_gates"] = 0
    rows[2]["resources"] |= {"shots": 1, "qpu_access_us_per_shower": 120.5}
    rows[2]["resources"] |= {"qpu_access_us_alone": 33757.0, "qpu_access_us_shared": 190.0}
    shared = {"error": 0.01, "p": 0.2}
    pairs = [
        {"a": "qvae", "b": "qgan:ansatz=circuits/line", "metric": "auc", "difference": -0.01, "p_holm": 0.4, **shared},
        {"a": "qvae", "b": "classical/worst_one", "metric": "auc", "difference": -0.3, "p_holm": 0.0004, **shared},
    ]
    return {
        "dataset": "clic/e-",
        "representation": "image8x8",
        "n_reference": 100,
        "n_train": 200,
        "floor_how": "50 re-splits of 300 GEANT4 showers into 100 and 100",
        "notes": {"kpd": FEW},
        "metrics": METRICS,
        "reference": {**distributions([24, 26, 40, 9, 1], 0.0), "energy_edges": [1e3, 20e3, 50e3]},
        "floor": {name: {"value": 0.5, "sd": 0.01} for name in METRICS},
        "rows": rows,
        "paired": pairs,
        "provenance": {"budget": "quick", "seed": None, "versions": {"numpy": "2.2.6"}},
    }


@pytest.fixture(autouse=True)
def in_style() -> Iterator[None]:
    """What `plots.plot` draws in."""
    with mpl.rc_context(style("plain")):
        yield


@pytest.fixture
def full() -> dict:
    return everything()


@pytest.fixture(scope="session")
def drawn() -> list[plots.Plot]:
    """All figures of the full scoreboard."""
    return plots.of_scoreboard(everything())


@pytest.fixture
def bare(full) -> dict:
    """What a scoreboard cannot do without."""
    kept = ("dataset", "representation", "n_reference", "n_train", "reference", "floor", "rows")
    made = copy.deepcopy({name: full[name] for name in kept})
    del made["reference"]["energy_edges"]
    for content in (made["reference"], *(r["distributions"] for r in made["rows"])):
        del content["correlation"], content["mean_image"], content["events"], content["layer_fractions"]
    for r in made["rows"]:
        del r["in_energy_bins"], r["history"], r["time"]["batches"]
        r["resources"] = {}
        r["metrics"] = {name: {k: v for k, v in s.items() if k != "rank"} for name, s in r["metrics"].items()}
    return made


@pytest.fixture(scope="session")
def compared(tmp_path_factory):
    """The folder of a real comparison of two classical references on 400 GEANT4 showers."""
    folder = tmp_path_factory.mktemp("compared")
    showers = qgen.represent(qgen.load("clic/e-", stop=400), "image8x8")
    qgen.save(showers, folder / "small.hdf5")
    references = ["classical/bootstrap", "classical/gaussian_copula"]
    board = compare(str(folder / "small.hdf5"), references, folder / "run", controls=False)
    write_report(board, folder / "run", figures=["all"])
    assert json.loads((folder / "run" / "scoreboard.json").read_text())["rows"]
    return folder / "run"
