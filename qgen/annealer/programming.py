"""What is a processor told? Fields and couplings in its own units, with some spins pinned.

A processor that draws exp(-beta_effective E) of the programmed energy E is given E = (beta / beta_effective) H.
Spins are pinned in one of three ways (2410.22870), which give the same conditional distribution:

    fold           pinned spins leave the model and act as fields on the others, h' = h + J s_C; needs no qubits
    strong_field   h_i of a pinned spin is the strongest the processor has, negative to pin to +1 (p ~ e^-E);
                   it holds a spin where |h_i| > sum_j |J_ij|
    flux_bias      the same by a flux through the qubit, which is not bound to the range of h

Couplings between two pinned spins are constants and are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qgen.ising import Ising, Spins
from qgen.ising.conditions import distinct, folded_fields, restricted

Conditioning = Literal["fold", "strong_field", "flux_bias"]


@dataclass(frozen=True)
class Programme:
    """All patterns that pin the same nodes: they differ in their fields only.

    Attributes:
        model: what is programmed, couplings in units of the processor; its fields are those below.
        nodes: which nodes of the model that was asked for, shape (n,).
        fields: h of every pattern, 0 where pinned, shape (k, n).
        pins: value that a read must have, 0 where free, shape (k, n).
        members: rows of the request with that pattern, k arrays.
    """

    model: Ising
    nodes: NDArray[np.intp]
    fields: NDArray[np.float64]
    pins: Spins
    members: list[NDArray[np.intp]]

    def pattern(self, k: int, strength: float) -> Ising:
        """What is programmed for one pattern, pinned spins held by fields of a given strength (0: by none)."""
        return replace(self.model, biases=np.where(self.pins[k], -strength * self.pins[k], self.fields[k]))

    def pulls(self) -> NDArray[np.float64]:
        """sum_j |J_ij| of every pinned node, which a pinning field has to exceed."""
        return self.model.at_nodes(np.abs(self.model.couplings))[(self.pins != 0).any(axis=0)]


def programmes(model: Ising, rows: Spins, factor: float, conditioning: Conditioning) -> Iterator[Programme]:
    """What to program for every row, grouped by which nodes are pinned; rows without a free spin need nothing.

    Args:
        model: in units of temperature.
        rows: -1 or +1 where pinned, else 0, shape (n, n_nodes).
        factor: beta / beta_effective.
        conditioning: how pinned spins are held.
    """
    pinned = list(distinct(rows))
    patterns, members = np.array([pattern for pattern, _ in pinned]), [rows for _, rows in pinned]
    masks, which = np.unique(patterns != 0, axis=0, return_inverse=True)
    for number, mask in enumerate(masks):
        if mask.all():
            continue
        own = np.flatnonzero(which.reshape(-1) == number)
        mine = [members[k] for k in own]
        if conditioning == "fold" or not mask.any():
            nodes = np.flatnonzero(~mask)
            part = restricted(model, nodes, np.zeros(len(nodes)))
            part = replace(part, couplings=factor * part.couplings)
            fields = factor * folded_fields(model, patterns[own])[:, nodes]
            yield Programme(part, nodes, fields, np.zeros(fields.shape, dtype=np.int8), mine)
        else:
            coupled = ~mask[model.edges].all(axis=1)
            biases = np.where(mask, 0.0, factor * model.biases)
            j = factor * model.couplings[coupled]
            part = replace(model, biases=np.zeros(model.n_nodes), edges=model.edges[coupled], couplings=j)
            fields = np.tile(biases, (len(own), 1))
            yield Programme(part, np.arange(model.n_nodes), fields, patterns[own], mine)
