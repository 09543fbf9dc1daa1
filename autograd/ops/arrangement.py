"""Arrays arranged anew from the basic moves: joined, cut, turned, stretched and combined."""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..errors import ShapeError
from ..node import Node
from .indexing import get_item, take
from .reductions import sum
from .shape import (
    along,
    broadcast_to,
    concatenate,
    flip,
    moveaxis,
    pad,
    ravel,
    reshape,
    split_with_sizes,
    stack,
    swapaxes,
)

__all__ = [
    "append", "array_split", "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_arrays",
    "cartesian_prod", "chunk", "column_stack", "combinations", "dsplit", "dstack", "expand", "expand_as", "flatten",
    "fliplr", "flipud", "hsplit", "hstack", "meshgrid", "reshape_as", "resize", "rollaxis",
    "rot90", "split", "sum_to_size", "unflatten", "vsplit", "vstack",
]  # fmt: skip


# -- axes ----------------------------------------------------------------------------------------------------


def rollaxis(x: Any, axis: int, start: int = 0) -> Any:
    """Move an axis back until it stands before ``start``, as ``numpy.rollaxis``.

    >>> rollaxis(np.ones((2, 3, 4)), 2).shape
    (4, 2, 3)
    """
    ndim = np.ndim(x)
    axis = normalize_axis_index(axis, ndim)
    start = normalize_axis_index(start, ndim + 1)
    return moveaxis(x, source=axis, destination=start - (axis < start))


