"""How long does a call of a processor take, by the vendor's own model (`estimate_qpu_access_time`)?"""

from collections.abc import Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
from dwave.cloud.solver import StructuredSolver
from dwave.cloud.testing.mocks import qpu_problem_timing_data

KNOBS = {
    "annealing_time",
    "anneal_schedule",
    "programming_thermalization",
    "readout_thermalization",
    "reduce_intersample_correlation",
}
"""Parameters of a call that the model depends on."""


def timing_data(topology: str) -> dict[str, Any]:
    """The property `problem_timing_data` of a processor of that topology, times in microseconds.

    Pegasus and Chimera: as the vendor recorded it of Advantage_system4.1 and of a 2000Q in August 2022. Zephyr: from
    the published table of Advantage2_system1.7 (programming 33 600, delay 60.6, readout 17 to 101 with the number of
    qubits, taken as a power law from 1 to all 4592), the rest as Pegasus.
    """
    if topology == "chimera":
        return dict(qpu_problem_timing_data("2000q"))
    given = dict(qpu_problem_timing_data("advantage"))
    if topology == "zephyr":
        readout = [0.0, *np.log10([4592.0, 17.0, 101.0]).tolist()]
        given |= {
            "typical_programming_time": 33600.0 - given["default_programming_thermalization"],
            "qpu_delay_time_per_sample": 60.6,
            "readout_time_model": "pwl_log_log",
            "readout_time_model_parameters": readout,
        }
    return given


def timing(properties: Mapping[str, Any], n_qubits: int, reads: int, options: Mapping[str, Any]) -> dict[str, float]:
    """What a processor reports in `info["timing"]` [us].

    Args:
        properties: of the solver, with `problem_timing_data`.
        n_qubits: in use.
        reads: of the call.
        options: parameters of the call.
    """
    given = properties["problem_timing_data"]
    knobs = {key: value for key, value in options.items() if key in KNOBS}
    anneal = knobs.get("annealing_time") or given["default_annealing_time"]
    if "anneal_schedule" in knobs:
        anneal = knobs["anneal_schedule"][-1][0]
    estimate = partial(StructuredSolver.estimate_qpu_access_time, SimpleNamespace(properties=properties), n_qubits)
    programming = estimate(num_reads=0, **knobs)
    each = estimate(num_reads=1, **knobs) - programming
    plain = estimate(num_reads=1) - estimate(num_reads=0)
    readout = plain - given["default_annealing_time"] - given["qpu_delay_time_per_sample"]
    readout -= given["default_readout_thermalization"]
    return {
        "qpu_programming_time": float(programming),
        "qpu_anneal_time_per_sample": float(anneal),
        "qpu_readout_time_per_sample": float(readout),
        "qpu_delay_time_per_sample": float(each - anneal - readout),
        "qpu_sampling_time": float(reads * each),
        "qpu_access_time": float(programming + reads * each),
    }
