"""What the files of a comparison and of its run directories may hold."""

from qgen.evaluation.schema import EVALUATION, FLOOR
from qgen.evaluation.shapes import OTHERS, Shape, finite, flag, nothing, number, optional, plain, text, whole
from qgen.report.schema import DISTRIBUTIONS

_SPLIT: Shape = {
    **{"seed?": whole, "fold?": optional(whole), "folds?": optional(whole), "test?": optional(text), "sealed?": flag},
    OTHERS: nothing,
}
TASK: Shape = {
    **{"generator": text, "dataset": text, "representation": text, "seed": whole, "budget": text},
    **{"train_fraction?": finite, "split?": _SPLIT, "fit_s": finite, "resumed": flag, "plugins?": {OTHERS: text}},
}
"""The entry "task" of `config.yaml`."""
_SCORED: Shape = {"evaluation": EVALUATION, "distributions": DISTRIBUTIONS}
_TIME: Shape = {"median": finite, "low": finite, "high": finite, OTHERS: finite}
RUN: Shape = {
    **_SCORED,
    **{"label": text, "traits": {"family": text, "event_level": flag, "control?": flag, OTHERS: plain}},
    **{"resources": {OTHERS: number}, "sample_ms_per_shower": finite, "sampling_time": {OTHERS: _TIME}},
    **{"floors": {OTHERS: _SCORED}, "controls": {OTHERS: _SCORED}},
}
"""`evaluation.json`."""
TRUTH: Shape = {
    **{"of": text, "n_reference": whole, "n_train": whole, "reference": DISTRIBUTIONS, "floor": FLOOR, "showers?": text}
}
"""`floor.json`."""
ENVIRONMENT: Shape = {"versions": {"qgen": text, OTHERS: text}, "commit": optional(text), OTHERS: plain}
"""`environment.json`."""
