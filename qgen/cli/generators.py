"""`qgen generators`: what there is, and the options of each."""

from typing import Any


def list_generators() -> None:
    """List the generators of qgen: name, family, what each is."""
    from qgen.generators.describe import catalogue

    print(catalogue())


def show(generator: str, markdown: bool = False) -> None:
    """Show the options of a generator: default, values, meaning, and what may be changed after a fit.

    Args:
        generator: a name of `qgen generators list`, or your own as module:Class or file.py:Class.
        markdown: only the table of options, in Markdown.
    """
    from qgen.generators import describe

    print(describe.markdown(generator) if markdown else describe.describe(generator))


VERBS: dict[str, Any] = {
    "list": list_generators,
    "show": show,
    "_help": "List the generators and show their options.",
}
