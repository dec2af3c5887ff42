"""`.ci/rooms.py` finds faults that are planted in a small house, and none in ours."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
faults = runpy.run_path(str(ROOT / ".ci" / "rooms.py"))["faults"]

HOUSE = {
    "qgen/__init__.py": '"""All of it."""\nfrom qgen.cellar import wine\n\n__all__ = ["wine"]\n',
    "qgen/files.py": '"""How is a file written?"""\n\ndef write(): ...\n\ndef _aside(): ...\n',
    "qgen/cellar/__init__.py": '"""What is below?"""\nfrom qgen.cellar.rack import wine\n\n__all__ = ["wine"]\n',
    "qgen/cellar/rack.py": '"""Racks."""\nfrom qgen.cellar._dust import old\nfrom qgen.files import write\n'
    "\nwine = old, write\n",
    "qgen/cellar/_dust.py": '"""Dust."""\nold = 1\n',
    "studies/taste.py": '"""Is it good?"""\nfrom qgen.cellar import wine\n',
}


def found(folder: Path, changed: dict[str, str]) -> list[str]:
    """Faults of the sound house with other files in it."""
    for name, text in {**HOUSE, **changed}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return [line.removeprefix(f"{folder}/") for line in faults(folder)]


def test_our_house_has_none():
    assert list(faults(ROOT)) == []


def test_a_sound_house_has_none(tmp_path):
    assert found(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from qgen.files import _aside\n", ":2: qgen.files._aside is private to qgen.files"),
        ("from qgen import files\nfiles._aside()\n", ":3: qgen.files._aside is private to qgen.files"),
        ("from qgen.cellar._dust import old\n", ":2: qgen.cellar._dust.old is private to qgen.cellar"),
        ("import qgen.cellar._dust\n", ":2: qgen.cellar._dust is private to qgen.cellar"),
        ("from qgen.cellar.rack import write\n", ":2: write has another home than qgen.cellar.rack"),
        ("from qgen.files import write\n__all__ = ['write']\n", ":3: __all__ hands on write, whose home is qgen.files"),
    ],
)
@pytest.mark.parametrize("place", ["qgen/attic.py", "studies/taste.py"])
def test_planted_faults(tmp_path, place, text, expected):
    assert found(tmp_path, {place: f'"""What is above?"""\n{text}'}) == [place + expected]


def test_a_room_hands_on_no_name_of_another(tmp_path):
    text = '"""Up?"""\nfrom qgen.cellar import wine\n\n__all__ = ["wine"]\n'
    expected = "qgen/attic/__init__.py:4: __all__ hands on wine, whose home is qgen.cellar"
    assert found(tmp_path, {"qgen/attic/__init__.py": text}) == [expected]


def test_families_are_rooms(tmp_path):
    """What is private to one is so to the others."""
    families = {
        "qgen/generators/__init__.py": '"""Which?"""\n',
        "qgen/generators/iqp/_own.py": '"""Own."""\nx = 1\n',
        "qgen/generators/iqp/model.py": '"""Model."""\nfrom qgen.generators.iqp._own import x\n',
        "qgen/generators/qcbm/model.py": '"""Model."""\nfrom qgen.generators.iqp._own import x\n',
    }
    expected = "qgen/generators/qcbm/model.py:2: qgen.generators.iqp._own.x is private to qgen.generators.iqp"
    assert found(tmp_path, families) == [expected]


def test_entries_are_few_and_say_what_they_are_for(tmp_path):
    untold = "qgen/attic.py:1: expected a first line that says in a sentence what it is for"
    assert found(tmp_path, {"qgen/attic.py": "x = 1\n"}) == [untold]
    rooms = {f"qgen/room{k}.py": f'"""Room {k}."""\n' for k in range(24)}
    assert found(tmp_path, rooms) == ["qgen: expected at most 26 entries, found 27", untold]


def test_tests_take_names_from_their_homes(tmp_path):
    """Private ones too: a test may look inside."""
    text = '"""Is it?"""\nfrom qgen.cellar._dust import old\nfrom qgen.cellar.rack import write\n'
    expected = "tests/test_rack.py:3: write has another home than qgen.cellar.rack"
    assert found(tmp_path, {"tests/test_rack.py": text}) == [expected]
