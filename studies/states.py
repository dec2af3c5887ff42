"""Is the distribution of a Born machine that of GEANT4, state by state and feature by feature?

Reads a finished folder of `qgen compare`. For every Born machine in it, in four bins of incident energy: the total
variation between the model, averaged over the energies of the test showers, and the histogram of their states; beside
it that of the training histogram, and that of the model to as many draws of its own. Ratios of the two have errors of
test showers (leaving out each in turn, `qgen.evaluation.jackknife`) and of training seeds. Controls (`smoothing.py`)
tell how much of an advantage over the training histogram is that of any smoothing. For the fields of the code: the
largest and the mean error of the marginals, and of the correlations between fields, over all energies and in every bin,
beside those of the training histogram.

    python studies/states.py runs/qcbm/clic-e-

Writes states.md, states.json and figures: the fields given the energy, and their correlations.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smoothing import CONTROLS, controls
from state_tables import markdown

from qgen import metrics
from qgen.cli import run
from qgen.comparison.runs import runs_of_generator, split_of
from qgen.evaluation.jackknife import covariance, covariance_of_means
from qgen.files import write_table
from qgen.generators.bits.states import BinDistance, bin_distances, field_marginals, histogram, histograms, pearson
from qgen.generators.qcbm import QCBM
from qgen.report.figures import conditional as distributions
from qgen.report.figures import correlation
from qgen.report.plots import Plot, plot, save
from qgen.showers import Showers
from qgen.transforms.bits import bits_of, states_of

N_BINS = 4
MOST_VALUES = 16
"""Of a field that has a figure: it takes one panel per bin of energy."""

Floats = NDArray[np.float64]
Controls = dict[bytes, dict[str, list[BinDistance]]]
"""Controls by the states that a code gives the training showers: circuits share them."""


def states(folder: Path) -> None:
    """Write states.md and states.json into a folder of qgen compare, and figures into its figures/.

    Args:
        folder: of a finished comparison, with Born machines in it.
    """
    train, test = split_of(folder)
    of_codes: Controls = {}
    machines = {label: list(map(QCBM.load, runs)) for label, runs in runs_of_generator(folder, "qcbm").items()}
    rows = [measure(label, models, train, test, of_codes) for label, models in machines.items()]
    table = markdown(rows)
    write_table(folder, "states", rows, table)
    save(folder / "figures", *drawn(rows))
    print(table)


def measure(label: str, models: Sequence[QCBM], train: Showers, test: Showers, of_codes: Controls) -> dict[str, Any]:
    """One generator's row: by training seed, and ratios of means over the seeds."""
    edges = np.array(metrics.quantile_edges(test.incident_energy, N_BINS))
    distances = [distances_of(model, train, test, edges, of_codes) for model in models]
    names = ["model", *CONTROLS]
    per_seed = [
        {"bins": [_bin(one, k) for k in range(N_BINS)], **one_seed(model, train, test, edges)}
        for model, one in zip(models, distances, strict=True)
    ]
    return {
        "generator": label,
        "fields": models[0].code_.fields,
        "trained": models[0].epochs > 0,
        "energy_edges": edges.tolist(),
        "ratios": {f"{a} : {b}": ratio(distances, a, b) for a in names for b in CONTROLS if a != b},
        "seeds": per_seed,
    }


def _bin(distances: Mapping[str, Sequence[BinDistance]], k: int) -> dict[str, float]:
    """Plain numbers of one bin of energy."""
    model = distances["model"][k]
    plain = {"low": model.low, "high": model.high, "n": model.n, "own_draws": model.own_draws}
    return plain | {key: of_bins[k].distance for key, of_bins in distances.items()}


def distances_of(
    model: QCBM, train: Showers, test: Showers, edges: Floats, of_codes: Controls
) -> dict[str, list[BinDistance]]:
    """By bin of energy, of the model and of the controls."""
    ours, energy = states_of(model.code_.encode(test)), test.incident_energy
    seen = states_of(model.code_.encode(train)).tobytes() + f"{model.energy_bins} {model.smoothing}".encode()
    if seen not in of_codes:
        without_circuit = controls(model, train, energy, edges)
        of_codes[seen] = {key: bin_distances(p, ours, energy, edges) for key, p in without_circuit.items()}
    return {"model": bin_distances(model.probabilities(energy), ours, energy, edges), **of_codes[seen]}


def ratio(seeds: Sequence[Mapping[str, Sequence[BinDistance]]], above: str, below: str) -> dict[str, Any]:
    """Ratio of total variations, mean over seeds with 68 % error: of the sums over the bins, and of every bin."""

    def values(key: str) -> Floats:
        return np.array([[one.distance for one in seed[key]] for seed in seeds])

    def less(key: str, k: int) -> Floats:
        return np.array([seed[key][k].left_out for seed in seeds])

    a, b = values(above), values(below)
    n_bins = a.shape[1]
    rest = [(a.sum(axis=1) - a[:, k], b.sum(axis=1) - b[:, k]) for k in range(n_bins)]
    parts = [
        ((rest[k][0][:, None] + less(above, k)) / (rest[k][1][:, None] + less(below, k))).mean(axis=0)
        for k in range(n_bins)
    ]
    single = [[(less(above, k) / less(below, k)).mean(axis=0)] for k in range(n_bins)]
    return {
        "sum": _with_error(a.sum(axis=1) / b.sum(axis=1), parts),
        "bins": [_with_error(a[:, k] / b[:, k], single[k]) for k in range(n_bins)],
    }


