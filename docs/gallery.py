"""mkdocs: the gallery, a page with every figure of the report, its caption and the line that makes it.

The figures are drawn while the site is built, from the files in docs/gallery. `python docs/gallery.py FOLDER` writes
these files anew from what the lines of the page left in a folder; `LINES` has them, in the order of the page.
"""

import functools
import importlib
import json
import pkgutil
import sys
from collections.abc import Mapping
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest import mock

import qgen
from qgen.files import InputError, write
from qgen.plugins import load_module
from qgen.report import figures
from qgen.report.plots import Plot, of_scoreboard, plot, registry

DATA = Path(__file__).parent / "gallery"
SHOWERS = "calogan/e+"
LINES = {
    "conditional": "python studies/states.py runs/gallery",
    "datasets": "qgen compare --dataset clic/e- --out runs/clic \\\n"
    "    --generators classical/bootstrap classical/gaussian_copula iqp:epochs=2,code=codebook\n"
    "qgen compare --dataset calogan/e+ --out runs/calogan --generators classical/bootstrap iqp:epochs=2,code=codebook\n"
    "qgen report runs/clic runs/calogan --figures datasets_auc --out runs/both",
    "gradients": "python studies/gradients.py --budget quick --qubits 2 3 4 5 6",
    "scan": "python studies/scan.py qcbm:epochs=100 depth --values 1 4 12 --budget quick --seeds 2",
    "screening": "qgen circuits screen --n_qubits 4 --depths 1 2 4 --pairs 1000 --starts 200 \\\n"
    "    --circuits circuits/line circuits/ring circuits/product circuits/controlled_line",
    "temperature": "python studies/temperature.py --quick",
    "mean_shower": f"qgen data describe {SHOWERS} --plot runs/showers",
    "energies": f"qgen data describe {SHOWERS} --plot runs/showers",
}
"""By figure, for those that are not of a scoreboard."""


def on_files(files: Any, config: Any) -> Any:
    """Add the images to the site; mkdocs calls it with all files."""
    from mkdocs.structure.files import File

    for one, _ in drawn():
        image = BytesIO()
        one.write(image, format="png", dpi=100)
        files.append(File.generated(config, f"gallery/{one.name}.png", content=image.getvalue()))
    return files


def on_page_markdown(text: str, page: Any, **_: Any) -> str:
    """Put the figures where the page of the gallery has its marker."""
    return text.replace("<!-- figures -->", listed()) if page.file.src_uri == "gallery.md" else text


@functools.cache
def drawn() -> list[tuple[Plot, str]]:
    """Every figure, of several of a kind the first one, and its line.

    Raises:
        InputError: a figure is in none of the files.
    """
    scoreboard = json.loads((DATA / "scoreboard.json").read_text())
    kinds: dict[str, Plot] = {}
    for one in of_scoreboard(scoreboard):
        kinds.setdefault(next(kind for kind in registry() if one.name.startswith(kind)), one)
    plots = [(one, f"qgen report runs/gallery --figures {one.name}") for one in kinds.values()]
    for name, line in LINES.items():
        figure = importlib.import_module(f"{figures.__name__}.{name}")
        if "data describe" in line:
            plots.append((plot(figure, qgen.load(SHOWERS)), line))
        else:
            passed = json.loads((DATA / f"{name}.json").read_text())
            plots.append((plot(figure, *passed["content"], **passed["options"]), line))
    there = {entry.name for entry in pkgutil.iter_modules(figures.__path__)}
    if missing := there - set(kinds) - set(LINES):
        raise InputError(f"docs/gallery.py: expected every figure of the report, found no {', '.join(sorted(missing))}")
    return plots