def flatten(x: Any, start_axis: int = 0, end_axis: int = -1) -> Any:
    """Make one axis of several neighbours, of all when none are named; a number becomes a vector.

    Raises:
        ShapeError: ``start_axis`` comes after ``end_axis``.

    >>> flatten(np.ones((2, 3, 4)), start_axis=1).shape
    (2, 12)
    """
    shape = np.shape(x) or (1,)
    first, last = normalize_axis_index(start_axis, len(shape)), normalize_axis_index(end_axis, len(shape))
    if first > last:
        raise ShapeError(f"expected start_axis not to come after end_axis in flatten, got {start_axis} and {end_axis}")
    return reshape(x, shape=(*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


def unflatten(x: Any, axis: int, sizes: Sequence[int]) -> Any:
    """Make several axes of one; one of their lengths may be -1.

    Raises:
        ShapeError: The lengths do not multiply to that of the axis.

    >>> unflatten(np.ones((2, 12)), 1, (3, -1)).shape
    (2, 3, 4)
    """
    shape = np.shape(x)
    axis = normalize_axis_index(axis, len(shape))
    known = math.prod(n for n in sizes if n != -1)
    whole = tuple(shape[axis] // (known or 1) if n == -1 else n for n in sizes)
    if math.prod(whole) != shape[axis] or not whole or list(sizes).count(-1) > 1:
        raise ShapeError(f"expected sizes whose product is {shape[axis]} in unflatten, got {tuple(sizes)}")
    return reshape(x, shape=(*shape[:axis], *whole, *shape[axis + 1 :]))


def reshape_as(x: Any, y: Any) -> Any:
    """Give ``x`` the shape of ``y``.

    >>> reshape_as(np.ones(4), np.ones((2, 2))).shape
    (2, 2)
    """
    return reshape(x, shape=np.shape(y))


def _several(arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """Let one list of tensors stand for them, as in PyTorch; a list of numbers is an array, as in NumPy."""
    first = arrays[0] if len(arrays) == 1 else None
    return tuple(first) if isinstance(first, (list, tuple)) and any(isinstance(x, Node) for x in first) else arrays


def _reshaped(arrays: tuple[Any, ...], shape_of: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Any:
    """Reshape each array; several give a tuple."""
    found = []
    for x in _several(arrays):
        shape = shape_of(np.shape(x))
        found.append(x if np.shape(x) == shape else reshape(x, shape=shape))
    return found[0] if len(found) == 1 else tuple(found)


def atleast_1d(*arrays: Any) -> Any:
    """Make numbers vectors, as ``numpy.atleast_1d``; several arrays give a tuple.

    >>> atleast_1d(np.float64(2.0))
    array([2.])
    """
    return _reshaped(arrays, lambda shape: shape or (1,))


def atleast_2d(*arrays: Any) -> Any:
    """Make numbers and vectors matrices of one row, as ``numpy.atleast_2d``; several arrays give a tuple.

    >>> atleast_2d(np.ones(3)).shape
    (1, 3)
    """
    return _reshaped(arrays, lambda shape: (1,) * (2 - len(shape)) + shape)


def atleast_3d(*arrays: Any) -> Any:
    """Give arrays three axes or more, the new ones outside, as ``numpy.atleast_3d``; several arrays give a tuple.

    >>> atleast_3d(np.ones(3)).shape, atleast_3d(np.ones((2, 3))).shape
    ((1, 3, 1), (2, 3, 1))
    """
    return _reshaped(arrays, lambda shape: ((1,) * (2 - len(shape)) + shape + (1,)) if len(shape) < 3 else shape)


# -- turned --------------------------------------------------------------------------------------------------


def fliplr(x: Any) -> Any:
    """Reverse the second axis, as ``numpy.fliplr``.

    >>> fliplr(np.array([[1.0, 2.0]]))
    array([[2., 1.]])
    """
    return flip(x, axis=1)


def flipud(x: Any) -> Any:
    """Reverse the first axis, as ``numpy.flipud``.

    >>> flipud(np.array([1.0, 2.0]))
    array([2., 1.])
    """
    return flip(x, axis=0)


def rot90(x: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """Turn a plane by ``k`` right angles, from the first of its axes towards the second, as ``numpy.rot90``.

    Raises:
        ShapeError: The plane has not two different axes.

    >>> rot90(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[2., 4.],
           [1., 3.]])
    """
    plane = [normalize_axis_index(axis, np.ndim(x)) for axis in axes]
    if len(set(plane)) != 2 or len(plane) != 2:
        raise ShapeError(f"expected two different axes in rot90, got {tuple(axes)}")
    first, second = plane
    if k % 4 == 2:
        return flip(x, axis=(first, second))
    if k % 2:
        return flip(swapaxes(x, axis1=first, axis2=second), axis=first if k % 4 == 1 else second)
    return reshape(x, shape=np.shape(x))


# -- stretched -----------------------------------------------------------------------------------------------


def expand(x: Any, shape: Sequence[int]) -> Any:
    """Repeat along new axes and along those of length one; -1 keeps the length of an axis.

    Raises:
        ShapeError: The shape has fewer axes, -1 for a new one, or another length than an axis that is not one.

    >>> expand(np.ones((3, 1)), (2, -1, 4)).shape
    (2, 3, 4)
    """
    own = np.shape(x)
    new = len(shape) - len(own)
    if new < 0 or -1 in tuple(shape[:new]):
        raise ShapeError(f"expected a shape that {own} broadcasts to in expand, got {tuple(shape)}")
    return broadcast_to(x, shape=tuple(own[i - new] if n == -1 else n for i, n in enumerate(shape)))


def expand_as(x: Any, y: Any) -> Any:
    """Broadcast ``x`` to the shape of ``y``.

    >>> expand_as(np.ones(3), np.ones((2, 3))).shape
    (2, 3)
    """
    return broadcast_to(x, shape=np.shape(y))


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """Broadcast arrays against each other, as ``numpy.broadcast_arrays``.

    Raises:
        ShapeError: Their shapes do not fit.

    >>> [a.shape for a in broadcast_arrays(np.ones(3), np.ones((2, 1)))]
    [(2, 3), (2, 3)]
    """
    arrays = _several(arrays)
    try:
        shape = np.broadcast_shapes(*map(np.shape, arrays))
    except ValueError:
        shapes = " and ".join(str(np.shape(x)) for x in arrays)
        raise ShapeError(f"expected shapes that broadcast together in broadcast_arrays, got {shapes}") from None
    return tuple(broadcast_to(x, shape=shape) for x in arrays)


def sum_to_size(x: Any, shape: Sequence[int]) -> Any:
    """Sum to a shape that broadcasts to that of ``x``: what undoes a broadcast in a gradient.

    Raises:
        ShapeError: The shape does not broadcast to that of ``x``.

    >>> sum_to_size(np.ones((2, 3)), (1, 3))
    array([[2., 2., 2.]])
    """
    own, target = np.shape(x), tuple(shape)
    new = len(own) - len(target)
    if new < 0 or any(n not in (1, m) for n, m in zip(target, own[new:], strict=True)):
        raise ShapeError(f"expected a shape that broadcasts to {own} in sum_to_size, got {target}")
    stretched = tuple(new + i for i, n in enumerate(target) if n != own[new + i])
    axes = (*range(new), *stretched)
    return reshape(sum(x, axis=axes, keepdims=True) if axes else x, shape=target)


def resize(x: Any, new_shape: int | Sequence[int]) -> Any:
    """Fill a shape with the elements in order, from the start again where they end, as ``numpy.resize``.

    >>> resize(np.array([1.0, 2.0, 3.0]), (2, 2))
    array([[1., 2.],
           [3., 1.]])
    """
    shape = (new_shape,) if isinstance(new_shape, int) else tuple(new_shape)
    if any(n < 0 for n in shape):
        raise ShapeError(f"expected no negative length in resize, got {shape}")
    size = math.prod(np.shape(x))
    if not size:
        return np.zeros(shape, dtype=x.dtype)
    return take(x, indices=np.arange(math.prod(shape)).reshape(shape) % size)


# -- joined --------------------------------------------------------------------------------------------------


def hstack(tup: Iterable[Any]) -> Any:
    """Join arrays along the second axis, vectors along their only one, as ``numpy.hstack``.

    >>> hstack([np.ones(2), np.zeros(1)])
    array([1., 1., 0.])
    """
    arrays = [atleast_1d(x) for x in tup]
    return concatenate(arrays, axis=0 if arrays and np.ndim(arrays[0]) == 1 else 1)


def vstack(tup: Iterable[Any]) -> Any:
    """Join arrays along the first axis, vectors as rows, as ``numpy.vstack``.

    >>> vstack([np.ones(2), np.zeros(2)])
    array([[1., 1.],
           [0., 0.]])
    """
    return concatenate([atleast_2d(x) for x in tup], axis=0)


def dstack(tup: Iterable[Any]) -> Any:
    """Join arrays along the third axis, as ``numpy.dstack``.

    >>> dstack([np.ones(2), np.zeros(2)]).shape
    (1, 2, 2)
    """
    return concatenate([atleast_3d(x) for x in tup], axis=2)


def column_stack(tup: Iterable[Any]) -> Any:
    """Join vectors as the columns of a matrix, and matrices along their second axis, as ``numpy.column_stack``.

    >>> column_stack([np.ones(2), np.zeros(2)])
    array([[1., 0.],
           [1., 0.]])
    """
    return concatenate([reshape(x, shape=(-1, 1)) if np.ndim(x) < 2 else x for x in tup], axis=1)


def append(x: Any, values: Any, axis: int | None = None) -> Any:
    """Join two arrays along an axis, or their elements in a row, as ``numpy.append``.

    >>> append(np.ones((1, 2)), np.zeros(1))
    array([1., 1., 0.])
    """
    if axis is None:
        x, values, axis = ravel(x), ravel(values), 0
    return concatenate([x, values], axis=axis)


def block_diag(*arrays: Any) -> Any:
    """Put matrices along the diagonal of one, vectors as rows, as ``scipy.linalg.block_diag``.

    Raises:
        ShapeError: An array has more than two axes.

    >>> block_diag(np.ones((1, 2)), np.ones(1))
    array([[1., 1., 0.],
           [0., 0., 1.]])
    """
    for x in arrays:
        if np.ndim(x) > 2:
            raise ShapeError(f"expected arrays of 2 axes at most in block_diag, got shape {np.shape(x)}")
    blocks = [atleast_2d(x) for x in arrays] or [np.zeros((1, 0))]
    edges = np.cumsum([0, *(x.shape[1] for x in blocks)]).tolist()
    rows = [pad(x, pad_width=((0, 0), (a, edges[-1] - b))) for x, (a, b) in zip(blocks, pairwise(edges), strict=True)]
    return concatenate(rows, axis=0)


# -- cut -----------------------------------------------------------------------------------------------------


def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Cut into a number of parts, the first ones longer by one where need be, or at places: ``numpy.array_split``.

    Raises:
        ShapeError: The number of parts is not positive.

    >>> [part.shape for part in array_split(np.ones(5), 2)]
    [(3,), (2,)]
    """
    axis = along("array_split", x, axis)
    length = np.shape(x)[axis]
    places = np.asarray(getattr(indices_or_sections, "payload", indices_or_sections))
    if places.dtype.kind not in "iu" and places.size:
        raise TypeError(f"expected a number of parts or places to cut at, got {indices_or_sections!r}")
    if not places.ndim:
        parts = int(places)
        if parts <= 0:
            raise ShapeError(f"expected one or more parts, got {parts}")
        size, longer = divmod(length, parts)
        return list(split_with_sizes(x, [size + (i < longer) for i in range(parts)], axis))
    cuts = [slice(a, b).indices(length)[:2] for a, b in pairwise([0, *map(int, places), None])]
    if all(b == c for (_, b), (c, _) in pairwise(cuts)):
        return list(split_with_sizes(x, [b - a for a, b in cuts], axis))
    return [get_item(x, index=(*(slice(None),) * axis, slice(a, b))) for a, b in cuts]  # places out of order


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Cut into equal parts, or at places along an axis, as ``numpy.split``.

    Raises:
        ShapeError: The axis cannot be cut into equal parts.

    >>> [part.shape for part in split(np.ones(6), 3)]
    [(2,), (2,), (2,)]
    """
    length = np.shape(x)[along("split", x, axis)]
    if isinstance(indices_or_sections, int) and indices_or_sections > 0 and length % indices_or_sections:
        raise ShapeError(
            f"expected a length that divides into {indices_or_sections}, got {length}; "
            "give places to cut at, or use array_split"
        )
    return array_split(x, indices_or_sections, axis)


def hsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """Cut along the second axis, a vector along its only one, as ``numpy.hsplit``.

    >>> [part.shape for part in hsplit(np.ones((2, 4)), 2)]
    [(2, 2), (2, 2)]
    """
    return split(x, indices_or_sections, axis=0 if np.ndim(x) == 1 else 1)


def vsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """Cut along the first axis of two or more, as ``numpy.vsplit``.

    Raises:
        ShapeError: There are fewer than two axes.

    >>> [part.shape for part in vsplit(np.ones((2, 4)), 2)]
    [(1, 4), (1, 4)]
    """
    if np.ndim(x) < 2:
        raise ShapeError(f"expected 2 or more axes in vsplit, got shape {np.shape(x)}")
    return split(x, indices_or_sections, axis=0)


def dsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """Cut along the third axis, as ``numpy.dsplit``.

    Raises:
        ShapeError: There are fewer than three axes.

    >>> [part.shape for part in dsplit(np.ones((1, 2, 4)), 2)]
    [(1, 2, 2), (1, 2, 2)]
    """
    if np.ndim(x) < 3:
        raise ShapeError(f"expected 3 or more axes in dsplit, got shape {np.shape(x)}")
    return split(x, indices_or_sections, axis=2)


def chunk(x: Any, chunks: int, axis: int = 0) -> tuple[Any, ...]:
    """Cut into at most ``chunks`` parts of equal length, but for the last: ``torch.chunk``.

    Raises:
        ShapeError: The number of parts is not positive.

    >>> [part.shape for part in chunk(np.ones(5), 3)]
    [(2,), (2,), (1,)]
    """
    if chunks <= 0:
        raise ShapeError(f"expected one or more parts in chunk, got {chunks}")
    length = np.shape(x)[along("chunk", x, axis)]
    return split_with_sizes(  # type: ignore[no-any-return]
        x, -(-length // chunks) if length else [0] * chunks, axis
    )


# -- combined ------------------------------------------------------------------------------------------------


def meshgrid(*arrays: Any, indexing: str = "xy", sparse: bool = False, copy: bool = True) -> tuple[Any, ...]:
    """Spread vectors over a grid, as ``numpy.meshgrid``: one axis for each, the first two exchanged for ``"xy"``.

    Args:
        *arrays: The coordinates along each axis.
        indexing: ``"xy"`` or ``"ij"``.
        sparse: Leave the other axes at length one.
        copy: Accepted as NumPy's; results are recorded either way.

    Raises:
        ValueError: Another indexing.

    >>> [a.tolist() for a in meshgrid(np.array([1.0, 2.0]), np.array([3.0]), indexing="ij")]
    [[[1.0], [2.0]], [[3.0], [3.0]]]
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"expected indexing 'xy' or 'ij' in meshgrid, got {indexing!r}")
    arrays = _several(arrays)
    ndim = len(arrays)
    places = [1, 0, *range(2, ndim)] if indexing == "xy" and ndim > 1 else range(ndim)
    open_grid = [
        reshape(x, shape=[-1 if axis == place else 1 for axis in range(ndim)] or (1,))
        for x, place in zip(arrays, places, strict=True)
    ]
    return tuple(open_grid) if sparse else broadcast_arrays(*open_grid)


def cartesian_prod(*arrays: Any) -> Any:
    """Return every way to take one element of each vector, one to a row: ``torch.cartesian_prod``.

    Raises:
        ShapeError: An array is not a vector.

    >>> cartesian_prod(np.array([1.0, 2.0]), np.array([3.0])).tolist()
    [[1.0, 3.0], [2.0, 3.0]]
    """
    for x in arrays:
        if np.ndim(x) != 1:
            raise ShapeError(f"expected vectors in cartesian_prod, got shape {np.shape(x)}")
    if len(arrays) == 1:
        return reshape(arrays[0], shape=(-1,))
    columns = [ravel(x) for x in meshgrid(*arrays, indexing="ij")]
    return stack(columns, axis=1)


def combinations(x: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """Return every choice of ``r`` elements of a vector, one to a row, in order: ``torch.combinations``.

    Raises:
        ShapeError: ``x`` is not a vector.
        ValueError: ``r`` is negative.

    >>> combinations(np.array([1.0, 2.0, 3.0])).tolist()
    [[1.0, 2.0], [1.0, 3.0], [2.0, 3.0]]
    """
    if np.ndim(x) != 1:
        raise ShapeError(f"expected a vector in combinations, got shape {np.shape(x)}")
    if r < 0:
        raise ValueError(f"expected a number of elements that is not negative in combinations, got {r}")
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    chosen = np.array(list(choose(range(len(x)), r)), dtype=np.intp).reshape(-1, r) if r else np.zeros(0, np.intp)
    return take(x, indices=chosen, axis=0)
