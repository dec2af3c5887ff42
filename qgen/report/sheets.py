"""The content of every table, ready for Markdown, LaTeX, HTML, the terminal and a figure.

A sheet is a header, rows of cells and footnotes. A cell is the text to show, the number to sort by, and the mark of its
footnote. Every value that is missing has a footnote with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qgen.evaluation.pairs import LEAST_TRAININGS
from qgen.report import Row, Scoreboard
from qgen.report.numbers import distance, number, probability, ranks
from qgen.report.rows import all_rows, family, finite, metric_label, ordered, primary, resource

MARKS = "†‡§¶"
ALPHA = 0.05
"""Two generators are separated where p after Holm's correction is below this."""
SHOWN_P = 0.02
"""p-values against the truth floor stand in tables from here on: below, hardly a sample of GEANT4 scores as badly."""
FLOOR = "GEANT4 (truth floor)"
CONTROLS = "Controls that must fail"
"""Stands above them, in the line that parts them from the others."""
INTERRUPTED = "interrupted and continued: the time of the last part alone"
NO_REASON = "no value and no reason were recorded"
UNRANKED = (
    f"No rank and no p-value for fewer than {LEAST_TRAININGS} training seeds or folds: what another training would "
    "change is not known."
)
RESOURCES = {
    "parameters": (("n_parameters",), 0),
    "qubits or nodes": (("n_qubits", "n_nodes"), 0),
    "two-qubit gates": (("two_qubit_gates",), 0),
    "shots": (("shots",), 0),
    "QPU access [us/shower]": (("qpu_access_us_per_shower",), 1),
    "QPU access if alone [us/shower]": (("qpu_access_us_alone",), 1),
    "QPU access if 1000 share [us/shower]": (("qpu_access_us_shared",), 1),
}
"""Columns of the costs: the resources of a row, of which the first that there is counts, and digits."""
ALWAYS = ("parameters", "qubits or nodes", "two-qubit gates")
"""Columns that stand there even if no row has a value."""


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
        notes: footnotes by mark; what is without a mark is said of the whole table.
        n_names: leading columns of names, aligned left.
        n_fixed: leading rows that stay on top.
        n_controls: last rows, below a line: the controls that must fail.
        sorted_by: column whose values ascend from row to row.
    """

    header: list[Cell]
    rows: list[list[Cell]]
    notes: Mapping[str, str] = field(default_factory=dict)
    n_names: int = 2
    n_fixed: int = 0
    n_controls: int = 0
    sorted_by: int | None = None

    @property
    def above(self) -> list[list[Cell]]:
        """Rows between those that stay on top and the controls."""
        return self.rows[self.n_fixed : len(self.rows) - self.n_controls]

    @property
    def below(self) -> list[list[Cell]]:
        """The controls."""
        return self.rows[len(self.rows) - self.n_controls :]

    @property
    def footnotes(self) -> list[str]:
        """Marks and words."""
        return [f"{mark} {words}".strip() for mark, words in self.notes.items()]


class Notes(dict[str, str]):
    """Footnotes by mark; the same words share one mark."""

    def mark(self, words: str | None) -> str:
        """The mark of some words, a new one if they have none; no mark for no words."""
        if not words:
            return ""
        mark = {text: mark for mark, text in self.items()}.get(words)
        mark = mark or MARKS[len(self) % len(MARKS)] * (1 + len(self) // len(MARKS))
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
        column = [row["metrics"].get(name, {"value": None, "note": "not measured"}) for row in rows]
        for line, score in zip(lines, column, strict=True):
            line.append(_score(score, notes))
        places = [score.get("rank") for score in column]
        if with_rank and any(place is not None for place in places):
            header.append(Cell("rank", hint=f"rank by {metric_label(scoreboard, name)}"))
            top.append(Cell("-"))
            among = [row["metrics"].get(name, {}).get("rank") for row in all_rows(scoreboard)]
            for line, text, place in zip(lines, ranks(places, among), places, strict=True):
                line.append(Cell(text if place is not None else "-", place))
    if with_rank and any(map(unranked, rows)):
        notes[""] = UNRANKED
    n_controls = sum(bool(row.get("control")) for row in rows)
    values = [line[2].value for line in lines[: len(lines) - n_controls] if len(line) > 2]
    measured = [value for value in values if value is not None]
    ascending = bool(measured) and measured == sorted(measured) and primary(scoreboard)[:1] == list(metrics[:1])
    return Sheet(header, [top, *lines], notes, n_fixed=1, n_controls=n_controls, sorted_by=2 if ascending else None)


def unranked(row: Row) -> bool:
    """Whether a row has too few trainings to be compared with others."""
    return len(row["seeds"]) < LEAST_TRAININGS and not any("rank" in score for score in row["metrics"].values())


def _score(score: Mapping[str, Any], notes: Notes) -> Cell:
    value = finite(score["value"])
    if value is None:
        return Cell("n/a", mark=notes.mark(score.get("note") or NO_REASON))
    p = finite(score.get("p"))
    seen = f", p {p:.2f}" if p is not None and p >= SHOWN_P else ""
    text = f"{number(value, score['error'])} ({distance(score['z'])}{seen})"
    return Cell(text, value, notes.mark(score.get("note")))


def costs(scoreboard: Scoreboard) -> Sheet:
    """What each generator costs. Times are of the machine that ran it; a QPU's time stands in a column of its own."""
    rows, notes, columns = ordered(scoreboard), Notes(), {}
    for title, (names, digits) in RESOURCES.items():
        numbers = [[x for name in names if (x := resource(row, name)) is not None] for row in rows]
        cells = [amount(some[0] if some else None, digits) for some in numbers]
        if title in ALWAYS or any(cell.value is not None for cell in cells):
            columns[title] = cells
    times = [row["time"] for row in rows]
    columns["fit [s]"] = [_fit(time, notes) for time in times]
    columns["sample [ms/shower]"] = [amount(time.get("sample_ms_per_shower"), 3) for time in times]
    batches = [time.get("batches") or {} for time in times]
    for size in dict.fromkeys(size for some in batches for size in some):
        columns[f"in batches of {size} [ms/shower]"] = [_batch(some.get(size)) for some in batches]
    lines = [[Cell(row["generator"]), *cells] for row, *cells in zip(rows, *columns.values(), strict=True)]
    n_controls = sum(bool(row.get("control")) for row in rows)
    return Sheet([Cell("generator"), *map(Cell, columns)], lines, notes, n_names=1, n_controls=n_controls)


def amount(value: float | None, digits: int) -> Cell:
    """A number of digits after the point; a dash where there is none."""
    number = finite(value)
    return Cell("-") if number is None else Cell(f"{number:.{digits}f}", number)


def _fit(time: Mapping[str, Any], notes: Notes) -> Cell:
    cell = amount(time.get("fit_s"), 1)
    return Cell(cell.text, cell.value, notes.mark(INTERRUPTED if time.get("fit_interrupted") else None))


def _batch(times: Mapping[str, Any] | None) -> Cell:
    """Median time per shower of sampling a batch, and the central 68 % of the repeats."""
    if times is None or finite(times["median"]) is None:
        return Cell("-")
    median, low, high = (f"{times[key]:.3g}" for key in ("median", "low", "high"))
    return Cell(f"{median} ({low} to {high})", float(times["median"]))


def paired(scoreboard: Scoreboard, metric: str) -> Sheet | None:
    """Paired differences a - b of a metric, p after Holm's correction, and the verdict; None where there are none."""
    header = [Cell(text) for text in ("a", "b", "a - b", "p (Holm)", "verdict")]
    lines = [_difference(entry) for entry in scoreboard.get("paired", ()) if entry["metric"] == metric]
    return Sheet(header, lines) if lines else None


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
