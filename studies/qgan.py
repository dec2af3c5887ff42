"""How good is the hybrid QGAN on 8x8 showers, and what do its entanglers bring?

Trains the QGAN with a circuit of your choice, the same circuit family without entanglers, and the untrained circuit,
and scores them beside the classical references.

    python studies/qgan.py --ansatz circuits/line --depth 6 --seeds 5
    python studies/qgan.py --ansatz my_circuit.py:my_circuit
"""

from pathlib import Path
from typing import Literal

from qgen.cli import compare, run
from qgen.experiment import CONTROLS


def qgan(
    ansatz: str = "circuits/line",
    depth: int | None = None,
    epochs: int | None = None,
    dataset: str = "clic/e-",
    budget: Literal["quick", "standard", "full"] = "standard",
    seeds: int | None = None,
    out: Path = Path("runs/qgan"),
) -> None:
    """Train and score the QGAN, its controls and the classical references.

    Args:
        ansatz: a file of qgen ("circuits/line"), "module:name" or "path.py:name".
        depth: number of blocks of the circuit, instead of the default.
        epochs: passes through the training showers, instead of the default.
        dataset: an embedded sample or an HDF5 file.
        budget: quick is one seed and short training, standard 3 seeds, full 5.
        seeds: number of training seeds, instead of the budget's.
        out: folder for runs, scoreboard and figures; an interrupted study continues there.
    """
    size = "" if depth is None else f",depth={depth}"
    length = "" if epochs is None else f",epochs={epochs}"
    circuits = dict.fromkeys((ansatz, "circuits/product"))
    generators = [f"qgan:style,ansatz={circuit}{size}{length}" for circuit in circuits]
    generators += [f"qgan:style,ansatz={ansatz}{size},epochs=0", *CONTROLS]
    compare(out, dataset, generators, "image8x8", budget, seeds)


if __name__ == "__main__":
    raise SystemExit(run(qgan))
