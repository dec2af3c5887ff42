"""The content of every table, ready for Markdown, LaTeX, HTML, the terminal and a figure.

A sheet is a header, rows of cells and footnotes. A cell is the text to show, the number to sort by, and the mark of its
footnote. Every value that is missing has a footnote with the reason.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qgen.report import Row, Scoreboard
from qgen.report.numbers import distance, number, probability, ranks
from qgen.report.rows import family, finite, metric_label, ordered, primary

MARKS = "†‡§¶"
ALPHA = 0.05
"""Two generators are separated where p after Holm's correction is below this."""
FLOOR = "GEANT4 (truth floor)"
INTERRUPTED = "interrupted and continued: the time of the last part alone"
NO_REASON = "no value and no reason were recorded"


@dataclass(frozen=True)
class Cell:
    """One cell: text, the number to sort by (None: by text), the footnote's mark, words for a screen reader."""

    text: str
    value: float | None = None
    mark: str = ""
    hint: str = ""

    @property
    def marked(self) -> str:
        """Text and mark."""
        return self.text + self.mark


@dataclass(frozen=True)
class Sheet:
    """A table.

    Attributes:
        header: one cell per column.
        rows: cells.
        notes: footnotes by mark.
        n_names: leading columns of names, aligned left.
        n_fixed: leading rows that stay on top.
        sorted_by: column whose values ascend from row to row.
    """

    header: list[Cell]
    rows: list[list[Cell]]
    notes: Mapping[str, str] = field(default_factory=dict)
    n_names: int = 2
    n_fixed: int = 0
    sorted_by: int | None = None


