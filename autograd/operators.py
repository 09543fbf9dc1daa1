"""Python's operators, written out once for Value and Tensor."""

from collections.abc import Callable
from typing import Any

from . import ops
from .primitive import Primitive

__all__ = ["Operators"]


def _unary(op: Primitive) -> Callable[[Any], Any]:
    return lambda self: self.apply(op, (self,), {})


def _binary(op: Primitive) -> Callable[[Any, Any], Any]:
    return lambda self, other: self.apply(op, (self, other), {})


def _reflected(op: Primitive) -> Callable[[Any, Any], Any]:
    return lambda self, other: self.apply(op, (other, self), {})


class Operators:
    """Gives a node class the arithmetic operators and the methods that numbers and arrays share."""

    __slots__ = ()

    __add__, __radd__ = _binary(ops.add), _reflected(ops.add)
    __sub__, __rsub__ = _binary(ops.subtract), _reflected(ops.subtract)
    __mul__, __rmul__ = _binary(ops.multiply), _reflected(ops.multiply)
    __truediv__, __rtruediv__ = _binary(ops.divide), _reflected(ops.divide)
    __floordiv__, __rfloordiv__ = _binary(ops.floor_divide), _reflected(ops.floor_divide)
    __mod__, __rmod__ = _binary(ops.remainder), _reflected(ops.remainder)
    __pow__, __rpow__ = _binary(ops.power), _reflected(ops.power)
    __neg__, __pos__, __abs__ = _unary(ops.negative), _unary(ops.positive), _unary(ops.absolute)

    exp, log, sqrt, square = ops.exp, ops.log, ops.sqrt, ops.square
    expm1, log1p, log2, log10, exp2 = ops.expm1, ops.log1p, ops.log2, ops.log10, ops.exp2
    sin, cos, tan = ops.sin, ops.cos, ops.tan
    arcsin, arccos, arctan = ops.arcsin, ops.arccos, ops.arctan
    sinh, cosh, tanh = ops.sinh, ops.cosh, ops.tanh
    abs, sign, floor, ceil = ops.absolute, ops.sign, ops.floor, ops.ceil
    sigmoid, relu, softplus, erf, clip = ops.sigmoid, ops.relu, ops.softplus, ops.erf, ops.clip
    gelu, silu = ops.gelu, ops.silu
    maximum, minimum = ops.maximum, ops.minimum
