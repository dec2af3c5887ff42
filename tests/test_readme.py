"""The README's blocks run as they stand, in order, in an empty folder; those marked long are CI's own steps."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"(<!-- long -->\n)?(?:<!-- file: (\S+) -->\n)?```(python|shell|qasm)\n(.*?)```", re.DOTALL)


def blocks(page: str) -> list[tuple[bool, str, str | None, str]]:
    """(long, language, file, code) of every block of a page."""
    found = BLOCK.findall((ROOT / page).read_text())
    return [(bool(long), language, file or None, code) for long, file, language, code in found]


def run(language: str, code: str, folder: Path) -> None:
    beside = str(Path(sys.executable).parent)
    environment = {"PATH": f"{beside}:/usr/bin:/bin", "HOME": str(folder), "OMP_NUM_THREADS": "1", "QGEN_LOG": "ERROR"}
    command = [sys.executable, "-W", "ignore", "-c", code] if language == "python" else ["bash", "-euc", code]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"


def test_readme_blocks_run(tmp_path):
    for long, language, file, code in blocks("README.md"):
        if file is not None:
            (tmp_path / file).write_text(code)
        elif not long:
            run(language, code, tmp_path)
    assert (tmp_path / "run" / "model.safetensors").exists()
    assert (tmp_path / "samples.hdf5").exists()


def test_long_blocks_are_steps_of_ci():
    steps = (ROOT / ".ci" / "run").read_text()
    for long, _, _, code in blocks("README.md"):
        for line in code.splitlines() if long else []:
            command = line.split("#")[0].strip()
            assert command in steps, f".ci/run does not run {command!r}"


PAGES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)])
def test_python_blocks_of_the_docs_run(page, tmp_path):
    for long, language, file, code in blocks(page):
        if file is not None:
            (tmp_path / file).write_text(code)
        elif language == "python" and not long:
            run(language, code, tmp_path)
