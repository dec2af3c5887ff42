"""Which figures a scoreboard has, how they are named, and their files; a figure is one file, also outside of qgen."""

import base64
import json
import re

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from PIL import Image

import qgen.report.figures
from qgen.cli import main
from qgen.files import InputError
from qgen.report import plots
from qgen.report.figures import gradients, scores
from qgen.report.plots import of_scoreboard, plot, registry, save
from qgen.report.style import SIZES

SHAPES = ["profile_depth", "histogram_row_width"]
MINE = '''
"""Rank against parameters."""

from matplotlib.figure import Figure
from qgen.report.panels import look

PLACE = "Showers", 45

def needs(scoreboard):
    return "" if "mean_image" in scoreboard["reference"] else "mean images"

def draw(scoreboard):
    figure = Figure(figsize=(5, 4))
    ax = figure.subplots()
    for row in scoreboard["rows"]:
        ax.plot(row["resources"]["n_parameters"], row["metrics"]["auc"]["value"], "o", **look(scoreboard, row))
    return figure

def caption(scoreboard):
    return f"Mine: {len(scoreboard['rows'])} rows <here>.", "A dot for every row."

def lone(scoreboard):
    """A figure that is
    a function.

    More of it."""
    return Figure()

NUMBER = 1
'''
"""A figure in a file outside of the package."""


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    return tmp_path / "mine.py"


def names(found: list[plots.Plot]) -> list[str]:
    return [one.name for one in found]


def test_every_figure_that_the_content_allows_in_the_order_of_the_page(drawn, bare, caplog):
    assert names(drawn) == [
        *("scores", "seeds", "summary", "mean_images", "events", *SHAPES, "correlation", "response"),
        *("layer_fractions", "energy_bins", "times", "cost", "training", "score_table"),
    ]
    caplog.set_level("INFO")
    assert names(of_scoreboard(bare)) == ["scores", "seeds", "summary", *SHAPES, "response", "score_table"]
    assert "not drawn: training, which needs a generator that was trained in epochs (`history`)" in caplog.messages


def test_a_file_in_the_folder_is_a_figure(full, mine, monkeypatch):
    monkeypatch.setattr(qgen.report.figures, "__path__", [*qgen.report.figures.__path__, str(mine.parent)])
    assert list(registry())[2:5] == ["summary", "mean_images", "mine"]
    drawn = {one.name: one for one in of_scoreboard(full)}
    assert drawn["mine"].caption == "Mine: 3 rows <here>."
    assert drawn["mine"].section == "Showers"


def test_a_file_outside_of_the_package_is_drawn_into_figures_and_page(full, mine, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "scoreboard.json").write_text(json.dumps(full))
    command = ["report", str(tmp_path / "run"), "--out", str(tmp_path / "talk"), "--style", "cms"]
    assert main([*command, "--figures", "response", str(mine), "--generators", "qvae", "classical/*"]) == 0
    files = sorted(path.name for path in (tmp_path / "talk" / "figures").iterdir())
    assert files == ["mine.pdf", "mine.png", "response.pdf", "response.png"]
    with Image.open(tmp_path / "talk" / "figures" / "mine.png") as image:
        assert image.size[0] > 500
        assert image.text["Description"] == "Mine: 2 rows <here>."
    text = (tmp_path / "talk" / "report.html").read_text()
    assert re.findall(r'<figure id="figure-(\w+)"', text) == ["mine", "response"]
    assert "<figcaption>Mine: 2 rows &lt;here&gt;.</figcaption>" in text
    (alternative, source) = re.findall(
        r'figure-mine"><img alt="([^"]*)"[^>]* src="data:image/png;base64,([^"]*)"', text
    )[0]
    assert alternative == "A dot for every row."
    assert base64.b64decode(source).startswith(b"\x89PNG")
    assert "qgan" not in (tmp_path / "talk" / "scoreboard.md").read_text()
    assert json.loads((tmp_path / "talk" / "scoreboard.json").read_text()) == full, "the scoreboard keeps all rows"


def test_figures_are_chosen_by_name(full, mine):
    assert names(of_scoreboard(full, ["response", "scores", "scores"])) == ["scores", "response"]
    full["reference"]["histograms"]["E tot"] = full["reference"]["histograms"]["row_width"]
    for row in full["rows"]:
        row["distributions"]["histograms"]["E tot"] = row["distributions"]["histograms"]["row_width"]
    assert names(of_scoreboard(full, ["histogram"])) == ["histogram_row_width", "histogram_E_tot"]
    assert names(of_scoreboard(full, ["histogram_E_tot"])) == ["histogram_E_tot"]
    assert len(of_scoreboard(full, ["all", "scores", str(mine)])) == len(of_scoreboard(full)) + 1


