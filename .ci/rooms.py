"""What import-linter does not see of the house: private names stay in their room, and every name has one address.

`python .ci/rooms.py` prints a line for each fault and exits with 1 if there is one.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1] / "qgen"
MOST_ENTRIES = 26
"""At the top of the package, `__init__.py` apart."""


def faults() -> Iterator[str]:
    """One line for each."""
    entries = [path for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    if len(entries) - 1 > MOST_ENTRIES:
        yield f"qgen: expected at most {MOST_ENTRIES} entries, found {len(entries) - 1}"
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(ROOT.rglob("*.py"))}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "qgen":
                yield from _private(path, node)
                yield from _second_address(path, node, trees)


def _room(module: str) -> str:
    """The room of a module: `qgen.generators` has a room for each family."""
    return ".".join(module.split(".")[: 3 if module.startswith("qgen.generators.") else 2])


def _private(path: Path, node: ast.ImportFrom) -> Iterator[str]:
    """Underscore names that belong to another room."""
    module = str(node.module)
    here = ".".join(("qgen", *path.relative_to(ROOT).with_suffix("").parts))
    names = [f"{module}.{alias.name}" for alias in node.names]
    hidden = [name for name in names if any(p.startswith("_") and not p.startswith("__") for p in name.split("."))]
    if hidden and _room(module) != _room(here):
        yield f"{path}:{node.lineno}: {', '.join(hidden)} is private to {_room(module)}"


def _second_address(path: Path, node: ast.ImportFrom, trees: dict[Path, ast.Module]) -> Iterator[str]:
    """Names that are imported from a module which only imports them itself; a room's `__init__` may hand on."""
    target = ROOT.joinpath(*str(node.module).split(".")[1:]).with_suffix(".py")
    if target in trees:
        own = {name for statement in trees[target].body for name in _bound(statement)}
        for alias in node.names:
            if alias.name not in own:
                yield f"{path}:{node.lineno}: {alias.name} has another home than {node.module}"


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Names that a statement of a module makes, imports apart."""
    match statement:
        case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
            yield statement.name
        case ast.Assign() | ast.AnnAssign():
            yield from (name.id for name in ast.walk(statement) if isinstance(name, ast.Name))
        case ast.If() | ast.Try() | ast.With():
            for inner in ast.iter_child_nodes(statement):
                if isinstance(inner, ast.stmt):
                    yield from _bound(inner)


if __name__ == "__main__":
    found = list(faults())
    print("\n".join(found) or "rooms: private names stay at home, every name has one address")
    sys.exit(bool(found))
