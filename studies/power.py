"""Which metric sees which defect, with how many showers?

Scores GEANT4 showers with graded defects (`defects.py`) against other GEANT4 showers, many times, and asks how often
each metric tells them from faultless ones. A trial takes a reference at random; the others are its pool, from which
showers of the reference's energies are taken (`qgen.evaluation.matching`), and get the defect. For every metric

    threshold = the value that 5 % of the trials without a defect exceed, in the metric's bad direction,
    power = share of the trials with a defect that exceed it,
    d' = (mean with the defect - mean without) / standard deviation without, in the bad direction,

so all metrics are compared at one false-alarm rate, and values alone count: no floor or error is made. The trials of
all defects share their references and pools. Where GEANT4 showers are too few for two samples of a size, a Gaussian
copula fitted to them gives both, and stands for the truth.

Beside the harness's metrics stand candidates: the light classifier with all pixels among its features, classifier and
MMD with twice as many generated showers (`_twice`), where the pool is large enough, and every AUC one-sided.

    python studies/power.py                      # three sizes, an hour or two on one core
    python studies/power.py --sizes 500 --trials 20 --null 39
    python studies/power.py --quick              # 200 showers, the largest grades, about a minute

Every cell (size, defect, grade) is a file of the folder, written after every trial: an interrupted study continues, and
more trials are added to those that are there. It writes power_SIZE.json, .md, .pdf and .png.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from defects import DEFECTS
from matplotlib.figure import Figure
from numpy.typing import NDArray

from qgen import datasets
from qgen.cli import run
from qgen.comparison.runs import environment
from qgen.evaluation.harness import values
from qgen.evaluation.matching import matched
from qgen.evaluation.ruler import Ruler
from qgen.evaluation.sampled import LIMIT
from qgen.files import InputError, reading, write, write_table
from qgen.generators.classical.gaussian_copula import GaussianCopula
from qgen.metrics import built_in, classifier_auc, multiscale_mmd
from qgen.metrics.classifier_auc import N_SPLITS
from qgen.metrics.weights import N_FEW
from qgen.observables import features
from qgen.observables.features import OFFSET
from qgen.report.panels import legend, plain_look, tiled
from qgen.report.plots import plot, save
from qgen.representations import represent
from qgen.showers import Showers
from qgen.training.progress import progress

REPRESENTATION = "image8x8"
"""That the defects are made in."""
SIZES = (500, 1650, 5000)
FALSE_ALARMS = 0.05
NO_DEFECT = "none"
ABOVE = "_above"
"""Ends the key of an AUC of which only values above 0.5 are bad; the harness's are bad on either side."""
DRAWN = ("auc", f"auc{ABOVE}", "fpd", "separation", "mmd", "sliced_wasserstein", "correlation")
"""Metrics in the figure."""
N_RESAMPLES = 500
BEST = 5
"""Sets of three metrics in the table."""

METRICS = {metric.key: metric for metric in built_in() if not metric.training}
"""By key; those of memorisation see none of the defects."""

Floats = NDArray[np.float64]
Sides = tuple[Floats, Floats]
Values = dict[str, float]
Cell = tuple[str, float]
"""A defect and its grade."""


