"""Reading and writing without half-written results: bad input is one clear line, output is renamed into place."""

from __future__ import annotations

import os
import tempfile
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
    Parent folders are created. The temporary name keeps the suffix, which some writers go by.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}.", suffix=target.suffix)
    os.close(handle)
    aside = Path(name)
    try:
        yield aside
        mask = os.umask(0)
        os.umask(mask)
        aside.chmod(0o666 & ~mask)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
