"""Gate-model family: hybrid quantum generative adversarial networks."""

from qgen.qgan.generator import QGAN

__all__ = ["QGAN"]
