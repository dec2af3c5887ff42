"""Options of a class, each said once: its name, type, default, bounds and meaning.

    class Mine(BaseGenerator):
        depth: int = option("blocks of the circuit", default=8, least=1)
        loss: Literal["bce", "mmd"] = option("what is minimised", default="bce")
        penalty: float | None = option("gamma; None takes 0.1", default=None, least=0)

The class gets a keyword-only constructor that only stores them, and they are listed in its docstring; `check_options`
tells in one line what a value is not, which with options of a command line is anything that YAML can say. A class with
a constructor of its own keeps it, and `options_of` reads its signature and docstring.
"""

import inspect
import math
import re
import sys
import textwrap
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, ClassVar, Literal, TypeVar, Union, cast, dataclass_transform, get_args, get_origin

import numpy as np

from qgen.files import InputError
from qgen.plugins.find import near_miss

T = TypeVar("T")

ARGUMENT = re.compile(r"^    (\w+): (.+(?:\n {5,}\S.*)*)", re.MULTILINE)
"""A name and its meaning among the "Args" of a docstring."""
MANY = {"a whole number": "whole numbers", "a number": "numbers", "text": "words", "a mapping": "mappings"}
SECRET = re.compile(r"(token|secret|password|passwd|credential|api_?key)s?($|\.)", re.IGNORECASE)
WIDTH = 116
"""Of a docstring."""


@dataclass(frozen=True)
class Option:
    """What is known of an option.

    Attributes:
        meaning: one phrase without a full stop.
        default: its value where none is given.
        least, above, most, below: bounds of numbers, of those in a list too.
        choices: all values that it may have; of a `Literal` they are its values.
        plugin: folder of qgen, in which `resolve` looks for single words; None for what is no plug-in.
        after_fit: whether only sampling uses it, so that it may be changed after the fit.
        name: as the class calls it.
        kind: its type.
    """

    meaning: str
    default: Any = inspect.Parameter.empty
    least: float | None = None
    above: float | None = None
    most: float | None = None
    below: float | None = None
    choices: tuple[Any, ...] = ()
    plugin: str | None = None
    after_fit: bool = False
    name: str = ""
    kind: Any = Any

    @property
    def values(self) -> str:
        """In words, what it may be: "a whole number >= 1", "one of bce, mmd"; nothing where that is not limited."""
        return self._words(self.kind)

    def check(self, owner: str, value: Any) -> None:
        """Check a value.

        Raises:
            InputError: it is of another kind, out of bounds or none of the choices.
        """
        if self._takes(self.kind, value):
            return
        expected = f"{self.name} to be {self.values}"
        if self.choices:
            expected = f"a {self.name} of {', '.join(map(str, self.choices))}"
        close = near_miss(value, map(str, self.choices)) if isinstance(value, str) else ""
        raise InputError(f"{owner}: expected {expected}, found {value!r}{close}")

    def _words(self, kind: Any) -> str:
        match _taken_apart(kind):
            case "or", *parts:
                words = [self._words(part) for part in parts]
                return " or ".join(words) if all(words) else ""
            case "list", inner:
                one, bounds = self._words(inner), self._bounds if inner in (int, float) else ""
                many = MANY.get(one.removesuffix(bounds))
                return f"a list of {many}{bounds}" if many else "a list"
            case (("one of" | "text"), _) if self.choices:
                return f"one of {', '.join(map(str, self.choices))}"
            case name, _:
                return name + (self._bounds if kind in (int, float) else "")
        return ""

    @property
    def _bounds(self) -> str:
        signs = {">=": self.least, ">": self.above, "<=": self.most, "<": self.below}
        words = " and ".join(f"{sign} {bound:g}" for sign, bound in signs.items() if bound is not None)
        return f" {words}" if words else ""

    def _takes(self, kind: Any, value: Any) -> bool:
        match _taken_apart(kind):
            case "or", *parts:
                return any(self._takes(part, value) for part in parts)
            case "list", inner:
                listed = isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping | Set)
                return listed and len(value) > 0 and all(self._takes(inner, item) for item in value)
            case (("one of" | "text"), types) if self.choices:
                return isinstance(value, types) and any(type(value) is type(c) and value == c for c in self.choices)
            case _, types:
                right = isinstance(value, types) and (types is bool or not isinstance(value, bool))
                return right and (types not in (Integral, Real) or self._contains(float(value)))
        return True

    def _contains(self, value: float) -> bool:
        above = (self.least is None or value >= self.least) and (self.above is None or value > self.above)
        below = (self.most is None or value <= self.most) and (self.below is None or value < self.below)
        return math.isfinite(value) and above and below


