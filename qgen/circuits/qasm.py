"""Circuits written in OpenQASM 3 (2104.14722) in place of an ansatz, read by Qiskit's importer.

    OPENQASM 3.0;
    include "stdgates.inc";
    input float inputs_0;
    input array[float, 2] w;
    qubit[2] q;
    ry(inputs_0 + w[0]) q[0];
    cx q[0], q[1];
    ry(w[1] * sin(inputs_0)) q[1];

`input float` and `input angle` are parameters. Those named inputs, inputs_k or _inputs_k_ (as Qiskit writes inputs[k]),
and the elements of an array named inputs, are the inputs. All others are the weights, in the order of their names,
numbers at the end taken as numbers: what `qiskit.qasm3.dumps` writes is the same ansatz again. Qubits are numbered in
the order in which they are declared, and are wires as in `_qiskit`: q[0] is the least significant bit.

What the importer lacks is rewritten first: arrays of parameters, and functions and powers in angles (but not
inside of gate definitions).
"""

import io
import operator
from contextlib import redirect_stderr
from typing import Any

import openqasm3
import sympy
from openqasm3 import ast
from openqasm3.visitor import QASMTransformer
from qiskit.exceptions import QiskitError
from qiskit_qasm3_import import ConversionError, convert

from qgen.circuits._contract import as_ansatz
from qgen.circuits._fixed import FixedCircuit, numbered
from qgen.circuits._qiskit import from_qiskit
from qgen.files import InputError, read_text

OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow}
FUNCTIONS = {
    **{name: getattr(sympy, name) for name in ("sin", "cos", "tan", "asin", "acos", "atan", "exp", "log", "sqrt")},
    **{f"arc{name}": getattr(sympy, f"a{name}") for name in ("sin", "cos", "tan")},
    "abs": sympy.Abs,
}
"""Functions of angles, by their names in OpenQASM 3 and in what Qiskit writes."""
CONSTANTS = {"pi": sympy.pi, "π": sympy.pi, "tau": 2 * sympy.pi, "τ": 2 * sympy.pi, "euler": sympy.E, "ℇ": sympy.E}
IMPORT_ERRORS = (ConversionError, QiskitError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What the importer raises on programs that it cannot convert."""


def read(reference: str) -> FixedCircuit:
    """A circuit from a file, or from its text.

    Raises:
        InputError: no such file, or something in it that cannot be used; says where.
    """
    if ";" in reference:
        return from_text(reference, name="OpenQASM text")
    try:
        text = read_text(reference)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise InputError(f"{reference}: expected a file of OpenQASM 3, found: {reason}") from error
    return from_text(text, name=reference)


def write(circuit: Any) -> str | None:
    """OpenQASM 3 of a Qiskit or OpenQASM circuit; None for an ansatz that is a Python function."""
    ansatz = as_ansatz(circuit)
    return ansatz.source if isinstance(ansatz, FixedCircuit) else None


def from_text(text: str, *, name: str) -> FixedCircuit:
    """A circuit from its text; `name` is what messages call it.

    Raises:
        InputError: something in it that cannot be used; says where.
    """
    complaints = io.StringIO()
    try:
        with redirect_stderr(complaints):  # where the parser says what it does not understand
            program = openqasm3.parse(text)
        if program.version is not None and not program.version.startswith("3"):
            raise InputError(f"{name}: expected OpenQASM 3, found OpenQASM {program.version}")
        if not program.statements:
            raise InputError(f"{name}: expected OpenQASM 3, found no statements")
        lowered = _Lowered()
        circuit = convert(lowered.visit(program))
    except openqasm3.parser.QASM3ParsingError as error:
        reason = complaints.getvalue() or str(error)
        raise InputError(f"{name}: expected OpenQASM 3, found: {' '.join(reason.split())}") from error
    except InputError:
        raise
    except IMPORT_ERRORS as error:
        raise InputError(f"{name}: expected OpenQASM 3 that Qiskit can import, found: {error}") from error
    return from_qiskit(
        circuit,
        name=name,
        meaning=lowered.meaning,
        order=lambda parameter: (numbered(parameter), parameter),
        source=text,
    )


class _Lowered(QASMTransformer[None]):
    """A program in the importer's terms.

    Attributes:
        meaning: expressions that parameters were put in for.
    """

    def __init__(self) -> None:
        self.meaning: dict[sympy.Symbol, sympy.Expr] = {}
        self._declared: set[str] = set()

    def visit_Program(self, node: ast.Program) -> ast.Program:
        self.generic_visit(node)
        declared = [_declaration(symbol.name) for symbol in self.meaning]
        first = next((k for k, line in enumerate(node.statements) if not isinstance(line, ast.Include)), 0)
        node.statements[first:first] = declared
        return node

    def visit_IODeclaration(self, node: ast.IODeclaration) -> ast.IODeclaration | list[ast.IODeclaration]:
        if not isinstance(node.type, ast.ArrayType):
            self._declared.add(node.identifier.name)
            return node
        sizes = node.type.dimensions
        if len(sizes) != 1 or not isinstance(sizes[0], ast.IntegerLiteral):
            raise ConversionError("expected arrays of one dimension and a literal size", node)
        names = [f"{node.identifier.name}_{k}" for k in range(sizes[0].value)]
        self._declared.update(names)
        return [_declaration(name) for name in names]

    def visit_QuantumGateDefinition(self, node: ast.QuantumGateDefinition) -> ast.QuantumGateDefinition:
        return node

    def visit_QuantumGate(self, node: ast.QuantumGate) -> ast.QuantumGate:
        node.arguments = [self._argument(argument) for argument in node.arguments]
        return node

    def _argument(self, node: ast.Expression) -> ast.Expression:
        """The angle of a gate, replaced by a parameter where it is more than a number or a parameter."""
        if not isinstance(node, ast.BinaryExpression | ast.FunctionCall | ast.IndexExpression | ast.UnaryExpression):
            return node
        name = f"angle {len(self.meaning)}"  # a name that no program has
        self.meaning[sympy.Symbol(name)] = self._value(node)
        return ast.Identifier(name)

    def _value(self, node: ast.Expression) -> sympy.Expr:
        """What an angle is; whole numbers divided give a fraction.

        Raises:
            ConversionError: it has something that is not known.
        """
        match node:
            case ast.IntegerLiteral() | ast.FloatLiteral():
                return sympy.sympify(node.value)
            case ast.Identifier(name) if name in CONSTANTS:
                return CONSTANTS[name]
            case ast.Identifier(name) if name in self._declared:
                return sympy.Symbol(name)
            case ast.IndexExpression(collection=ast.Identifier(array), index=[ast.IntegerLiteral(k)]):
                return self._value(ast.Identifier(f"{array}_{k}"))
            case ast.UnaryExpression() if node.op.name == "-":
                return -self._value(node.expression)
            case ast.BinaryExpression() if node.op.name in OPERATORS:
                return OPERATORS[node.op.name](self._value(node.lhs), self._value(node.rhs))
            case ast.FunctionCall(name=ast.Identifier(called), arguments=[argument]) if called in FUNCTIONS:
                return FUNCTIONS[called](self._value(argument))
        supported = f"numbers, declared inputs, {' '.join(OPERATORS)}, {', '.join(FUNCTIONS)}"
        raise ConversionError(f"expected angles of {supported}, found {openqasm3.dumps(node)}", node)


def _declaration(name: str) -> ast.IODeclaration:
    return ast.IODeclaration(ast.IOKeyword.input, ast.FloatType(), ast.Identifier(name))
