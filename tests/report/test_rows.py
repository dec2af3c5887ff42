"""Rows by their names, in tables and figures."""

import numpy as np
import pytest

from qgen.files import InputError
from qgen.report.figures import histogram, scores
from qgen.report.panels import look
from qgen.report.rows import MAX_LINES, chosen, select, with_metrics
from qgen.report.sheets import paired
from qgen.report.sheets import scores as table
from qgen.report.tables import caption, latex


def names(scoreboard) -> list[str]:
    return [row["generator"] for row in scoreboard["rows"]]


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (["qvae"], ["qvae"]),
        (["qvae", "classical/worst_one"], ["classical/worst_one", "qvae"]),
        (["q*"], ["qgan:ansatz=circuits/line", "qvae"]),
        (["qvae", "qvae*"], ["qvae"]),
    ],
)
def test_rows_are_chosen_by_name_or_pattern(full, wanted, rows):
    assert names(select(full, wanted)) == rows


def test_a_name_is_taken_word_for_word_before_it_is_a_pattern(full):
    full["rows"][0]["generator"] = "qvae:layers=[2]"
    full["rows"][1]["generator"] = "qvae:layers=2"
    assert names(select(full, ["qvae:layers=[2]"])) == ["qvae:layers=[2]"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("qvea", r"found 'qvea' \(did you mean 'qvae'\?\); there are classical/worst_one, qgan.*, qvae$"),
        ("qgan", r"found 'qgan' \(did you mean 'qgan\*'\?\)"),
        ("x*", r"found 'x\*'; there are"),
    ],
)
def test_an_unknown_row_is_said(full, wanted, words):
    with pytest.raises(InputError, match=f"generators: expected names of rows, {words}"):
        select(full, ["qvae", wanted])


def test_ranks_pairs_and_colours_stay_those_of_all_rows(full):
    some = select(full, ["qvae", "classical/*"])
    lines = [[cell.text for cell in line] for line in table(some, ["auc"]).rows]
    assert [(line[0], line[3]) for line in lines[1:]] == [("qvae", "1="), ("classical/worst_one", "3")]
    assert [[cell.text for cell in line] for line in paired(some, "auc").rows] == [
        [cell.text for cell in line] for line in paired(full, "auc").rows if line[1].text == "classical/worst_one"
    ]
    assert [look(some, row) for row in some["rows"]] == [look(full, full["rows"][i]) for i in (0, 2)]
    assert "2 of 3 rows are shown; ranks and corrections are those among all." in caption(some)
    assert "are shown" not in caption(select(full, ["*"]))
    assert names(select(select(full, ["q*"]), ["qvae"])) == ["qvae"]


def test_figures_draw_the_named_rows(full):
    upper, _ = histogram.draw(select(full, ["qvae"]), "row_width").axes
    assert {line.get_label() for line in upper.patches if line.get_label() in ("qvae", "worst one")} == {"qvae"}
    (auc, *_) = scores.draw(select(full, ["qvae"])).axes
    np.testing.assert_array_equal([text.get_text() for text in auc.get_yticklabels()], ["qvae"])


def test_more_than_eight_lines_are_drawn_where_they_are_named(full):
    full["rows"] = [{**full["rows"][0], "generator": f"g{i}"} for i in range(12)]
    assert len(chosen(full)) == MAX_LINES
    assert len(chosen(select(full, ["g*"]))) == 12


def test_generators_that_compete_have_colours_of_their_own(full):
    """Floors and controls do not use them up: CaloQVAE and copula once had one colour."""
    first = full["rows"][2]
    floors = [{**first, "generator": f"qvae {i} (floor)", "floor_of": ["qvae"]} for i in range(7)]
    others = [{**first, "generator": f"generator {i}"} for i in range(7)]
    full["rows"] = [full["rows"][0], *floors, *full["rows"][1:], *others]
    rows = [row for row in full["rows"] if not row.get("floor_of")]
    assert len({look(full, row)["color"] for row in rows}) == len(rows) == 10


def test_some_metrics(full):
    some = with_metrics(full, ["fpd", "auc"])
    assert list(some["floor"]) == list(some["metrics"]) == ["fpd", "auc"]
    assert {pair["metric"] for pair in some["paired"]} == {"auc"}
    assert "classifier AUC" in latex(some)
    assert "separation" not in latex(some)
    with pytest.raises(InputError, match=r"metrics: expected names of metrics, found 'aucc' \(did you mean 'auc'\?\)"):
        with_metrics(full, ["aucc"])
