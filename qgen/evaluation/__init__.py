"""Scoring generated showers against GEANT4: values with errors, a truth floor, the distance z from it, and a p-value.

The evaluation sees showers only; it cannot know what made them. It names no metric either: it scores what the files of
`qgen.metrics` declare, or what a user names. Everything is measured by one `Ruler` (feature set, histogram edges,
energy bins) that is fixed by GEANT4 before any generated shower is looked at. The road, each step once (`harness.py`):

- `source.py`: showers, in memory or streamed from a file;
- `spectra.py`: whether their incident energies are of one spectrum;
- `sharing.py`: which block a shower belongs to, and which showers are pairs;
- `tally.py`: sums over random blocks of them, and a limited number of rows;
- `resampling.py`: weights of the blocks: resamples, which make errors, and partings of GEANT4, which make floors;
- `weighted.py`, `bins.py` and `errors.py`: scores and floors of metrics that are functions of such weights;
- `sampled.py`: scores and floors of all other metrics, from random parts of the rows;
- `notes.py`: why a score means little;
- `matching.py`: GEANT4 showers for wanted energies, which play a perfect generator;
- `result.py`: the `Evaluation`, plain data. `pairs.py` goes on from there: seeds, pairs, ranks; `folds.py`: folds.
"""

from qgen.evaluation.harness import evaluate, truth_floor
from qgen.evaluation.notes import SampleSizeWarning
from qgen.evaluation.result import Evaluation, Floor, FloorScore, Score
from qgen.evaluation.source import Source
from qgen.evaluation.spectra import Spectra, SpectraWarning

__all__ = [
    "Evaluation",
    "Floor",
    "FloorScore",
    "SampleSizeWarning",
    "Score",
    "Source",
    "Spectra",
    "SpectraWarning",
    "evaluate",
    "truth_floor",
]
