"""Many circuits in one table: what their states can do, how well they can be trained, and what they cost.

Every row is one circuit at one size. Circuits are ranked among those with as many qubits; two that differ by less than
two of their combined standard errors are equal and share a rank. A row is on the *front* of expressibility against cost
if no other with as many qubits needs fewer two-qubit gates on the device and is at least equally expressive, and none
needs as many and is more expressive.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import product
from typing import Any, Literal, get_args

import numpy as np

from qgen.files import InputError
from qgen.plugins import plugins, resolve
from qgen.screening.cost import logical, transpiled
from qgen.screening.devices import device as find_device
from qgen.screening.entanglement import entangling_capability, haar_entanglement
from qgen.screening.expressibility import Bins, expressibility
from qgen.screening.gradients import gradient_variance, gradients
from qgen.screening.losses import Loss
from qgen.screening.losses import loss as find_loss
from qgen.screening.starts import Start
from qgen.simulation.circuit import Circuit
from qgen.training.progress import progress

Criterion = Literal["expressibility", "entangling", "gradient_variance", "two_qubit_gates"]
BEST_IS_LARGE = ("entangling", "gradient_variance")
MAX_QUBITS = 20
"""Largest number of qubits that is screened."""
Row = dict[str, Any]


def screen(
    circuits: Sequence[Any] | None = None,
    *,
    n_qubits: Sequence[int] = (6,),
    depths: Sequence[int] = (1, 2, 4, 8),
    device: str = "heavy_hex",
    loss: str = "z0",
    dataset: str = "clic/e-",
    start: Start = "uniform",
    bins: Bins = "width",
    n_pairs: int = 5000,
    n_starts: int = 1000,
    rank_by: Criterion = "expressibility",
    seed: int = 0,
) -> dict[str, Any]:
    """Measure circuits and rank them.

    Expressibility and entangling capability are those of angles from the whole circle; `start` is for gradients.

    Args:
        circuits: names or functions, see `qgen.plugins.resolve`; by default all that qgen ships.
        n_qubits: numbers of qubits.
        depths: numbers of blocks.
        device: see `qgen.screening.devices`.
        loss: "z0", "global" or "mmd", see `qgen.screening.losses`.
        dataset: showers whose mean "mmd" compares with: an embedded sample or a file.
        start: "uniform" or "small", see `qgen.screening.starts`.
        bins: "width" or "haar", see `qgen.screening.expressibility`.
        n_pairs: pairs of states for the expressibility; as many states for the entangling capability.
        n_starts: random starts for the gradients.
        rank_by: the measure by which circuits are ranked.
        seed: of everything random; the same for every circuit.

    Returns:
        plain data: "settings"; "haar": by number of qubits {"floor", "floor_sd", "entangling"}; "rows", best first:
        "circuit", "n_qubits", "depth", "rank", "front", "expressibility" {"value", "error", "floor", "floor_sd"},
        "entangling" and "gradient_variance" {"value", "error"}, "logical" and "transpiled" (see `qgen.screening.cost`);
        "left_out": "circuit", "n_qubits", "depth", "reason" of sizes for which a circuit cannot be built.

    Raises:
        InputError: unknown names, bad numbers, or sizes for which no circuit can be built.
    """
    if rank_by not in get_args(Criterion):
        raise InputError(f"rank_by: expected one of {', '.join(get_args(Criterion))}, found {rank_by!r}")
    if not n_qubits or not depths:
        raise InputError("screen: expected at least one number of qubits and one depth, found none")
    if max(n_qubits) > MAX_QUBITS:
        raise InputError(f"screen: expected at most {MAX_QUBITS} qubits, found {max(n_qubits)}")
    losses = {n: find_loss(loss, n, dataset=dataset) for n in dict.fromkeys(n_qubits)}
    for n in losses:
        find_device(device, n)
    names = list(plugins("circuits") if circuits is None else circuits)
    sizes = list(product(names, dict.fromkeys(n_qubits), dict.fromkeys(depths)))
    of_sizes, left_out = _circuits(sizes)
    settings = {"device": device, "loss": loss, "dataset": dataset, "start": start, "bins": bins, "n_pairs": n_pairs}
    settings |= {"n_starts": n_starts, "rank_by": rank_by, "seed": seed}
    rows = []
    with progress("screen", len(of_sizes), done=0, unit="circuit") as advance:
        for i, (row, circuit) in enumerate(of_sizes):
            rows.append(row | _measured(circuit, settings, losses[circuit.n_qubits]))
            advance({"epoch": i, "expressibility": rows[-1]["expressibility"]["value"]})
    haar = {}
    for n in sorted({row["n_qubits"] for row in rows}):
        alike = [row for row in rows if row["n_qubits"] == n]
        _rank(alike, rank_by)
        _front(alike)
        floor = {key: alike[0]["expressibility"][key] for key in ("floor", "floor_sd")}
        haar[str(n)] = {**floor, "entangling": haar_entanglement(n)}
    rows.sort(key=lambda row: (row["n_qubits"], row["rank"], row["transpiled"]["two_qubit_gates"]))
    return {"settings": settings, "haar": haar, "rows": rows, "left_out": left_out}


def _circuits(sizes: Sequence[tuple[Any, int, int]]) -> tuple[list[tuple[Row, Circuit]], list[Row]]:
    """The circuits that there are, and the sizes that circuits do not have."""
    circuits, left_out = [], []
    for reference, n_qubits, depth in sizes:
        ansatz = resolve(reference)
        name = reference if isinstance(reference, str) else getattr(ansatz, "__name__", repr(ansatz))
        row: Row = {"circuit": name, "n_qubits": n_qubits, "depth": depth}
        try:
            circuit = Circuit(ansatz, n_qubits, depth)
            circuit.operations()
        except InputError as error:
            left_out.append({**row, "reason": str(error)})
        else:
            circuits.append((row, circuit))
    if not circuits:
        raise InputError(left_out[0]["reason"] if left_out else "screen: expected at least one circuit, found none")
    return circuits, left_out


def _measured(circuit: Circuit, settings: Mapping[str, Any], loss: Loss) -> Row:
    n_pairs = settings["n_pairs"]
    for_states, for_gradients = np.random.default_rng([settings["seed"], circuit.n_qubits]).spawn(2)
    distance = expressibility(circuit, n_pairs=n_pairs, bins=settings["bins"], rng=for_states)
    slopes = gradients(circuit, loss, n_starts=settings["n_starts"], start=settings["start"], rng=for_gradients)
    return {
        "expressibility": asdict(distance),
        "entangling": _pair(entangling_capability(circuit, n_samples=n_pairs, rng=for_states)),
        "gradient_variance": _pair(gradient_variance(slopes)),
        "logical": asdict(logical(circuit)),
        "transpiled": _spread(asdict(transpiled(circuit, settings["device"]))),
    }


def _pair(measured: tuple[float, float]) -> dict[str, float]:
    """Without the rounding of what is 0."""
    return {"value": round(measured[0], 15) + 0.0, "error": round(measured[1], 15)}


def _spread(cost: dict[str, Any]) -> dict[str, Any]:
    """Tuples as JSON has them."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in cost.items()}


