"""What can a QGAN do, which mode does it best, and what do circuit and entanglers bring?

Trains the modes of the QGAN on one of the published problems, with a circuit of your choice, beside

- the same circuit family without entanglers, the untrained circuit, and a perceptron of as many parameters;
- the mean image (mode probability), and the classical references.

| problem | what | source |
|---|---|---|
| image8x8 | 64 pixels of CLIC e-, 6 qubits | DESY-CMS talk 2021, 2101.11132 |
| profile8 | 8 pixels in depth of CLIC e-, 3 qubits, or 8 in angle mode | the same, 2307.05253 |
| depth3 | 3 depth bins of CaloGAN e+, 3 qubits in angle mode | 2305.07284 |

    python studies/qgan.py --seeds 5
    python studies/qgan.py --problem profile8 --seeds 5
    python studies/qgan.py --modes style --ansatz my_circuit.py:my_circuit --depth 6
"""

from pathlib import Path
from typing import Literal

from shapes import shapes

from qgen.cli import compare, run, with_split
from qgen.comparison.compare import REFERENCES
from qgen.comparison.split import USUAL, Split

MODES = {
    "image8x8": ("style", "ancilla", "dual", "patch"),
    "profile8": ("style", "angle", "ancilla", "dual"),
    "depth3": ("angle",),
}
OFFSETS = {"depth3": 0.001}
"""Where the logarithm sets in, in units of the mean pixel, if not at the default: a thousandth of CaloGAN's e+ energy
lies in the last depth bin, and its logarithm must still be seen."""
DATASETS = {"image8x8": "clic/e-", "profile8": "clic/e-", "depth3": "calogan/e+"}


@with_split
def qgan(
    problem: Literal["image8x8", "profile8", "depth3"] = "image8x8",
    modes: list[str] | None = None,
    ansatz: str = "circuits/line",
    depth: int | None = None,
    epochs: int | None = None,
    dataset: str | None = None,
    budget: Literal["quick", "standard", "full"] = "standard",
    seeds: int | None = None,
    out: Path | None = None,
    split: Split = USUAL,
) -> None:
    """Train and score modes of the QGAN, its controls and the classical references.

    Args:
        problem: what is drawn.
        modes: those that are compared, instead of all that suit the problem; controls are made of the first.
        ansatz: a file of qgen ("circuits/line"), "module:name", "path.py:name" or "path.qasm".
        depth: number of blocks of the circuits, instead of the default.
        epochs: passes through the training showers, instead of the default.
        dataset: an embedded sample or an HDF5 file, instead of the problem's.
        budget: quick is one seed and short training, standard 3 seeds, full 5.
        seeds: number of training seeds, instead of the budget's.
        out: folder for runs, scoreboard and figures, runs/qgan/PROBLEM; an interrupted study continues there.
    """
    chosen = tuple(modes or MODES[problem])
    given = {"depth": depth, "epochs": epochs, "offset": OFFSETS.get(problem)}
    options = "".join(f",{key}={value}" for key, value in given.items() if value is not None)
    generators = [f"qgan:{mode},ansatz={ansatz}{options} as {mode}" for mode in chosen]
    if problem != "image8x8" and "angle" in chosen:
        settings = f"qgan:angle,ansatz={ansatz}{options}"
        generators += [
            f"{settings},discriminator=quantum as angle, quantum discriminator",
            f"{settings},loss=mmd as angle, MMD and correlations",
        ]
    first = chosen[0]
    untrained = "".join(f",{key}={value}" for key, value in {**given, "epochs": 0}.items() if value is not None)
    generators += [
        f"qgan:{first},ansatz=circuits/product{options} as {first}, no entanglers",
        f"qgan:{first},ansatz={ansatz}{untrained} as {first}, untrained",
    ]
    generators.append(f"qgan:perceptron,ansatz={ansatz}{options} as parameter-matched perceptron")
    if problem != "depth3":  # three bins are no power of two
        generators.append(f"qgan:probability,ansatz={ansatz}{options} as probability")
    folder = out or Path("runs/qgan") / problem
    compare(folder, dataset or DATASETS[problem], [*generators, *REFERENCES], problem, budget, seeds, split=split)
    for place in split.parts:
        shapes(folder / place)


if __name__ == "__main__":
    raise SystemExit(run(qgan))