def _taken_apart(kind: Any) -> tuple[Any, ...]:
    """A type in words, and the types that it is made of or allows; nothing for one that is not checked."""
    origin = get_origin(kind) or kind
    if origin in (Union, UnionType):
        return "or", *get_args(kind)
    if origin in (Sequence, list, tuple):
        return "list", next(iter(get_args(kind)), Any)
    plain = {
        Literal: ("one of", object),
        Mapping: ("a mapping", Mapping),
        dict: ("a mapping", Mapping),
        bool: ("true or false", bool),
        int: ("a whole number", Integral),
        float: ("a number", Real),
        str: ("text", str),
        NoneType: ("None", NoneType),
    }
    return plain.get(origin, ())


def option(
    meaning: str,
    *,
    default: T,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
    below: float | None = None,
    choices: Collection[Any] = (),
    plugin: str | None = None,
    after_fit: bool = False,
) -> T:
    """Declare an option of a class; see `Option`. Numbers must be finite, and a list must hold something."""
    declared = Option(meaning, default, least, above, most, below, tuple(choices), plugin, after_fit)
    return cast(T, declared)


@dataclass_transform(kw_only_default=True, field_specifiers=(option,))
class Declared:
    """Base of classes whose options are declared with `option`."""

    __options__: ClassVar[Mapping[str, Option]] = {}

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        inherited: dict[str, Option] = {}
        for base in reversed(cls.__mro__[1:]):
            inherited |= vars(base).get("__options__", {})
        changed = {name: replace(inherited[name], default=vars(cls)[name]) for name in inherited if name in vars(cls)}
        cls.__options__ = {**inherited, **changed, **_own(cls)}
        for name in cls.__options__.keys() & vars(cls).keys():
            cls.__options__[name].check(cls.__name__, cls.__options__[name].default)
            setattr(cls, name, cls.__options__[name].default)
        _complete(cls)


def _own(cls: type) -> dict[str, Option]:
    """Options that a class declares itself, with their names and types."""
    kinds, own = inspect.get_annotations(cls), {}
    for name, value in vars(cls).items():
        if not isinstance(value, Option):
            continue
        if name not in kinds:
            raise TypeError(f"{cls.__name__}.{name}: expected a type, as in `{name}: int = option(...)`")
        kind = kinds[name]
        if isinstance(kind, str):
            kind = eval(kind, vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules else {})
        literals = [part for part in (kind, *get_args(kind)) if get_origin(part) is Literal]
        choices = value.choices or tuple(choice for part in literals for choice in get_args(part))
        own[name] = replace(value, name=name, kind=kind, choices=choices)
    return own


def _complete(cls: type[Declared]) -> None:
    """Give a class its constructor, unless it has one, and list the options in its docstring."""
    if "__init__" in vars(cls):
        return
    nearest = next(base for base in cls.__mro__[1:] if "__init__" in vars(base))
    if nearest is not object and not hasattr(nearest.__init__, "__signature__"):  # type: ignore[misc]
        if any(name in vars(cls) for name in cls.__options__):
            raise TypeError(f"{cls.__name__}: expected a constructor, since {nearest.__name__} has one of its own")
        return
    cls.__init__ = _constructor(cls)  # type: ignore[method-assign]
    doc = inspect.cleandoc(cls.__doc__ or "")
    if "\nArgs:\n" not in doc:
        cls.__doc__ = f"{doc}\n\nArgs:\n{_arguments(cls.__options__)}\n".lstrip()


def _constructor(cls: type[Declared]) -> Callable[..., None]:
    options = cls.__options__

    def __init__(self: Any, **given: Any) -> None:
        for name in given:
            if name not in options:
                raise TypeError(f"{type(self).__name__}: unknown option {name!r}{near_miss(name, options)}")
        for name, declared in options.items():
            setattr(self, name, plain_value(given.get(name, declared.default)))

    kind = inspect.Parameter.KEYWORD_ONLY
    __init__.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD),
            *(inspect.Parameter(name, kind, default=o.default, annotation=o.kind) for name, o in options.items()),
        ]
    )
    __init__.__qualname__, __init__.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
    return __init__


