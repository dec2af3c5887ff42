"""Gate-model family: hybrid quantum generative adversarial networks."""

from qgen.generators.qgan.generator import QGAN

__all__ = ["QGAN"]
