"""Which objective of the Born machine has slopes left in how many qubits, and from which start?

Variance of the gradient over random starts (`qgen.screening`), for every bandwidth of the MMD, their mixture, KL and
sliced Wasserstein, on a codebook of as many bits as qubits; from small angles, as training starts, and from angles on
the whole circle.

    python studies/gradients.py --budget quick
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from qgen.cli import run
from qgen.datasets import open_part
from qgen.files import InputError, write_table
from qgen.generators.qcbm.ansatz import turned
from qgen.report.figures import gradients as variances
from qgen.report.plots import plot, save
from qgen.representations import represent
from qgen.screening import codebook_states, gradient_variance, objective_losses
from qgen.screening import gradients as slopes
from qgen.screening.starts import Start
from qgen.simulation.circuit import Circuit

STARTS: Mapping[str, int] = {"quick": 50, "standard": 500}
"""Random starts by budget."""
N_SHOWERS = 2000
"""As many showers are encoded."""


def gradients(
    qubits: Sequence[int] = (2, 3, 4, 5, 6, 7, 8, 9, 10),
    ansatz: str = "circuits/controlled_line",
    depth: int = 12,
    dataset: str = "clic/e-",
    budget: Literal["quick", "standard"] = "standard",
    seed: int = 0,
    out: Path = Path("runs/gradients"),
) -> None:
    """Write gradients.md, .json, .pdf and .png.

    Args:
        qubits: sizes, each >= 2.
        ansatz: see `qgen.circuits`; the Born machine's turns are put about it.
        depth: number of blocks.
        dataset: an embedded sample or an HDF5 file.
        budget: quick takes 50 starts, standard 500.
        seed: of everything random.
        out: folder for the results.
    """
    if not qubits or min(qubits) < 2:
        raise InputError(f"gradients: expected numbers of qubits >= 2, found {list(qubits)}")
    content = measured(qubits, ansatz, depth, dataset, STARTS[budget], seed)
    table = markdown(content)
    write_table(out, "gradients", content, table)
    save(out, plot(variances, content["rows"]))
    print(table)


def measured(qubits: Sequence[int], ansatz: str, depth: int, dataset: str, n_starts: int, seed: int) -> dict[str, Any]:
    """One row for every size, start and objective: the variance and its error."""
    showers = represent(open_part(dataset).select(slice(N_SHOWERS)), "image8x8")
    rows = []
    for n in qubits:
        losses = objective_losses(*codebook_states(showers, n, seed=seed), seed=seed)
        circuit = Circuit(turned(Circuit(ansatz, n, depth)), n, depth)
        for start in get_args(Start):
            for name, loss in losses.items():
                rng = np.random.default_rng([seed, n])  # the same angles for every objective
                variance = gradient_variance(slopes(circuit, loss, n_starts=n_starts, start=start, rng=rng))
                rows.append({"n_qubits": n, "start": start, "objective": name, "variance": list(variance)})
    settings = {"ansatz": ansatz, "depth": depth, "dataset": dataset, "n_starts": n_starts, "seed": seed}
    return {"settings": settings, "rows": rows}


def markdown(content: Mapping[str, Any]) -> str:
    """A table for every start: objectives against qubits."""
    rows, settings = content["rows"], content["settings"]
    sizes = list(dict.fromkeys(row["n_qubits"] for row in rows))
    lines = [
        "# Variance of gradients",
        "",
        f"{settings['ansatz']}, {settings['depth']} blocks, {settings['n_starts']} starts, codebook of "
        f"{settings['dataset']}; mean over all weights of Var dL/dw.",
    ]
    for start in dict.fromkeys(row["start"] for row in rows):
        lines += ["", f"| {start} angles | " + " | ".join(f"{n} qubits" for n in sizes) + " |"]
        lines.append("|---" * (len(sizes) + 1) + "|")
        for name in dict.fromkeys(row["objective"] for row in rows):
            mine = [row["variance"] for row in rows if (row["start"], row["objective"]) == (start, name)]
            lines.append(f"| {name} | " + " | ".join(f"{value:.1e} ± {error:.0e}" for value, error in mine) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(run(gradients))
