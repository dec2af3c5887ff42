"""How is a plug-in found by its name, kept with a run, and given its options?"""

from qgen.plugins.find import (
    BUILTIN,
    Source,
    archive,
    generators,
    load_module,
    near_miss,
    plugins,
    resolve,
    source_of,
    source_of_class,
)
from qgen.plugins.options import Option, option, options_of

__all__ = [
    "BUILTIN",
    "Option",
    "Source",
    "archive",
    "generators",
    "load_module",
    "near_miss",
    "option",
    "options_of",
    "plugins",
    "resolve",
    "source_of",
    "source_of_class",
]
