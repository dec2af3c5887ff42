"""Hyper-parameters of the IQP Born machine: checks, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from qgen.files import InputError
from qgen.generators.iqp.circuit import all_gates, require_gates
from qgen.generators.iqp.objective import bandwidth
from qgen.generators.iqp.rbm import LEVELS
from qgen.generators.protocol import Family
from qgen.plugins import near_miss
from qgen.plugins.options import require_real, require_whole

OWNER = "IQPBornMachine"
MOST = 100.0
"""Bits of an operator on average, and bandwidths: wider kernels see next to nothing."""
MODES: Mapping[str, Family] = {
    "quantum": "gate",
    "bit_flip": "classical",
    "independent": "classical",
    "boltzmann": "classical",
    "rbm": "classical",
}
"""Families by mode."""
MACHINES = ("boltzmann", "rbm")
RATE, RATES = 0.02, {"boltzmann": 0.01, "rbm": 0.005}
"""Learning rates where none is given: of circuits, and of machines by mode."""
STEP_COUNT, STEPS = 400, {"boltzmann": 1000, "rbm": 1000}
"""Steps, likewise."""
WHOLE = {"body": 1, "branches": 1, "degree": 0, "energy_bins": 1, "energies_per_bin": 1, "operators": 1, "epochs": 0}


def require_options(options: Mapping[str, Any]) -> None:
    """Check hyper-parameters.

    Raises:
        InputError: one that cannot be.
    """
    mode = options["mode"]
    if not isinstance(mode, str) or mode not in MODES:
        raise InputError(f"{OWNER}: unknown mode {mode!r}, expected one of {', '.join(MODES)}{near_miss(mode, MODES)}")
    require_whole(OWNER, {**options, "epochs": epochs_of(options)}, WHOLE)
    require_real(OWNER, {**options, "learning_rate": rate_of(options)}, {"learning_rate": np.inf, "spread": np.inf})
    if options["hidden"] is not None:
        require_whole(OWNER, options, {"hidden": 1 if mode == "rbm" else 0})
    if options["hidden"] and mode not in ("quantum", "rbm"):
        raise InputError(f"{OWNER}: mode {mode!r} has no hidden units, found hidden={options['hidden']!r}")
    if mode in ("independent", *MACHINES) and options["branches"] > 1:
        raise InputError(f"{OWNER}: mode {mode!r} is no mixture, found branches={options['branches']!r}")
    listed = options["gates"] if isinstance(options["gates"], list | tuple) else []
    most = max((len(gate) for gate in listed if _qubits(gate)), default=options["body"])
    if mode == "boltzmann" and most > 2:
        raise InputError(f"{OWNER}: mode 'boltzmann' has no more than pairs, found gates on {most} bits")
    for name in ("orders", "bandwidths"):
        values = options[name]
        if name == "bandwidths" and values is None:
            continue
        numbers = isinstance(values, list | tuple) and all(isinstance(v, Real) and 0 < float(v) <= MOST for v in values)
        if not numbers or not len(values):
            raise InputError(f"{OWNER}: expected {name} as a list of numbers in 0..{MOST:g}, found {values!r}")


def gates_of(options: Mapping[str, Any], n_bits: int) -> list[tuple[int, ...]]:
    """The gates, those on hidden qubits alone left out: they do nothing to the others.

    Raises:
        InputError: gates that do not fit the qubits, or none that the mode has.
    """
    hidden = (options["hidden"] or 0) if options["mode"] == "quantum" else 0
    gates = options["gates"]
    if gates == "all":
        made = all_gates(n_bits + hidden, 1 if options["mode"] == "independent" else options["body"])
    elif isinstance(gates, list | tuple) and all(_qubits(gate) for gate in gates):
        made = [tuple(gate) for gate in gates]
        require_gates(made, n_bits + hidden)
    else:
        raise InputError(f"{OWNER}: expected gates 'all' or a list of lists of qubits, found {gates!r:.60}")
    kept = [gate for gate in made if min(gate) < n_bits and (options["mode"] != "independent" or len(gate) == 1)]
    require_gates(kept, n_bits + hidden)
    return kept


def _qubits(gate: Any) -> bool:
    return isinstance(gate, list | tuple) and all(isinstance(qubit, int) for qubit in gate)


def widths_of(options: Mapping[str, Any], n_bits: int) -> list[float]:
    """Bandwidths, from the orders where none are given."""
    return list(options["bandwidths"] or [bandwidth(order, n_bits) for order in options["orders"]])


def rate_of(options: Mapping[str, Any]) -> Any:
    """The learning rate."""
    return RATES.get(options["mode"], RATE) if options["learning_rate"] is None else options["learning_rate"]


def epochs_of(options: Mapping[str, Any]) -> Any:
    """Steps of the training."""
    return STEPS.get(options["mode"], STEP_COUNT) if options["epochs"] is None else options["epochs"]


def hidden_units(options: Mapping[str, Any], n_bits: int) -> int:
    """Of an RBM; by default as many as give it the parameters of the circuit."""
    if options["hidden"] is not None:
        return int(options["hidden"])
    angles = (options["degree"] + 1) * options["branches"] * len(gates_of({**options, "mode": "bit_flip"}, n_bits))
    return max(1, round((angles - n_bits * LEVELS) / (n_bits + LEVELS)))
