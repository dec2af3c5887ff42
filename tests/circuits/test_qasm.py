"""OpenQASM 3 as an ansatz, against the same circuits made with Qiskit."""

import numpy as np
import pytest
import torch
from qiskit import QuantumCircuit, qasm3
from qiskit.circuit import Parameter, ParameterVector
from qiskit.quantum_info import Statevector

from qgen.circuits import as_ansatz
from qgen.circuits.qasm import read
from qgen.files import InputError
from qgen.plugins import resolve
from qgen.simulation.circuit import Circuit

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


def equal(text: str, circuit: QuantumCircuit) -> None:
    """Same gates, and the same probabilities for the same inputs and weights in order."""
    found, expected = (Circuit(made, circuit.num_qubits, 1) for made in (text, circuit))
    assert found.operations() == expected.operations()
    assert (found.n_inputs, found.n_weights) == (expected.n_inputs, expected.n_weights)
    rng = torch.Generator().manual_seed(0)
    x = torch.rand(2, found.n_inputs, generator=rng, dtype=torch.float64)
    w = torch.rand(2, found.n_weights, generator=rng, dtype=torch.float64)
    torch.testing.assert_close(found.probabilities(x, w), expected.probabilities(x, w), atol=1e-12, rtol=0)


def equal_probabilities(text, circuit):
    """Of the text and of a circuit of Qiskit's own, whose weight comes from Qiskit itself."""
    found = Circuit(text, circuit.num_qubits, 1)
    rng = torch.Generator().manual_seed(0)
    x = torch.rand(1, found.n_inputs, generator=rng, dtype=torch.float64)
    w = torch.rand(1, found.n_weights, generator=rng, dtype=torch.float64)
    values = {p: (x[0, p.index] if p.name.startswith("inputs") else w[0, 0]).item() for p in circuit.parameters}
    expected = Statevector(circuit.assign_parameters(values)).probabilities()
    np.testing.assert_allclose(found.probabilities(x, w)[0].numpy(), expected, atol=1e-12)


def test_what_qiskit_writes_is_the_same_ansatz():
    """Vectors with more than ten elements, functions, products, gates of a user's own, Greek names."""
    x, w = ParameterVector("inputs", 12), ParameterVector("weights", 12)
    bias, theta = Parameter("bias"), Parameter("θ")
    inner = QuantumCircuit(2, name="mine")
    inner.ry(0.3, 0)
    inner.cx(0, 1)
    circuit = QuantumCircuit(3)
    for k in range(12):
        circuit.ry(w[k] * x[k] + bias, k % 3)
    circuit.append(inner.to_gate(), [2, 0])
    circuit.rzz(theta.sin() ** 2 - abs(w[3]), 0, 2)
    circuit.u(theta, -bias, np.pi / 3, 1)
    circuit.ccx(0, 1, 2)
    circuit.rx(theta, 2)
    equal(qasm3.dumps(circuit), circuit)


def test_expressions_in_the_definitions_of_gates():
    """Products, powers, functions and constants, gates in gates, more angles than ten, modifiers on all that."""
    text = """
    OPENQASM 3.0;
    include "stdgates.inc";
    input array[float, 2] inputs;
    input float a;
    gate turn(x, y) q { ry(2 * x * (pi - y)) q; rz(sin(x) ** 2 - y / 3) q; }
    gate chain(t, u) p, q { turn(t * u, t) p; cx p, q; turn(exp(u), -t) q; gphase(t + u); }
    gate many(t) q { TURNS }
    qubit[3] q;
    chain(inputs[0], a) q[0], q[1];
    chain(a, cos(inputs[1])) q[2], q[0];
    ctrl @ chain(a, 0.5) q[1], q[2], q[0];
    inv @ many(a + 1) q[1];
    """.replace("TURNS", " ".join(f"ry({k} * t) q; rx(t / {k + 1}) q;" for k in range(7)))
    x, a = ParameterVector("inputs", 2), Parameter("a")

    def turn(x, y):
        made = QuantumCircuit(1)
        made.ry(2 * x * (np.pi - y), 0)
        made.rz(x.sin() ** 2 - y / 3 if hasattr(x, "sin") else np.sin(x) ** 2 - y / 3, 0)
        return made.to_gate()

    def chain(t, u):
        made = QuantumCircuit(2, global_phase=t + u)
        made.append(turn(t * u, t), [0])
        made.cx(0, 1)
        made.append(turn(u.exp() if hasattr(u, "exp") else np.exp(u), -t), [1])
        return made.to_gate()

    circuit, many = QuantumCircuit(3), QuantumCircuit(1)
    for k in range(7):
        many.ry(k * (a + 1), 0)
        many.rx((a + 1) / (k + 1), 0)
    circuit.append(chain(x[0], a), [0, 1])
    circuit.append(chain(a, x[1].cos()), [2, 0])
    circuit.append(chain(a, 0.5).control(1), [1, 2, 0])
    circuit.append(many.to_gate().inverse(), [1])
    equal_probabilities(text, circuit)


