"""What a file may hold that an evaluation, or a truth floor, was written to."""

from typing import Any

from qgen.evaluation.shapes import OTHERS, Shape, finite, flag, number, optional, text, whole
from qgen.metrics.declaration import BETTER


def better(value: Any) -> str:
    """Which values of a metric are better, see `qgen.metrics.Description`."""
    return "" if isinstance(value, str) and value in BETTER else finite(value) and f"{', '.join(BETTER)} or a number"


_SCORE: Shape = {"note?": text, **dict.fromkeys(("value", "error", "floor", "floor_sd", "z", "p?"), number)}
_SPECTRA: Shape = {"reference": [finite, finite], "generated": [finite, finite], "ks": finite, "usual": finite}
_METRIC: Shape = {"label": text, "unit?": text, "why?": text, "primary?": flag, "least?": finite, "better?": better}
EVALUATION: Shape = {
    **{"geometry": text, "representation": text, "n_reference": whole, "n_generated": whole, "floor": text},
    **{"scores": {OTHERS: _SCORE}, "in_energy_bins": {OTHERS: [_SCORE]}, "draws": {OTHERS: [number]}},
    **{"spectra?": optional(_SPECTRA), "same_energies?": flag, "energy_edges?": [finite]},
    **{"classifiers?": {OTHERS: {OTHERS: finite}}, "metrics?": {OTHERS: _METRIC}},
}
_FLOOR_SCORE: Shape = {**dict.fromkeys(("value", "sd", "low", "high", "resampled?"), finite), "values?": [finite]}
_EDGES: Shape = {OTHERS: [finite]}
_RULER: Shape = {"feature_set": text, "edges": [_EDGES], "energy_edges": [finite], "figure_edges": _EDGES}
FLOOR: Shape = {
    **{"ruler": _RULER, "scores": {OTHERS: _FLOOR_SCORE}, "in_energy_bins": {OTHERS: [_FLOOR_SCORE]}, "how": text},
    **{"representation": text, "n_reference": whole, "n_generated": whole, "matched": flag, "missing?": {OTHERS: text}},
}
