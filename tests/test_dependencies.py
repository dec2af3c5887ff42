"""What the distribution asks for is what its code imports, and the other way round."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TOOLS = {"dev", "docs"}
"""Extras of programs that are run, not imported."""
PROVIDES = {
    "dwave-ocean-sdk": ("dimod", "dwave", "minorminer", "networkx"),
    "dwave-pytorch-plugin": ("dwave.plugins.torch",),
    "einops": ("dwave.plugins.torch",),  # which needs it and does not say so
    "pyyaml": ("yaml",),
    "scikit-learn": ("sklearn",),
}
"""Modules of a distribution, where it is not one of the same name."""


def modules(requirement: str) -> tuple[str, ...]:
    name = Requirement(requirement).name.lower()
    return PROVIDES.get(name, (name.replace("-", "_"),))


def imports(*folders: str) -> Iterator[str]:
    """Dotted names of all that the files of these folders import."""
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Import():
                    yield from (alias.name for alias in node.names)
                case ast.ImportFrom(module=str(module), level=0):
                    yield from (f"{module}.{alias.name}" for alias in node.names)
                case ast.Call(args=[ast.Constant(value=str(module))], func=ast.Attribute(attr="import_module")):
                    yield module


def within(name: str, module: str) -> bool:
    return f"{name}.".startswith(f"{module}.")


@pytest.mark.parametrize("extra", sorted(set(PROJECT["optional-dependencies"]) - TOOLS))
def test_an_extra_brings_what_code_imports(extra):
    imported = set(imports("qgen", "studies"))
    for requirement in PROJECT["optional-dependencies"][extra]:
        assert any(within(name, module) for module in modules(requirement) for name in imported), requirement


def test_the_core_is_imported():
    imported = set(imports("qgen"))
    for requirement in PROJECT["dependencies"]:
        assert any(within(name, module) for module in modules(requirement) for name in imported), requirement


def test_what_is_imported_is_asked_for():
    extras = [text for name, texts in PROJECT["optional-dependencies"].items() if name not in TOOLS for text in texts]
    asked = {module for requirement in [*PROJECT["dependencies"], *extras] for module in modules(requirement)}
    others = {name for name in imports("qgen") if name.split(".")[0] not in {"qgen", *sys.stdlib_module_names}}
    assert [name for name in others if not any(within(name, module) for module in asked)] == []


def test_the_distribution_has_a_name_of_its_own():
    """`qgen` is another project's on the package index; messages and pages tell how to install ours."""
    assert PROJECT["name"] == "qgen-hep"
    texts = [*ROOT.glob("*.md"), *(p for f in ("docs", "qgen", "studies") for p in (ROOT / f).rglob("*.[mp][dy]"))]
    assert [str(path) for path in texts if "qgen[" in path.read_text()] == []
