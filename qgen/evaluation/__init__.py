"""Scoring generated showers against GEANT4: values with errors, a truth floor, and the distance z from it.

The evaluation sees showers only; it cannot know what made them. Everything is measured by one `Ruler` (feature set,
histogram edges, energy bins) that is fixed by GEANT4 before any generated shower is looked at, in four steps:

- `tally.py`: showers, from memory or streamed from a file, become sums over random blocks and a limited number of rows;
- `statistics.py`: every metric as a function of two weightings of the blocks. Unit weights give its value, resampled
  weights its error, and a random partition of GEANT4's blocks its truth floor;
- `floor.py`: what GEANT4 scores against GEANT4;
- `scoring.py`: value, error and z of generated showers. `pairs.py` goes on from there: seeds, pairs, ranks.
"""

from qgen.evaluation.floor import truth_floor
from qgen.evaluation.result import LABELS, PRIMARY, Evaluation, Floor, FloorScore, Score
from qgen.evaluation.scoring import evaluate
from qgen.evaluation.sizes import SampleSizeWarning
from qgen.evaluation.source import Source

__all__ = [
    "LABELS",
    "PRIMARY",
    "Evaluation",
    "Floor",
    "FloorScore",
    "SampleSizeWarning",
    "Score",
    "Source",
    "evaluate",
    "truth_floor",
]
