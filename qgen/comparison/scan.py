"""Scores against one setting: a comparison of the same generator at several of its values, and a figure."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from qgen.comparison.compare import compare
from qgen.comparison.split import USUAL, Split
from qgen.report import Scoreboard
from qgen.report.figures import scan as figure
from qgen.report.plots import plot, save

Points = Sequence[tuple[float, str]]
"""Values of the setting, each with the generator that has it."""


def scan(
    folder: Path,
    dataset: str,
    lines: Mapping[str, Points],
    axis: str,
    *,
    representation: str = "image8x8",
    budget: str = "quick",
    seeds: int | None = None,
    split: Split = USUAL,
) -> Scoreboard:
    """Compare the points of all lines in a folder, and draw their scores: NAME.pdf and .png beside the folder NAME.

    Args:
        folder: of the comparison; finished tasks in it are not run again.
        dataset: an embedded sample or a path.
        lines: by label, what is joined by a line in the figure.
        axis: what the setting is called in the figure.
        representation: what is learnt and scored.
        budget: "quick", "standard" or "full".
        seeds: number of training seeds, instead of the budget's.
        split: which showers are learnt from, and which are scored.

    Raises:
        InputError: as `compare`.
    """
    names = {line: [(f"{line}, {value:g}", value) for value, _ in points] for line, points in lines.items()}
    specs = [f"{spec} as {line}, {value:g}" for line, points in lines.items() for value, spec in points]
    scoreboard = compare(dataset, specs, folder, budget=budget, seeds=seeds, representation=representation, split=split)
    save(folder.parent, plot(figure, scoreboard, names, axis, name=folder.name))
    return scoreboard