def _rank(rows: Sequence[Row], criterion: Criterion) -> None:
    """Give every row its rank; a tie has the rank of its first."""
    sign = -1 if criterion in BEST_IS_LARGE else 1

    def score(row: Row) -> tuple[float, float]:
        if criterion == "two_qubit_gates":
            return _cost(row), 0.0
        return sign * row[criterion]["value"], row[criterion]["error"]

    first, rank = (-np.inf, 0.0), 0
    for place, row in enumerate(sorted(rows, key=score), 1):
        if _below(first, score(row)):
            first, rank = score(row), place
        row["rank"] = rank


def _front(rows: Sequence[Row]) -> None:
    """Say of every row whether it is on the front."""

    def beats(other: Row, row: Row) -> bool:
        theirs, ours = ((r["expressibility"]["value"], r["expressibility"]["error"]) for r in (other, row))
        if _cost(other) < _cost(row):
            return not _below(ours, theirs)
        return _cost(other) == _cost(row) and _below(theirs, ours)

    for row in rows:
        row["front"] = not any(beats(other, row) for other in rows)


def _below(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Whether a value with its error is lower than another by more than two combined standard errors."""
    return b[0] - a[0] > 2 * math.hypot(a[1], b[1])


def _cost(row: Row) -> float:
    return row["transpiled"]["two_qubit_gates"][0]
