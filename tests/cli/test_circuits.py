"""`qgen circuits`: tables, drawings, files; bad input is one line."""

import json

import pytest

from qgen.cli import main
from qgen.plugins import plugins

QUICK = ["--pairs", "100", "--starts", "20", "--device", "line"]


def test_list_and_show(capsys):
    assert main(["circuits", "list"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in plugins("circuits"))
    assert main(["circuits", "show", "circuits/line", "--n_qubits", "3"]) == 0
    assert "●" in capsys.readouterr().out


def test_cost(capsys):
    assert (
        main(["circuits", "cost", "circuits/ring", "--n_qubits", "4", "--depth", "2", "--devices", "full", "line:6"])
        == 0
    )
    _, _, written, full, on_line = capsys.readouterr().out.splitlines()
    assert written.split() == ["as", "written", "8", "8", "14"]
    assert full.split()[:4] == ["full", "(20", "qubits)", "8"]
    assert int(on_line.split()[3]) > 8


def test_screen_writes_table_and_figure(capsys, tmp_path):
    out = tmp_path / "screen"
    names = ["circuits/product", "circuits/line"]
    arguments = ["--circuits", *names, "--n_qubits", "2", "3", "--depths", "1", "--out", str(out), *QUICK]
    assert main(["circuits", "screen", *arguments]) == 0
    found = json.loads((out / "screening.json").read_text())
    assert {(row["circuit"], row["n_qubits"]) for row in found["rows"]} == {(name, n) for name in names for n in (2, 3)}
    assert {path.name for path in out.iterdir()} == {f"screening.{kind}" for kind in ("json", "md", "pdf", "png")}
    assert "Haar-random (floor)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "circuits/lin"], "did you mean 'circuits/line'"),
        (["show", "files/line"], "files/line: no such plug-in in qgen"),
        (["show", ".relative:circuit"], ".relative: cannot be imported"),
        (["cost", "nowhere.py:circuit"], "nowhere.py"),
        (["cost", "circuits/line", "--devices", "heavyhex"], "did you mean 'heavy_hex'"),
        (["cost", "circuits/line", "--devices", "line:3"], "expected at least 6 qubits, found 3"),
        (["cost", "circuits/line", "--devices", "ring:1"], "expected at least 6 qubits, found 2"),
        (["cost", "circuits/line", "--seeds", "0"], "expected at least one seed"),
        (["cost", "circuits/line", "--n_qubits", "0"], "n_qubits"),
        (["screen", "--circuits", "circuits/line", "circuits/rng", *QUICK], "did you mean 'circuits/ring'"),
        (["screen", "--device", "moon"], "found 'moon'"),
        (["screen", "--loss", "kl"], "kl"),
        (["screen", "--n_qubits", "two"], "n_qubits"),
        (["screen", "--n_qubits", "0", *QUICK], "n_qubits"),
        (["screen", "--n_qubits", "40", *QUICK], "expected at most 20 qubits, found 40"),
        (["cost", "circuits/line", "--devices", "full:100000"], "found 'full:100000'"),
        (["screen", "--loss", "mmd", "--dataset", "nowhere.hdf5"], "nowhere.hdf5"),
        (["screen", "--loss", "mmd", "--n_qubits", "12"], "expected at most 9 qubits"),
        (["screen", "--pairs", "1", "--device", "line"], "n_pairs"),
        (["screen", "--out", "/proc/nowhere"], "/proc/nowhere"),
        (["screen", "--out", "file"], "file"),
    ],
)
def test_bad_input_is_one_line_and_status_2(capsys, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert main(["circuits", *arguments]) == 2
    text = capsys.readouterr().err
    assert text.startswith("qgen: "), text
    assert text.count("\n") == 1, text
    assert words in text, text
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["file"]


def test_a_drawing_has_symbols_and_the_circuits_own_size(tmp_path, capsys):
    (tmp_path / "mine.py").write_text(
        "from qiskit import QuantumCircuit\nfrom qiskit.circuit import ParameterVector\n"
        "w, x = ParameterVector('w', 2), ParameterVector('inputs', 1)\n"
        "three = QuantumCircuit(3)\nthree.ry(2 * w[0], 0)\nthree.crx(x[0], 0, 1)\nthree.rzz(w[1], 1, 2)\n"
    )
    assert main(["circuits", "show", f"{tmp_path}/mine.py:three", "--out", str(tmp_path / "three.pdf")]) == 0
    drawn = capsys.readouterr().out
    for part in ("RY(2*w0)", "RX(x0)", "IsingZZ(w1)", "2: ─", "three.pdf"):
        assert part in drawn
    assert "0.00" not in drawn
    assert (tmp_path / "three.pdf").read_bytes().startswith(b"%PDF")
    assert main(["circuits", "show", "circuits/line", "--out", str(tmp_path / "three.pdf")]) == 2
    assert "three.pdf: is there already; say --force to overwrite it" in capsys.readouterr().err


def test_the_list_imports_no_circuit(capsys):
    assert main(["circuits", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[:3] == ["circuits/line", "Hardware-efficient", "ansatz"] for line in lines)
    assert len(lines) == 12
