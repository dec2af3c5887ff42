"""Memorisation: are generated showers closer to the training showers than new GEANT4 showers are?

With d(z) = min over training showers t of |z - t|,

    ratio = median d(generated) / median d(reference),    reference: GEANT4 showers that were not trained on.

1 is as far from the training showers as new GEANT4, 0 a copy of them; above 1 the showers lie where there are none.
The copied fraction is the share of generated showers at or below the 1 % quantile of d(reference), about 0.01 for a
generator as good as GEANT4. Features are shifted and scaled by the reference's mean and standard deviation.

Both distances go to the same training showers, so neither ratio nor fraction is biased by unequal numbers of reference
and generated showers; they depend on the number of training showers, which is to be the same in a comparison.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.neighbors import NearestNeighbors

from qgen.files import InputError
from qgen.metrics.arrays import Floats, standardised, tables
from qgen.metrics.declaration import scored

__all__ = ["nearest_neighbour_ratio"]

CLOSE = 0.01
"""Quantile of the reference's distances at or below which a shower counts as copied."""


class NearestNeighbours(NamedTuple):
    """Attributes: ratio, >= 0, 1 at best; copied_fraction, 0..1, about 0.01 at best."""

    ratio: float
    copied_fraction: float


@scored(
    "memorisation",
    label="nearest-neighbour ratio",
    better=1.0,
    primary=False,
    place=16,
    least=100,
    why="the 1 % quantile of the distances",
    limit=1000,
    training=True,
)
def nearest_neighbour_ratio(training: ArrayLike, reference: ArrayLike, generated: ArrayLike) -> NearestNeighbours:
    """Distance to the nearest training shower, generated over reference.

    Args:
        training: features or voxels of the showers that the generator learnt from, shape (l, d).
        reference: of other GEANT4 showers, shape (n, d).
        generated: shape (m, d).

    Returns:
        ratio and copied fraction.

    Raises:
        InputError: bad shapes, values that are not finite, a reference that lies on the training showers itself.
    """
    x, t, y = standardised(*tables(reference=reference, training=training, generated=generated))
    ours, theirs = _nearest(t, x), _nearest(t, y)
    if np.median(ours) == 0:
        raise InputError("reference: expected showers that were not trained on, found most of them in training")
    close = np.quantile(ours, CLOSE)
    return NearestNeighbours(float(np.median(theirs) / np.median(ours)), float(np.mean(theirs <= close)))


def _nearest(training: Floats, rows: Floats) -> Floats:
    """Distance of every row to its nearest training row: exactly 0 for a copy, which the search is not, by rounding."""
    index = NearestNeighbors(n_neighbors=1).fit(training).kneighbors(rows, return_distance=False)[:, 0]
    return np.linalg.norm(rows - training[index], axis=1)
