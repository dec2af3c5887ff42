"""The flag by which a command may run what came with files of others."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

HELP = """
        trust: run code that came with a run folder (plug-ins of its generator), and follow links of HDF5 files to
            other folders: only for what you made yourself, or whose makers you trust.
    """


def with_trust(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the flag --trust."""

    @functools.wraps(command)
    def trusting_command(*args: Any, trust: bool = False, **given: Any) -> None:
        from qgen.files import trusting

        with trusting(trust):
            command(*args, **given)

    signature = inspect.signature(command)
    flag = inspect.Parameter("trust", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=bool)
    trusting_command.__signature__ = signature.replace(parameters=[*signature.parameters.values(), flag])  # type: ignore[attr-defined]
    trusting_command.__doc__ = f"{(command.__doc__ or '').rstrip()}{HELP}"
    return trusting_command
