"""How fast are circuits simulated, with gradients, against PennyLane?

The hardware-efficient line, 6 blocks, a batch of 64 samples with encodings of their own: forward and backward, with
gradients to weights and encodings. Both sides get the same float64 tensors and work in complex128; default.qubit does
so for float32 tensors too, where ours takes complex64. Peers:

- default.qubit with broadcasting and backpropagation: probabilities of all basis states, the circuit called as a user
  would, with the batch as last dimension. Weights shared by all samples, and in one case each sample's own.
- lightning.qubit with adjoint differentiation: <Z> of every wire. It has no broadcasting and no gradients of
  probabilities. A QNode adds a Python overhead per sample, so the device is called directly, which is faster.

Both take turns on one thread, so that a busy machine slows both down; medians are compared. Each ratio is that of one
turn, and the median of them is printed. Values and gradients must agree. Memory is the peak of a process of its own
over what it took for two qubits.

    python studies/speed/circuits.py            # several minutes
    python studies/speed/circuits.py --quick    # fewer repetitions, under a minute
    python studies/speed/circuits.py --out runs/speed    # and the scaling to 16 qubits, as figure and table

The last line is JSON; `max_abs_difference` is that of values and gradients. Compilation is outside of the timing.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pennylane as qml
import torch
from torch import Tensor

from qgen.circuits.line import line
from qgen.cli import run
from qgen.comparison.timing import case, interleaved, one_thread
from qgen.files import InputError, require_folder
from qgen.simulation.circuit import Circuit

BATCH, DEPTH = 64, 6
PENNYLANE = f"pennylane default.qubit {version('pennylane')}, backprop"
LIGHTNING = f"pennylane lightning.qubit {version('pennylane-lightning')}, adjoint"
LONGEST_S, LARGEST_MB = 5.0, 1000.0
"""A simulator leaves the figure after the first size that takes it longer, or more memory."""

Simulator = Callable[[Tensor, Tensor], Tensor]
"""Inputs (batch, n_qubits) and weights to values (batch, n)."""


@dataclass(frozen=True)
class Size:
    """Time and memory of one simulator at one size, for the figure."""

    simulator: str
    n_qubits: int
    seconds: float
    mb: float


def circuits(
    quick: bool = False,
    sizes: Sequence[int] = (6, 10, 12),
    repetitions: int | None = None,
    seed: int = 0,
    out: Path | None = None,
) -> None:
    """Time circuits beside their peers.

    Args:
        quick: fewer repetitions and cases.
        sizes: numbers of qubits, 2 or more each.
        repetitions: of every measurement; by default 9, three if quick.
        seed: of inputs and weights.
        out: write the scaling to 16 qubits here; 10 if quick.
    """
    if repetitions is not None and repetitions < 1:
        raise InputError(f"--repetitions: expected at least 1, found {repetitions}")
    if not sizes or min(sizes) < 2:
        raise InputError(f"--sizes: expected numbers of qubits, at least 2, found {list(sizes)}")
    if out is not None:
        require_folder(out)
    n = repetitions or (3 if quick else 9)
    with one_thread():
        cases = compare(sizes, quick, n, seed)
        print(table(cases))
        if out is not None:
            write(scaling((4, 6, 8, 10) if quick else (4, 6, 8, 10, 12, 14, 16), n, seed), out)
    print(json.dumps({"cases": cases}))


def compare(sizes: Sequence[int], quick: bool, repetitions: int, seed: int) -> list[dict[str, Any]]:
    """Every case."""
    cases = []
    for n in sizes:
        few = 1 if quick and n > 10 else repetitions
        cases.append(probabilities(f"{n} qubits", n, torch.float64, few, seed))
    if not quick:
        cases += [probabilities(f"{n} qubits, float32", n, torch.float32, repetitions, seed) for n in sizes]
        own = sizes[len(sizes) // 2]
        cases.append(probabilities(f"{own} qubits, own weights", own, torch.float64, repetitions, seed, own=True))
    return cases + [expectations(f"{n} qubits, <Z>", n, repetitions, seed) for n in (sizes[:1] if quick else sizes)]


def probabilities(
    name: str, n_qubits: int, dtype: torch.dtype, repetitions: int, seed: int, own: bool = False
) -> dict[str, Any]:
    """Against default.qubit."""
    tensors = draw(n_qubits, dtype, seed, own)
    tolerance = 1e-10 if dtype == torch.float64 else 1e-4
    return raced(name, PENNYLANE, ("statevector", "default.qubit"), n_qubits, tensors, repetitions, tolerance)


def expectations(name: str, n_qubits: int, repetitions: int, seed: int) -> dict[str, Any]:
    """Against lightning.qubit."""
    tensors, names = draw(n_qubits, torch.float64, seed), ("statevector <Z>", "lightning.qubit <Z>")
    return raced(name, LIGHTNING, names, n_qubits, tensors, repetitions, 1e-10)


def simulator(name: str, n_qubits: int) -> Simulator:
    """A simulator by the name that the figure shows."""
    wires = [(wire,) for wire in range(n_qubits)]
    match name:
        case "statevector":
            return Circuit(line, n_qubits, DEPTH).probabilities
        case "statevector <Z>":
            ours = Circuit(line, n_qubits, DEPTH)
            return lambda x, w: ours.expectations(x, w, wires)
        case "lightning.qubit <Z>":
            circuit = Circuit(line, n_qubits, DEPTH, backend="lightning")
            return lambda x, w: circuit.expectations(x, w, wires)

    def broadcast(x: Tensor, w: Tensor) -> qml.measurements.ProbabilityMP:
        line(x.T, w.movedim(0, -1) if w.ndim > 3 else w, range(n_qubits))
        return qml.probs(wires=range(n_qubits))

    device = qml.device("default.qubit", wires=n_qubits)
    return qml.QNode(broadcast, device, interface="torch", diff_method="backprop")


def draw(n_qubits: int, dtype: torch.dtype, seed: int, own: bool = False) -> tuple[Tensor, Tensor]:
    """Inputs, and weights shared by all samples or each sample's own."""
    rng = torch.Generator().manual_seed(seed)
    shape = *((BATCH,) if own else ()), DEPTH, n_qubits, 2
    x, w = torch.randn(BATCH, n_qubits, generator=rng, dtype=dtype), torch.randn(shape, generator=rng, dtype=dtype)
    return x.requires_grad_(), w.requires_grad_()


