"""Named devices have the couplings that their names say."""

import importlib.util
from collections import Counter

import pytest

from qgen.files import InputError
from qgen.screening.devices import device


def neighbours(name: str, n_qubits: int) -> tuple[int, Counter[int]]:
    """Number of qubits, and how many qubits have how many neighbours."""
    made = device(name, n_qubits)
    pairs = {tuple(sorted(pair)) for pair in made.coupling_map.get_edges()}
    degrees = Counter(qubit for pair in pairs for qubit in pair)
    return made.num_qubits, Counter(degrees.values())


@pytest.mark.parametrize(
    ("name", "n_qubits", "expected"),
    [
        ("line:7", 5, (7, {1: 2, 2: 5})),
        ("ring:7", 5, (7, {2: 7})),
        ("grid:9", 5, (9, {2: 4, 3: 4, 4: 1})),
        ("grid:10", 5, (12, {2: 4, 3: 6, 4: 2})),
        ("full:5", 5, (5, {4: 5})),
        ("line", 5, (20, {1: 2, 2: 18})),
        ("line", 30, (30, {1: 2, 2: 28})),
    ],
)
def test_couplings(name, n_qubits, expected):
    size, degrees = neighbours(name, n_qubits)
    assert (size, dict(degrees)) == expected


@pytest.mark.parametrize(("name", "size"), [("heavy_hex:19", 19), ("heavy_hex", 57), ("heavy_hex:58", 115)])
def test_a_heavy_hex_lattice_has_at_most_three_neighbours(name, size):
    found, degrees = neighbours(name, 6)
    assert found == size
    assert max(degrees) == 3


def test_gates_are_those_of_present_processors():
    assert {"cz", "rz", "sx", "x"} <= set(device("heavy_hex", 6).operation_names)
    assert not {"cx", "ecr", "u", "swap"} & set(device("heavy_hex", 6).operation_names)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("heavyhex", r"found 'heavyhex' \(did you mean 'heavy_hex'\?\)"),
        ("line:0", "found 'line:0'"),
        ("", "found ''"),
        ("line:5", "device line:5: expected at least 6 qubits, found 5"),
    ],
)
def test_bad_names_are_one_line(name, message):
    with pytest.raises(InputError, match=message):
        device(name, 6)


@pytest.mark.skipif(importlib.util.find_spec("qiskit_ibm_runtime") is not None, reason="the extra is there")
def test_a_snapshot_without_the_extra_says_what_to_install():
    with pytest.raises(InputError, match=r'device FakeTorino: needs qiskit-ibm-runtime: pip install "qgen-hep\[ibm\]"'):
        device("FakeTorino", 6)


@pytest.mark.skipif(importlib.util.find_spec("qiskit_ibm_runtime") is None, reason="needs the extra ibm")
@pytest.mark.filterwarnings("ignore")
def test_a_snapshot():
    assert device("FakeTorino", 6).num_qubits == 133
    with pytest.raises(InputError, match="no such snapshot in qiskit-ibm-runtime"):
        device("FakeTurin", 6)
