"""How good is the conditional Born machine, and how much of its distance to GEANT4 is due to its bits?

For CLIC e- and CaloGAN e+ at 8 x 8 pixels, trains the QCBM

- with two codes of showers as bits, `codebook` and `features`, and with `profile`, one variable alone;
- with controlled rotations in a line, with CNOTs in a line and in a ring, without entanglers, and untrained,

and scores all beside their quantisation floors (GEANT4 showers encoded in the same bits and decoded again) and the
classical references. Then, for the trained circuits, `states.py` (the distribution state by state and feature by
feature), `held_out.py` (an interval of energy that was not trained on) and `shots.py` (finite numbers of shots), and
scores against blocks and qubits (`scan.py`).

    python studies/qcbm.py --seeds 5
    python studies/qcbm.py --ansatze my_circuit.py:my_circuit --depth 8 --datasets clic/e-
"""

from pathlib import Path
from typing import Literal

from held_out import held_out
from shots import shots
from states import states

from qgen.cli import compare, run, with_split
from qgen.comparison.compare import REFERENCES
from qgen.comparison.scan import scan
from qgen.comparison.split import USUAL, Split

DEPTHS = (1, 2, 4, 8, 12, 16)
SHAPE_BITS = (3, 4, 5, 6, 7, 8)
RESPONSE_BITS = 3
"""Of the codebook by default."""


@with_split
def qcbm(
    datasets: list[str] | None = None,
    codes: list[str] | None = None,
    ansatze: list[str] | None = None,
    depth: int | None = None,
    epochs: int | None = None,
    budget: Literal["quick", "standard", "full"] = "standard",
    seeds: int | None = None,
    interval: tuple[float, float] = (10.0, 20.0),
    extras: bool = True,
    scans: bool = True,
    out: Path = Path("runs/qcbm"),
    split: Split = USUAL,
) -> None:
    """Train and score the QCBM, its controls and the classical references. Continues if interrupted.

    Args:
        datasets: embedded samples or HDF5 files; by default clic/e- and calogan/e+.
        codes: of showers as bits; by default codebook and features.
        ansatze: files of qgen ("circuits/line"), "module:name", "path.py:name" or "path.qasm"; by default
            controlled_line, line and ring. Controls, the interval and shots are those of the first.
        depth: number of blocks of the circuit, instead of the default.
        epochs: passes through the training showers, instead of the default.
        budget: quick is one seed and short training, standard 3 seeds, full 5.
        seeds: number of training seeds, instead of the budget's.
        interval: incident energies that are held out of a second training [GeV].
        extras: whether to train without the interval, and to scan numbers of shots.
        scans: whether to vary blocks and qubits of the first circuit.
        out: folder, with one for each dataset in it, for runs, scoreboard, tables and figures.
    """
    used = codes or ["codebook", "features"]
    circuits = ansatze or ["circuits/controlled_line", "circuits/line", "circuits/ring"]
    given = {"depth": depth, "epochs": epochs}
    options = "".join(f",{key}={value}" for key, value in given.items() if value is not None)
    untrained = "".join(f",{key}={value}" for key, value in {**given, "epochs": 0}.items() if value is not None)
    first = circuits[0]
    generators = [
        f"qcbm:code={code},ansatz={circuit}{options} as {label(code, circuit)}" for code in used for circuit in circuits
    ]
    for code in used:
        generators += [
            f"qcbm:code={code},ansatz=circuits/product{options} as {code}, no entanglers",
            f"qcbm:code={code},ansatz={first}{untrained} as {code}, untrained",
        ]
    generators.append(f"qcbm:code=profile,ansatz={first}{options} as profile")
    main = [label(code, first) for code in used]
    for dataset in datasets or ["clic/e-", "calogan/e+"]:
        folder = out / dataset.replace("/", "-")
        compare(folder, dataset, [*generators, *REFERENCES], "image8x8", budget, seeds, split=split)
        for home in (folder / place for place in split.parts):
            states(home)
            if extras:
                held_out(home, interval, main)
                shots(home, main)
        if scans:
            length = "" if epochs is None else f",epochs={epochs}"
            deep = [(d, f"qcbm:ansatz={first}{length},depth={d}") for d in DEPTHS]
            wide = [(RESPONSE_BITS + n, f"qcbm:ansatz={first}{options},shape_bits={n}") for n in SHAPE_BITS]
            for name, axis, points in (("depth", "blocks of the circuit", deep), ("qubits", "qubits", wide)):
                scan(folder / name, dataset, {"codebook": points}, axis, budget=budget, seeds=seeds, split=split)


def label(code: str, circuit: str) -> str:
    """What tables call a code on a circuit."""
    name = circuit.rpartition(":")[2].rpartition("/")[2]
    return f"{code}, {name}"


if __name__ == "__main__":
    raise SystemExit(run(qcbm))
