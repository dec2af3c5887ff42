"""Angles of Qiskit circuits in closed form, checked.

Qiskit 2.3 hands out expressions in two ways, both of which are at times wrong: `sympify` exchanges the operands of some
differences (a - 2 b becomes 2 b - a), and `str` lacks brackets in a/(-b*c). `bind` is right, so either is taken only
where it agrees with that at points without symmetry.
"""

import math
from collections.abc import Iterator
from typing import Any

import sympy
from qiskit.circuit import Parameter, ParameterExpression
from qiskit.exceptions import QiskitError

from qgen.files import InputError

GOLDEN = (math.sqrt(5) - 1) / 2
TOLERANCE = 1e-9


def symbolic(angle: Any, name: str) -> sympy.Expr:
    """An angle for sympy: its parameters are symbols of their names, a number has all its digits.

    Args:
        angle: a number or a `ParameterExpression`.
        name: of the circuit, for messages.

    Raises:
        InputError: neither of them, not real for parameters in 0..1, or an expression that Qiskit tells wrongly.
    """
    try:
        if isinstance(angle, Parameter):
            return sympy.Symbol(angle.name)
        if not isinstance(angle, ParameterExpression) or not angle.parameters:
            return sympy.Float(float(angle), 17)
        for candidate in _candidates(angle):
            if _agree(angle, candidate):
                return candidate
    except (QiskitError, ArithmeticError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(f"{name}: expected angles of real numbers and parameters, found {angle}") from error
    raise InputError(f"{name}: expected an angle that Qiskit can tell, found {angle}: write it in another way")


def probes(n: int) -> list[list[float]]:
    """Three points between 0.1 and 0.9 on every axis, no two of their coordinates alike."""
    return [[0.1 + 0.8 * ((k * GOLDEN + point / math.e) % 1) for k in range(1, n + 1)] for point in range(3)]


def _candidates(angle: ParameterExpression) -> Iterator[sympy.Expr]:
    """What Qiskit says that an expression is."""
    yield angle.sympify()
    parameters = sorted(angle.parameters, key=lambda p: p.name)
    safe = [Parameter(f"parameter_of_qgen_{k}") for k in range(len(parameters))]
    text = str(angle.subs(dict(zip(parameters, safe, strict=True))))
    names = {sympy.Symbol(new.name): sympy.Symbol(old.name) for new, old in zip(safe, parameters, strict=True)}
    yield sympy.parse_expr(text).xreplace(names)


def _agree(angle: ParameterExpression, candidate: sympy.Expr) -> bool:
    """Whether they have the same values."""
    parameters = sorted(angle.parameters, key=lambda p: p.name)
    for values in probes(len(parameters)):
        expected = float(angle.bind(dict(zip(parameters, values, strict=True))))
        value = candidate.xreplace(
            {sympy.Symbol(p.name): sympy.Float(v, 17) for p, v in zip(parameters, values, strict=True)}
        )
        if not math.isclose(float(value), expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            return False
    return True
