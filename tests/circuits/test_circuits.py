"""Structure of the ansaetze that ship with qgen, against templates of PennyLane's and closed forms."""

import re
from pathlib import Path

import numpy as np
import pennylane as qml
import pytest
import torch
from scipy.linalg import hadamard

from qgen.circuits.brickwork import brickwork
from qgen.circuits.iqp import iqp
from qgen.circuits.line import line
from qgen.circuits.mera import mera
from qgen.circuits.strongly_entangling import strongly_entangling
from qgen.circuits.style import style
from qgen.circuits.tree_tensor_network import tree_tensor_network
from qgen.files import InputError
from qgen.plugins import plugins, resolve
from qgen.simulation.circuit import Circuit
from qgen.simulation.twin import Twin

SIZES = {
    "circuits/brickwork": (3 * 3 + 3 * 2, (6, 6, 2)),
    "circuits/controlled_line": (6 * 5, (6, 17)),
    "circuits/identity_brickwork": (6 * 2 * 5, (6, 66)),
    "circuits/identity_line": (6 * 2 * 5, (6, 42)),
    "circuits/iqp": (6 * 15, (6, 21)),
    "circuits/line": (6 * 5, (6, 6, 2)),
    "circuits/mera": (6 * 8, (6, 8, 2, 2)),
    "circuits/product": (0, (6, 6, 2)),
    "circuits/ring": (6 * 6, (6, 6, 2)),
    "circuits/strongly_entangling": (6 * 6, (6, 6, 3)),
    "circuits/style": (6 * 6, (6 * 31,)),
    "circuits/tree_tensor_network": (6 * 5, (6, 5, 2, 2)),
}
"""Two-qubit gates and shape of the weights at six qubits and six blocks."""
TREES = {"circuits/mera", "circuits/tree_tensor_network"}


