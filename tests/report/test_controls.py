"""Controls that must fail: below a line in every table, last and recognisable in every figure, and in words."""

import io
import re

import pytest
from rich.console import Console

from qgen.report import plots, sheets
from qgen.report.figures import response, score_table, scores
from qgen.report.page import page
from qgen.report.panels import look, name
from qgen.report.rows import ordered, select
from qgen.report.tables import latex, markdown, terminal, verdict

BLIND = "classical/energy_blind"


@pytest.fixture
def controlled(full) -> dict:
    """With a control that has the best AUC, and does not fail against one row."""
    row = {**full["rows"][0], "generator": BLIND, "control": True}
    value = {**full["rows"][2]["metrics"]["auc"], "value": 0.51}
    del value["rank"]
    row["metrics"] = {**row["metrics"], "auc": value}
    entry = {"control": BLIND, "generator": "qvae", "metric": "auc", "difference": -0.09, "error": 0.01, "p": 0.001}
    return {**full, "rows": [row, *full["rows"]], "unfailed": [entry]}


def printed(scoreboard) -> str:
    console = Console(width=300, file=io.StringIO())
    console.print(terminal(scoreboard))
    return console.file.getvalue()


def test_they_come_last_though_they_score_best(controlled):
    assert [row["generator"] for row in ordered(controlled)][-1] == BLIND
    sheet = sheets.scores(controlled, ["auc"])
    assert [line[0].text for line in sheet.below] == [BLIND]
    assert sheet.below[0][3].text == "-"
    assert len(sheet.above) == 3
    assert sheet.sorted_by == 2, "the rows above the line ascend"
    assert sheets.costs(controlled).n_controls == 1


def test_a_line_parts_them_in_every_table(controlled):
    lines = markdown(controlled).splitlines()
    at = lines.index(f"| **{sheets.CONTROLS}** |" + "  |" * 7)
    assert lines[at - 1].startswith("| classical/worst_one |")
    assert lines[at + 1].startswith(f"| {BLIND} |")
    text = latex(controlled)
    parting = (
        r"\midrule" + "\n" + r"\multicolumn{8}{l}{\emph{Controls that must fail}} \\" + "\n" + r"classical/energy\_"
    )
    assert text.count(parting) == 1
    shown = printed(controlled)
    assert re.search(r"worst_one .*\n(.*\n)?.*--- Controls that must fail ---.*\n.*classical/energy_blind ", shown)
    bodies = re.findall(r'<tbody class="(\w*)">(.*?)</tbody>', page(controlled, []).partition("</table>")[0])
    assert [kind for kind, _ in bodies] == ["fixed", "", "parting", "controls"]
    assert [body.count("<tr>") for _, body in bodies] == [1, 3, 1, 1]


@pytest.mark.parametrize("where", [markdown, latex, printed, lambda scoreboard: page(scoreboard, [])])
def test_it_is_said_where_one_does_not_fail(controlled, where):
    """Control, row and metric by name; not of rows that are not shown; and that all fail, or were left out."""

    def words(scoreboard) -> str:
        return " ".join(where(scoreboard).replace(r"\_", "_").split())

    told = "a control that must fail, does not by classifier AUC: it scores as well as qvae, or better."
    assert f"{BLIND}, {told}" in words(controlled)
    assert f"{BLIND}, {told}" in words(select(controlled, ["qvae"]))
    assert told not in words(select(controlled, ["qgan*"]))
    assert "All controls fail, by every primary metric" in words({**controlled, "unfailed": []})
    assert "these tables are not for publication" in words({**controlled, "unfailed": None})
    older = words({key: value for key, value in controlled.items() if key != "unfailed"})
    assert "does not by" not in older
    assert "All controls fail" not in older


def test_rows_of_one_control_and_metric_share_a_sentence(controlled):
    entries = [
        {**controlled["unfailed"][0], "generator": row["generator"], "metric": metric}
        for metric in ("auc", "mmd")
        for row in controlled["rows"][1:]
    ]
    first, second = verdict({**controlled, "unfailed": entries})
    assert "by classifier AUC: it scores as well as classical/worst_one, qgan:ansatz=circuits/line and qvae," in first
    assert "by MMD: " in second


def test_without_generators_there_is_nothing_to_say(controlled):
    assert verdict({**controlled, "rows": controlled["rows"][:1], "unfailed": []}) == []


def test_figures_know_them(controlled):
    row = controlled["rows"][0]
    assert look(controlled, row)["ls"] == ":"
    assert name(row) == "energy blind,\ncontrol"
    auc = scores.draw(controlled).axes[0]
    assert auc.get_yticklabels()[0].get_text() == "energy blind, control"
    parting = [line for line in auc.lines if list(line.get_ydata()) == [0.5, 0.5]]
    assert len(parting) == 1
    marks = {
        round(float(line.get_ydata()[0])): line.get_markerfacecolor() for line in auc.lines if line.get_marker() == "o"
    }
    assert marks[0] == "white"
    assert "white" not in {marks[y] for y in (1, 2, 3)}
    words = scores.caption(controlled)[0]
    assert "Controls that must fail are open marks below the line." in words
    assert "qvae (0.600 ± 0.012) is closest" in words
    cells = score_table.draw(controlled).axes[0].tables[0].get_celld()
    assert [cells[line, 0].get_text().get_text() for line in (4, 5, 6)] == [
        "worst one",
        sheets.CONTROLS,
        "energy blind",
    ]
    assert [cells[line, 1].get_text().get_style() for line in (4, 6)] == ["normal", "italic"]


def test_a_control_does_not_widen_a_panel(controlled):
    """Its response is far off: triangles stand for it where GEANT4 and the generators have the panel."""
    far = controlled["rows"][0]["distributions"]["response"] | {"response": [5.0, 0.93]}
    row = controlled["rows"][0] | {"distributions": controlled["rows"][0]["distributions"] | {"response": far}}
    upper = response.draw({**controlled, "rows": [row, *controlled["rows"][1:]]}).axes[0]
    assert upper.get_ylim()[1] < 1.5
    triangles = [line for line in upper.lines if line.get_marker() == "^"]
    assert [len(line.get_xdata()) for line in triangles] == [1]


def test_every_figure_is_drawn_of_controls_alone(controlled):
    alone = {**controlled, "rows": controlled["rows"][:1], "paired": [], "unfailed": []}
    assert len(plots.of_scoreboard(alone)) > 10
