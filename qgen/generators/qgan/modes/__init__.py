"""How circuits make an image: one mode per file, each a `Mode`.

| mode | qubits for 2^n pixels | what makes one shower differ from the next |
|---|---|---|
| probability | n | nothing: the mean image (DESY, 2101.11132) |
| style | n | latent noise in every angle |
| ancilla | n + ancillas | the outcome of measured ancillas |
| dual | n, and another circuit of its own | the bit string that the other circuit gives |
| angle | one for every pixel | latent noise in every angle |
| patch | one circuit for every patch, one that shares out | latent noise in every angle |
| perceptron | none: the classical control of as many parameters | latent noise |
"""

from collections.abc import Mapping

from qgen.generators.qgan.modes._mode import Images, Mode, Recipe
from qgen.generators.qgan.modes.ancilla import Ancilla
from qgen.generators.qgan.modes.angle import Angle
from qgen.generators.qgan.modes.dual import Dual
from qgen.generators.qgan.modes.patch import Patch
from qgen.generators.qgan.modes.perceptron import Perceptron
from qgen.generators.qgan.modes.probability import Probability
from qgen.generators.qgan.modes.style import Style

__all__ = ["MODES", "Images", "Mode", "Recipe"]

MODES: Mapping[str, type[Mode]] = {
    "probability": Probability,
    "style": Style,
    "ancilla": Ancilla,
    "dual": Dual,
    "angle": Angle,
    "patch": Patch,
    "perceptron": Perceptron,
}
