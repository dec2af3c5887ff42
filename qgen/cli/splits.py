"""The flags by which every command that trains and scores says which showers are learnt from, and which are scored."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from jsonargparse.typing import NonNegativeInt

from qgen.files import InputError

HELP = """
        split_seed: of the random split of the open showers: 70 % to learn from and 30 % to score, or folds.
        test: score these showers, which nothing learns from: an embedded sample or an HDF5 file; all open
            showers of the dataset are learnt from.
        folds: cut the open showers in so many parts at random; each part is scored, by a fit to the others.
        fold: of the folds, score this one alone, counted from 0.
        sealed: score the 15 % of every embedded sample that are kept from all training and tuning, once, at the end.
    """
FLAGS = {"split_seed": (NonNegativeInt, 0), "test": (str | None, None), "folds": (int | None, None)}
FLAGS |= {"fold": (int | None, None), "sealed": (bool, False)}
"""With their types and defaults."""


def seeds_asked(text: int | str | None) -> int | list[int] | None:
    """How many training seeds, or which: of "3" and "3,7".

    Raises:
        InputError: neither.
    """
    if not isinstance(text, str):
        return text
    try:
        listed = [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        listed = []
    if not listed or min(listed) < 0:
        raise InputError(f"--seeds: expected how many, as in 3, or which, as in 3,7,8, found {text!r}")
    return listed if "," in text else listed[0]


def with_split(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameter `split` (the last, a `qgen.comparison.split.Split`) is made of flags.

    From Python it takes either the flags, or `split` itself.
    """

    @functools.wraps(command)
    def flagged(*args: Any, split: Any = None, **given: Any) -> None:
        from qgen.comparison.split import Split

        asked = {name: given.pop(name, default) for name, (_, default) in FLAGS.items()}
        if split is None:
            split = Split(asked.pop("split_seed"), **asked)
        command(*args, split=split, **given)

    signature = inspect.signature(command)
    own = [parameter for parameter in signature.parameters.values() if parameter.name != "split"]
    flags = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in FLAGS.items()
    ]
    flagged.__signature__ = signature.replace(parameters=[*own, *flags])  # type: ignore[attr-defined]
    flagged.__doc__ = f"{(command.__doc__ or '').rstrip()}{HELP}"
    return flagged
