"""A function as a command: flags without a value, lists of words, no argument at all."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from qgen.cli import main
from qgen.cli.console import run


@pytest.fixture
def called() -> list[tuple]:
    return []


@pytest.fixture
def command(called):
    def study(
        quick: bool = False, n: int = 3, generators: list[str] | None = None, sizes: list[int] | None = None
    ) -> None:
        """A study.

        Args:
            quick: a switch.
            n: a number.
            generators: words.
            sizes: numbers.
        """
        called.append((quick, n, generators) if sizes is None else (quick, n, generators, sizes))

    return study


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], (False, 3, None)),
        (["--quick"], (True, 3, None)),
        (["--quick", "--n", "5"], (True, 5, None)),
        (["--n", "5", "--quick"], (True, 5, None)),
        (["--quick", "false"], (False, 3, None)),
        (["--generators", "a", "b", "--quick"], (True, 3, ["a", "b"])),
        (["--sizes", "2", "4", "--generators", "a"], (False, 3, ["a"], [2, 4])),
        (["--sizes", "7"], (False, 3, None, [7])),
        (["--sizes", "[7, 8]"], (False, 3, None, [7, 8])),
    ],
)
def test_flags(command, called, arguments, expected):
    assert run(command, arguments) == 0
    assert called == [expected]


def test_bad_flags_are_one_line(command, called, capsys):
    assert run(command, ["--n", "x"]) == 2
    assert capsys.readouterr().err.count("qgen: ") == 1
    assert not called


def test_a_table_without_a_verb(capsys):
    assert main([]) == 2
    assert "expected" in capsys.readouterr().err


def test_tuples_and_sequences_take_several_words(called):
    def study(interval: tuple[float, float] = (10.0, 20.0), sizes: Sequence[int] = (6,)) -> None:
        called.append((interval, list(sizes)))

    assert run(study, ["--interval", "1.5", "20", "--sizes", "2", "4"]) == 0
    assert called == [((1.5, 20.0), [2, 4])]


def test_home_folder_in_flags_and_files(called, tmp_path, monkeypatch):
    def study(out: Path = Path("runs"), dataset: str = "clic/e-", several: list[str] | None = None) -> None:
        called.append((out, dataset, several))

    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "flags.yaml").write_text("out: ~/a\ndataset: ~/b.hdf5\n")
    assert run(study, ["--config", str(tmp_path / "flags.yaml"), "--several", "~/c", "d~"]) == 0
    assert called == [(tmp_path / "a", f"{tmp_path}/b.hdf5", [f"{tmp_path}/c", "d~"])]
