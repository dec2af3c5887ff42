"""A scoreboard as text: Markdown, LaTeX (booktabs), and a table for the terminal.

Score tables begin with the truth floor (GEANT4 against GEANT4) and give value ± error (68 %) with z, the distance from
the floor in its standard deviations, and the rank. Rows are ordered by the first primary metric.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from qgen.files import write
from qgen.report import Scoreboard, sheets
from qgen.report.rows import all_rows, metric_label, others, part_name, primary, trainings
from qgen.report.sheets import ALPHA, Cell, Sheet

MAX_LINES = 40
"""Rows of a LaTeX table; longer ones go on in another."""
MADE = "% Made by qgen: "
"""Begins every LaTeX table, and tells it from a file of the user's."""

_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "_": r"\_",
        "%": r"\%",
        "&": r"\&",
        "#": r"\#",
        "$": r"\$",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "<": "$<$",
        ">": "$>$",
        "|": r"\textbar{}",
        "±": r"$\pm$",
        "†": r"$^\dagger$",
        "‡": r"$^\ddagger$",
        "§": r"$^\S$",
        "¶": r"$^\P$",
    }
)

TIMES = (
    "Times are wall times of this machine, where circuits and anneals are simulated: they say nothing about the "
    "time of a quantum device."
)
PAIRED = (
    f"Differences a - b with their 68 % error from the paired bootstrap; p after Holm's correction over all pairs of a "
    f'metric; "separated" means p < {ALPHA}.'
)


def markdown(scoreboard: Scoreboard) -> str:
    """The scoreboard as a Markdown document: primary metrics, the others, cost, paired differences."""
    parts = [f"# {title(scoreboard)}", caption(scoreboard), "## Primary metrics"]
    parts += [pipes(sheets.scores(scoreboard, primary(scoreboard))), *verdict(scoreboard)]
    if others(scoreboard):
        parts += ["## Further metrics", pipes(sheets.scores(scoreboard, others(scoreboard), with_rank=False))]
    parts += ["## Cost", TIMES, pipes(sheets.costs(scoreboard))]
    for i, (name, sheet) in enumerate(differences(scoreboard)):
        parts += ["## Paired differences", PAIRED] if i == 0 else []
        parts += [f"### {metric_label(scoreboard, name)}", pipes(sheet)]
    return "\n\n".join(parts) + "\n"


def latex(scoreboard: Scoreboard) -> str:
    """All tables for LaTeX."""
    return "\n".join(latex_tables(scoreboard).values())


def latex_tables(scoreboard: Scoreboard) -> dict[str, str]:
    """The tables of `markdown` by name (scores, further, cost, paired_auc), for LaTeX with the booktabs package."""
    about = title(scoreboard)
    found = {"scores": tabular(about, sheets.scores(scoreboard, primary(scoreboard)), verdict(scoreboard))}
    if others(scoreboard):
        sheet = sheets.scores(scoreboard, others(scoreboard), with_rank=False)
        found["further"] = tabular(f"{about}: further metrics", sheet)
    found["cost"] = tabular(f"{about}: cost", sheets.costs(scoreboard), [TIMES])
    for name, sheet in differences(scoreboard):
        parts = [sheet.rows[start : start + MAX_LINES] for start in range(0, len(sheet.rows), MAX_LINES)]
        comment = f"{about}: paired differences, {metric_label(scoreboard, name)}"
        texts = [tabular(comment, Sheet(sheet.header, rows, sheet.notes)) for rows in parts]
        found[part_name("paired", name)] = "\n".join(texts)
    return found


def save(out: Path, tables: Mapping[str, str]) -> None:
    """Write LaTeX tables: all of them into `scoreboard.tex`, and each into `tables/NAME.tex`.

    Tables in that folder that were made before, and are none of these, are removed.
    """
    write(out / "scoreboard.tex", "\n".join(tables.values()))
    for name, text in tables.items():
        write(out / "tables" / f"{name}.tex", text)
    for path in (out / "tables").glob("*.tex"):
        if path.stem not in tables and path.read_bytes().startswith(MADE.encode()):
            path.unlink()


def terminal(scoreboard: Scoreboard) -> Table:
    """The primary metrics for a terminal."""
    words = "\n".join([caption(scoreboard), *verdict(scoreboard)])
    return columns(sheets.scores(scoreboard, primary(scoreboard)), title(scoreboard), words)


def columns(sheet: Sheet, heading: str, words: str) -> Table:
    """A sheet for a terminal, with words and footnotes below."""
    notes = "".join(f"\n{note}" for note in sheet.footnotes)
    table = Table(title=Text(heading), caption=Text(words + notes), box=box.SIMPLE_HEAD)
    for i, cell in enumerate(sheet.header):
        justify = "left" if i < sheet.n_names else "right"
        table.add_column(Text(cell.marked), justify=justify, no_wrap=i == 0)  # type: ignore[arg-type]
    for row in [*sheet.rows[: sheet.n_fixed], *sheet.above]:
        table.add_row(*(Text(cell.marked) for cell in row))
    if sheet.below:
        table.add_section()
        table.add_row(Text(f"--- {sheets.CONTROLS} ---"))
    for row in sheet.below:
        table.add_row(*(Text(cell.marked) for cell in row))
    return table


