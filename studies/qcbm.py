"""How good is the conditional Born machine, and how much of its distance to GEANT4 is due to its bits?

Trains the QCBM with a circuit of your choice and without entanglers, and scores both beside their quantisation floor
(GEANT4 showers encoded in the same bits and decoded again) and the classical references.

    python studies/qcbm.py --ansatz circuits/ring --depth 8 --seeds 5
"""

from pathlib import Path
from typing import Literal

from qgen.cli import compare, run
from qgen.experiment import CONTROLS


def qcbm(
    ansatz: str = "circuits/line",
    depth: int | None = None,
    epochs: int | None = None,
    dataset: str = "clic/e-",
    budget: Literal["quick", "standard", "full"] = "standard",
    seeds: int | None = None,
    out: Path = Path("runs/qcbm"),
) -> None:
    """Train and score the QCBM, its controls and the classical references.

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
    generators = [f"qcbm:ansatz={circuit}{size}{length}" for circuit in circuits]
    compare(out, dataset, [*generators, *CONTROLS], "image8x8", budget, seeds)


if __name__ == "__main__":
    raise SystemExit(run(qcbm))
