"""Reading and writing without half-written results: bad input is one clear line, output is renamed into place."""

import errno
import glob
import hashlib
import json
import os
import platform
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import yaml

_HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
_PROCESS = secrets.token_hex(4)
"""This process, also where its number is that of a killed one, as in containers."""


class InputError(ValueError):
    """Bad input, told in one line: which file or argument, which field, what was found, what was expected.

    The command line prints it without a traceback and exits with status 2.
    """


class TrainingError(RuntimeError):
    """Training cannot go on; one line says at which step and why."""


ROOM = 2**20
"""A disk with less than that is full [bytes]."""
MOST_DEPTH, MOST_ITEMS = 20, 10**7
"""Of what is read from JSON and YAML."""
_TRUSTED: ContextVar[bool] = ContextVar("trusted", default=False)


@contextmanager
def trusting(trust: bool) -> Iterator[None]:
    """Run code that comes with files, and follow what they point to elsewhere, as long as the context lasts.

    Args:
        trust: whether to; False leaves it as it is.
    """
    before = _TRUSTED.set(trust or _TRUSTED.get())
    try:
        yield
    finally:
        _TRUSTED.reset(before)


def trusted() -> bool:
    """Whether somebody has said so (`trusting`)."""
    return _TRUSTED.get()


def local(path: str | Path) -> Path:
    """A path that a user gave: ~ is the home folder, where there is one.

    Raises:
        InputError: there is a NUL character in it, which no file's name has.
    """
    if "\0" in str(path):
        raise InputError(f"{str(path)!r}: expected a name without NUL characters")
    try:
        return Path(path).expanduser()
    except RuntimeError:  # no such user
        return Path(path)


def read_text(path: str | Path) -> str:
    """A text file: UTF-8 whatever the locale says, with or without a byte order mark.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is no such text; a ValueError.
    """
    return local(path).read_text(encoding="utf-8-sig")


def read_json(path: str | Path, what: str) -> Any:
    """The content of a JSON file, without NaN and infinities, nested at most `MOST_DEPTH` deep.

    Args:
        path: file.
        what: to be expected, for messages.

    Raises:
        InputError: it cannot be read, or is no such JSON.
    """
    return _read(path, what, lambda text: json.loads(text, parse_constant=_refuse))


def read_yaml(path: str | Path, what: str) -> Any:
    """The content of a YAML file, nested at most `MOST_DEPTH` deep; arguments and errors as of `read_json`."""
    return _read(path, what, yaml.safe_load)


def _read(path: str | Path, what: str, parse: Callable[[str], Any]) -> Any:
    try:
        content = parse(read_text(path))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        reason = "lists nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise InputError(f"{path}: expected {what}, found: {reason}") from error
    level, n = [content], 0
    for _ in range(MOST_DEPTH):
        level = [item for one in level if isinstance(one, list | dict) for item in _items(one)]
        n += len(level)  # an alias of YAML counts as often as it stands
        if n > MOST_ITEMS:
            break
    if level:
        raise InputError(
            f"{path}: expected {what}, found lists more than {MOST_DEPTH} deep, or more than {MOST_ITEMS:g} items"
        )
    return content


def _items(value: list[Any] | dict[Any, Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant}, which is no number")


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success rename it to `path`, on failure remove it.

    The rename is atomic, so a reader sees the old file or the new one, never a part. Parent folders are created. The
    temporary name is hidden and keeps the suffix, which some writers go by. Nobody can guess it, so that no link can
    wait there, and it names the process, so that two do not meet, and what a killed one left is removed.

    Raises:
        InputError: the path is a folder, or a device.
        OSError: it cannot be written; also in place of what a library raises where the disk is full.
    """
    target = local(path)
    if target.exists() and not target.is_file():  # renaming would put a plain file in the place of a device
        raise InputError(f"{path}: expected a file to write, found a {'folder' if target.is_dir() else 'device'}")
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_left_over(target)
    own = f"{_HOST}-{os.getpid()}-{_PROCESS}-{secrets.token_hex(8)}"
    aside = target.with_name(f".{target.stem}.{own}.partial{target.suffix}")
    os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield aside
        aside.replace(target)
    except Exception as error:
        if shutil.disk_usage(target.parent).free < ROOM:  # libraries tell of it in errors of their own
            raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)}; nothing is lost", str(target)) from error
        raise
    finally:
        aside.unlink(missing_ok=True)


def _remove_left_over(target: Path) -> None:
    """Remove what killed processes of this machine left of the same file."""
    for path in target.parent.glob(f".{glob.escape(target.stem)}.{_HOST}-*.partial{glob.escape(target.suffix)}"):
        _, process, run, _ = path.name.removesuffix(f".partial{target.suffix}").rsplit("-", 3)
        if run != _PROCESS and (int(process) == os.getpid() or not lives(int(process))):
            path.unlink(missing_ok=True)


def lives(process: int) -> bool:
    """Whether there is a process of that number; taken for granted where it cannot be told."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True


def write(path: str | Path, text: str) -> None:
    """Write a text file in UTF-8; see `replacing`."""
    with replacing(path) as aside:
        aside.write_text(text, encoding="utf-8")


def write_table(folder: Path, name: str, content: Any, table: str) -> None:
    """Write a result twice: plain data to `name`.json, its table to `name`.md."""
    write(folder / f"{name}.json", json.dumps(content, indent=1))
    write(folder / f"{name}.md", table)


COMPLAINTS = (OSError, RuntimeError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError)
"""What libraries raise of damaged files."""


@contextmanager
def reading(path: str | Path, what: str) -> Iterator[None]:
    """Turn a library's complaints about a damaged file into one line.

    Args:
        path: of the file.
        what: is being read, e.g. "field 'showers'".

    Raises:
        InputError: in place of any of them, or where the file's content does not fit in memory.
    """
    try:
        yield
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"{path}: {what} does not fit in memory: read it in slices (start, stop)") from error
    except COMPLAINTS as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: {what} cannot be read, is it truncated or damaged? ({reason})") from error


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Decorator of loops that Numba compiles, with its `options`; the machine code is kept for the next process.

    It lies beside the source or in the user's cache. Where neither can be written (a container, an installation that
    is shared) it is compiled anew in each process.
    """
    from numba import njit  # only where there is something to compile

    def decorated(function: Callable[..., Any]) -> Any:
        try:
            return njit(cache=True, **options)(function)
        except RuntimeError:  # no place for the cache
            return njit(**options)(function)

    return decorated


def require_new(path: Path, suffixes: Sequence[str], *, force: bool = False) -> None:
    """Find out now, not after the work, whether a file may be written.

    Args:
        path: of the file.
        suffixes: that its format has, the usual one first.
        force: whether one that is there may be overwritten.

    Raises:
        InputError: another suffix, a folder, a file that is there, or a place that cannot be written to.
    """
    if path.is_dir():
        raise InputError(f"{path}: expected a file to write, found a folder")
    if path.suffix.lower() not in suffixes:
        raise InputError(f"{path}: expected the name of a file that ends in {' or '.join(suffixes)}")
    if path.exists() and not force:
        raise InputError(f"{path}: is there already; say --force to overwrite it")
    try:
        require_folder(path.parent)
    except InputError as error:
        raise InputError(f"{path}: cannot be written: {error}") from error


def require_folder(path: Path) -> None:
    """Find out now, not after the work, whether results can be written to a folder; makes it.

    Raises:
        InputError: they cannot.
    """
    try:
        with replacing(path / "writable") as aside:
            aside.touch()
        (path / "writable").unlink()
    except OSError as error:
        raise InputError(f"{path}: expected a folder that can be written, found: {error.strerror}") from error
