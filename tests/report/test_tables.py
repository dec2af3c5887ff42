"""Tables say what the scoreboard says."""

import copy
import io
import json
import re
import shutil
import subprocess

import pytest
from rich.console import Console

from qgen.report import sheets
from qgen.report.figures import scores
from qgen.report.page import page
from qgen.report.rows import ordered, short, with_metrics
from qgen.report.tables import caption, latex, latex_tables, markdown, save, terminal, tex

SINGULAR = "the covariance of the generated features is singular"


def test_rows_run_from_the_best_to_the_worst_and_the_floor_is_on_top(full):
    assert [r["generator"] for r in ordered(full)] == ["qvae", "qgan:ansatz=circuits/line", "classical/worst_one"]
    sheet = sheets.scores(full, ["auc"])
    assert [cell.text for cell in sheet.header] == ["generator", "family", "classifier AUC", "rank"]
    assert [[cell.text for cell in line] for line in sheet.rows] == [
        ["GEANT4 (truth floor)", "reference", "0.500 ± 0.010", "-"],
        ["qvae", "annealer", "0.600 ± 0.012 (+10.0)", "1="],
        ["qgan:ansatz=circuits/line", "gate", "0.610 ± 0.012 (+11.0)", "1="],
        ["classical/worst_one", "reference", "0.900 ± 0.012 (+40.0)", "3"],
    ]
    assert (sheet.n_fixed, sheet.sorted_by) == (1, 2)
    assert [line[2].value for line in sheet.rows] == [0.5, 0.6, 0.61, 0.9]


def test_rows_without_the_first_metric_come_last(full):
    full["rows"][2]["metrics"]["auc"] = {"value": None, "error": None, "z": None, "note": "too few showers"}
    assert ordered(full)[-1]["generator"] == "qvae"


def test_a_missing_value_has_its_reason_in_a_footnote(full):
    sheet = sheets.scores(full, ["mmd", "kpd"])
    assert sheet.notes == {"†": SINGULAR, "‡": "needs 5000 showers, there are 100"}
    assert sheet.rows[-1][2].marked == "n/a†"
    assert sheet.rows[-1][2].value is None
    assert [cell.text for cell in sheet.header if cell.mark] == ["KPD"]


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_no_value_without_a_reason(full, value):
    full["rows"][2]["metrics"]["mmd"] = {"value": value, "error": 0.1, "z": value}
    del full["rows"][1]["metrics"]["mmd"]
    sheet = sheets.scores(full, ["mmd"])
    named = {line[0].text: line[2] for line in sheet.rows}
    assert sheet.notes[named["qvae"].mark] == sheets.NO_REASON
    assert sheet.notes[named["qgan:ansatz=circuits/line"].mark] == "not measured"
    text = markdown(full) + latex(full)
    assert "nan" not in text
    assert "inf" not in text


def test_many_different_footnotes_have_different_marks(full):
    names = list(full["floor"])[:6]
    full["notes"], full["rows"] = {name: f"reason {i}" for i, name in enumerate(names)}, full["rows"][1:]
    notes = sheets.scores(full, names).notes
    assert notes == dict(zip(("†", "‡", "§", "¶", "††", "‡‡"), full["notes"].values(), strict=True))


def test_costs(full):
    sheet = sheets.costs(full)
    assert [cell.text for cell in sheet.header] == [
        "generator",
        "parameters",
        "qubits or nodes",
        "two-qubit gates",
        "shots",
        "QPU access [us/shower]",
        "QPU access if alone [us/shower]",
        "QPU access if 1000 share [us/shower]",
        "fit [s]",
        "sample [ms/shower]",
        "in batches of 1 [ms/shower]",
        "in batches of 100 [ms/shower]",
    ]
    assert [cell.marked for cell in sheet.rows[0]] == [
        *("qvae", "120", "4", "30", "1", "120.5", "33757.0", "190.0", "12.3", "0.500"),
        *("2 (1.9 to 2.5)", "50 (49 to 61)"),
    ]
    assert [cell.marked for cell in sheet.rows[2]][1:9] == ["5", *"------", "12.3†"]
    assert sheet.notes == {"†": sheets.INTERRUPTED}


def test_paired_differences(full):
    sheet = sheets.paired(full, "auc")
    assert [[cell.text for cell in line] for line in sheet.rows] == [
        ["qvae", "qgan:ansatz=circuits/line", "-0.010 ± 0.010", "0.400", "tie"],
        ["qvae", "classical/worst_one", "-0.300 ± 0.010", "< 0.001", "separated"],
    ]
    assert sheets.paired(full, "mmd") is None


def test_markdown(full):
    text = markdown(full)
    assert "| qvae | annealer | 0.600 ± 0.012 (+10.0) | 1= |" in text
    assert "| classical/worst_one | reference | 0.900 ± 0.012 (+40.0) | 3 | n/a† | - |" in text
    assert f"\n† {SINGULAR}\n" in text
    assert "nothing about the time of a quantum device" in text
    assert "| qvae | classical/worst_one | -0.300 ± 0.010 | < 0.001 | separated |" in text
    assert "50 re-splits of 300 GEANT4 showers" in text
    full["rows"][2]["generator"] = "mine.py:a|b"
    assert r"| mine.py:a\|b | annealer |" in markdown(full)


