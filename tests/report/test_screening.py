"""Table and figure of a screening say what it found."""

import json

import numpy as np
import pytest

from qgen.report.figures import screening
from qgen.report.screening import caption, markdown, sheet, spread, write


def row(circuit: str, n_qubits: int, depth: int, rank: int, value: float, gates: list) -> dict:
    return {
        "circuit": circuit,
        "n_qubits": n_qubits,
        "depth": depth,
        "rank": rank,
        "front": rank == 1,
        "expressibility": {"value": value, "error": 0.01, "floor": 0.01, "floor_sd": 0.002},
        "entangling": {"value": 0.5, "error": 0.01},
        "gradient_variance": {"value": 0.1 / n_qubits, "error": 0.001},
        "logical": {"n_weights": 12, "two_qubit_gates": 5},
        "transpiled": {"two_qubit_gates": gates, "two_qubit_depth": [4.0, 4, 4]},
    }


@pytest.fixture
def found() -> dict:
    settings = {"device": "heavy_hex", "loss": "z0", "dataset": "clic/e-", "start": "small", "bins": "haar"}
    settings |= {"n_pairs": 300, "n_starts": 50, "rank_by": "expressibility", "seed": 0}
    rows = [
        row("mine.py:ring", 4, 2, 1, 0.3, [16.0, 13, 18]),
        row("circuits/line", 4, 1, 1, 0.31, [5.0, 5, 5]),
        row("circuits/line", 4, 2, 3, 0.4, [10.0, 10, 10]),
    ]
    left_out = [{"circuit": "tree", "n_qubits": 4, "depth": 2, "reason": "tree: expected depth 1"}]
    haar = {"4": {"floor": 0.01, "floor_sd": 0.002, "entangling": 14 / 17}}
    return {"settings": settings, "haar": haar, "rows": rows, "left_out": left_out}


def test_rows_of_the_table(found):
    lines = [[cell.text for cell in line] for line in sheet(found).rows]
    assert lines[0][:7] == ["Haar-random (floor)", "4", "-", "-", "-", "0.0100 ± 0.0020", "0.824"]
    assert lines[1] == [
        *("mine.py:ring", "4", "2", "1=", "yes", "0.300 ± 0.010", "0.500 ± 0.010", "0.0250 ± 0.0010"),
        *("12", "5", "16 (13-18)", "4"),
    ]
    assert [line[3] for line in lines[1:]] == ["1=", "1=", "3"]
    assert all(len(line) == len(sheet(found).header) for line in lines)
    assert sheet(found).notes == {"†": "left out: tree, 4 qubits, depth 2: tree: expected depth 1"}


def test_the_caption_names_the_settings(found):
    text = caption(found)
    for words in ("300 pairs", "equal Haar probability", "loss z0,", "50 starts, angles small", "On heavy_hex"):
        assert words in text
    found["settings"]["loss"] = "mmd"
    assert "loss mmd of clic/e-" in caption(found)


def test_a_range_is_shown_where_there_is_one():
    assert spread([5.0, 5, 5]) == "5"
    assert spread([5.5, 5, 6]) == "5.5 (5-6)"


def points(ax) -> dict[str, list]:
    return {bar.get_label(): np.transpose(bar.lines[0].get_data()).tolist() for bar in ax.containers}


def test_the_figure_shows_the_rows(found):
    quality, entangled, slopes = screening.draw(found).axes
    assert points(quality) == {"ring": [[16, 0.3]], "line": [[5, 0.31], [10, 0.4]]}
    assert points(entangled)["line"] == [[5, 0.5], [10, 0.5]]
    assert points(slopes) == {"ring": [[2, 0.025]], "line": [[1, 0.025], [2, 0.025]]}
    assert entangled.lines[0].get_ydata()[0] == 14 / 17
    assert slopes.get_xlabel() == "depth"


def test_with_several_sizes_gradients_are_shown_against_qubits(found):
    found["rows"].append(row("circuits/line", 2, 2, 1, 0.2, [2.0, 2, 2]))
    found["haar"] = {"2": found["haar"]["4"], **found["haar"]}
    quality, _, slopes = screening.draw(found).axes
    assert points(slopes) == {"ring": [[4, 0.025]], "line": [[2, 0.05], [4, 0.025]]}
    assert points(quality)["line"] == [[5, 0.31], [10, 0.4]]
    assert slopes.get_xlabel() == "qubits"


def test_files(found, tmp_path):
    names = {path.name for path in write(found, tmp_path)}
    assert names == {"screening.json", "screening.md", "screening.pdf", "screening.png"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert json.loads((tmp_path / "screening.json").read_text()) == found
    assert (tmp_path / "screening.md").read_text() == markdown(found)
    assert "| mine.py:ring | 4 | 2 | 1= | yes | 0.300 ± 0.010 |" in markdown(found)
