"""A metric from a file outside the package, all the way through compare, evaluate and report."""

import json
import re
import shutil

import numpy as np
import pytest

import qgen
from qgen.cli import main
from qgen.comparison.runs import samples_of, split_of
from qgen.files import write
from qgen.observables import features

pytestmark = [
    pytest.mark.filterwarnings("ignore:incident_energy"),
    pytest.mark.filterwarnings("ignore::qgen.evaluation.SampleSizeWarning"),
]

MINE = """
import numpy as np

from qgen.metrics import scored


@scored(label="overlap of ranges", unit="%", better="higher", least=400, why="ranges need tails")
def overlap(reference, generated):
    low, high = generated.min(axis=0), generated.max(axis=0)
    return 100 * float(((reference >= low) & (reference <= high)).mean())


def plain_shift(reference, generated):
    return float(np.abs(generated.mean(axis=0) - reference.mean(axis=0)).max())
"""
GENERATORS = ["qgan:perceptron,epochs=0", "classical/bootstrap"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A comparison of 300 showers by FPD and both metrics of a file that is gone by now."""
    home = tmp_path_factory.mktemp("metrics")
    qgen.save(qgen.represent(qgen.load("clic/e-", stop=300), "image8x8"), home / "small.hdf5")
    (home / "mine.py").write_text(MINE)
    assert compare(home, "first", f"{home / 'mine.py'}:overlap", "fpd", f"{home / 'mine.py'}:plain_shift") == 0
    return home


def compare(home, out, *metrics):
    chosen = ["--metrics", *metrics] if metrics else []
    given = [
        "--dataset",
        str(home / "small.hdf5"),
        "--generators",
        *GENERATORS,
        "--seeds",
        "3",
        "--controls",
        "false",
        "--out",
        str(home / out),
    ]
    return main(["compare", *given, *chosen])


def without_figures(scoreboard, out, *_):
    write(out / "scoreboard.json", json.dumps(scoreboard))


def board(home, out):
    return json.loads((home / out / "scoreboard.json").read_text())


def test_it_has_value_error_floor_and_rank(home):
    first = board(home, "first")
    assert list(first["floor"]) == list(first["metrics"]) == ["overlap", "fpd", "plain_shift"]
    described = {"label": "overlap of ranges", "unit": "%", "better": "higher", "primary": True}
    assert first["metrics"]["overlap"] == {**described, "least": 400, "why": "ranges need tails"}
    undeclared = {"label": "plain_shift", "unit": "", "better": "lower", "primary": True, "least": 0, "why": ""}
    assert first["metrics"]["plain_shift"] == undeclared
    untrained, bootstrap = (row["metrics"] for row in first["rows"])
    for scores in (untrained, bootstrap):
        for name in ("overlap", "plain_shift"):
            assert scores[name]["error"] > 0
            assert scores[name]["floor"] == first["floor"][name]["value"]
            assert scores[name]["floor_sd"] > 0
    assert bootstrap["overlap"]["value"] > untrained["overlap"]["value"]
    assert (bootstrap["overlap"]["rank"], untrained["overlap"]["rank"]) == (1, 2)
    assert bootstrap["plain_shift"]["rank"] <= untrained["plain_shift"]["rank"]
    assert {pair["metric"] for pair in first["paired"]} == {"overlap", "fpd", "plain_shift"}
    assert first["notes"]["overlap"] == "90 showers are few for it: from 400 on (ranges need tails)"


def test_its_value_is_that_of_the_function(home):
    """On the features of the saved showers and of the test showers."""
    first = board(home, "first")
    run = home / "first" / "classical-bootstrap" / "seed0"
    _, test = split_of(run)
    x, y = (features(showers, "image")[0] for showers in (test, samples_of(run)))
    expected = np.abs(y.mean(axis=0) - x.mean(axis=0)).max()
    assert first["rows"][1]["metrics"]["plain_shift"]["per_seed"][0] == pytest.approx(expected, rel=1e-9)


def test_it_is_in_every_table_and_on_the_page(home):
    out = home / "first"
    markdown, tex, page = ((out / name).read_text() for name in ("scoreboard.md", "scoreboard.tex", "report.html"))
    header = next(line for line in markdown.splitlines() if line.startswith("| generator"))
    assert header.startswith("| generator | family | overlap of ranges [%]† | rank | FPD")
    assert "overlap of ranges [\\%]" in tex
    assert "plain\\_shift" in tex
    assert "overlap of ranges [%]" in page
    assert re.search(r"<td data-value=\"[\d.]+\">[^<]*±", page)
    best = next(line for line in markdown.splitlines() if line.startswith("| classical"))
    assert best.startswith("| classical/bootstrap"), "rows are ordered by the first metric that is named"


def test_the_report_is_made_again_without_its_file(home, tmp_path):
    (home / "mine.py").rename(home / "away.py")
    try:
        assert main(["report", str(home / "first"), "--figures", "scores", "--out", str(tmp_path / "again")]) == 0
        runs = [str(path.parent) for path in sorted((home / "first").glob("*/*/evaluation.json"))]
        assert main(["report", *runs, "--figures", "scores", "--out", str(tmp_path / "joined")]) == 0
    finally:
        (home / "away.py").rename(home / "mine.py")
    again = (tmp_path / "again" / "scoreboard.md").read_text()
    assert again == (home / "first" / "scoreboard.md").read_text()
    assert "overlap of ranges [%]" in (tmp_path / "joined" / "scoreboard.tex").read_text()


def test_finished_tasks_are_scored_further_and_not_fitted_again(home, monkeypatch):
    """The same numbers as of a comparison with all metrics at once; metrics that are not asked for wait in the runs."""
    monkeypatch.setattr("qgen.comparison.compare.write_report", without_figures)
    out = home / "second"
    shutil.copytree(home / "first", out)
    fitted = [path.read_bytes() for path in sorted(out.glob("*/*/config.yaml"))]
    before = board(home, "second")
    assert compare(home, "second", "recall", "fpd") == 0
    assert compare(home, "fresh", "recall", "fpd") == 0
    further, fresh = board(home, "second"), board(home, "fresh")
    assert list(further["floor"]) == ["recall", "fpd"]
    for key in ("metrics", "floor", "paired"):
        assert further[key] == fresh[key]
    for found, expected in zip(further["rows"], fresh["rows"], strict=True):
        assert found["metrics"] == expected["metrics"]
    assert [path.read_bytes() for path in sorted(out.glob("*/*/config.yaml"))] == fitted
    saved = json.loads((out / "classical-bootstrap" / "seed0" / "evaluation.json").read_text())
    assert set(saved["evaluation"]["scores"]) == {"overlap", "fpd", "plain_shift", "recall"}
    assert compare(home, "second", f"{home / 'mine.py'}:overlap", "fpd", f"{home / 'mine.py'}:plain_shift") == 0
    assert board(home, "second")["rows"][0]["metrics"] == before["rows"][0]["metrics"]


def test_evaluate_scores_it_as_well(home, capsys):
    data, out = str(home / "small.hdf5"), home / "evaluation.json"
    mine = f"{home / 'mine.py'}:overlap"
    assert main(["evaluate", data, data, "--metrics", mine, "recall", "--out", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["metric", "value", "error", "floor", "floor", "sd", "z", "p"]
    assert [line[:26].strip() for line in lines[1:3]] == ["overlap of ranges [%]", "recall"]
    content = json.loads(out.read_text())
    assert list(content["scores"]) == ["overlap", "recall"]
    assert content["scores"]["overlap"]["value"] == 100
    assert content["metrics"]["overlap"]["unit"] == "%"


@pytest.mark.parametrize(
    ("metric", "told"),
    [("fdp", "metrics: no 'fdp' (did you mean 'fpd'?)"), ("nosuch.py:mine", "nosuch.py: no such file")],
)
def test_a_wrong_name_is_told_before_anything_is_done(home, capsys, metric, told):
    assert compare(home, "wrong", metric) == 2
    assert told in capsys.readouterr().err
    assert not (home / "wrong").exists()
    data = str(home / "small.hdf5")
    assert main(["evaluate", data, data, "--metrics", metric]) == 2
    assert told in capsys.readouterr().err
