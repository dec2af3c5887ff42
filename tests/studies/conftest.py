"""Studies are scripts: they are found by their files, and find one another in their folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qgen.plugins import resolve

STUDIES = Path(__file__).parents[2] / "studies"


@pytest.fixture
def find(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A function of a study by the name of its file; by default the one of the same name."""
    monkeypatch.syspath_prepend(STUDIES)
    return lambda file, name=None: resolve(f"{STUDIES / file}.py:{name or Path(file).name}")
