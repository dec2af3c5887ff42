"""Does a Born machine know the distribution at energies that it never saw?

Takes the Born machines of a finished folder of `qgen compare` and trains their circuits again without the showers of an
interval of incident energy, on the bits of the same code: a code of its own would make another question of it. Inside
the interval it gives the total variation to the test histogram of

- the circuit trained on all showers, and the one that is blind to the interval;
- the histogram of the training showers of the interval;
- two that must fail: the circuit without its condition (its distribution over all test energies), and an untrained one.

Few showers on many states are far from the truth itself, so each is also compared with what as many draws of its own
would score: its excess. Errors leave out each test shower in turn (`qgen.evaluation.jackknife`) and take in the seeds.
Cross-entropies, where the noise of the showers is the same for all and cancels in differences, tell smaller changes.

    python studies/held_out.py runs/qcbm/clic-e- --labels codebook --interval 10 20
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.boltzmann.diagnostics import variation_floor
from qgen.cli import run
from qgen.comparison.runs import runs_of_generator, split_of
from qgen.comparison.task import save
from qgen.evaluation.jackknife import covariance, covariance_of_means, ratio_interval
from qgen.files import InputError, write_table
from qgen.generators.bits.states import histogram, left_out, total_variation
from qgen.generators.qcbm import QCBM
from qgen.generators.saved import CONFIG, read_config
from qgen.showers import Showers
from qgen.transforms.bits import states_of

MIN_SHOWERS = 100
GEV = 1e3
LARGEST = 1.5
"""Wanted ratio."""
SURE = 1.645
"""Standard deviations at which the target counts as met or missed: 95 %, one-sided."""
NAMES = {
    "all": "trained on all",
    "blind": "blind to the interval",
    "training": "training histogram of the interval",
    "unconditioned": "control: trained on all, without its condition",
    "untrained": "control: untrained circuit",
}
CODE_OPTIONS = ("code_options", "shape_bits", "response_bits")

Floats = NDArray[np.float64]


def held_out(folder: Path, interval: tuple[float, float] = (10.0, 20.0), labels: list[str] | None = None) -> None:
    """Write held_out_LOW_HIGH_GeV.md and .json into a folder of qgen compare. Continues if interrupted.

    Args:
        folder: of a finished comparison, with Born machines in it.
        interval: lower and upper incident energy [GeV].
        labels: what tables call those to take; by default all.
    """
    taken = runs_of_generator(folder, "qcbm", labels)
    train, test = split_of(folder)
    low, high = interval
    without = train.select(~train.between(GEV * low, GEV * high))
    inside, seen = (showers.select(showers.between(GEV * low, GEV * high)) for showers in (test, train))
    if min(map(len, (without, inside, seen))) < MIN_SHOWERS:
        raise InputError(
            f"held_out: expected at least {MIN_SHOWERS} test and training showers in {interval} GeV, and training "
            f"showers outside, found {len(inside)}, {len(seen)} and {len(without)}"
        )
    name = f"{low:g}_{high:g}_GeV"
    rows = []
    for label, runs in taken.items():
        per_seed = []
        for one in runs:
            model = QCBM.load(one)
            blind = _fitted(model, one, without, folder / f"blind_{name}" / one.parent.name / one.name)
            untrained = _fitted(model, one, without, None)
            per_seed.append(_measured(_distributions(model, blind, untrained, inside, seen, test), model, inside))
        rows.append({"generator": label, "n": len(inside), "n_seen": len(seen), **summary(per_seed)})
    table = markdown(rows, interval)
    write_table(folder, f"held_out_{name}", rows, table)
    print(table)


def _fitted(model: QCBM, one: Path, without: Showers, place: Path | None) -> QCBM:
    """A circuit on the code of the model: trained without the interval and kept in a folder, or, of none, untrained."""
    options = {**model.get_params(), **dict.fromkeys(CODE_OPTIONS), "code_from": str(one)}
    seed = read_config(one)["task"]["seed"]
    if place is None:
        return QCBM(**{**options, "epochs": 0}).fit(without, seed=seed)
    if not (place / CONFIG).exists():
        save(QCBM(**options).fit(without, seed=seed, checkpoint=place), place)
    fitted = QCBM.load(place)
    plain = [name for name in options if name not in QCBM.plugins]
    if other := [name for name in plain if fitted.get_params()[name] != options[name]]:
        raise InputError(f"{place}: expected the circuit of {one}, found another {', '.join(other)}; remove the folder")
    codes = model.code_.state(), fitted.code_.state()
    if codes[0].keys() != codes[1].keys() or any(not np.array_equal(codes[0][k], codes[1][k]) for k in codes[0]):
        raise InputError(f"{place}: expected a circuit on the code of {one}, found another code; remove the folder")
    return fitted


def _distributions(
    model: QCBM, blind: QCBM, untrained: QCBM, inside: Showers, seen: Showers, test: Showers
) -> dict[str, Floats]:
    """By the keys of `NAMES`: distributions at the energy of every shower inside, or one for all of them."""
    energy = inside.incident_energy
    unconditioned = model.probabilities(test.incident_energy).mean(axis=0)
    distributions = {
        "all": model.probabilities(energy),
        "blind": blind.probabilities(energy),
        "training": histogram(states_of(model.code_.encode(seen)), len(unconditioned)),
        "unconditioned": unconditioned,
        "untrained": untrained.probabilities(energy),
    }
    return {key: p / p.sum(axis=-1, keepdims=True) for key, p in distributions.items()}


def _measured(distributions: Mapping[str, Floats], model: QCBM, inside: Showers) -> dict[str, Any]:
    """Of one training seed: numbers of each, and arrays without each shower in turn."""
    states, rows = states_of(model.code_.encode(inside)), np.arange(len(inside))
    measured = {}
    for key, p in distributions.items():
        mean = p if p.ndim == 1 else p.mean(axis=0)
        distance, own = total_variation(mean, histogram(states, len(mean))), float(variation_floor(mean, len(states)))
        less, less_own = left_out(p, states, own=True)
        smooth = (1 - model.smoothing) * np.broadcast_to(p, (len(states), len(mean))) + model.smoothing / len(mean)
        measured[key] = {
            "distance": distance,
            "own_draws": own,
            "excess": distance - own,
            "left_out": np.column_stack([less, less - less_own]),
            "information": -np.log(smooth[rows, states]),
        }
    return measured


def summary(seeds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Plain numbers of one generator: of every seed, and means with ratios to the circuit trained on all."""
    quoted = ("distance", "own_draws", "excess")
    means: dict[str, Any] = {}
    for key in NAMES:
        of_key = {name: float(np.mean([seed[key][name] for seed in seeds])) for name in quoted}
        excess, cov = _means_with_errors(seeds, key, "excess", 1)
        _, wide = _means_with_errors(seeds, key, "distance", 0)
        lost = np.array([seed[key]["information"] - seed["all"]["information"] for seed in seeds])
        mean = lost.mean(axis=0)
        error = np.sqrt(mean.var(ddof=1) / len(mean) + covariance_of_means(lost.mean(axis=1)[:, None]).item())
        of_key |= {"error": float(np.sqrt(wide[0, 0])), "ratio": _ratio(*_means_with_errors(seeds, key, "distance", 0))}
        of_key |= {"excess_error": float(np.sqrt(cov[0, 0])), "excess_ratio": _ratio(excess, cov)}
        of_key |= {"excess_more": [float(excess[0] - excess[1]), _error(cov, 1.0)]}
        of_key |= {"verdict": _verdict(excess, cov), "nats_lost": [float(mean.mean()), float(error)]}
        means[key] = of_key
    of_seeds = [{key: {name: one[key][name] for name in quoted} for key in NAMES} for one in seeds]
    return {"means": means, "seeds": of_seeds}


