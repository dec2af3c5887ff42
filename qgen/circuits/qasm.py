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

What the importer lacks is rewritten first: arrays of parameters, functions and powers in angles, constants, and loops
over them (`_qasm_loops`). A gate whose definition has angles that are more than its parameters, gate g(a) q
{ ry(2 * a) q; }, gets one parameter for every angle in it, and every call of it the values of these. A program in
OpenQASM 2 is converted.
"""

import copy
import io
import math
import operator
import re
import warnings
from collections.abc import Collection, Sequence
from contextlib import redirect_stderr
from itertools import accumulate
from typing import Any

import openqasm3
import sympy
from openqasm3 import ast
from openqasm3.visitor import QASMTransformer
from qiskit import qasm2
from qiskit.exceptions import QiskitError
from qiskit_qasm3_import import ConversionError, convert

from qgen.circuits._contract import as_ansatz
from qgen.circuits._fixed import FixedCircuit
from qgen.circuits._qasm_loops import constant, unrolled
from qgen.circuits._qiskit import MOST_GATES, from_qiskit, with_free_angles
from qgen.files import InputError, read_text

OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow}
FUNCTIONS = {
    **{name: getattr(sympy, name) for name in ("sin", "cos", "tan", "asin", "acos", "atan", "exp", "log", "sqrt")},
    **{f"arc{name}": getattr(sympy, f"a{name}") for name in ("sin", "cos", "tan")},
    "abs": sympy.Abs,
}
"""Functions of angles, by their names in OpenQASM 3 and in what Qiskit writes."""
CONSTANTS = {"pi": sympy.pi, "π": sympy.pi, "tau": 2 * sympy.pi, "τ": 2 * sympy.pi, "euler": sympy.E, "ℇ": sympy.E}
VERSION_2 = re.compile(r"^\s*OPENQASM\s+2", re.MULTILINE)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
MOST_DEPTH = 50
"""Of brackets in one another; of signs, and of modifiers of a gate, in a row."""
SIGNS = re.compile(rf"(?:[-~!]\s*){{{MOST_DEPTH + 1}}}")
MODIFIERS = re.compile(rf"(?:@[^@;]*){{{MOST_DEPTH + 1}}}")
MOST_CHARACTERS, MOST_PARAMETERS, MOST_QUBITS, MOST_POWER = 10**6, 10**5, 1000, 1000
"""Of a program: what is larger would only take time and memory before it is refused."""
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
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"{name}: expected at most {MOST_CHARACTERS} characters, found {len(text)}")
    bare = COMMENT.sub(" ", text)  # which may be ruled with any number of signs
    if (depth := _depth(bare)) > MOST_DEPTH:  # the parser would take minutes
        raise InputError(
            f"{name}: expected at most {MOST_DEPTH} brackets in one another, found them nested too deeply ({depth})"
        )
    for chain in (SIGNS, MODIFIERS):
        if found := chain.search(bare):
            raise InputError(f"{name}: expected at most {MOST_DEPTH} in a row, found more: {found[0][:20]} ...")
    if VERSION_2.search(text):
        return _from_version_2(text, name)
    if not bare.strip(" \t\r\n\f\v;"):
        raise InputError(f"{name}: expected OpenQASM 3, found no statements")
    complaints = io.StringIO()
    try:
        with redirect_stderr(complaints):  # where the parser says what it does not understand
            program = openqasm3.parse(text)
        if program.version is not None and not program.version.startswith("3"):
            raise InputError(f"{name}: expected OpenQASM 3, found OpenQASM {program.version}")
        if not program.statements:
            raise InputError(f"{name}: expected OpenQASM 3, found no statements")
        lowered = _Lowered()
        circuit = convert(lowered.visit(unrolled(program)))
    except openqasm3.parser.QASM3ParsingError as error:
        reason = complaints.getvalue() or str(error)
        raise InputError(f"{name}: expected OpenQASM 3, found: {' '.join(reason.split())}") from error
    except RecursionError as error:
        raise InputError(f"{name}: expected OpenQASM 3, found brackets or sums that are nested too deeply") from error
    except ConversionError as error:
        raise InputError(f"{name}: expected OpenQASM 3 that Qiskit can import, found: {error}") from error
    except IMPORT_ERRORS as error:
        reason = f"{_place(error)}{error or type(error).__name__}"
        raise InputError(f"{name}: expected OpenQASM 3 that Qiskit can import, found: {reason}") from error
    return from_qiskit(circuit, name=name, meaning=lowered.meaning, source=text)


def _from_version_2(text: str, name: str) -> FixedCircuit:
    """A circuit in OpenQASM 2, which has no parameters: every angle becomes a weight, and final measurements go."""
    try:
        circuit = qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    except (QiskitError, RecursionError) as error:
        raise InputError(f"{name}: expected OpenQASM 2 or 3, found: {' '.join(str(error).split())}") from error
    circuit.remove_final_measurements()
    freed = with_free_angles(circuit, name)
    warnings.warn(
        f"{name}: OpenQASM 2 has no parameters: converted, with each of its {freed.num_parameters} angles a weight",
        stacklevel=2,
    )
    return from_qiskit(freed, name=name)


def _place(error: BaseException) -> str:
    """Line and column of what the importer worked on, "3,5: "; nothing where it does not say."""
    place, trace = "", error.__traceback__
    while trace is not None:
        span = getattr(trace.tb_frame.f_locals.get("node"), "span", None)
        place = f"{span.start_line},{span.start_column}: " if span else place
        trace = trace.tb_next
    return place


class _Lowered(QASMTransformer[None]):
    """A program in the importer's terms.

    Attributes:
        meaning: expressions that parameters were put in for.
    """

    def __init__(self) -> None:
        self.meaning: dict[sympy.Symbol, sympy.Expr] = {}
        self._declared: set[str] = set()
        self._n_qubits = 0
        self._redefined: set[str] = set()
        self._sizes: dict[str, int] = {}
        self._defined: dict[str, tuple[list[sympy.Symbol], list[sympy.Expr]]] = {}
        """By gate, the parameters that it was written with, and the angles in it, which are its parameters now."""

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
            raise ConversionError("expected arrays of one dimension and a constant size", node)
        if not 1 <= sizes[0].value <= MOST_PARAMETERS:
            raise ConversionError(f"expected arrays of 1 to {MOST_PARAMETERS}, found {sizes[0].value}", node)
        names = [f"{node.identifier.name}_{k}" for k in range(sizes[0].value)]
        self._declared.update(names)
        return [_declaration(name) for name in names]

    def visit_QubitDeclaration(self, node: ast.QubitDeclaration) -> ast.QubitDeclaration:
        self._n_qubits += 1 if node.size is None else getattr(node.size, "value", 1)
        if self._n_qubits > MOST_QUBITS:
            raise ConversionError(f"expected at most {MOST_QUBITS} qubits, found {self._n_qubits}", node)
        return node

    def visit_QuantumGateDefinition(self, node: ast.QuantumGateDefinition) -> ast.QuantumGateDefinition:
        names = [argument.name for argument in node.arguments]
        angles: list[sympy.Expr] = []  # their names sort as they stand: the importer takes parameters in that order

        def parameters(values: Sequence[sympy.Expr]) -> list[ast.Expression]:
            angles.extend(values)
            return [ast.Identifier(f"inner {k:06}") for k in range(len(angles) - len(values), len(angles))]

        self._redefined |= {node.name.name} & {"U"}
        node.body = [one for line in node.body for one in self._with_phase(line, always=True)]
        for line in node.body:
            if isinstance(line, ast.QuantumGate):
                self._require_modifiers(line)
                line.arguments = parameters(self._angles(line, names))
            elif isinstance(line, ast.QuantumPhase):
                (line.argument,) = parameters([self._value(line.argument, names)])
        self._sizes[node.name.name] = sum(self._size(line) for line in node.body)
        if self._sizes[node.name.name] > MOST_GATES:
            raise ConversionError(f"expected definitions of at most {MOST_GATES} gates, once they are opened", node)
        node.arguments = [ast.Identifier(f"inner {k:06}") for k in range(len(angles))]
        self._defined[node.name.name] = [sympy.Symbol(name) for name in names], angles
        return node

    def visit_QuantumGate(self, node: ast.QuantumGate) -> list[ast.QuantumGate | ast.QuantumPhase]:
        self._require_modifiers(node)
        lines = self._with_phase(node, always=False)
        for line in lines[1:]:
            self.visit_QuantumPhase(line)
        node.arguments = [self._argument(angle) for angle in self._angles(node, self._declared)]
        return lines

    def _with_phase(self, node: ast.Statement, *, always: bool) -> list[Any]:
        """The language's U(theta, phi, lambda) has a phase exp(i theta / 2) that the importer's lacks. A phase counts
        only under a control: that of the gate itself, or one of a call of the gate in whose definition it stands.
        """
        if not (isinstance(node, ast.QuantumGate) and node.name.name == "U" and "U" not in self._redefined):
            return [node]
        n_controls = sum(_n_controls(modifier) for modifier in node.modifiers)
        if not (always or n_controls) or len(node.arguments) != 3:
            return [node]
        half = ast.BinaryExpression(ast.BinaryOperator["/"], copy.deepcopy(node.arguments[0]), ast.IntegerLiteral(2))
        return [node, ast.QuantumPhase(copy.deepcopy(node.modifiers), half, copy.deepcopy(node.qubits[:n_controls]))]

    def _size(self, line: ast.Statement) -> int:
        """How many gates a line of a definition is, at least."""
        return self._sizes.get(line.name.name, 1) if isinstance(line, ast.QuantumGate) else 1

    def _require_modifiers(self, node: ast.QuantumGate) -> None:
        """That powers and numbers of controls are what a circuit may have."""
        for modifier in node.modifiers:
            size = abs(_number(modifier.argument)) if modifier.argument is not None else 1
            most = MOST_POWER if modifier.modifier.name == "pow" else MOST_QUBITS
            if not size <= most:
                raise ConversionError(f"expected {modifier.modifier.name}() of at most {most}, found {size:g}", node)

    def visit_QuantumPhase(self, node: ast.QuantumPhase) -> ast.QuantumPhase:
        node.argument = self._argument(self._value(node.argument, self._declared))
        return node

    def _angles(self, node: ast.QuantumGate, names: Collection[str]) -> list[sympy.Expr]:
        """The angles of a gate; of one that the program defines, all those in it."""
        values = [self._value(argument, names) for argument in node.arguments]
        written, angles = self._defined.get(node.name.name, ((), None))
        if angles is None:
            return values
        if len(values) != len(written):
            raise ConversionError(f"expected {len(written)} angles of {node.name.name}, found {len(values)}", node)
        return [angle.xreplace(dict(zip(written, values, strict=True))) for angle in angles]

    def _argument(self, angle: sympy.Expr) -> ast.Expression:
        """The angle of a gate as a number or a parameter, one that is put in for it where it is more than these."""
        if angle.has(sympy.zoo, sympy.nan, sympy.oo) or (angle.is_number and not math.isfinite(angle)):
            raise ValueError(f"an angle that is no finite number: {angle}")
        if angle.is_number:
            return ast.FloatLiteral(float(angle))
        if isinstance(angle, sympy.Symbol):
            return ast.Identifier(angle.name)
        name = f"angle {len(self.meaning)}"  # a name that no program has
        self.meaning[sympy.Symbol(name)] = angle
        return ast.Identifier(name)

    def _value(self, node: ast.Expression, names: Collection[str]) -> sympy.Expr:
        """What an angle is, of the parameters of these names; whole numbers divided give a fraction.

        Raises:
            ConversionError: it has something that is not known.
        """
        match node:
            case ast.IntegerLiteral() | ast.FloatLiteral():
                return sympy.sympify(node.value)
            case ast.Identifier(name) if name in names:
                return sympy.Symbol(name)
            case ast.Identifier(name) if name in CONSTANTS:
                return CONSTANTS[name]
            case ast.IndexExpression(collection=ast.Identifier(array), index=[ast.IntegerLiteral(k)]):
                return self._value(ast.Identifier(f"{array}_{k}"), names)
            case ast.Cast(type=ast.FloatType() | ast.AngleType(), argument=argument):
                return self._value(argument, names)
            case ast.UnaryExpression() if node.op.name == "-":
                return -self._value(node.expression, names)
            case ast.BinaryExpression() if node.op.name in OPERATORS:
                left, right = self._value(node.lhs, names), self._value(node.rhs, names)
                if node.op.name == "**" and right.is_number and abs(right) > MOST_POWER:
                    raise ConversionError(f"expected powers of at most {MOST_POWER}, found {right}", node)
                return OPERATORS[node.op.name](left, right)
            case ast.FunctionCall(name=ast.Identifier(called), arguments=[argument]) if called in FUNCTIONS:
                return FUNCTIONS[called](self._value(argument, names))
        supported = f"numbers, declared inputs, {' '.join(OPERATORS)}, {', '.join(FUNCTIONS)}"
        raise ConversionError(f"expected angles of {supported}, found {openqasm3.dumps(node)}", node)


def _n_controls(modifier: ast.QuantumGateModifier) -> int:
    """How many qubits a modifier takes as controls."""
    if modifier.modifier.name not in ("ctrl", "negctrl"):
        return 0
    return 1 if modifier.argument is None else int(_number(modifier.argument))


def _number(node: ast.Expression) -> float:
    """A constant in a modifier."""
    value = constant(node, {})
    if value is None:
        raise ConversionError(f"expected a constant, found {openqasm3.dumps(node)}", node)
    return value


def _declaration(name: str) -> ast.IODeclaration:
    return ast.IODeclaration(ast.IOKeyword.input, ast.FloatType(), ast.Identifier(name))


def _depth(text: str) -> int:
    """How deep brackets of any kind are in one another."""
    steps = ((character in "([{") - (character in ")]}") for character in text)
    return max(accumulate(steps), default=0)
