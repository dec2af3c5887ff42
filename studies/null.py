"""Does GEANT4 itself score as well as GEANT4? The truth floor must be the distribution of what is scored.

GEANT4 plays the perfect generator: its showers are parted at random into test showers, floor reference and "generated"
showers, scored with the floor of their own parting, and the z and p of many partings are looked at. Generated
showers are matched in energy to the test showers (`qgen.evaluation.matching`), which is how generators are asked, or
have energies of their own. A right null has z of mean 0 and standard deviation 1, and p below 5 % in 5 % of the
partings.

    python studies/null.py --datasets clic/e- --splits 40

Writes null.json (resumable, one entry for every parting) and null.md into --out.
"""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

import qgen
from qgen.cli import run
from qgen.evaluation import evaluate, truth_floor
from qgen.evaluation.matching import matched
from qgen.files import InputError, write
from qgen.metrics import built_in
from qgen.representations import represent
from qgen.showers import Showers

REPRESENTATIONS = {"clic/e-": "image8x8", "calogan/e+": "native", "calochallenge/2": "native"}
SHARES = (0.2, 0.3)
"""Of the showers: for the test, and for the floor beside it. The rest is the generator's: 2.5 times as many as test
showers, so that those matched to them are within 0.05 % in energy (median), 99 % of them within 1.7 %."""
KINDS = {"matched": True, "independent": False}


def null(
    datasets: Sequence[str] = tuple(REPRESENTATIONS),
    splits: int = 40,
    metrics: Sequence[str] = (),
    out: Path = Path("runs/null"),
    seed: int = 0,
) -> dict[str, Any]:
    """Score GEANT4 as if it were a generator, many times.

    Args:
        datasets: embedded samples or files; clic/e- is scored at 8x8 pixels, others as they are.
        splits: partings of each, half a minute to a minute each.
        metrics: which to score; by default the primary ones, FPD and separation; "all": all that need no training.
        out: folder; what it holds already is not done again.
        seed: of the partings.

    Returns:
        By dataset, kind and metric: number, mean and standard deviation of z with errors, and shares of p below 5 %.
    """
    if splits < 2:
        raise InputError(f"--splits: expected at least 2, found {splits}")
    logging.getLogger("qgen").setLevel(logging.WARNING)
    known = [m.key for m in built_in() if not m.training]
    usual = [m.key for m in built_in() if m.primary or m.key in ("fpd", "separation")]
    asked = known if list(metrics) == ["all"] else list(metrics) or usual
    path = out / "null.json"
    done: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    for dataset in datasets:
        showers = represent(qgen.load(dataset), REPRESENTATIONS.get(dataset, "native"))
        for kind, pairs in KINDS.items():
            scores = done.setdefault(dataset, {}).setdefault(kind, {})
            for k in track(range(splits), f"{dataset}, {kind}"):
                there = scores.setdefault(str(k), {})
                if lacking := [metric for metric in asked if metric not in there]:
                    there |= one(showers, [seed, k], lacking, pairs=pairs)
                    write(path, json.dumps(done))
    result = {
        dataset: {kind: {metric: summary(done[dataset][kind], metric, splits) for metric in asked} for kind in KINDS}
        for dataset in datasets
    }
    write(out / "null.md", table(result))
    print(table(result))
    return result


def one(showers: Showers, seed: Sequence[int], metrics: Sequence[str], *, pairs: bool) -> dict[str, dict[str, float]]:
    """Scores of GEANT4 in one parting, by metric.

    Args:
        showers: GEANT4.
        seed: of the parting.
        metrics: which to score.
        pairs: whether its showers are matched in energy to the test showers.
    """
    order = np.random.default_rng(seed).permutation(len(showers))
    cuts = np.cumsum([round(share * len(showers)) for share in SHARES])
    test, floor_reference, others = (showers.select(index) for index in np.split(order, cuts))
    generated = matched(others, test.incident_energy) if pairs else others.select(slice(len(test)))
    number = int(np.random.SeedSequence(seed).generate_state(1)[0])
    floor = truth_floor(
        test, floor_reference, n_generated=len(generated), seed=number, matched=pairs, metrics=list(metrics)
    )
    result = evaluate(test, generated, floor_reference=floor_reference, floor=floor, metrics=list(metrics), seed=number)
    return {
        name: {"value": score.value, "floor": score.floor, "floor_sd": score.floor_sd, "z": score.z, "p": score.p}
        for name, score in result.scores.items()
    }


def summary(scores: dict[str, Any], metric: str, splits: int) -> dict[str, float]:
    """Mean and standard deviation of z over the partings, with standard errors, and how often p is below 5 %."""
    z, p = (np.array([scores[str(k)][metric][key] for k in range(splits)]) for key in ("z", "p"))
    sd = float(z.std(ddof=1))
    share = float((p <= 0.05).mean())
    return {
        "n": splits,
        "mean": float(z.mean()),
        "mean_error": sd / splits**0.5,
        "sd": sd,
        "sd_error": sd / (2 * (splits - 1)) ** 0.5,
        "below_5_percent": share,
        "below_error": (0.05 * 0.95 / splits) ** 0.5,
    }


def table(result: dict[str, Any]) -> str:
    """The results in Markdown."""
    lines = [
        "| data | energies | metric | mean z | sd of z | p <= 5 % [%] |",
        "|---|---|---|---|---|---|",
    ]
    for dataset, kinds in result.items():
        for kind, metrics in kinds.items():
            for metric, s in metrics.items():
                lines.append(
                    f"| {dataset} | {kind} | {metric} | {s['mean']:+.2f} ± {s['mean_error']:.2f} "
                    f"| {s['sd']:.2f} ± {s['sd_error']:.2f} "
                    f"| {100 * s['below_5_percent']:.1f} ± {100 * s['below_error']:.1f} |"
                )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(run(null))
