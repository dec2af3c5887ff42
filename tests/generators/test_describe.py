"""What is said of generators follows from their declarations."""

from pathlib import Path

import pytest

from qgen.files import InputError
from qgen.generators.describe import catalogue, describe, markdown
from qgen.generators.spec import parse
from qgen.plugins import generators, options_of

OUTSIDE = '''
from typing import Literal

from qgen.generators.classical.bootstrap import Bootstrap
from qgen.plugins import option


class Mine(Bootstrap):
    """Drawn twice.

    It says more.
    """

    quick = {"times": 1}
    times: int = option("how often | at all", default=2, least=1)
    shape: Literal["a", "b"] | None = option("below 1 < 2", default=None, after_fit=True)
    circuit: str = option("its circuit", default="circuits/line", plugin="circuits")


class Plain:
    """With a constructor of its own.

    Args:
        sizes: of layers, which
            are many.
    """

    def __init__(self, *, wanted, sizes=(1, 2)): ...
    def fit(self, showers, *, seed): ...
    def sample(self, incident_energy, *, seed): ...
'''


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside.py"
    path.write_text(OUTSIDE)
    return path


def test_the_catalogue_has_every_generator_with_its_family() -> None:
    lines = catalogue().splitlines()
    assert [line.split()[0] for line in lines[: len(generators())]] == generators()
    assert lines[0].split()[1] == "annealer"
    assert all(len(line.split()) > 4 for line in lines[: len(generators())])


@pytest.mark.parametrize("name", generators())
def test_every_option_is_described(name: str) -> None:
    known = options_of(parse(name)[0])
    assert "representation" in known
    for said in known.values():
        assert said.meaning
        assert not said.meaning.endswith(".")
    text, table = describe(name), markdown(name).splitlines()
    assert all(f"\n  {option}=" in text for option in known)
    assert [row.split("`")[1] for row in table[2:]] == list(known)
    assert {row.count("|") for row in table} == {5}


def test_a_generator_of_a_file_is_described(outside: Path) -> None:
    text = describe(f"{outside}:Mine:times=3")
    assert text.startswith(f"{outside}:Mine: Mine\n\nDrawn twice.\n\nIt says more.\n\nOptions, as in {outside}:Mine:N")
    for part in (
        "  neighbours=8  (a whole number >= 1)\n      k, how many",
        "  times=2  (a whole number >= 1)\n      how often | at all\n",
        "  shape=None  (one of a, b or None)\n",
        "  circuit=circuits/line  (brickwork, ",
        f'May be changed after the fit, as in "{outside}:Mine@shape=...": shape.',
        "With --budget quick: times=1.",
    ):
        assert part in text
    rows = markdown(f"{outside}:Mine").splitlines()
    assert rows[4] == "| `times` | `2` | a whole number >= 1 | how often &#124; at all |"
    assert rows[5] == "| `shape` | `None` | one of a, b or None | below 1 &lt; 2; may be changed after the fit |"


def test_a_constructor_is_described_by_its_docstring(outside: Path) -> None:
    assert describe(f"{outside}:Plain").endswith(
        f"Options, as in {outside}:Plain:NAME=VALUE,...\n  wanted\n  sizes=[1, 2]\n      of layers, which are many"
    )


def test_an_unknown_name_is_one_line() -> None:
    with pytest.raises(InputError, match=r"qgam: no such plug-in in qgen \(did you mean 'qgan'\?\)"):
        describe("qgam")
