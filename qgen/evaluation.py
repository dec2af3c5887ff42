"""Scoring generated showers against GEANT4: values with errors, a truth floor, and the distance z from it.

The evaluation sees `Showers` only; it cannot know what made them. Everything is measured by one `Ruler` (feature set,
histogram edges, energy bins) that is fixed by GEANT4 before any generated shower is looked at.

The truth floor of a metric is what GEANT4 scores against GEANT4 at the same numbers of showers: reference and
floor reference are pooled and split again at random N_FLOOR times, which gives its mean and standard deviation,

    z = (value - floor) / floor_sd .

No finite sample scores 0 (2211.10295's extrapolation does not remove the bias either), so values are compared with
the floor, never with 0. Errors are 68 %: half the central interval over N_BOOTSTRAP resamplings of the showers of
both sides (for the AUC and KPD their own estimates; for FPD the Frechet distance of the resampled features, in FPD's
normalisation).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from qgen import metrics
from qgen.distributions import Ruler, grid
from qgen.files import InputError, replacing
from qgen.observables import features, layer_energies, response
from qgen.representations import represent
from qgen.showers import Showers, concatenate

N_FLOOR = 20
N_BOOTSTRAP = 40
MAX_CORRELATED = 1024
"""With more voxels than this, correlations are those of the layer energies."""

PRIMARY = ("auc", "fpd", "separation")
"""Declared before any generator is scored."""
LABELS: Mapping[str, str] = {
    "auc": "classifier AUC",
    "fpd": "FPD",
    "separation": "mean separation",
    "kpd": "KPD",
    "sliced_wasserstein": "sliced Wasserstein",
    "correlation": "correlation distance",
    "profile_mse": "profile MSE",
    "relative_entropy": "relative entropy",
    "response": "response shift",
    "resolution": "resolution shift",
}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Score:
    """One metric: value, 68 % error, truth floor and its standard deviation, and z."""

    value: float
    error: float
    floor: float
    floor_sd: float
    z: float


@dataclass(frozen=True)
class FloorScore:
    """What GEANT4 scores against GEANT4: mean and standard deviation over re-splits."""

    value: float
    sd: float


@dataclass(frozen=True)
class Floor:
    """Truth floor of every metric, and the ruler that it was measured with."""

    ruler: Ruler
    scores: Mapping[str, FloorScore]
    how: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """The floor of `to_dict`."""
        scores = {name: FloorScore(**entry) for name, entry in content["scores"].items()}
        return cls(Ruler(**content["ruler"]), scores, content["how"])


@dataclass(frozen=True)
class Evaluation:
    """Scores of generated showers, plain data.

    Attributes:
        geometry: name of the calorimeter.
        representation: in which they were scored.
        n_reference: number of GEANT4 showers.
        n_generated: number of generated showers.
        floor: how the truth floor was measured.
        scores: by metric; the keys of `LABELS`.
    """

    geometry: str
    representation: str
    n_reference: int
    n_generated: int
    floor: str
    scores: Mapping[str, Score]

    def table(self) -> str:
        """The scores as text, one line per metric."""
        lines = [f"{'metric':<22}{'value':>12}{'error':>12}{'floor':>12}{'floor sd':>12}{'z':>9}"]
        for name, s in self.scores.items():
            numbers = "".join(f"{x:>12.4g}" for x in (s.value, s.error, s.floor, s.floor_sd))
            lines.append(f"{LABELS[name]:<22}{numbers}{s.z:>9.1f}")
        lines.append(f"{self.n_generated} generated against {self.n_reference} GEANT4 showers; floor: {self.floor}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """The evaluation of `to_dict`."""
        return cls(**{**content, "scores": {name: Score(**entry) for name, entry in content["scores"].items()}})

    def save(self, path: str | Path) -> None:
        """Write as JSON. Atomic."""
        with replacing(path) as aside:
            aside.write_text(json.dumps(self.to_dict(), indent=1))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote."""
        return cls.from_dict(json.loads(Path(path).read_text()))


def evaluate(
    reference: Showers,
    generated: Showers,
    *,
    floor_reference: Showers | None = None,
    representation: str | None = None,
    floor: Floor | None = None,
    seed: int = 0,
) -> Evaluation:
    """Score generated showers.

    Args:
        reference: GEANT4 showers that no generator has learnt from.
        generated: showers to score; best for the same incident energies.
        floor_reference: GEANT4 showers disjoint from the reference, by custom the training showers; without
            them the floor comes from halves of the reference.
        representation: score both in this one; by default in that of the generated showers.
        floor: a floor measured before with `truth_floor` on the same reference, in place of a new one.
        seed: of re-splits, bootstrap, slices and folds.

    Raises:
        InputError: geometries that cannot be compared, or fewer than 20 showers.
    """
    name = representation or generated.geometry.representation
    reference, generated = _comparable(represent(reference, name), represent(generated, name))
    if floor is None:
        other = None if floor_reference is None else represent(floor_reference, name)
        floor = truth_floor(reference, other, n_generated=len(generated), seed=seed)
    truth, sample = _Sample.of(reference, floor.ruler), _Sample.of(generated, floor.ruler)
    values, errors = measure(truth, sample, floor.ruler, seed)
    errors |= _bootstrap(truth, sample, floor.ruler, seed)
    scores = {
        metric: Score(value, errors[metric], f.value, f.sd, (value - f.value) / f.sd)
        for metric, value in values.items()
        for f in (floor.scores[metric],)
    }
    return Evaluation(reference.geometry.name, name, len(reference), len(generated), floor.how, scores)


