"""Reading and writing parts of arrays, with every kind of NumPy index."""

import math
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..primitive import primitive
from .elementwise import where

__all__ = ["add_at", "get_item", "set_item", "take", "take_along_axis"]


def _is_basic(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is Ellipsis or isinstance(part, (int, np.integer, slice)) for part in parts)


def as_index(index: Any) -> Any:
    """Turn lists and nodes in an index into arrays."""
    if isinstance(index, tuple):
        return tuple(as_index(part) for part in index)
    index = getattr(index, "payload", index)
    if isinstance(index, list):
        return np.asarray(index, dtype=np.intp if not index else None)
    return index


@primitive(symbol="[]", formula="x[index]")
def get_item(x: Any, /, *, index: Any) -> Any:
    """Read ``x[index]``; elements read twice collect both gradients.

    >>> get_item(np.array([1.0, 2.0]), index=[1, 1])
    array([2., 2.])
    """
    return x[as_index(index)]


@primitive(formula="zeros with g added at index")
def add_at(g: Any, /, *, index: Any, shape: tuple[int, ...]) -> Any:
    """Return zeros of a shape to which ``g`` was added at an index; repeated places add up.

    >>> add_at(np.array([1.0, 2.0]), index=[0, 0], shape=(2,))
    array([3., 0.])
    """
    g = np.asarray(g)
    out = np.zeros(shape, dtype=g.dtype)
    index = as_index(index)
    if _names_places_once(index):
        out[index] = g
        return out
    flat = out.ndim <= 1 and g.ndim <= 1
    places = None if flat or g.size <= _FEW else _flat_places(index, out.shape)
    if places is None:
        np.add.at(out, index, g)
    else:
        np.add.at(out.reshape(-1), places.reshape(-1), np.broadcast_to(g, places.shape).reshape(-1))
    return out


_FEW = 256  # elements, for which finding their places costs more than it saves


def _names_places_once(index: Any) -> bool:
    """Tell whether an index cannot name a place twice: numbers, slices, and one mask at most."""
    parts = index if isinstance(index, tuple) else (index,)
    arrays = [part for part in parts if not _is_basic(part)]
    return not arrays or (len(arrays) == 1 and np.asarray(arrays[0]).dtype.kind == "b")


def from_start(index: Any, length: int) -> Any:
    """Count places from the start of an axis; those that lie outside stay outside."""
    return np.where(index < 0, index + length, index) if index.min(initial=0) < 0 else index


def _flat_places(index: Any, shape: tuple[int, ...]) -> Any:
    """Return the places in the flattened array, of the shape of what the index reads, or ``None``.

    NumPy adds at places of one axis several times as fast as at others. This finds them for neighbouring arrays of
    integers among whole axes.
    """
    parts = index if isinstance(index, tuple) else (index,)
    parts = (*parts, *(slice(None),) * (len(shape) - len(parts)))
    arrays = [i for i, part in enumerate(parts) if isinstance(part, np.ndarray) and part.dtype.kind in "iu"]
    whole = sum(isinstance(part, slice) and part == slice(None) for part in parts)
    if len(arrays) + whole != len(parts) or len(parts) != len(shape) or arrays[-1] - arrays[0] != len(arrays) - 1:
        return None
    if len(shape) == 1:
        return parts[0]
    first, last = arrays[0], arrays[-1] + 1
    chosen = [from_start(part, n) for part, n in zip(parts[first:last], shape[first:last], strict=True)]
    try:
        middle = np.ravel_multi_index(tuple(np.broadcast_arrays(*chosen)), shape[first:last])
    except ValueError:
        raise IndexError(f"expected places inside of shape {shape}, got some that are out of bounds") from None
    before, after = shape[:first], shape[last:]
    lead = np.arange(math.prod(before)).reshape((*before, *(1,) * (middle.ndim + len(after))))
    tail = np.arange(math.prod(after)).reshape(after)
    middle = middle.reshape((*middle.shape, *(1,) * len(after)))
    return (lead * math.prod(shape[first:last]) + middle) * math.prod(after) + tail


