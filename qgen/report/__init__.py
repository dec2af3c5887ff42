"""Tables, figures and a page, all made from a scoreboard (the content of `scoreboard.json`) alone.

A scoreboard is plain data; what can be missing is left out of tables and figures:

    dataset, representation, n_reference, n_train   what was scored
    reference     distributions of the GEANT4 test showers (`qgen.comparison.summary.summarise`)
    metrics       {metric: {"label", "unit", "better", "primary", "least", "why"}} (`qgen.metrics.Description`)
    floor         {metric: {"value", "sd"}}, GEANT4 against GEANT4; floor_how says how it was measured
    notes         {metric: why it means little at this number of showers}
    rows[]        generator, family, event_level, seeds, distributions, resources,
                  metrics {name: {value, error, floor, floor_sd, z, p, note, per_seed, rank}}; no value: None, note,
                  in_energy_bins {name: {value: [...], error: [...], floor: [...], floor_sd: [...], z: [...]}},
                  history {epoch, curves {name: {mean, low, high}}} over the training seeds,
                  control (true of one that must fail), control_of and floor_of (generators that it belongs to),
                  time {fit_s, fit_interrupted, sample_ms_per_shower, batches {size: {median, low, high, repeats}}}
    paired[]      {a, b, metric, difference, error, p, p_holm}; like ranks, of rows with 3 seeds or folds and more
    unfailed[]    {control, generator, metric, difference, error, p}: where a control scores as well as a generator
                  (`qgen.comparison.controls`); None where controls were left out
    provenance    environment of the first run; commits, versions and budgets of all; what was scored: split (in words),
                  split_seed, folds, fold, test, sealed
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qgen.evaluation.shapes import require
from qgen.files import read_json
from qgen.report.schema import SCOREBOARD

Scoreboard = Mapping[str, Any]
Row = Mapping[str, Any]


def read(path: Path) -> Scoreboard:
    """Read a `scoreboard.json`.

    Raises:
        InputError: the file is missing or is no scoreboard.
    """
    what = "the scoreboard.json of qgen compare"
    content = read_json(path, what)
    require(content, SCOREBOARD, path, what)
    return dict(content)
