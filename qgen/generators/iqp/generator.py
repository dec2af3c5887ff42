"""IQPBornMachine: showers as bits, their distribution a circuit of commuting gates, trained by Walsh correlators.

A shower becomes a bit string (`qgen.codes`), a circuit of exp(i theta_j X_{g_j}) with theta_j(E) learns their
distribution (`model.py`) by its correlators (`correlators.py`, `objective.py`): exactly and in a minute, at 64 qubits
too. Samples are another matter: up to 20 qubits they are drawn exactly here, above no classical way is known, and
`export` writes the circuit for a quantum computer. Classical controls of the same bits are modes of the same class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from qgen.codes import code_class, fit_code
from qgen.files import InputError
from qgen.generators.base import BaseGenerator, require_energies
from qgen.generators.iqp._options import (
    MACHINES,
    MODES,
    epochs_of,
    gates_of,
    hidden_units,
    rate_of,
    require_options,
    widths_of,
)
from qgen.generators.iqp.circuit import MOST_EXACT, IQPCircuit
from qgen.generators.iqp.correlators import Operators
from qgen.generators.iqp.divergence import CHAINS, PersistentDivergence
from qgen.generators.iqp.export import cost, export, to_qiskit
from qgen.generators.iqp.model import WalshModel, unsampled
from qgen.generators.iqp.objective import EnergyBins, WalshMMD, data_correlators
from qgen.generators.iqp.rbm import LEVELS, RestrictedMachine
from qgen.generators.iqp.starts import start, start_biases
from qgen.generators.iqp.visible import VisibleMachine
from qgen.generators.protocol import Traits
from qgen.representations import represent
from qgen.showers import Showers
from qgen.training import Run, generator, seeded, train

__all__ = ["IQPBornMachine"]

VALIDATE_EVERY = 10
DRAWS = 4000
"""Samples per energy by which a Boltzmann machine's correlators are estimated."""


