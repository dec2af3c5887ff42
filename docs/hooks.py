"""mkdocs: a line `<!-- options: qvae -->` of a page becomes the table of that generator's options."""

from __future__ import annotations

import re
from typing import Any

from qgen.generators.describe import markdown

MARKER = re.compile(r"^<!-- options: (\S+) -->$", re.MULTILINE)


def on_page_markdown(text: str, **_: Any) -> str:
    """The text of a page with its tables; mkdocs calls it for every page.

    Raises:
        InputError: a marker names no generator.
    """
    return MARKER.sub(lambda marker: markdown(marker[1]), text)
