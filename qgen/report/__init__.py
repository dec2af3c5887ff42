"""Tables, figures and a page, all made from a scoreboard (the content of `scoreboard.json`) alone.

A scoreboard is plain data:

    dataset, representation, n_reference, n_train     what was scored
    reference                                        distributions of the GEANT4 test showers (`evaluation.summarise`)
    floor                                            {metric: {"value", "sd"}}, GEANT4 against GEANT4
    rows[]                                           generator, family, event_level, seeds,
                                                     metrics {name: {value, error, floor, floor_sd, z, per_seed}},
                                                     distributions, resources, time {fit_s, sample_ms_per_shower}
    paired[]                                         paired comparisons
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qgen.files import InputError

Scoreboard = Mapping[str, Any]
Row = Mapping[str, Any]


def read(path: Path) -> Scoreboard:
    """Read a `scoreboard.json`.

    Raises:
        InputError: the file is missing or is no scoreboard.
    """
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: expected the scoreboard.json of qgen compare, found: {error}") from error
    missing = {"dataset", "representation", "reference", "floor", "rows"} - set(content)
    if missing:
        raise InputError(f"{path}: expected a scoreboard, found no {', '.join(sorted(missing))}")
    return dict(content)
