"""The contracts as checks, for qgen's own tests and for authors of plug-ins.

Each check runs a plug-in on a small problem and raises `AssertionError` with one line that says what is broken:

    from qgen.testing import check_generator
    check_generator(MyGenerator(epochs=2), showers)

`tests/test_contract.py` walks qgen's own folders with them.
"""

from qgen.testing.ansaetze import check_ansatz
from qgen.testing.generators import check_generator
from qgen.testing.ising_samplers import check_sampler
from qgen.testing.topologies import check_graph
from qgen.testing.values import check_metric, check_round_trip

__all__ = ["check_ansatz", "check_generator", "check_graph", "check_metric", "check_round_trip", "check_sampler"]
