"""Is the distribution of a Born machine that of GEANT4, state by state and feature by feature?

Reads a finished folder of `qgen compare`. For every Born machine in it, in four bins of incident energy: the total
variation between the model, averaged over the energies of the test showers, and the histogram of their states; beside
it that of the training histogram, and what a perfect model would have by chance. For the fields of its code: the
largest and the mean error of the marginals, and of the correlations between fields, beside those of the training
histogram.

    python studies/states.py runs/qcbm/clic-e-

Writes states.md, states.json and figures: the fields given the energy, and their correlations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from bottleneck import runs_of
from numpy.typing import NDArray

from qgen import metrics
from qgen.cli import run
from qgen.codes import bits_of, states_of
from qgen.experiment import load_split
from qgen.files import InputError, write_table
from qgen.generator import load_generator, read_config
from qgen.qcbm import QCBM
from qgen.qcbm.states import bin_distances, field_marginals, histogram, pearson
from qgen.report import figures, plots
from qgen.showers import Showers

N_BINS = 4
MOST_VALUES = 16
"""Of a field that has a figure: it takes one panel per bin of energy."""

Floats = NDArray[np.float64]


def states(folder: Path) -> None:
    """Write states.md and states.json into a folder of qgen compare, and figures into its figures/.

    Args:
        folder: of a finished comparison, with Born machines in it.
    """
    task = read_config(next(iter(runs_of(folder).values()))[0])["task"]
    train, test = load_split(task["dataset"], task["representation"])
    rows = [measure(label, models, train, test) for label, models in born_machines(folder).items()]
    if not rows:
        raise InputError(f"{folder}: expected Born machines in it (qcbm), found none")
    table = markdown(rows)
    write_table(folder, "states", rows, table)
    plots.save(drawn(rows), folder / "figures")
    print(table)


def born_machines(folder: Path) -> dict[str, list[QCBM]]:
    """Fitted Born machines of a comparison, by what tables call them, one for every training seed."""
    cls = f"{QCBM.__module__}:{QCBM.__name__}"
    found = {label: runs for label, runs in runs_of(folder).items() if read_config(runs[0])["generator"] == cls}
    return {label: [load_generator(one) for one in runs] for label, runs in found.items()}


def measure(label: str, models: Sequence[QCBM], train: Showers, test: Showers) -> dict[str, Any]:
    """One generator's row: by training seed."""
    edges = np.array(metrics.quantile_edges(test.incident_energy, N_BINS))
    return {
        "generator": label,
        "fields": models[0].code_.fields,
        "trained": models[0].epochs > 0,
        "energy_edges": edges.tolist(),
        "seeds": [one_seed(model, train, test, edges) for model in models],
    }


def one_seed(model: QCBM, train: Showers, test: Showers, edges: Floats) -> dict[str, Any]:
    """Distances, errors of marginals and correlations, and the fields by bin of energy."""
    code = model.code_
    p = model.probabilities(test.incident_energy)
    ours, theirs = (states_of(code.encode(showers)) for showers in (test, train))
    numbers = code.split(bits_of(np.arange(2**code.n_bits), code.n_bits))
    distances = bin_distances(
        p, (ours, test.incident_energy), (theirs, train.incident_energy), edges, rng=np.random.default_rng(0)
    )
    of = {"model": p.mean(axis=0), "training": histogram(theirs, p.shape[1]), "truth": histogram(ours, p.shape[1])}
    marginals = {key: field_marginals(one, numbers) for key, one in of.items()}
    matrices = {key: pearson(one, numbers) for key, one in of.items()}
    pairs = np.triu_indices(len(code.fields), 1)
    return {
        "bins": [asdict(one) for one in distances],
        "marginal": {
            key: _errors([a - b for a, b in zip(marginals[key], marginals["truth"], strict=True)])
            for key in ("model", "training")
        },
        "correlation": {key: _errors([(matrices[key] - matrices["truth"])[pairs]]) for key in ("model", "training")},
        "matrices": {key: matrix.tolist() for key, matrix in matrices.items()},
        "conditional": conditional(p, ours, test.incident_energy, numbers, edges),
    }


def _errors(differences: Sequence[Floats]) -> dict[str, float]:
    """Largest and mean absolute value; 0 of nothing."""
    all_of = np.abs(np.concatenate(differences))
    return {"max": float(all_of.max(initial=0)), "mean": float(all_of.mean()) if len(all_of) else 0.0}


def conditional(
    p: Floats, states: NDArray[np.int64], energy: Floats, numbers: NDArray[np.int64], edges: Floats
) -> dict[str, list[list[list[float]]]]:
    """Marginals of every field in every bin of energy: of the model, of the test showers, and their errors."""
    found: dict[str, list[list[list[float]]]] = {"model": [], "truth": [], "error": []}
    place = np.clip(np.searchsorted(edges, energy, side="right") - 1, 0, len(edges) - 2)
    for k in range(len(edges) - 1):
        inside = place == k
        model, truth = (
            field_marginals(one, numbers) for one in (p[inside].mean(axis=0), histogram(states[inside], p.shape[1]))
        )
        found["model"].append([one.tolist() for one in model])
        found["truth"].append([one.tolist() for one in truth])
        found["error"].append([np.sqrt(one * (1 - one) / inside.sum()).tolist() for one in truth])
    return found


