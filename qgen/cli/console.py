"""A function as a command: flags from its type hints, one-line errors, exit status, logging.

Exit status 0 on success; 2 on bad usage or bad input, with one line on standard error; 1 where training failed;
130 where it was interrupted.
"""

import functools
import inspect
import json
import logging
import os
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Any

import jsonargparse
from rich.console import Console
from rich.logging import RichHandler

from qgen.cli.messages import command_of, in_words
from qgen.cli.shown import Formatter, shown
from qgen.files import InputError, TrainingError, local

SEVERAL = re.compile(r"(list|tuple|(collections\.abc\.)?Sequence)\[")
"""Types of flags that take several words."""
MOST_TEXT = 2000
"""Characters of a message; of a longer one, both ends."""
NUMBER = re.compile(r"\d+(\.\d+)?")


def run(target: Callable[..., Any] | dict[str, Any], arguments: Sequence[str] | None = None, **options: Any) -> int:
    """Run a function (or a table of them) with flags from its type hints, and YAML from `--config`; the exit status."""
    logging.basicConfig(
        level=os.environ.get("QGEN_LOG", "INFO"),
        handlers=[_handler()],
    )
    logging.getLogger("qiskit").setLevel(logging.WARNING)  # it tells of every pass of its compiler
    warnings.showwarning = _show_warning
    sys.excepthook = _show_exception
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that has no sign for +-, say
            stream.reconfigure(errors="replace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _require_characters(given)
        words = _switches(target, _lists(target, given))
        jsonargparse.auto_cli(_from_home(target), args=words, exit_on_error=False, **options)
    except jsonargparse.ArgumentError as error:
        return _fail(in_words(str(error), target, given), 2)
    except InputError as error:
        return _fail(error, 2)
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}" if error.filename else error, 2)
    except MemoryError as error:
        return _fail(f"not enough memory: {error}", 2)
    except TrainingError as error:
        return _fail(error, 1)
    except KeyboardInterrupt:
        return _fail("interrupted; the same command continues where it stood", 130)
    return 0


def _require_characters(words: Sequence[str]) -> None:
    """Refuse what no file can be called, and what is no text: NUL characters, and bytes that are no UTF-8."""
    for word in words:
        if "\0" in word or any("\ud800" <= character <= "\udfff" for character in word):
            raise InputError(f"{word!a}: expected {sys.getfilesystemencoding()} text without NUL characters")


def _from_home(target: Any) -> Any:
    """The same function, or table of them, with ~ in paths as the home folder."""
    if isinstance(target, dict):
        return {name: _from_home(one) for name, one in target.items()}
    if not inspect.isfunction(target):
        return target

    @functools.wraps(target)
    def called(*args: Any, **given: Any) -> Any:
        return target(*map(_expanded, args), **{name: _expanded(value) for name, value in given.items()})

    called.__qualname__ = f"command_{target.__name__}"  # the parser would look for `evaluate` in qgen, which imports it
    return called


def _expanded(value: Any) -> Any:
    match value:
        case Path():
            return local(value)
        case str() if value.startswith("~"):
            return str(local(value))
        case list():
            return [_expanded(item) for item in value]
    return value


def _handler() -> logging.Handler:
    """Rich on a terminal, plain lines elsewhere."""
    console = Console(stderr=True)
    if console.is_terminal:
        rich = RichHandler(console=console, show_path=False, show_level=False)
        rich.setFormatter(Formatter("%(message)s"))
        return rich
    plain = logging.StreamHandler()
    plain.setFormatter(Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    return plain


def _lists(target: Any, arguments: list[str]) -> list[str]:
    """Several words after a flag, or after the verb report, as the one JSON list that jsonargparse reads."""
    lists = {f"--{p.name}" for p in _parameters(target, arguments) if SEVERAL.match(str(p.annotation))}
    for flag in lists | {"report"} if arguments[:1] == ["report"] else lists:
        arguments = _one_list(arguments, flag)
    return arguments


def _one_list(arguments: list[str], flag: str) -> list[str]:
    if flag not in arguments:
        return arguments
    start = arguments.index(flag) + 1
    stop = next((i for i in range(start, len(arguments)) if arguments[i].startswith("-")), len(arguments))
    words = arguments[start:stop]
    if not words or words[0].startswith("["):
        return arguments
    items = [word if NUMBER.fullmatch(word) else json.dumps(word) for word in words]
    return [*arguments[:start], f"[{', '.join(items)}]", *arguments[stop:]]


def _switches(target: Any, arguments: list[str]) -> list[str]:
    """A bare flag of a function's boolean argument means true."""
    flags = {f"--{p.name}" for p in _parameters(target, arguments) if p.annotation in (bool, "bool")}
    following = [*arguments, "-"][1:]
    return [
        f"{word}=true" if word in flags and after.startswith("-") else word
        for word, after in zip(arguments, following, strict=True)
    ]


def _parameters(target: Any, arguments: list[str]) -> list[inspect.Parameter]:
    """Those of the function, or of the function in a table of verbs that the arguments name."""
    _, function = command_of(target, arguments)
    return list(inspect.signature(function).parameters.values()) if function is not None else []


def _fail(error: Exception | str, status: int) -> int:
    text = shown(" ".join(str(error).split()))
    text = text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT // 2]} ... {text[-MOST_TEXT // 2 :]}"
    print(f"qgen: {text}", file=sys.stderr)
    return status


def _show_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    print(shown("".join(traceback.format_exception(kind, error, trace))), end="", file=sys.stderr)


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"qgen: warning: {shown(str(message))}", file=sys.stderr)