class Notes(dict[str, str]):
    """Footnotes by mark; the same words share one mark."""

    def mark(self, words: str | None) -> str:
        """The mark of a footnote, which is added; empty without words."""
        if not words:
            return ""
        found = next((mark for mark, known in self.items() if known == words), None)
        mark = found or MARKS[len(self) % len(MARKS)] * (1 + len(self) // len(MARKS))
        self[mark] = words
        return mark


def scores(scoreboard: Scoreboard, metrics: Sequence[str], *, with_rank: bool = True) -> Sheet:
    """Value ± error (z) of every metric, and its rank where the scoreboard has ranks; the truth floor comes first.

    Args:
        scoreboard: see `qgen.report`.
        metrics: names, in the order of the columns.
        with_rank: give ranks a column after each metric.
    """
    rows, notes = ordered(scoreboard), Notes()
    header, lines = [Cell("generator"), Cell("family")], [[Cell(row["generator"]), Cell(family(row))] for row in rows]
    top = [Cell(FLOOR), Cell("reference")]
    for name in metrics:
        header.append(Cell(metric_label(scoreboard, name), mark=notes.mark(scoreboard.get("notes", {}).get(name))))
        floor = scoreboard["floor"][name]
        top.append(Cell(number(floor["value"], floor["sd"]), finite(floor["value"])))
        found = [row["metrics"].get(name, {"value": None, "note": "not measured"}) for row in rows]
        for line, score in zip(lines, found, strict=True):
            line.append(_score(score, notes))
        places = [score.get("rank") for score in found]
        if with_rank and any(place is not None for place in places):
            header.append(Cell("rank", hint=f"rank by {metric_label(scoreboard, name)}"))
            top.append(Cell("-"))
            for line, text, place in zip(lines, ranks(places), places, strict=True):
                line.append(Cell(text if place is not None else "-", place))
    values = [line[2].value for line in lines if len(line) > 2]
    known = [value for value in values if value is not None]
    ascending = bool(known) and known == sorted(known) and primary(scoreboard)[:1] == list(metrics[:1])
    return Sheet(header, [top, *lines], notes, n_fixed=1, sorted_by=2 if ascending else None)


def _score(score: Mapping[str, Any], notes: Notes) -> Cell:
    value = finite(score["value"])
    if value is None:
        return Cell("n/a", mark=notes.mark(score.get("note") or NO_REASON))
    text = f"{number(value, score['error'])} ({distance(score['z'])})"
    return Cell(text, value, notes.mark(score.get("note")))


def costs(scoreboard: Scoreboard) -> Sheet:
    """What each generator costs. Times are of the machine that ran it; a QPU's time stands in a column of its own."""
    rows, notes = ordered(scoreboard), Notes()
    header, lines = [Cell("generator")], [[Cell(row["generator"])] for row in rows]

    def column(title: str, make: Callable[[Row], Cell], *, always: bool = True) -> None:
        cells = [make(row) for row in rows]
        if always or any(cell.value is not None for cell in cells):
            header.append(Cell(title))
            for line, cell in zip(lines, cells, strict=True):
                line.append(cell)

    column("parameters", _resource("n_parameters"))
    column("qubits or nodes", _resource("n_qubits", "n_nodes"))
    column("two-qubit gates", _resource("two_qubit_gates"))
    column("shots", _resource("shots"), always=False)
    column("QPU access [us/shower]", _resource("qpu_access_us_per_shower", digits=1), always=False)
    column("QPU access if alone [us/shower]", _resource("qpu_access_us_alone", digits=1), always=False)
    column("QPU access if 1000 share [us/shower]", _resource("qpu_access_us_shared", digits=1), always=False)
    column("fit [s]", lambda row: _fit(row, notes))
    column("sample [ms/shower]", lambda row: _amount(row["time"].get("sample_ms_per_shower"), 3))
    for size in dict.fromkeys(size for row in rows for size in row["time"].get("batches") or {}):
        column(f"in batches of {size} [ms/shower]", _batch(size))
    return Sheet(header, lines, notes, n_names=1)


def _resource(*names: str, digits: int = 0) -> Callable[[Row], Cell]:
    """The first of some resources that a row has."""

    def cell(row: Row) -> Cell:
        resources = row.get("resources") or {}
        return _amount(next((resources[name] for name in names if name in resources), None), digits)

    return cell


def _amount(value: float | None, digits: int) -> Cell:
    known = finite(value)
    return Cell("-") if known is None else Cell(f"{known:.{digits}f}", known)


def _fit(row: Row, notes: Notes) -> Cell:
    cell = _amount(row["time"].get("fit_s"), 1)
    return Cell(cell.text, cell.value, notes.mark(INTERRUPTED if row["time"].get("fit_interrupted") else None))


def _batch(size: str) -> Callable[[Row], Cell]:
    """Median time per shower of sampling a batch, and the central 68 % of the repeats."""

    def cell(row: Row) -> Cell:
        times = (row["time"].get("batches") or {}).get(size)
        if times is None or finite(times["median"]) is None:
            return Cell("-")
        median, low, high = (f"{times[key]:.3g}" for key in ("median", "low", "high"))
        return Cell(f"{median} ({low} to {high})", float(times["median"]))

    return cell


def paired(scoreboard: Scoreboard, metric: str) -> Sheet | None:
    """Paired differences a - b of a metric, p after Holm's correction, and the verdict; None where there are none."""
    found = [entry for entry in scoreboard.get("paired", ()) if entry["metric"] == metric]
    if not found:
        return None
    header = [Cell(text) for text in ("a", "b", "a - b", "p (Holm)", "verdict")]
    return Sheet(header, [_difference(entry) for entry in found])


def _difference(entry: Mapping[str, Any]) -> list[Cell]:
    value, p = finite(entry["difference"]), finite(entry["p_holm"])
    verdict = "n/a" if p is None else "separated" if p < ALPHA else "tie"
    sign = "+" if value is not None and value >= 0 else ""
    return [
        Cell(entry["a"]),
        Cell(entry["b"]),
        Cell(sign + number(value, entry["error"]), value),
        Cell(probability(p), p),
        Cell(verdict),
    ]
