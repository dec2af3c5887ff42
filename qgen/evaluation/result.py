"""Scores as plain data: what an evaluation gives, to and from JSON."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from qgen.evaluation.ruler import Ruler
from qgen.evaluation.schema import EVALUATION, FLOOR
from qgen.evaluation.shapes import Shape, problem_of
from qgen.evaluation.spectra import Spectra
from qgen.files import COMPLAINTS, InputError, read_json, write
from qgen.metrics import Description
from qgen.metrics.arrays import Floats
from qgen.metrics.declaration import badness
from qgen.metrics.registry import built_in_descriptions

TINY = float(np.finfo(float).tiny)


@dataclass(frozen=True)
class Score:
    """One metric.

    Attributes:
        value: of the metric; nan where it could not be computed, and then `note` says why.
        error: 68 %.
        floor: what GEANT4 scores against GEANT4.
        floor_sd: its standard deviation.
        z: (value - floor) / floor_sd; not Gaussian.
        p: share of GEANT4 samples that score as badly or worse (1 + their number over 1 + the number of partings).
        note: why there is no value, or why it means little; else empty.
    """

    value: float
    error: float
    floor: float
    floor_sd: float
    z: float
    note: str = ""
    p: float = math.nan

    @classmethod
    def of(
        cls, value: float, error: float, floor: "FloorScore", note: str = "", *, better: str | float = "lower"
    ) -> Self:
        """The score of a value, with its distance z from the floor and its p-value."""
        if not math.isfinite(value):
            return cls(math.nan, math.nan, floor.value, floor.sd, math.nan, note)
        p = floor.p_value(value, better)
        if floor.sd <= TINY:
            z = 0.0 if value == floor.value else math.nan
            note = note or "GEANT4 does not fluctuate in it: there is no z"
            return cls(value, error, floor.value, floor.sd, z, note, p)
        return cls(value, error, floor.value, floor.sd, (value - floor.value) / floor.sd, note, p)

    @classmethod
    def without_floor(cls, note: str) -> Self:
        """The score of a metric that GEANT4 cannot be scored in."""
        return cls(math.nan, math.nan, math.nan, math.nan, math.nan, note)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, None where there is no number."""
        return {key: _plain(value) for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """The score of `to_dict`."""
        numbers: dict[str, Any] = {key: math.nan if value is None else value for key, value in content.items()}
        return cls(**numbers)


@dataclass(frozen=True)
class FloorScore:
    """What GEANT4 scores against GEANT4.

    Attributes:
        value: mean over the partings.
        sd: standard deviation over the partings.
        low: 16 % quantile over the partings.
        high: 84 % quantile.
        resampled: half the central 68 % of resamples of one parting, which calibrates the errors of generated samples
            (see `errors.py`); of the squared metric for distances of order 1/2.
        values: of all partings.
    """

    value: float
    sd: float
    low: float
    high: float
    resampled: float = 0.0
    values: Sequence[float] = ()

    @classmethod
    def of(cls, values: Floats, resampled: float = 0.0) -> Self:
        """The floor from its values over the partings."""
        low, high = (float(x) for x in np.quantile(values, (0.16, 0.84)))
        sd = max(float(values.std(ddof=1)), TINY)
        return cls(float(values.mean()), sd, low, high, resampled, values.tolist())

    def p_value(self, value: float, better: str | float) -> float:
        """Share of samples of GEANT4 that are as bad as a value or worse, counting the value itself as one of them.

        Where the numbers are few, as of 5 % of 60, it is exact for one more sample of GEANT4 (see docs/evaluation.md).
        """
        if not self.values:
            return math.nan
        worse = badness(np.asarray(self.values), better) >= badness(value, better)
        return float((1 + worse.sum()) / (1 + len(self.values)))


@dataclass(frozen=True)
class Floor:
    """Truth floor of every metric, and the ruler that it was measured with.

    Attributes:
        ruler: feature set, histogram edges and energy bins.
        scores: by metric.
        in_energy_bins: of the metrics that can be had there, one entry for every energy bin.
        how: how it was measured, one sentence.
        representation: in which.
        n_reference: number of reference showers that it is for.
        n_generated: number of generated showers that it is for.
        matched: whether it is for generated showers of the reference's energies.
        missing: by metric that could not be measured between GEANT4 samples, why.
    """

    ruler: Ruler
    scores: Mapping[str, FloorScore]
    in_energy_bins: Mapping[str, Sequence[FloorScore]]
    how: str
    representation: str
    n_reference: int
    n_generated: int
    matched: bool
    missing: Mapping[str, str] = field(default_factory=dict)

    def beside(self, other: Self) -> Self:
        """This floor with the metrics of another one of the same showers."""
        scores = {**self.scores, **other.scores}
        missing = {name: why for name, why in {**self.missing, **other.missing}.items() if name not in scores}
        in_bins = {**self.in_energy_bins, **other.in_energy_bins}
        return replace(self, scores=scores, in_energy_bins=in_bins, missing=missing)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """The floor of `to_dict`.

        Raises:
            InputError: it is none; says where.
        """
        _require(content, FLOOR)
        scores = {name: FloorScore(**entry) for name, entry in content["scores"].items()}
        rows = content["in_energy_bins"]
        bins = {name: [FloorScore(**entry) for entry in of_name] for name, of_name in rows.items()}
        return cls(**{**content, "ruler": Ruler(**content["ruler"]), "scores": scores, "in_energy_bins": bins})


@dataclass(frozen=True)
class Evaluation:
    """Scores of generated showers, plain data.

    Attributes:
        geometry: name of the calorimeter.
        representation: in which they were scored.
        n_reference: number of GEANT4 showers.
        n_generated: number of generated showers.
        floor: how the truth floor was measured.
        scores: by metric.
        spectra: incident energies of both; None of an evaluation before they were compared.
        same_energies: whether the generated showers were made for the energies of the reference, in their order.
        energy_edges: edges of the bins of incident energy [MeV].
        in_energy_bins: scores of the metrics that can be had there, one for every bin.
        draws: by metric, values over resampled showers with the spread of the error; the k-th draws of all
            generators that were scored against one reference come from the same resampling of it.
        classifiers: by level of its inputs, what CaloChallenge's classifier gave (see `classifiers.py`).
        metrics: what tables and ranks know of each metric.
    """

    geometry: str
    representation: str
    n_reference: int
    n_generated: int
    floor: str
    scores: Mapping[str, Score]
    spectra: Spectra | None = None
    same_energies: bool = False
    energy_edges: Sequence[float] = ()
    in_energy_bins: Mapping[str, Sequence[Score]] = field(default_factory=dict)
    draws: Mapping[str, Sequence[float]] = field(default_factory=dict)
    classifiers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    metrics: Mapping[str, Description] = field(default_factory=dict)

    def beside(self, other: Self) -> Self:
        """This evaluation with the metrics of another one of the same showers."""
        return replace(
            self,
            scores={**self.scores, **other.scores},
            in_energy_bins={**self.in_energy_bins, **other.in_energy_bins},
            draws={**self.draws, **other.draws},
            metrics={**self.metrics, **other.metrics},
        )

    def table(self) -> str:
        """The scores as text, one line per metric, with the notes below."""
        lines = [f"{'metric':<26}{'value':>12}{'error':>12}{'floor':>12}{'floor sd':>12}{'z':>9}{'p':>8}"]
        notes = []
        for name, s in self.scores.items():
            title = self.metrics[name].title
            numbers = "".join(f"{x:>12.4g}" for x in (s.value, s.error, s.floor, s.floor_sd))
            line = f"{numbers}{s.z:>9.1f}{s.p:>8.3f}{' *' if s.note else ''}"
            lines.append(f"{title:<26}" + line.replace("nan", "n/a"))
            notes += [f"* {title}: {s.note}"] if s.note else []
        energies = "the same energies" if self.same_energies else "other energies"
        pair = f"{self.n_generated} generated against {self.n_reference} GEANT4 showers of {energies}"
        lines.append(f"{pair}; floor: {self.floor}")
        notes += [f"warning: {self.spectra.note}"] if self.spectra and self.spectra.note else []
        notes += [_classifier_line(level, scores) for level, scores in self.classifiers.items()]
        return "\n".join(lines + notes)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, None where there is no number."""
        return {
            **asdict(self),
            "scores": {name: score.to_dict() for name, score in self.scores.items()},
            "in_energy_bins": {name: [s.to_dict() for s in row] for name, row in self.in_energy_bins.items()},
            "draws": {name: [_plain(x) for x in values] for name, values in self.draws.items()},
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """The evaluation of `to_dict`; one from before metrics described themselves has built-in ones.

        Raises:
            InputError: it is none; says where.
        """
        _require(content, EVALUATION)
        described = content.get("metrics") or {name: asdict(x) for name, x in built_in_descriptions().items()}
        spectra = content.get("spectra")
        read: dict[str, Any] = {
            "spectra": None if spectra is None else Spectra.from_dict(spectra),
            "metrics": {name: Description(**described[name]) for name in content["scores"]},
            "scores": {name: Score.from_dict(entry) for name, entry in content["scores"].items()},
            "in_energy_bins": {n: [Score.from_dict(s) for s in row] for n, row in content["in_energy_bins"].items()},
            "draws": {n: [math.nan if x is None else x for x in values] for n, values in content["draws"].items()},
        }
        return cls(**{**content, **read})

    def save(self, path: str | Path) -> None:
        """Write as JSON. Atomic."""
        write(path, json.dumps(self.to_dict(), indent=1, allow_nan=False))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote.

        Raises:
            InputError: the file is missing or is no evaluation.
        """
        try:
            return cls.from_dict(read_json(path, "an evaluation written by qgen"))
        except COMPLAINTS as error:
            raise InputError(f"{path}: expected an evaluation written by qgen, found: {error}") from error


def _require(content: Any, shape: Shape) -> None:
    if problem := problem_of(content, shape):
        raise InputError(problem)


def _plain(value: Any) -> Any:
    """A value for JSON: None in place of a number that is not finite."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _classifier_line(level: str, scores: Mapping[str, float]) -> str:
    def value(key: str) -> str:
        return f"{scores[key]:.3f} ± {scores[f'{key}_error']:.3f}" if key in scores else "not measured"

    values = f"AUC {value('auc')} (floor {value('floor_auc')}), JSD {value('jsd')} (floor {value('floor_jsd')})"
    return f"CaloChallenge's classifier, {level} inputs, {scores['n_seeds']:.0f} seeds: {values}"
