"""Amounts: the numbers and arrays of a trace, taken down as plain data."""

import math
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np

from autograd.node import Node

from .quantity import nested_text, number_text, shape_text

__all__ = ["Amount", "ArraySnapshot", "describe", "encode", "same", "snapshot"]

_FULL = 64
"""An array of at most this many elements is kept in full."""


@dataclass(frozen=True, slots=True)
class ArraySnapshot:
    """An array as it was at one step.

    Attributes:
        shape, dtype: Its shape and the name of its element type.
        norm: The square root of the sum of its squares.
        values: Its elements in row-major order, when there are at most 64, else ``None``.

    >>> ArraySnapshot.of(np.array([[3.0, 4.0]]))
    ArraySnapshot(shape=(1, 2), dtype='float64', norm=5.0, values=(3.0, 4.0))
    """

    shape: tuple[int, ...]
    dtype: str
    norm: float
    values: tuple[float, ...] | None

    @classmethod
    def of(cls, array: np.ndarray[Any, Any]) -> "ArraySnapshot":
        """Take down an array."""
        kind = array.dtype.kind
        with np.errstate(all="ignore"):
            wide: Any = array.astype(np.complex128 if kind == "c" else np.float64) if kind in "biufc" else np.zeros(0)
            norm = float(np.linalg.norm(wide.ravel()))
        full = array.size <= _FULL and kind in "biuf"
        return cls(tuple(map(int, array.shape)), array.dtype.name, norm, tuple(wide.ravel().tolist()) if full else None)

    def __str__(self) -> str:
        if self.values is None or len(self.values) > 4:
            return f"{shape_text(self.shape)}, norm {number_text(self.norm)}"
        return nested_text(np.reshape(self.values, self.shape).tolist())


Amount: TypeAlias = "float | ArraySnapshot | tuple[ArraySnapshot | None, ...] | None"
"""A number, an array, the arrays of an operation with several results, or nothing yet."""


def snapshot(x: Any) -> Amount:
    """Take down a payload or a gradient as plain data.

    >>> snapshot(2.0), snapshot(np.array([1.0, 2.0])).values
    (2.0, (1.0, 2.0))
    """
    if isinstance(x, Node):
        x = x.payload
    if x is None or x.__class__ is float:  # NumPy's floats are sums of arrays without axes, and stay arrays
        return cast(Amount, x)
    if isinstance(x, tuple):
        return tuple(None if part is None else _snapshot(part) for part in x)
    return _snapshot(x)


def _snapshot(x: Any) -> ArraySnapshot:
    return ArraySnapshot.of(np.asarray(x.payload if isinstance(x, Node) else x))


def same(a: Amount, b: Amount) -> bool:
    """Tell whether two amounts are the same, bit for bit; a NaN is itself."""
    return repr(a) == repr(b)


def describe(amount: Amount) -> str:
    """Write an amount in few characters; nothing yet is a dash.

    >>> describe(0.5), describe(None), describe(ArraySnapshot.of(np.ones((3, 4))))
    ('0.5', '—', '(3, 4), norm 3.4641')
    """
    if amount is None:
        return "—"
    if isinstance(amount, tuple):
        return "; ".join(map(describe, amount))
    return number_text(amount) if isinstance(amount, float) else str(amount)


def encode(amount: Amount) -> Any:
    """Write an amount; what JSON has no number for is a string.

    >>> encode(2.0), encode(math.inf), encode(None)
    (2.0, 'inf', None)
    """
    if amount is None:
        return None
    if isinstance(amount, float):
        return amount if math.isfinite(amount) else repr(amount)
    if isinstance(amount, tuple):
        return [encode(part) for part in amount]
    found = {"shape": list(amount.shape), "dtype": amount.dtype, "norm": encode(amount.norm)}
    return found if amount.values is None else found | {"values": [encode(x) for x in amount.values]}
