"""Errors of distances, which near their floor fluctuate less than their resamples.

A squared distance of d = delta + noise of variance s^2 fluctuates by

    Var = 4 delta^2 s^2 + 2 s^4,    but its resamples by    Var* = 4 d^2 s^2 ~ 4 delta^2 s^2 + 4 s^4 .

By how much that is too large for GEANT4 against GEANT4, Var0* - floor_sd^2, is measured with the floor and taken off:

    error^2 = max(floor_sd^2, Var* - (Var0* - floor_sd^2) min(1, Var0* / Var*)) ;

the last factor fades it out as the first term of Var* comes to rule, for distances whose floor is 0 (unbiased ones) as
well. Such distances are skewed, so half the central 68 % stands for each standard deviation. Distances that are roots
(sliced, correlation, ...) are treated in their squares.
"""

import numpy as np

from qgen.evaluation.resampling import half_width
from qgen.evaluation.result import FloorScore
from qgen.metrics.arrays import Floats


def error_near_floor(value: float, moved: Floats, floor: FloorScore, order: float, ratio: float = 1.0) -> float:
    """68 % error of a distance from how it moves with resampled showers.

    Args:
        value: of the metric; nan gives nan.
        moved: by how much in each resample.
        floor: of the metric, at the size of the value.
        order: 1 for squared distances, 1/2 for distances.
        ratio: (1/n + 1/m) of the value over that of the resamples.
    """
    if not np.isfinite(value):
        return float("nan")
    squared = order < 1
    width = half_width(moved) * (2 * value if squared else 1.0)
    null = (floor.high**2 - floor.low**2 if squared else floor.high - floor.low) / 2
    unit = max(width, null, floor.resampled)  # squares of far too large distances would overflow
    if unit == 0:
        return 0.0
    resampled, of_null = (width / unit) ** 2 * ratio, (floor.resampled / unit) ** 2
    excess = max(0.0, of_null / ratio - (null / unit) ** 2)
    near = min(1.0, of_null / resampled) if resampled else 1.0
    variance = max((null / unit) ** 2, resampled - excess * near)
    return float(unit * np.sqrt(variance) / (2 * max(value, floor.value) if squared else 1.0))