def test_by_hand():
    """Scalars and arrays, angles and floats, powers and constants, modifiers, a definition, several registers."""
    text = """
    OPENQASM 3.0;
    include "stdgates.inc";
    input float[64] inputs_0;
    input array[angle, 2] w;
    input angle a;
    gate bond(t) p, r { cx p, r; rz(t / 2) r; cx p, r; }
    qubit first;
    qubit[2] q;
    ry(inputs_0 + w[0]) first;
    ry(-w[1] * 0.5 + 1 / 2) q[0];
    bond(a) first, q[1];
    ctrl @ ry(arcsin(a / 2) ** 2 + pi / 4) q[0], q[1];
    inv @ s first;
    negctrl @ rx(sqrt(a)) q[0], first;
    h q;
    """
    x, w, a = ParameterVector("inputs", 1), ParameterVector("w", 2), Parameter("a")
    circuit = QuantumCircuit(3)
    circuit.ry(x[0] + w[0], 0)
    circuit.ry(-w[1] * 0.5 + 0.5, 1)
    circuit.cx(0, 2)
    circuit.rz(a / 2, 2)
    circuit.cx(0, 2)
    circuit.cry((a / 2).arcsin() ** 2 + np.pi / 4, 1, 2)
    circuit.sdg(0)
    circuit.x(1)
    circuit.crx(a**0.5, 1, 0)
    circuit.x(1)
    circuit.h([1, 2])
    found = Circuit(text, 3, 1)
    assert (found.ansatz.inputs, found.ansatz.weights) == (["inputs_0"], ["a", "w_0", "w_1"])
    rng = torch.Generator().manual_seed(0)
    x, w = torch.rand(2, 1, generator=rng).double(), torch.rand(2, 3, generator=rng).double()
    expected = Circuit(circuit, 3, 1)
    torch.testing.assert_close(found.probabilities(x, w), expected.probabilities(x, w), atol=1e-12, rtol=0)


def test_numbers_at_the_end_are_compared_as_numbers():
    declared = "".join(f"input float w_{k}; input float inputs_{k};" for k in (10, 2, 1))
    gates = "".join(f"ry(w_{k} + inputs_{k}) q[0];" for k in (10, 2, 1))
    made = as_ansatz(f"{HEAD}{declared} input float b; qubit[1] q; {gates} rx(b) q[0];")
    assert made.weights == ["b", "w_1", "w_2", "w_10"]
    assert made.n_inputs(1, 1) == 11


