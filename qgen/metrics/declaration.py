"""What a metric's file says of it: label, unit, which values are better, and how the harness scores it.

    @scored(label="mean shift", unit="sigma")
    def mean_shift(reference, generated):  # features, shapes (n, d) and (m, d)
        return float(np.abs((generated.mean(axis=0) - reference.mean(axis=0)) / reference.std(axis=0)).mean())

A function without a declaration is scored as `@scored()` would have it. A function that gives several values, as
`precision_recall` does, is declared once for each.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf, isfinite
from numbers import Real
from typing import Any, TypeVar

from qgen.files import InputError
from qgen.metrics.weights import Weighted

BETTER = ("lower", "higher")

F = TypeVar("F", bound=Callable[..., Any])


def badness(value: Any, better: str | float) -> Any:
    """A number (or array) that is the larger, the worse a value (or an array of them) is.

    Args:
        value: of a metric.
        better: "lower", "higher", or the value nearest to which is best.
    """
    if isinstance(better, str):
        return value if better == "lower" else -value
    return abs(value - better)


@dataclass(frozen=True)
class Description:
    """What tables, figures and ranks know of a metric: plain data that stays with its scores.

    Attributes:
        label: its name in tables and on axes.
        unit: of its values; empty for a pure number.
        better: "lower", "higher", or the value nearest to which is best.
        primary: whether generators are ranked by it.
        least: showers of each side from which on it means something.
        why: why so many.
    """

    label: str
    unit: str = ""
    better: str | float = "lower"
    primary: bool = True
    least: int = 0
    why: str = ""

    @property
    def title(self) -> str:
        """Label and unit."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label

    def badness(self, value: float) -> float:
        """A number that is the larger, the worse the value is."""
        return float(badness(value, self.better))

    def note(self, n: int) -> str:
        """Why the metric means little with n showers on the smaller side; empty where it does not."""
        why = f" ({self.why})" if self.why else ""
        return f"{n} showers are few for it: from {self.least} on{why}" if n < self.least else ""


@dataclass(frozen=True)
class Metric:
    """A metric as the harness scores it.

    Attributes:
        function: (reference, generated) -> value, (value, error) or what `read` takes a value from.
        key: its name in scoreboards and commands; by default that of the function.
        label: as `unit`, `better`, `primary`, `least` and `why` see `Description`; by default the key.
        per_feature: showers for each feature from which on it means something; in `why`, "{n_features}" is filled in.
        place: of its column among those of all metrics, in ascending order.
        read: takes the value from what the function gives; by default that itself, or the first of a tuple.
        showers: the function takes `Showers`, not features.
        training: the function takes the training sample, too: (training, reference, generated).
        limit: showers of each side that the value is made of at most.
        weighted: its form as a function of weights of blocks of showers, which gives better errors in less time, and
            draws for paired tests. Without one, errors come from half samples, floors from partings of single showers.
    """

    function: Callable[..., Any]
    key: str = ""
    label: str = ""
    unit: str = ""
    better: str | float = "lower"
    primary: bool = True
    least: int = 0
    why: str = ""
    per_feature: int = 0
    place: float = inf
    read: Callable[[Any], float] = field(default=lambda result: result[0] if isinstance(result, tuple) else result)
    showers: bool = False
    training: bool = False
    limit: int | None = None
    weighted: Weighted | None = None

    def __post_init__(self) -> None:
        name = self.key or getattr(self.function, "__name__", type(self.function).__name__)
        object.__setattr__(self, "key", name)
        object.__setattr__(self, "label", self.label or name)
        if isinstance(self.better, Real) and not isinstance(self.better, bool) and isfinite(self.better):
            object.__setattr__(self, "better", float(self.better))
        elif self.better not in BETTER:
            raise InputError(f"{name}: expected better to be 'lower', 'higher' or a number, found {self.better!r}")
        if self.weighted is None or self.weighted.published:
            _require_arguments(self.function, name, 3 if self.training else 2)

    def describe(self, n_features: int) -> Description:
        """What is known of the metric on showers of so many features."""
        least = max(self.least, self.per_feature * n_features)
        why = self.why.replace("{n_features}", str(n_features))
        return Description(self.label, self.unit, self.better, self.primary, least, why)

    def sizes(self, n: float, m: float) -> tuple[float, float]:
        """How many showers the metric of samples of n and m showers is made of."""
        limit = self.limit or max(n, m)
        return min(n, limit), min(m, limit)

    def value(self, result: Any) -> float:
        """The value in what the function gave.

        Raises:
            InputError: there is no number.
        """
        try:
            return float(self.read(result))
        except (TypeError, ValueError, AttributeError, LookupError) as error:
            raise InputError(f"{self.key}: expected a number, found {result!r:.60}") from error


def scored(key: str = "", **declared: Any) -> Callable[[F], F]:
    """Declare how the harness scores a metric; the function itself stays what it is.

    Args:
        key: name in scoreboards and commands; by default that of the function.
        declared: the other attributes of `Metric`.

    Raises:
        InputError: a declaration that makes no sense.
    """

    def declare(function: F) -> F:
        metric = Metric(function, key, **declared)
        function.scored = (metric, *getattr(function, "scored", ()))  # type: ignore[attr-defined]
        return function

    return declare


def declarations(function: Any) -> tuple[Metric, ...]:
    """The metrics that a function is declared as, in their order; none without a declaration."""
    return tuple(getattr(function, "scored", ()))


def named(function: Any) -> list[Metric]:
    """The metrics of a function that a user asks for, by which generators are ranked; it needs no declaration.

    Raises:
        InputError: it is no function of (reference, generated).
    """
    if not callable(function):
        raise InputError(f"metrics: expected a function of (reference, generated), found {function!r:.60}")
    return [replace(metric, primary=True) for metric in declarations(function) or (Metric(function),)]


def _require_arguments(function: Callable[..., Any], name: str, number: int) -> None:
    try:
        signature = inspect.signature(function)
    except ValueError:  # of a builtin, which has none
        return
    try:
        signature.bind(*range(number))
    except TypeError:
        expected = "(training, reference, generated)" if number > 2 else "(reference, generated)"
        taken = ", ".join(signature.parameters)
        raise InputError(f"{name}: expected a function of {expected}, found one of ({taken})") from None
