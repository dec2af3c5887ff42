"""How much faster are FPD, KPD and the cheap estimator of FPD than the published algorithm as it is written down?

The peer repeats every drawn row, takes numpy's covariances, scipy's root of their product and full kernel matrices;
both get the same arrays, one thread and the published settings. The features are those of the embedded CaloChallenge
showers, drawn with replacement and jittered to 50000, against a slightly distorted copy. The repetitions are
interleaved, so that a busy machine slows both down, and medians are compared.

    python studies/speed/metrics.py            # 50000 showers x 362 features, 5 to 10 minutes
    python studies/speed/metrics.py --quick    # showers, features and draws four times fewer, under a minute

The last line is JSON. For the cheap estimator `max_abs_difference` is the distance of its value to FPD's;
`floor_sd`, beside it, is how much FPD moves between samples of this size of one distribution.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

import qgen
from qgen.cli import run
from qgen.comparison.timing import case, interleaved, one_thread
from qgen.files import InputError
from qgen.metrics import fpd, fpd_bootstrap, frechet_distance, kpd
from qgen.observables import features

Floats = NDArray[np.float64]
Score = tuple[float, float]

PEER = "published algorithm (jetnet 0.2.5), straightforward"


@dataclass(frozen=True)
class Size:
    """Showers, features and published settings, all shrunk by one factor."""

    n: int
    d: int
    min_samples: int
    max_samples: int
    batch_size: int

    @classmethod
    def of(cls, scale: float) -> "Size":
        """The full size times a factor."""
        if not 0.01 <= scale <= 1:
            raise InputError(f"--scale: expected a factor in 0.01..1, found {scale:g}")
        return cls(*(round(scale * full) for full in (50000, 362, 20000, 50000, 5000)))


def metrics(quick: bool = False, scale: float | None = None, repetitions: int = 3, seed: int = 0) -> None:
    """Time the metrics beside the published algorithm, on one thread.

    Args:
        quick: showers, features and draws four times fewer.
        scale: another factor for the same, 0.01 to 1.
        repetitions: of every measurement.
        seed: of the showers.
    """
    size = Size.of(scale if scale is not None else 0.25 if quick else 1.0)
    if repetitions < 1:
        raise InputError(f"--repetitions: expected at least 1, found {repetitions}")
    with one_thread():
        cases = compare(size, repetitions, np.random.default_rng(seed))
    print(table(cases))
    print(json.dumps({"cases": cases}))


def compare(size: Size, repetitions: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Every case; the slow FPD serves two."""
    x, y = samples(size, rng)
    draws = {"min_samples": size.min_samples, "max_samples": size.max_samples}
    label = f"{size.n} x {size.d}"
    times, values = measure(
        {
            "slow fpd": lambda: published_fpd(x, y, **draws),
            "fpd": lambda: fpd(x, y, **draws),
            "fpd_bootstrap": lambda: fpd_bootstrap(x, y),
            "slow kpd": lambda: published_kpd(x, y, size.batch_size),
            "kpd": lambda: kpd(x, y, batch_size=size.batch_size),
        },
        repetitions,
    )

    fpd_off, kpd_off = (float(np.abs(np.subtract(values[k], values[f"slow {k}"])).max()) for k in ("fpd", "kpd"))
    cheap_off, spread = abs(values["fpd_bootstrap"][0] - values["slow fpd"][0]), floor_spread(x, rng)
    return [
        case(f"FPD, {label}", PEER, times["fpd"], times["slow fpd"], fpd_off),
        case(f"KPD, {label}", PEER, times["kpd"], times["slow kpd"], kpd_off),
        case(
            f"FPD by fpd_bootstrap, {label}",
            PEER,
            times["fpd_bootstrap"],
            times["slow fpd"],
            cheap_off,
            floor_sd=spread,
        ),
    ]


