"""What is compared where."""

import inspect

from qgen.comparison.task import Task


def test_qcbm_study_is_wired_as_it_says(find, tmp_path, monkeypatch):
    """Which generators are compared in which folder, and what the other studies are asked; nothing is trained."""
    study = find("qcbm")
    asked = []
    for name in ("compare", "states", "held_out", "shots", "scan"):
        monkeypatch.setitem(
            inspect.unwrap(study).__globals__, name, lambda *args, name=name, **options: asked.append((name, *args))
        )
    study(["clic/e-"], ["codebook"], ["circuits/line"], depth=3, epochs=7, budget="quick", seeds=2, out=tmp_path)
    (compared, *others), (depth, qubits) = asked[:-2], asked[-2:]
    folder = tmp_path / "clic-e-"
    name, *args = compared
    assert (name, args[0], args[1], args[3:]) == ("compare", folder, "clic/e-", ["image8x8", "quick", 2])
    assert args[2][:4] == [
        "qcbm:code=codebook,ansatz=circuits/line,depth=3,epochs=7 as codebook, line",
        "qcbm:code=codebook,ansatz=circuits/product,depth=3,epochs=7 as codebook, no entanglers",
        "qcbm:code=codebook,ansatz=circuits/line,depth=3,epochs=0 as codebook, untrained",
        "qcbm:code=profile,ansatz=circuits/line,depth=3,epochs=7 as profile",
    ]
    for spec in args[2]:
        Task(spec.partition(" as ")[0], "clic/e-", budget="quick").create()
    main = ["codebook, line"]
    assert others == [("states", folder), ("held_out", folder, (10.0, 20.0), main), ("shots", folder, main)]
    assert (depth[1], depth[3]["codebook"][0]) == (folder / "depth", (1, "qcbm:ansatz=circuits/line,epochs=7,depth=1"))
    most = (11, "qcbm:ansatz=circuits/line,depth=3,epochs=7,shape_bits=8")
    assert (qubits[1], qubits[3]["codebook"][-1]) == (folder / "qubits", most)
    asked.clear()
    study(["calogan/e+"], extras=False, scans=False, out=tmp_path)
    assert [one[0] for one in asked] == ["compare", "states"]
    assert [spec.partition(" as ")[2] for spec in asked[0][3][:3]] == [
        "codebook, controlled_line",
        "codebook, line",
        "codebook, ring",
    ]
