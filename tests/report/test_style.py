"""Styles: fonts are there, nothing warns, and no experiment is named."""

import json
import logging

import matplotlib as mpl
import pytest
from matplotlib import font_manager

from qgen.cli import main
from qgen.comparison.compare import compare
from qgen.files import InputError
from qgen.report.figures import response, scores
from qgen.report.plots import plot
from qgen.report.style import NAMES, SIZES, style


@pytest.mark.parametrize("name", NAMES)
def test_a_style_is_matplotlib_settings_with_our_sizes(name):
    with mpl.rc_context({"font.size": 3}):
        with mpl.rc_context(style(name)):
            assert mpl.rcParams["font.size"] == SIZES["font.size"]
            assert mpl.rcParams["xtick.direction"] == "in"
        assert mpl.rcParams["font.size"] == 3


def test_the_fonts_are_those_that_mplhep_ships():
    for name in ("atlas", "cms"):
        with mpl.rc_context(style(name)):
            path = font_manager.findfont(font_manager.FontProperties(), fallback_to_default=False)
        assert "texgyreheros" in path


def test_an_unknown_style_is_said():
    with pytest.raises(InputError, match="expected one of plain, atlas, cms, found 'lhcb'"):
        style("lhcb")


@pytest.mark.parametrize("name", NAMES)
def test_figures_draw_in_every_style_without_a_warning(full, tmp_path, caplog, name):
    caplog.set_level(logging.WARNING)
    for figure, suffix in ((response, "pdf"), (scores, "png")):
        drawn = plot(figure, full, style=name)
        drawn.write(tmp_path / f"figure.{suffix}")
        words = " ".join(text.get_text() for text in drawn.figure.findobj(mpl.text.Text))
        assert "ATLAS" not in words
        assert "CMS" not in words
    assert caplog.records == []


def test_the_command_hands_the_style_on(full, tmp_path, monkeypatch):
    handed = []
    monkeypatch.setattr("qgen.comparison.compare.write_report", lambda *arguments: handed.append(arguments))
    (tmp_path / "scoreboard.json").write_text(json.dumps(full))
    assert main(["report", str(tmp_path), "--style", "cms"]) == 0
    assert main(["report", str(tmp_path), "--style", "lhcb"]) == 2
    assert handed == [(full, tmp_path, "cms", ["all"], [], [])]


def test_an_unknown_style_is_said_before_the_work(tmp_path):
    with pytest.raises(InputError, match="style"):
        compare("clic/e-", ["classical/mean_image"], tmp_path / "run", style="lhcb")
    assert not (tmp_path / "run").exists()
