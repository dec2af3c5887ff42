"""The distribution nearest to a given one that has given moments (Csiszar 1975, Ann. Probab. 3, 146).

Among all fractions g with sum_i g_i phi_i = M, the one of least relative entropy sum g ln(g/f) is an exponential tilt,

    g_i = f_i exp(lambda . phi_i) / Z(lambda),    lambda = argmin [ln Z(lambda) - lambda . M],

a convex problem in as many variables as there are moments, solved by Newton's method for all showers at once. A pixel
without energy stays so.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_STEPS = 60
LONGEST = 4.0
"""Most by which lambda . phi may change in a step."""
TOLERANCE = 1e-10
_RIDGE = 1e-12


def with_moments(fractions: Floats, phi: Floats, wanted: Floats) -> Floats:
    """Fractions g of the wanted moments, nearest to given ones; as near to them as was found where there are none.

    Args:
        fractions: f >= 0 with a sum > 0, shape (n, n_voxels).
        phi: functions whose means are the moments, within 0..1, shape (n_voxels, m).
        wanted: M, shape (n, m).

    Returns:
        g, shape (n, n_voxels), rows sum to 1.
    """
    f = fractions / fractions.sum(axis=1, keepdims=True)
    multipliers = np.zeros_like(wanted)
    tilted = f.copy()
    open_rows = np.arange(len(f))
    for _ in range(MAX_STEPS):
        g = tilted[open_rows]
        miss = g @ phi - wanted[open_rows]
        still = np.abs(miss).max(axis=1, initial=0) > TOLERANCE
        open_rows, g, miss = open_rows[still], g[still], miss[still]
        if not len(open_rows):
            break
        mean = g @ phi
        curvature = np.einsum("ni,ij,ik->njk", g, phi, phi, optimize=True) - mean[:, :, None] * mean[:, None]
        ridge = _RIDGE * np.eye(phi.shape[1])
        step = -np.linalg.solve(curvature + ridge, miss[..., None])[..., 0]
        step *= np.minimum(1, LONGEST / np.maximum(np.abs(step @ phi.T).max(axis=1), LONGEST))[:, None]
        taken = _descent(f[open_rows], phi, wanted[open_rows], multipliers[open_rows], step, miss)
        multipliers[open_rows] += taken
        tilted[open_rows] = _tilt(f[open_rows], phi, multipliers[open_rows])[0]
    return tilted


def _descent(f: Floats, phi: Floats, wanted: Floats, start: Floats, step: Floats, gradient: Floats) -> Floats:
    """The steps, halved until ln Z - lambda . M falls (Armijo's rule)."""
    slope = (step * gradient).sum(axis=1)
    before = _tilt(f, phi, start)[1] - (start * wanted).sum(axis=1)
    size = np.ones(len(f))
    for _ in range(10):
        at = start + size[:, None] * step
        after = _tilt(f, phi, at)[1] - (at * wanted).sum(axis=1)
        high = after > before + 1e-4 * size * slope + 1e-14
        if not high.any():
            break
        size[high] /= 2
    return np.asarray(size[:, None] * step)


def _tilt(f: Floats, phi: Floats, multipliers: Floats) -> tuple[Floats, Floats]:
    """g and ln Z at lambda."""
    exponent = multipliers @ phi.T
    highest = exponent.max(axis=1, keepdims=True)
    g = f * np.exp(exponent - highest)
    z = g.sum(axis=1, keepdims=True)
    return g / z, np.log(z[:, 0]) + highest[:, 0]
