"""A screening of circuits (`qgen.screening.screen`) as a table in Markdown and on a terminal, and as files."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from qgen.files import write as write_text
from qgen.report import tables
from qgen.report.figures import screening as figure
from qgen.report.numbers import number, ranks
from qgen.report.plots import plot, save
from qgen.report.sheets import Cell, Notes, Sheet, amount

Screening = Mapping[str, Any]

TITLE = "Circuits"


def sheet(screening: Screening) -> Sheet:
    """One line per circuit and size, best first among those with as many qubits, Haar-random states on top."""
    settings, rows = screening["settings"], screening["rows"]
    header = ["circuit", "qubits", "depth", "rank", "front", "expressibility", "entangling", "gradient variance"]
    header += ["weights", "two-qubit gates", f"on {settings['device']}", f"two-qubit depth on {settings['device']}"]
    lines = []
    for n_qubits, haar in screening["haar"].items():
        top = ["Haar-random (floor)", n_qubits, "-", "-", "-", number(haar["floor"], haar["floor_sd"])]
        lines.append([*map(Cell, top), amount(haar["entangling"], 3), *[Cell("-")] * 5])
        alike = [row for row in rows if str(row["n_qubits"]) == n_qubits]
        places = ranks([row["rank"] for row in alike])
        lines += [_line(row, place) for row, place in zip(alike, places, strict=True)]
    notes = Notes()
    for row in screening["left_out"]:
        size = f"{row['circuit']}, {row['n_qubits']} qubits, depth {row['depth']}"
        notes.mark(f"left out: {size}: {row['reason']}")
    return Sheet([Cell(text) for text in header], lines, notes, n_names=1)


def caption(screening: Screening) -> str:
    """How to read the numbers."""
    settings = screening["settings"]
    loss = f"{settings['loss']} of {settings['dataset']}" if settings["loss"] == "mmd" else settings["loss"]
    return (
        f"Expressibility: KL divergence of pair fidelities from Haar-random states [nat], {settings['n_pairs']} pairs, "
        f"bins of {'equal width' if settings['bins'] == 'width' else 'equal Haar probability'}; smaller is more "
        f"expressive, and what lies at the floor cannot be told from Haar-random. Entangling: mean Meyer-Wallach Q. "
        f"Gradient variance: of the loss {loss}, mean over all weights, {settings['n_starts']} starts, angles "
        f"{settings['start']}. Values ± 68 % error. On {settings['device']}: median (lowest-highest) over seeds of the "
        f"compiler. Rank by {settings['rank_by']}, = for ties; front: none is as expressive at less cost."
    )


def markdown(screening: Screening) -> str:
    """The table with its caption."""
    return "\n\n".join([f"# {TITLE}", caption(screening), tables.pipes(sheet(screening))]) + "\n"


def terminal(screening: Screening) -> Table:
    """The table for a terminal."""
    return tables.columns(sheet(screening), TITLE, caption(screening))


def write(screening: Screening, folder: Path, style: str = "plain") -> list[Path]:
    """Write screening.json, screening.md and the figure screening.pdf and .png; the paths of the files."""
    texts = {"screening.json": json.dumps(screening, indent=1, allow_nan=False), "screening.md": markdown(screening)}
    paths = [folder / name for name in texts]
    for path in paths:
        write_text(path, texts[path.name])
    return paths + save(folder, plot(figure, screening, style=style))


def _line(row: Mapping[str, Any], place: str) -> list[Cell]:
    measured = [row[key] for key in ("expressibility", "entangling", "gradient_variance")]
    names = [row["circuit"], str(row["n_qubits"]), str(row["depth"]), place, "yes" if row["front"] else ""]
    return [
        *map(Cell, names),
        *(Cell(number(score["value"], score["error"]), score["value"]) for score in measured),
        Cell(str(row["logical"]["n_weights"])),
        Cell(str(row["logical"]["two_qubit_gates"])),
        _spread(row["transpiled"]["two_qubit_gates"]),
        _spread(row["transpiled"]["two_qubit_depth"]),
    ]


def _spread(values: Sequence[float]) -> Cell:
    return Cell(spread(values), values[0])


def spread(values: Sequence[float]) -> str:
    """Median (lowest-highest), the range only where there is one."""
    middle, low, high = values
    return f"{middle:g}" if low == high else f"{middle:g} ({low:g}-{high:g})"
