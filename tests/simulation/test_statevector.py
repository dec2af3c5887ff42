"""The fused simulator against PennyLane, and against closed forms for the order of bits."""

import math

import numpy as np
import pennylane as qml
import pytest
import torch

from qgen.circuits import ansatz
from qgen.circuits.line import line
from qgen.files import InputError
from qgen.simulation import gates
from qgen.simulation.circuit import Circuit
from qgen.simulation.twin import Twin

TOLERANCE = {torch.float64: 1e-10, torch.float32: 1e-5}
N_PARAMETERS = {name: getattr(qml, name).num_params for name in sorted(gates.NAMES)}
TWO_WIRES = set(gates.PERMUTATION) | {name for name in gates.NAMES if getattr(qml, name).num_wires == 2}


def random_circuit(seed: int, n_gates: int = 40):
    """Every known gate at least once, in random order on random wires, with inputs among the angles."""
    rng = np.random.default_rng(seed)
    names = [*gates.NAMES, *rng.choice(sorted(gates.NAMES), size=n_gates - len(gates.NAMES))]
    names = [str(names[i]) for i in rng.permutation(len(names))]
    n_angles = sum(N_PARAMETERS[name] for name in names)
    places = {}

    @ansatz(weight_shape=lambda n_qubits, depth: (n_angles,))
    def circuit(inputs, weights, wires):
        position = 0
        for i, name in enumerate(names):
            size = 2 if name in TWO_WIRES else 1
            if (i, len(wires)) not in places:
                places[i, len(wires)] = [int(w) for w in rng.choice(len(wires), size=size, replace=False)]
            angles = []
            for _ in range(N_PARAMETERS[name]):
                angles.append(weights[position] + (inputs[position % len(wires)] if position % 3 == 0 else 0.0))
                position += 1
            getattr(qml, name)(*angles, wires=[wires[w] for w in places[i, len(wires)]])

    return circuit


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("seed", "n_qubits"), [(0, 2), (1, 3), (2, 4), (3, 5)])
def test_values_and_gradients_agree_with_pennylane(seed, n_qubits, dtype):
    circuit = random_circuit(seed)
    rng = torch.Generator().manual_seed(seed)
    ours, peer = Circuit(circuit, n_qubits, 1), Twin(circuit, n_qubits, 1)
    x = torch.randn(3, n_qubits, generator=rng, dtype=dtype, requires_grad=True)
    w = torch.randn(3, *ours.weight_shape, generator=rng, dtype=dtype, requires_grad=True)
    cotangent = torch.randn(3, 2**n_qubits, generator=rng, dtype=dtype)
    found, expected = ours.probabilities(x, w), peer.probabilities(x, w)
    assert found.dtype == dtype
    torch.testing.assert_close(found, expected.to(dtype), atol=TOLERANCE[dtype], rtol=0)
    for ours_grad, peer_grad in zip(
        torch.autograd.grad((found * cotangent).sum(), (x, w)),
        torch.autograd.grad((expected * cotangent).sum(), (x, w)),
        strict=True,
    ):
        torch.testing.assert_close(ours_grad, peer_grad, atol=10 * TOLERANCE[dtype], rtol=0)


@pytest.mark.parametrize("name", sorted(gates.NAMES))
def test_every_gate_has_pennylanes_matrix(name):
    angles = torch.tensor([0.3, -1.1, 2.0], dtype=torch.float64)[: N_PARAMETERS[name]]
    wires = range(2) if name in TWO_WIRES else range(1)
    expected = qml.matrix(getattr(qml, name)(*angles.tolist(), wires=wires))
    if name in gates.PERMUTATION:
        found = torch.eye(4)[list(gates.PERMUTATION[name])]
    else:
        found = gates.matrices(name, angles.expand(1, 1, -1))[0, 0]
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-14)


def test_phases_of_amplitudes_agree_with_pennylane():
    circuit = random_circuit(7)
    x, w = torch.full((1, 3), 0.4, dtype=torch.float64), torch.linspace(0, 2, 60, dtype=torch.float64)
    w = w[: Circuit(circuit, 3, 1).n_weights][None]
    torch.testing.assert_close(Circuit(circuit, 3, 1).state(x, w), Twin(circuit, 3, 1).state(x, w))


def test_wire_zero_is_the_most_significant_bit():
    @ansatz(weight_shape=lambda n_qubits, depth: ())
    def flip_the_first(inputs, weights, wires):
        qml.RX(math.pi, wires=wires[0])
        qml.RY(2 * weights, wires=wires[2])

    angle = torch.tensor(0.3, dtype=torch.float64)
    p = Circuit(flip_the_first, 3, 1).probabilities(torch.zeros(3, dtype=torch.float64), angle)
    expected = torch.zeros(1, 8, dtype=torch.float64)
    expected[0, 0b100], expected[0, 0b101] = math.cos(0.3) ** 2, math.sin(0.3) ** 2
    torch.testing.assert_close(p, expected)


def test_gradients_against_finite_differences():
    circuit = Circuit(line, 2, 2)
    x, w = torch.rand(2, 2, dtype=torch.float64), torch.rand(2, 2, 2, 2, dtype=torch.float64)
    assert torch.autograd.gradcheck(circuit.probabilities, (x.requires_grad_(), w.requires_grad_()))


