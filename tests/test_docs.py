"""The pages of the docs: short guides, results that say what made them, and commands and generators that there are.

What a page's Python blocks do is tested by `test_readme.py`; here nothing is run.
"""

import ast
import inspect
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from qgen.cli import VERBS
from qgen.cli.splits import FLAGS
from qgen.comparison.task import named
from qgen.generators.spec import create

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
GUIDES = sorted((ROOT / "docs").glob("*.md"))
RESULTS = sorted(page for page in (ROOT / "docs" / "results").glob("*.md") if page.stem not in ("index", "withdrawn"))
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
SPAN = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
COMMAND = re.compile(r"(qgen (?!compare$|evaluate$|report$|circuits \w+$)[a-z]|python studies/\S+\.py)")
GENERATOR = re.compile(r"(qvae|qgan|qcbm|iqp|classical/\w+)(:\S+)?")
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]+)")
MOST_WORDS = 950
"""Guides have about 900."""
GIVEN_BY_JSONARGPARSE = {"help", "config", "print_config"}


def commands(page: Path) -> list[str]:
    """Lines of shell blocks, and code spans, that call qgen or a study."""
    text = page.read_text()
    blocks = [code.replace("\\\n", " ") for language, code in BLOCK.findall(text) if language in ("sh", "shell")]
    lines = [line.split(" #")[0] for block in blocks for line in block.splitlines()]
    return [line for line in [*lines, *spans(text)] if COMMAND.match(line.strip()) and "..." not in line]


def spans(text: str) -> list[str]:
    return [" ".join(span.split()) for span in SPAN.findall(BLOCK.sub("", text))]


def flags(words: list[str]) -> set[str]:
    return {word[2:].partition("=")[0] for word in words if word.startswith("--")}


def parameters(words: list[str]) -> set[str]:
    """Flags that a verb of qgen, or a study, takes."""
    if words[0] == "qgen":
        target, rest = VERBS, iter(words[1:])
        while isinstance(target, dict):
            target = target[next(rest)]
        return set(inspect.signature(target).parameters) | GIVEN_BY_JSONARGPARSE
    functions = {
        node.name: {argument.arg for argument in node.args.args}
        | (set(FLAGS) if any(getattr(one, "id", "") == "with_split" for one in node.decorator_list) else set())
        for node in ast.walk(ast.parse((ROOT / words[1]).read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    (main,) = re.findall(r"SystemExit\(run\((\w+)\)\)", (ROOT / words[1]).read_text())
    return functions[main] | GIVEN_BY_JSONARGPARSE


def generators(words: list[str]) -> Iterator[str]:
    """What is trained, where it comes with qgen."""
    if words[:2] in (["qgen", "compare"], ["qgen", "fit"]):
        for word in words[2:]:
            _, spec = named(word)
            if GENERATOR.match(spec) and ".py" not in spec and ".qasm" not in spec:
                yield spec.partition("@")[0]


def require(spec: str) -> None:
    """A name, a mode and options that there are."""
    generator = create(spec, representation="image8x8")
    if hasattr(generator, "require_options"):
        generator.require_options()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_generators_are_those_of_qgen(page):
    for command in commands(page):
        words = shlex.split(command)
        assert flags(words) <= parameters(words), command
        for spec in generators(words):
            require(spec)
    for span in spans(page.read_text()):
        if GENERATOR.fullmatch(span) and ".py" not in span and "..." not in span:
            require(span.partition("@")[0])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page):
    missing = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("page", RESULTS, ids=lambda page: page.stem)
def test_results_begin_with_what_made_them_and_what_they_show(page):
    title, _, rest = page.read_text().partition("\n")
    assert re.fullmatch(r"# .+\?", title), title
    for row in ("Command", "Commit", "Data", "Settings"):
        assert re.search(rf"^\| {row} \| .+ \|$", rest, re.MULTILINE), row
    assert "\n**What it shows.** " in rest.partition("\n## ")[0]
    assert f"({page.name})" in (page.parent / "index.md").read_text()


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_guides_are_short(page):
    assert len(page.read_text().split()) <= MOST_WORDS
