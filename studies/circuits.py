"""Which circuit is worth its two-qubit gates, how deep must it be, and how many qubits help?

Trains a mode of the QGAN with every circuit that qgen ships, or with yours, compiles them for a device, and draws
scores against the two-qubit gates that are left after compilation: qubits that are no neighbours there need SWAPs, so
that equally many gates on paper may cost very different amounts. Then the default circuit at several depths, and with 1
to 4 measured ancillas (7 to 10 qubits).

    python studies/circuits.py --seeds 3
    python studies/circuits.py --ansatze circuits/line my_circuit.py:my_circuit --scans false
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from qgen.cli import compare, run, with_split
from qgen.comparison.scan import scan
from qgen.comparison.split import USUAL, Split
from qgen.comparison.task import named
from qgen.files import write_table
from qgen.plugins import plugins, resolve
from qgen.report import read
from qgen.report.figures import cost
from qgen.report.numbers import number
from qgen.report.plots import plot, save
from qgen.report.rows import finite, metric_label, ordered, primary
from qgen.screening import transpiled
from qgen.simulation.circuit import Circuit

N_QUBITS = 6
"""Of 64 pixels."""
DEVICE_COST = "transpiled_two_qubit_gates"
ANCILLAS = (1, 2, 3, 4)


@with_split
def circuits(
    ansatze: list[str] | None = None,
    mode: str = "style",
    depth: int = 8,
    depths: list[int] | None = None,
    device: str = "heavy_hex",
    epochs: int | None = None,
    scans: bool = True,
    dataset: str = "clic/e-",
    budget: Literal["quick", "standard", "full"] = "standard",
    seeds: int | None = None,
    out: Path = Path("runs/circuits"),
    split: Split = USUAL,
) -> None:
    """Train the QGAN with many circuits; write circuits.md and figures of scores against cost, depth and qubits.

    Args:
        ansatze: files of qgen ("circuits/line"), "module:name" or "path.py:name"; by default all that qgen ships.
        mode: of the QGAN.
        depth: number of blocks of every circuit.
        depths: numbers of blocks that are compared; by default 1 2 4 8 12.
        device: that the circuits are compiled for, see `qgen circuits cost --help`.
        epochs: passes through the training showers, instead of the default.
        scans: whether to vary depth and ancillas as well.
        dataset: an embedded sample or an HDF5 file.
        budget: quick is one seed and short training, standard 3 seeds, full 5.
        seeds: number of training seeds, instead of the budget's.
        out: folder for runs, tables and figures; an interrupted study continues there.
    """
    length = "" if epochs is None else f",epochs={epochs}"
    used = ansatze or [f"circuits/{name}" for name in sorted(name.split("/")[-1] for name in plugins("circuits"))]
    specs = [f"qgan:{mode},ansatz={ansatz},depth={depth}{length} as {ansatz.split('/')[-1]}" for ansatz in used]
    compare(out / "circuits", dataset, specs, "image8x8", budget, seeds, split=split)
    costs = {named(s)[0]: two_qubit_gates(a, depth, device) for s, a in zip(specs, used, strict=True)}
    scoreboard = read(out / "circuits" / "scoreboard.json")
    write_table(out, "circuits", costs, table := markdown(scoreboard, costs, device))
    if not cost.needs(costed := with_cost(scoreboard, costs)):
        save(out, plot(cost, costed, name="circuits"))
    print(table)
    if not scans:
        return
    deep = {mode: [(d, f"qgan:{mode},depth={d}{length}") for d in depths or (1, 2, 4, 8, 12)]}
    wide = {"ancilla": [(N_QUBITS + n, f"qgan:ancilla,n_ancillas={n}{length}") for n in ANCILLAS]}
    scan(out / "depth", dataset, deep, "blocks of the circuit", budget=budget, seeds=seeds, split=split)
    scan(out / "qubits", dataset, wide, "qubits", budget=budget, seeds=seeds, split=split)


def two_qubit_gates(ansatz: str, depth: int, device: str) -> list[float]:
    """Median, lowest and highest number over the seeds of the compiler."""
    return list(transpiled(Circuit(resolve(ansatz), N_QUBITS, depth), device).two_qubit_gates)


def with_cost(scoreboard: Mapping[str, Any], costs: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """The scoreboard with the cost on the device among the resources of its rows."""
    rows = [
        {
            **row,
            "resources": {DEVICE_COST: costs[row["generator"]][0], "n_parameters": row["resources"]["n_parameters"]},
        }
        for row in scoreboard["rows"]
    ]
    return {**scoreboard, "rows": rows}


def markdown(scoreboard: Mapping[str, Any], costs: Mapping[str, Sequence[float]], device: str) -> str:
    """Scores beside cost, best first."""
    metrics = primary(dict(scoreboard))
    head = [
        "circuit",
        *(metric_label(scoreboard, metric) for metric in metrics),
        "parameters",
        "two-qubit gates",
        f"on {device}",
    ]
    lines = [head, ["---"] * len(head)]
    floor = [number(scoreboard["floor"][m]["value"], scoreboard["floor"][m]["sd"]) for m in metrics]
    lines.append(["GEANT4 (truth floor)", *floor, "-", "-", "-"])
    for row in ordered(dict(scoreboard)):
        scores = [row["metrics"][metric] for metric in metrics]
        middle, low, high = costs[row["generator"]]
        written, weights = (finite(row["resources"][key]) or 0 for key in ("two_qubit_gates", "n_parameters"))
        values = [number(score["value"], score["error"]) for score in scores]
        lines.append([row["generator"], *values, f"{weights:g}", f"{written:g}", f"{middle:g} ({low:g}-{high:g})"])
    seeds = max(len(row["seeds"]) for row in scoreboard["rows"])
    note = f"{scoreboard['dataset']}, {seeds} training seeds. On {device}: median (range) over seeds of the compiler."
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + f"\n\n{note}\n"


if __name__ == "__main__":
    raise SystemExit(run(circuits))
