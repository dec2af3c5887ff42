"""Meyer-Wallach entanglement of states and circuits in closed form."""

import numpy as np
import pennylane as qml
import pytest
import torch

from qgen.circuits import ansatz
from qgen.circuits.product import product
from qgen.files import InputError
from qgen.screening.entanglement import entangling_capability, haar_entanglement, meyer_wallach
from qgen.simulation.circuit import Circuit


def state(n_qubits: int, *basis_states: int) -> torch.Tensor:
    """An even superposition of basis states."""
    made = torch.zeros(1, 2**n_qubits, dtype=torch.complex128)
    made[0, list(basis_states)] = len(basis_states) ** -0.5
    return made


def random_states(n: int, n_qubits: int) -> torch.Tensor:
    rng = torch.Generator().manual_seed(0)
    drawn = torch.randn(n, 2**n_qubits, generator=rng, dtype=torch.complex128)
    return drawn / drawn.norm(dim=1, keepdim=True)


@ansatz(weight_shape=lambda n_qubits, depth: (1,))
def bell_family(inputs, weights, wires):
    """cos(t/2)|00> + sin(t/2)|11>: Q = sin^2 t."""
    qml.RY(weights[0], wires=wires[0])
    qml.CNOT(wires=wires[:2])


@pytest.mark.parametrize("n_qubits", [2, 3, 5])
def test_states_with_known_entanglement(n_qubits):
    last = 2**n_qubits - 1
    for made, expected in (
        (state(n_qubits, 1), 0.0),
        (state(n_qubits, *range(last + 1)), 0.0),
        (state(n_qubits, 0, last), 1.0),  # GHZ; Bell for two qubits
        (state(n_qubits, *(2**k for k in range(n_qubits))), 4 * (n_qubits - 1) / n_qubits**2),  # W
    ):
        assert float(meyer_wallach(made)) == pytest.approx(expected, abs=1e-14)


def test_a_bell_pair_beside_a_third_qubit():
    assert float(meyer_wallach(state(3, 0b000, 0b101))) == pytest.approx(2 / 3)


def test_one_qubit_has_none():
    assert float(meyer_wallach(state(1, 0, 1))) == pytest.approx(0, abs=1e-15)
    assert haar_entanglement(1) == 0


def test_purities_agree_with_pennylane():
    drawn = random_states(4, 3)
    purities = sum(qml.math.purity(qml.math.dm_from_state_vector(drawn), [k]) for k in range(3)) / 3
    torch.testing.assert_close(meyer_wallach(drawn), 2 * (1 - purities))


@pytest.mark.parametrize("n_qubits", [2, 4])
def test_random_states_have_the_haar_mean(n_qubits):
    found = meyer_wallach(random_states(20_000, n_qubits))
    assert float(found.mean()) == pytest.approx(haar_entanglement(n_qubits), abs=4 * float(found.std()) / 20_000**0.5)


def test_the_mean_over_angles_and_its_error():
    """<sin^2 t> = 1/2, with the variance 1/8."""
    value, error = entangling_capability(Circuit(bell_family, 2, 1), n_samples=4000, rng=np.random.default_rng(0))
    assert value == pytest.approx(0.5, abs=4 * error)
    assert error == pytest.approx((1 / 8 / 4000) ** 0.5, rel=0.05)


def test_small_angles_entangle_less():
    value, _ = entangling_capability(Circuit(bell_family, 2, 1), start="small", rng=np.random.default_rng(0))
    assert value == pytest.approx(0.5 - np.sin(0.3) / 0.6, rel=0.1)


def test_a_product_circuit_has_none():
    value, error = entangling_capability(Circuit(product, 4, 3), rng=np.random.default_rng(0))
    assert abs(value) < 1e-14
    assert error < 1e-14


def test_too_few_samples_are_one_line():
    with pytest.raises(InputError, match="expected n_samples >= 2, found 1"):
        entangling_capability(Circuit(product, 2, 1), n_samples=1, rng=np.random.default_rng(0))
