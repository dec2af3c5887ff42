"""A gate with angles under controls, as gates with fewer: PennyLane's ways compare numbers, and an angle is none yet.

    C(RZ(a)) = RZ(a/2) X RZ(-a/2) X  with the X under the same controls, and so for RY (quant-ph/9503016, lemma 7.9),

a phase of the target is a rotation of it and half the phase of the controls, and all others are made of these.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pennylane as qml

Gates = list[Any]


def parts(op: Any) -> Gates:
    """The gates of a controlled operation of PennyLane's with angles."""
    controls = list(op.control_wires)
    flips = [qml.PauliX(wire) for wire, value in zip(controls, op.control_values, strict=True) if not value]
    return [*flips, *_under(op.base, controls), *flips]


def _under(base: Any, controls: Sequence[Any]) -> Gates:
    """A gate where all controls are 1."""
    angles, wires = list(base.parameters), list(base.wires)
    match base.name:
        case "RZ" | "RY" if len(controls) == 1:
            return [getattr(qml, f"C{base.name}")(angles[0], wires=[*controls, *wires])]
        case "RZ" | "RY":
            half, flip = angles[0] / 2, _flip(controls, wires[0])
            return [type(base)(half, wires), *flip, type(base)(-half, wires), *flip]
        case "RX":
            turn = qml.Hadamard(wires)
            return [turn, *_under(qml.RZ(angles[0], wires), controls), turn]
        case "PhaseShift" | "U1":
            return [*_under(qml.RZ(angles[0], wires), controls), *_phase(angles[0] / 2, controls)]
        case "GlobalPhase":
            return _phase(-angles[0], controls)
        case "IsingXX" | "IsingYY" | "IsingZZ":
            first, second = wires
            turns = _turns(base.name[-1], wires)
            entangled = [*turns, qml.CNOT([first, second])]
            undone = [qml.CNOT([first, second]), *(qml.adjoint(one, lazy=False) for one in turns)]
            return [*entangled, *_under(qml.RZ(angles[0], second), controls), *undone]
    if isinstance(base, qml.ops.Controlled):
        inner = [*controls, *base.control_wires]
        flips = [qml.PauliX(w) for w, value in zip(base.control_wires, base.control_values, strict=True) if not value]
        return [*flips, *_under(base.base, inner), *flips]
    if not base.num_params:
        return [qml.ctrl(base, control=controls)]
    return [gate for one in base.decomposition() for gate in _under(one, controls)]


def _phase(angle: Any, controls: Sequence[Any]) -> Gates:
    """exp(i angle) where all controls are 1."""
    *others, last = controls
    phase = qml.PhaseShift(angle, last)
    if not others:
        return [phase]
    return _under(phase, others) if len(others) > 1 else [qml.ControlledPhaseShift(angle, wires=[*others, last])]


def _flip(controls: Sequence[Any], target: Any) -> Gates:
    return [qml.CNOT([*controls, target]) if len(controls) == 1 else qml.MultiControlledX(wires=[*controls, target])]


def _turns(axis: str, wires: Sequence[Any]) -> Gates:
    """What turns an axis to Z on both wires."""
    if axis == "Z":
        return []
    return [qml.Hadamard(wire) if axis == "X" else qml.RX(np.pi / 2, wire) for wire in wires]