def test_a_function_is_a_figure_with_its_docstring_as_caption(full, mine):
    (one,) = of_scoreboard(full, [f"{mine}:lone"])
    assert (one.name, one.caption, one.section) == ("lone", "A figure that is a function.", "Figures")


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (
            "score",
            r"figures: expected names of figures or a path/to/file.py, found 'score' \(did you mean 'scores'\?\)",
        ),
        ("histogram_row_widht", r"\(did you mean 'histogram_row_width'\?\); there are all, scores, seeds"),
        ("gradients", r"found 'gradients'"),
        ("likelihood", r"figures: likelihood needs a generator whose prior is a Boltzmann machine"),
        ("nowhere.py", r"nowhere.py: no such file"),
        ("{mine}:NUMBER", r"mine.py:NUMBER: expected a function that draws, found int"),
        ("{mine}:nothing", r"mine.py: no 'nothing' in it"),
    ],
)
def test_a_name_that_is_no_figure_is_said_in_one_line(full, mine, reference, words):
    with pytest.raises(InputError, match=words):
        of_scoreboard(full, [reference.format(mine=mine)])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("def caption", "def words", "expected functions needs, draw and caption, found no caption"),
        ("return figure", "return None", "mine: expected draw to return a matplotlib Figure, found NoneType"),
        (
            ', "A dot for every row."',
            "",
            "mine: expected caption to return a caption and an alternative text, found 'Mine",
        ),
        (
            'return "" if',
            "return True if",
            "mine: expected needs to return what is missing, '' if nothing is, found True",
        ),
    ],
)
def test_a_file_that_is_no_figure_is_said(full, mine, old, new, words):
    mine.write_text(MINE.replace(old, new))
    with pytest.raises(InputError, match=words):
        of_scoreboard(full, [str(mine)])


def test_two_figures_of_one_name_are_refused(full, mine):
    other = mine.with_name("scores.py")
    other.write_text(MINE)
    with pytest.raises(InputError, match="found two that are called 'scores'"):
        of_scoreboard(full, ["all", str(other)])


def test_nothing_is_written_where_a_figure_is_unknown(full, tmp_path, capsys):
    (tmp_path / "scoreboard.json").write_text(json.dumps(full))
    assert main(["report", str(tmp_path), "--figures", "skores"]) == 2
    assert "did you mean 'scores'?" in capsys.readouterr().err
    assert main(["report", str(tmp_path), "--generators", "nobody"]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["scoreboard.json"]


def test_many_histograms_are_cut_to_those_of_whole_showers(full):
    histograms = full["reference"]["histograms"]
    histograms |= {f"log_row/{i}": histograms["row_width"] for i in range(30)}
    assert names(of_scoreboard(full, ["histogram"])) == ["histogram_row_width"]


def test_files_hold_their_caption(full, tmp_path):
    paths = save(tmp_path, plot(scores, full))
    assert [path.name for path in paths] == ["scores.pdf", "scores.png"]
    assert paths[0].read_bytes().startswith(b"%PDF")
    assert b"/Title (scores)" in paths[0].read_bytes()
    with Image.open(paths[1]) as image:
        assert image.text["Description"] == scores.caption(full)[0]
    again = save(tmp_path / "again", plot(scores, full))
    assert again[0].read_bytes() == paths[0].read_bytes()


def test_a_figure_of_other_content_and_a_function_are_drawn_in_the_same_way():
    rows = [{"n_qubits": n, "start": "small", "objective": "kl", "variance": [1.0, 0.1]} for n in (2, 3)]
    one = plot(gradients, rows, name="slopes", style="atlas")
    assert (one.name, one.caption, one.alternative) == ("slopes", *gradients.caption(rows))

    def tall(width: float) -> Figure:
        """A tall figure."""
        return Figure(figsize=(width, mpl.rcParams["font.size"]))

    one = plot(tall, 3)
    assert (one.name, one.caption, one.alternative) == ("tall", "A tall figure.", "A tall figure.")
    assert one.figure.get_size_inches().tolist() == [3, SIZES["font.size"]]
