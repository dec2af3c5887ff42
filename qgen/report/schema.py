"""What a `scoreboard.json` may hold."""

from qgen.evaluation.schema import better
from qgen.evaluation.shapes import OTHERS, Shape, flag, number, optional, plain, text

_SCORE: Shape = {"value": number, "error": number, "note?": optional(text), "per_seed?": [number], OTHERS: number}
_NAMED: Shape = {OTHERS: number}
_TIME: Shape = {"fit_interrupted?": flag, "batches?": {OTHERS: _NAMED}, OTHERS: number}
_CURVES: Shape = {"epoch": [number], "curves": {OTHERS: {OTHERS: [number]}}}
DISTRIBUTIONS: Shape = {"profiles?": {OTHERS: plain}, "histograms?": {OTHERS: plain}, OTHERS: plain}
_BINS: Shape = {"note?": [optional(text)], OTHERS: [number]}
_ROW: Shape = {
    **{"generator": text, "family": text, "seeds": [number], "metrics": {OTHERS: _SCORE}, "event_level": flag},
    **{"control?": flag, "control_of?": [text], "floor_of?": [text], "distributions": DISTRIBUTIONS},
    **{"resources?": _NAMED, "time?": _TIME, "in_energy_bins?": {OTHERS: _BINS}},
    "history?": optional(_CURVES),
}
_PAIR: Shape = {"a": text, "b": text, "metric": text, OTHERS: number}
_UNFAILED: Shape = {"control": text, "generator": text, "metric": text, OTHERS: number}
_METRIC: Shape = {"label?": text, "unit?": text, "why?": text, "primary?": flag, "better?": better, OTHERS: plain}
SCOREBOARD: Shape = {
    **{"dataset": text, "representation": text, "n_reference": number, "n_train": number, "reference": DISTRIBUTIONS},
    **{"floor": {OTHERS: _NAMED}, "floor_how?": text, "metrics?": {OTHERS: _METRIC}, "notes?": {OTHERS: text}},
    **{"rows": [_ROW], "paired?": [_PAIR], "provenance?": optional({"versions?": {OTHERS: plain}, OTHERS: plain})},
    "unfailed?": optional([_UNFAILED]),
}
