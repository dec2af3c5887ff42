"""qgen: like-for-like comparison of quantum generative models of calorimeter showers."""

from qgen.datasets import load

__all__ = ["load"]

__version__ = "0.1.0"
