"""Several datasets side by side: a table for every metric, with a column for every dataset.

Each has a scoreboard (`qgen.report`) with a truth floor of its own. Their numbers share a table to be read column by
column: nothing is ranked or compared from one column to another, and rows stand in the order in which the comparisons
have them, not by score.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from qgen.report import Scoreboard
from qgen.report.numbers import number
from qgen.report.rows import all_rows, finite, metric_label, part_name, primary, select, trainings, with_metrics
from qgen.report.sheets import FLOOR, NO_REASON, Cell, Notes, Sheet
from qgen.report.tables import pipes, tabular, title, verdict

TITLE = "Datasets side by side"
ABSENT = "-"
"""Stands where a generator was not run on a dataset, or not scored by the metric."""
CAPTION = (
    "Value ± 68 % error; the closer to the truth floor of its own column, the better. Every column is a dataset with a "
    "truth floor of its own (GEANT4 against GEANT4, mean ± standard deviation): numbers are to be compared within a "
    "column alone. Scores of different datasets are not ranked against each other, and rows stand in the order of the "
    f'comparisons, not by score. "{ABSENT}": not run, or not scored, on that dataset.'
)


def narrowed(
    scoreboards: Sequence[Scoreboard], generators: Sequence[str] = (), metrics: Sequence[str] = ()
) -> tuple[list[Scoreboard], list[str]]:
    """The scoreboards with the rows that are named, and the metrics to show.

    Args:
        scoreboards: of different datasets.
        generators: as `qgen.report.rows.select` takes them, of any of the scoreboards; by default all.
        metrics: of any of them; by default the primary ones.

    Raises:
        InputError: a name that none of them has.
    """
    whole = union(scoreboards)
    shown: list[str] = list(with_metrics(whole, metrics)["floor"]) if metrics else primary(whole)
    wanted = {row["generator"] for row in (select(whole, generators) if generators else whole)["rows"]}
    boards: list[Scoreboard] = [
        {**board, "rows": [row for row in board["rows"] if row["generator"] in wanted], "all_rows": all_rows(board)}
        for board in scoreboards
    ]
    return boards, shown


def union(scoreboards: Sequence[Scoreboard]) -> Scoreboard:
    """What they have together: a row of every generator, controls last, and every metric with its description.

    Of a generator that several have it is the row of the first, whose scores say nothing of the others.
    """
    rows = _first((row["generator"], row) for board in scoreboards for row in board["rows"])
    everyone = _first((row["generator"], row) for board in scoreboards for row in all_rows(board))
    return {
        "rows": sorted(rows.values(), key=lambda row: bool(row.get("control"))),
        "all_rows": list(everyone.values()),
        "floor": _first(item for board in scoreboards for item in board["floor"].items()),
        "metrics": _first(item for board in scoreboards for item in board.get("metrics", {}).items()),
    }


def _first(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Of the values of every name the first."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def headings(scoreboards: Sequence[Scoreboard]) -> list[str]:
    """What the columns are called, all different: dataset and representation, and as much more as it takes."""
    whole = [title(board) for board in scoreboards]
    splits = [str((board.get("provenance") or {}).get("split")) for board in scoreboards]
    files = [title({**board, "dataset": _file(board["dataset"])}) for board in scoreboards]
    for names in (files, [f"{file}, {split}" for file, split in zip(files, splits, strict=True)], whole):
        if len(set(names)) == len(names):
            return names
    return [f"{name}, {split}" for name, split in zip(whole, splits, strict=True)]


def _file(dataset: str) -> str:
    """The name of a file without its folders; an embedded sample keeps its name."""
    path = PurePath(dataset)
    return path.name if path.suffix else dataset


def sheet(scoreboards: Sequence[Scoreboard], metric: str) -> Sheet:
    """Value ± error of a metric: a row of every generator, below the truth floor, and a column for every dataset."""
    rows, notes = union(scoreboards)["rows"], Notes()
    header, top = [Cell("generator")], [Cell(FLOOR)]
    lines = [[Cell(row["generator"])] for row in rows]
    for heading, board in zip(headings(scoreboards), scoreboards, strict=True):
        header.append(Cell(heading, mark=notes.mark(board.get("notes", {}).get(metric))))
        floor = board["floor"].get(metric)
        top.append(Cell(number(floor["value"], floor["sd"]), finite(floor["value"])) if floor else Cell(ABSENT))
        scores = {row["generator"]: row["metrics"].get(metric) for row in board["rows"]}
        for line, row in zip(lines, rows, strict=True):
            line.append(_cell(scores.get(row["generator"]), notes))
    n_controls = sum(bool(row.get("control")) for row in rows)
    return Sheet(header, [top, *lines], notes, n_names=1, n_fixed=1, n_controls=n_controls)


def _cell(score: Mapping[str, Any] | None, notes: Notes) -> Cell:
    if score is None:
        return Cell(ABSENT)
    if (value := finite(score["value"])) is None:
        return Cell("n/a", mark=notes.mark(score.get("note") or NO_REASON))
    return Cell(number(value, finite(score["error"])), value, notes.mark(score.get("note")))


def origins(scoreboards: Sequence[Scoreboard]) -> Sheet:
    """What was scored in every column: numbers of showers, split, trainings, budget and version of qgen."""
    header = ["dataset", "GEANT4 test showers", "for training", "split", "trainings", "budget", "qgen"]
    lines = []
    for heading, board in zip(headings(scoreboards), scoreboards, strict=True):
        recorded = board.get("provenance") or {}
        versions = ", ".join(recorded.get("qgen_versions") or [])
        known = [recorded.get("split"), trainings(board), recorded.get("budget"), versions]
        counts = [Cell(str(board[key]), float(board[key])) for key in ("n_reference", "n_train")]
        lines.append([Cell(heading), *counts, *(Cell(str(text or ABSENT)) for text in known)])
    return Sheet([Cell(text) for text in header], lines, n_names=1)


def verdicts(scoreboards: Sequence[Scoreboard], metrics: Sequence[str]) -> list[str]:
    """Of every dataset, which controls that must fail do not by these metrics."""
    found = []
    for heading, board in zip(headings(scoreboards), scoreboards, strict=True):
        entries = board.get("unfailed") or []
        told = [entry for entry in entries if entry["metric"] in metrics]
        if told or not entries:
            found += [f"{heading}: {sentence}" for sentence in verdict({**board, "unfailed": told} if told else board)]
    return found


def markdown(scoreboards: Sequence[Scoreboard], metrics: Sequence[str]) -> str:
    """The tables as a Markdown document."""
    parts = [f"# {TITLE}", CAPTION]
    for metric in metrics:
        parts += [f"## {metric_label(union(scoreboards), metric)}", pipes(sheet(scoreboards, metric))]
    parts += [*verdicts(scoreboards, metrics), "## Datasets", pipes(origins(scoreboards))]
    return "\n\n".join(parts) + "\n"


def latex_tables(scoreboards: Sequence[Scoreboard], metrics: Sequence[str]) -> dict[str, str]:
    """The same by name (datasets, datasets_auc, ...), for LaTeX with the booktabs package."""
    label = {metric: metric_label(union(scoreboards), metric) for metric in metrics}
    found = {
        part_name("datasets", metric): tabular(f"{TITLE}: {label[metric]}", sheet(scoreboards, metric), [CAPTION])
        for metric in metrics
    }
    return {**found, "datasets": tabular(TITLE, origins(scoreboards), verdicts(scoreboards, metrics))}
