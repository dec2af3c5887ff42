"""What a terminal tells of generators and their options."""

import pytest

from qgen.cli import main
from qgen.generators.describe import catalogue, describe, markdown

FLAGS = "\n\nFlags of qgen fit: qgen fit --help"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["generators", "list"], catalogue),
        (["generators", "show", "qvae"], lambda: describe("qvae")),
        (["generators", "show", "qgan", "--markdown"], lambda: markdown("qgan")),
        (["fit", "qvae", "--help"], lambda: describe("qvae") + FLAGS),
        (
            ["fit", "qgan:depth=3", "--seed", "1", "-h"],
            lambda: describe("qgan") + "\n\nFlags of qgen fit: qgen fit --help",
        ),
    ],
)
def test_options_are_shown(arguments, expected, capsys):
    assert main(arguments) == 0
    assert capsys.readouterr().out == expected() + "\n"


@pytest.mark.parametrize("arguments", [["generators", "show", "qvea"], ["fit", "qvea", "--help"]])
def test_an_unknown_generator_is_one_line(arguments, capsys):
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("qgen: qvea: no such plug-in in qgen (did you mean 'qvae'?)")
    assert told.err.count("\n") == 1


def test_the_flags_of_fit_point_to_the_options(capsys):
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "--budget" in told
    assert "qgen generators list" in told
    assert "qgen fit qgan --help" in told
