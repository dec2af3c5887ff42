"""`qgen circuits`: what there is, what it looks like, what it can do and what it costs, before anything is trained."""

import inspect
import sys
from pathlib import Path
from typing import Any, Literal

from jsonargparse.typing import NonNegativeInt
from rich.console import Console

from qgen.cli.trust import with_trust
from qgen.files import InputError, require_folder, require_new


def list_circuits(n_qubits: int | None = None, depth: int | None = None) -> None:
    """List the circuits (ansaetze): what they are, and with a size what they cost.

    Args:
        n_qubits: number of qubits; 6 where only a depth is given.
        depth: number of blocks; 4 where only a number of qubits is given.
    """
    from qgen.plugins.find import described

    if n_qubits is None and depth is None:
        for name, what in described("circuits").items():
            print(f"{name:<32}{what}")
        return
    from qgen.plugins import plugins
    from qgen.report.circuits import cost_table

    print(cost_table(plugins("circuits"), n_qubits or 6, depth or 4))


def show(
    circuit: str, n_qubits: int | None = None, depth: int = 1, out: Path | None = None, force: bool = False
) -> None:
    """Draw a circuit: inputs are x0, x1, ..., weights w0, w1, ...

    Args:
        circuit: a file of qgen ("circuits/line"), "module:name" or "path.py:name".
        n_qubits: number of qubits; by default that of the circuit, where it has one, else 4.
        depth: number of blocks.
        out: also draw it into this file: .pdf, .png or .svg.
        force: overwrite a file that is there.
    """
    from qgen.report.circuits import draw, save_drawing

    if out is not None:
        require_new(out, (".pdf", ".png", ".svg"), force=force)
    print(draw(circuit, n_qubits, depth))
    if out is not None:
        save_drawing(out, circuit, n_qubits, depth)
        print(f"\n{out}")


def cost(
    circuit: str, n_qubits: int = 6, depth: int = 4, devices: list[str] | None = None, seeds: NonNegativeInt = 5
) -> None:
    """Gates and depth of a circuit, as it is written and compiled for devices: qgen circuits cost circuits/ring.

    Args:
        circuit: a file of qgen ("circuits/line"), "module:name" or "path.py:name".
        n_qubits: number of qubits.
        depth: number of blocks.
        devices: heavy_hex, line, ring, grid or full, also with a least number of qubits (grid:25), or the snapshot of a
            processor, such as FakeTorino (needs the extra ibm); by default heavy_hex, grid and full.
        seeds: the compiler is run with this many; median and range are quoted.
    """
    from qgen.report.circuits import cost_on_devices

    print(cost_on_devices(circuit, n_qubits, depth, devices or ("heavy_hex", "grid", "full"), range(seeds)))


def screen(
    out: Path = Path("runs/screen"),
    circuits: list[str] | None = None,
    n_qubits: list[int] | None = None,
    depths: list[int] | None = None,
    device: str = "heavy_hex",
    loss: Literal["z0", "global", "mmd"] = "z0",
    dataset: str = "clic/e-",
    start: Literal["uniform", "small"] = "uniform",
    bins: Literal["width", "haar"] = "width",
    pairs: int = 5000,
    starts: int = 1000,
    rank_by: Literal["expressibility", "entangling", "gradient_variance", "two_qubit_gates"] = "expressibility",
    seed: NonNegativeInt = 0,
    style: Literal["plain", "atlas", "cms"] = "plain",
) -> None:
    """Measure circuits before any training and rank them: expressibility, entanglement, gradients, cost on a device.

    Writes screening.md, screening.json and one figure. With several numbers of qubits the figure shows how the
    gradients vanish: qgen circuits screen --circuits circuits/line circuits/ring --n_qubits 2 4 6 8 --loss global

    Args:
        out: folder to write.
        circuits: files of qgen ("circuits/line"), "module:name" or "path.py:name"; by default all that qgen ships.
        n_qubits: numbers of qubits; by default 6.
        depths: numbers of blocks; by default 1 2 4 8.
        device: that the circuits are compiled for, see `qgen circuits cost --help`.
        loss: whose gradients: z0 is <Z> of the first qubit, global 1 - p(all bits 0), mmd the squared discrepancy to
            the mean shower of the dataset, with one pixel per basis state.
        dataset: for mmd: an embedded sample or an HDF5 file.
        start: angles whose gradients are taken: uniform over the circle, or small (0.15 rad) as generators start.
        bins: of the expressibility: width are the published ones, haar stay sensitive beyond 8 qubits.
        pairs: pairs of states for the expressibility; as many states for the entangling capability.
        starts: random starts for the gradients.
        rank_by: what the rank goes by.
        seed: of everything random.
        style: of the figure; atlas and cms look alike, without an experiment's label.
    """
    from qgen.report.screening import terminal, write
    from qgen.screening import screen as measure

    require_folder(out)
    content = measure(
        circuits,
        n_qubits=n_qubits or (6,),
        depths=depths or (1, 2, 4, 8),
        device=device,
        loss=loss,
        dataset=dataset,
        start=start,
        bins=bins,
        n_pairs=pairs,
        n_starts=starts,
        rank_by=rank_by,
        seed=seed,
    )
    write(content, out, style)
    Console(width=None if sys.stdout.isatty() else 200).print(terminal(content))
    print(f"{out}: screening.md, screening.json, screening.pdf, screening.png")


@with_trust
def export(
    run: Path,
    energy: float,
    out: Path = Path("circuit.qasm"),
    parametric: bool = False,
    seed: NonNegativeInt | None = None,
    force: bool = False,
) -> None:
    """Write the circuit of a fitted generator at an incident energy as OpenQASM 3 (qcbm, iqp, qgan).

    The circuits of a QGAN are those of one shower, with its noise in the angles.

    Args:
        run: run directory of `qgen fit`.
        energy: incident energy [GeV].
        out: file to write.
        parametric: leave the angles open, to be bound for every energy.
        seed: of the shower whose circuits those of a QGAN are; by default 0.
        force: overwrite a file that is there.
    """
    from qgen.generators.saved import in_use, load_generator

    require_new(out, (".qasm", ".qasm3"), force=force)
    model: Any = load_generator(run)
    if not hasattr(model, "export"):
        raise InputError(
            f"{run}: expected a generator with a circuit to export (qcbm, iqp, qgan), found {type(model).__name__}"
        )
    if seed is not None and "seed" not in inspect.signature(model.export).parameters:
        raise InputError(f"--seed {seed}: expected none, since {type(model).__name__} has one circuit for all showers")
    given = {} if seed is None else {"seed": seed}
    if not energy > 0:
        raise InputError(f"energy: expected an energy > 0 GeV, found {energy:g}")
    with in_use(run):
        sizes = model.export(out, energy * 1e3, parametric=parametric, **given)
    print(f"{out}: " + ", ".join(f"{name} {size:.0f}" for name, size in sizes.items()))


VERBS: dict[str, Any] = {
    "list": list_circuits,
    "show": show,
    "cost": cost,
    "screen": screen,
    "export": export,
    "_help": "Look at circuits and compare them before any training.",
}
