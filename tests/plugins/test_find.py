"""A plug-in is one file: what it imports from beside it is told."""

import sys
from pathlib import Path

import pytest

from qgen.files import InputError
from qgen.plugins import resolve


@pytest.fixture
def plugin(tmp_path: Path) -> str:
    (tmp_path / "gates_beside.py").write_text("TURN = 1.5\n")
    (tmp_path / "mine.py").write_text("import math\nfrom gates_beside import TURN\n\nmine = TURN\n")
    return f"{tmp_path}/mine.py:mine"


def test_an_import_from_beside_is_refused_where_python_does_not_find_it(plugin: str) -> None:
    with pytest.raises(InputError, match=r"mine\.py: expected a plug-in in one file, found an import of gates_beside"):
        resolve(plugin)


def test_and_told_where_it_does(
    plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    assert resolve(plugin) == 1.5
    assert "imports gates_beside.py, which is not saved with a model" in caplog.text
    caplog.clear()
    assert resolve(plugin) == 1.5
    assert not caplog.records
    monkeypatch.delitem(sys.modules, "gates_beside")
