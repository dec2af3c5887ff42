"""Vectors of eight numbers for compiled loops: one number for each of eight samples, one vector instruction for all.

    a = load(array, i)                  # array[i : i + 8] of a flat, contiguous float32 or float64 array
    store(array, i, a * b + c)

LLVM's own vectoriser has to prove, at every short loop, that rows of one array do not overlap; written with vectors,
a gate on two rows is six times faster.
"""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

LANES = 8
"""Numbers in a vector."""


class Lanes(types.Type):
    """The type of a vector.

    Args:
        dtype: of its numbers, float32 or float64 of numba.
    """

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        super().__init__(name=f"Lanes({dtype})")


@register_model(Lanes)
class _Model(models.PrimitiveModel):
    """How LLVM holds a vector."""

    def __init__(self, manager: Any, kind: Lanes) -> None:
        number = ir.FloatType() if kind.dtype == types.float32 else ir.DoubleType()
        super().__init__(manager, kind, ir.VectorType(number, LANES))


def _pointer(context: Any, builder: Any, kind: Any, args: Any, vector: Any) -> Any:
    """To the numbers of an array (first of `args`) of a kind, from a position (second) on."""
    array, position = args[:2]
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [position]), vector.as_pointer())


@intrinsic
def load(typing: Any, array: Any, position: Any) -> Any:
    """The eight numbers of a flat array from a position on."""
    vector = Lanes(array.dtype)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = context.get_value_type(vector)
        return builder.load(_pointer(context, builder, array, args, kind), align=array.dtype.bitwidth // 8)

    return vector(array, types.intp), generate


@intrinsic
def store(typing: Any, array: Any, position: Any, vector: Any) -> Any:
    """Write eight numbers to a flat array from a position on."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = context.get_value_type(vector)
        pointer = _pointer(context, builder, array, args, kind)
        builder.store(args[2], pointer, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), generate


def _arithmetic(operation: Callable[[Any, Any], Any], instruction: str) -> None:
    """Let an operator act on two vectors; a product and a sum may become one fused instruction."""

    @type_callable(operation)
    def kind(context: Any) -> Callable[[Any, Any], Any]:
        return lambda a, b: a if isinstance(a, Lanes) and a == b else None

    @lower_builtin(operation, Lanes, Lanes)
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return getattr(builder, instruction)(*args, flags=("contract",))


_arithmetic(operator.add, "fadd")
_arithmetic(operator.sub, "fsub")
_arithmetic(operator.mul, "fmul")
