"""The parser's complaints in the user's words: what was typed, what is expected there, what may have been meant."""

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

from jsonargparse.typing import NonNegativeInt

from qgen.plugins.find import near_miss
from qgen.plugins.options import Option

NAMES = re.compile(r"'([^']*)'")
CHOICE = re.compile(r"invalid choice: '(.*?)' \(choose from (.*)\)")
NO_VERB = re.compile(r"to be one of \{(.*)\}, but it was not provided")
MISSING = re.compile(r"arguments are required: (.*)")
UNKNOWN = re.compile(r"(?:unrecognized arguments|ambiguous option): (\S+)")
NO_VALUE = re.compile(r"argument (--\w+)\S*: expected")
WRONG = re.compile(r'Parser key "(?:\w+\.)*(\w+)": (.*)', re.DOTALL)


def in_words(complaint: str, target: Any, words: Sequence[str]) -> str:
    """A complaint of the parser in one line.

    Args:
        complaint: its message.
        target: the function that is the command, or the table of verbs.
        words: what was typed.
    """
    verbs, function = command_of(target, words)
    command = " ".join(verbs)
    more = f"see {' '.join(('qgen', *verbs))} --help" if isinstance(target, dict) else "see --help"
    parameters = dict(inspect.signature(function).parameters) if function is not None else {}
    text = " ".join(complaint.split())
    if found := CHOICE.search(text):
        known = NAMES.findall(found[2])
        return f"{found[1]}: no such verb{near_miss(found[1], known)}; there are {', '.join(known)}"
    if found := NO_VERB.search(text):
        return f"{command or 'qgen'}: expected one of {found[1].replace(',', ', ')} after it, found nothing"
    if found := MISSING.search(text):
        names = [name.rsplit(".", 1)[-1] for name in found[1].split(", ")]
        return f"{command or 'this command'}: expected {' and '.join(map(str.upper, names))}, found nothing; {more}"
    if found := UNKNOWN.search(text):
        return _unknown(found[1], parameters, more)
    if found := NO_VALUE.search(text):
        parameter = parameters.get(found[1].removeprefix("--"))
        return f"{found[1]}: expected {_expected(parameter) or 'a value'} after it, found nothing"
    if (found := WRONG.search(text)) and found[1] == "config":
        return f"--config: {', '.join(NAMES.findall(found[2])) or found[2]}: no such file, or no YAML of flags"
    if (found := WRONG.search(text)) and (expected := _expected(parameters.get(found[1]))):
        return _wrong(parameters[found[1]], expected, words)
    return text


def command_of(target: Any, words: Sequence[str]) -> tuple[list[str], Callable[..., Any] | None]:
    """The verbs that were typed, and the function that they stand for."""
    verbs = []
    for word in words:
        if not isinstance(target, dict) or word not in target:
            break
        verbs.append(word)
        target = target[word]
    return verbs, None if isinstance(target, dict) else target


def _unknown(word: str, parameters: dict[str, inspect.Parameter], more: str) -> str:
    flag = word.partition("=")[0]
    if flag.startswith("-"):
        known = [f"--{name}" for name in parameters] or ["--help", "--version"]
        return f"{flag}: no such flag{near_miss(flag, known)}; {more}"
    several = [name for name, one in parameters.items() if re.match(r"(list|.*Sequence)\[", str(one.annotation))]
    hint = f"several words follow a flag, as in --{several[0]} {word}" if several else "a flag is missing before it"
    return f"{word}: not expected here: {hint}; {more}"


def _expected(parameter: inspect.Parameter | None) -> str:
    """What a flag takes, in words; nothing where that is not known."""
    if parameter is None:
        return ""
    kind, least = parameter.annotation, None
    if kind in (NonNegativeInt, NonNegativeInt | None):
        kind, least = int, 0
    values = Option("", name=parameter.name, kind=kind, least=least, choices=_choices(kind)).values
    return values.removesuffix(" or None")


def _choices(kind: Any) -> tuple[str, ...]:
    """The words of a Literal."""
    return tuple(word for word in getattr(kind, "__args__", ()) if isinstance(word, str))


def _wrong(parameter: inspect.Parameter, expected: str, words: Sequence[str]) -> str:
    flag = f"--{parameter.name}"
    name = flag if parameter.default is not inspect.Parameter.empty else parameter.name.upper()
    given = next((word.partition("=")[2] for word in words if word.startswith(f"{flag}=")), "")
    if not given and flag in words:
        given = words[words.index(flag) + 1]
    found = f", found {given!r}{near_miss(given, _choices(parameter.annotation))}" if given else ""
    return f"{name}: expected {expected}{found}"