def drawn(circuit: Circuit, seed: int = 0, n: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Random inputs and weights between 0 and 1."""
    rng = torch.Generator().manual_seed(seed)
    batch = () if n is None else (n,)
    x = torch.rand(*batch, circuit.n_inputs, generator=rng, dtype=torch.float64)
    return x, torch.rand(*batch, *circuit.weight_shape, generator=rng, dtype=torch.float64)


def pairs(ansatz, n_qubits: int, depth: int = 1) -> list[tuple[int, ...]]:
    """Wires of the two-qubit gates in order."""
    return [wires for _, wires, _ in Circuit(ansatz, n_qubits, depth).operations() if len(wires) == 2]


def test_every_ansatz_is_tested():
    assert set(SIZES) == set(plugins("circuits"))


@pytest.mark.parametrize("name", plugins("circuits"))
def test_resources_at_six_qubits_and_six_blocks(name):
    circuit = Circuit(resolve(name), 6, 6)
    assert (circuit.two_qubit_gates, circuit.weight_shape) == SIZES[name]
    assert circuit.n_inputs == 6


@pytest.mark.parametrize("name", sorted(set(SIZES) - TREES))
def test_one_wire(name):
    circuit, twin = Circuit(resolve(name), 1, 2), Twin(resolve(name), 1, 2)
    assert circuit.two_qubit_gates == 0
    torch.testing.assert_close(circuit.state(*drawn(circuit)), twin.state(*drawn(circuit)))


@pytest.mark.parametrize("name", sorted(TREES))
def test_one_wire_is_no_tree(name):
    with pytest.raises(InputError, match=r"expected n_qubits >= 2 for a tree, found 1") as error:
        Circuit(resolve(name), 1, 2)
    assert "\n" not in str(error.value)


def test_the_table_of_the_docs():
    """Two-qubit gates, weights and reach at six qubits, per block where it does not say otherwise."""
    page = (Path(__file__).parents[2] / "docs" / "circuits.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (yes|no) \|", page, re.MULTILINE)
    assert {f"circuits/{name}" for name, *_ in rows} == set(SIZES)
    for name, two_qubit_gates, weights, neighbours in rows:
        circuit = Circuit(resolve(f"circuits/{name}"), 6, 2)
        found = pairs(circuit.ansatz, 6, 2)
        assert (len(found), circuit.n_weights) == tuple(in_two_blocks(cell) for cell in (two_qubit_gates, weights)), (
            name
        )
        assert all(abs(a - b) == 1 for a, b in found) == (neighbours == "yes"), name


def in_two_blocks(cell: str) -> int:
    """From "5", "5 in two" or "30 + 6 once"."""
    match cell.split():
        case [number]:
            return 2 * int(number)
        case [number, "in", "two"]:
            return int(number)
        case [number, "+", once, "once"]:
            return 2 * int(number) + int(once)
    raise AssertionError(cell)


def test_a_controlled_line_is_the_identity_at_angles_zero():
    """On any state, prepared here by a first block; the gates are written out for two wires."""
    name = resolve("circuits/controlled_line")
    one, two = Circuit(name, 2, 1), Circuit(name, 2, 2)
    weights = torch.zeros(2, 5, dtype=torch.float64)
    weights[0] = torch.tensor([0.3, 1.1, 0.7, -0.4, 0.9])
    torch.testing.assert_close(two.state(torch.zeros(2), weights), one.state(torch.zeros(2), weights[:1]))

    @qml.qnode(qml.device("default.qubit", wires=2), interface="torch")
    def written():
        for wire, (z, y) in enumerate([(0.3, 1.1), (0.7, -0.4)]):
            qml.RX(0.2 + wire, wires=wire)
            qml.RZ(z, wires=wire)
            qml.RY(y, wires=wire)
        qml.CRY(0.9, wires=[0, 1])
        return qml.state()

    found = one.state(torch.tensor([0.2, 1.2], dtype=torch.float64), weights[:1])[0]
    torch.testing.assert_close(found, written())


def test_ring_on_two_wires_has_no_second_gate_on_the_same_pair():
    assert Circuit(resolve("circuits/ring"), 2, 3).two_qubit_gates == 3


@pytest.mark.parametrize("name", plugins("circuits"))
@pytest.mark.parametrize("n_qubits", [3, 4])
def test_every_angle_matters(name, n_qubits):
    """Each input and each weight moves some probability; but the last gate of strongly entangling layers is a phase."""
    circuit = Circuit(resolve(name), n_qubits, 2)
    by_input, by_weight = torch.autograd.functional.jacobian(
        lambda a, b: circuit.probabilities(a, b)[0], drawn(circuit)
    )
    moved = by_weight.abs().amax(0)
    phases = torch.zeros_like(moved, dtype=torch.bool)
    if name == "circuits/strongly_entangling":
        phases[-1, :, 2] = True
    assert (by_input.abs().amax(0) > 1e-3).all()
    assert (moved[~phases] > 1e-5).all()
    assert (moved[phases] < 1e-15).all()


def correlation(name: str) -> float:
    """Largest |p(b_0, b_1) - p(b_0) p(b_1)| over pairs of bits of three."""
    circuit = Circuit(resolve(name), 3, 2)
    rng = torch.Generator().manual_seed(1)
    x, w = torch.rand(3, generator=rng), torch.rand(circuit.weight_shape, generator=rng)
    p = circuit.probabilities(x.double(), w.double()).reshape(2, 2, 2)
    pairs = (p.sum(axis) for axis in range(3))
    return max(float((pair - pair.sum(1, keepdim=True) * pair.sum(0, keepdim=True)).abs().max()) for pair in pairs)


@pytest.mark.parametrize("name", plugins("circuits"))
def test_only_the_product_has_independent_bits(name):
    if name == "circuits/product":
        assert correlation(name) < 1e-15
    else:
        assert correlation(name) > 5e-3


@pytest.mark.parametrize("n_qubits", [2, 3, 5, 6])
def test_bricks_are_those_of_pennylanes_two_design(n_qubits):
    template = qml.SimplifiedTwoDesign(np.zeros(n_qubits), np.zeros((2, n_qubits - 1, 2)), range(n_qubits))
    expected = [tuple(op.wires) for op in template.decomposition() if op.name == "CZ"]
    assert pairs(brickwork, n_qubits, 4) == expected


@pytest.mark.parametrize("n_qubits", [1, 2, 3, 5])
def test_strongly_entangling_layers_are_pennylanes(n_qubits):
    circuit = Circuit(strongly_entangling, n_qubits, 4)
    _, w = drawn(circuit)

    def template(x, weights, wires):
        qml.StronglyEntanglingLayers(weights, wires=wires)

    template.weight_shape = strongly_entangling.weight_shape
    x = torch.zeros(n_qubits, dtype=torch.float64)
    expected = Twin(template, n_qubits, 4).state(x, w)
    torch.testing.assert_close(circuit.state(x, w), expected, atol=1e-12, rtol=0)


def test_the_tree_is_pennylanes_run_backwards():
    """PennyLane's joins pairs and passes the second wire on, from the leaves to the root; wires numbered backwards."""
    template = qml.TTN(range(8), 2, lambda wires: qml.CNOT(wires=wires), 0)
    blocks = [tuple(op.wires) for op in template.decomposition()]
    assert sorted(pairs(tree_tensor_network, 8)) == sorted((7 - b, 7 - a) for a, b in blocks)
    assert pairs(tree_tensor_network, 8) == [(0, 4), (0, 2), (4, 6), (0, 1), (2, 3), (4, 5), (6, 7)]


@pytest.mark.parametrize("n_qubits", range(2, 10))
def test_a_tree_has_one_gate_for_each_new_wire(n_qubits):
    known = [0]
    for first, second in pairs(tree_tensor_network, n_qubits):
        assert first in known
        known.append(second)
    assert sorted(known) == list(range(n_qubits))


def test_light_cone_of_a_leaf():
    """In one block, the last wire of eight knows the gates on its way to the root, and no others."""
    circuit = Circuit(tree_tensor_network, 8, 1)
    x, w = drawn(circuit)
    moved = torch.autograd.functional.jacobian(lambda b: circuit.probabilities(x, b).reshape(-1, 2).sum(0), w)
    inside = moved.abs().amax(0)[0].amax(dim=(1, 2)) > 1e-12
    assert [pair for pair, known in zip(pairs(tree_tensor_network, 8), inside, strict=True) if known] == [
        (0, 4),
        (4, 6),
        (6, 7),
    ]


def schmidt_rank(ansatz, wires: slice) -> int:
    """Of one block on eight wires, between a slice of them and the others."""
    circuit = Circuit(ansatz, 8, 1)
    state = circuit.state(*drawn(circuit)).reshape(8 * (2,))
    inside = list(range(8))[wires]
    order = [*inside, *(wire for wire in range(8) if wire not in inside)]
    return int(torch.linalg.matrix_rank(state.permute(order).reshape(2 ** len(inside), -1), atol=1e-10))


@pytest.mark.parametrize("below", [slice(4, 8), slice(2, 4), slice(0, 2), slice(6, 8)])
def test_a_branch_of_the_tree_has_bond_dimension_two(below):
    assert schmidt_rank(tree_tensor_network, below) == 2
    assert schmidt_rank(mera, below) > 2


@pytest.mark.parametrize("n_qubits", range(2, 18))
def test_number_of_gates_of_mera(n_qubits):
    """One branch for each new wire; at distance s a disentangler for each even multiple of s from 2 s on."""
    strides = [2**k for k in range(5)]
    expected = (n_qubits - 1) + sum(len(range(2 * s, n_qubits, 2 * s)) for s in strides)
    assert len(pairs(mera, n_qubits)) == expected == 2 * (n_qubits - 1) - (n_qubits - 1).bit_count()


def test_mera_is_the_tree_with_disentanglers_between_its_branches():
    expected = [(0, 4), (0, 2), (4, 6), (2, 4), (0, 1), (2, 3), (4, 5), (6, 7), (1, 2), (3, 4), (5, 6)]
    assert pairs(mera, 8) == expected
    assert [pair for pair in expected if pair in pairs(tree_tensor_network, 8)] == pairs(tree_tensor_network, 8)


@pytest.mark.parametrize(("n_qubits", "depth"), [(1, 1), (3, 1), (4, 1), (3, 2), (2, 3)])
def test_iqp_is_a_walsh_hadamard_transform_of_phases(n_qubits, depth):
    circuit = Circuit(iqp, n_qubits, depth)
    x, w = (values.numpy() for values in drawn(circuit))
    transform = hadamard(2**n_qubits) / 2 ** (n_qubits / 2)
    spins = 1 - 2 * ((np.arange(2**n_qubits)[:, None] >> np.arange(n_qubits)[::-1]) & 1)
    state = np.eye(2**n_qubits)[0]
    for block in w:
        couplings = np.zeros((n_qubits, n_qubits))
        couplings[np.triu_indices(n_qubits, 1)] = block[n_qubits:]
        energy = spins @ (x + block[:n_qubits]) + np.einsum("bi,ij,bj->b", spins, couplings, spins)
        state = np.exp(-0.5j * energy) * (transform @ state)
    found = circuit.state(torch.as_tensor(x), torch.as_tensor(w))[0]
    np.testing.assert_allclose(found.numpy(), transform @ state, atol=1e-12)


def test_one_block_of_style_is_the_published_one():
    """Order of gates and of angles; inputs in the first RY."""
    with qml.queuing.AnnotatedQueue() as queue:
        style(np.array([100.0, 200.0]), np.arange(12.0), range(2))
    found = [(op.name, tuple(op.wires), op.parameters[0]) for op in queue.queue]
    wire = [[("RY", 100 * (i + 1) + 5 * i), ("RZ", 5 * i + 1), ("RY", 5 * i + 2), ("RZ", 5 * i + 3)] for i in range(2)]
    expected = [(name, (i,), angle) for i in range(2) for name, angle in wire[i]]
    expected += [("CRY", (0, 1), 4), ("CRY", (1, 0), 9), ("RY", (0,), 10), ("RY", (1,), 11)]
    assert found == expected


def test_a_line_of_two_is_the_smallest_tree():
    circuit, tree = Circuit(line, 2, 3), Circuit(tree_tensor_network, 2, 3)
    x, w = drawn(circuit)
    torch.testing.assert_close(circuit.state(x, w), tree.state(x, w.reshape(tree.weight_shape)))
