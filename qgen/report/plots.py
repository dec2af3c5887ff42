"""Figures with their words, drawn and saved: those of a scoreboard, and any other that is drawn from its content.

save(folder, *of_scoreboard(scoreboard, ["scores", "mine.py"]))      # qgen's own by name, yours by path
save(folder, plot(gradients, rows), plot(temperature, maps, truth=1.0))
"""

import importlib
import inspect
import logging
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from qgen.files import InputError, replacing
from qgen.plugins import load_module, near_miss, resolve
from qgen.report import Scoreboard, figures
from qgen.report.figures import datasets
from qgen.report.rows import literal, part_name
from qgen.report.style import style as settings_of
from qgen.report.tables import title

logger = logging.getLogger(__name__)

ALL = "all"
"""Stands for every figure of qgen that the scoreboard has the content for."""
ELSEWHERE = "Figures", 1000
"""Section and place of a figure whose file does not say."""


@dataclass(frozen=True)
class Plot:
    """A figure that is drawn, and its words.

    Attributes:
        name: of its files.
        figure: of matplotlib, to be changed at will.
        caption: what it shows.
        alternative: the same, shorter, for those who cannot see it.
        section: of the page; a figure without one is not on it.
        style: that it is drawn in, see `qgen.report.style`.
    """

    name: str
    figure: Figure
    caption: str
    alternative: str
    section: str = ELSEWHERE[0]
    style: str = "plain"

    def write(self, file: Any, **options: Any) -> None:
        """Write the figure in its style, which fonts of formulae are read from only now (options of `savefig`)."""
        with mpl.rc_context(settings_of(self.style)):
            self.figure.savefig(file, bbox_inches="tight", **options)


def plot(figure: Any, *content: Any, name: str = "", style: str = "plain", **options: Any) -> Plot:
    """Draw a figure from its content.

    Args:
        figure: a file as `qgen.report.figures` describes it, or a function, whose docstring begins with the caption.
        content: what `draw` and `caption`, or the function, take.
        name: of its files; by default that of the figure.
        style: see `qgen.report.style`.
        options: more that they take, by name.

    Raises:
        InputError: it fails, as one does of damaged content, draws no matplotlib figure, or says no two texts of it.
    """
    name = name or str(figure.__name__).rpartition(".")[2]
    draw = getattr(figure, "draw", figure)
    try:
        with mpl.rc_context(settings_of(style)):
            drawn = draw(*content, **options)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, ArithmeticError) as error:
        if isinstance(error, InputError):
            raise
        found = f"{type(error).__name__}: {' '.join(str(error).split())}"
        raise InputError(f"{name}: expected a figure that can be drawn of this, found {found}") from error
    if not isinstance(drawn, Figure):
        raise InputError(f"{name}: expected draw to return a matplotlib Figure, found {type(drawn).__name__}")
    if hasattr(figure, "caption"):
        words = figure.caption(*content, **options)
    else:
        words = (" ".join((inspect.getdoc(figure) or name).split("\n\n")[0].split()),) * 2
    if not (isinstance(words, tuple) and len(words) == 2 and all(isinstance(text, str) for text in words)):
        raise InputError(f"{name}: expected caption to return a caption and an alternative text, found {words!r}")
    return Plot(name, drawn, words[0].strip(), words[1].strip(), _place(figure)[0], style)


def of_scoreboard(scoreboard: Scoreboard, names: Sequence[str] = (ALL,), style: str = "plain") -> list[Plot]:
    """Figures of a scoreboard, in the order of the page.

    Args:
        scoreboard: see `qgen.report`.
        names: "scores" and whatever else `qgen.report.figures` has; "histogram" for one of every observable,
            "histogram_response" for that one; "path/to/file.py" for a file like them, "path/to/file.py:name" for an
            object or a function in a file; "all" for all of qgen's that the scoreboard has the content for.
        style: see `qgen.report.style`.

    Raises:
        InputError: a name that is none, two figures of one name, or a named figure whose content is missing.
    """
    wanted: dict[str, tuple[Any, list[str]]] = {}
    for reference in dict.fromkeys(names):
        for name, figure, part in _all(scoreboard) if reference == ALL else _named(scoreboard, reference):
            if wanted.setdefault(name, (figure, part))[0] is not figure:
                raise InputError(f"figures: expected different names, found two that are called {name!r}")
    order = sorted(wanted.items(), key=lambda item: _place(item[1][0])[1])
    drawn = [plot(figure, scoreboard, *part, name=name, style=style) for name, (figure, part) in order]
    for one in drawn:
        one.figure.text(0.004, 0.004, literal(title(scoreboard)), color="0.4", size=9, va="bottom")
    return drawn