def truth_floor(reference: Showers, floor_reference: Showers | None, *, n_generated: int, seed: int) -> Floor:
    """What GEANT4 scores against GEANT4, in the representation of the reference.

    Args:
        reference: GEANT4 test showers.
        floor_reference: disjoint GEANT4 showers in the same representation; None takes halves of the reference.
        n_generated: number of showers that will be scored.
        seed: of the re-splits.

    Raises:
        InputError: fewer than 20 showers on a side.
    """
    if floor_reference is None:
        pool, n_reference, n_other = reference, len(reference) // 2, len(reference) - len(reference) // 2
        how = f"halves of the reference ({n_reference} against {n_other} showers: higher than at full size)"
    else:
        pool = concatenate([reference, floor_reference])
        n_reference, n_other = len(reference), min(n_generated, len(floor_reference))
        how = f"{N_FLOOR} re-splits of {len(pool)} GEANT4 showers into {n_reference} and {n_other}"
    if min(n_reference, n_other) < 20:
        raise InputError(f"evaluate: expected at least 20 showers on each side, found {n_reference} and {n_other}")
    ruler = Ruler.of(reference, reference if floor_reference is None else floor_reference)
    sample, rng = _Sample.of(pool, ruler), np.random.default_rng(seed)
    measured: list[dict[str, float]] = []
    for k in range(N_FLOOR):
        order = rng.permutation(len(pool))
        parts = sample.select(order[:n_reference]), sample.select(order[n_reference : n_reference + n_other])
        measured.append(measure(*parts, ruler, seed + k)[0])
    columns = {name: np.array([values[name] for values in measured]) for name in measured[0]}
    tiny = np.finfo(float).tiny
    scores = {name: FloorScore(float(v.mean()), max(float(v.std(ddof=1)), tiny)) for name, v in columns.items()}
    return Floor(ruler, scores, how)


@dataclass(frozen=True)
class _Sample:
    """What the metrics see of showers."""

    features: Floats
    voxels: Floats
    layers: Floats
    grid: Floats
    incident_energy: Floats
    response: Floats

    @classmethod
    def of(cls, showers: Showers, ruler: Ruler) -> Self:
        values, _ = features(showers, ruler.feature_set)
        voxels, (_, cells) = showers.voxels.astype(np.float64), grid(showers)
        return cls(values, voxels, layer_energies(showers), cells, showers.incident_energy, response(showers))

    def select(self, index: NDArray[np.intp]) -> _Sample:
        return _Sample(*(getattr(self, name)[index] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.features)


def measure(
    reference: _Sample, generated: _Sample, ruler: Ruler, seed: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Every metric once; and the errors of those that estimate their own."""
    auc, auc_error = metrics.classifier_auc(reference.features, generated.features, seed=seed)
    fpd, _ = metrics.fpd(reference.features, generated.features)
    kpd, kpd_error = metrics.kpd(reference.features, generated.features)
    values = {"auc": auc, "fpd": fpd, **_cheap(reference, generated, ruler, seed)}
    return {name: values.get(name, kpd) for name in LABELS}, {"auc": auc_error, "kpd": kpd_error}


def _cheap(reference: _Sample, generated: _Sample, ruler: Ruler, seed: int) -> dict[str, float]:
    """The metrics that are quick enough to bootstrap as they are."""
    pairs = zip(reference.features.T, generated.features.T, ruler.edges.values(), strict=True)
    separations = [metrics.separation_power(x, y, edges) for x, y, edges in pairs]
    few = reference.voxels.shape[1] <= MAX_CORRELATED
    correlated = (reference.voxels, generated.voxels) if few else (reference.layers, generated.layers)
    truth, found = (
        metrics.response_in_bins(s.response, s.incident_energy, ruler.energy_edges) for s in (reference, generated)
    )

    def shift(name: str) -> float:
        ratio = np.asarray(getattr(found, name)) / np.asarray(getattr(truth, name))
        return float(np.nanmean(np.abs(ratio - 1)))

    return {
        "separation": float(np.mean(separations)),
        "sliced_wasserstein": metrics.sliced_wasserstein(
            reference.features, generated.features, rng=np.random.default_rng(seed)
        ),
        "correlation": metrics.correlation_distance(*correlated),
        "profile_mse": float(metrics.mean_profile_mse(reference.grid, generated.grid).mean()),
        "relative_entropy": metrics.relative_entropy(reference.voxels, generated.voxels),
        "response": shift("response"),
        "resolution": shift("resolution"),
    }


def _bootstrap(reference: _Sample, generated: _Sample, ruler: Ruler, seed: int) -> dict[str, float]:
    """Half the central 68 % interval of every cheap metric, and of the Frechet distance for FPD."""
    rng = np.random.default_rng([seed, 1])
    largest = np.abs(reference.features).max(axis=0)
    scale = np.where(largest > 0, largest, 1.0)
    draws: list[dict[str, float]] = []
    for _ in range(N_BOOTSTRAP):
        x, y = (s.select(rng.integers(len(s), size=len(s))) for s in (reference, generated))
        draws.append(
            {**_cheap(x, y, ruler, seed), "fpd": metrics.frechet_distance(x.features / scale, y.features / scale)}
        )
    return {name: float(np.diff(np.quantile([d[name] for d in draws], (0.16, 0.84)))[0] / 2) for name in draws[0]}


def _comparable(reference: Showers, generated: Showers) -> tuple[Showers, Showers]:
    """Both, if their cells are the same."""
    if reference.geometry.n_voxels != generated.geometry.n_voxels or reference.geometry.name != generated.geometry.name:
        raise InputError(
            f"evaluate: expected one geometry, found {reference.geometry.name!r} with {reference.geometry.n_voxels} "
            f"voxels as the reference and {generated.geometry.name!r} with {generated.geometry.n_voxels}"
        )
    return reference, generated
