"""Devices that a circuit is compiled for, by name; none of them is contacted.

    heavy_hex, line, ring, grid, full     a coupling map with gates cz, rz, sx, x; heavy_hex:40 has 40 or more qubits
    FakeTorino, FakeBrisbane, ...         snapshots of real processors (pip install "qgen-hep[ibm]")

A generic device is Qiskit's `GenericBackendV2`: its error rates are drawn from a fixed seed and mean nothing, they only
break ties between equally good layouts.
"""

import importlib
import math
import re
from collections.abc import Callable
from typing import Any

from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap

from qgen.files import InputError
from qgen.plugins import near_miss

GATES = ("cz", "rz", "sx", "x")
FEWEST = 20
"""Qubits of a generic device that is named without a number, unless the circuit has more."""


def _heavy_hex(n: int) -> Any:
    """The smallest heavy-hexagonal lattice of distance 3, 5, 7, ..., which has (5 d^2 - 2 d - 1)/2 qubits."""
    distance = 3
    while (5 * distance**2 - 2 * distance - 1) // 2 < n:
        distance += 2
    return CouplingMap.from_heavy_hex(distance)


def _grid(n: int) -> Any:
    rows = math.isqrt(n - 1) + 1
    return CouplingMap.from_grid(rows, -(-n // rows))


MAPS: dict[str, Callable[[int], Any]] = {
    "heavy_hex": _heavy_hex,
    "line": CouplingMap.from_line,
    "ring": CouplingMap.from_ring,
    "grid": _grid,
    "full": CouplingMap.from_full,
}
"""Coupling maps with at least so many qubits."""


def device(name: str, n_qubits: int) -> Any:
    """A device as `qiskit.providers.BackendV2`.

    Args:
        name: one of the above.
        n_qubits: of the circuit that must fit.

    Raises:
        InputError: no such device, one that is too small, or a missing extra.
    """
    generic = re.fullmatch(r"([a-z_]+)(?::([1-9]\d{0,2}))?", name)
    if generic and generic[1] in MAPS:
        coupling = MAPS[generic[1]](max(2, int(generic[2] or max(FEWEST, n_qubits))))  # CZ needs two
        backend = GenericBackendV2(coupling.size(), basis_gates=list(GATES), coupling_map=coupling, seed=0)
    elif name.startswith("Fake"):
        backend = _snapshot(name)
    else:
        raise InputError(
            f"device: expected one of {', '.join(MAPS)} (with :number of qubits) or a snapshot such as FakeTorino, "
            f"found {name!r}{near_miss(name, MAPS)}"
        )
    if backend.num_qubits < n_qubits:
        raise InputError(f"device {name}: expected at least {n_qubits} qubits, found {backend.num_qubits}")
    return backend


def _snapshot(name: str) -> Any:
    try:
        provider = importlib.import_module("qiskit_ibm_runtime.fake_provider")
    except ModuleNotFoundError as error:
        raise InputError(f'device {name}: needs qiskit-ibm-runtime: pip install "qgen-hep[ibm]"') from error
    snapshots = [key for key in vars(provider) if key.startswith("Fake") and not key.startswith("FakeProvider")]
    if name not in snapshots:
        raise InputError(f"device {name}: no such snapshot in qiskit-ibm-runtime{near_miss(name, snapshots)}")
    return getattr(provider, name)()
