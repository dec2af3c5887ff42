"""A scoreboard as text: Markdown, LaTeX (booktabs), and a table for the terminal.

Every table begins with the truth floor (GEANT4 against GEANT4) and gives value +- error (68 %) with z, the distance
from the floor in its standard deviations. Rows are ordered by the first primary metric.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rich import box
from rich.table import Table

from qgen.evaluation import LABELS, PRIMARY
from qgen.report import Row, Scoreboard


def ordered(scoreboard: Scoreboard) -> list[Row]:
    """Rows from the best to the worst by the first primary metric that they have."""

    def key(row: Row) -> float:
        return float(row["metrics"][PRIMARY[0]]["value"])

    return sorted(scoreboard["rows"], key=key)


def number(value: float, error: float | None = None) -> str:
    """A value rounded to two significant digits of its error, e.g. "0.0123 ± 0.0012"; plain without an error."""
    if not math.isfinite(value):
        return "n/a"
    if error is None or not math.isfinite(error) or error <= 0:
        return f"{value:#.3g}"
    digits = max(0, 1 - math.floor(math.log10(error)))
    if digits > 5 and abs(value) < 1e-3:
        return f"{value:.2e} ± {error:.1e}"
    return f"{value:.{min(digits, 5)}f} ± {error:.{min(digits, 5)}f}"


def distance(z: float) -> str:
    """z with its sign, in whole numbers from 100 on and no further than 1000."""
    if abs(z) >= 1000:
        return "> +1000" if z > 0 else "< -1000"
    return f"{z:+.0f}" if abs(z) >= 100 else f"{z:+.1f}"


def cells(scoreboard: Scoreboard, metrics: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Header and text cells: generator, family, then value ± error (z) for every metric; the floor comes first."""
    header = ["generator", "family", *(LABELS[name] for name in metrics)]
    floor = scoreboard["floor"]
    rows = [["GEANT4 (truth floor)", "reference", *(number(floor[m]["value"], floor[m]["sd"]) for m in metrics)]]
    for row in ordered(scoreboard):
        scores = [row["metrics"][name] for name in metrics]
        rows.append(
            [
                row["generator"],
                _family(row),
                *(f"{number(s['value'], s['error'])} ({distance(s['z'])})" for s in scores),
            ]
        )
    return header, rows


def resource_cells(scoreboard: Scoreboard) -> tuple[list[str], list[list[str]]]:
    """Header and text cells: what each generator costs. Times are of this machine, circuits and anneals simulated."""
    header = ["generator", "parameters", "qubits or nodes", "two-qubit gates", "fit [s]", "sample [ms/shower]"]

    def cost(row: Row, *names: str) -> str:
        found = (row["resources"][name] for name in names if name in row["resources"])
        return f"{next(found, math.nan):.0f}".replace("nan", "-")

    rows = [
        [
            row["generator"],
            cost(row, "n_parameters"),
            cost(row, "n_qubits", "n_nodes"),
            cost(row, "two_qubit_gates"),
            f"{row['time']['fit_s']:.1f}",
            f"{row['time']['sample_ms_per_shower']:.3f}",
        ]
        for row in ordered(scoreboard)
    ]
    return header, rows


def markdown(scoreboard: Scoreboard) -> str:
    """The scoreboard as a Markdown document: primary metrics, the others, cost."""
    others = [name for name in scoreboard["floor"] if name not in PRIMARY]
    parts = [f"# {_title(scoreboard)}", caption(scoreboard), "## Primary metrics"]
    parts += [_pipes(*cells(scoreboard, PRIMARY)), "## Further metrics", _pipes(*cells(scoreboard, others))]
    parts += ["## Cost", TIMES, _pipes(*resource_cells(scoreboard))]
    return "\n\n".join(parts) + "\n"


def latex(scoreboard: Scoreboard) -> str:
    """The primary metrics as a LaTeX table for the booktabs package."""
    header, rows = cells(scoreboard, PRIMARY)
    lines = [r"\begin{tabular}{ll" + "r" * len(PRIMARY) + "}", r"\toprule"]
    lines += [_tex(header), r"\midrule", _tex(rows[0]), r"\midrule", *map(_tex, rows[1:])]
    return "\n".join([f"% {_title(scoreboard)}", *lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


def terminal(scoreboard: Scoreboard) -> Table:
    """The primary metrics for a terminal."""
    header, rows = cells(scoreboard, PRIMARY)
    table = Table(title=_title(scoreboard), caption=caption(scoreboard), box=box.SIMPLE_HEAD)
    for i, name in enumerate(header):
        table.add_column(name, justify="left" if i < 2 else "right", no_wrap=i == 0)
    for row in rows:
        table.add_row(*row)
    return table


TIMES = (
    "Times are wall times of this machine, where circuits and anneals are simulated: they say nothing about the "
    "time of a quantum device."
)


def caption(scoreboard: Scoreboard) -> str:
    """How to read the numbers."""
    n_seeds = max(len(row["seeds"]) for row in scoreboard["rows"])
    seeds = (
        "one training seed, so errors are those of the showers only" if n_seeds == 1 else f"{n_seeds} training seeds"
    )
    return (
        f"Value ± 68 % error (z); lower is better. Truth floor: mean ± standard deviation over re-splits of GEANT4; "
        f"z is the distance from that mean in those standard deviations. {scoreboard['n_reference']} GEANT4 test "
        f"showers, {scoreboard['n_train']} for training; {seeds}."
    )


def _title(scoreboard: Scoreboard) -> str:
    return f"{scoreboard['dataset']}, {scoreboard['representation']}"


def _family(row: Row) -> str:
    return str(row["family"]) if row["event_level"] else f"{row['family']}, mean image"


def _pipes(header: list[str], rows: list[list[str]]) -> str:
    rule = ["---" if i < 2 else "---:" for i in range(len(header))]
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, rule, *rows])


def _tex(row: list[str]) -> str:
    escape: Callable[[str], str] = lambda text: text.replace("_", r"\_").replace("±", r"$\pm$").replace("%", r"\%")  # noqa: E731
    return " & ".join(map(escape, row)) + r" \\"
