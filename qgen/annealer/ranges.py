"""What are the ranges of a processor, and how are programmes made to fit into them?

With automatic scaling off, a field or coupling outside its range is refused. Here such values are clipped, which
distorts the model, or everything is scaled down with one factor, which keeps it and samples it at a higher temperature.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from qgen.annealer.programming import Programme
from qgen.files import InputError
from qgen.ising import Ising

OutOfRange = Literal["clip", "scale"]


@dataclass(frozen=True)
class Ranges:
    """What a processor can be told.

    Attributes:
        h: lowest and highest field.
        j: lowest and highest coupling.
        total: lowest and highest sum of the couplings of a qubit, or of a group of them.
        graph: of the processor, where `total` is per group (Zephyr); None where it is per qubit.
    """

    h: tuple[float, float]
    j: tuple[float, float]
    total: tuple[float, float] = (-np.inf, np.inf)
    graph: Any = None

    @classmethod
    def of(cls, client: Any) -> "Ranges":
        """From the properties of a solver."""
        given: Mapping[str, Any] = client.properties
        h, j = given["h_range"], given.get("extended_j_range") or given["j_range"]
        group, qubit = given.get("per_group_coupling_range"), given.get("per_qubit_coupling_range")
        low, high = group or qubit or (-np.inf, np.inf)
        return cls((h[0], h[1]), (j[0], j[1]), (low, high), client.to_networkx_graph() if group else None)

    @property
    def strongest(self) -> float:
        """The largest field that both signs have."""
        return float(min(-self.h[0], self.h[1]))

    def totals(self, model: Ising) -> NDArray[np.float64]:
        """Sums of couplings that `total` is about; none for a model that is not on qubits yet."""
        if model.qubits is None:
            return np.empty(0)
        if self.graph is None:
            return model.at_nodes(model.couplings)
        couplers = model.qubits[model.edges]
        return np.asarray(_groups(self.graph, couplers.tobytes(), str(couplers.dtype)) @ model.couplings)


@lru_cache(maxsize=16)
def _groups(graph: Any, couplers: bytes, dtype: str) -> sparse.csr_array:
    """1 where a coupler is in a group of the processor, shape (n_groups, n_couplers)."""
    from dwave.system.coupling_groups import coupling_groups

    pairs = np.frombuffer(couplers, dtype=dtype).reshape(-1, 2).tolist()
    place = {frozenset(pair): edge for edge, pair in enumerate(pairs)}
    groups = list(coupling_groups(graph.edge_subgraph(map(tuple, pairs))))
    members = [(row, place[frozenset(pair)]) for row, group in enumerate(groups) for pair in group]
    rows, columns = np.array(members, dtype=np.intp).reshape(-1, 2).T
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(groups), len(pairs)))


@dataclass(frozen=True)
class Fitted:
    """Programmes inside the ranges of a processor.

    Attributes:
        programmes: as they will be sent.
        scale: factor that everything was multiplied with.
        clipped_h: fraction of the fields, over all patterns, that were clipped.
        clipped_j: fraction of the couplings that were clipped.
        clipped: fraction of both together.
    """

    programmes: list[Programme]
    scale: float
    clipped_h: float
    clipped_j: float
    clipped: float


def fit(asked: Sequence[Programme], ranges: Ranges, how: OutOfRange) -> Fitted:
    """Programmes with everything inside its range.

    All are scaled with one factor, so that all are at the same temperature.

    Raises:
        InputError: clipping leaves a sum of couplings outside its range.
    """
    scale = 1.0
    if how == "scale":
        rooms = [(p.fields, ranges.h) for p in asked]
        rooms += [(p.model.couplings, ranges.j) for p in asked]
        rooms += [(ranges.totals(p.model), ranges.total) for p in asked]
        scale = min([1.0, *(_room(values, limits) for values, limits in rooms)])
    fitted, count, bad = [], np.zeros(2), np.zeros(2)
    for p in asked:
        h, j = scale * p.fields, scale * p.model.couplings
        count += (p.pins == 0).sum(), j.size
        bad += _outside(h, ranges.h).sum(), _outside(j, ranges.j).sum()
        model = replace(p.model, couplings=np.clip(j, *ranges.j))
        fitted.append(replace(p, fields=np.clip(h, *ranges.h), model=model))
        sums = ranges.totals(model)
        if _outside(sums, ranges.total).any():
            low, high = ranges.total
            raise InputError(
                f"couplings: expected the sum of a qubit or group of qubits from {low} to {high}, found "
                f'{sums.min():.3g} to {sums.max():.3g}; use out_of_range="scale"'
            )
    share = bad / np.maximum(count, 1)
    return Fitted(fitted, scale, float(share[0]), float(share[1]), float(bad.sum() / max(count.sum(), 1)))


def _room(values: NDArray[np.float64], limits: tuple[float, float]) -> float:
    """The largest factor that keeps all values inside the limits; infinite if all are zero."""
    worst = max(values.max(initial=0) / limits[1], values.min(initial=0) / limits[0])
    return float(1 / worst) if worst > 0 else np.inf


def _outside(values: NDArray[np.float64], limits: tuple[float, float]) -> NDArray[np.bool_]:
    """Which values are outside, by more than rounding."""
    return np.asarray((values < limits[0] * (1 + 1e-9)) | (values > limits[1] * (1 + 1e-9)))
