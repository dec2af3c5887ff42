"""How well does an IQP Born machine of 64 qubits learn the hit map of a shower, and what do classical models do?

One qubit per pixel of the 8x8 image. No classical way to sample such a circuit is known, so models are scored by Walsh
correlators of first to third order against GEANT4, in four bins of the incident energy, beside the floor: as many
training showers in the place of the model. The controls are the classical analogue of the circuit (stochastic bit
flips), independent bits, a fully visible Boltzmann machine with the circuit's polynomials for its biases and couplings,
and an RBM, both with as many parameters.
Variants of at most 16 bits, which are sampled exactly, and the controls go to the common scoreboard.

    python studies/iqp.py                      # one seed
    python studies/iqp.py --seeds 3 --scoreboard false
    python studies/iqp.py --dataset clic.h5 --budget quick

Writes correlators.md and .json, correlators.pdf, training.pdf, circuit.qasm, circuit.json, and scoreboard/.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from qgen.cli import compare, run, with_split
from qgen.comparison.split import USUAL, Split, load_split
from qgen.comparison.task import Task, fit, named
from qgen.files import InputError, write, write_table
from qgen.generators.bits.generator import BitStringGenerator
from qgen.generators.bits.walsh import Reference, bandwidth
from qgen.generators.iqp import IQPBornMachine
from qgen.generators.iqp.export import simulated
from qgen.generators.saved import read_config
from qgen.report.plots import plot, save
from qgen.screening.cost import transpiled
from qgen.showers import Showers
from qgen.training import HISTORY, read_history

MODELS = (
    "iqp as IQP circuit",
    "iqp:hidden=8 as IQP circuit, 8 hidden qubits",
    "iqp:branches=2,degree=1 as two IQP circuits",
    "iqp:bit_flip as bit flips",
    "iqp:independent as independent bits",
    "classical/boltzmann as Boltzmann machine",
    "classical/rbm as RBM",
)
SCOREBOARD = (
    "iqp:code=hits,code_options={pixels: [4, 4]} as IQP, 16 pixels",
    "iqp:bit_flip,code=hits,code_options={pixels: [4, 4]} as bit flips, 16 pixels",
    "iqp:code=codebook as IQP, codebook",
    "iqp:bit_flip,code=codebook as bit flips, codebook",
    "iqp:bit_flip as bit flips, 64 pixels",
    "classical/boltzmann as Boltzmann machine, 64 pixels",
    "qcbm",
    "classical/gaussian_copula",
    "classical/independent_pixels",
)
ORDERS = (1.0, 2.0, 3.0, 6.0)
Bits = NDArray[np.uint8]
FLOOR, TRAINING = "floor: training showers", "all training showers"
KINDS = {"order 1": "first order", "order 2": "second order", "order 3": "third order"}


@with_split
def iqp(
    models: list[str] | None = None,
    dataset: str = "clic/e-",
    budget: Literal["quick", "standard", "full"] = "standard",
    seeds: int = 1,
    scoreboard: bool = True,
    devices: list[str] | None = None,
    out: Path = Path("runs/iqp"),
    split: Split = USUAL,
) -> None:
    """Train and score the circuit of 64 qubits and its controls.

    Args:
        models: names with options, e.g. "iqp:branches=2 as two circuits"; by default three circuits and four controls.
        dataset: an embedded sample or an HDF5 file.
        budget: of the scoreboard; quick trains the other generators there for fewer steps.
        seeds: number of training seeds.
        scoreboard: also compare variants of at most 16 bits on the common scoreboard.
        devices: that the circuit is compiled for, see `qgen circuits cost --help`; by default heavy_hex and full.
        out: folder for everything; an interrupted study continues there.
    """
    if seeds < 1:
        raise InputError(f"iqp: expected seeds >= 1, found {seeds}")
    chosen = list(map(named, models or MODELS))
    require_one_code([spec for _, spec in chosen], dataset, budget)
    train, test = load_split(dataset, "image8x8", split)
    rows, by_model, histories = [], {}, {}
    reference: Reference | None = None
    scored: Bits = np.empty((0, 0), dtype=np.uint8)
    for label, spec in chosen:
        per_seed, resources, seconds = [], {}, []
        for seed in range(seeds):
            task = Task(spec, dataset, "image8x8", seed, budget, split=split)
            model = fit(task, train, out / task.slug)
            seconds.append(float(read_config(out / task.slug)["task"]["fit_s"]))
            bits = bits_of(model, test)
            if reference is None:
                scored, reference = bits, reference_of(bits, test)
                rows, by_model = truth(reference, model, train, test)
            elif not np.array_equal(bits, scored):
                raise InputError(f"{spec}, seed {seed}: expected the bits of {chosen[0][1]}, found others")
            correlators = reference.of_model(model.correlators)
            per_seed.append(reference.distances(correlators))
            if seed == 0:
                by_model[label], resources = correlators, model.resources()
                histories[label] = read_history(out / task.slug / HISTORY)
                if model.traits.family == "gate" and not (out / "circuit.json").exists():
                    export(model, test, devices or ["heavy_hex", "full"], out)
        rows.append({"model": label, "per_seed": per_seed, "resources": resources, "fit_s": seconds})
        print(f"{label}: fitted in {np.mean(seconds):.0f} s, scored")
    text = table(rows)
    write_table(
        out, "correlators", {"dataset": dataset, "budget": budget, "n_reference": len(test), "rows": rows}, text
    )
    print(text)
    assert reference is not None
    for path in save(out, plot(correlators, reference, by_model), plot(training, histories)):
        print(path)
    if scoreboard:
        compare(out / "scoreboard", dataset, list(SCOREBOARD), "image8x8", budget, seeds, split=split)


def require_one_code(specs: Sequence[str], dataset: str, budget: str) -> None:
    """All are scored against the bits of the first: check, before any training, that they are to learn the same."""
    codes = {}
    for spec in specs:
        model = Task(spec, dataset, "image8x8", 0, budget).create()
        if not isinstance(model, BitStringGenerator):
            raise InputError(f"{spec}: expected a model of bits, which has correlators")
        codes[spec] = (model.code, dict(model.code_options or {}))
        if codes[spec] != codes[specs[0]]:
            (first, theirs), (code, options) = codes[specs[0]], codes[spec]
            raise InputError(f"{spec}: expected the code of {specs[0]}, {first!r} {theirs}, found {code!r} {options}")


def bits_of(model: Any, showers: Showers) -> Bits:
    """The showers as bits of the model's code."""
    return np.asarray(model.code_.encode(showers), dtype=np.uint8)


