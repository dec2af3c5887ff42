"""Every backend against the twin: values, gradients, shots, the order of bits, and what each refuses."""

import numpy as np
import pennylane as qml
import pytest
import torch
from scipy.stats import chi2

from qgen.circuits import ansatz
from qgen.circuits.line import line
from qgen.files import InputError
from qgen.plugins import plugins, resolve
from qgen.simulation import Traced
from qgen.simulation._exact import FEW, draw
from qgen.simulation.circuit import Circuit
from qgen.simulation.statevector import Statevector
from qgen.simulation.twin import Twin

BACKENDS = [name.partition("/")[2] for name in plugins("simulation")]
OPERATORS = [(0,), (2,), (0, 1), (2, 1, 0)]
Z = {(0,): "ZII", (2,): "IIZ", (0, 1): "ZZI", (2, 1, 0): "ZZZ"}


@ansatz(weight_shape=lambda n_qubits, depth: (depth, n_qubits, 4))
def mixed(inputs, weights, wires):
    """All kinds of gates that a backend treats by themselves."""
    for block in weights:
        for x, w, wire in zip(inputs, block, wires, strict=True):
            qml.RX(x, wires=wire)
            qml.Rot(*w[:3], wires=wire)
            qml.U3(w[3], w[0], x, wires=wire)
        qml.CRX(block[0, 0], wires=[wires[-1], wires[0]])
        qml.CRZ(block[0, 1], wires=wires[:2])
        qml.ControlledPhaseShift(block[1, 0], wires=[wires[1], wires[0]])
        qml.CRY(block[1, 2], wires=wires[:2])
        qml.CNOT(wires=[wires[0], wires[-1]])
        qml.T(wires=wires[0])


def samples(circuit, batch=3, dtype=torch.float64):
    rng = torch.Generator().manual_seed(1)
    shapes = (batch, circuit.n_inputs), (batch, *circuit.weight_shape)
    return [torch.randn(shape, generator=rng, dtype=torch.float64).to(dtype) for shape in shapes]


def test_shipped_backends():
    assert BACKENDS == ["aer", "lightning", "pennylane", "statevector"]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("name", BACKENDS)
def test_values_agree_with_the_twin(name, dtype):
    circuit, twin = Circuit(mixed, 3, 2, backend=name), Twin(mixed, 3, 2)
    x, w = samples(circuit, dtype=dtype)
    p, e = circuit.probabilities(x, w), circuit.expectations(x, w, OPERATORS)
    state = twin.state(x.double(), w.double())
    tolerance = 1e-10 if dtype == torch.float64 else 1e-5
    torch.testing.assert_close(p, state.abs().square().to(dtype), atol=tolerance, rtol=0)
    for column, operator in zip(e.T, OPERATORS, strict=True):
        matrix = torch.from_numpy(qml.matrix(qml.pauli.string_to_pauli_word(Z[operator]), wire_order=range(3)))
        expected = torch.einsum("bi,ij,bj->b", state.conj(), matrix.to(state.dtype), state).real
        torch.testing.assert_close(column, expected.to(dtype), atol=tolerance, rtol=0)


@pytest.mark.parametrize("quantity", ["probabilities", "expectations"])
@pytest.mark.parametrize("name", BACKENDS)
def test_gradients_agree_with_the_twin_or_are_refused(name, quantity):
    circuit, twin = Circuit(mixed, 3, 2, backend=name), Twin(mixed, 3, 2)
    x, w = (values.requires_grad_() for values in samples(circuit))
    p = twin.probabilities(x, w)
    signs = torch.tensor([[1.0 - 2 * (bin(b >> 1).count("1") % 2) for b in range(8)]], dtype=p.dtype)  # Z_0 Z_1
    expected, ours = (p, circuit.probabilities) if quantity == "probabilities" else ((p * signs).sum(1), None)
    if quantity not in circuit.backend.gradients:
        with pytest.raises(InputError, match=f"mixed: backend '{name}' has no gradients of {quantity}; 'statevector'"):
            circuit.probabilities(x, w) if ours else circuit.expectations(x, w, [(0, 1)])
        with torch.no_grad():
            assert circuit.probabilities(x, w).shape == (3, 8)
        return
    found = ours(x, w) if ours else circuit.expectations(x, w, [(0, 1)])[:, 0]
    pick = torch.arange(1.0, 1 + found.numel(), dtype=p.dtype).reshape(found.shape)
    for a, b in zip(
        torch.autograd.grad((found * pick).sum(), (x, w)),
        torch.autograd.grad((expected * pick).sum(), (x, w)),
        strict=True,
    ):
        torch.testing.assert_close(a, b, atol=1e-10, rtol=0)


@pytest.mark.parametrize("name", BACKENDS)
def test_counts_follow_the_probabilities_sample_by_sample(name):
    """Chi squared of all samples together; the same from the same seed, other shots for equal samples."""
    circuit = Circuit(mixed, 3, 1, backend=name)
    x, w = samples(circuit)
    counts = circuit.counts(x, w, 2000, np.random.default_rng(0))
    assert counts.dtype == np.int64
    np.testing.assert_array_equal(counts.sum(axis=1), 2000)
    expected = 2000 * Twin(mixed, 3, 1).probabilities(x, w).numpy()
    assert ((counts - expected) ** 2 / expected).sum() < chi2.ppf(0.9999, 3 * 7)
    np.testing.assert_array_equal(circuit.counts(x, w, 2000, np.random.default_rng(0)), counts)
    alike = circuit.counts(x[:1].expand(20, -1), w[:1].expand(20, -1, -1, -1), 1, np.random.default_rng(3))
    assert len(np.unique(alike.argmax(axis=1))) > 1


