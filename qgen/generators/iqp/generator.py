"""IQPBornMachine: showers as bits, their distribution a circuit of commuting gates, trained by Walsh correlators.

A shower becomes a bit string (`qgen.codes`), a circuit of exp(i theta_j X_{g_j}) with theta_j(E) learns their
distribution (`model.py`) by its correlators (`correlators.py`, `objective.py`): exactly and in a minute, at 64 qubits
too. Samples are another matter: up to 20 qubits they are drawn exactly here, above no classical way is known, and
`export` writes the circuit for a quantum computer. What is left of the circuit without interference, the same gates and
angles as stochastic flips of bits, is a mode of the same class; Boltzmann machines over the same bits, with as many
parameters, are `classical/boltzmann` and `classical/rbm`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qgen.files import InputError
from qgen.generators.base import require_energies
from qgen.generators.bits.energy import EnergyBins
from qgen.generators.bits.gates import listed_gates, require_gates
from qgen.generators.bits.generator import Bits, BitStringGenerator
from qgen.generators.bits.walsh import bandwidth, bit_means
from qgen.generators.iqp.circuit import MOST_EXACT, IQPCircuit
from qgen.generators.iqp.correlators import Operators
from qgen.generators.iqp.export import cost, export, to_qiskit
from qgen.generators.iqp.model import WalshModel, unsampled
from qgen.generators.iqp.objective import WalshMMD
from qgen.generators.iqp.start import start
from qgen.generators.protocol import Family, Traits
from qgen.plugins import near_miss
from qgen.plugins.options import require_real, require_whole
from qgen.representations import represent
from qgen.showers import Showers
from qgen.training import Batch, Run, generator

__all__ = ["IQPBornMachine"]

OWNER = "IQPBornMachine"
MODES: Mapping[str, Family] = {"quantum": "gate", "bit_flip": "classical", "independent": "classical"}
"""Families by mode."""
MOVED = ("boltzmann", "rbm")
"""Were modes, and are generators of their own."""
MOST = 100.0
"""Bits of an operator on average, and bandwidths: wider kernels see next to nothing."""
LEAST = {
    "body": 1,
    "hidden": 0,
    "branches": 1,
    "degree": 0,
    "energy_bins": 1,
    "energies_per_bin": 1,
    "operators": 1,
    "epochs": 0,
}


class IQPBornMachine(BitStringGenerator):
    """Conditional IQP Born machine (1904.02214, 2503.02934), and its classical analogue.

    Args:
        mode: "quantum"; "bit_flip", where every gate flips its bits with probability sin^2 theta; "independent", gates
            on single bits only.
        representation: what it learns and emits.
        code: between showers and bits, see `qgen.codes`.
        code_options: of the code.
        gates: "all" products of up to `body` of the qubits, or a list of lists of qubits, [[0], [1], [0, 1]].
        body: most qubits of a gate, with "all"; 1 and 2 have exact correlators.
        hidden: qubits that are traced out ("quantum").
        branches: L, circuits that are mixed, a power of two ("quantum", "bit_flip").
        degree: of the polynomials theta_j(E).
        orders: mean numbers of bits of the operators that the discrepancy takes, one for each bandwidth.
        bandwidths: of the discrepancy's kernel, instead of `orders`.
        energy_bins: in which distributions are compared, >= 1.
        energies_per_bin: at which the model is averaged in a bin.
        operators: drawn per step.
        spread: of the joint gates' angles at the start [rad].
        epochs: optimiser steps, each on all showers; 0 leaves the angles at their start.
        learning_rate: of Adam at the start, lowered along half a cosine.
    """

    family = "gate"
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 40.0, "standard": 40.0}

    model_: WalshModel

    def __init__(
        self,
        *,
        mode: str = "quantum",
        representation: str = "image8x8",
        code: Any = "hits",
        code_options: Mapping[str, Any] | None = None,
        gates: Any = "all",
        body: int = 2,
        hidden: int = 0,
        branches: int = 1,
        degree: int = 2,
        orders: Sequence[float] = (1.0, 2.0, 3.0, 6.0),
        bandwidths: Sequence[float] | None = None,
        energy_bins: int = 8,
        energies_per_bin: int = 2,
        operators: int = 400,
        spread: float = 0.05,
        epochs: int = 400,
        learning_rate: float = 0.02,
    ) -> None:
        self.mode = mode
        self.representation = representation
        self.code = code
        self.code_options = code_options
        self.gates = gates
        self.body = body
        self.hidden = hidden
        self.branches = branches
        self.degree = degree
        self.orders = orders
        self.bandwidths = bandwidths
        self.energy_bins = energy_bins
        self.energies_per_bin = energies_per_bin
        self.operators = operators
        self.spread = spread
        self.epochs = epochs
        self.learning_rate = learning_rate

    @property
    def traits(self) -> Traits:
        """Family, event level and representation."""
        return Traits(MODES.get(self.mode, self.family), self.event_level, self.representation)

    def require_options(self) -> None:
        """Check mode, sizes and what a mode does not have.

        Raises:
            InputError: one that is out of range or unknown.
        """
        options, mode = self.get_params(), self.mode
        if mode in MOVED:
            raise InputError(f"{OWNER}: mode {mode!r} is a generator of its own, expected classical/{mode}")
        if not isinstance(mode, str) or mode not in MODES:
            expected = f"expected one of {', '.join(MODES)}{near_miss(str(mode), MODES)}"
            raise InputError(f"{OWNER}: unknown mode {mode!r}, {expected}")
        require_whole(OWNER, options, LEAST)
        require_real(OWNER, options, {"learning_rate": np.inf, "spread": np.inf})
        if self.hidden and mode != "quantum":
            raise InputError(f"{OWNER}: mode {mode!r} has no hidden qubits, found hidden={self.hidden!r}")
        if mode == "independent" and self.branches > 1:
            raise InputError(f"{OWNER}: mode {mode!r} is no mixture, found branches={self.branches!r}")
        for name in ("orders",) if self.bandwidths is None else ("orders", "bandwidths"):
            values = options[name]
            listed = isinstance(values, list | tuple) and len(values) > 0
            if not listed or not all(isinstance(v, Real) and 0 < float(v) <= MOST for v in values):
                raise InputError(f"{OWNER}: expected {name} as a list of numbers in 0..{MOST:g}, found {values!r}")

    def require_samples(self, showers: Showers, *, seed: int) -> None:
        """Check the number of qubits, which the code tells once it has learnt.

        Raises:
            InputError: a circuit of too many.
        """
        if self.mode != "quantum":
            return
        n = self._learnt_code(represent(showers, self.representation), seed).n_bits + self.hidden
        if n > MOST_EXACT:
            raise InputError(f"iqp: {unsampled(n)}; to compare it, take fewer bits, e.g. iqp:code=codebook")

    def _start(self, x: Tensor, bits: Bits, run: Run) -> tuple[WalshMMD, Batch]:
        batch = {"x": x, "bits": torch.from_numpy(bits.astype(np.float32))}
        self.model_ = self._untrained()
        bins = EnergyBins(x, self.energy_bins, self.energies_per_bin)
        means = bit_means(bins, **batch)
        start(self.model_, means, bins.nodes.mean(dim=1), self.spread, generator(run.seed, 3))
        n = self.code_.n_bits
        objective = WalshMMD(
            self.model_,
            bins,
            bandwidths=self.bandwidths or [bandwidth(order, n) for order in self.orders],
            n_operators=self.operators,
            learning_rate=self.learning_rate,
        )
        return objective, batch

    def _untrained(self) -> WalshModel:
        n = self.code_.n_bits
        return WalshModel(
            self._gates(n),
            n,
            n_hidden=self.hidden,
            kind="quantum" if self.mode == "quantum" else "bit_flip",
            degree=self.degree,
            branches=self.branches,
        )

    def _gates(self, n_bits: int) -> list[tuple[int, ...]]:
        """Those of the mode; gates on hidden qubits alone are left out: they do nothing to the others."""
        most = 1 if self.mode == "independent" else np.inf
        listed = listed_gates(OWNER, self.gates, int(min(self.body, most)), n_bits + self.hidden)
        gates = [gate for gate in listed if min(gate) < n_bits and len(gate) <= most]
        require_gates(gates, n_bits + self.hidden)
        return gates

    def _correlators(self, x: Tensor, a: NDArray[Any], rng: np.random.Generator) -> NDArray[np.float64]:
        """Of the model itself: estimates on more than six bits, or of gates on more than two qubits; others exact."""
        with torch.no_grad():
            halves = self.model_.correlators(x, Operators.of(a, rng=rng), rng)
        return np.asarray(halves.mean(dim=2).double().numpy())

    def circuit(self, incident_energy: float) -> IQPCircuit:
        """The circuit at an energy [MeV]; a mixture is one circuit, on log2 L more qubits.

        Raises:
            InputError: not fitted yet, an energy that is not > 0, or a classical mode.
        """
        self._require_fitted()
        return self.model_.circuit(self._scaled(require_energies([incident_energy], self.energy_range_)).item())

    def export(self, path: str | Path, incident_energy: float, *, parametric: bool = False) -> dict[str, float]:
        """Write the circuit at an energy [MeV] as OpenQASM 3, for a quantum computer; see `qgen.generators.iqp.export`.

        Args:
            path: to write.
            incident_energy: [MeV].
            parametric: leave the angles open, to be bound for every energy.

        Returns:
            `n_qubits`, `one_qubit_gates`, `two_qubit_gates`, `depth`, `two_qubit_depth`.

        Raises:
            InputError: not fitted yet, an energy that is not > 0, or a classical mode.
        """
        return export(self.circuit(incident_energy), path, parametric=parametric)

    def resources(self) -> dict[str, float]:
        """`n_parameters`, `n_bits`, `classical_parameters` of the code; for a circuit also what it costs (`cost`).

        Raises:
            InputError: not fitted yet.
        """
        sizes = super().resources()
        if self.mode == "quantum":
            sizes |= {**cost(to_qiskit(self.circuit(self.energy_range_[0]))), "shots": 1.0}
        return sizes