def differences(scoreboard: Scoreboard) -> Iterator[tuple[str, Sheet]]:
    """The sheets of paired differences, by primary metric."""
    for name in primary(scoreboard):
        if (sheet := sheets.paired(scoreboard, name)) is not None:
            yield name, sheet


def title(scoreboard: Scoreboard) -> str:
    """What was scored."""
    return f"{scoreboard['dataset']}, {scoreboard['representation']}"


def caption(scoreboard: Scoreboard) -> str:
    """How to read the numbers."""
    seeds = trainings(scoreboard)
    if seeds.startswith("one "):
        seeds += ", so errors are those of the showers only"
    how = scoreboard.get("floor_how") or "re-splits of GEANT4"
    ranked = any("rank" in score for row in scoreboard["rows"] for score in row["metrics"].values())
    tie = " Generators that share a rank (=) cannot be told apart by the paired test." if ranked else ""
    n_shown, n_all = len(scoreboard["rows"]), len(all_rows(scoreboard))
    split = (scoreboard.get("provenance") or {}).get("split")
    part = (
        f" {n_shown} of {n_all} rows are shown; ranks and corrections are those among all." if n_shown < n_all else ""
    )
    return (
        f"Value ± 68 % error (z); the closer to the truth floor, the better. Truth floor: mean ± standard deviation of "
        f"{how}; z is the distance from that mean in those standard deviations (not Gaussian ones), and p, "
        f"where it is 0.02 or more, the share of GEANT4 samples that score as badly.{tie} {scoreboard['n_reference']} "
        f"GEANT4 test showers, {scoreboard['n_train']} for training{f' ({split})' if split else ''}; {seeds}.{part}"
    )


def verdict(scoreboard: Scoreboard) -> list[str]:
    """Sentences on the controls that must fail: which of them do not, in which metric and against which rows.

    Nothing where a scoreboard does not know, and nothing of rows that are not shown.
    """
    if "unfailed" not in scoreboard:
        return []
    if scoreboard["unfailed"] is None:
        return ["The controls that must fail were left out: these tables are not for publication."]
    shown = {row["generator"] for row in scoreboard["rows"]}
    grouped: dict[tuple[str, str], list[str]] = {}
    for entry in scoreboard["unfailed"]:
        if entry["generator"] in shown:
            grouped.setdefault((entry["control"], entry["metric"]), []).append(entry["generator"])
    if grouped:
        return [
            f"{control}, a control that must fail, does not by {metric_label(scoreboard, metric)}: it scores "
            f"as well as {_listed(rows)}, or better."
            for (control, metric), rows in grouped.items()
        ]
    kinds = [bool(row.get("control")) for row in scoreboard["rows"] if not row.get("floor_of")]
    return ["All controls fail, by every primary metric and against every generator."] if len(set(kinds)) == 2 else []


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def pipes(sheet: Sheet) -> str:
    """A sheet in Markdown, its footnotes below."""

    def line(texts: Sequence[str]) -> str:
        return "| " + " | ".join(texts) + " |"

    def texts(row: Sequence[Cell]) -> list[str]:
        return [cell.marked.replace("|", r"\|") for cell in row]

    rule = ["---" if i < sheet.n_names else "---:" for i in range(len(sheet.header))]
    parting = [[f"**{sheets.CONTROLS}**", *[""] * (len(sheet.header) - 1)]] if sheet.below else []
    upper = [*sheet.rows[: sheet.n_fixed], *sheet.above]
    lines = [texts(sheet.header), rule, *map(texts, upper), *parting, *map(texts, sheet.below)]
    table = "\n".join(map(line, lines))
    return "\n\n".join([table, *sheet.footnotes])


def tabular(about: str, sheet: Sheet, words: Sequence[str] = ()) -> str:
    """A table for LaTeX, a comment on what it is about above, footnotes and some words below it."""
    columns = "l" * sheet.n_names + "r" * (len(sheet.header) - sheet.n_names)
    lines = [f"{MADE}{about}", rf"\begin{{tabular}}{{{columns}}}", r"\toprule", _tex_line(sheet.header), r"\midrule"]
    fixed = [_tex_line(row) for row in sheet.rows[: sheet.n_fixed]]
    lines += [*fixed, r"\midrule"] if fixed else []
    lines += map(_tex_line, sheet.above)
    if sheet.below:
        parting = rf"\multicolumn{{{len(sheet.header)}}}{{l}}{{\emph{{{sheets.CONTROLS}}}}} \\"
        lines += [r"\midrule", parting, *map(_tex_line, sheet.below)]
    lines += [r"\bottomrule", r"\end{tabular}"]
    lines += [rf"\par\smallskip{{\footnotesize {tex(note)}\par}}" for note in [*sheet.footnotes, *words]]
    return "\n".join(lines) + "\n"


def _tex_line(row: Sequence[Cell]) -> str:
    return " & ".join(tex(cell.marked) for cell in row) + r" \\"


def tex(text: str) -> str:
    """Text for LaTeX: special characters escaped, a minus before a number as a minus."""
    return re.sub(r"(?<![\w.}])-(?=\d)", "$-$", text.translate(_TEX))
