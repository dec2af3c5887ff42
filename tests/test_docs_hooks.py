"""What mkdocs does to pages: markers become tables of options."""

import importlib.util
from pathlib import Path

import pytest

from qgen.files import InputError
from qgen.generators.describe import markdown

HOOKS = Path(__file__).parents[1] / "docs" / "hooks.py"


@pytest.fixture(scope="module")
def hooks():
    spec = importlib.util.spec_from_file_location("docs_hooks", HOOKS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_marker_becomes_the_table(hooks):
    page = "# QGAN\n\n<!-- options: qgan -->\n\nsee <!-- options: qvae --> and\n<!-- options: classical/bootstrap -->\n"
    expected = f"# QGAN\n\n{markdown('qgan')}\n\nsee <!-- options: qvae --> and\n{markdown('classical/bootstrap')}\n"
    assert hooks.on_page_markdown(page, page=None, config={}, files=[]) == expected


def test_a_marker_of_nothing_stops_the_build(hooks):
    with pytest.raises(InputError, match="qgam: no such plug-in in qgen"):
        hooks.on_page_markdown("<!-- options: qgam -->", page=None, config={}, files=[])


def test_mkdocs_is_told_of_the_hooks():
    assert "docs/hooks.py" in (HOOKS.parents[1] / "mkdocs.yml").read_text()
