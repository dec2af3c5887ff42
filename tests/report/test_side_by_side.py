"""Different datasets side by side: a column for each, in one order, never ranked against each other."""

import copy
import json
import re

import pytest

from qgen.cli import main
from qgen.comparison.groups import grouped, write_side_by_side
from qgen.files import InputError
from qgen.report import plots, side_by_side
from qgen.report.figures import datasets
from qgen.report.page import page_of_datasets
from qgen.report.panels import look
from qgen.report.tables import pipes


@pytest.fixture
def two(full):
    """CLIC and CaloGAN: a generator that only the second has, one that only the first has, and a control."""
    second = {**copy.deepcopy(full), "dataset": "calogan/e+", "n_reference": 50}
    second["floor"] = {name: {"value": 0.4, "sd": 0.02} for name in full["floor"]}
    full["rows"][0]["control"] = second["rows"][0]["control"] = True
    second["rows"][1]["generator"] = "qcbm"
    return [full, second]


def test_a_column_for_every_dataset(two):
    assert pipes(side_by_side.sheet(two, "auc")).splitlines() == [
        "| generator | clic/e-, image8x8 | calogan/e+, image8x8 |",
        "| --- | ---: | ---: |",
        "| GEANT4 (truth floor) | 0.500 ± 0.010 | 0.400 ± 0.020 |",
        "| qgan:ansatz=circuits/line | 0.610 ± 0.012 | - |",
        "| qvae | 0.600 ± 0.012 | 0.600 ± 0.012 |",
        "| qcbm | - | 0.610 ± 0.012 |",
        "| **Controls that must fail** |  |  |",
        "| classical/worst_one | 0.900 ± 0.012 | 0.900 ± 0.012 |",
    ]


def test_what_is_missing_is_told(two):
    """No value has its reason; a metric that a dataset lacks is a dash; few showers are told of their dataset."""
    del two[1]["floor"]["mmd"], two[1]["rows"][0]["metrics"]["mmd"]
    sheet = side_by_side.sheet(two, "mmd")
    assert [cell.marked for cell in sheet.below[0]] == ["classical/worst_one", "n/a†", "-"]
    assert sheet.rows[0][2].text == "-"
    two[1]["notes"] = {}
    assert [cell.mark for cell in side_by_side.sheet(two, "kpd").header] == ["", "†", ""]
    words = [text.get_text() for text in datasets.draw(two, "mmd").axes[1].texts]
    assert words == ["not scored", "not run"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({}, {"dataset": "clic/gamma"}, ["clic/e-, image8x8", "clic/gamma, image8x8"]),
        ({}, {"representation": "depth3"}, ["clic/e-, image8x8", "clic/e-, depth3"]),
        ({"dataset": "a/x.hdf5"}, {"dataset": "b/y.h5"}, ["x.hdf5, image8x8", "y.h5, image8x8"]),
        ({"dataset": "a/x.hdf5"}, {"dataset": "b/x.hdf5"}, ["a/x.hdf5, image8x8", "b/x.hdf5, image8x8"]),
        (
            {"provenance": {"split": "split seed 0"}},
            {"provenance": {"split": "split seed 1"}},
            ["clic/e-, image8x8, split seed 0", "clic/e-, image8x8, split seed 1"],
        ),
    ],
)
def test_columns_have_different_names(full, first, second, expected):
    assert side_by_side.headings([{**full, **first}, {**full, **second}]) == expected


def test_the_figure_has_a_panel_for_every_dataset(two):
    figure = datasets.draw(two, "auc")
    assert [ax.get_title() for ax in figure.axes] == ["clic/e-, image8x8", "calogan/e+, image8x8"]
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == ["worst one, control", "qcbm", "qvae", "qgan line"]
    for ax, absent in zip(figure.axes, (1, 3), strict=True):
        assert [(text.get_position()[1], text.get_text()) for text in ax.texts] == [(absent, "not run")]
    floors = [next(line for line in ax.lines if line.get_label() == "GEANT4 floor") for ax in figure.axes]
    assert [list(line.get_xdata()) for line in floors] == [[0.5, 0.5], [0.4, 0.4]]
    qvae = [
        next(line for line in ax.lines if line.get_marker() == "o" and list(line.get_ydata()) == [2])
        for ax in figure.axes
    ]
    assert [line.get_color() for line in qvae] == [look(two[0], two[0]["rows"][2])["color"]] * 2