def _with_error(of_seeds: Floats, parts: Sequence[Floats]) -> list[float]:
    variance = covariance(parts) + covariance_of_means(of_seeds[:, None])
    return [float(of_seeds.mean()), float(np.sqrt(variance.item()))]


def one_seed(model: QCBM, train: Showers, test: Showers, edges: Floats) -> dict[str, Any]:
    """Errors of marginals and correlations, and the fields by bin of energy."""
    code, energy = model.code_, test.incident_energy
    p = model.probabilities(energy)
    n_states = p.shape[1]
    ours, theirs = (states_of(code.encode(showers)) for showers in (test, train))
    numbers = code.split(bits_of(np.arange(n_states), code.n_bits))
    of = {"model": p.mean(axis=0), "training": histogram(theirs, n_states), "truth": histogram(ours, n_states)}
    marginals = {key: field_marginals(one, numbers) for key, one in of.items()}
    matrices = {key: pearson(one, numbers) for key, one in of.items()}
    rows = {"model": p, "training": histograms(theirs, train.incident_energy, edges, energy, n_states)}
    rows["truth"] = np.eye(n_states)[ours]
    place = np.clip(np.searchsorted(edges, energy, side="right") - 1, 0, N_BINS - 1)
    in_bins = [
        {key: pearson(one[place == k].mean(axis=0), numbers) for key, one in rows.items()} for k in range(N_BINS)
    ]
    return {
        "marginal": {
            key: _errors([a - b for a, b in zip(marginals[key], marginals["truth"], strict=True)])
            for key in ("model", "training")
        },
        "correlation": _correlation_errors(matrices),
        "correlation_bins": [_correlation_errors(one) for one in in_bins],
        "matrices": {key: matrix.tolist() for key, matrix in matrices.items()},
        "conditional": conditional(p, ours, energy, numbers, edges),
    }


def _correlation_errors(matrices: Mapping[str, Floats]) -> dict[str, dict[str, float]]:
    """Of the pairs of fields, those of a field that is constant left out."""
    pairs = np.triu_indices(len(matrices["truth"]), 1)
    differences = {key: (matrices[key] - matrices["truth"])[pairs] for key in ("model", "training")}
    return {key: _errors([one[np.isfinite(one)]]) for key, one in differences.items()}


def _errors(differences: Sequence[Floats]) -> dict[str, float]:
    """Largest and mean absolute value; 0 of nothing."""
    all_of = np.abs(np.concatenate(differences))
    return {"max": float(all_of.max(initial=0)), "mean": float(all_of.mean()) if len(all_of) else 0.0}


def conditional(
    p: Floats, states: NDArray[np.int64], energy: Floats, numbers: NDArray[np.int64], edges: Floats
) -> dict[str, list[list[list[float]]]]:
    """Marginals of every field in every bin of energy: of the model, of the test showers, and their errors."""
    marginals: dict[str, list[list[list[float]]]] = {"model": [], "truth": [], "error": []}
    place = np.clip(np.searchsorted(edges, energy, side="right") - 1, 0, len(edges) - 2)
    for k in range(len(edges) - 1):
        inside = place == k
        model, truth = (
            field_marginals(one, numbers) for one in (p[inside].mean(axis=0), histogram(states[inside], p.shape[1]))
        )
        marginals["model"].append([one.tolist() for one in model])
        marginals["truth"].append([one.tolist() for one in truth])
        marginals["error"].append([np.sqrt(one * (1 - one) / inside.sum()).tolist() for one in truth])
    return marginals


def drawn(rows: Sequence[Mapping[str, Any]]) -> Iterator[Plot]:
    """Figures of the rows that share a code: the fields given the energy, and the correlations of the fields."""
    for fields in {tuple(row["fields"].items()): None for row in rows}:
        of_code = [row for row in rows if row["trained"] and tuple(row["fields"].items()) == fields]
        if not of_code:
            continue
        name = "_".join(key.replace("/", "-") for key, _ in fields)[:60]
        content = {field: _field(of_code, i) for i, (field, bits) in enumerate(fields) if 2**bits <= MOST_VALUES}
        if content:
            yield plot(distributions, content, of_code[0]["energy_edges"], name=f"conditional_{name}")
        if len(fields) > 1:
            scoreboard = _as_scoreboard(of_code, [key for key, _ in fields])
            yield plot(correlation, scoreboard, name=f"fields_{name}")


def _field(rows: Sequence[Mapping[str, Any]], i: int) -> dict[str, Any]:
    """What the figure `conditional` shows of the i-th field; truth and models are means over the training seeds."""

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
    """Means of the correlation matrices over training seeds, as the figure `correlation` takes them."""

    def matrix(row: Mapping[str, Any], key: str) -> dict[str, Any]:
        mean = np.mean([seed["matrices"][key] for seed in row["seeds"]], axis=0)
        return {"names": list(names), "matrix": mean.tolist()}

    drawn_as = {"family": "gate", "metrics": {}}
    models = [
        {"generator": row["generator"], "distributions": {"correlation": matrix(row, "model")}, **drawn_as}
        for row in rows
    ]
    return {"reference": {"correlation": matrix(rows[0], "truth")}, "floor": {}, "rows": models}


if __name__ == "__main__":
    raise SystemExit(run(states))
