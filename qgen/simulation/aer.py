"""Qiskit Aer: shots as a device would give them, from an independent simulator; no gradients."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from qiskit_aer import AerSimulator
from torch import Tensor

from qgen.simulation import Quantity, Traced
from qgen.simulation._exact import Exact
from qgen.simulation.qiskit_circuits import quantum_circuit

__all__ = ["Aer"]


class Aer(Exact):
    """Exact probabilities, and shots of Aer's own random numbers, whose seed comes from `rng`."""

    gradients: frozenset[Quantity] = frozenset()

    def probabilities(self, circuit: Traced) -> Tensor:
        """Exact probabilities of all basis states, shape (batch, 2**n_qubits), without gradients."""
        parametrised = quantum_circuit(circuit.operations, circuit.n_qubits)
        parametrised.save_probabilities()
        data = [result.data.probabilities for result in self._run(parametrised, circuit, shots=1, seed=0)]
        return torch.from_numpy(np.stack(data)).to(circuit.angles.dtype)

    def counts(self, circuit: Traced, n_shots: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """How often Aer measured each basis state, shape (batch, 2**n_qubits)."""
        parametrised = quantum_circuit(circuit.operations, circuit.n_qubits)
        parametrised.measure_all()
        seed = int(rng.integers(2**31))
        counts = np.zeros((len(circuit.angles), 2**circuit.n_qubits), dtype=np.int64)
        for row, result in zip(counts, self._run(parametrised, circuit, shots=n_shots, seed=seed), strict=True):
            for state, n in result.data.counts.items():
                row[int(state, 16)] = n
        return counts

    def _run(self, parametrised: Any, circuit: Traced, *, shots: int, seed: int) -> list[Any]:
        """One result for every sample."""
        angles = circuit.angles.detach().double().numpy()
        simulator = AerSimulator(method="statevector", seed_simulator=seed)
        # Aer's own binding of parameters (`parameter_binds`) leaves out those of controlled rotations
        bound = [parametrised.assign_parameters(row) for row in angles]
        return list(simulator.run(bound, shots=shots).result().results)
