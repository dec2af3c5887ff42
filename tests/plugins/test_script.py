"""What a plug-in needs of the script that it stands in."""

import subprocess
import sys

import qgen
from qgen.plugins.script import needed

SCRIPT = '''"""A training."""
from __future__ import annotations
import sys, math as m
import pennylane as qml
from qgen.generators.classical.bootstrap import Bootstrap
import qgen

print("training")
SCALE: float = 2.0
TABLE = {}
TABLE["a"], other = SCALE, 3
try:
    from numpy import pi
except ImportError:
    pi = 3.0

def helper(x):
    return m.sin(x) * TABLE["a"] * pi

@qgen_wrapped if False else (lambda f: f)
def circuit(inputs, weights, wires):
    for block in weights:
        for x, w, i in zip(inputs, block, wires):
            qml.RX(helper(0.1) * x, wires=i)
            qml.RY(w, wires=i)

circuit.weight_shape = lambda n, depth: (depth, n)

class Mine(Bootstrap):
    """Mine."""

if __name__ == "__main__":
    circuit.weight_shape = None
model = 1 / 0
'''


def test_the_statements_that_make_a_name():
    part = needed(SCRIPT, "circuit")
    assert part.startswith(
        "from __future__ import annotations\n\nimport sys, math as m\n\nimport pennylane as qml\n\nSCALE"
    )
    kept = ('TABLE["a"], other', "try:", "pi = 3.0", "def helper", "@qgen_wrapped", "circuit.weight_shape = lambda")
    assert all(words in part for words in kept)
    left_out = ("training", "Bootstrap", "class Mine", "__name__", "1 / 0")
    assert not any(words in part for words in left_out)
    space = {}
    exec(part, space)
    assert space["circuit"].weight_shape(3, 2) == (2, 3)
    assert needed(SCRIPT, "nothing") == ""
    assert needed("if __name__ == '__main__':\n    def inside(): ...\n", "inside") == ""


def test_a_model_of_a_script_is_loaded_without_running_it(tmp_path):
    script = SCRIPT.replace("model = 1 / 0", "").replace("@qgen_wrapped if False else (lambda f: f)\n", "")
    script = script.replace("    circuit.weight_shape = None", "    showers = qgen.load('clic/e-', stop=60)")
    script += "    qgen.QGAN(ansatz=circuit, epochs=1, depth=1).fit(showers, seed=0).save('circuit')\n"
    script += "    Mine().fit(showers, seed=0).save('mine')\n"
    (tmp_path / "train.py").write_text(script)
    subprocess.run([sys.executable, "-W", "ignore", "train.py"], cwd=tmp_path, check=True, capture_output=True)
    code = "import qgen; print([len(qgen.load_generator(n).sample([5e4], seed=0)) for n in ('circuit', 'mine')])"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "[1, 1]\n", done.stderr
    assert type(qgen.load_generator(tmp_path / "mine")).__name__ == "Mine"
