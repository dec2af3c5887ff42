"""A codebook of shower shapes: the voxel fractions f_i = E_i / E_tot by the nearest of a few typical shapes.

Distances are those of Hellinger, |sqrt(f) - sqrt(f')|, in which the fluctuations of large and small fractions weigh
about alike. Codewords are k-means centres, numbered along their first principal component: neighbours in number
are neighbours in shape (for a calorimeter, from early to late showers).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans

from qgen.files import InputError

__all__ = ["Codebook"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Codebook:
    """Ordered codewords.

    Attributes:
        centres: square roots of the typical fractions, shape (n_codewords, n_voxels).
    """

    centres: Floats

    @classmethod
    def fit(cls, fractions: Floats, n_codewords: int, *, seed: int) -> Self:
        """Learn codewords from fractions, shape (n, n_voxels), values in 0..1.

        Raises:
            InputError: fewer different showers than codewords.
        """
        if len(np.unique(fractions, axis=0)) < n_codewords:
            raise InputError(
                f"Codebook.fit: expected at least {n_codewords} different showers for {n_codewords} codewords, "
                f"found {len(np.unique(fractions, axis=0))}"
            )
        centres = KMeans(n_codewords, n_init=2, random_state=seed).fit(np.sqrt(fractions)).cluster_centers_
        axis = np.linalg.svd(centres - centres.mean(axis=0), full_matrices=False)[2][0]
        return cls(centres[np.argsort(centres @ (axis * np.sign(axis[np.argmax(np.abs(axis))])))])

    def forward(self, fractions: Floats) -> NDArray[np.int64]:
        """Numbers of the nearest codewords, shape (n,), of fractions (n, n_voxels)."""
        return np.asarray(cdist(np.sqrt(fractions), self.centres).argmin(axis=1), dtype=np.int64)

    def inverse(self, codewords: NDArray[np.int64]) -> Floats:
        """Typical fractions, shape (n, n_voxels), of codewords (n,); they sum to 1."""
        fractions = self.centres[codewords] ** 2
        return np.asarray(fractions / fractions.sum(axis=1, keepdims=True))
