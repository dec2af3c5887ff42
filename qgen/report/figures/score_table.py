"""The table of the primary metrics as a figure."""

from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from qgen.report import Scoreboard, sheets
from qgen.report.rows import literal, primary, short

PLACE = "", 160
"""Not on the page, which has the table itself."""


def needs(scoreboard: Scoreboard) -> str:
    """Needs a primary metric."""
    return "" if primary(scoreboard) else "a primary metric"


def draw(scoreboard: Scoreboard) -> Figure:
    """The table of the primary metrics, with ranks and footnotes but without families, as a figure.

    Controls that must fail stand below a line, in grey.
    """
    sheet = sheets.scores(scoreboard, primary(scoreboard))
    texts = [[literal(short(row[0].text)), *(cell.marked for cell in row[2:])] for row in sheet.rows]
    first = len(texts) - sheet.n_controls
    if sheet.below:
        texts.insert(first, [sheets.CONTROLS, *[""] * (len(texts[0]) - 1)])
    height = 0.5 * (len(texts) + 1 + len(sheet.notes)) + 0.4
    figure = Figure(figsize=(16, height))
    ax = figure.subplots()
    ax.set_axis_off()
    header = [cell.marked for i, cell in enumerate(sheet.header) if i != 1]
    below = len(sheet.notes) / (len(texts) + 1 + len(sheet.notes))
    box = Bbox.from_bounds(0, below, 1, 1 - below)
    table = ax.table(texts, colLabels=header, cellLoc="right", bbox=box, edges="horizontal")
    table.auto_set_font_size(False)
    table.set_fontsize(15)
    table.auto_set_column_width(list(range(len(header))))
    for (line, column), cell in table.get_celld().items():
        cell.set_text_props(ha="left" if column == 0 else "right", weight="bold" if line == 0 else "normal")
        if line > first:  # the header is line 0
            cell.set_text_props(style="italic", color="0.35")
    ax.text(0, below - 0.01, "\n".join(sheet.footnotes), transform=ax.transAxes, va="top", fontsize=13)
    return figure


def caption(scoreboard: Scoreboard) -> tuple[str, str]:
    """What it is for."""
    return "The primary metrics as a table for a slide.", f"Table of {len(primary(scoreboard))} primary metrics."
