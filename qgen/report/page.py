"""A scoreboard, or several, as one self-contained HTML page: sortable tables and embedded figures, no network.

Its style sheet and script are the files `page.css` and `page.js` beside this one, copied into the page. A content
security policy in its head forbids it to load anything.
"""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib import resources
from io import BytesIO
from typing import Any

from qgen.evaluation.pairs import LEAST_TRAININGS
from qgen.report import Scoreboard, sheets, side_by_side
from qgen.report.plots import Plot
from qgen.report.rows import metric_label, others, primary
from qgen.report.sheets import Cell, Sheet
from qgen.report.tables import PAIRED, TIMES, caption, differences, title, verdict

DPI = 110
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
BREAKS, BREAK = re.compile(r"([:/=,_](?=\w))"), r"\1<wbr>"
"""Where a generator's long name may be broken."""

HOW_TO_READ = {
    "Value ± error (z)": "The error covers 68 % and comes from the showers and, where there are several, the training "
    "seeds. z is the distance from the truth floor in the floor's standard deviations, and p, where it is 0.02 "
    "or more, the share of GEANT4 samples that score as badly.",
    "Truth floor": "What GEANT4 scores against GEANT4 at this sample size. No metric is zero there: a generator can do "
    "no better than reach it, and a value below it by chance is no merit.",
    "Rank": "By metric. Rows that share a rank (=) are a tie: the paired test cannot tell them apart. Rows of fewer "
    f"than {LEAST_TRAININGS} training seeds or folds have none.",
    "Controls that must fail": "Wrong on purpose, and without a rank. Where one scores as well as a generator, the "
    "metric does not see what is wrong with it, and says as little of that generator.",
    "Footnotes": "A dagger leads to the reason why there is no value, or why one is to be read with care.",
    "Figures": "GEANT4 is black, its band covers 68 %. Quantum generators are solid lines, classical references "
    "dashed, controls that must fail dotted; a generator keeps its colour from figure to figure. Triangles stand at "
    "the edge of a panel for what lies outside.",
    "Sorting": "A click, Enter or the space bar on a header sorts by it, and once more the other way round; the truth "
    "floor stays on top, and what has no value comes last.",
}


def page(scoreboard: Scoreboard, plots: Sequence[Plot]) -> str:
    """The whole report.

    Args:
        scoreboard: content of `scoreboard.json`.
        plots: its figures; each comes under its section, one of the page's own or another before the provenance.
    """
    return _framed(title(scoreboard), caption(scoreboard), list(_sections(scoreboard, plots)))


def page_of_datasets(scoreboards: Sequence[Scoreboard], metrics: Sequence[str], plots: Mapping[str, Plot]) -> str:
    """Several datasets side by side: by metric, the table and the figure, where there is one.

    Args:
        scoreboards: of different datasets.
        metrics: to show.
        plots: by metric.
    """
    whole, sections = side_by_side.union(scoreboards), []
    for metric in metrics:
        label = metric_label(whole, metric)
        table = _table(side_by_side.sheet(scoreboards, metric), label)
        sections.append((label, table + (_image(plots[metric]) if metric in plots else "")))
    words = "".join(f'<p class="verdict">{escape(words)}</p>' for words in side_by_side.verdicts(scoreboards, metrics))
    sections.append(("Datasets", words + _table(side_by_side.origins(scoreboards), "Datasets")))
    return _framed(side_by_side.TITLE, side_by_side.CAPTION, sections)


def _framed(about: str, words: str, sections: Sequence[tuple[str, str]]) -> str:
    """A page of sections, heading and content of each, below a title and some words."""
    heading = escape(f"qgen: {about}")
    links = "".join(f'<li><a href="#{_anchor(name)}">{escape(name)}</a></li>' for name, _ in sections)
    body = [f'<section><h2 id="{_anchor(name)}">{escape(name)}</h2>{content}</section>' for name, content in sections]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        f"<title>{heading}</title>\n<style>\n{_file('page.css')}</style>\n</head>\n<body>\n"
        f"<header><h1>{heading}</h1><p>{escape(words)}</p></header>\n"
        f'<nav aria-label="Sections"><ul>{links}</ul></nav>\n<main>\n{chr(10).join(body)}\n</main>\n'
        f"<script>\n{_file('page.js')}</script>\n</body>\n</html>\n"
    )


