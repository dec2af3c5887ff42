"""Completion, in the shells themselves."""

import shutil
import subprocess

import pytest

from qgen.cli import main

CASES = {
    "qgen comp": {"compare", "completion"},
    "qgen compare --b": {"--budget"},
    "qgen compare --budget ''": {"quick", "standard", "full"},
    "qgen compare --controls ''": {"true", "false"},
    "qgen compare --generators classical/b": {"classical/boltzmann", "classical/bootstrap"},
    "qgen circuits s": {"show", "screen"},
    "qgen circuits screen --dep": {"--depths"},
    "qgen fit qv": {"qvae"},
    "qgen fit qvae --st": {"--stream"},
    "qgen fit qvae --budget st": {"standard"},
    "qgen sample runs/fit --tr": {"--trust"},
    "qgen data ''": {"list", "describe", "convert"},
}


def test_bash_completes(capsys):
    assert main(["completion", "bash"]) == 0
    lines = [capsys.readouterr().out]
    for words in CASES:
        lines.append(f'COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); _qgen; echo "${{COMPREPLY[*]}}"')
    done = subprocess.run(["bash", "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert dict(zip(CASES, map(set, map(str.split, done.stdout.splitlines())), strict=True)) == CASES


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh")
def test_zsh_reads_it(capsys):
    assert main(["completion", "zsh"]) == 0
    subprocess.run(["zsh", "-c", capsys.readouterr().out], check=True, capture_output=True)


def test_other_shells_are_told(capsys):
    assert main(["completion", "fish"]) == 2
    assert "SHELL: expected one of bash, zsh" in capsys.readouterr().err
