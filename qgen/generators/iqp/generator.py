"""IQPBornMachine: showers as bits, their distribution a circuit of commuting gates, trained by Walsh correlators.

A shower becomes a bit string (`qgen.codes`), a circuit of exp(i theta_j X_{g_j}) with theta_j(E) learns their
distribution (`model.py`) by its correlators (`correlators.py`, `objective.py`): exactly and in a minute, at 64 qubits
too. Samples are another matter: up to 20 qubits they are drawn exactly here, above no classical way is known, and
`export` writes the circuit for a quantum computer. What is left of the circuit without interference, the same gates and
angles as stochastic flips of bits, is a mode of the same class; Boltzmann machines over the same bits, with as many
parameters, are `classical/boltzmann` and `classical/rbm`.
"""

from collections.abc import Mapping, Sequence
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
from qgen.generators.iqp.export import export, to_qiskit
from qgen.generators.iqp.model import WalshModel, unsampled
from qgen.generators.iqp.objective import WalshMMD
from qgen.generators.protocol import Family, Traits
from qgen.plugins import option
from qgen.simulation.qiskit_circuits import cost
from qgen.training import Batch, Run, generator

OWNER = "IQPBornMachine"
MODES: Mapping[str, Family] = {"quantum": "gate", "bit_flip": "classical", "independent": "classical"}
"""Families by mode."""
MOVED = ("boltzmann", "rbm")
"""Were modes, and are generators of their own."""
MOST = 100
"""Bits of an operator on average, and bandwidths: wider kernels see next to nothing."""


class IQPBornMachine(BitStringGenerator):
    """Conditional IQP Born machine (1904.02214, 2503.02934), and its classical analogue."""

    family = "gate"
    quick: ClassVar[Mapping[str, Any]] = {"epochs": 100}
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 5.0, "standard": 20.0}

    mode: str = option(
        "the circuit; bit_flip, where every gate flips its bits with probability sin^2 theta; independent, gates on "
        "single bits only",
        default="quantum",
        choices=MODES,
    )
    gates: Any = option(
        "all products of up to `body` of the qubits, or a list of lists of qubits, [[0], [1], [0, 1]]", default="all"
    )
    body: int = option(
        "most qubits of one gate, where gates is all; 1 and 2 have exact correlators", default=2, least=1
    )
    hidden: int = option("number of qubits that are not measured but traced out", default=0, least=0)
    branches: int = option("L, circuits that are mixed, a power of two; not of independent", default=1, least=1)
    degree: int = option("of the polynomials theta_j(E)", default=2, least=0)
    orders: Sequence[float] = option(
        "mean numbers of bits of the operators that the discrepancy takes, one for each bandwidth",
        default=(1.0, 2.0, 3.0, 6.0),
        above=0,
        most=MOST,
    )
    bandwidths: Sequence[float] | None = option(
        "of the discrepancy's kernel, instead of `orders`", default=None, above=0, most=MOST
    )
    energy_bins: int = option("in which distributions are compared", default=8, least=1)
    energies_per_bin: int = option("at which the model is averaged in a bin", default=2, least=1)
    operators: int = option("drawn per step", default=400, least=1)
    spread: float = option("of the joint gates' angles at the start [rad]", default=0.05, least=0, most=10)
    epochs = 400
    learning_rate = 0.02

    @property
    def traits(self) -> Traits:
        """Family, event level and representation."""
        return Traits(MODES.get(self.mode, self.family), self.event_level, self.representation)

    @property
    def can_sample(self) -> bool:
        """Whether a fitted model gives showers here: a classical mode, or a circuit of at most MOST_EXACT qubits."""
        return self.mode != "quantum" or self.code_.n_bits + self.hidden <= MOST_EXACT

    def require_options(self) -> None:
        """Check mode, sizes and what a mode does not have."""
        mode = self.mode
        if mode in MOVED:
            raise InputError(f"{OWNER}: mode {mode!r} is a generator of its own, expected classical/{mode}")
        super().require_options()
        if self.hidden and mode != "quantum":
            raise InputError(f"{OWNER}: mode {mode!r} has no hidden qubits, found hidden={self.hidden!r}")
        if mode == "independent" and self.branches > 1:
            raise InputError(f"{OWNER}: mode {mode!r} is no mixture, found branches={self.branches!r}")

    def _require_bits(self) -> None:
        n = self.code_.n_bits + self.hidden
        if self.mode == "quantum" and n > MOST_EXACT:
            raise InputError(f"iqp: {unsampled(n)}; to compare it, take fewer bits, e.g. iqp:code=codebook")
        super()._require_bits()

    def _start(self, x: Tensor, bits: Bits, run: Run) -> tuple[WalshMMD, Batch]:
        batch = {"x": x, "bits": torch.from_numpy(bits.astype(np.float32))}
        self.model_: WalshModel = self._untrained()
        bins = EnergyBins(x, self.energy_bins, self.energies_per_bin)
        self.model_.start(bit_means(bins, **batch), bins.nodes.mean(dim=1), self.spread, generator(run.seed, 3))
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