def _means_with_errors(seeds: Sequence[Mapping[str, Any]], key: str, what: str, column: int) -> tuple[Floats, Floats]:
    """Of a key and of "all": the means over seeds, shape (2,), and their covariance by showers and seeds."""
    values = np.array([[seed[one][what] for one in (key, "all")] for seed in seeds])
    less = np.mean([[seed[one]["left_out"][:, column] for one in (key, "all")] for seed in seeds], axis=0)
    return values.mean(axis=0), covariance([less.T]) + covariance_of_means(values)


def _ratio(values: Floats, cov: Floats) -> list[float]:
    """The ratio with its 68 % interval, without one where the denominator may be 0."""
    b, a = values.tolist()
    return [b / a, *(ratio_interval(b, a, cov) or ())]


def _error(cov: Floats, times: float) -> float:
    """Of the one less so many times the other."""
    weights = np.array([1, -times])
    return float(np.sqrt(weights @ cov @ weights))


def _verdict(excess: Floats, cov: Floats) -> str:
    """Whether the excess is at most LARGEST times that of the circuit trained on all."""
    z = (excess[0] - LARGEST * excess[1]) / max(_error(cov, LARGEST), 1e-12)
    if abs(z) < SURE:
        return f"cannot be told ({z:+.1f} sd)"
    return f"more than {LARGEST} times ({z:+.1f} sd)" if z > 0 else f"at most {LARGEST} times ({z:+.1f} sd)"