def power(
    dataset: str = "clic/e-",
    sizes: list[int] | None = None,
    trials: int | None = None,
    null: int | None = None,
    metrics: list[str] | None = None,
    quick: bool = False,
    seed: int = 0,
    out: Path = Path("runs/power"),
) -> None:
    """Measure the power of all metrics for graded defects at equal false-alarm rate; write tables and figures.

    Args:
        dataset: an embedded sample or an HDF5 file.
        sizes: showers of each side; by default 500, 1650 and 5000.
        trials: for every defect and grade; by default 20.
        null: trials without a defect, at least 19; 39 or 59 give a false-alarm rate of just 5 %. By default 59.
        metrics: keys of metrics, auc_pixels, auc_twice and mmd_twice; by default all.
        quick: 200 showers a side, 3 trials of the largest grades and 19 without a defect, unless told otherwise.
        seed: of everything random.
        out: folder for the results; an interrupted study continues there.
    """
    sizes = list(sizes or ((200,) if quick else SIZES))
    trials, null = trials or (3 if quick else 20), null or (19 if quick else 59)
    if min(sizes) < 100 or trials < 1 or null < 19:
        raise InputError(
            f"power: expected sizes >= 100, trials >= 1 and null >= 19, found {min(sizes)}, {trials} and {null}"
        )
    asked = metrics or [*METRICS, *CANDIDATES]
    if unknown := set(asked) - METRICS.keys() - CANDIDATES.keys():
        raise InputError(f"power: expected metrics among {', '.join([*METRICS, *CANDIDATES])}, found {min(unknown)}")
    setup = Setup(represent(datasets.open_part(dataset), REPRESENTATION), tuple(asked), seed)
    for n in sizes:
        measure(setup, n, cells(quick), trials, null, out)
        content = {"dataset": dataset, **summary(setup, n, cells(quick), trials, null, out)}
        table = markdown(content)
        write_table(out, f"power_{n}", {**content, "environment": environment(seed)}, table)
        save(out, plot(curves, content, name=f"power_{n}"))
        print(table)
    print(f"Everything lies in {out}: power_{sizes[0]}.md, .json, .pdf, .png, ...")


def cells(quick: bool) -> list[Cell]:
    """Every defect with its grades, or the largest of them."""
    return [(name, grade) for name, defect in DEFECTS.items() for grade in defect.grades[-1 if quick else 0 :]]


@dataclass(frozen=True)
class Setup:
    """What all trials share: GEANT4 showers, what stands for them where they are too few, and the metrics.

    Attributes:
        showers: of GEANT4.
        metrics: keys of metrics and candidates.
        seed: of samples.
    """

    showers: Showers
    metrics: tuple[str, ...]
    seed: int

    @cached_property
    def ruler(self) -> Ruler:
        """One for all trials."""
        return Ruler.of(self.showers, self.showers)

    @cached_property
    def copula(self) -> GaussianCopula:
        """Fitted to all showers."""
        return GaussianCopula().fit(self.showers, seed=self.seed)

    @property
    def made_from(self) -> dict[str, Any]:
        """What trials depend on, besides their size, cell and number."""
        digest = hashlib.sha256(self.showers.voxels.tobytes()).hexdigest()[:16]
        return {"showers": digest, "seed": self.seed, "metrics": list(self.metrics)}

    def enough(self, n: int) -> bool:
        """Whether there are two samples of n showers, the second with some choice of energies."""
        return len(self.showers) >= 2.5 * n

    def sample(self, n: int, k: int) -> tuple[Showers, Showers]:
        """Reference of n showers, and the pool of the k-th trial."""
        rng = np.random.default_rng([self.seed, n, k])
        if self.enough(n):
            order = rng.permutation(len(self.showers))
            return self.showers.select(order[:n]), self.showers.select(order[n:])
        energy = np.quantile(self.showers.incident_energy, rng.random(4 * n))
        drawn = self.copula.sample(energy, seed=int(rng.integers(2**31)))
        return drawn.select(slice(0, n)), drawn.select(slice(n, None))


def measure(setup: Setup, n: int, asked: Sequence[Cell], trials: int, null: int, out: Path) -> None:
    """All trials of a size that are not in the files yet, those without a defect first."""
    in_turn = [((NO_DEFECT, 0.0), k) for k in range(null)] + [(cell, k) for k in range(trials) for cell in asked]
    with progress(f"power, {n} showers", len(in_turn), done=0, unit="trial") as advance:
        for done, (cell, k) in enumerate(in_turn):
            path = place(out, n, cell)
            known = trials_of(path, setup)
            if str(k) not in known:
                known[str(k)] = trial(setup, n, cell, k)
                write(path, json.dumps({"made_from": setup.made_from, "trials": known}))
            advance({"epoch": done})


