"""Every study that trains and scores says in the same way which showers it does so with."""

import inspect
import re
from pathlib import Path

import pytest

from qgen.cli import VERBS
from qgen.cli.splits import FLAGS
from qgen.comparison.split import USUAL, Split
from qgen.plugins import resolve

STUDIES = Path(__file__).parents[2] / "studies"
TRAINING = [path for path in sorted(STUDIES.glob("*.py")) if re.search(r"\bTask\(|\bcompared?\(", path.read_text())]


@pytest.mark.parametrize("path", TRAINING, ids=lambda path: path.stem)
def test_studies_that_train_take_the_flags(path, monkeypatch):
    monkeypatch.syspath_prepend(STUDIES)
    assert set(FLAGS) <= set(inspect.signature(resolve(f"{path}:{path.stem}")).parameters)


def test_verbs_take_them_and_pass_one_split(monkeypatch):
    found = []
    monkeypatch.setattr("qgen.comparison.compare.compare", lambda *_, split, **__: found.append(split) or {"rows": []})
    monkeypatch.setattr("qgen.report.tables.terminal", lambda _: "")
    VERBS["compare"](split_seed=3, folds=4, fold=1)
    VERBS["compare"](split=Split(sealed=True))
    VERBS["compare"]()
    assert found == [Split(3, fold=1, folds=4), Split(sealed=True), USUAL]
    assert set(FLAGS) <= set(inspect.signature(VERBS["fit"]).parameters)
