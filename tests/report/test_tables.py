"""Tables say what the scoreboard says."""

import math

import pytest

from qgen.evaluation import LABELS
from qgen.report.tables import cells, latex, markdown, number, ordered


def row(name: str, value: float) -> dict:
    score = {
        "value": value,
        "error": 0.012,
        "floor": 0.5,
        "floor_sd": 0.01,
        "z": (value - 0.5) / 0.01,
        "per_seed": [value],
    }
    return {
        "generator": name,
        "family": "gate",
        "event_level": True,
        "seeds": [0],
        "metrics": dict.fromkeys(LABELS, score),
        "resources": {"n_parameters": 120, "two_qubit_gates": 30},
        "time": {"fit_s": 12.34, "fit_interrupted": False, "sample_ms_per_shower": 0.5},
    }


@pytest.fixture
def scoreboard() -> dict:
    return {
        "dataset": "clic/e-",
        "representation": "image8x8",
        "n_reference": 1650,
        "n_train": 3850,
        "floor": {name: {"value": 0.5, "sd": 0.01} for name in LABELS},
        "rows": [row("worse", 0.9), row("better_one", 0.6)],
    }


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.49876, 0.0123, "0.499 ± 0.012"),
        (12.3456, 1.7, "12.3 ± 1.7"),
        (1234.5, 57.0, "1234 ± 57"),
        (1.234e-7, 5.6e-9, "1.23e-07 ± 5.6e-09"),
        (1.0, 0.0, "1.00"),
        (1.0, 3.1e-5, "1.00000 ± 0.00003"),
        (math.nan, 1.0, "n/a"),
    ],
)
def test_numbers_are_rounded_to_their_error(value, error, text):
    assert number(value, error) == text


def test_the_floor_is_first_and_the_best_next(scoreboard):
    assert [r["generator"] for r in ordered(scoreboard)] == ["better_one", "worse"]
    header, rows = cells(scoreboard, ["auc"])
    assert header == ["generator", "family", "classifier AUC"]
    assert rows[0] == ["GEANT4 (truth floor)", "reference", "0.500 ± 0.010"]
    assert rows[1] == ["better_one", "gate", "0.600 ± 0.012 (+10.0)"]


def test_markdown_and_latex(scoreboard):
    text = markdown(scoreboard)
    assert "| better_one | gate | 0.600 ± 0.012 (+10.0) |" in text
    assert "nothing about the time of a quantum device" in text
    assert "| better_one | 120 | - | 30 | 12.3 | 0.500 |" in text
    tex = latex(scoreboard)
    assert r"better\_one & gate & 0.600 $\pm$ 0.012 (+10.0)" in tex
    assert tex.count(r"\\") == 4