def test_a_file_is_its_text(tmp_path):
    text = HEAD + "input float a; qubit[2] q; ry(a) q[0]; cx q[0], q[1];"
    path = tmp_path / "mine.qasm"
    path.write_text(text)
    for reference in (path, str(path)):
        assert repr(resolve(reference)).rsplit(":", 1)[1] == repr(resolve(text)).rsplit(":", 1)[1]
    assert resolve(path).source == text
    assert resolve(path).__name__ == str(path)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("input float a; qubit[2] q; ry(a q[0];", "expected OpenQASM 3, found: line 3:32"),
        (
            "input float a; qubit[2] q; ry(b) q[0];",
            "expected OpenQASM 3 that Qiskit can import, found: 3,30: expected angles of .*, found b",
        ),
        ("input float a; qubit[2] q; ry(2 * b) q[0];", "found: 3,34: expected angles of .*, found b"),
        ("input array[float, 2] w; qubit[2] q; ry(w[2]) q[0];", "expected angles of .*, found w_2"),
        ("input array[float, 2, 2] w; qubit[2] q; ry(w[0]) q[0];", "expected arrays of one dimension"),
        ("input float a; qubit[2] q; ry(mod(a, 2)) q[0];", r"expected angles of .*, found mod\(a, 2\)"),
        ("input float a; qubit[2] q; odd(a) q[0];", "gate 'odd' is not defined"),
        ("input float a; qubit[2] q; ry(a) q[2];", "found: 3,33: index out of range"),
        ("input int a; qubit[2] q; ry(a) q[0];", "only 'float' and 'angle' inputs are supported"),
        ("input float a; bit c; qubit[2] q; ry(a) q[0]; c = measure q[0];", "expected gates only, found a measurement"),
        ("input float a; qubit[2] q; ry(a) q[0]; reset q[0];", "expected gates only, found a reset"),
        ("input float a; bit c; qubit[2] q; if (c) { ry(a) q[0]; }", "found classical control"),
        ("qubit[2] q; h q;", "expected parameters to train, besides those named inputs, found none"),
        ("input float inputs_0; qubit[2] q; ry(inputs_0) q;", "expected parameters to train"),
        ("input float inputs; input float inputs_0; qubit q; ry(inputs + inputs_0) q;", "one name for each input"),
        ("input float a; qubit q; ry(a / 0) q;", r"found: 3,24: an angle that is no finite number: zoo\*a"),
        ("input float a; qubit q; for int i in [0:a] ry(a) q;", "expected a loop over constants, found 0:a"),
        ("input float a; qubit q; for int i in [0:10 ** 8] ry(a) q;", "loops of at most 10000 turns, found 100000001"),
        ("input float a; qubit q; ry(a * 9 ** 9 ** 9 ** 9) q;", "expected powers of at most 1000, found 387420489"),
        ("input array[float, 10 ** 9] a; qubit q; ry(a[0]) q;", "expected arrays of 1 to 100000, found 1000000000"),
        ("input float a; qubit[10 ** 9] q; ry(a) q[0];", "expected at most 1000 qubits, found 1000000000"),
        ("input float a; qubit q; ry(a) q; pow(10 ** 9) @ x q;", r"expected pow\(\) of at most 1000, found 1e\+09"),
        (f"input float a; qubit q; ry({'(' * 2000}a{')' * 2000}) q;", "nested too deeply"),
        (
            "gate g0 q { x q; } "
            + "".join(f"gate g{k} q {{ g{k - 1} q; g{k - 1} q; }} " for k in range(1, 40))
            + "input float a; qubit q; ry(a) q; g39 q;",
            "expected definitions of at most 20000 gates",
        ),
        ('include "/etc/passwd"; input float a; qubit q; ry(a) q;', "non-stdgates imports not currently supported"),
    ],
)
def test_wrong_text_is_one_line(body, message, capsys):
    with pytest.raises(InputError, match="OpenQASM text: .*" + message) as error:
        as_ansatz(HEAD + body)
    assert "\n" not in str(error.value)
    assert capsys.readouterr().err == ""


def test_wrong_files_are_one_line(tmp_path):
    with pytest.raises(InputError, match=r"nowhere.qasm: expected a file of OpenQASM 3, found: No such file"):
        resolve("nowhere.qasm")
    (tmp_path / "bytes.qasm").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"bytes.qasm: expected a file of OpenQASM 3, found: it is no text"):
        resolve(tmp_path / "bytes.qasm")


@pytest.mark.parametrize(
    ("written", "unrolled"),
    [
        ("for int i in [0:2] { ry(w[i]) q[i]; }", "ry(w[0]) q[0]; ry(w[1]) q[1]; ry(w[2]) q[2];"),
        ("for uint i in [2:-1:0] ry(w[i]) q[i];", "ry(w[2]) q[2]; ry(w[1]) q[1]; ry(w[0]) q[0];"),
        ("for int i in {0, 2} { ry(w[i]) q[i]; }", "ry(w[0]) q[0]; ry(w[2]) q[2];"),
        ("for int i in [0:n - 2] cx q[i], q[i + 1]; ry(w[0]) q;", "cx q[0], q[1]; cx q[1], q[2]; ry(w[0]) q;"),
        (
            "for int i in [0:1] { for int j in [i:1] { ry(w[2 * i + j - i] / 2 ** j) q[j]; } }",
            "ry(w[0]) q[0]; ry(w[1] / 2) q[1]; ry(w[2] / 2) q[1];",
        ),
        ("const float half = 0.5; ry(half * w[n - 1] - float(n) / 3) q[n - 1];", "ry(0.5 * w[2] - 1) q[2];"),
        ("gate g(n) a { ry(n * 2) a; } g(w[0]) q[0];", "ry(2 * w[0]) q[0];"),
    ],
)
def test_loops_and_constants(written, unrolled):
    declared = "input array[float, {0}] w; qubit[{0}] q;"
    one = as_ansatz(HEAD + "const int n = 3;" + declared.format("n") + written)
    two = as_ansatz(HEAD + declared.format("3") + unrolled)
    assert one.weights == two.weights
    w = torch.linspace(0.3, 1.7, len(one.weights), dtype=torch.float64)
    p, q = (Circuit(made, 3, 1).probabilities(torch.zeros(0), w).numpy() for made in (one, two))
    np.testing.assert_allclose(p, q, atol=1e-12)


