"""Axes, and what a composition of operations needs to know of its inputs, be they nodes or raw arrays."""

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..node import Node
from .shape import reshape

__all__ = ["Axis", "all_axes", "constant_like", "line", "one_axis", "operand", "reduced_shape"]

Axis = int | tuple[int, ...] | None


def operand(x: Any) -> Any:
    """Return a node as it is, and anything else as an array."""
    return x if isinstance(x, Node) else np.asarray(x)


def constant_like(x: Any, array: Any) -> Any:
    """Return an array, as a node without gradient where ``x`` is a node."""
    return x.constant(array) if isinstance(x, Node) else array


def one_axis(axis: int, ndim: int) -> int:
    """Count an axis from the front; a number has one, as in NumPy's reductions."""
    return normalize_axis_index(axis, ndim or 1)


def all_axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Return the axes of a reduction, counted from the front, in order; all of them for ``None``, none of a number's.

    >>> all_axes(-1, 3), all_axes(None, 2), all_axes(0, 0)
    ((2,), (0, 1), ())
    """
    if axis is None:
        return tuple(range(ndim))
    if ndim and isinstance(axis, int):
        return (normalize_axis_index(axis, ndim),)
    axes = tuple(sorted(normalize_axis_tuple(axis, ndim or 1)))
    return axes if ndim else ()


def reduced_shape(shape: tuple[int, ...], axis: Axis, keepdims: bool) -> tuple[int, ...]:
    """Return the shape that a reduction leaves.

    >>> reduced_shape((2, 3), axis=1, keepdims=True)
    (2, 1)
    """
    gone = all_axes(axis, len(shape))
    return tuple(1 if i in gone else n for i, n in enumerate(shape) if keepdims or i not in gone)


def line(x: Any, axis: int | None) -> tuple[Any, int]:
    """Return an array that has the axis, and the axis: flattened without one, and a number as one element.

    >>> [(a.shape, i) for a, i in (line(np.ones((2, 3)), None), line(np.ones(()), 0), line(np.ones((2, 3)), -1))]
    [((6,), 0), ((1,), 0), ((2, 3), 1)]
    """
    along = one_axis(0 if axis is None else axis, x.ndim)
    return (reshape(x, shape=(-1,)), 0) if axis is None or not x.ndim else (x, along)
