"""Qiskit circuits as ansaetze, against Qiskit's own statevector."""

import copy

import numpy as np
import pytest
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Parameter, ParameterVector, library
from qiskit.quantum_info import Operator, Statevector, random_unitary

from qgen.circuits import as_ansatz
from qgen.circuits._fixed import numbered
from qgen.circuits._qiskit import KNOWN
from qgen.files import InputError
from qgen.simulation.circuit import Circuit
from qgen.simulation.twin import Twin
from qgen.testing import check_ansatz

A, B = Parameter("a"), Parameter("b")


def probabilities(circuit: QuantumCircuit, inputs, weights) -> np.ndarray:
    """Qiskit's, by the number of the basis state; weights in the order of `circuit.parameters`."""
    free = [p for p in circuit.parameters if not p.name.startswith("inputs")]
    values = dict(zip(free, weights.tolist(), strict=True))
    values |= {p: inputs[p.index].item() for p in circuit.parameters if p.name.startswith("inputs")}
    return Statevector(circuit.assign_parameters(values)).probabilities()


def compare(circuit: QuantumCircuit, n: int = 3) -> None:
    """Batched and one by one, with values and gradients that differ by sample."""
    made = Circuit(circuit, circuit.num_qubits, 7)
    rng = torch.Generator().manual_seed(0)
    x = torch.rand(n, made.n_inputs, generator=rng, dtype=torch.float64) + 0.1
    w = torch.rand(n, made.n_weights, generator=rng, dtype=torch.float64) + 0.1
    expected = np.stack([probabilities(circuit, *sample) for sample in zip(x, w, strict=True)])
    np.testing.assert_allclose(made.probabilities(x, w).numpy(), expected, atol=1e-12)
    twin = Twin(circuit, circuit.num_qubits, 7)
    np.testing.assert_allclose(twin.probabilities(x, w).numpy(), expected, atol=1e-12)


def prepared(n_qubits: int) -> QuantumCircuit:
    """A circuit that starts from a state without symmetry."""
    circuit = QuantumCircuit(n_qubits)
    for k in range(n_qubits):
        circuit.u(0.4 + 0.3 * k, 0.2 * k - 0.5, 0.3, k)
    for k in range(n_qubits - 1):
        circuit.cx(k, k + 1)
    return circuit


def test_a_basis_state_keeps_its_number():
    """Qubit 0 is Qiskit's least significant bit, which is the last wire."""
    circuit = QuantumCircuit(3)
    circuit.x(0)
    circuit.ry(A, 1)
    p = Circuit(circuit, 3, 1).probabilities(torch.zeros(0), torch.tensor([0.6]))[0]
    expected = torch.zeros(8)
    expected[0b001], expected[0b011] = np.cos(0.3) ** 2, np.sin(0.3) ** 2
    torch.testing.assert_close(p, expected)


def test_inputs_and_weights_are_told_by_name():
    x, w = ParameterVector("inputs", 12), ParameterVector("w", 11)
    circuit = QuantumCircuit(2)
    for k in (10, 2, 7):
        circuit.ry(x[k] * w[k], k % 2)
    circuit.rx(B, 0)
    circuit.rx(Parameter("Z"), 0)
    made = as_ansatz(circuit)
    assert (
        made.weights == ["Z", "b", "w[2]", "w[7]", "w[10]"] == [p.name for p in circuit.parameters if p not in set(x)]
    )
    assert made.n_inputs(2, 1) == 11
    assert (made.inputs[2], made.inputs[10]) == ("inputs[2]", "inputs[10]")
    compare(circuit)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("w", ("w", -1)),
        ("w_3", ("w", 3)),
        ("w[12]", ("w", 12)),
        ("_w_0_", ("w", 0)),
        ("_my_w_4_", ("my_w", 4)),
        ("my_w_4", ("my_w", 4)),
        ("w_", ("w_", -1)),
        ("θ", ("θ", -1)),
    ],
)
def test_numbers_at_the_end_of_names(name, expected):
    assert numbered(name) == expected


@pytest.mark.parametrize("gate", KNOWN, ids=lambda gate: gate.__name__)
def test_every_known_gate(gate):
    """With an angle each of its own; and again from what is saved."""
    made = gate(*[A, 2 * B, A * B][: KNOWN[gate].num_params])
    circuit = prepared(2)
    circuit.append(made, [1, 0][: made.num_qubits])
    circuit.ry(A, 0)
    circuit.rx(B, 1)
    circuit.cx(0, 1)
    compare(circuit)
    w = torch.tensor([0.3, 0.8], dtype=torch.float64)
    again = Circuit(as_ansatz(circuit).source, 2, 1)
    assert again.operations() == Circuit(circuit, 2, 1).operations()
    np.testing.assert_allclose(again.probabilities(torch.zeros(0), w)[0], probabilities(circuit, w, w), atol=1e-9)


