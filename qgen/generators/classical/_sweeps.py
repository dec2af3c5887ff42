"""Compiled Gibbs sweeps of fully visible machines whose couplings differ from chain to chain, see `boltzmann`.

For one chain W = sum_d P_d(x) W_d is made once, and the fields f = b + W s are kept: a bit that turns adds its row of
W to them. Bits are drawn in order, one by one, chains one after another.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qgen.files import compiled

Array = NDArray[Any]


@compiled(nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def _at(powers: Array, b: Array, w: Array, fields: Array, couplings: Array) -> None:
    """b and W at one energy, from powers P_d(x) (degree + 1,)."""
    fields[:], couplings[:] = 0, 0
    for d in range(len(powers)):
        for i in range(len(fields)):
            fields[i] += powers[d] * b[d, i]
            for j in range(len(fields)):
                couplings[i, j] += powers[d] * w[d, i, j]


@compiled(nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def sweep(spins: Array, powers: Array, b: Array, w: Array, n_sweeps: int, rng: np.random.Generator) -> None:
    """Update every spin of every chain `n_sweeps` times, in place.

    Args:
        spins: -1 or +1, int8 (n_chains, n_bits).
        powers: P_d(x) of the chains' energies, float32 (n_chains, degree + 1).
        b: biases, float32 (degree + 1, n_bits).
        w: couplings, symmetric with zeros on the diagonal, float32 (degree + 1, n_bits, n_bits).
        n_sweeps: sweeps.
        rng: of the draws.
    """
    n = spins.shape[1]
    fields, couplings = np.empty(n, np.float32), np.empty((n, n), np.float32)
    for c in range(len(spins)):
        _at(powers[c], b, w, fields, couplings)
        s = spins[c]
        for i in range(n):
            for j in range(n):
                fields[j] += couplings[i, j] * s[i]
        for _ in range(n_sweeps):
            for i in range(n):
                up = rng.random() * (1 + np.exp(np.float64(-2 * fields[i]))) < 1
                if up != (s[i] > 0):
                    s[i] = -s[i]
                    turn = np.float32(2 * s[i])
                    for j in range(n):
                        fields[j] += turn * couplings[i, j]
