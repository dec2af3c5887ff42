"""Scoreboards of others: what is damaged or means harm is one line, and nothing of it is written."""

import itertools
import json

import pytest

from qgen.cli import main
from qgen.evaluation.shapes import problem_of
from qgen.files import InputError, read_json, read_yaml
from qgen.report import read
from qgen.report.schema import SCOREBOARD
from qgen.report.tables import latex

SCRIPT = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("rows", 0, "metrics", "auc", "value"), SCRIPT, "metrics.auc.value: expected a finite number or null, found"),
        (("floor", "auc", "sd"), SCRIPT, "floor.auc.sd: expected a finite number"),
        (("n_train",), [1], "n_train: expected a finite number or null, found [1]"),
        (("rows", 1, "resources", "n_qubits"), True, "rows[1].resources.n_qubits: expected a finite number"),
        (("rows", 1, "time", "batches", "1", "low"), "1e3", "time.batches.1.low: expected a finite number"),
        (("paired", 0, "p"), "x", "paired[0].p: expected a finite number"),
        (("dataset",), "a\n\\input{/etc/passwd}", "dataset: expected one line of text"),
        (("rows", 0, "generator"), "\x1b[31mred", "rows[0].generator: expected one line of text, found ' x1b[31mred'"),
        (("provenance", "versions", "numpy"), "\x07", "provenance.versions.numpy: expected one line of text"),
        (("rows",), {}, "rows: expected a list, found {}"),
        (("rows", 2, "seeds"), None, "rows[2].seeds: expected a list, found None"),
        (("reference", "profiles"), 3, "reference.profiles: expected a mapping, found 3"),
        (("rows", 0, "metrics", "auc"), {}, "rows[0].metrics.auc: expected 'value' in it"),
    ],
)
def test_what_is_no_scoreboard_is_refused(full, tmp_path, capsys, path, value, told):
    inner = full
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    (tmp_path / "scoreboard.json").write_text(json.dumps(full))
    with pytest.raises(InputError) as error:
        read(tmp_path / "scoreboard.json")
    assert told.replace("' x1b", "'\\x1b") in str(error.value)
    assert main(["report", str(tmp_path)]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert line[:-1].isprintable()
    assert [path.name for path in tmp_path.iterdir()] == ["scoreboard.json"]


def test_a_whole_scoreboard_is_one(full, tmp_path):
    (tmp_path / "scoreboard.json").write_text(json.dumps(full))
    assert read(tmp_path / "scoreboard.json") == json.loads(json.dumps(full))
    assert problem_of(full, SCOREBOARD) == ""


def test_what_fits_the_schema_and_not_together_is_one_line(full, tmp_path, capsys):
    full["rows"][0]["distributions"]["mean_image"]["energy"] = []
    (tmp_path / "scoreboard.json").write_text(json.dumps(full))
    assert main(["report", str(tmp_path)]) == 2
    assert "mean_images: expected a figure that can be drawn of this, found " in capsys.readouterr().err


def test_names_are_no_formulas(full, tmp_path):
    """Neither of matplotlib's nor of LaTeX's."""
    full["rows"][0]["generator"] = r"$\frac$ & \input{x}"
    (tmp_path / "scoreboard.json").write_text(json.dumps(full))
    assert main(["report", str(tmp_path), "--figures", "scores", "score_table"]) == 0
    assert r"\$\textbackslash{}frac\$ \& \textbackslash{}input\{x\}" in latex(full)


@pytest.mark.parametrize("reader", [read_json, read_yaml])
def test_files_that_take_all_memory_or_time_are_refused(tmp_path, reader):
    path = tmp_path / "bomb"
    for content, told in (
        ("[" * 100 + "]" * 100, "more than 20 deep"),
        ("[" * 10**5 + "]" * 10**5, "nested too deeply"),
        ("{", "expected it, found: "),
        ("\x00", "expected it, found: "),
    ):
        path.write_text(content)
        with pytest.raises(InputError, match=f"bomb: expected it, found.*{told}" if "expected" not in told else told):
            reader(path, "it")
    with pytest.raises(InputError, match="No such file"):
        reader(tmp_path / "nowhere", "it")


def test_an_alias_bomb_is_refused(tmp_path):
    names = "abcdefghi"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{two}: &{two} [{', '.join([f'*{one}'] * 9)}]" for one, two in itertools.pairwise(names)]
    (tmp_path / "bomb").write_text("\n".join(lines))
    with pytest.raises(InputError, match=r"more than 1e\+07 items"):
        read_yaml(tmp_path / "bomb", "it")
    (tmp_path / "nan").write_text('{"x": NaN}')
    with pytest.raises(InputError, match="NaN, which is no number"):
        read_json(tmp_path / "nan", "it")
