"""Generators in words: what there is, and the options of each, for a terminal and for the documentation."""

import inspect
import textwrap
from typing import Any

from qgen.generators.spec import parse, split
from qgen.plugins import Option, generators, options_of, plugins

WIDTH = 100
"""Of what a terminal shows."""


def catalogue() -> str:
    """A table of qgen's generators: name, family, and one line that says what it is."""
    rows = [(name, *_family_and_summary(parse(name)[0])) for name in generators()]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    lines = [f"{name:{widths[0]}}  {family:{widths[1]}}  {summary}" for name, family, summary in rows]
    further = "qgen generators show NAME lists its options; your own is called module:Class or file.py:Class."
    return "\n".join([*lines, "", further])


def describe(spec: str) -> str:
    """What a generator is and every option of it: default, values, meaning, and what may be changed after the fit.

    Args:
        spec: a name as `qgen.generators.spec.create` takes it; options behind it change nothing here.

    Raises:
        InputError: an unknown name.
    """
    cls, name = parse(spec)[0], split(spec)[0]
    doc = (inspect.getdoc(cls) or "").partition("\nArgs:")[0].rstrip()
    entries = "\n".join(_entry(one) for one in options_of(cls).values())
    parts = [f"{name}: {cls.__name__}", doc, f"Options, as in {name}:NAME=VALUE,...\n{entries}"]
    if after := [one.name for one in options_of(cls).values() if one.after_fit]:
        parts.append(f'May be changed after the fit, as in "{name}@{after[0]}=...": {", ".join(after)}.')
    if quick := getattr(cls, "quick", {}):
        parts.append(f"With --budget quick: {', '.join(f'{key}={_text(value)}' for key, value in quick.items())}.")
    return "\n\n".join(parts)


def markdown(spec: str) -> str:
    """The options of a generator as a table in Markdown.

    Args:
        spec: see `describe`.

    Raises:
        InputError: an unknown name.
    """
    rows = ["| option | default | values | meaning |", "|---|---|---|---|"]
    for one in options_of(parse(spec)[0]).values():
        words = (_values(one), one.meaning + ("; may be changed after the fit" if one.after_fit else ""))
        cells = (f"`{one.name}`", f"`{_text(one.default)}`", *(text.replace("<", "&lt;") for text in words))
        rows.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return "\n".join(rows)


def _family_and_summary(cls: type) -> tuple[str, str]:
    summary = (inspect.getdoc(cls) or "").partition("\n\n")[0]
    return getattr(cls, "family", ""), " ".join(summary.split())


def _entry(declared: Option) -> str:
    """Name, default and values, and indented below them the meaning."""
    required = declared.default is inspect.Parameter.empty
    head = f"  {declared.name}" if required else f"  {declared.name}={_text(declared.default)}"
    values = f"  ({_values(declared)})" if _values(declared) else ""
    return _filled(head + values) + (f"\n{_filled(declared.meaning, ' ' * 6)}" if declared.meaning else "")


def _values(declared: Option) -> str:
    """What an option may be; of a plug-in, what qgen ships."""
    if declared.plugin is None:
        return declared.values
    shipped = (name.partition("/")[2] for name in plugins(declared.plugin)) if declared.plugin else ()
    return ", ".join([*shipped, "or file.py:name"])


def _text(value: Any) -> str:
    """A value as a command line takes it."""
    return value if isinstance(value, str) else repr(list(value) if isinstance(value, tuple) else value)


def _filled(text: str, indent: str = "") -> str:
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent or " " * 6)
