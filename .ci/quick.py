"""The everyday loop: lint of what changed, and the tests that are nearest to it, within a minute on 2 cores.

Changed is what differs from main (from HEAD on main itself), and what git does not know yet. Nearest are the tests that
changed, then the mirror of changed modules (`qgen/a/b.py` and `tests/a/test_b.py`, else `tests/a/`), then tests that
import them, directly or through other modules. They run in this order until the time is up; what is then left is told,
and `make test` runs it all. Where nothing changed, or nothing that a test reaches, a fixed core runs.

    python .ci/quick.py [FILE ...]        # files in place of what git says
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[1]
BUDGET_S = 42.0
"""No test begins later than this; the last ones take the rest of the minute."""
LEAST_S = 20.0
"""That tests have on a busy machine, where lint and imports take long."""
MOST_FILES = 24
"""Of tests: each takes time to be imported."""
CORE = ("test_files.py", "test_showers.py", "test_dependencies.py", "plugins", "transforms", "training/test_rates.py")
"""What runs where nothing else is to: the ground."""
OPTIONS = ("-q", "-p", "quick", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
"""Of pytest; this file is the plugin that stops in time."""
UNTIL = pytest.StashKey[float]()


def main(given: list[str]) -> int:
    """Lint and test; 1 where something failed."""
    began = time.monotonic()
    files = [Path(name) for name in given] or changed()
    print(f"{len(files)} changed files", flush=True)
    failed = [command for command in lint(files) if subprocess.run(command, cwd=ROOT, check=False).returncode]
    if failed:
        return 1
    reached = nearest(files) or [f"tests/{name}" for name in CORE]
    tests = reached[:MOST_FILES]
    print(f"the nearest {len(tests)} of {len(reached)} test files:", " ".join(tests), flush=True)
    environment = os.environ | {"PYTHONPATH": f"{ROOT / '.ci'}:{ROOT}", "QUICK_UNTIL": str(began + BUDGET_S)}
    command = [sys.executable, "-m", "pytest", "-m", "not slow and not browser", *OPTIONS, *tests]
    status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    return 0 if status == pytest.ExitCode.NO_TESTS_COLLECTED else status  # they are all slow


def pytest_collection_finish(session: pytest.Session) -> None:
    """Set when the time is up."""
    session.config.stash[UNTIL] = max(float(os.environ["QUICK_UNTIL"]), time.monotonic() + LEAST_S)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what would begin after that."""
    if time.monotonic() > item.config.stash[UNTIL]:
        pytest.skip("the time of make quick is up")


def changed() -> list[Path]:
    """Files that differ from main, or are new, relative to the root; deleted ones are not."""
    base = next(
        (commit for commit in (git("merge-base", "HEAD", b) for b in ("main", "origin/main")) if commit), "HEAD"
    )
    of_git = (["diff", "--name-only", "--diff-filter=d", base], ["ls-files", "--others", "--exclude-standard"])
    return [Path(name) for arguments in of_git for name in git(*arguments).splitlines()]


def git(*arguments: str) -> str:
    """What git says; nothing where it fails."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def lint(files: list[Path]) -> Iterator[list[str]]:
    """Commands: of changed Python files, and of the house where one of them is in it."""
    bin_ = Path(sys.executable).parent
    if python := [str(path) for path in files if path.suffix == ".py"]:
        yield [str(bin_ / "ruff"), "format", "--check", *python]
        yield [str(bin_ / "ruff"), "check", "--quiet", *python]
    if any(name.startswith("qgen/") for name in python):
        yield [str(bin_ / "mypy")]
        yield [str(bin_ / "lint-imports"), "--no-logo"]
        yield [sys.executable, ".ci/rooms.py"]


def nearest(files: list[Path]) -> list[str]:
    """Test files that reach the changed ones, nearest first."""
    far = distances({module_of(path) for path in files if path.suffix == ".py"})
    reach = {}
    for test in sorted((ROOT / "tests").rglob("test_*.py")):
        name = test.relative_to(ROOT)
        imported = [far[module] + 2 for module in imports(test) if module in far]
        if name in files or any(name in mirror(path) for path in files):
            imported.append(0 if name in files else 1)
        if imported:
            reach[str(name)] = min(imported)
    return sorted(reach, key=lambda name: reach[name])


def distances(modules: set[str]) -> dict[str, int]:
    """How many imports away from one of these modules every module is that reaches them; types alone do not count."""
    graph = house()
    far = dict.fromkeys(modules & graph.modules, 0)
    front = list(far)
    for module in front:  # grows
        for importer in graph.find_modules_that_directly_import(module):
            if importer not in far:
                far[importer] = far[module] + 1
                front.append(importer)
    return far


@cache
def house() -> grimp.ImportGraph:
    """Modules of the package and what they import when they run."""
    return grimp.build_graph("qgen", exclude_type_checking_imports=True)


def module_of(path: Path) -> str:
    """Dotted name of a file."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def mirror(path: Path) -> set[Path]:
    """Tests that belong to a file of the package, to a study, or to what other tests share."""
    room, *inside = path.parts
    if room not in ("qgen", "studies", "tests") or path.name.startswith("test_"):
        return set()
    place = ROOT / "tests" / Path(*([room] if room == "studies" else []), *inside)
    own = place.with_name(f"test_{place.stem}.py")
    return {test.relative_to(ROOT) for test in ([own] if own.exists() else place.parent.glob("test_*.py"))}


@cache
def imports(test: Path) -> set[str]:
    """Dotted names that a test imports: of modules, and of what it takes from them."""
    nodes = list(ast.walk(ast.parse(test.read_text(encoding="utf-8"))))
    taken = {(node.module, alias.name) for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    whole = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return whole | {str(module) for module, _ in taken} | {f"{module}.{name}" for module, name in taken}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
