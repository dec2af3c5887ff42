"""QCBM: a conditional Born machine over bit strings that stand for showers.

A shower becomes a bit string (a code of `qgen.codes`), a circuit learns the distribution of bit strings given the
energy (`model.py`, `objective.py`), and one shot of the circuit becomes one shower again. What the bits alone cost
is told by `QCBM.quantise`, which leaves the circuit out.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from qgen.files import InputError
from qgen.generators.base import require_energies
from qgen.generators.bits.energy import energy_nodes
from qgen.generators.bits.generator import Bits, BitStringGenerator
from qgen.generators.qcbm.model import CHUNK, BornMachine
from qgen.generators.qcbm.objectives import OBJECTIVES, Objective, Recipe
from qgen.plugins import option
from qgen.plugins.options import require_seed
from qgen.simulation.circuit import Circuit
from qgen.training import Batch, Run, generator
from qgen.transforms.bits import states_of


class QCBM(BitStringGenerator):
    """Conditional quantum circuit Born machine (1804.04168, 2205.07674)."""

    family = "gate"
    validate_every = 20
    quick: ClassVar[Mapping[str, Any]] = {"epochs": 1500}
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 20.0, "standard": 40.0}

    ansatz: Any = option(
        "circuit that entangles the bits; every bit is a qubit", default="circuits/controlled_line", plugin="circuits"
    )
    backend: Any = option(
        "where the circuit runs; training needs gradients of probabilities",
        default="statevector",
        plugin="simulation",
        after_fit=True,
    )
    depth: int = option("blocks of the circuit", default=12, least=1)
    code = "codebook"
    shape_bits: int | None = option("the code's option of this name", default=None, least=1)
    response_bits: int | None = option("the code's option of this name", default=None, least=1)
    energy_bins: int = option(
        "hat-shaped bins in energy in which distributions are compared, and between whose tips the circuit's "
        "probabilities are interpolated in training",
        default=8,
        least=2,
    )
    fourier: int = option("Fourier terms of the energy in every angle, beside the energy itself", default=0, least=0)
    reupload: bool = option(
        "whether the energy enters at every gate, or only in rotations at the start of the circuit", default=True
    )
    start: Literal["small", "data"] = option("small angles, or the product of the bits' marginals", default="small")
    loss: str = option("what is minimised", default="kl", choices=OBJECTIVES)
    bandwidths: Sequence[float] = option(
        "of the kernel mixture of mmd, in units of the distance between neighbouring bins (codewords)",
        default=(0.3, 1.0, 3.0, 10.0),
        above=0,
        most=1e6,
    )
    samples: int = option(
        "of the circuit in every energy bin and step that mmd takes; 0 takes exact probabilities (up to 12 qubits, 64 "
        "samples above)",
        default=0,
        least=0,
    )
    smoothing: float = option("eps of the cross-entropy in kl", default=0.03, least=0, below=1)
    epochs = 3000
    learning_rate = 0.02

    def _start(self, x: torch.Tensor, bits: Bits, run: Run) -> tuple[Objective, Batch]:
        self.code_.positions()  # a code of too many bits is told here
        self.model_: BornMachine = self._untrained(generator(run.seed, 3))
        self.model_.circuit.require_gradients("probabilities")
        nodes = energy_nodes(x, self.energy_bins)
        if self.start == "data":
            self.model_.start(nodes, x, torch.as_tensor(bits), generator(run.seed, 4))
        recipe = Recipe(
            self.model_,
            torch.as_tensor(self.code_.positions(), dtype=torch.float32),
            nodes,
            self.learning_rate,
            bandwidths=self.bandwidths,
            samples=self.samples,
            smoothing=self.smoothing,
            seed=run.seed,
        )
        return OBJECTIVES[self.loss](recipe), {"x": x, "state": torch.as_tensor(states_of(bits))}

    def _bits(self, x: torch.Tensor, rng: np.random.Generator) -> Bits:
        self._on_backend()
        return super()._bits(x, rng)

    def probabilities(self, incident_energy: ArrayLike) -> NDArray[np.float64]:
        """p_theta(s | E) of all basis states, exact, shape (n, 2^n_bits), at energies [MeV] (n,).

        Energies outside the training range take the distribution of its nearer end. Bit 0, wire 0, is the most
        significant one of s. Computed on `backend`.

        Raises:
            InputError: not fitted yet, or energies that are none.
        """
        x = self._conditions(incident_energy)
        with torch.no_grad():
            chunks = [self.model_(part) for part in x.split(CHUNK)]
        return torch.cat(chunks).double().numpy()

    def counts(self, incident_energy: ArrayLike, shots: int, *, seed: int) -> NDArray[np.int64]:
        """How often every basis state is seen in so many shots, shape (n, 2^n_bits), at energies [MeV] (n,).

        What a device would give: a finite number of shots of every circuit, drawn by `backend`; `sample` takes one of
        each. Energies and states are those of `probabilities`.

        Args:
            incident_energy: one circuit for every energy.
            shots: of each, >= 1.
            seed: of the shots.

        Raises:
            InputError: not fitted yet, energies that are none, or no shot.
        """
        x, rng = self._conditions(incident_energy), np.random.default_rng(require_seed("counts", seed))
        return np.concatenate([self.model_.counts(part, shots, rng) for part in x.split(CHUNK)])

    def _conditions(self, incident_energy: ArrayLike) -> torch.Tensor:
        """Scaled energies, checked, of a machine on its backend."""
        self._require_fitted()
        self._on_backend()
        return self._scaled(require_energies(incident_energy, (0.0, np.inf)))

    def _on_backend(self) -> None:
        self.model_.circuit = self.model_.circuit.on(self.backend)

    def _code_options(self) -> Mapping[str, Any]:
        """`code_options`, and the two that have names of their own."""
        own = {"shape_bits": self.shape_bits, "response_bits": self.response_bits}
        return {**(self.code_options or {}), **{name: value for name, value in own.items() if value is not None}}

    def require_options(self) -> None:
        """Check the options, and that samples make pairs."""
        super().require_options()
        if self.samples == 1:
            raise InputError("QCBM: expected samples of 0 or >= 2, which make pairs, found 1")

    def _require_bits(self) -> None:
        self._untrained().circuit.operations()  # what is wrong with a circuit is told when it is looked at

    def _untrained(self, rng: torch.Generator | None = None) -> BornMachine:
        circuit = Circuit(self.ansatz, self.code_.n_bits, self.depth, backend=self.backend)
        return BornMachine(circuit, rng or generator(0), n_terms=self.fourier, reupload=self.reupload)

    def export(self, path: str | Path, incident_energy: float, *, parametric: bool = False) -> dict[str, float]:
        """Write the trained circuit at an energy [MeV] as OpenQASM 3, with its measurement, for a quantum computer.

        Args:
            path: to write.
            incident_energy: [MeV].
            parametric: leave the angles open, to be bound for every energy, and measure nothing.

        Returns:
            `n_qubits`, `one_qubit_gates`, `two_qubit_gates`, `depth`, `two_qubit_depth`.

        Raises:
            InputError: not fitted yet, or an energy that is not > 0.
        """
        from qgen.simulation.qiskit_circuits import to_qiskit, write_qasm

        self._require_fitted()
        circuit = self.model_.circuit
        with torch.no_grad():
            x = self._scaled(require_energies([incident_energy], self.energy_range_))
            traced = circuit.trace(*(angles.double() for angles in self.model_.angles(x)))
        n_measured = 0 if parametric else circuit.n_qubits
        return write_qasm(to_qiskit(traced, parametric=parametric), path, n_measured=n_measured)

    def resources(self) -> dict[str, float]:
        """Size of the circuit and of the code.

        `n_parameters` (of the circuit), `n_qubits`, `two_qubit_gates`, `depth`, `shots` per shower, `n_bits` and
        `classical_parameters` (of the code: what decodes bits to showers).

        Raises:
            InputError: not fitted yet.
        """
        sizes, gates = super().resources(), float(self.model_.circuit.two_qubit_gates)
        return sizes | {"n_qubits": sizes["n_bits"], "two_qubit_gates": gates, "depth": float(self.depth), "shots": 1.0}