def trial(setup: Setup, n: int, cell: Cell, k: int) -> Values:
    """The k-th trial of a cell: values of all metrics and candidates."""
    reference, pool = setup.sample(n, k)

    def generated(times: int) -> Showers:
        energy = np.tile(reference.incident_energy, times)
        if cell[0] == NO_DEFECT:
            return matched(pool, energy)
        return DEFECTS[cell[0]].make(pool, energy, cell[1], np.random.default_rng([setup.seed, n, k, 1]))

    most = 2 if len(pool) >= 2.5 * n else 1
    found: Values = {}
    for times in range(1, most + 1):
        showers = generated(times)
        x, y = ((features(s, setup.ruler.feature_set)[0], log_pixels(s)) for s in (reference, showers))
        if times == 1:
            found |= of_harness(reference, showers, x[0], y[0], setup, k)
        tests = {key: CANDIDATES[key] for key in setup.metrics if key in CANDIDATES}
        found |= {key: one.value(x, y, k) for key, one in tests.items() if one.times == times}
    return found


def of_harness(reference: Showers, generated: Showers, x: Floats, y: Floats, setup: Setup, k: int) -> Values:
    """Values of the harness's metrics, from showers and their features: by weights, else from some rows."""
    asked = [METRICS[key] for key in setup.metrics if key in METRICS]
    weighted = [metric.key for metric in asked if metric.weighted is not None]
    found = {}
    if weighted:
        found |= values(reference, generated, setup.ruler, weighted, representation=REPRESENTATION, seed=k)
    for function in {metric.function for metric in asked if metric.weighted is None}:
        result = function(x[:LIMIT], y[:LIMIT])
        found |= {metric.key: metric.value(result) for metric in asked if metric.function is function}
    return found


def log_pixels(showers: Showers) -> Floats:
    """log10 of every pixel's energy [MeV], as of the features of images."""
    return np.log10(showers.voxels.astype(np.float64) + OFFSET)


@dataclass(frozen=True)
class Candidate:
    """A test that the harness has not.

    Attributes:
        label: in tables.
        metric: key of the metric that it is a form of.
        times: generated showers for every reference shower.
        value: (reference, generated, seed) -> value, of pairs of features and logarithms of pixels.
    """

    label: str
    metric: str
    times: int
    value: Callable[[Sides, Sides, int], float]


