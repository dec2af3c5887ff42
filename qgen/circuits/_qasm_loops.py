"""Constants and loops over constants of OpenQASM 3, written out: Qiskit's importer takes neither in an angle."""

import copy
import operator
from collections.abc import Iterable, Mapping
from typing import Any

import openqasm3
from openqasm3 import ast
from openqasm3.visitor import QASMTransformer
from qiskit_qasm3_import import ConversionError

MOST_STATEMENTS = 10**4
"""Of a program that is written out."""
OPERATORS = {
    **{"+": operator.add, "-": operator.sub, "*": operator.mul, "**": operator.pow, "%": operator.mod},
    **{"<<": operator.lshift, ">>": operator.rshift},
}
MOST = 1e9
"""A constant number is no larger."""


def unrolled(program: ast.Program) -> ast.Program:
    """A program without `const` and without `for`.

    Raises:
        ConversionError: a loop over what is not constant, or one that is too long.
    """
    program.statements = _WrittenOut().lines(program.statements, {})
    return program


def constant(node: ast.Expression | None, known: Mapping[str, float]) -> Any:
    """The number that an expression is, None where it is none; whole numbers are divided as whole numbers.

    Raises:
        ConversionError: one that is too large.
    """
    match node:
        case ast.IntegerLiteral(value) | ast.FloatLiteral(value):
            return value
        case ast.Identifier(name):
            return known.get(name)
        case ast.Cast(argument=argument):
            return constant(argument, known)
        case ast.UnaryExpression() if node.op.name == "-":
            value = constant(node.expression, known)
            return None if value is None else -value
        case ast.BinaryExpression():
            left, right = constant(node.lhs, known), constant(node.rhs, known)
            if left is None or right is None:
                return None
            return _applied(node, left, right)
    return None


def _applied(node: ast.BinaryExpression, left: Any, right: Any) -> Any:
    name = node.op.name
    if name == "/" and right != 0:
        return left // right if isinstance(left, int) and isinstance(right, int) else left / right
    if name not in OPERATORS or (name == "%" and right == 0):
        return None
    if name in ("**", "<<", ">>") and not 0 <= right <= 64:
        return None
    value = OPERATORS[name](left, right)
    if not abs(value) <= MOST:
        raise ConversionError(f"expected constants of at most {MOST:g}, found {openqasm3.dumps(node)}", node)
    return value


class _WrittenOut(QASMTransformer[Any]):
    """Puts numbers in for constants, and bodies for loops."""

    def __init__(self) -> None:
        self._n_statements = 0
        self._known: dict[str, Any] = {}

    def lines(self, statements: Iterable[Any], known: Mapping[str, Any]) -> list[Any]:
        """The statements written out, with what is known outside of them."""
        outside, self._known = self._known, dict(known)
        found = [one for line in statements for one in self._line(line)]
        self._known = outside
        return found

    def _line(self, line: Any) -> list[Any]:
        self._n_statements += 1
        if self._n_statements > MOST_STATEMENTS:
            raise ConversionError(f"expected loops of at most {MOST_STATEMENTS} statements in all", line)
        match line:
            case ast.ConstantDeclaration(identifier=ast.Identifier(name)):
                value = constant(line.init_expression, self._known)
                if value is None:
                    return [line]
                self._known[name] = value
                return []
            case ast.ForInLoop():
                return [
                    one
                    for number in self._numbers(line)
                    for one in self.lines(copy.deepcopy(line.block), {**self._known, line.identifier.name: number})
                ]
            case ast.CompoundStatement():
                return self.lines(line.statements, self._known)
        return [self.visit(line)]

    def _numbers(self, loop: ast.ForInLoop) -> Iterable[int]:
        values = loop.set_declaration
        if isinstance(values, ast.DiscreteSet):
            numbers = [constant(value, self._known) for value in values.values]
        elif isinstance(values, ast.RangeDefinition):
            start, stop = constant(values.start, self._known), constant(values.end, self._known)
            step = 1 if values.step is None else constant(values.step, self._known)
            if isinstance(start, int) and isinstance(stop, int) and isinstance(step, int) and step:
                run = range(start, stop + (1 if step > 0 else -1), step)
                if len(run) > MOST_STATEMENTS:
                    raise ConversionError(f"expected loops of at most {MOST_STATEMENTS} turns, found {len(run)}", loop)
                return run
            numbers = [None]
        else:
            numbers = [None]
        if None in numbers:
            raise ConversionError(f"expected a loop over constants, found {openqasm3.dumps(values)}", loop)
        return numbers

    def visit_QuantumGateDefinition(self, node: ast.QuantumGateDefinition) -> Any:
        """Its arguments hide constants of the same name."""
        hidden = {argument.name for argument in (*node.arguments, *node.qubits)}
        node.body = self.lines(node.body, {name: value for name, value in self._known.items() if name not in hidden})
        return node

    def visit_QuantumGate(self, node: ast.QuantumGate) -> ast.QuantumGate:
        """Angles, modifiers and qubits, but not the name."""
        name = node.name
        self.generic_visit(node)
        node.name = name
        return node

    def visit_Identifier(self, node: ast.Identifier) -> ast.Expression:
        """A number for a constant."""
        return _literal(self._known[node.name], node) if node.name in self._known else node

    def visit_IODeclaration(self, node: ast.IODeclaration) -> ast.IODeclaration:
        """Sizes of arrays."""
        if isinstance(node.type, ast.ArrayType):
            node.type.dimensions = [self._put_in(size) for size in node.type.dimensions]
        return node

    def visit_QubitDeclaration(self, node: ast.QubitDeclaration) -> ast.QubitDeclaration:
        """Sizes of registers."""
        node.size = node.size if node.size is None else self._put_in(node.size)
        return node

    def visit_IndexedIdentifier(self, node: ast.IndexedIdentifier) -> ast.IndexedIdentifier:
        """Indices of qubits."""
        node.indices = [self._index(index) for index in node.indices]
        return node

    def visit_IndexExpression(self, node: ast.IndexExpression) -> ast.IndexExpression:
        """Indices of parameters."""
        node.index = self._index(node.index)
        return node

    def _index(self, index: Any) -> Any:
        if isinstance(index, ast.DiscreteSet):
            index.values = [self._put_in(value) for value in index.values]
            return index
        return [self._put_in(value) for value in index]

    def _put_in(self, node: Any) -> Any:
        """A number where an expression is one."""
        if isinstance(node, ast.RangeDefinition):
            for part in ("start", "end", "step"):
                if (value := getattr(node, part)) is not None:
                    setattr(node, part, self._put_in(value))
            return node
        value = constant(node, self._known)
        return node if value is None else _literal(value, node)


def _literal(value: Any, node: ast.Expression) -> ast.Expression:
    """A number in the place of a node."""
    made: Any = ast.IntegerLiteral(abs(value)) if isinstance(value, int) else ast.FloatLiteral(abs(value))
    made.span = node.span
    if value < 0:
        made = ast.UnaryExpression(ast.UnaryOperator["-"], made)
        made.span = node.span
    return made
