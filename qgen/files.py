"""Reading and writing without half-written results: bad input is one clear line, output is renamed into place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InputError(ValueError):
    """Bad input, told in one line: which file or argument, which field, what was found, what was expected.

    The command line prints it without a traceback and exits with status 2.
    """


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success rename it to `path`, on failure remove it.

    The rename is atomic, so a reader sees the old file or the new one, never a part.
    Parent folders are created. The temporary name is hidden, keeps the suffix,
    which some writers go by, and is always the same, so that what a killed process left is overwritten.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.stem}.partial{target.suffix}")
    try:
        yield aside
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