def listed() -> str:
    """The figures in Markdown, by section of the page of a comparison."""
    parts, section = [], None
    for one, line in drawn():
        heading = one.section if "qgen report" in line else "Without a scoreboard"
        if heading != section:
            parts.append(f"## {heading or 'Tables'}")
            section = heading
        caption = escape(one.caption).replace("_", r"\_").replace("*", r"\*")
        parts += [f"### {one.name}", f"![{escape(one.alternative)}](gallery/{one.name}.png)", caption]
        parts += [f"```sh\n{line}\n```"]
    return "\n\n".join(parts)


def store(folder: Path) -> None:
    """Write the files of docs/gallery from what the lines left in a folder, numbers rounded to four digits."""
    scoreboard = json.loads((folder / "runs/gallery/scoreboard.json").read_text())
    for content in (scoreboard["reference"], *(row["distributions"] for row in scoreboard["rows"])):
        content["histograms"] = {name: one for name, one in content["histograms"].items() if "/" not in name}
    scan = json.loads((folder / "runs/scan/scoreboard.json").read_text())
    short = {key: scan[key] for key in ("dataset", "representation", "reference", "floor", "rows")}
    rows = [row for row in scan["rows"] if "(" not in row["generator"] and not row.get("control")]
    short["rows"] = [{key: row[key] for key in ("generator", "seeds", "metrics")} for row in rows]
    points = [(row["generator"], float(row["generator"].rpartition(", ")[2])) for row in rows]
    lines = {points[0][0].rpartition(", ")[0]: sorted(points, key=lambda point: point[1])}
    contents = {
        "conditional": arguments("states", "drawn", folder / "runs/gallery/states.json"),
        "datasets": {
            "options": {},
            "content": [[of_auc(folder / "runs" / name / "scoreboard.json") for name in ("clic", "calogan")], "auc"],
        },
        "gradients": {
            "options": {},
            "content": [json.loads((folder / "runs/gradients/gradients.json").read_text())["rows"]],
        },
        "scan": {"options": {}, "content": [{**short, "reference": {}}, lines, "depth"]},
        "screening": {"options": {}, "content": [json.loads((folder / "runs/screen/screening.json").read_text())]},
        "temperature": arguments("temperature", "figure", folder / "runs/temperature/temperature.json"),
        "scoreboard": {key: value for key, value in scoreboard.items() if key != "paired"},
    }
    for name, content in contents.items():
        write(DATA / f"{name}.json", json.dumps(rounded(content), separators=(",", ":"), allow_nan=False) + "\n")


def of_auc(file: Path) -> dict[str, Any]:
    """What the figure of several datasets needs of a scoreboard for the AUC."""
    board = json.loads(file.read_text())
    kept = {key: board[key] for key in ("dataset", "representation")} | {"floor": {"auc": board["floor"]["auc"]}}
    rows = [{**row, "metrics": {"auc": row["metrics"]["auc"]}} for row in board["rows"]]
    named = ("generator", "family", "control", "metrics")
    return {**kept, "rows": [{key: row[key] for key in named if key in row} for row in rows]}


def arguments(study: str, function: str, file: Path) -> dict[str, Any]:
    """What a study's function hands to the first figure that it draws from a file."""
    handed: list[dict[str, Any]] = []

    def record(_: Any, *content: Any, name: str = "", **options: Any) -> None:
        handed.append({"content": content, "options": options})

    module = load_module(str(Path(__file__).parents[1] / "studies" / f"{study}.py"))
    with mock.patch.object(module, "plot", record):
        list(getattr(module, function)(json.loads(file.read_text())) or ())
    return handed[0]


def rounded(content: Any) -> Any:
    """Numbers to four digits, those of correlation matrices to two."""
    match content:
        case float():
            return float(f"{content:.4g}")
        case Mapping():
            return {key: _matrix(value) if key == "matrix" else rounded(value) for key, value in content.items()}
        case list() | tuple():
            return [rounded(value) for value in content]
    return content


def _matrix(lines: list[list[float | None]]) -> list[list[float | None]]:
    return [[None if value is None else round(value, 2) for value in line] for line in lines]


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "studies"))
    store(Path(sys.argv[1]))