def samples(size: Size, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Features of GEANT4 showers drawn with replacement, jittered by 5 % of their spread; and distorted ones."""
    geant4, _ = features(qgen.load("calochallenge/2"), "calochallenge")
    geant4 = geant4[:, np.linspace(0, geant4.shape[1] - 1, size.d).astype(int)]
    spread = geant4.std(axis=0)

    def draw() -> Floats:
        return geant4[rng.integers(len(geant4), size=size.n)] + 0.05 * spread * rng.normal(size=(size.n, size.d))

    x, y = draw(), draw()
    return x, y.mean(axis=0) + (y - y.mean(axis=0)) * rng.uniform(0.97, 1.05, size.d) + 0.05 * spread


def measure(targets: dict[str, Callable[[], Score]], repetitions: int) -> tuple[dict[str, float], dict[str, Score]]:
    """Median seconds of each, and what each returned."""
    values: dict[str, Score] = {}
    calls = [lambda name=name: values.update({name: targets[name]()}) for name in targets]
    return dict(zip(targets, np.median(interleaved(calls, repetitions)[0], axis=0).tolist(), strict=True)), values


def floor_spread(x: Floats, rng: np.random.Generator, n_splits: int = 20) -> float:
    """Standard deviation of the Frechet distance between halves of x, at the size of x: half as large there."""
    scaled = x / np.abs(x).max(axis=0)
    halves = [np.array_split(rng.permutation(len(x)), 2) for _ in range(n_splits)]
    return float(np.std([frechet_distance(scaled[a], scaled[b]) for a, b in halves], ddof=1) / 2)


def published_fpd(
    x: Floats, y: Floats, min_samples: int = 20000, max_samples: int = 50000, n_batches: int = 20, n_points: int = 10
) -> Score:
    """FPD as published (2211.10295): rows repeated, covariances of all of them, root of the product."""
    largest = np.abs(x).max(axis=0)
    x, y = x / largest, y / largest
    rng = np.random.default_rng(42)
    sizes = (1 / np.linspace(1 / min_samples, 1 / max_samples, n_points)).astype(int)
    distances = []
    for size in sizes:
        batches = []
        for _ in range(n_batches):
            first, second = x[rng.choice(len(x), size=size)], y[rng.choice(len(y), size=size)]
            mu1, sigma1 = first.mean(axis=0), np.cov(first, rowvar=False)
            mu2, sigma2 = second.mean(axis=0), np.cov(second, rowvar=False)
            root = linalg.sqrtm(sigma1 @ sigma2).real
            batches.append((mu1 - mu2) @ (mu1 - mu2) + np.trace(sigma1) + np.trace(sigma2) - 2 * np.trace(root))
        distances.append(np.mean(batches))
    fitted, covariance = optimize.curve_fit(
        lambda inverse, intercept, slope: intercept + slope * inverse, 1 / sizes, distances, bounds=([0, 0], np.inf)
    )
    return float(fitted[0]), float(np.sqrt(covariance[0, 0]))


def published_kpd(x: Floats, y: Floats, batch_size: int = 5000, n_batches: int = 10) -> Score:
    """KPD as published: three full kernel matrices for each batch."""
    largest = np.abs(x).max(axis=0)
    x, y = x / largest, y / largest

    def kernel(a: Floats, b: Floats) -> Floats:
        return (a @ b.T / a.shape[1] + 1) ** 4

    distances = []
    for batch in range(n_batches):
        rng = np.random.default_rng(42 + 1000 * batch)
        first, second = x[rng.choice(len(x), size=batch_size)], y[rng.choice(len(y), size=batch_size)]
        xx, yy, xy = kernel(first, first), kernel(second, second), kernel(first, second)
        within = xx.sum() - np.trace(xx) + yy.sum() - np.trace(yy)
        distances.append(within / (batch_size * (batch_size - 1)) - 2 * xy.mean())
    low, median, high = np.percentile(distances, [16.275, 50, 83.725])
    return float(median), float((high - low) / 2)


def table(cases: list[dict[str, Any]]) -> str:
    """For the eye."""
    lines = [f"{'case':44}{'ours':>10}{'published':>12}{'ratio':>8}   difference"]
    for one in cases:
        floor = f" (floor's spread {one['floor_sd']:.1e})" if "floor_sd" in one else ""
        seconds = f"{one['ours_s']:>8.2f} s{one['peer_s']:>10.2f} s{one['ratio']:>8.1f}"
        lines.append(f"{one['case']:44}{seconds}   {one['max_abs_difference']:.1e}{floor}")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(run(metrics))