def test_columns_without_content_are_left_out(bare):
    text = markdown(bare)
    assert "| generator | family | classifier AUC | MMD | sliced Wasserstein |" in text
    assert "| generator | parameters | qubits or nodes | two-qubit gates | fit [s] | sample [ms/shower] |" in text
    assert "| qvae | - | - | - | 12.3 | 0.500 |" in text
    assert "Paired" not in text
    assert "share a rank" not in text
    bare["rows"] = []
    assert "GEANT4 (truth floor)" in markdown(bare)


def test_why_there_are_no_ranks(full, bare):
    """Rows of two trainings: one line below every table, and none where all rows are ranked."""
    for scoreboard, there in ((full, False), (bare, True)):
        shown = Console(width=400, file=io.StringIO())
        shown.print(terminal(scoreboard))
        lines = (markdown(scoreboard), latex(scoreboard), page(scoreboard, []), shown.file.getvalue())
        assert [sheets.UNRANKED in text for text in lines] == [there] * 4
        assert (sheets.UNRANKED in scores.caption(scoreboard)[0]) == there


def test_latex(full):
    text = latex(full)
    assert r"qvae & annealer & 0.600 $\pm$ 0.012 (+10.0) & 1= &" in text
    assert r"classical/worst\_one & reference & 0.900 $\pm$ 0.012 (+40.0) & 3 & n/a$^\dagger$ & - &" in text
    assert rf"{{\footnotesize $^\dagger$ {SINGULAR}\par}}" in text
    assert r"$-$0.300 $\pm$ 0.010 & $<$ 0.001 & separated \\" in text
    for columns, body in re.findall(r"begin{tabular}{(\w+)}(.*?)\\end{tabular}", text, re.DOTALL):
        lines = [line for line in body.splitlines() if line.endswith(r"\\")]
        assert {line.count(" & ") for line in lines} == {len(columns) - 1}


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        (r"a_b%c&d#e$f", r"a\_b\%c\&d\#e\$f"),
        (r"\{x}^~", r"\textbackslash{}\{x\}\textasciicircum{}\textasciitilde{}"),
        ("1 ± 2 (< -1000)", r"1 $\pm$ 2 ($<$ $-$1000)"),
        ("1e-07 a-b x-2", "1e-07 a-b x-2"),
        ("n/a‡", r"n/a$^\ddagger$"),
    ],
)
def test_latex_escapes(text, escaped):
    assert tex(text) == escaped


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex: apt-get install texlive-latex-recommended")
def test_latex_compiles(full, tmp_path):
    full["rows"][2]["generator"] = r"odd_{name}%&#$^~\<|>"
    full["paired"] *= 60
    (tmp_path / "scoreboard.tex").write_text(latex(full))
    frame = r"\documentclass{article}\usepackage{booktabs}\begin{document}\input{scoreboard.tex}\end{document}"
    (tmp_path / "paper.tex").write_text(frame)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def test_long_latex_tables_go_on_in_another(full):
    full["paired"] *= 45
    counts = {name: text.count(r"\begin{tabular}") for name, text in latex_tables(full).items()}
    assert counts == {"scores": 1, "further": 1, "cost": 1, "paired_auc": 3}


def test_a_file_for_every_latex_table(full, tmp_path):
    """Tables that are no longer made go, files of the user's stay."""
    mine = tmp_path / "tables" / "mine.tex"
    mine.parent.mkdir()
    mine.write_text("mine")
    save(tmp_path, latex_tables(full))
    assert {path.name for path in mine.parent.iterdir()} == {
        *("scores.tex", "further.tex", "cost.tex", "paired_auc.tex", "mine.tex")
    }
    assert (tmp_path / "scoreboard.tex").read_text() == latex(full)
    assert (mine.parent / "cost.tex").read_text() in latex(full)
    save(tmp_path, latex_tables(with_metrics({**full, "paired": []}, ["auc"])))
    assert {path.name for path in mine.parent.iterdir()} == {"scores.tex", "cost.tex", "mine.tex"}


def test_terminal(full):
    full["rows"][2]["generator"] = "mine.py:model[0]"
    console = Console(width=200, record=True)
    with console.capture() as capture:
        console.print(terminal(full))
    text = capture.get()
    assert "mine.py:model[0]" in text
    assert "0.600 ± 0.012 (+10.0)" in text
    assert f"† {SINGULAR}" in text


def test_the_caption_tells_the_seeds_and_the_floor(full, bare):
    assert caption(full).endswith("100 GEANT4 test showers, 200 for training; 2 training seeds.")
    for entry in bare["rows"]:
        entry["seeds"] = [0]
    assert caption(bare).endswith("one training seed, so errors are those of the showers only.")
    assert "of re-splits of GEANT4" in caption(bare)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("classical/mean_image", "mean image"),
        ("qgan:ansatz=circuits/line,depth=4", "qgan line depth=4"),
        ("qgan:ansatz=my_circuit.py:my_circuit", "qgan my circuit"),
    ],
)
def test_short_names(name, label):
    assert short(name) == label


def test_tables_do_not_change_the_scoreboard(full):
    before = json.dumps(full)
    markdown(full), latex(full), terminal(copy.deepcopy(full))
    assert json.dumps(full) == before
