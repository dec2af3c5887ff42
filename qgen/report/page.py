"""A scoreboard as one self-contained HTML page: tables and embedded figures, no network."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping, Sequence
from io import BytesIO

from matplotlib.figure import Figure

from qgen.evaluation import PRIMARY
from qgen.report import Scoreboard
from qgen.report.tables import TIMES, caption, cells, resource_cells

_STYLE = """
body { font-family: system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #1a1a1a }
table { border-collapse: collapse; margin: 1rem 0; font-size: .9rem }
td, th { padding: .35rem .8rem; border-bottom: 1px solid #ddd; text-align: right }
td:nth-child(-n+2), th:nth-child(-n+2) { text-align: left }
tbody tr:first-child { background: #f4f4f4 }
.wide { overflow-x: auto } img { max-width: 100% } figure { margin: 2rem 0 } pre { white-space: pre-wrap }
"""


def page(scoreboard: Scoreboard, figures: Mapping[str, Figure]) -> str:
    """The whole report.

    Args:
        scoreboard: content of `scoreboard.json`.
        figures: by name, as `plots.figures` makes them; the name becomes the caption.
    """
    title = f"qgen: {scoreboard['dataset']}, {scoreboard['representation']}"
    others = [name for name in scoreboard["floor"] if name not in PRIMARY]
    body = [
        f"<h1>{html.escape(title)}</h1>",
        f"<p>{html.escape(caption(scoreboard))}</p>",
        "<h2>Primary metrics</h2>",
        _table(*cells(scoreboard, PRIMARY)),
        *(_image(name, figure) for name, figure in figures.items()),
        "<h2>Further metrics</h2>",
        _table(*cells(scoreboard, others)),
        f"<h2>Cost</h2><p>{html.escape(TIMES)}</p>",
        _table(*resource_cells(scoreboard)),
        f"<h2>Provenance</h2><pre>{html.escape(json.dumps(scoreboard['provenance'], indent=1))}</pre>",
    ]
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
    )
    return (
        f"<!doctype html><html lang=en><head>{head}<style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(tag: str, values: Sequence[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(value)}</{tag}>" for value in values) + "</tr>"

    content = f"<thead>{line('th', header)}</thead><tbody>{''.join(line('td', row) for row in rows)}</tbody>"
    return f'<div class="wide"><table>{content}</table></div>'


def _image(name: str, figure: Figure) -> str:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    data = base64.b64encode(buffer.getvalue()).decode()
    label = html.escape(name.replace("_", " "))
    return f'<figure><img alt="{label}" src="data:image/png;base64,{data}"><figcaption>{label}</figcaption></figure>'
