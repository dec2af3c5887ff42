"""Showers from and to files: the public layouts (one per file of this folder) and the embedded GEANT4 samples."""

from qgen.datasets.layout import Download, Layout, UnitWarning, Usual
from qgen.datasets.reader import Stream, chosen_rows, detect, load, save, stream
from qgen.datasets.sealed import SEALED, digests, is_embedded, open_part, sealed
from qgen.datasets.summary import available, catalogue, describe, summary

__all__ = [
    "SEALED",
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
    "digests",
    "is_embedded",
    "load",
    "open_part",
    "save",
    "sealed",
    "stream",
    "summary",
]