def test_other_gates_are_decomposed():
    inner = QuantumCircuit(2, name="mine")
    inner.ry(A, 0)
    inner.crz(A * B, 0, 1)
    circuit = prepared(3)
    circuit.append(inner.to_gate(), [2, 0])
    circuit.append(inner.to_gate().control(1, ctrl_state=0), [1, 2, 0])
    circuit.ccx(2, 0, 1)
    circuit.append(library.XXPlusYYGate(A, B), [2, 1])
    circuit.append(library.CXGate(ctrl_state=0), [2, 0])
    circuit.append(random_unitary(4, seed=1).to_instruction(), [0, 2])
    circuit.append(library.RYGate(B).inverse(), [1])
    circuit.barrier()
    circuit.global_phase = A
    compare(circuit)


def test_what_only_qiskits_synthesis_opens():
    """Annotated operations, which Qiskit 3 makes by default, and permutations have no definition."""
    circuit = prepared(3)
    circuit.append(library.RYGate(A).control(2, annotated=True), [0, 2, 1])
    inner = QuantumCircuit(2)
    inner.rx(B, 0)
    inner.cx(0, 1)
    circuit.append(inner.to_gate().inverse(annotated=True), [2, 1])
    circuit.append(library.PermutationGate([2, 0, 1]), [0, 1, 2])
    circuit.ry(A * B, 0)
    compare(circuit)