def markdown(rows: Sequence[Mapping[str, Any]], interval: tuple[float, float]) -> str:
    """Two tables: means over training seeds, and single seeds."""
    low, high = interval
    lines = [
        f"# {low:g} to {high:g} GeV held out",
        "",
        f"{rows[0]['n']} test showers in the interval, and {rows[0]['n_seen']} training showers, which the blind "
        "circuit does not see; both circuits have the code of the full training.",
        "",
        "| | total variation | of own draws | excess | TV : trained on all | excess : trained on all | "
        f"excess - trained on all | excess against {LARGEST} times | nats lost |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(f"| **{row['generator']}**, {len(row['seeds'])} seeds |{' |' * 8}")
        for key, name in NAMES.items():
            one, same = row["means"][key], key == "all"
            numbers = f"{one['distance']:.3f} ± {one['error']:.3f} | {one['own_draws']:.3f}"
            ratios = " | ".join(_cell(one[what]) for what in ("ratio", "excess_ratio"))
            more, nats = ("{:+.3f} ± {:.3f}".format(*one[what]) for what in ("excess_more", "nats_lost"))
            last = " | | | | " if same else f"{ratios} | {more} | {one['verdict']} | {nats}"
            lines.append(f"| {name} | {numbers} | {one['excess']:+.3f} ± {one['excess_error']:.3f} | {last} |")
    lines += [
        "",
        "Means over training seeds; ± and brackets are 68 %, of test showers and seeds. Own draws: expected distance "
        "of as many draws from the model itself, which the truth would have; excess: what is above. No bounds: the "
        f"excess of the circuit trained on all may be 0, so that a multiple of it means nothing. Against {LARGEST} "
        f"times: told where it is more than {SURE} standard deviations (95 %). Nats lost: cross-entropy of a test "
        "shower, less that of the circuit trained on all.",
        "",
        f"| total variation, excess | seed | {' | '.join(NAMES.values())} |",
        "|---" * (len(NAMES) + 2) + "|",
    ]
    for row in rows:
        for seed, one in enumerate(row["seeds"]):
            cells = (f"{one[key]['distance']:.3f}, {one[key]['excess']:+.3f}" for key in NAMES)
            lines.append(f"| {row['generator']} | {seed} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(ratio: Sequence[float]) -> str:
    return "{:.2f} ({:.2f} to {:.2f})".format(*ratio) if len(ratio) > 1 else f"{ratio[0]:.1f} (no bounds)"


if __name__ == "__main__":
    raise SystemExit(run(held_out))
