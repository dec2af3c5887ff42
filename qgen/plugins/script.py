"""A plug-in that stands in the script that runs, and what it needs of it.

A script trains when it is imported, so that it cannot be the home of a saved plug-in. What is kept of it are the
statements that make the plug-in and, in turn, the names that these use: imports, functions, classes and values.
"""

import ast
from collections.abc import Iterator

MAKERS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
"""Statements that are kept; blocks with such statements are kept as a whole, but for what runs in a script only."""


def needed(text: str, name: str) -> str:
    """The part of a script that makes a name; empty where no statement at its top does.

    Args:
        text: of the script.
        name: of a function, a class or a value.
    """
    statements, wanted, kept = ast.parse(text).body, {name}, set[int]()
    changed = True
    while changed:
        changed = False
        for k, statement in enumerate(statements):
            if k not in kept and wanted & set(_made(statement)):
                kept.add(k)
                used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
                wanted, changed = wanted | used, True
    if not kept:
        return ""
    lines = text.splitlines()
    futures = {k for k, one in enumerate(statements) if isinstance(one, ast.ImportFrom) and one.module == "__future__"}
    parts = ["\n".join(lines[_first(statements[k]) - 1 : statements[k].end_lineno]) for k in sorted(kept | futures)]
    return "\n\n".join(parts) + "\n"


def _made(statement: ast.stmt) -> Iterator[str]:
    """Names that a statement makes or changes."""
    match statement:
        case ast.Import(names) | ast.ImportFrom(names=names):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in names)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            for target in targets:
                yield from _roots(target)
        case ast.AnnAssign(target=target):
            yield from _roots(target)
        case ast.If(test=test) if "__name__" in {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}:
            return
        case ast.Try() | ast.If() | ast.With():
            for inner in ast.walk(statement):
                if isinstance(inner, MAKERS):
                    yield from _made(inner)


def _roots(target: ast.expr) -> Iterator[str]:
    """Names at the root of what is assigned to: `a` of `a.b[0] = ...`."""
    while isinstance(target, ast.Attribute | ast.Subscript | ast.Starred):
        target = target.value
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _roots(part)


def _first(statement: ast.stmt) -> int:
    """Its first line, that of a decorator where it has some."""
    return min([statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", ()))])