get_item.defvjp(lambda g, out, x, index: add_at(g, index=index, shape=x.shape))
add_at.defvjp(lambda g, out, x, index, shape: get_item(g, index=index))


@primitive(symbol="[]=", formula="x with x[index] = value", analytic=False, on_complex="holomorphic")
def set_item(x: Any, value: Any, /, *, index: Any) -> Any:
    """Return a copy of ``x`` in which ``x[index]`` is ``value``.

    Raises:
        ShapeError: ``index`` names a place twice while ``value`` is no single number.

    >>> set_item(np.zeros(2), 1.0, index=0)
    array([1., 0.])
    """
    out = np.array(x)
    index = as_index(index)
    if np.size(value) > 1 and not _is_basic(index):
        written = np.zeros(out.shape, dtype=bool)
        written[index] = True
        if np.count_nonzero(written) != written[index].size:
            raise ShapeError("expected every place once in an assignment, got duplicate indices; drop the repeats")
    out[index] = value
    return out


def _set_item_value(g: Any, out: Any, x: Any, value: Any, index: Any) -> Any:
    if np.size(getattr(value, "payload", value)) != 1 or _is_basic(index):
        return get_item(g, index=index)
    written = np.zeros(x.shape, dtype=bool)  # a single number may be written to one place twice
    written[as_index(index)] = True
    return where(written, g, 0.0)


set_item.defvjp(lambda g, out, x, value, index: set_item(g, 0.0, index=index), _set_item_value)


@primitive(formula="elements at indices along an axis")
def take(x: Any, /, *, indices: Any, axis: int | None = None) -> Any:
    """Read whole slices along an axis, as ``numpy.take``.

    >>> take(np.array([1.0, 2.0]), indices=[1])
    array([2.])
    """
    return np.take(x, as_index(indices), axis=axis)


def _take_rule(g: Any, out: Any, x: Any, indices: Any, axis: int | None = None) -> Any:
    indices = np.asarray(as_index(indices))
    if axis is None or not x.ndim:
        shape = x.shape or (1,)
        return add_at(g, index=np.unravel_index(indices % math.prod(shape), shape), shape=shape)
    return add_at(g, index=(*(slice(None),) * (axis % x.ndim), indices), shape=x.shape)


take.defvjp(_take_rule)


@primitive(formula="elements at indices, matched along an axis")
def take_along_axis(x: Any, /, *, indices: Any, axis: int | None) -> Any:
    """Read one element for each index, matched along the other axes, as ``numpy.take_along_axis``.

    Without an axis both are flattened.

    >>> take_along_axis(np.array([[1.0, 2.0]]), indices=np.array([[1]]), axis=1)
    array([[2.]])
    """
    indices = np.asarray(as_index(indices))
    return np.take_along_axis(x, indices.ravel() if axis is None else indices, axis)


def _matched(indices: Any, shape: tuple[int, ...], axis: int) -> tuple[Any, ...]:
    """Return the index of whole arrays that names the same places as indices matched along an axis."""
    axis %= len(shape)
    grid = list(np.ogrid[tuple(slice(n) for n in indices.shape)])
    grid[axis] = indices
    for i, n in enumerate(shape):  # an axis of length one in the indices broadcasts
        if i != axis and indices.shape[i] == 1 and n != 1:
            grid[i] = np.arange(n).reshape([-1 if j == i else 1 for j in range(len(shape))])
        elif i != axis and n == 1:  # and one in the array
            grid[i] = np.zeros_like(grid[i])
    return tuple(grid)


def _take_along_axis_rule(g: Any, out: Any, x: Any, indices: Any, axis: int | None) -> Any:
    if axis is None:
        return _take_rule(g, out, x, np.ravel(as_index(indices)))
    return add_at(g, index=_matched(np.asarray(as_index(indices)), x.shape, axis), shape=x.shape)


take_along_axis.defvjp(_take_along_axis_rule)