def auc(x: Floats, y: Floats, seed: int) -> float:
    """Classifier AUC; showers of one energy share a fold."""
    fold = np.random.default_rng(seed).permutation(len(x)) % N_SPLITS
    return classifier_auc(x, y, seed=seed, folds=(fold, np.tile(fold, len(y) // len(x))))[0]


def mmd(x: Floats, y: Floats) -> float:
    """MMD of as many reference showers as the harness takes, and all generated ones of their energies."""
    return multiscale_mmd(x[:N_FEW], y[np.arange(len(y)) % len(x) < N_FEW])


CANDIDATES: Mapping[str, Candidate] = {
    "auc_pixels": Candidate("AUC, all pixels", "auc", 1, lambda x, y, k: auc(np.hstack(x), np.hstack(y), k)),
    "auc_twice": Candidate("AUC, twice as many", "auc", 2, lambda x, y, k: auc(x[0], y[0], k)),
    "mmd_twice": Candidate("MMD, twice as many", "mmd", 2, lambda x, y, _: mmd(x[0], y[0])),
}


def place(out: Path, n: int, cell: Cell) -> Path:
    """File of a cell."""
    return out / str(n) / f"{cell[0]}-{cell[1]:g}.json"


def trials_of(path: Path, setup: Setup) -> dict[str, Values]:
    """Values of every trial that is in a file, by its number.

    Raises:
        InputError: the file was made from other showers or with another seed.
    """
    if not path.exists():
        return {}
    with reading(path, "trials"):
        content = json.loads(path.read_text())
        made_from, trials = content["made_from"], dict(content["trials"])
    if made_from != setup.made_from:
        raise InputError(f"{path}: expected trials of {setup.made_from}, found {made_from}; choose another folder")
    return trials


def summary(setup: Setup, n: int, asked: Sequence[Cell], trials: int, null: int, out: Path) -> dict[str, Any]:
    """Power and d' of every metric in every cell of a size, and the sets of three metrics that see most together."""
    clean = badness(trials_of(place(out, n, (NO_DEFECT, 0.0)), setup), null)
    found = {cell: badness(trials_of(place(out, n, cell), setup), trials) for cell in asked}
    rows = [
        {"defect": defect, "grade": grade, "metrics": {key: of_metric(clean[key], bad[key]) for key in clean}}
        for (defect, grade), bad in found.items()
    ]
    return {
        "n": n,
        "n_showers": len(setup.showers),
        "truth": "GEANT4" if setup.enough(n) else "a Gaussian copula fitted to GEANT4",
        "trials": trials,
        "null": null,
        "rows": rows,
        "mean": {key: over_cells(clean[key], np.array([bad[key] for bad in found.values()])) for key in clean},
        "together": together(clean, list(found.values())),
    }


def badness(trials: Mapping[str, Values], number: int) -> dict[str, Floats]:
    """The first trials' values of every metric, the larger the worse; of an AUC also one-sided."""
    table = {key: np.array([trials[str(k)][key] for k in range(number)]) for key in trials["0"]}
    worse = {key: np.array([METRICS[metric_of(key)].describe(0).badness(x) for x in table[key]]) for key in table}
    return worse | {f"{key}{ABOVE}": values for key, values in table.items() if metric_of(key) == "auc"}


def metric_of(key: str) -> str:
    """The metric of the harness that a candidate is a form of, or itself."""
    key = key.removesuffix(ABOVE)
    return CANDIDATES[key].metric if key in CANDIDATES else key


def threshold(null: Floats) -> float:
    """The value that one more faultless sample exceeds with a probability of FALSE_ALARMS at most."""
    beyond = int(FALSE_ALARMS * (len(null) + 1) + 1e-9)
    return float(np.sort(null)[-beyond])


def of_metric(null: Floats, found: Floats) -> dict[str, float]:
    """Power with its binomial error (of a flat prior, so never 0), and d'."""
    seen, n = int((found > threshold(null)).sum()), len(found)
    mean = (seen + 1) / (n + 2)
    return {
        "power": seen / n,
        "error": float(np.sqrt(mean * (1 - mean) / (n + 3))),
        "d'": float((found.mean() - null.mean()) / (null.std(ddof=1) or np.inf)),
    }


def over_cells(null: Floats, found: Floats) -> dict[str, float]:
    """Mean power over all cells, shape (n_cells, n_trials), and its error: a bootstrap over the numbers of the trials.

    Trials of all cells share references, and all powers a threshold: a bootstrap of whole trials has both.
    """
    rng = np.random.default_rng(0)

    def resampled() -> float:
        limit = threshold(rng.choice(null, len(null)))
        return float((found[:, rng.integers(found.shape[1], size=found.shape[1])] > limit).mean())

    spread = np.std([resampled() for _ in range(N_RESAMPLES)])
    return {"power": float((found > threshold(null)).mean()), "error": float(spread)}


def together(null: Mapping[str, Floats], cells_of: Sequence[Mapping[str, Floats]]) -> list[dict[str, Any]]:
    """Mean power over all cells of tests by three metrics: the largest of their (value - null mean) / null sd.

    The harness's primary metrics first, then all sets of metrics, and of candidates with as many generated showers.
    """
    one_each = {key for key, one in CANDIDATES.items() if one.times == 1}
    keys = [key for key in null if key.removesuffix(ABOVE) in one_each | METRICS.keys()]
    centre, scale = ({key: getattr(null[key], of)() for key in keys} for of in ("mean", "std"))
    keys = [key for key in keys if scale[key] > 0]

    def largest(values_of: Mapping[str, Floats], chosen: Sequence[str]) -> Floats:
        return np.max([(values_of[key] - centre[key]) / scale[key] for key in chosen], axis=0)

    def mean_power(chosen: Sequence[str]) -> float:
        limit = threshold(largest(null, chosen))
        return float(np.mean([(largest(bad, chosen) > limit).mean() for bad in cells_of]))

    primary = tuple(key for key in keys if key in METRICS and METRICS[key].primary)
    sets = [{"metrics": chosen, "power": mean_power(chosen)} for chosen in (primary, *combinations(keys, 3)) if chosen]
    return sets[:1] + sorted(sets[1:], key=lambda one: -one["power"])


def label(key: str) -> str:
    """What tables call a metric."""
    of, above = key.removesuffix(ABOVE), " (one-sided)" if key.endswith(ABOVE) else ""
    return (CANDIDATES[of] if of in CANDIDATES else METRICS[of]).label + above


def markdown(size: Mapping[str, Any]) -> str:
    """A table of powers and one of d', metrics by their mean power, and sets of three."""
    heads = [f"{row['defect']} {100 * row['grade']:g} %" for row in size["rows"]]
    lines = [f"# Power of the metrics, {size['n']} showers a side, of {size['truth']}", ""]
    lines += [f"{size['null']} trials without a defect, {size['trials']} of every defect and grade.", ""]
    for what, form in (("power", "{:.0%}"), ("d'", "{:.1f}")):
        lines += [f"| {what} | {' | '.join(heads)} | mean |", "|---" * (len(heads) + 2) + "|"]
        for key in ranked(size):
            found = [row["metrics"][key][what] for row in size["rows"]]
            mean = "{power:.0%} ± {error:.0%}".format(**size["mean"][key]) if what == "power" else ""
            lines.append(f"| {label(key)} | {' | '.join(form.format(x) for x in found)} | {mean} |")
        lines.append("")
    lines += ["| three metrics together (the primary ones first) | mean power |", "|---|---|"]
    lines += [
        f"| {', '.join(map(label, one['metrics']))} | {one['power']:.0%} |" for one in size["together"][: BEST + 1]
    ]
    return "\n".join(lines) + "\n"


def ranked(size: Mapping[str, Any]) -> list[str]:
    """Metrics by their mean power."""
    return sorted(size["mean"], key=lambda key: -size["mean"][key]["power"])


def curves(size: Mapping[str, Any]) -> Figure:
    """Share of trials in which a metric tells showers with a defect from faultless ones, against the grade of that
    defect, at a false-alarm rate of 5 % (grey line); errors are binomial, 68 %.
    """
    figure, panels = tiled(len(DEFECTS), 3, (4.4, 3.7), (3.6, 0.4), sharey=True)
    for ax, (name, defect) in zip(panels.ravel(), DEFECTS.items(), strict=False):
        rows = [row for row in size["rows"] if row["defect"] == name]
        grades = np.array([100 * row["grade"] for row in rows])
        for i, key in enumerate(key for key in DRAWN if key in rows[0]["metrics"]):
            found = [row["metrics"][key] for row in rows]
            value, error = (np.array([one[what] for one in found]) for what in ("power", "error"))
            shifted = grades * 1.03 ** (i - len(DRAWN) / 2)
            ax.errorbar(shifted, value, error, lw=1.2, label=label(key), **plain_look(i))
        ax.axhline(FALSE_ALARMS, color="0.5", lw=1)
        ax.set_xscale("log")
        ax.set_xticks(grades, [f"{grade:g}" for grade in grades])
        ax.minorticks_off()
        ax.set_ylim(-0.05, 1.05)
        ax.set_title(defect.label)
        ax.set_xlabel(f"{defect.grade} [%]")
    for ax in panels[:, 0]:
        ax.set_ylabel("power")
    legend(figure, panels[0, 0])
    return figure


if __name__ == "__main__":
    raise SystemExit(run(power))
