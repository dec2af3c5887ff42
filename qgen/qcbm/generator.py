"""QCBM: a conditional Born machine over bit strings that stand for showers.

A shower becomes a bit string (a code of `qgen.codes`), a circuit learns the distribution of bit strings given the
energy (`model.py`, `objective.py`), and one shot of the circuit becomes one shower again. What the bits alone cost
is told by `QCBM.quantise`, which leaves the circuit out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from qgen.codes import bits_of, code_class, fit_code, states_of
from qgen.files import InputError
from qgen.generator import BaseGenerator
from qgen.options import require_real, require_whole
from qgen.qcbm.model import BornMachine
from qgen.qcbm.objective import ConditionalMMD
from qgen.representations import represent
from qgen.showers import Showers
from qgen.simulation.circuit import Circuit
from qgen.training import Run, generator, train

CHUNK = 512
"""Energies simulated at once when sampling."""
VALIDATE_EVERY = 20


class QCBM(BaseGenerator):
    """Conditional quantum circuit Born machine (1804.04168, 2205.07674).

    Args:
        representation: what it learns and emits.
        ansatz: circuit that entangles the bits, see `qgen.circuits`.
        backend: where the circuit runs, see `qgen.simulation`; training needs gradients of probabilities.
        depth: blocks of the circuit, >= 1.
        code: between showers and bit strings, see `qgen.codes`; every bit is a qubit.
        code_options: of the code, e.g. {"shape_bits": 6, "response_bits": 3} of the codebook.
        shape_bits: the code's option of this name.
        response_bits: the code's option of this name.
        energy_bins: hat-shaped bins in energy in which distributions are compared, >= 2.
        bandwidths: of the kernel mixture, in units of the distance between neighbouring bins (codewords).
        epochs: optimiser steps, each on all showers; 0 leaves the circuit untrained.
        learning_rate: of Adam at the start, lowered along half a cosine.
    """

    family = "gate"
    plugins: ClassVar[Mapping[str, str]] = {"ansatz": "", "backend": "simulation", "code": "codes"}
    after_fit = ("backend",)
    quick: ClassVar[Mapping[str, Any]] = {"epochs": 1500}
    typical_fit_s: ClassVar[Mapping[str, float]] = {"quick": 55.0, "standard": 110.0}

    def __init__(
        self,
        *,
        representation: str = "image8x8",
        ansatz: Any = "circuits/line",
        backend: Any = "statevector",
        depth: int = 12,
        code: Any = "codebook",
        code_options: Mapping[str, Any] | None = None,
        shape_bits: int | None = None,
        response_bits: int | None = None,
        energy_bins: int = 24,
        bandwidths: Sequence[float] = (0.3, 1.0, 3.0, 10.0),
        epochs: int = 3000,
        learning_rate: float = 0.02,
    ) -> None:
        self.representation = representation
        self.ansatz = ansatz
        self.backend = backend
        self.depth = depth
        self.code = code
        self.code_options = code_options
        self.shape_bits = shape_bits
        self.response_bits = response_bits
        self.energy_bins = energy_bins
        self.bandwidths = bandwidths
        self.epochs = epochs
        self.learning_rate = learning_rate

    def _fit(self, showers: Showers, run: Run) -> None:
        self._require_sizes()
        self.code_ = fit_code(self.code, showers, seed=run.seed, options=self._code_options())
        circuit = self._circuit()
        circuit.require_gradients("probabilities")
        self.model_ = BornMachine(circuit, generator(run.seed, 3))
        x = self._scaled(showers.incident_energy)
        objective = ConditionalMMD(
            self.model_,
            torch.as_tensor(self.code_.positions(), dtype=torch.float32),
            energy_nodes(x, self.energy_bins),
            bandwidths=self.bandwidths,
            learning_rate=self.learning_rate,
        )
        data = {"x": x, "state": torch.as_tensor(states_of(self.code_.encode(showers)))}
        train(objective, data, run, epochs=self.epochs, batch_size=len(x), validate_every=VALIDATE_EVERY)

    def _sample(self, incident_energy: NDArray[np.float64], rng: np.random.Generator) -> NDArray[Any]:
        self.model_.circuit = self.model_.circuit.on(self.backend)
        shots = [self.model_.shots(x, rng) for x in self._scaled(incident_energy).split(CHUNK)]
        return self.code_.decode(bits_of(np.concatenate(shots), self.code_.n_bits), incident_energy, rng)

    def probabilities(self, incident_energy: NDArray[np.float64]) -> NDArray[np.float64]:
        """p_theta(s | E) of all basis states, shape (n, 2^n_bits), at energies [MeV] (n,).

        Energies outside the training range take the distribution of its nearer end.

        Raises:
            InputError: not fitted yet.
        """
        self._require_fitted()
        with torch.no_grad():
            chunks = [self.model_(x) for x in self._scaled(incident_energy).split(CHUNK)]
        return torch.cat(chunks).double().numpy()

    def floors(self, showers: Showers, *, seed: int) -> Mapping[str, Showers]:
        """The quantisation floor."""
        return {"quantisation floor": self.quantise(showers, seed=seed)}

    def quantise(self, showers: Showers, *, seed: int) -> Showers:
        """Showers as the code gives them back: projected, encoded, decoded. Their score is the quantisation floor.

        Raises:
            InputError: not fitted yet, or a projection that these showers do not have.
        """
        self._require_fitted()
        projected = represent(showers, self.representation)
        energy, bits = projected.incident_energy, self.code_.encode(projected)
        return Showers(
            voxels=self.code_.decode(bits, energy, np.random.default_rng(seed)).astype(np.float32),
            incident_energy=energy,
            geometry=self.geometry_,
            particle=projected.particle,
            provenance={"origin": "qgen", "generator": "QCBM.quantise", "seed": seed, "qgen": version("qgen")},
        )

    def _scaled(self, incident_energy: NDArray[np.float64]) -> torch.Tensor:
        scaled = np.clip(self.code_.scale.forward(incident_energy), -1, 1)
        return torch.as_tensor(scaled, dtype=torch.float32)

    def _circuit(self) -> Circuit:
        return Circuit(self.ansatz, self.code_.n_bits, self.depth, backend=self.backend)

    def _code_options(self) -> Mapping[str, Any]:
        """`code_options`, and the two that have names of their own."""
        given = {} if self.code_options is None else self.code_options
        if not isinstance(given, Mapping):
            raise InputError(f"QCBM: expected code_options to be a mapping, found {given!r}")
        own = {"shape_bits": self.shape_bits, "response_bits": self.response_bits}
        return {**given, **{name: value for name, value in own.items() if value is not None}}

    def _require_sizes(self) -> None:
        options = self.get_params()
        require_whole("QCBM", options, {"depth": 1, "energy_bins": 2, "epochs": 0})
        require_real("QCBM", options, {"learning_rate": np.inf})
        widths = self.bandwidths
        numbers = isinstance(widths, list | tuple) and all(isinstance(w, Real) and float(w) > 0 for w in widths)
        if not numbers or not len(widths):
            raise InputError(f"QCBM: expected bandwidths as a list of numbers > 0, found {widths!r}")

    def _state(self) -> Mapping[str, Any]:
        code = {f"code.{name}": array for name, array in self.code_.state().items()}
        return {"angles": self.model_.angles, **code}

    def _restore(self, state: Mapping[str, torch.Tensor]) -> None:
        code = {name.removeprefix("code."): array for name, array in state.items() if name.startswith("code.")}
        self.code_ = code_class(self.code).restore(code)
        self.model_ = BornMachine(self._circuit(), generator(0))
        self.model_.load_state_dict({"angles": state["angles"]})

    def resources(self) -> dict[str, float]:
        """Size of the circuit and of the code.

        `n_parameters` (of the circuit), `n_qubits`, `two_qubit_gates`, `depth`, `shots` per shower, and
        `classical_parameters` (of the code: what decodes bits to showers).

        Raises:
            InputError: not fitted yet.
        """
        self._require_fitted()
        circuit = self._circuit()
        sizes = {
            "n_parameters": 3 * (circuit.n_inputs + circuit.n_weights),
            "n_qubits": circuit.n_qubits,
            "two_qubit_gates": circuit.two_qubit_gates,
            "depth": self.depth,
            "shots": 1,
            "classical_parameters": sum(array.size for array in self.code_.state().values()),
        }
        return {name: float(value) for name, value in sizes.items()}


def energy_nodes(x: torch.Tensor, n: int) -> torch.Tensor:
    """Tips of the hats: half way from evenly populated to evenly spaced in x; those that coincide are merged."""
    u = torch.linspace(0, 1, n)
    even = x.min() + (x.max() - x.min()) * u
    return torch.unique((torch.quantile(x, u) + even) / 2)