def both_ways(f: Simulator, tensors: Sequence[Tensor]) -> list[Tensor]:
    """Values, and gradients of a weighted sum of them."""
    values = f(*tensors)
    pick = torch.linspace(-1, 1, values.numel(), dtype=values.dtype).reshape(values.shape)
    return [values.detach(), *torch.autograd.grad((values * pick).sum(), tensors)]


def raced(
    name: str,
    peer: str,
    simulators: tuple[str, str],
    n_qubits: int,
    tensors: Sequence[Tensor],
    repetitions: int,
    tolerance: float,
) -> dict[str, Any]:
    """Run both in turn, after a warm-up whose results are compared."""
    ours, theirs = (simulator(each, n_qubits) for each in simulators)
    results = zip(both_ways(ours, tensors), both_ways(theirs, tensors), strict=True)
    difference = max(float((a - b).abs().max()) for a, b in results)
    if not difference < tolerance:
        raise RuntimeError(f"{name}: expected results that agree to {tolerance:g}, found {difference:g}")
    seconds = interleaved([partial(both_ways, f, tensors) for f in (ours, theirs)], repetitions)[0]
    ours_s, peer_s = np.median(seconds, axis=0).tolist()
    ratio = float(np.median(seconds[:, 1] / seconds[:, 0]))
    dtype, own = str(tensors[0].dtype).removeprefix("torch."), tensors[1].ndim > 3
    ours_mb, peer_mb = (peak(each, n_qubits, dtype, own) for each in simulators)
    return case(name, peer, ours_s, peer_s, difference, ratio=ratio, ours_mb=ours_mb, peer_mb=peer_mb)


def timed(f: Simulator, tensors: Sequence[Tensor]) -> float:
    """Seconds of forward and backward."""
    start = time.perf_counter()
    both_ways(f, tensors)
    return time.perf_counter() - start


