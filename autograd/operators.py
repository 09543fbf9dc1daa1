"""Python's operators, written out once for Value and Tensor."""

from typing import Any

from . import ops

__all__ = ["Operators"]


class Operators:
    """Gives a node class the arithmetic operators and the methods that numbers and arrays share."""

    __slots__ = ()

    def __add__(self, other: Any) -> Any:
        return ops.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return ops.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return ops.subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return ops.subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return ops.multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return ops.multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return ops.divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return ops.divide(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return ops.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return ops.floor_divide(other, self)

    def __mod__(self, other: Any) -> Any:
        return ops.remainder(self, other)

    def __rmod__(self, other: Any) -> Any:
        return ops.remainder(other, self)

    def __pow__(self, other: Any) -> Any:
        return ops.power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return ops.power(other, self)

    def __neg__(self) -> Any:
        return ops.negative(self)

    def __pos__(self) -> Any:
        return ops.positive(self)

    def __abs__(self) -> Any:
        return ops.absolute(self)

    exp, log, sqrt, square = ops.exp, ops.log, ops.sqrt, ops.square
    expm1, log1p, log2, log10, exp2 = ops.expm1, ops.log1p, ops.log2, ops.log10, ops.exp2
    sin, cos, tan = ops.sin, ops.cos, ops.tan
    arcsin, arccos, arctan = ops.arcsin, ops.arccos, ops.arctan
    sinh, cosh, tanh = ops.sinh, ops.cosh, ops.tanh
    abs, sign, floor, ceil = ops.absolute, ops.sign, ops.floor, ops.ceil
    sigmoid, relu, softplus, erf, clip = ops.sigmoid, ops.relu, ops.softplus, ops.erf, ops.clip
    gelu, silu = ops.gelu, ops.silu
    maximum, minimum = ops.maximum, ops.minimum
