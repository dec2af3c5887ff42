"""Showers from and to files: the public layouts (one per file of this folder) and the embedded GEANT4 samples."""

from qgen.datasets.layout import Download, Layout, UnitWarning, Usual
from qgen.datasets.reader import Stream, chosen_rows, detect, load, save, stream
from qgen.datasets.summary import available, catalogue, describe, summary

__all__ = [
    "Download",
    "Layout",
    "Stream",
    "UnitWarning",
    "Usual",
    "available",
    "catalogue",
    "chosen_rows",
    "describe",
    "detect",
    "load",
    "save",
    "stream",
    "summary",
]