def test_shared_inputs_or_weights_are_those_of_every_sample():
    circuit = Circuit(line, 3, 2)
    x, w = torch.rand(4, 3, dtype=torch.float64), torch.rand(4, 2, 3, 2, dtype=torch.float64)
    torch.testing.assert_close(circuit.probabilities(x, w[0]), circuit.probabilities(x, w[0].expand(4, 2, 3, 2)))
    torch.testing.assert_close(circuit.probabilities(x[0], w), circuit.probabilities(x[0].expand(4, 3), w))
    torch.testing.assert_close(circuit.probabilities(x[0], w[0]), circuit.probabilities(x, w)[:1])


def test_templates_and_composite_gates_are_decomposed():
    @ansatz(weight_shape=lambda n_qubits, depth: (depth, n_qubits, 3))
    def template(inputs, weights, wires):
        qml.AngleEmbedding(inputs, wires=wires)
        qml.StronglyEntanglingLayers(weights, wires=wires)
        qml.Toffoli(wires=wires[:3])
        qml.adjoint(qml.RX(inputs[0], wires=wires[1]))

    rng = torch.Generator().manual_seed(0)
    x = torch.randn(2, 3, generator=rng, dtype=torch.float64)
    w = torch.randn(2, 2, 3, 3, generator=rng, dtype=torch.float64)
    found = Circuit(template, 3, 2).probabilities(x, w)
    torch.testing.assert_close(found, Twin(template, 3, 2).probabilities(x, w), atol=1e-10, rtol=0)


def unshaped(inputs, weights, wires):
    qml.RX(inputs[0], wires=wires[0])


@ansatz(weight_shape=lambda n_qubits, depth: ())
def measured(inputs, weights, wires):
    qml.measure(wires[0])


@ansatz(weight_shape=lambda n_qubits, depth: ())
def outside(inputs, weights, wires):
    qml.RX(inputs[0], wires=len(wires))


@ansatz(weight_shape=lambda n_qubits, depth: ())
def beyond(inputs, weights, wires):
    qml.RX(weights[7], wires=0)


@ansatz(weight_shape=lambda n_qubits, depth: ())
def particular(inputs, weights, wires):
    assert len(wires) == 6, "made for six wires"


@ansatz(weight_shape=lambda n_qubits, depth: ())
def from_a_file(inputs, weights, wires):
    qml.RX(np.load("angles.npy"), wires=0)


@ansatz(weight_shape=lambda n_qubits, depth: ())
def evolved(inputs, weights, wires):
    qml.evolve(qml.PauliX(0) @ qml.PauliZ(1), inputs[0])


@ansatz(weight_shape=lambda n_qubits, depth: ())
def expectation(inputs, weights, wires):
    qml.RX(inputs[0], wires=0)
    return qml.expval(qml.PauliZ(0))


def texted(inputs, weights, wires):
    qml.RX(inputs[0], wires=0)


texted.weight_shape = "(2, 3)"


@ansatz(weight_shape=lambda n_qubits, depth: (-1, n_qubits))
def negative(inputs, weights, wires):
    qml.RX(inputs[0], wires=0)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (beyond, r"beyond: fails for inputs of shape \(2,\), weights of shape \(\) and 2 wires: IndexError"),
        (particular, r"particular: fails for .* and 2 wires: AssertionError: made for six wires"),
        (from_a_file, r"from_a_file: fails for .* and 2 wires: FileNotFoundError: .*angles\.npy"),
        (evolved, "evolved: gate 'Evolution' cannot be decomposed for any angles: "),
        (expectation, "expectation: expected gates only, found the measurement expval"),
        (texted, r"texted: expected a function weight_shape\(n_qubits, depth\), found"),
        (negative, r"negative: expected a weight_shape of numbers >= 1, found \(-1, 2\)"),
        (unshaped, "unshaped: expected a function with the attribute weight_shape"),
        (measured, "measured: unknown gate 'Mid"),
        (outside, "outside: expected wires 0..1, found RX on"),
    ],
)
def test_bad_circuits_are_one_line(function, message):
    with pytest.raises(InputError, match=message) as error:
        Circuit(function, 2, 1).probabilities(torch.zeros(2), torch.zeros(()))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("x", "w", "message"),
    [
        (torch.zeros(2), torch.zeros(1, 3, 2), r"expected inputs of shape \(3,\)"),
        (torch.zeros(3), torch.zeros(3, 2), r"expected weights of shape \(1, 3, 2\)"),
        (torch.zeros(4, 3), torch.zeros(5, 1, 3, 2), "expected one batch size, found 4 inputs, 5 weights"),
    ],
)
def test_bad_shapes_are_one_line(x, w, message):
    with pytest.raises(InputError, match=message):
        Circuit(line, 3, 1).probabilities(x, w)


def test_sizes_below_one():
    with pytest.raises(InputError, match="line: expected n_qubits and depth >= 1, found 0 and 1"):
        Circuit(line, 0, 1)
