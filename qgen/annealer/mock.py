"""What would a processor answer? The vendor's mock with the physics and the refusals that it lacks.

`MockDWaveSampler` has the graphs and the properties of the processors. By itself it ignores flux biases and automatic
scaling, takes any field, and reports a constant time. Here flux biases become fields, values outside the ranges are
refused or scaled, every programming has its own control errors,

    h -> h + sigma_h N(0, 1),   J -> J + sigma_j N(0, 1) ,

reads are drawn from the distribution of a device, with errors of the readout, and times follow the vendor's model.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import dimod
import numpy as np
from dwave.cloud.exceptions import SolverFailureError
from dwave.graphs import (
    chimera_coordinates,
    chimera_two_color,
    pegasus_coordinates,
    pegasus_four_color,
    zephyr_coordinates,
    zephyr_four_color,
)
from dwave.system.temperatures import fluxbias_to_h
from dwave.system.testing import MockDWaveSampler
from numpy.typing import NDArray

from qgen.annealer.placement import Client
from qgen.annealer.ranges import Ranges
from qgen.annealer.timing import timing, timing_data
from qgen.files import InputError
from qgen.ising import Ising, Sampler
from qgen.ising.bqm import to_bqm

GROUP_RANGE = (-13.0, 10.0)
"""per_group_coupling_range of the published Zephyr processors."""
STRONG = 2.0
"""Coupling over temperature from which on single-spin updates move slowly, as inside chains of qubits."""


@dataclass(frozen=True)
class Device:
    """What a stand-in draws from.

    Attributes:
        sampler: of the distribution.
        patient: the same with longer chains, for programmes with a bond stronger than `STRONG` temperatures.
        beta: at which it is asked: reads follow exp(-beta E) of the programmed energy E, or its quantum counterpart.
        sigma_h: standard deviation of the control error of h, in programmed units.
        sigma_j: the same of J.
        readout_error: probability that a bit is read wrongly.
        flux_b_ghz: B at which flux and field are compared [GHz].
        flux_mafm_ph: largest mutual inductance [pH].
    """

    sampler: Sampler
    patient: Sampler
    beta: float
    sigma_h: float
    sigma_j: float
    readout_error: float
    flux_b_ghz: float
    flux_mafm_ph: float


@lru_cache(maxsize=8)
def processor(topology: str, shape: tuple[int, ...], broken: tuple[int, ...] = ()) -> MockDWaveSampler:
    """The vendor's mock of a processor, without its own draws: copy it before use.

    Raises:
        InputError: no such topology or shape.
    """
    try:
        mock = MockDWaveSampler(
            topology_type=topology,
            topology_shape=list(shape),
            broken_nodes=list(broken),
            parameter_warnings=False,
            exact_solver_cutoff=0,
            properties={"problem_timing_data": timing_data(topology), "chip_id": f"stand-in {topology}{shape}"},
        )
    except (ValueError, TypeError) as error:
        raise InputError(f"topology: {topology}{shape}: {error}") from error
    if topology == "zephyr":
        del mock.properties["per_qubit_coupling_range"]
        mock.properties["per_group_coupling_range"] = list(GROUP_RANGE)
    mock.colours = _colours(mock)
    mock.graph = mock.to_networkx_graph()
    _ = mock.adjacency  # worked out once, for all copies
    return mock


def _colours(mock: MockDWaveSampler) -> dict[int, int]:
    """A colour of every qubit such that no coupler joins equal ones."""
    shape = mock.properties["topology"]["shape"]
    match mock.properties["topology"]["type"]:
        case "zephyr":
            place, colour = zephyr_coordinates(*shape).linear_to_zephyr, zephyr_four_color
        case "pegasus":
            place, colour = pegasus_coordinates(*shape).linear_to_pegasus, pegasus_four_color
        case _:
            place, colour = chimera_coordinates(*shape).linear_to_chimera, chimera_two_color
    return {qubit: int(colour(place(qubit))) for qubit in mock.nodelist}


class StandInClient(Client):
    """A structured sampler with the arguments, refusals and answers of a processor.

    Args:
        mock: of the processor.
        device: its physics.
        rng: source of all randomness.
        about: what `properties["stand_in"]` says of the device.
    """

    def __init__(self, mock: MockDWaveSampler, device: Device, rng: np.random.Generator, about: dict[str, Any]) -> None:
        self._mock = copy.copy(mock)
        self._mock.substitute_sampler = _Draws(device, mock.colours, rng)
        self.nodelist, self.edgelist, self.adjacency = mock.nodelist, mock.edgelist, mock.adjacency
        self.parameters, self.properties = mock.parameters, {**mock.properties, "stand_in": about}
        self._device, self._rng = device, rng
        self._ranges = Ranges.of(self)

    def to_networkx_graph(self) -> Any:
        """The graph of the processor."""
        return self._mock.graph

    def sample(
        self,
        bqm: dimod.BinaryQuadraticModel,
        *,
        num_reads: int = 1,
        answer_mode: str = "histogram",
        auto_scale: bool = True,
        flux_biases: Sequence[float] | None = None,
        **options: Any,
    ) -> dimod.SampleSet:
        """One call, with the parameters of the vendor's solvers.

        Raises:
            SolverFailureError: a value outside its range, as the processor refuses it.
            KeyError: a parameter that no processor has.
        """
        for name in options:
            if name not in self.parameters:
                raise KeyError(f"{name} is not a parameter of this solver.")
        low, high = self.properties["num_reads_range"]
        if not low <= num_reads <= high:
            raise SolverFailureError(f"num_reads is {num_reads}, expected {low} to {high}")
        qubits = list(bqm.variables)
        inside = self._told(_ising(bqm, qubits, self._mock.colours), auto_scale)
        programmed = to_bqm(self._programmed(inside, flux_biases), qubits)
        reads = self._mock.sample(programmed, num_reads=num_reads, answer_mode=answer_mode)
        reads.record.energy[:] = bqm.energies(reads)
        reads.info["timing"] = timing(self.properties, len(qubits), num_reads, options)
        return reads

    def _told(self, model: Ising, auto_scale: bool) -> Ising:
        """Fields and couplings inside the ranges: scaled to fill them, or refused."""
        ranges = self._ranges
        used = [(model.biases, ranges.h), (model.couplings, ranges.j), (ranges.totals(model), ranges.total)]
        fill = max(max(x.max(initial=0) / high, x.min(initial=0) / low) for x, (low, high) in used)
        if auto_scale and fill > 0:
            return replace(model, biases=1 / fill * model.biases, couplings=1 / fill * model.couplings)
        if fill > 1 + 1e-9:
            raise SolverFailureError("h or J out of range: the processor refuses the problem")
        return model

    def _programmed(self, model: Ising, flux_biases: Sequence[float] | None) -> Ising:
        """What the device holds: with flux biases as fields, and with the errors of this programming."""
        device, rng = self._device, self._rng
        h = model.biases + device.sigma_h * rng.standard_normal(model.n_nodes)
        j = model.couplings + device.sigma_j * rng.standard_normal(len(model.couplings))
        if flux_biases is not None:
            if len(flux_biases) != self.properties["num_qubits"]:
                raise SolverFailureError(f"flux_biases: expected one per qubit, found {len(flux_biases)}")
            flux = np.asarray(flux_biases)[model.qubits]
            h = h + fluxbias_to_h(flux, B=device.flux_b_ghz, MAFM=device.flux_mafm_ph)
        return replace(model, biases=h, couplings=j)


class _Draws(dimod.Sampler):
    """Reads of a device, in the place of the mock's own."""

    parameters: Any = {}  # noqa: RUF012
    properties: Any = {}  # noqa: RUF012

    def __init__(self, device: Device, colours: dict[int, int], rng: np.random.Generator) -> None:
        self._device, self._colours, self._rng = device, colours, rng

    def sample(self, bqm: dimod.BinaryQuadraticModel, *, num_reads: int, **_: Any) -> dimod.SampleSet:
        """Independent reads, columns by number of the qubit as a processor returns them."""
        qubits = sorted(bqm.variables)
        model = _ising(bqm, qubits, self._colours)
        device = self._device
        slow = device.beta * np.abs(model.couplings).max(initial=0) > STRONG
        sampler = device.patient if slow else device.sampler
        spins = sampler.sample(model, n=num_reads, beta=device.beta, rng=self._rng).spins
        wrong = self._rng.random(spins.shape) < device.readout_error
        spins = np.where(wrong, -spins, spins).astype(np.int8)
        return dimod.SampleSet.from_samples((spins, qubits), vartype="SPIN", energy=model.energy(spins))


def _ising(bqm: dimod.BinaryQuadraticModel, qubits: Sequence[int], colours: dict[int, int]) -> Ising:
    h, (first, second, j), _ = bqm.spin.to_numpy_vectors(variable_order=qubits)
    labels: NDArray[np.intp] = np.array(qubits, dtype=np.intp)
    edges = np.stack([first, second], axis=1).astype(np.intp)
    return Ising(np.asarray(h), edges, np.asarray(j), np.array([colours[q] for q in qubits], dtype=np.intp), labels)
