"""Time per shower: of this machine, modelled of a quantum processor, and published of GEANT4."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from qgen.report import Row, Scoreboard
from qgen.report.panels import counted, look, name
from qgen.report.rows import finite, ordered, resource

PLACE = "Cost", 120
WALL = "this machine, in small and large batches; anneals and circuits simulated"
MODELLED = "QPU access, modelled"
GEANT4_MS: Mapping[str, tuple[float, str]] = {
    "calochallenge": (1000.0, "about 1 s, Calo4pQVAE's authors, arXiv 2410.22870")
}
"""Published time of GEANT4 [ms/shower] and its source, by layout."""
ACCESS = {"qpu_access_us_alone": "D", "qpu_access_us_per_shower": "|", "qpu_access_us_shared": "d"}
"""Resources of a row and their markers, from a programming for every shower to one for a thousand."""


def needs(scoreboard: Scoreboard) -> str:
    """Needs the access time of a processor in a row."""
    with_processor = any(resource(row, key) is not None for row in _timed(scoreboard) for key in ACCESS)
    return "" if with_processor else "the access time of a quantum processor"


def draw(scoreboard: Scoreboard) -> Figure:
    """Time per shower [ms] of every generator, two kinds of it beside one another, and GEANT4's where it is published.

    Open marks: wall time of the machine that ran the comparison, of all test showers and, where they were measured,
    of batches (the line spans them); it is no time of a quantum device. Full marks: access time of a quantum
    processor by the vendor's model, from a programming for every shower to one that a thousand share.
    """
    rows, published = _timed(scoreboard), _geant4(scoreboard)
    figure = Figure(figsize=(13, 0.62 * len(rows) + 2.9))
    ax = figure.subplots()
    for y, row in enumerate(reversed(rows)):
        colour = look(scoreboard, row)["color"]
        _wall(ax, row, y + 0.16, colour)
        _access(ax, row, y - 0.16, colour)
    if published is not None:
        ax.axvline(published[0], color="k", lw=2)
        place, text = (published[0], len(rows) + 0.35), f"GEANT4, published:\n{published[1]}"
        ax.annotate(text, place, (-6, -6), textcoords="offset points", ha="right", va="top", fontsize=13)
    ax.set_xscale("log")
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_ylim(-0.6, len(rows) + 0.4)
    ax.set_yticks(range(len(rows)), [name(row, 34) for row in reversed(rows)])
    ax.tick_params(axis="y", which="both", length=0)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("time per shower [ms]")
    _key(figure, ax)
    return figure


def caption(scoreboard: Scoreboard) -> tuple[str, str]:
    """What open and full marks are, and whose GEANT4's time is."""
    rows, published = _timed(scoreboard), _geant4(scoreboard)
    with_access = [row for row in rows if resource(row, "qpu_access_us_per_shower")]
    line = f" The line is GEANT4's published time ({published[1]}), of another machine." if published else ""
    return (
        "Open marks are wall times of this machine for all test showers and for batches; anneals and circuits are "
        "simulated there, so that they are no times of a quantum device. Full marks are the access time of a quantum "
        "processor by the vendor's model, with one programming for every shower, as drawn here (reads that measure the "
        f"temperature included), and with one for a thousand; network and host come on top.{line}",
        f"Time per shower of {counted(rows)}, and the modelled access time of a processor for {len(with_access)}.",
    )


def _timed(scoreboard: Scoreboard) -> list[Row]:
    """The rows that are drawn, from the best to the worst: floors, which draw no showers, are left out."""
    return [row for row in ordered(scoreboard) if "(" not in row["generator"]]


def _geant4(scoreboard: Scoreboard) -> tuple[float, str] | None:
    """Published time of GEANT4 for the layout of the scoreboard [ms/shower], and whose it is."""
    return GEANT4_MS.get(str(scoreboard["dataset"]).split("/")[0])


def _wall(ax: Axes, row: Row, y: float, colour: str) -> None:
    """Wall times [ms/shower]: of all test showers, and of batches."""
    batches = [batch["median"] for batch in (row["time"].get("batches") or {}).values()]
    times = [ms for ms in map(finite, (row["time"].get("sample_ms_per_shower"), *batches)) if ms is not None]
    if times:
        ax.plot([min(times), max(times)], [y, y], color=colour, lw=1.2, ls="--")
        ax.plot(times, [y] * len(times), "o", color=colour, mfc="white", mew=1.8, ms=9)


def _access(ax: Axes, row: Row, y: float, colour: str) -> None:
    times = {shape: value / 1e3 for key, shape in ACCESS.items() if (value := resource(row, key)) is not None}
    if times:
        ax.plot([min(times.values()), max(times.values())], [y, y], color=colour, lw=2.4)
        for shape, value in times.items():
            ax.plot(value, y, shape, color=colour, ms=14 if shape == "|" else 10, mew=2.5 if shape == "|" else 0)


def _key(figure: Figure, ax: Axes) -> None:
    """What the marks mean."""
    grey = "0.35"
    handles = [
        *ax.plot([], [], "o--", color=grey, mfc="white", mew=1.8, lw=1.2, label=WALL),
        *ax.plot([], [], "D-", color=grey, mew=0, lw=2.4, label=f"{MODELLED}: a programming per shower"),
        *ax.plot([], [], "|", color=grey, ms=14, mew=2.5, label=f"{MODELLED}: as drawn here"),
        *ax.plot([], [], "d-", color=grey, mew=0, lw=2.4, label=f"{MODELLED}: 1000 showers share one"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=2, fontsize=13)
