"""Expressions of Qiskit's, against what it binds."""

import random

import pytest
import sympy
from qiskit.circuit import Parameter, ParameterExpression

from qgen.circuits._symbolic import symbolic
from qgen.files import InputError

A, B = Parameter("a"), Parameter("w[0]")


def expression(rng: random.Random, depth: int) -> ParameterExpression | float:
    """A random one."""
    if depth == 0:
        return rng.choice([A, B, rng.uniform(-2, 2), rng.randint(1, 3)])
    left, right = (expression(rng, depth - 1) for _ in range(2))
    kind = rng.choice("+-*/-sn")
    if kind in "sn":
        return -left if kind == "n" or not isinstance(left, ParameterExpression) else left.sin()
    return {"+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right, "/": lambda: left / right}[
        kind
    ]()


def test_random_expressions_have_qiskits_values_or_are_refused():
    rng, refused, seen = random.Random(0), 0, 0
    for _ in range(300):
        try:
            angle = expression(rng, rng.randint(1, 4))
        except ZeroDivisionError:
            continue
        if not isinstance(angle, ParameterExpression) or not angle.parameters:
            continue
        seen += 1
        values = {p: {"a": 0.37, "w[0]": 0.72}[p.name] for p in angle.parameters}
        try:
            found = symbolic(angle, "mine")
        except InputError:
            refused += 1
            continue
        expected = float(angle.bind(values))
        value = float(found.subs({sympy.Symbol("a"): 0.37, sympy.Symbol("w[0]"): 0.72}))
        assert value == pytest.approx(expected, rel=1e-9, abs=1e-9), str(angle)
    assert seen > 200
    assert refused < 0.02 * seen


@pytest.mark.parametrize("name", ["pi", "E", "I", "lambda", "S", "a b", "θ", "abs", "inputs[3]"])
def test_names_stand_for_nothing_else(name):
    p = Parameter(name)
    assert symbolic(p - 2 * A, "mine") == sympy.Symbol(name) - 2 * sympy.Symbol("a")


@pytest.mark.parametrize("angle", [(A - 5).log(), (A + 2).arcsin(), (A + 2).conjugate() * 1j, A / (-A * B)])
def test_angles_that_are_not_real_or_told_wrongly_are_one_line(angle):
    with pytest.raises(InputError, match="mine: expected an") as error:
        symbolic(angle, "mine")
    assert "\n" not in str(error.value)