class IQPBornMachine(BaseGenerator):
    """Conditional IQP Born machine (1904.02214, 2503.02934), its classical analogue and controls.

    Args:
        mode: "quantum"; "bit_flip", where every gate flips its bits with probability sin^2 theta; "independent", gates
            on single bits only; "boltzmann", fully visible with the circuit's polynomials (`visible.py`); "rbm"
            (`rbm.py`).
        representation: what it learns and emits.
        code: between showers and bits, see `qgen.codes`.
        code_options: of the code.
        gates: "all" products of up to `body` of the qubits, or a list of lists of qubits, [[0], [1], [0, 1]].
        body: most qubits of a gate, with "all"; 1 and 2 have exact correlators.
        hidden: qubits that are traced out ("quantum"), hidden units ("rbm"; None takes as many as give it the
            parameters of the circuit).
        branches: L, circuits that are mixed, a power of two ("quantum", "bit_flip").
        degree: of the polynomials theta_j(E), and of a fully visible Boltzmann machine's biases and couplings.
        orders: mean numbers of bits of the operators that the discrepancy takes, one for each bandwidth.
        bandwidths: of the discrepancy's kernel, instead of `orders`.
        energy_bins: in which distributions are compared, >= 1.
        energies_per_bin: at which the model is averaged in a bin.
        operators: drawn per step.
        spread: of the joint gates' angles at the start [rad].
        epochs: optimiser steps, each on all showers; 0 leaves the angles at their start; None takes 400, for Boltzmann
            machines 1000.
        learning_rate: of Adam at the start, lowered along half a cosine; None takes 0.02, for
            "boltzmann" 0.01, for "rbm" 0.005.
    """

    family = "gate"
    plugins: ClassVar[Mapping[str, str]] = {"code": "codes"}
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 40.0, "standard": 40.0, "full": 40.0}

    def __init__(
        self,
        *,
        mode: str = "quantum",
        representation: str = "image8x8",
        code: Any = "hits",
        code_options: Mapping[str, Any] | None = None,
        gates: Any = "all",
        body: int = 2,
        hidden: int | None = None,
        branches: int = 1,
        degree: int = 2,
        orders: Sequence[float] = (1.0, 2.0, 3.0, 6.0),
        bandwidths: Sequence[float] | None = None,
        energy_bins: int = 8,
        energies_per_bin: int = 2,
        operators: int = 400,
        spread: float = 0.05,
        epochs: int | None = None,
        learning_rate: float | None = None,
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
        """Check mode, sizes, gates and code.

        Raises:
            InputError: one that is out of range or unknown.
        """
        require_options(self.get_params())

    def require_samples(self, showers: Showers, *, seed: int) -> None:
        """Check the number of qubits, which the code tells once it has learnt.

        Raises:
            InputError: a circuit of too many.
        """
        if self.mode != "quantum":
            return
        code = fit_code(self.code, represent(showers, self.representation), seed=seed, options=self.code_options)
        if (n := code.n_bits + (self.hidden or 0)) > MOST_EXACT:
            raise InputError(f"iqp: {unsampled(n)}; to compare it, take fewer bits, e.g. iqp:code=codebook")

    def _fit(self, showers: Showers, run: Run) -> None:
        self.code_ = fit_code(self.code, showers, seed=run.seed, options=self.code_options)
        x = self._scaled(showers.incident_energy)
        data = {"x": x, "bits": torch.from_numpy(self.code_.encode(showers).astype(np.float32))}
        objective = self._boltzmann(data, run) if self.mode in MACHINES else self._walsh(data, run)
        steps = epochs_of(self.get_params())
        train(objective, data, run, epochs=steps, batch_size=len(x), validate_every=VALIDATE_EVERY)

    def _walsh(self, data: Mapping[str, Tensor], run: Run) -> WalshMMD:
        """Put the model at its start; what trains it."""
        model, (bins, means) = self._walsh_model(self.code_.n_bits), self._means(data)
        start(model, means, bins.nodes.mean(dim=1), self.spread, generator(run.seed, 3))
        self.model_: WalshModel | VisibleMachine | RestrictedMachine = model
        options = self.get_params()
        return WalshMMD(
            model,
            bins,
            bandwidths=widths_of(options, self.code_.n_bits),
            n_operators=self.operators,
            learning_rate=rate_of(options),
        )

    def _boltzmann(self, data: Mapping[str, Tensor], run: Run) -> PersistentDivergence:
        """Likewise, of a Boltzmann machine."""
        edges = torch.quantile(data["x"], torch.arange(1, LEVELS) / LEVELS)
        with seeded(run.seed, 3):
            self.model_ = model = self._machine(self.code_.n_bits, edges)
        if isinstance(model, VisibleMachine):
            bins, means = self._means(data)
            start_biases(model, means, bins.nodes.mean(dim=1))
        model.hold(data["x"], np.random.default_rng((run.seed, 4)))
        return PersistentDivergence(model, learning_rate=rate_of(self.get_params()))

    def _means(self, data: Mapping[str, Tensor]) -> tuple[EnergyBins, Tensor]:
        """Bins of the energy, and means of (-1)^{x_i} in them, shape (n_bins, n)."""
        bins = EnergyBins(data["x"], self.energy_bins, self.energies_per_bin)
        singles = np.eye(self.code_.n_bits, dtype=np.uint8)
        return bins, data_correlators(data["bits"], bins.number(data["x"]), len(bins), singles)[0]

    def _walsh_model(self, n_bits: int) -> WalshModel:
        options = self.get_params()
        return WalshModel(
            gates_of(options, n_bits),
            n_bits,
            n_hidden=(self.hidden or 0) if self.mode == "quantum" else 0,
            kind="quantum" if self.mode == "quantum" else "bit_flip",
            degree=self.degree,
            branches=1 if self.mode == "independent" else self.branches,
        )

    def _machine(self, n_bits: int, edges: Tensor, n_chains: int = CHAINS) -> VisibleMachine | RestrictedMachine:
        options = self.get_params()
        if self.mode == "rbm":
            return RestrictedMachine(n_bits, hidden_units(options, n_bits), edges, n_chains)
        return VisibleMachine(gates_of(options, n_bits), n_bits, degree=self.degree, n_chains=n_chains)

    def _sample(self, incident_energy: NDArray[np.float64], rng: np.random.Generator) -> NDArray[Any]:
        bits = self.model_.sample(self._scaled(incident_energy), rng)
        return self.code_.decode(bits, incident_energy, rng)

    def correlators(self, incident_energy: ArrayLike, operators: ArrayLike, *, seed: int = 0) -> NDArray[np.float64]:
        """<Z_a>, the means of (-1)^{a.x} over the bits x at energies, also where bits cannot be sampled.

        Args:
            incident_energy: [MeV], shape (n,); outside the training range, which is warned of, as at its nearer end.
            operators: a, 0 or 1, shape (n_operators, n_bits).
            seed: of estimates: on more than six bits, of gates on more than two qubits, of Boltzmann machines; others
                are exact.

        Returns:
            shape (n, n_operators), in -1..1 but for the noise of estimates.

        Raises:
            InputError: not fitted yet, energies that are not > 0, or operators of another shape.
        """
        self._require_fitted()
        a, rng = np.asarray(operators), np.random.default_rng(seed)
        if a.ndim != 2 or a.shape[1] != self.code_.n_bits:
            raise InputError(f"operators: expected shape (n_operators, {self.code_.n_bits}), found {a.shape}")
        x = self._scaled(require_energies(incident_energy, self.energy_range_))
        if isinstance(self.model_, WalshModel):
            with torch.no_grad():
                found = self.model_.correlators(x, Operators.of(a, rng=rng), rng)
            return np.asarray(found.mean(dim=2).double().numpy())
        bits = self.model_.sample(x.repeat_interleave(DRAWS), rng)
        number = torch.arange(len(x)).repeat_interleave(DRAWS)
        return data_correlators(torch.from_numpy(bits).float(), number, len(x), a)[0].double().numpy()

    def circuit(self, incident_energy: float) -> IQPCircuit:
        """The circuit at an energy [MeV]; a mixture is one circuit, on log2 L more qubits.

        Raises:
            InputError: not fitted yet, an energy that is not > 0, or a classical mode.
        """
        self._require_fitted()
        if not isinstance(self.model_, WalshModel):
            raise InputError(f"IQPBornMachine: mode {self.mode!r} is no circuit")
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

    def floors(self, showers: Showers, *, seed: int) -> Mapping[str, Showers]:
        """The quantisation floor: showers projected, encoded and decoded."""
        self._require_fitted()
        return {"quantisation floor": self.code_.quantise(represent(showers, self.representation), seed=seed)}

    def _scaled(self, incident_energy: NDArray[np.float64]) -> Tensor:
        return torch.as_tensor(np.clip(self.code_.scale.forward(incident_energy), -1, 1), dtype=torch.float32)

    def _state(self) -> Mapping[str, Any]:
        code = {f"code.{name}": array for name, array in self.code_.state().items()}
        return code | {f"model.{name}": array for name, array in self.model_.state_dict().items()}

    def _restore(self, state: Mapping[str, Tensor]) -> None:
        parts = {
            part: {name.removeprefix(f"{part}."): array for name, array in state.items() if name.startswith(f"{part}.")}
            for part in ("code", "model")
        }
        self.code_ = code_class(self.code).restore(parts["code"])
        n = self.code_.n_bits
        if self.mode in MACHINES:
            state = parts["model"]
            chains = state["machine.chains" if self.mode == "rbm" else "chains"]
            self.model_ = self._machine(n, state.get("edges", torch.zeros(0)), len(chains))
        else:
            self.model_ = self._walsh_model(n)
        self.model_.load_state_dict(parts["model"])

    def resources(self) -> dict[str, float]:
        """`n_parameters`, `n_bits`, `classical_parameters` of the code; for a circuit also what it costs (`cost`).

        Raises:
            InputError: not fitted yet.
        """
        self._require_fitted()
        sizes = {
            "n_parameters": float(sum(p.numel() for p in self.model_.parameters())),
            "n_bits": float(self.code_.n_bits),
            "classical_parameters": float(sum(array.size for array in self.code_.state().values())),
        }
        if self.mode == "quantum":
            sizes |= {**cost(to_qiskit(self.circuit(self.energy_range_[0]))), "shots": 1.0}
        return sizes
