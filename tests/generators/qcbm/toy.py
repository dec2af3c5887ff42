import numpy as np

from qgen.geometry import Geometry, Layer
from qgen.showers import Showers

EDGES = tuple(float(i) for i in range(5))
GEOMETRY = Geometry("toy", (Layer((EDGES, (0.0, 1.0)), (0.0, 1.0)),), representation="toy")


def toy(n: int = 4000, seed: int = 0) -> Showers:
    """Showers of four pixels whose peak moves, with a response of 2 % +- 10 %."""
    rng = np.random.default_rng(seed)
    energy = rng.uniform(5e3, 1e5, n)
    peak = rng.normal(1.5 + np.log(energy / 3e4) / 3, 0.5)
    f = np.exp(-((np.arange(4) - peak[:, None]) ** 2) / 1.5 + 0.1 * rng.standard_normal((n, 4)))
    response = 0.02 * np.exp(0.1 * rng.standard_normal(n))
    return Showers(f / f.sum(axis=1, keepdims=True) * (response * energy)[:, None], energy, GEOMETRY)