def _sections(scoreboard: Scoreboard, plots: Sequence[Plot]) -> Iterator[tuple[str, str]]:
    """Heading and content of every section that has any."""
    images: dict[str, str] = {}
    for plot in plots:
        images[plot.section] = images.get(plot.section, "") + _image(plot)
    images.pop("", None)
    terms = "".join(f"<dt>{escape(term)}</dt><dd>{escape(words)}</dd>" for term, words in HOW_TO_READ.items())
    yield "How to read", f"<dl>{terms}</dl>"
    scores = _table(sheets.scores(scoreboard, primary(scoreboard)), "Primary metrics")
    words = "".join(f'<p class="verdict">{escape(sentence)}</p>' for sentence in verdict(scoreboard))
    yield "Primary metrics", words + scores + images.pop("Primary metrics", "")
    if pairs := list(differences(scoreboard)):
        tables = [
            f"<details><summary>{escape(metric_label(scoreboard, name))}: {len(sheet.rows)} pairs</summary>"
            f"{_table(sheet, f'Paired differences of {metric_label(scoreboard, name)}')}</details>"
            for name, sheet in pairs
        ]
        yield "Paired differences", f"<p>{escape(PAIRED)}</p>{''.join(tables)}"
    for name in ("Showers", "By incident energy"):
        if name in images:
            yield name, images.pop(name)
    if further := others(scoreboard):
        yield "Further metrics", _table(sheets.scores(scoreboard, further, with_rank=False), "Further metrics")
    yield "Cost", f"<p>{escape(TIMES)}</p>{_table(sheets.costs(scoreboard), 'Cost')}{images.pop('Cost', '')}"
    yield from images.items()
    yield "Provenance and versions", _provenance(scoreboard)


def _table(sheet: Sheet, name: str) -> str:
    """A table in a box of its own that scrolls sideways, and its footnotes."""
    header = "".join(_header(sheet, column, cell) for column, cell in enumerate(sheet.header))
    parting = [f'<tr><th scope="rowgroup" colspan="{len(sheet.header)}" class="name">{sheets.CONTROLS}</th></tr>']
    bodies = [("fixed", _rows(sheet, sheet.rows[: sheet.n_fixed])), ("", _rows(sheet, sheet.above))]
    bodies += [("parting", parting), ("controls", _rows(sheet, sheet.below))] if sheet.below else []
    body = "".join(f'<tbody class="{kind}">{"".join(rows)}</tbody>' for kind, rows in bodies if rows)
    notes = "".join(f"<li>{escape(words)}</li>" for words in sheet.footnotes)
    return (
        f'<div class="wide" role="region" aria-label="{escape(name)}" tabindex="0"><table class="sortable">'
        f"<caption>{escape(name)}</caption><thead><tr>{header}</tr></thead>{body}</table></div>\n"
        + (f'<ul class="notes">{notes}</ul>\n' if notes else "")
    )


def _header(sheet: Sheet, column: int, cell: Cell) -> str:
    kind = ' class="name"' if column < sheet.n_names else ""
    order = ' aria-sort="ascending"' if column == sheet.sorted_by else ""
    hint = f' aria-label="{escape(cell.hint)}"' if cell.hint else ""
    return f'<th scope="col"{kind}{order}><button type="button"{hint}>{_marked(cell)}</button></th>'


def _rows(sheet: Sheet, rows: Sequence[Sequence[Cell]]) -> list[str]:
    return [_row(sheet, row) for row in rows]


def _row(sheet: Sheet, row: Sequence[Cell]) -> str:
    cells = [f'<th scope="row" class="name">{BREAKS.sub(BREAK, escape(row[0].text))}</th>']
    for column, cell in enumerate(row[1:], start=1):
        kind = ' class="name"' if column < sheet.n_names else ""
        value = f' data-value="{float(cell.value)!r}"' if cell.value is not None else ""
        cells.append(f"<td{kind}{value}>{_marked(cell)}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def _marked(cell: Cell) -> str:
    return escape(cell.text) + (f"<sup>{escape(cell.mark)}</sup>" if cell.mark else "")


def _image(plot: Plot) -> str:
    buffer = BytesIO()
    plot.write(buffer, format="png", dpi=DPI)
    content = buffer.getvalue()
    width, height = (int.from_bytes(content[start : start + 4], "big") for start in (16, 20))
    source = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    image = f'<img alt="{escape(plot.alternative)}" width="{width}" height="{height}" src="{source}">'
    return f'<figure id="figure-{escape(plot.name)}">{image}<figcaption>{escape(plot.caption)}</figcaption></figure>\n'


def _provenance(scoreboard: Scoreboard) -> str:
    """What the scoreboard says about its origin, and the versions of the libraries."""
    recorded = dict(scoreboard.get("provenance") or {})
    versions = recorded.pop("versions", {})
    origin = {"dataset": scoreboard["dataset"], "representation": scoreboard["representation"], **recorded}
    parts = [_pairs("Provenance", ("entry", "value"), origin)]
    return "".join(parts + ([_pairs("Versions", ("library", "version"), versions)] if versions else []))


def _pairs(name: str, header: tuple[str, str], content: Mapping[str, Any]) -> str:
    rows = [[Cell(key.replace("_", " ")), Cell("-" if value is None else str(value))] for key, value in content.items()]
    return _table(Sheet([Cell(text) for text in header], rows), name)


def _anchor(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


def _file(name: str) -> str:
    return resources.files("qgen.report").joinpath(name).read_text(encoding="utf-8")
