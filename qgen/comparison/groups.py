"""Folders of several comparisons: those of one dataset are joined, different datasets stand side by side."""

from collections.abc import Sequence
from pathlib import Path

from qgen.comparison.runs import FLOOR, SCOREBOARD, finished, home_of
from qgen.comparison.scoreboard import Truth, gather, truth_name
from qgen.evaluation.shapes import require
from qgen.files import InputError, write
from qgen.report import Scoreboard, plots, side_by_side, tables
from qgen.report import style as styles
from qgen.report.page import page_of_datasets
from qgen.report.schema import SCOREBOARD as SCOREBOARD_SHAPE


def grouped(folders: Sequence[Path]) -> list[Scoreboard]:
    """A scoreboard of every dataset, representation and split, in the order of the folders; see `gather`.

    Raises:
        InputError: a folder is no comparison, and no run of one; or folders of one dataset cannot be joined.
    """
    groups: dict[str, list[Path]] = {}
    for folder in folders:
        groups.setdefault(scored_against(folder), []).append(folder)
    return [gather(of_one) for of_one in groups.values()]


def scored_against(folder: Path) -> str:
    """What the truth floor of a comparison, or of a run of one, is of."""
    for run in finished(folder):
        if (home_of(run, folder) / FLOOR).exists():
            return Truth.load(home_of(run, folder)).of
    board = gather([folder])
    return truth_name(board["dataset"], board["representation"], (board.get("provenance") or {}).get("split"))


def write_side_by_side(
    scoreboards: Sequence[Scoreboard],
    out: Path,
    style: str = "plain",
    figures: Sequence[str] = (plots.ALL,),
    generators: Sequence[str] = (),
    metrics: Sequence[str] = (),
) -> None:
    """Write `scoreboard.md`, `.tex`, `tables/`, `report.html` and `figures/` of different datasets side by side.

    Args:
        scoreboards: of different datasets.
        out: folder.
        style: of the figures, see `qgen.report.style`.
        figures: which, see `qgen.report.plots.of_scoreboards`.
        generators: rows, see `qgen.report.side_by_side.narrowed`.
        metrics: those that are shown; by default the primary ones.

    Raises:
        InputError: unknown style, figure, row or metric, or the folder is that of a comparison; nothing is written.
    """
    styles.style(style)
    for scoreboard in scoreboards:
        require(scoreboard, SCOREBOARD_SHAPE, out, "scoreboards")
    if (out / SCOREBOARD).exists():
        raise InputError(f"{out}: expected a folder for several datasets, found {SCOREBOARD} of one; choose another")
    boards, shown = side_by_side.narrowed(scoreboards, generators, metrics)
    drawn = plots.of_scoreboards(boards, shown, figures, style)
    write(out / "scoreboard.md", side_by_side.markdown(boards, shown))
    tables.save(out, side_by_side.latex_tables(boards, shown))
    plots.save(out / "figures", *drawn.values())
    write(out / "report.html", page_of_datasets(boards, shown, drawn))
