"""Scoring generated showers against GEANT4: values with errors, a truth floor, and the distance z from it.

The evaluation sees showers only; it cannot know what made them. It names no metric either: it scores what the files of
`qgen.metrics` declare, or what a user names. Everything is measured by one `Ruler` (feature set, histogram edges,
energy bins) that is fixed by GEANT4 before any generated shower is looked at. The road, each step once (`harness.py`):

- `source.py`: showers, in memory or streamed from a file;
- `tally.py`: sums over random blocks of them, and a limited number of rows;
- `resampling.py`: weights of the blocks: resamples, which make errors, and partings of GEANT4, which make floors;
- `weighted.py`, `bins.py` and `errors.py`: scores and floors of metrics that are functions of such weights;
- `sampled.py`: scores and floors of all other metrics, from random parts of the rows;
- `notes.py`: why a score means little;
- `result.py`: the `Evaluation`, plain data. `pairs.py` goes on from there: seeds, pairs, ranks; `folds.py`: folds.
"""

from qgen.evaluation.harness import evaluate, truth_floor
from qgen.evaluation.notes import SampleSizeWarning
from qgen.evaluation.result import Evaluation, Floor, FloorScore, Score
from qgen.evaluation.source import Source

__all__ = [
    "Evaluation",
    "Floor",
    "FloorScore",
    "SampleSizeWarning",
    "Score",
    "Source",
    "evaluate",
    "truth_floor",
]