def drawn(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Figures of the rows that share a code: the fields given the energy, and the correlations of the fields."""
    made = {}
    for fields in {tuple(row["fields"].items()): None for row in rows}:
        of_code = [row for row in rows if row["trained"] and tuple(row["fields"].items()) == fields]
        if not of_code:
            continue
        name = "_".join(key.replace("/", "-") for key, _ in fields)[:60]
        content = {field: _field(of_code, i) for i, (field, bits) in enumerate(fields) if 2**bits <= MOST_VALUES}
        if content:
            made[f"conditional_{name}"] = figures.conditional(content, of_code[0]["energy_edges"])
        if len(fields) > 1:
            made[f"fields_{name}"] = figures.correlation(_as_scoreboard(of_code, [key for key, _ in fields]))
    return made


def _field(rows: Sequence[Mapping[str, Any]], i: int) -> dict[str, Any]:
    """What `figures.conditional` shows of the i-th field; truth and models are means over the training seeds."""

    def table(row: Mapping[str, Any], key: str) -> Floats:
        return np.array([[line[i] for line in seed["conditional"][key]] for seed in row["seeds"]])

    models = {}
    for row in rows:
        values = table(row, "model")
        models[row["generator"]] = {
            "mean": values.mean(axis=0).tolist(),
            "low": values.min(axis=0).tolist(),
            "high": values.max(axis=0).tolist(),
        }
    truth, error = (table(rows[0], key).mean(axis=0).tolist() for key in ("truth", "error"))
    return {"truth": truth, "error": error, "models": models}


def _as_scoreboard(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    """Means of the correlation matrices over training seeds, as `figures.correlation` takes them."""

    def matrix(row: Mapping[str, Any], key: str) -> dict[str, Any]:
        mean = np.mean([seed["matrices"][key] for seed in row["seeds"]], axis=0)
        return {"names": list(names), "matrix": mean.tolist()}

    shown = [
        {
            "generator": row["generator"],
            "family": "gate",
            "metrics": {},
            "distributions": {"correlation": matrix(row, "model")},
        }
        for row in rows
    ]
    return {"reference": {"correlation": matrix(rows[0], "truth")}, "rows": shown}


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Two tables: total variations by bin of energy, and errors of marginals and correlations."""
    edges = np.array(rows[0]["energy_edges"]) / 1e3
    heads = [f"{low:.3g} to {high:.3g} GeV" for low, high in pairwise(edges)]
    lines = [f"| generator | bits | seeds | {' | '.join(heads)} | model : training |", "|---" * (len(heads) + 4) + "|"]
    for row in rows:
        cells = []
        for k in range(len(heads)):
            bins = [seed["bins"][k] for seed in row["seeds"]]
            model, training, perfect = (np.mean([one[key] for one in bins]) for key in ("model", "training", "perfect"))
            cells.append(f"{model:.3f} ({training:.3f}, {perfect:.3f})")
        ratios = [_ratio(seed["bins"]) for seed in row["seeds"]]
        bits = " + ".join(map(str, row["fields"].values()))
        last = f"{np.mean(ratios):.3f} ± {np.std(ratios):.3f}"
        lines.append(f"| {row['generator']} | {bits} | {len(row['seeds'])} | {' | '.join(cells)} | {last} |")
    lines += [
        "",
        "Total variation between the model, averaged over the test energies, and the test histogram; in brackets that "
        "of the training histogram to the test histogram, and that of the model to as many of its own draws as there "
        "are test showers (a perfect model's). Last: sums over the bins, model over training; ±: over training seeds.",
        "",
        "| generator | marginals, largest (training) | mean (training) | correlations, largest (training) | "
        "mean (training) |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [_error(row, what, which) for what in ("marginal", "correlation") for which in ("max", "mean")]
        lines.append(f"| {row['generator']} | {' | '.join(cells)} |")
    lines += [
        "",
        "Absolute errors against the test histogram, of the probabilities of all values of all fields of the code, and "
        "of the correlations between fields; in brackets those of the training histogram. Means over training seeds.",
    ]
    return "\n".join(lines) + "\n"


def _ratio(bins: Sequence[Mapping[str, Any]]) -> float:
    return float(sum(one["model"] for one in bins) / sum(one["training"] for one in bins))


def _error(row: Mapping[str, Any], what: str, which: str) -> str:
    if what == "correlation" and len(row["fields"]) < 2:
        return "-"
    ours, theirs = (np.mean([seed[what][key][which] for seed in row["seeds"]]) for key in ("model", "training"))
    return f"{ours:.4f} ({theirs:.4f})"


if __name__ == "__main__":
    raise SystemExit(run(states))