def peak(name: str, n_qubits: int, dtype: str = "float64", own: bool = False) -> float:
    """Peak memory of forward and backward [MB], over that for two qubits, in a process of its own."""
    call = f"import runpy; runpy.run_path({__file__!r})['tell_peak']({name!r}, {n_qubits}, {dtype!r}, {own})"
    process = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, check=True)
    return float(process.stdout)


def tell_peak(name: str, n_qubits: int, dtype: str, own: bool) -> None:
    """What the process of `peak` does."""
    torch.set_num_threads(1)
    peaks = []
    for n in (2, n_qubits):
        both_ways(simulator(name, n), draw(n, getattr(torch, dtype), 0, own))
        peaks.append(high_water())
    print(peaks[1] - peaks[0])


def high_water() -> float:
    """Peak memory of this process [MB]."""
    status = Path("/proc/self/status")
    if status.exists():  # the counter below starts at what the parent had
        (found,) = (row for row in status.read_text().splitlines() if row.startswith("VmHWM:"))
        return int(found.split()[1]) / 2**10
    per_mb = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / per_mb


def scaling(sizes: Sequence[int], repetitions: int, seed: int) -> list[Size]:
    """Every simulator at every size, as long as it is fast enough."""
    timings, slow = [], set()
    for n in sizes:
        tensors = draw(n, torch.float64, seed)
        for name in ("statevector", "default.qubit", "lightning.qubit <Z>"):
            if name in slow:
                continue
            f = simulator(name, n)
            seconds = [timed(f, tensors)]  # the first one is a warm-up, unless it takes long
            if seconds[0] < LONGEST_S:
                seconds = [timed(f, tensors) for _ in range(min(repetitions, 3))]
            timings.append(Size(name, n, float(np.median(seconds)), peak(name, n)))
            if timings[-1].seconds > LONGEST_S or timings[-1].mb > LARGEST_MB:
                slow.add(name)
            print(f"{n} qubits, {name}: {timings[-1].seconds:.4f} s, {timings[-1].mb:.0f} MB", flush=True)
    return timings


def write(sizes: Sequence[Size], out: Path) -> None:
    """scaling.json, scaling.pdf and scaling.png."""
    from qgen.files import replacing
    from qgen.report.plots import plot, save

    with replacing(out / "scaling.json") as aside:
        aside.write_text(json.dumps([asdict(size) for size in sizes], indent=1))
    for path in save(out, plot(against_qubits, sizes, name="scaling")):
        print(path)


def against_qubits(sizes: Sequence[Size]) -> Any:
    """Time and peak memory of a gradient against the number of qubits, one line per simulator."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 5))
    axes = figure.subplots(1, 2)
    for marker, name in zip("os^", dict.fromkeys(size.simulator for size in sizes), strict=False):
        mine = [size for size in sizes if size.simulator == name]
        for axis, values in zip(axes, ([s.seconds for s in mine], [max(s.mb, 1) for s in mine]), strict=True):
            axis.plot([s.n_qubits for s in mine], values, marker=marker, label=name)
    for axis, label in zip(axes, ("forward + backward [s]", "peak memory [MB], 1 at least"), strict=True):
        axis.set(xlabel="qubits", ylabel=label, yscale="log", xticks=sorted({s.n_qubits for s in sizes}))
    axes[0].set_title(f"{BATCH} samples, {DEPTH} blocks, one thread")
    axes[1].legend()
    return figure


def table(cases: Sequence[dict[str, Any]]) -> str:
    """For the eye."""
    head = f"{'case':36}{'peer':46}{'ours':>10}{'peer':>10}{'ratio':>8}{'MB':>8}{'MB peer':>9}{'difference':>12}"
    lines = [
        f"{c['case']:36}{c['peer']:46}{1e3 * c['ours_s']:>7.1f} ms{1e3 * c['peer_s']:>7.0f} ms{c['ratio']:>8.1f}"
        f"{c['ours_mb']:>8.0f}{c['peer_mb']:>9.0f}{c['max_abs_difference']:>12.1e}"
        for c in cases
    ]
    return "\n".join([head, *lines])


if __name__ == "__main__":
    raise SystemExit(run(circuits))
