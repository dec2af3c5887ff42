"""The sealed part of the embedded samples: 15 % of their showers, kept from all training and all tuning.

Settings that were chosen by looking at scores are fitted, a little, to the showers that were scored. So headline
numbers are made once, on showers that nobody looked at before. Which those are is read from each shower itself:

    u = BLAKE2b(voxels, incident energy) / 2^64,    sealed where u < 0.15,

over the bytes of its native voxels (float32) and its energy (float64), little-endian. It depends neither on the order
of a file nor on other showers, and equal showers are on the same side.
"""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qgen.datasets.reader import load
from qgen.datasets.registry import SAMPLES, locate
from qgen.showers import Showers

__all__ = ["SEALED", "digests", "is_embedded", "open_part", "sealed"]

SEALED = 0.15
"""Share of the showers."""


def digests(showers: Showers) -> NDArray[np.uint64]:
    """One number of 64 bits for every shower, of its voxels and its energy; shape (n_showers,)."""
    rows = zip(showers.voxels.astype("<f4", copy=False), showers.incident_energy.astype("<f8"), strict=True)
    hashes = (hashlib.blake2b(row.tobytes() + energy.tobytes(), digest_size=8).digest() for row, energy in rows)
    return np.frombuffer(b"".join(hashes), dtype="<u8").astype(np.uint64)


def sealed(showers: Showers) -> NDArray[np.bool_]:
    """Which showers, in their native cells, are sealed; shape (n_showers,)."""
    return digests(showers) / 2.0**64 < SEALED


def is_embedded(source: str | Path) -> bool:
    """Whether a source is an embedded sample, by its name or by its path.

    Raises:
        InputError: there is no such file or sample.
    """
    return locate(source).resolve() in {path.resolve() for path in SAMPLES.values()}


def open_part(source: str | Path) -> Showers:
    """Showers to train, to tune and to look at: an embedded sample without its sealed part; all of any other file.

    Raises:
        InputError: as `load`.
    """
    showers = load(source)
    return showers.select(~sealed(showers)) if is_embedded(source) else showers