def of_scoreboards(
    scoreboards: Sequence[Scoreboard], metrics: Sequence[str], names: Sequence[str] = (ALL,), style: str = "plain"
) -> dict[str, Plot]:
    """Figures of several datasets side by side, by metric.

    Args:
        scoreboards: of different datasets.
        metrics: those that there are.
        names: "datasets_auc" for that of one metric; "datasets" or "all" for those of all.
        style: see `qgen.report.style`.

    Raises:
        InputError: a name that is none.
    """
    there = {part_name("datasets", metric): metric for metric in metrics}
    every = (ALL, "datasets")
    for name in names:
        if name not in {*every, *there}:
            listed = f"of several datasets there are {', '.join([*every, *there])}"
            raise InputError(f"figures: expected names of figures, found {name!r}{near_miss(name, there)}; {listed}")
    wanted = {name: metric for name, metric in there.items() if {*every, name} & set(names)}
    return {metric: plot(datasets, scoreboards, metric, name=name, style=style) for name, metric in wanted.items()}


def registry() -> Mapping[str, Any]:
    """The figures of a scoreboard that qgen has, by name, in the order of the page."""
    names = [entry.name for entry in pkgutil.iter_modules(figures.__path__)]
    modules = {name: importlib.import_module(f"{figures.__name__}.{name}") for name in names}
    return dict(
        sorted((item for item in modules.items() if hasattr(item[1], "needs")), key=lambda item: _place(item[1])[1])
    )


def save(folder: Path, *plots: Plot) -> list[Path]:
    """Write figures as PDF and PNG into a folder, with the caption inside of the files; the paths of the files."""
    paths = []
    for one in plots:
        title = {"Title": one.name}
        words = {
            "pdf": {**title, "Subject": one.caption, "CreationDate": None},
            "png": {**title, "Description": one.caption},
        }
        for suffix, metadata in words.items():
            paths.append(folder / f"{one.name}.{suffix}")
            with replacing(paths[-1]) as aside:
                one.write(aside, metadata=metadata)
    return paths


def _place(figure: Any) -> tuple[str, int]:
    """Section of the page, and place in the order."""
    return getattr(figure, "PLACE", ELSEWHERE)


def _all(scoreboard: Scoreboard) -> Iterator[tuple[str, Any, list[str]]]:
    """Name of the files, figure, and part of the scoreboard (empty for the whole) of all that can be drawn."""
    for name, figure in registry().items():
        if lacking := _lacking(scoreboard, name, figure):
            logger.info("not drawn: %s, which needs %s", name, lacking)
        else:
            yield from _parts(scoreboard, name, figure)


def _named(scoreboard: Scoreboard, reference: str) -> Iterator[tuple[str, Any, list[str]]]:
    """The same of the figures that a name stands for."""
    ours = registry()
    if ":" in reference or reference.endswith(".py"):
        name, figure = _elsewhere(reference)
    else:
        kinds = [kind for kind in ours if reference == kind or reference.startswith(f"{kind}_")]
        parts = {part[0]: part for kind in kinds for part in _parts(scoreboard, kind, ours[kind])}
        if reference in parts and reference not in ours:
            yield parts[reference]
            return
        if reference not in ours:
            there = [ALL, *ours, *parts]
            hint = f"{near_miss(reference, there)}; there are {', '.join(there)}"
            raise InputError(f"figures: expected names of figures or a path/to/file.py, found {reference!r}{hint}")
        name, figure = reference, ours[reference]
    if lacking := _lacking(scoreboard, name, figure):
        raise InputError(f"figures: {name} needs {lacking}, and found none in the scoreboard")
    yield from _parts(scoreboard, name, figure)


def _elsewhere(reference: str) -> tuple[str, Any]:
    """Name and figure of a file, or of something in a file or module."""
    if reference.endswith(".py"):
        figure = load_module(reference)
        if missing := [part for part in ("needs", "draw", "caption") if not callable(getattr(figure, part, None))]:
            raise InputError(f"{reference}: expected functions needs, draw and caption, found no {', '.join(missing)}")
        return Path(reference).stem, figure
    figure = resolve(reference)
    if not callable(getattr(figure, "draw", figure)):
        raise InputError(f"{reference}: expected a function that draws, found {type(figure).__name__}")
    return reference.rpartition(":")[2], figure


def _lacking(scoreboard: Scoreboard, name: str, figure: Any) -> str:
    """What a figure needs and the scoreboard has not; a function, which cannot say, needs nothing."""
    lacking = figure.needs(scoreboard) if hasattr(figure, "needs") else ""
    if not isinstance(lacking, str):
        raise InputError(f"{name}: expected needs to return what is missing, '' if nothing is, found {lacking!r}")
    return lacking


def _parts(scoreboard: Scoreboard, name: str, figure: Any) -> Iterator[tuple[str, Any, list[str]]]:
    if not hasattr(figure, "parts"):
        yield name, figure, []
        return
    for part in figure.parts(scoreboard):
        yield part_name(name, part), figure, [part]
