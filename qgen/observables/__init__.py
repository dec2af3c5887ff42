"""Observables: showers -> one array per quantity. One observable per file; `features` are the scored sets of them."""

from qgen.observables.calochallenge import calochallenge
from qgen.observables.calogan import calogan
from qgen.observables.classifier_inputs import classifier_inputs
from qgen.observables.depth_centre import depth_centre
from qgen.observables.depth_width import depth_width
from qgen.observables.feature_set import feature_set
from qgen.observables.features import features
from qgen.observables.image import image
from qgen.observables.layer_energies import layer_energies
from qgen.observables.occupancy import occupancy
from qgen.observables.response import response

__all__ = [
    "calochallenge",
    "calogan",
    "classifier_inputs",
    "depth_centre",
    "depth_width",
    "feature_set",
    "features",
    "image",
    "layer_energies",
    "occupancy",
    "response",
]
