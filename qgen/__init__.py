"""qgen: like-for-like comparison of quantum generative models of calorimeter showers.

Names are imported when they are first used, so that `import qgen` is quick.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from qgen.datasets import load, save, stream
    from qgen.evaluation import Evaluation, evaluate
    from qgen.files import InputError
    from qgen.generators.iqp import IQPBornMachine
    from qgen.generators.protocol import Generator
    from qgen.generators.qcbm import QCBM
    from qgen.generators.qgan import QGAN
    from qgen.generators.qvae import CaloQVAE
    from qgen.generators.saved import load_generator
    from qgen.geometry import Geometry, Layer
    from qgen.representations import represent
    from qgen.showers import Showers

__all__ = [
    "QCBM",
    "QGAN",
    "CaloQVAE",
    "Evaluation",
    "Generator",
    "Geometry",
    "IQPBornMachine",
    "InputError",
    "Layer",
    "Showers",
    "evaluate",
    "load",
    "load_generator",
    "represent",
    "save",
    "stream",
]

_HOMES = {
    "qgen.datasets": ("load", "save", "stream"),
    "qgen.evaluation": ("Evaluation", "evaluate"),
    "qgen.files": ("InputError",),
    "qgen.geometry": ("Geometry", "Layer"),
    "qgen.generators.iqp": ("IQPBornMachine",),
    "qgen.generators.protocol": ("Generator",),
    "qgen.generators.qcbm": ("QCBM",),
    "qgen.generators.qgan": ("QGAN",),
    "qgen.generators.qvae": ("CaloQVAE",),
    "qgen.generators.saved": ("load_generator",),
    "qgen.representations": ("represent",),
    "qgen.showers": ("Showers",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
_ROOMS = ("circuits", "datasets", "generators", "metrics", "observables", "representations", "samplers", "testing")


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    if name in _ROOMS:
        return importlib.import_module(f"qgen.{name}")
    raise AttributeError(f"module 'qgen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME, *_ROOMS})
