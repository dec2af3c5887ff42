"""Which metrics there are, and which of them are meant by a name.

The folder of metrics is their registry: what its files declare is scored by default. Any other function is scored where
it is named, by "path/to/file.py:function" or "module:function".
"""

from collections.abc import Callable, Sequence
from typing import Any

from qgen.files import InputError
from qgen.metrics.declaration import Description, Metric, declarations, named
from qgen.plugins import near_miss, plugins, resolve
from qgen.plugins.find import WORD

Named = str | Callable[..., Any]
"""A metric: its key, the name of its file, a path to its function, or the function itself."""


def built_in() -> list[Metric]:
    """All metrics that the files of `qgen/metrics` declare, in the order of their columns."""
    functions = map(resolve, plugins("metrics"))
    return sorted(
        (metric for function in functions for metric in declarations(function)),
        key=lambda metric: (metric.place, metric.key),
    )


def built_in_descriptions(n_features: int = 0) -> dict[str, Description]:
    """What is known of the built-in metrics, by key, on showers of so many features."""
    return {metric.key: metric.describe(n_features) for metric in built_in()}


def find(names: Sequence[Named] | None = None) -> list[Metric]:
    """The metrics that are named, in this order, all of them primary; without names the built-in ones.

    Raises:
        InputError: an unknown name, what is no metric, or one metric twice.
    """
    if names is None:
        return built_in()
    if isinstance(names, str) or not names:
        raise InputError(f"metrics: expected a list of metrics, found {names!r}")
    metrics = [metric for name in names for metric in _find(name)]
    keys = [metric.key for metric in metrics]
    if repeated := sorted({key for key in keys if keys.count(key) > 1}):
        raise InputError(f"metrics: expected different metrics, found {' and '.join(repeated)} twice")
    return metrics


def _find(name: Named) -> list[Metric]:
    by_key = {metric.key: metric for metric in built_in()}
    if not isinstance(name, str) or not WORD.fullmatch(name):
        metrics = named(resolve(name, "metrics"))
        for metric in metrics:
            if metric.key in by_key and metric.function is not by_key[metric.key].function:
                raise InputError(f"{name}: expected a name of its own, found {metric.key!r}, which is one of qgen's")
        return metrics
    if name in by_key:
        return [metric for metric in named(by_key[name].function) if metric.key == name]
    if f"metrics/{name}" in plugins("metrics"):
        return named(resolve(name, "metrics"))
    listed = f"there are {', '.join(by_key)}, and any file.py:function"
    raise InputError(f"metrics: no {name!r}{near_miss(name, by_key)}; {listed}")