def u_of_the_language(theta: float, phi: float, lam: float) -> np.ndarray:
    """exp(i theta / 2) times the U of Qiskit: the first element is (1 + exp(i theta)) / 2."""
    e = np.exp(1j * np.array([theta, phi, lam]))
    return 0.5 * np.array(
        [[1 + e[0], -1j * e[2] * (1 - e[0])], [1j * e[1] * (1 - e[0]), e[1] * e[2] * (1 + e[0])]],
    )


@pytest.mark.parametrize(
    ("line", "power", "value"),
    [
        ("ctrl @ U(w, 0.4, 1.1) q[1], q[0];", 1, 1),
        ("negctrl @ U(w, 0.4, 1.1) q[1], q[0];", 1, 0),
        ("ctrl @ inv @ U(w, 0.4, 1.1) q[1], q[0];", -1, 1),
        ("gate g(a) t { U(a, 0.4, 1.1) t; } ctrl @ g(w) q[1], q[0];", 1, 1),
    ],
)
def test_a_controlled_u_has_the_phase_of_the_language(line, power, value):
    """OpenQASM 3, built-in gates: U has a phase of exp(i theta / 2) that OpenQASM 2 and Qiskit's U have not."""
    definition, _, call = line.rpartition("} ")
    start = "input float w; qubit[2] q; ry(0.7) q[0]; h q[1]; "
    text = HEAD + (definition + "} " if definition else "") + start + call + " rx(0.9) q[1]; ry(0.3) q[0];"
    w = 0.8
    found = Circuit(text, 2, 1).probabilities(torch.zeros(0), torch.tensor([w], dtype=torch.float64))[0].numpy()

    def rx(t):
        return np.array([[np.cos(t / 2), -1j * np.sin(t / 2)], [-1j * np.sin(t / 2), np.cos(t / 2)]])

    def ry(t):
        return np.array([[np.cos(t / 2), -np.sin(t / 2)], [np.sin(t / 2), np.cos(t / 2)]])

    u = np.linalg.matrix_power(u_of_the_language(w, 0.4, 1.1), power)
    on, off = np.diag([1.0 - value, value]), np.diag([value, 1.0 - value])
    controlled = np.kron(on, u) + np.kron(off, np.eye(2))  # q[1] is the more significant bit
    h = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    state = np.kron(rx(0.9), ry(0.3)) @ controlled @ np.kron(h, ry(0.7))[:, 0]
    np.testing.assert_allclose(found, np.abs(state) ** 2, atol=1e-12)


def test_old_texts_and_names_of_files(tmp_path):
    """OpenQASM 2 is converted, and says so; a version line is not needed; suffixes in any case."""
    old = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; ry(0.3) q[0]; cx q[0],q[1]; rz(pi) q[1]; h q[1];'
    with pytest.warns(UserWarning, match="OpenQASM 2 has no parameters: converted, with each of its 2 angles a weight"):
        made = as_ansatz(old + " measure q -> c;")
    assert made.weights == ["w_0", "w_1"]
    circuit, (a, b) = QuantumCircuit(2), ParameterVector("w", 2)
    circuit.ry(a, 0)
    circuit.cx(0, 1)
    circuit.rz(b, 1)
    circuit.h(1)
    equal(made.source, circuit)
    with pytest.raises(InputError, match=r"expected OpenQASM 2 or 3, found: .*'odd' is not defined"):
        as_ansatz("OPENQASM 2.0; qreg q[1]; odd q[0];")
    text = 'include "stdgates.inc"; input float a; qubit[2] q; ry(a) q[0]; cx q[0], q[1];'
    for name in ("mine.qasm3", "MINE.QASM"):
        (tmp_path / name).write_text(text)
        assert as_ansatz(str(tmp_path / name)).weights == as_ansatz(text).weights == ["a"]


@pytest.mark.parametrize("line", ["ry(" + "-" * 20_000 + "w) q[0];", "ctrl @ " * 5000 + "ry(w) q[0];"])
def test_long_chains_are_refused_before_they_are_parsed(line):
    text = f'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float w;\nqubit[1] q;\n{line}\n'
    with pytest.raises(InputError, match=r"expected at most 50 in a row, found more: .* \.\.\.$"):
        read(text)


def test_comments_may_be_ruled():
    text = f'// {"-" * 80}\n/* {"(" * 60} {"@ " * 60}*/\ninclude "stdgates.inc"; input float w; qubit[1] q; ry(w) q[0];'
    assert read(text).weights == ["w"]


def test_brackets_nested_deeply_are_refused_before_they_are_parsed(tmp_path):
    (tmp_path / "deep.qasm").write_text(f"OPENQASM 3.0; input float a; qubit q; ry({'(' * 10**5}a{')' * 10**5}) q;")
    with pytest.raises(InputError, match=r"deep.qasm: expected at most 50 brackets in one another, found .*100001"):
        read(str(tmp_path / "deep.qasm"))