@pytest.mark.parametrize("name", BACKENDS)
def test_wire_zero_is_the_most_significant_bit(name):
    @ansatz(weight_shape=lambda n_qubits, depth: ())
    def flip_the_first(inputs, weights, wires):
        qml.PauliX(wires=wires[0])
        qml.CNOT(wires=[wires[0], wires[2]])

    circuit = Circuit(flip_the_first, 4, 1, backend=name)
    nothing = torch.zeros(2, 4), torch.zeros(())
    assert circuit.counts(*nothing, 5, np.random.default_rng(0))[:, 0b1010].tolist() == [5, 5]
    assert circuit.probabilities(*nothing)[0, 0b1010] == pytest.approx(1)
    found = circuit.expectations(*nothing, [(0,), (1,), (2,), (0, 2)])
    torch.testing.assert_close(found[0], torch.tensor([-1.0, 1.0, -1.0, 1.0]))


@pytest.mark.parametrize("n_shots", [3, FEW, FEW + 1])
def test_few_and_many_shots_have_one_law(n_shots):
    p = torch.tensor([[0.5, 0.25, 0.25, 0.0]], dtype=torch.float64).expand(2000, -1)
    counts = draw(p, n_shots, np.random.default_rng(0))
    total = 2000 * n_shots * p[0].numpy()
    assert counts[:, 3].max() == 0
    assert (((counts.sum(axis=0) - total) ** 2)[:3] / total[:3]).sum() < chi2.ppf(0.9999, 2)
    assert counts[:, 0].var() == pytest.approx(n_shots / 4, rel=0.15)


def test_threads_change_nothing():
    circuit = Circuit(line, 8, 3)
    x, w = samples(circuit, batch=37)
    before, results = torch.get_num_threads(), []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            at = w.clone().requires_grad_()
            p = circuit.probabilities(x, at)
            results.append((p.detach(), torch.autograd.grad(p[:, ::3].square().sum(), at)[0]))
    finally:
        torch.set_num_threads(before)
    for one, three in zip(*results, strict=True):
        torch.testing.assert_close(one, three, atol=1e-15, rtol=0)


def test_second_derivatives_are_those_of_pennylane_or_refused():
    weights = samples(Circuit(line, 2, 1))[1].requires_grad_()

    def slope(name):
        circuit = Circuit(line, 2, 1, backend=name)
        value = circuit.probabilities(torch.ones(2), weights)[:, 1] ** 2
        return torch.autograd.grad(value.sum(), weights, create_graph=True)[0]

    torch.testing.assert_close(slope("statevector"), slope("pennylane"), atol=1e-12, rtol=0)
    assert torch.autograd.grad(slope("pennylane").square().sum(), weights)[0].abs().max() > 0
    with pytest.raises(InputError, match="'statevector' has no second derivatives: expected backend 'pennylane'"):
        torch.autograd.grad(slope("statevector").square().sum(), weights)


@pytest.mark.parametrize(
    ("operators", "message"),
    [
        ([], "expected at least one, as the wires of its Pauli Z, found none"),
        ([()], r"expected different wires of 0..2 for each, found \(\)"),
        ([(0, 3)], r"expected different wires of 0..2 for each, found \(0, 3\)"),
        ([(0,), (1, 1)], r"expected different wires of 0..2 for each, found \(1, 1\)"),
        ([0], "expected different wires of 0..2 for each, found 0"),
    ],
)
def test_bad_operators_are_one_line(operators, message):
    with pytest.raises(InputError, match=f"operators: {message}"):
        Circuit(line, 3, 1).expectations(torch.zeros(3), torch.zeros(1, 3, 2), operators)


def test_bad_backends_are_one_line():
    with pytest.raises(InputError, match="simulation/statvector: no such plug-in in qgen"):
        Circuit(line, 2, 1, backend="statvector")
    with pytest.raises(InputError, match="backend: expected one with gradients, probabilities, expectations, counts"):
        Circuit(line, 2, 1, backend=object())
    with pytest.raises(InputError, match="line: backend 'aer' has no amplitudes"):
        Circuit(line, 2, 1, backend="aer").state(torch.zeros(2), torch.zeros(1, 2, 2))
    with pytest.raises(InputError, match="line: expected n_shots >= 1, found 0"):
        Circuit(line, 2, 1).counts(torch.zeros(2), torch.zeros(1, 2, 2), 0, np.random.default_rng(0))
    with pytest.raises(InputError, match="backend 'statevector': expected tensors on the cpu, found meta"):
        Statevector().state(Traced((("RX", (0,), 1),), torch.zeros(1, 1, device="meta"), 1))


def test_backends_are_found_by_short_name_long_name_class_and_object():
    for backend in ("aer", "simulation/aer", resolve("simulation/aer"), resolve("simulation/aer")()):
        assert type(Circuit(line, 2, 1, backend=backend).backend).__name__ == "Aer"
    circuit = Circuit(line, 2, 1)
    assert circuit.on("statevector") is circuit
    assert type(circuit.on("aer").backend).__name__ == "Aer"
