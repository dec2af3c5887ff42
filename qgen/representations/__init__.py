"""Linear, energy-conserving projections between geometries: one representation per file."""

from qgen.representations._projection import Projection, projection, represent

__all__ = ["Projection", "projection", "represent"]
