"""Graded defects of generated showers: what a generator could get wrong, made from GEANT4 showers on the 8x8 image.

Every defect takes a pool of faultless showers and the energies that are asked for, and gives one shower for each: those
of the pool that are nearest in energy (`qgen.evaluation.matching`), with the defect. Grade 0 is no defect.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qgen.evaluation.matching import matched
from qgen.showers import Showers

Floats = NDArray[np.float64]

SIDE = 8
ROW = 3
"""The row beside the core: a fifth of a shower's energy."""
NEIGHBOURS = 8
"""Showers of neighbouring energy that swap a row."""
N_STEPS = 12


def wider(pool: Showers, energy: Floats, grade: float, rng: np.random.Generator) -> Showers:
    """Widths of every shower 1 + grade times as large on both axes, about its centre; centre and total are kept.

    Of all images with these moments it is the nearest in relative entropy: with x, y from the centre, in pixels,

        E'(x, y) ~ E(x, y) exp(a x + b x^2 + c y + d y^2),

    the four numbers by Newton's method, shower by shower. (Stretching pixels of 15 mm would put a large part of the
    core into its neighbours, whatever the grade.)
    """
    showers = matched(pool, energy)
    share = showers.voxels / showers.total_energy[:, None]
    places = np.stack(np.divmod(np.arange(SIDE * SIDE), SIDE), axis=1).astype(np.float64)
    from_centre = places - (share @ places)[:, None]
    variance = np.einsum("np,npa->na", share, from_centre**2)
    wanted = np.concatenate([from_centre, from_centre**2 - ((1 + grade) ** 2 * variance)[:, None]], axis=2)
    return _with_voxels(showers, _with_mean_zero(share, wanted))


def _with_mean_zero(share: Floats, t: Floats) -> Floats:
    """The shares p' ~ p exp(l.t) of pixels for which the mean of t is 0, shapes (n, pixels) and (n, pixels, k)."""
    multipliers, found = np.zeros((len(t), t.shape[2])), share
    for _ in range(N_STEPS):
        mean = np.einsum("np,npk->nk", found, t)
        second = np.einsum("np,npk,npl->nkl", found, t, t) - mean[:, :, None] * mean[:, None]
        second += 1e-9 * np.eye(t.shape[2])  # of a shower in a single row
        multipliers -= np.linalg.solve(second, mean[:, :, None])[:, :, 0]
        exponent = np.einsum("npk,nk->np", t, multipliers)
        found = share * np.exp(exponent - exponent.max(axis=1, keepdims=True))
        found /= found.sum(axis=1, keepdims=True)
    return found


def uncorrelated(pool: Showers, energy: Floats, grade: float, rng: np.random.Generator) -> Showers:
    """The depth profile of one row is that of another shower of neighbouring energy, in a share `grade` of the showers.

    Every row keeps its sum, so only correlations between this row and the others are lost.
    """
    showers = matched(pool, energy)
    groups = np.array_split(np.argsort(energy), max(1, len(energy) // NEIGHBOURS))
    donor = np.arange(len(energy))
    for k in rng.permutation(len(groups))[: round(grade * len(groups))]:
        donor[groups[k]] = rng.permutation(groups[k])
    images = showers.voxels.reshape(-1, SIDE, SIDE).astype(np.float64)
    row = images[:, ROW]
    sums = row.sum(axis=1, keepdims=True)
    images[:, ROW] = np.where(sums[donor] > 0, row[donor] * sums / np.where(sums > 0, sums, 1.0)[donor], row)
    return _with_voxels(showers, images.reshape(len(images), -1))


def clipped(pool: Showers, energy: Floats, grade: float, rng: np.random.Generator) -> Showers:
    """No pixel has more of E_inc than all but a share `grade` of GEANT4's showers have there; the total is kept."""
    showers = matched(pool, energy)
    most = np.quantile(pool.voxels / pool.incident_energy[:, None], 1 - grade, axis=0)
    return _with_voxels(showers, np.minimum(showers.voxels, most * energy[:, None]))


def early(pool: Showers, energy: Floats, grade: float, rng: np.random.Generator) -> Showers:
    """The share `grade` of the showers that begin last, for their energy, is replaced by others of that energy."""
    depth = pool.voxels.reshape(-1, SIDE, SIDE).sum(axis=1) @ np.arange(SIDE) / pool.total_energy
    log_energy = np.log(pool.incident_energy)
    late = depth - np.polyval(np.polyfit(log_energy, depth, 1), log_energy)
    return matched(pool.select(late <= np.quantile(late, 1 - grade)), energy)


def of_lower_energy(pool: Showers, energy: Floats, grade: float, rng: np.random.Generator) -> Showers:
    """Shapes of showers of the energy E / (1 + grade); the response is as it should be."""
    showers = matched(pool, energy / (1 + grade))
    return replace(showers, voxels=showers.voxels * np.float32(1 + grade), incident_energy=energy)


def stronger(pool: Showers, energy: Floats, grade: float, rng: np.random.Generator) -> Showers:
    """All energies 1 + grade times as large."""
    showers = matched(pool, energy)
    return replace(showers, voxels=showers.voxels * np.float32(1 + grade))


def _with_voxels(showers: Showers, voxels: Floats) -> Showers:
    """Other images of the same total energy."""
    scale = showers.total_energy / voxels.sum(axis=1)
    return replace(showers, voxels=(voxels * scale[:, None]).astype(np.float32))


@dataclass(frozen=True)
class Defect:
    """A defect and its grades.

    Attributes:
        label: of a panel.
        grade: what its grade is, for an axis.
        grades: from small to large, as fractions.
        make: (pool, energies, grade, rng) -> generated showers.
    """

    label: str
    grade: str
    grades: tuple[float, ...]
    make: Callable[[Showers, Floats, float, np.random.Generator], Showers]


DEFECTS: Mapping[str, Defect] = {
    "widths": Defect("widths too large", "by", (0.01, 0.02, 0.05, 0.1), wider),
    "correlation": Defect("one row uncorrelated", "share of showers", (0.25, 0.5, 1.0), uncorrelated),
    "tails": Defect("tails cut", "quantile cut off", (0.01, 0.03, 0.1), clipped),
    "mode": Defect("latest showers missing", "share of showers", (0.02, 0.05, 0.1), early),
    "energy": Defect("shape of a lower energy", "energy off by", (0.05, 0.1, 0.2), of_lower_energy),
    "response": Defect("response too large", "by", (0.005, 0.01, 0.02), stronger),
}
