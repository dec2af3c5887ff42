"""What import-linter does not see of the house.

- At the top of `qgen/` there are at most 26 entries, and the first line of each says what it is for.
- Underscore names stay in their room: qgen/ROOM, or qgen/generators/FAMILY.
- Every name has one address: a module's names are its own. Only the `__init__` of a room hands names on, those of the
  room; `qgen/__init__.py` those of all.

`python .ci/rooms.py` prints a line for each fault and exits with 1 if there is one.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_ENTRIES = 26
"""At the top of the package, `__init__.py` apart."""


@dataclass(frozen=True)
class Module:
    """A file with its dotted name."""

    path: Path
    name: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """Who may use its underscore names."""
        return room_of(self.name)

    def own(self) -> set[str]:
        """Names that its statements make, imports apart."""
        return {name for statement in self.tree.body for name in _bound(statement)}

    def taken(self) -> Iterator[tuple[int, str, str, str]]:
        """Line, module, name in it, and name here, of everything that it imports by name."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "qgen":
                for alias in node.names:
                    yield node.lineno, node.module, alias.name, alias.asname or alias.name


def room_of(module: str) -> str:
    """The room of a module, or of a name in it."""
    return ".".join(module.split(".")[: 3 if module.startswith("qgen.generators.") else 2])


def modules(folder: Path, prefix: str) -> dict[str, Module]:
    """All files of a folder, by dotted name; that of a package is without `__init__`."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = (prefix, *path.relative_to(folder).with_suffix("").parts)
        name = ".".join(parts).removesuffix(".__init__")
        found[name] = Module(path, name, ast.parse(path.read_text(encoding="utf-8")))
    return found


def faults(root: Path) -> Iterator[str]:
    """One line for each fault of the house whose `qgen/` and `studies/` are in a folder."""
    house = modules(root / "qgen", "qgen")
    entries = [module for name, module in house.items() if name.count(".") == 1]
    if len(entries) > MOST_ENTRIES:
        yield f"qgen: expected at most {MOST_ENTRIES} entries, found {len(entries)}"
    for module in entries:
        if not (ast.get_docstring(module.tree) or "").partition("\n")[0].endswith((".", "?", ":")):
            yield f"{module.path}:1: expected a first line that says in a sentence what it is for"
    for module in (*house.values(), *modules(root / "studies", "studies").values()):
        yield from _private(module, house)
        yield from _second_address(module, house)
        yield from _handed_on(module)
    for module in modules(root / "tests", "tests").values():
        yield from _second_address(module, house)


def _private(module: Module, house: dict[str, Module]) -> Iterator[str]:
    """Underscore names of another room that a module imports, or reaches through a module that it imports."""
    here: dict[str, str] = {}
    for line, home, name, bound in module.taken():
        here[bound] = f"{home}.{name}"
        if _hidden(f"{home}.{name}") and room_of(home) != module.room:
            yield f"{module.path}:{line}: {home}.{name} is private to {room_of(home)}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _hidden(alias.name) and room_of(alias.name) != module.room:
                    yield f"{module.path}:{node.lineno}: {alias.name} is private to {room_of(alias.name)}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and _hidden(node.attr):
            home = here.get(node.value.id, "")
            if home in house and room_of(home) != module.room:
                yield f"{module.path}:{node.lineno}: {home}.{node.attr} is private to {room_of(home)}"


def _hidden(name: str) -> bool:
    return any(part.startswith("_") and not part.startswith("__") for part in name.split("."))


def _second_address(module: Module, house: dict[str, Module]) -> Iterator[str]:
    """Names that are imported from a module which only imports them itself."""
    for line, home, name, _ in module.taken():
        target = house.get(home)
        if target and target.path.name != "__init__.py" and name not in target.own():
            yield f"{module.path}:{line}: {name} has another home than {home}"


def _handed_on(module: Module) -> Iterator[str]:
    """Names in `__all__` that are made elsewhere; a room's `__init__` may hand on what is made within the room."""
    homes = {bound: home for _, home, _, bound in module.taken()}
    for statement in module.tree.body:
        if isinstance(statement, ast.Assign) and "__all__" in _bound(statement):
            for name in (node.value for node in ast.walk(statement.value) if isinstance(node, ast.Constant)):
                within = module.path.name == "__init__.py" and homes.get(name, "").startswith(f"{module.name}.")
                if name in homes and not within:
                    yield f"{module.path}:{statement.lineno}: __all__ hands on {name}, whose home is {homes[name]}"


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Names that a statement of a module makes, imports apart."""
    match statement:
        case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
            yield statement.name
        case ast.Assign():
            yield from (name.id for one in statement.targets for name in ast.walk(one) if isinstance(name, ast.Name))
        case ast.AnnAssign(target=ast.Name(name)):
            yield name
        case ast.If() | ast.Try() | ast.With():
            for inner in ast.iter_child_nodes(statement):
                if isinstance(inner, ast.stmt):
                    yield from _bound(inner)


if __name__ == "__main__":
    lines = list(faults(Path(__file__).parents[1]))
    print("\n".join(lines) or "rooms: private names stay at home, every name has one address")
    sys.exit(bool(lines))
