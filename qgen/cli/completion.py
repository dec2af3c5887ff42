"""`qgen completion`: a script by which bash or zsh complete verbs, flags, their choices, and names of generators."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

SCRIPT = """\
# qgen's verbs and flags; put `source <(qgen completion {shell})` into your {rc}
_qgen() {{
    local words place reply now=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
    place="${{COMP_WORDS[*]:1:2}}"
    case "$place $before" in
{choices}
    esac
    if [[ -z $reply ]]; then
        case "$place " in
{words}
        *) reply="{verbs}" ;;
        esac
    fi
    COMPREPLY=($(compgen -W "$reply" -- "$now"))
    [[ ${{#COMPREPLY[@]}} -gt 0 || $now == -* ]] || COMPREPLY=($(compgen -f -- "$now"))
}}
complete -o nospace -o filenames -F _qgen qgen
"""
ZSH = "autoload -Uz compinit bashcompinit\ncompinit\nbashcompinit\n"


def script(verbs: Mapping[str, Any], shell: Literal["bash", "zsh"], generators: list[str]) -> str:
    """The script of a shell.

    Args:
        verbs: functions, and tables of them, by name.
        shell: bash or zsh.
        generators: names that the flags for generators take.
    """
    choices, words = [], []
    for place, function in _commands(verbs):
        flags = [f"--{name}" for name in inspect.signature(function).parameters] + ["--help"]
        names = generators if place[0] == "fit" or place[:2] == ("generators", "show") else []
        words.append(f'        "{" ".join(place)} "*) reply="{" ".join([*names, *flags])}" ;;')
        for name, parameter in inspect.signature(function).parameters.items():
            values = generators if name == "generators" else _values(parameter.annotation)
            if values:
                choices.append(f'        "{" ".join(place)} "*" --{name}") reply="{" ".join(values)}" ;;')
    for verb, table in verbs.items():
        if isinstance(table, Mapping):
            words.append(f'        "{verb} "*) reply="{" ".join(name for name in table if name != "_help")}" ;;')
    text = SCRIPT.format(
        shell=shell,
        rc=f"~/.{shell}rc",
        choices="\n".join(choices),
        words="\n".join(words),
        verbs=" ".join([*verbs, "--help", "--version"]),
    )
    return (ZSH if shell == "zsh" else "") + text


def _commands(verbs: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Callable[..., Any]]]:
    """Every command with the words that it is called by."""
    for verb, function in verbs.items():
        if isinstance(function, Mapping):
            for name, inner in function.items():
                if callable(inner):
                    yield (verb, name), inner
        else:
            yield (verb,), function


def _values(kind: Any) -> list[str]:
    """What a flag takes, where that is one of a few."""
    if get_origin(kind) is Literal:
        return [str(value) for value in get_args(kind)]
    return ["true", "false"] if kind is bool else []