def test_rows_and_metrics_that_are_named(two):
    boards, metrics = side_by_side.narrowed(two, ["q*"], ["fpd", "auc"])
    assert metrics == ["fpd", "auc"]
    assert [row["generator"] for row in side_by_side.union(boards)["rows"]] == [
        "qgan:ansatz=circuits/line",
        "qvae",
        "qcbm",
    ]
    colour = look(side_by_side.union(two), two[0]["rows"][2])
    assert look(side_by_side.union(boards), two[0]["rows"][2]) == colour
    with pytest.raises(InputError, match="generators: expected names of rows, found 'x'"):
        side_by_side.narrowed(two, ["x"])
    with pytest.raises(InputError, match="found 'scores'; of several datasets there are all, datasets, datasets_auc"):
        plots.of_scoreboards(two, ["auc"], ["scores"])
    assert list(plots.of_scoreboards(two, ["auc", "fpd"], ["datasets_fpd"])) == ["fpd"]


def test_controls_are_told_of_every_dataset(two):
    entry = {"control": "classical/worst_one", "generator": "qvae", "metric": "auc", "difference": 0.0, "p": 0.5}
    two[0]["unfailed"], two[1]["unfailed"] = [entry], []
    first, second = side_by_side.verdicts(two, ["auc"])
    assert first.startswith("clic/e-, image8x8: classical/worst_one, a control that must fail, does not by classifier")
    assert second.startswith("calogan/e+, image8x8: All controls fail")
    assert side_by_side.verdicts(two, ["mmd"]) == [second], "what is not shown is neither told nor denied"


def test_everything_is_written_and_nothing_is_ranked(two, tmp_path):
    write_side_by_side(two, tmp_path, figures=["datasets_auc"], metrics=["auc"])
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")}
    assert files == {
        *("report.html", "scoreboard.md", "scoreboard.tex", "tables/datasets.tex", "tables/datasets_auc.tex"),
        *("figures/datasets_auc.pdf", "figures/datasets_auc.png"),
    }
    text = page_of_datasets(two, ["auc"], {})
    for written in (text, (tmp_path / "scoreboard.md").read_text(), (tmp_path / "scoreboard.tex").read_text()):
        assert "Scores of different datasets are not ranked against each other" in written
        assert "rank</th>" not in written
        assert "| rank" not in written
    assert '<td data-value="50.0">50</td>' in text
    (tmp_path / "scoreboard.json").touch()
    with pytest.raises(InputError, match=r"expected a folder for several datasets, found scoreboard\.json of one"):
        write_side_by_side(two, tmp_path)


def test_latex(two):
    """The cells of every line are those of the header."""
    tables = side_by_side.latex_tables(two, ["auc", "kpd"])
    assert list(tables) == ["datasets_auc", "datasets_kpd", "datasets"]
    assert r"qvae & 0.600 $\pm$ 0.012 & 0.600 $\pm$ 0.012 \\" in tables["datasets_auc"]
    for text in tables.values():
        (columns,) = re.findall(r"begin{tabular}{(\w+)}", text)
        lines = [line for line in text.splitlines() if line.endswith(r"\\") and "multicolumn" not in line]
        assert {line.count(" & ") for line in lines} == {len(columns) - 1}


def test_folders_are_grouped_by_what_was_scored(two, tmp_path, capsys):
    """Scoreboards alone are enough; two of the same showers cannot be joined, and are no two datasets."""
    folders = [tmp_path / name for name in ("first", "second")]
    for folder, board in zip(folders, two, strict=True):
        folder.mkdir()
        (folder / "scoreboard.json").write_text(json.dumps(board))
    assert [board["dataset"] for board in grouped(folders)] == ["clic/e-", "calogan/e+"]
    assert len(grouped(folders[:1])) == 1
    out = tmp_path / "out"
    words = ["report", *map(str, folders), "--out", str(out), "--figures", "datasets_auc"]
    assert main(words) == 0
    assert capsys.readouterr().out == f"{out}: report.html, scoreboard.md, scoreboard.tex, tables/, figures/\n"
    assert main([*words[:2], *words[1:]]) == 2
    assert "a scoreboard.json alone cannot be joined with others" in capsys.readouterr().err


def test_a_label_of_a_scoreboard_is_no_html(two):
    two[0]["metrics"] = {**two[0]["metrics"], "auc": {**two[0]["metrics"]["auc"], "label": '"><script>'}}
    assert '"><script>' not in page_of_datasets(two, ["auc"], {})
