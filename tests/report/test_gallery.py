"""The gallery of the documentation has every figure, drawn from the files that are kept with it."""

import pkgutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from qgen.files import InputError
from qgen.plugins import load_module
from qgen.report import figures

GALLERY = Path(__file__).parents[2] / "docs" / "gallery.py"


@pytest.fixture
def gallery():
    return load_module(str(GALLERY))


def test_every_figure_is_there_with_its_line(gallery, monkeypatch, tmp_path):
    text = gallery.on_page_markdown("<!-- figures -->", SimpleNamespace(file=SimpleNamespace(src_uri="gallery.md")))
    for entry in pkgutil.iter_modules(figures.__path__):
        assert f"\n\n### {entry.name}" in text
    for one, line in gallery.drawn():
        assert f"\n\n![{one.alternative}](gallery/{one.name}.png)\n\n" in text
        assert f"\n\n```sh\n{line}\n```" in text
    assert text.count("## Primary metrics\n\n### scores") == 1
    (tmp_path / "other.py").touch()
    monkeypatch.setattr(figures, "__path__", [*figures.__path__, str(tmp_path)])
    gallery.drawn.cache_clear()
    with pytest.raises(InputError, match="expected every figure of the report, found no other"):
        gallery.drawn()


def test_numbers_are_rounded(gallery):
    content = {"a": [1.23456, None, 3], "matrix": [[0.98765, None]]}
    assert gallery.rounded(content) == {"a": [1.235, None, 3], "matrix": [[0.99, None]]}
