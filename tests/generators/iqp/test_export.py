"""Exported circuits, read back by Qiskit and by qgen, have the probabilities of the circuit."""

import numpy as np
import pytest
import torch
from qiskit import qasm3
from qiskit.quantum_info import Statevector

from qgen.circuits.qasm import read
from qgen.generators.bits.gates import all_gates
from qgen.generators.iqp.circuit import IQPCircuit, mixture
from qgen.generators.iqp.export import export, simulated, to_qiskit
from qgen.screening import cost as compiled
from qgen.simulation.circuit import Circuit
from qgen.simulation.qiskit_circuits import cost

RNG = np.random.default_rng(0)
ANGLES = RNG.normal(0, 1, (2, 6))
MIXED = mixture(all_gates(3), ANGLES, 3)
"""Three visible qubits and a hidden one, gates on up to three of them."""


def test_qiskit_reads_it_back(tmp_path):
    """Numbers of the file in; p(x) of the visible qubits out, to 1e-12; strings of bits have qgen's bit 0 first."""
    sizes = export(MIXED, tmp_path / "circuit.qasm", parametric=False)
    made = qasm3.loads((tmp_path / "circuit.qasm").read_text())
    assert (made.num_qubits, made.num_clbits) == (4, 3)
    visible = [made.find_bit(i.qubits[0]).index for i in made.data if i.operation.name == "measure"]
    bits = [made.find_bit(i.clbits[0]).index for i in made.data if i.operation.name == "measure"]
    made.remove_final_measurements()
    order = [qubit for _, qubit in sorted(zip(bits, visible, strict=True))]
    p = Statevector(made).probabilities(order)
    np.testing.assert_allclose(p, MIXED.probabilities(), atol=1e-12)
    # 4 qubits: 8 Hadamards; per branch 3 one-qubit and 3 two-qubit gates; the second one's have a qubit more
    assert sizes == {
        "n_qubits": 4,
        "one_qubit_gates": 8 + 3 + 3,
        "two_qubit_gates": 3 + 3 + 3 * 4,
        "depth": sizes["depth"],
        "two_qubit_depth": sizes["two_qubit_depth"],
    }


def test_qgen_reads_it_back(tmp_path):
    """With open angles it is an ansatz; with theirs it has the probabilities of the circuit."""
    export(MIXED, tmp_path / "circuit.qasm", parametric=True)
    ansatz = read(str(tmp_path / "circuit.qasm"))
    circuit = Circuit(ansatz, 4, 1)
    p = circuit.probabilities(torch.zeros(0, dtype=torch.float64), torch.as_tensor(-2 * MIXED.angles))[0]
    np.testing.assert_allclose(p.reshape(8, 2).sum(dim=1), MIXED.probabilities(), atol=1e-12)


def test_simulated_and_compiled():
    """On a backend of qgen the same distribution; compiled for all-to-all qubits, ZZ costs two CZ at most."""
    one = IQPCircuit(tuple(all_gates(3)), ANGLES[0], 3)
    circuit = simulated(one)
    p = circuit.probabilities(torch.zeros(0, dtype=torch.float64), torch.as_tensor(one.angles))[0]
    np.testing.assert_allclose(p, one.probabilities(), atol=1e-12)
    assert compiled.logical(circuit).two_qubit_gates == cost(to_qiskit(one))["two_qubit_gates"] == 3
    assert compiled.transpiled(circuit, "full", seeds=(0,)).two_qubit_gates[0] <= 6


def test_angles_are_parameters_or_numbers():
    assert len(to_qiskit(MIXED, parametric=True).parameters) == len(MIXED.gates)
    assert len(to_qiskit(MIXED).parameters) == 0
    bound = to_qiskit(MIXED, parametric=True).assign_parameters(-2 * MIXED.angles)
    assert Statevector(bound).probabilities() == pytest.approx(Statevector(to_qiskit(MIXED)).probabilities())