def reference_of(bits: Bits, test: Showers) -> Reference:
    """The test showers, with these bits, to compare models with."""
    return Reference(bits, test.incident_energy, [bandwidth(order, bits.shape[1]) for order in ORDERS])


def truth(
    reference: Reference, model: BitStringGenerator, train: Showers, test: Showers
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows and correlators of training showers in the place of a model, as many as there are to test, and all."""
    rows, by_model = [], {}
    pick = np.random.default_rng(0).permutation(len(train))[: len(test)]
    for name, showers in ((FLOOR, train.select(pick)), (TRAINING, train)):
        by_model[name] = reference.of_showers(model.code_.encode(showers), showers.incident_energy)
        rows.append({"model": name, "per_seed": [reference.distances(by_model[name])], "resources": {}, "fit_s": []})
    return rows, by_model


def export(model: IQPBornMachine, test: Showers, devices: Sequence[str], out: Path) -> None:
    """The circuit at the median energy, and what it costs as written and compiled."""
    energy = float(np.median(test.incident_energy))
    sizes: dict[str, Any] = {"incident_energy": energy, "as written": model.export(out / "circuit.qasm", energy)}
    for device in devices:
        sizes[device] = vars(transpiled(simulated(model.circuit(energy)), device, seeds=(0,)))
    write(out / "circuit.json", json.dumps(sizes, indent=1))
    for name, size in sizes.items():
        print(f"circuit, {name}: {size}")


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Distances x 100 by order: root mean square, largest, and the model's own; mean and spread over the seeds."""
    kinds = [kind for kind in rows[0]["per_seed"][0] if kind in KINDS]
    titles = [f"{KINDS[k]}: rms | max | excess" for k in kinds]
    lines = [
        f"| model | parameters | {' | '.join(titles)} | MMD² × 10⁴ | fit [s] |",
        f"|---|---|{'---|' * (3 * len(kinds) + 2)}",
    ]
    for row in rows:
        scores = row["per_seed"]
        cells = [
            spread([100 * one[kind][key] for one in scores]) for kind in kinds for key in ("rms", "largest", "excess")
        ]
        mmd = [1e4 * np.mean([np.sign(e) * e**2 for e in excesses(one)]) for one in scores]
        parameters = row["resources"].get("n_parameters")
        n_parameters = "" if parameters is None else f"{parameters:.0f}"
        seconds = f"{np.mean(row['fit_s']):.0f}" if row["fit_s"] else ""
        lines.append(f"| {row['model']} | {n_parameters} | {' | '.join(cells)} | {spread(mmd)} | {seconds} |")
    return "\n".join(lines) + "\n\nDistances are × 100.\n"


def excesses(scores: Mapping[str, Any]) -> list[float]:
    """Of the operators of every bandwidth."""
    return [one["excess"] for name, one in scores.items() if name.startswith("sigma")]


def spread(values: Sequence[float]) -> str:
    """Mean, and standard deviation where there are several."""
    error = f" ± {np.std(values, ddof=1):.2f}" if len(values) > 1 else ""
    return f"{np.mean(values):.2f}{error}"


def correlators(reference: Reference, scored: Mapping[str, Any]) -> Figure:
    """Walsh correlators of the test showers and of every model, one point each; on the line they agree."""
    kinds = [kind for kind in KINDS if kind in reference.data]
    figure = Figure(figsize=(4 * len(kinds), 3.4 * len(scored)))
    axes = figure.subplots(len(scored), len(kinds), sharex=True, sharey=True, squeeze=False)
    for row, (label, values) in zip(axes, scored.items(), strict=True):
        for axis, kind in zip(row, kinds, strict=True):
            data, model = reference.data[kind].ravel(), values[kind].ravel()
            few = np.random.default_rng(0).permutation(len(data))[:4000]
            axis.plot([-1, 1], [-1, 1], color="0.6", linewidth=1)
            axis.plot(data[few], model[few], ".", markersize=2, alpha=0.4, rasterized=True)
            axis.set_title(f"{label}, {KINDS[kind]}" if kind == kinds[0] else KINDS[kind], fontsize=11)
        row[0].set_ylabel("model")
    for axis in axes[-1]:
        axis.set_xlabel("GEANT4, test")
    return figure


def training(histories: Mapping[str, Mapping[str, NDArray[np.float64]]]) -> Figure:
    """Squared MMD of the showers held out for validation while the models are trained."""
    figure = Figure(figsize=(7, 5))
    axis = figure.subplots()
    for label, columns in histories.items():
        if {"mmd", "validation"} <= columns.keys():
            scored = np.isfinite(columns["mmd"]) & np.isfinite(columns["validation"])
            axis.plot(columns["epoch"][scored], 1e4 * columns["validation"][scored], label=label)
    axis.set(xlabel="step", ylabel="MMD² × 10⁴, held-out showers", yscale="log")
    if axis.lines:
        axis.legend()
    return figure


if __name__ == "__main__":
    raise SystemExit(run(iqp))