@pytest.mark.parametrize(
    "angle",
    [
        A + B,
        A - 2 * B + 0.25,
        A * B / 3,
        A**2 + B**0.5 + 1 / A,
        (A * B).sin() + B.cos() - A.tan(),
        A.arcsin() * B.arccos() + A.arctan(),
        A.exp() + B.log(),
        abs(A - B),
        np.pi / 3 + 1e-10 + A / 1e6,
    ],
)
def test_angles_in_closed_form(angle):
    circuit = prepared(2)
    circuit.ry(angle, 0)
    circuit.crx(angle, 0, 1)
    circuit.rx(A + B, 1)
    x = torch.rand(4, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 0.8 + 0.1
    expected = [probabilities(circuit, row, row) for row in x]
    for made in (circuit, as_ansatz(circuit).source):
        p = Circuit(made, 2, 1).probabilities(torch.zeros(0), x)
        np.testing.assert_allclose(p, expected, atol=1e-12)
    assert torch.autograd.gradcheck(Circuit(circuit, 2, 1).probabilities, (torch.zeros(0), x[:1].requires_grad_()))


def test_what_is_saved_keeps_the_order_of_more_than_ten_weights_and_of_clashing_names():
    names = ["weights_1", "weights_0", *(f"p{k}" for k in range(11)), "inputs_1"]
    circuit = prepared(2)
    for k, name in enumerate(names):
        circuit.ry(Parameter(name) / (k + 1), k % 2)
        circuit.cz(0, 1)
    made, again = as_ansatz(circuit), as_ansatz(as_ansatz(circuit).source)
    assert (made.n_inputs(2, 1), made.weights[-2:]) == (2, ["weights_0", "weights_1"])
    assert again.weights == [f"weights_{k}" for k in range(13)]
    x, w = torch.rand(2, dtype=torch.float64), torch.rand(13, dtype=torch.float64)
    torch.testing.assert_close(Circuit(again, 2, 1).probabilities(x, w), Circuit(made, 2, 1).probabilities(x, w))


def test_it_keeps_the_contract_at_its_own_size():
    circuit = prepared(3)
    circuit.rx(ParameterVector("inputs", 1)[0] * A, 2)
    check_ansatz(circuit)
    check_ansatz(circuit, n_qubits=3, depth=5)


def test_copies_are_known_as_the_same_circuit():
    circuit = prepared(2)
    circuit.ry(A, 0)
    made = as_ansatz(circuit)
    other = prepared(2)
    other.ry(A, 1)
    assert repr(copy.deepcopy(made)) == repr(made)
    assert repr(made).rsplit(", ", 1)[1] != repr(as_ansatz(other)).rsplit(", ", 1)[1]


def with_clbit(apply) -> QuantumCircuit:
    circuit = QuantumCircuit(2, 1, name="wrong")
    circuit.ry(A, 0)
    apply(circuit)
    return circuit


def controlled(circuit: QuantumCircuit) -> None:
    with circuit.if_test((0, True)):
        circuit.x(0)


@pytest.mark.parametrize(
    ("circuit", "message"),
    [
        (
            QuantumCircuit(2, name="wrong"),
            "wrong: expected parameters to train, besides those named inputs, found none",
        ),
        (with_clbit(lambda c: c.measure(0, 0)), "wrong: expected gates only, found a measurement"),
        (with_clbit(lambda c: c.measure_all()), "wrong: expected gates only, found a measurement"),
        (with_clbit(lambda c: c.reset(0)), "wrong: expected gates only, found a reset"),
        (with_clbit(lambda c: c.initialize("10")), "wrong: expected gates only, found an initialisation"),
        (with_clbit(controlled), r"wrong: expected gates only, found classical control \(if_else\)"),
        (with_clbit(lambda c: c.append(Gate("odd", 1, []), [0])), "wrong: unknown gate 'odd', expected one with a"),
        (with_clbit(lambda c: None), "wrong: expected a circuit on 3 qubits, found one on 2"),
    ],
)
def test_wrong_circuits_are_one_line(circuit, message):
    with pytest.raises(InputError, match=message) as error:
        Circuit(circuit, 3, 1)
    assert "\n" not in str(error.value)


def test_only_inputs_are_nothing_to_train():
    circuit = QuantumCircuit(1, name="wrong")
    circuit.ry(ParameterVector("inputs", 1)[0], 0)
    with pytest.raises(InputError, match="wrong: expected parameters to train"):
        as_ansatz(circuit)


def test_the_unitary_of_a_circuit_is_qiskits_with_wires_reversed():
    """All of it, not only from |0...0>."""
    import pennylane as qml

    circuit = prepared(3)
    circuit.ry(A, 0)
    circuit.cry(B, 2, 0)
    made = as_ansatz(circuit)
    w = np.array([0.3, 0.7])
    found = qml.matrix(lambda: made(np.zeros(0), w, range(3)), wire_order=range(3))()
    expected = Operator(circuit.assign_parameters(dict(zip((A, B), w, strict=True)))).data
    np.testing.assert_allclose(found, expected, atol=1e-12)


def feature_map(n_qubits: int) -> QuantumCircuit:
    x, w = ParameterVector("x", n_qubits), ParameterVector("w", 11 * n_qubits)
    circuit = QuantumCircuit(n_qubits, name="map")
    for q in range(n_qubits):
        circuit.rx(x[q], q)
        for k in range(11):
            circuit.ry(w[11 * q + k], q)
            circuit.rz(0.3, q)
    return circuit


def test_inputs_may_have_another_name():
    """They are told, kept in what is written, and a wrong name is one line."""
    with pytest.warns(UserWarning, match=r"map: no parameter is called inputs, so all are weights: w \(22\), x \(2\)"):
        assert as_ansatz(feature_map(2)).inputs == []
    made = as_ansatz(feature_map(2), inputs="x")
    assert (made.inputs, len(made.weights)) == (["x[0]", "x[1]"], 22)
    again = as_ansatz(made.source)
    assert (len(again.inputs), len(again.weights)) == (2, 22)
    x, w = torch.tensor([0.2, 0.7], dtype=torch.float64), torch.linspace(0, 3, 22, dtype=torch.float64)
    np.testing.assert_allclose(
        Circuit(made, 2, 1).probabilities(x, w).numpy(), Circuit(again, 2, 1).probabilities(x, w).numpy(), atol=1e-12
    )
    text = "OPENQASM 3.0; input float[64] x; input float[64] w; qubit[1] q; U(w, x, 0) q[0];"
    assert as_ansatz(text, inputs="x").inputs == ["x"]
    assert as_ansatz(as_ansatz(text, inputs="x").source).inputs == ["inputs_0"]
    with pytest.raises(InputError, match=r"map: expected inputs that are called y, found w\[0\]"):
        as_ansatz(feature_map(1), inputs="y")
    with pytest.raises(InputError, match="to name the inputs of, found a function"):
        as_ansatz("circuits/line", inputs="x")
    assert as_ansatz(feature_map(1), inputs=None).inputs == []


def test_weights_are_in_the_order_of_their_numbers():
    """From a circuit as from its own text, also where names of single parameters end in a number."""
    circuit = QuantumCircuit(1)
    for k in (11, 2, 0, 10):
        circuit.ry(Parameter(f"w_{k}"), 0)
        circuit.rz(0.5, 0)
    made = as_ansatz(circuit)
    assert made.weights == ["w_0", "w_2", "w_10", "w_11"]
    w = torch.tensor([0.1, 0.5, 1.0, 1.7], dtype=torch.float64)
    one, two = (Circuit(c, 1, 1).probabilities(torch.zeros(0), w) for c in (made, made.source))
    np.testing.assert_allclose(one.numpy(), two.numpy(), atol=1e-12)


def test_a_function_may_return_a_circuit_of_the_size_that_is_asked_for():
    def layered(n_qubits, depth):
        circuit = QuantumCircuit(n_qubits)
        for k, w in enumerate(ParameterVector("w", n_qubits * depth)):
            circuit.ry(w, k % n_qubits)
        return circuit

    assert Circuit(layered, 3, 4).weight_shape == (12,)
    w = torch.linspace(0, 1, 12, dtype=torch.float64)
    fixed = Circuit(layered(3, 4), 3, 1).probabilities(torch.zeros(0), w)
    np.testing.assert_allclose(Circuit(layered, 3, 4).probabilities(torch.zeros(0), w).numpy(), fixed.numpy())
    assert Circuit(as_ansatz(feature_map, inputs="x"), 2, 1).n_inputs == 2
    check_ansatz(layered)
    for wrong, told in (
        (
            lambda n_qubits: QuantumCircuit(n_qubits + 1),
            r"\(2\): expected a QuantumCircuit on 2 .*, found one on 3",
        ),
        (lambda n_qubits: 7, "expected a QuantumCircuit on 2 qubits, found 7"),
        (lambda n_qubits: 1 / 0, "expected a QuantumCircuit, found ZeroDivisionError: division by zero"),
    ):
        with pytest.raises(InputError, match=told):
            Circuit(wrong, 2, 1)
