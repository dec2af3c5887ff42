from typing import Any

import pytest
from dwave.cloud.solver import StructuredSolver
from dwave.cloud.testing.mocks import structured_solver_data

from qgen.annealer.timing import timing, timing_data


@pytest.mark.parametrize("topology", ["zephyr", "pegasus", "chimera"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"annealing_time": 100.0},
        {"anneal_schedule": [(0.0, 0.0), (60.0, 1.0)]},
        {"annealing_time": 50.0, "readout_thermalization": 10.0, "programming_thermalization": 5.0},
        {"reduce_intersample_correlation": True},
    ],
)
def test_access_time_is_the_vendors(topology: str, options: dict[str, Any]) -> None:
    properties = {"problem_timing_data": timing_data(topology), "qubits": [0], "couplers": [], "num_qubits": 1}
    data = structured_solver_data(properties={**properties, "parameters": {}, "supported_problem_types": ["ising"]})
    solver = StructuredSolver(client=None, data=data)
    found = timing(solver.properties, 1208, 500, options)
    assert found["qpu_access_time"] == pytest.approx(solver.estimate_qpu_access_time(1208, num_reads=500, **options))
    parts = ("qpu_anneal_time_per_sample", "qpu_readout_time_per_sample", "qpu_delay_time_per_sample")
    assert found["qpu_sampling_time"] == pytest.approx(500 * sum(found[part] for part in parts))
    assert found["qpu_access_time"] == pytest.approx(found["qpu_programming_time"] + found["qpu_sampling_time"])


def test_published_times_of_a_zephyr_processor() -> None:
    properties = {"problem_timing_data": timing_data("zephyr")}
    few, all_ = (timing(properties, n, 1, {}) for n in (1, 4592))
    assert few["qpu_programming_time"] == pytest.approx(33600.0)
    assert few["qpu_readout_time_per_sample"] == pytest.approx(17.0)
    assert all_["qpu_readout_time_per_sample"] == pytest.approx(101.0)
    assert all_["qpu_delay_time_per_sample"] == pytest.approx(60.6)