def _arguments(options: Mapping[str, Option]) -> str:
    """The options as the "Args" of a docstring."""
    lines = []
    for name, declared in options.items():
        values = f"{declared.values[:1].upper()}{declared.values[1:]}, default" if declared.values else "Default"
        text = f"{name}: {declared.meaning}. {values} {declared.default!r}."
        lines.append(textwrap.fill(text, WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 8))
    return "\n".join(lines)


def options_of(cls: type) -> dict[str, Option]:
    """Options of a class by name: those that it declares, or what signature and docstring tell of its constructor."""
    declared: Mapping[str, Option] = getattr(cls, "__options__", {})
    meanings = {name: " ".join(text.split()) for name, text in ARGUMENT.findall(inspect.getdoc(cls) or "")}
    try:
        parameters = inspect.signature(cls, eval_str=True).parameters
    except NameError:  # types that are imported for type checkers alone
        parameters = inspect.signature(cls).parameters
    by_name = {}
    for name, parameter in parameters.items():
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            continue
        described = Option(
            meanings.get(name, "").removesuffix("."),
            choices=get_args(parameter.annotation) if get_origin(parameter.annotation) is Literal else (),
            plugin=getattr(cls, "plugins", {}).get(name),
            after_fit=name in getattr(cls, "after_fit", ()),
            name=name,
            kind=parameter.annotation,
        )
        by_name[name] = replace(declared.get(name, described), default=parameter.default)
    return by_name


def check_options(values: Any) -> None:
    """Check the options that the class of an object declares, NumPy's numbers among them made Python's.

    Raises:
        InputError: one that is not what it should be.
    """
    for name, declared in type(values).__options__.items():
        value = getattr(values, name)
        if (as_plain := plain_value(value)) is not value:
            setattr(values, name, as_plain)
        refuse_secrets(name, as_plain)
        declared.check(type(values).__name__, as_plain)


def refuse_secrets(name: str, value: Any) -> None:
    """Refuse what looks like a secret: options are saved, and name folders.

    Raises:
        InputError: the name of an option, or of an entry in it, is that of a secret.
    """
    if SECRET.search(name):
        raise InputError(
            f"{name}: expected no secrets among the options, which are saved; put it into the vendor's own "
            "configuration, as 'dwave config create' does"
        )
    if isinstance(value, Mapping):
        for key, item in value.items():
            refuse_secrets(f"{name}.{key}", item)
    elif isinstance(value, list | tuple):
        for item in value:
            refuse_secrets(name, item)


def plain_value(value: Any) -> Any:
    """The same with the numbers of NumPy and of other libraries as Python's own, in lists and mappings too.

    What holds none of them is returned as it is.
    """
    match value:
        case np.ndarray():
            return plain_value(value.tolist())
        case np.generic():
            return float(value) if isinstance(value, np.floating) else value.item()
        case bool():
            return value
        case int() if type(value) is not int:
            return int(value)
        case Mapping():
            mapping = {key: plain_value(item) for key, item in value.items()}
            return value if all(mapping[key] is item for key, item in value.items()) else mapping
        case list() | tuple():
            items = [plain_value(item) for item in value]
            same = all(one is item for one, item in zip(items, value, strict=True))
            return value if same else items if isinstance(value, list) else tuple(items)
    return value


def require_seed(owner: str, seed: Any) -> int:
    """A seed as a Python number.

    Raises:
        InputError: no whole number, or below 0.
    """
    require_whole(owner, {"seed": seed}, {"seed": 0})
    return int(seed)


def require_whole(owner: str, options: Mapping[str, Any], least: Mapping[str, int]) -> None:
    """Check whole numbers that are no options of a class.

    Args:
        owner: what messages call the object with these options.
        options: by name.
        least: that each of them may be.

    Raises:
        InputError: one that is no whole number, or less.
    """
    for name, bound in least.items():
        Option("", least=bound, name=name, kind=int).check(owner, options[name])
