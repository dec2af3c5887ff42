"""Figures for a talk, one public function and one file each, made from a scoreboard alone.

Every function takes a scoreboard (see `qgen.report`) and a `style` (see `qgen.report.style`) and returns a matplotlib
`Figure`. Those with one line or image per generator take `generators`, the names of those to show. In all of them
GEANT4 is black with a grey band (68 %), quantum generators are solid lines and classical references dashed, and a
generator keeps its colour. `likelihood` and `temperature`, about a Boltzmann machine, and `screening`,
about circuits that are not trained, and `conditional`, about the bits of Born machines, take their numbers as they are.
"""

from qgen.report.figures.conditional import conditional
from qgen.report.figures.correlation import correlation
from qgen.report.figures.cost import cost
from qgen.report.figures.energy_bins import energy_bins
from qgen.report.figures.events import events
from qgen.report.figures.gradients import gradients
from qgen.report.figures.histogram import histogram
from qgen.report.figures.layer_fractions import layer_fractions
from qgen.report.figures.likelihood import likelihood
from qgen.report.figures.mean_images import mean_images
from qgen.report.figures.profile import profile
from qgen.report.figures.response import response
from qgen.report.figures.score_table import score_table
from qgen.report.figures.scores import scores
from qgen.report.figures.screening import screening
from qgen.report.figures.summary import summary
from qgen.report.figures.temperature import temperature
from qgen.report.figures.times import times
from qgen.report.figures.training import training

__all__ = [
    "conditional",
    "correlation",
    "cost",
    "energy_bins",
    "events",
    "gradients",
    "histogram",
    "layer_fractions",
    "likelihood",
    "mean_images",
    "profile",
    "response",
    "score_table",
    "scores",
    "screening",
    "summary",
    "temperature",
    "times",
    "training",
]
