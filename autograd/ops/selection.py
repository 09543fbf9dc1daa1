"""Parts chosen by places, masks, slices or windows: read, left out, or replaced in a copy."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..errors import DtypeError, ShapeError
from ..node import Node
from .arrangement import broadcast_arrays
from .elementwise import astype, where
from .indexing import add_at, as_index, get_item, set_item, take
from .scattering import integers
from .shape import along, broadcast_to, concatenate, moveaxis, ravel, reshape

__all__ = [
    "as_strided", "as_strided_scatter", "choose", "compress", "delete", "extract", "full_like", "index_put",
    "index_select", "insert", "masked_fill", "masked_index", "masked_index_add", "masked_scatter", "masked_select",
    "narrow", "put", "select", "select_scatter", "slice_axis", "slice_scatter", "sliding_window_view",
    "trim_zeros", "unfold",
]  # fmt: skip


def _whole_but(axis: int, part: Any) -> tuple[Any, ...]:
    """Return the index of a part of one axis, and of all the others as they are."""
    return (*(slice(None),) * axis, part)


# -- places ---------------------------------------------------------------------------------------------------


def index_select(x: Any, axis: int, index: Any) -> Any:
    """Read the slices that ``index`` names along ``axis``: ``torch.index_select``; :func:`take` does more.

    Raises:
        ShapeError: ``index`` has several axes.
        IndexError: A place lies outside.

    >>> index_select(np.array([[1.0, 2.0]]), 1, [1, 1])
    array([[2., 2.]])
    """
    index = np.atleast_1d(integers(index, "index_select"))
    if index.ndim > 1:
        raise ShapeError(f"expected an index of one axis in index_select, got shape {index.shape}")
    if not np.ndim(x):
        return reshape(take(reshape(x, shape=(1,)), indices=index, axis=axis), shape=())
    return take(x, indices=index, axis=along("index_select", x, axis))


def index_put(x: Any, indices: Sequence[Any], values: Any, accumulate: bool = False) -> Any:
    """Return a copy of ``x`` in which ``x[indices]`` is ``values``, or to which they are added.

    Raises:
        ShapeError: A place is named twice and the values do not add up.
        IndexError: A place lies outside.

    >>> index_put(np.zeros(3), ([0, 0],), np.array([1.0, 2.0]), accumulate=True)
    array([3., 0., 0.])
    """
    index = tuple(as_index(part) for part in indices)
    if accumulate:
        return x + add_at(_as_dtype(values, x.dtype), index=index, shape=np.shape(x))
    return set_item(x, values, index=index)


def put(x: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """Return a copy of ``x`` in which the elements at places of the flattened array are those of ``source``.

    PyTorch's: ``numpy.put``, which changes its argument, is another function.

    Raises:
        ShapeError: ``source`` has another number of elements than ``index``, or a place is named twice.
        IndexError: A place lies outside.

    >>> put(np.zeros((2, 2)), [1, 2], np.array([5.0, 6.0]))
    array([[0., 5.],
           [6., 0.]])
    """
    index = integers(index, "put")
    if np.size(source) != index.size:
        raise ShapeError(f"expected a source of {index.size} elements as the index in put, got {np.shape(source)}")
    flat = index_put(ravel(x), (index.reshape(-1),), ravel(source), accumulate)
    return reshape(flat, shape=np.shape(x))


def delete(x: Any, obj: Any, axis: int | None = None) -> Any:
    """Leave out the slices at places along an axis, or elements of the flattened array, as ``numpy.delete``.

    >>> delete(np.array([1.0, 2.0, 3.0]), 1)
    array([1., 3.])
    """
    if axis is None:
        x, axis = ravel(x), 0
    axis = along("delete", x, axis)
    kept = np.delete(np.arange(np.shape(x)[axis]), as_index(obj))
    return take(x, indices=kept, axis=axis)


def insert(x: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """Put values before places along an axis, or of the flattened array, as ``numpy.insert``.

    >>> insert(np.array([1.0, 3.0]), 1, 2.0)
    array([1., 2., 3.])
    """
    if axis is None:
        x, axis = ravel(x), 0
    axis = along("insert", x, axis)
    shape, obj = np.shape(x), as_index(obj)
    length = shape[axis]
    values = values if hasattr(values, "ndim") else np.asarray(values, dtype=x.dtype)
    values = reshape(values, shape=(1,) * (len(shape) - values.ndim) + values.shape)
    if np.ndim(obj) == 0 and not isinstance(obj, slice):
        values = moveaxis(values, source=0, destination=axis)  # NumPy's rule for a single place
    places = np.arange(length + 1)[obj] if isinstance(obj, slice) else np.asarray(obj)
    places = np.flatnonzero(places) if places.dtype.kind == "b" else places
    count = values.shape[axis] if places.size == 1 else places.size
    values = broadcast_to(values, shape=(*shape[:axis], count, *shape[axis + 1 :]))
    order = np.insert(np.arange(length), places, np.arange(length, length + count))
    return take(concatenate([x, values], axis=axis), indices=order, axis=axis)


def choose(a: Any, choices: Sequence[Any]) -> Any:
    """Take each element from the array that ``a`` names there, as ``numpy.choose``.

    Raises:
        IndexError: ``a`` names no array.

    >>> choose(np.array([1, 0]), [np.array([1.0, 2.0]), np.array([3.0, 4.0])])
    array([3., 2.])
    """
    number = integers(a, "choose")
    if number.size and not 0 <= number.min() <= number.max() < len(choices):
        raise IndexError(f"expected numbers from 0 to {len(choices) - 1} in choose, got {number.min()}, {number.max()}")
    out = choices[0]
    for i, choice in enumerate(choices):
        out = where(number == i, choice, out)
    return out


# -- masks ----------------------------------------------------------------------------------------------------


def _mask(mask: Any, name: str) -> Any:
    mask = np.asarray(as_index(mask))
    if mask.dtype.kind != "b":
        raise DtypeError(f"expected a mask of bools in {name}, got {mask.dtype}; compare with 0 first")
    return mask


def masked_fill(x: Any, mask: Any, value: Any) -> Any:
    """Replace the elements under a mask, which broadcasts, by one number.

    Raises:
        ShapeError: ``value`` is not one number, or the mask does not broadcast.
        DtypeError: The mask holds no bools.

    >>> masked_fill(np.array([1.0, 2.0]), np.array([True, False]), 0.0)
    array([0., 2.])
    """
    mask = _mask(mask, "masked_fill")
    if np.ndim(value):
        raise ShapeError(f"expected one number as the value in masked_fill, got shape {np.shape(value)}")
    return where(mask, _as_dtype(value, x.dtype), x)


def masked_select(x: Any, mask: Any) -> Any:
    """Return the elements under a mask in a row; the two broadcast.

    Raises:
        ShapeError: The shapes do not fit.
        DtypeError: The mask holds no bools.

    >>> masked_select(np.array([1.0, 2.0]), np.array([False, True]))
    array([2.])
    """
    mask = _mask(mask, "masked_select")
    x, mask = broadcast_arrays(x, mask)
    return get_item(x, index=mask) if np.ndim(x) else get_item(reshape(x, shape=(1,)), index=mask.reshape(1))


def masked_scatter(x: Any, mask: Any, source: Any) -> Any:
    """Replace the elements under a mask, which broadcasts, by the first ones of ``source``, in order.

    Raises:
        ShapeError: The shapes do not fit, or ``source`` has too few elements.
        DtypeError: The mask holds no bools, or ``source`` has another dtype.

    >>> masked_scatter(np.zeros(3), np.array([True, False, True]), np.array([1.0, 2.0, 3.0]))
    array([1., 0., 2.])
    """
    x, mask = broadcast_arrays(x, _mask(mask, "masked_scatter"))
    count = int(np.count_nonzero(mask))
    if np.size(source) < count:
        raise ShapeError(f"expected a source of {count} elements or more in masked_scatter, got {np.shape(source)}")
    if source.dtype != x.dtype:
        raise DtypeError(f"expected a source of dtype {x.dtype} as x in masked_scatter, got {source.dtype}")
    return set_item(x, get_item(ravel(source), index=slice(count)), index=mask)


def masked_index(x: Any, mask: Any, indices: Sequence[Any], fill_value: float = 0.0) -> Any:
    """Read ``x[indices]`` where a mask holds, and one number elsewhere, where a place may lie outside.

    Raises:
        DtypeError: The mask holds no bools.

    >>> masked_index(np.array([1.0, 2.0]), np.array([True, False]), ([1, 7],))
    array([2., 0.])
    """
    mask = _mask(mask, "masked_index")
    return where(mask, get_item(x, index=_clipped(indices, mask)), fill_value)


def masked_index_add(x: Any, mask: Any, indices: Sequence[Any], values: Any) -> Any:
    """Add values at ``x[indices]`` where a mask holds; elsewhere a place may lie outside.

    Raises:
        DtypeError: The mask holds no bools.

    >>> masked_index_add(np.zeros(2), np.array([True, False]), ([1, 7],), np.ones(2))
    array([0., 1.])
    """
    mask = _mask(mask, "masked_index_add")
    places = _clipped(indices, mask)
    return x + add_at(where(mask, _as_dtype(values, x.dtype), 0.0), index=places, shape=np.shape(x))


def _clipped(indices: Sequence[Any], mask: Any) -> tuple[Any, ...]:
    """Return the places, each one that the mask excludes replaced by the first one."""
    places = [integers(part, "masked_index") for part in indices]
    return tuple(np.where(mask, part, 0) for part in places)


def compress(condition: Any, x: Any, axis: int | None = None) -> Any:
    """Keep the slices along an axis for which a vector of conditions holds, as ``numpy.compress``.

    Raises:
        ShapeError: The conditions are no vector.
        IndexError: One beyond the end holds.

    >>> compress([False, True], np.array([[1.0, 2.0]]), axis=1)
    array([[2.]])
    """
    condition = np.asarray(as_index(condition))
    if condition.ndim != 1:
        raise ShapeError(f"expected a vector of conditions in compress, got shape {condition.shape}")
    return take(x, indices=np.flatnonzero(condition), axis=axis)


def extract(condition: Any, x: Any) -> Any:
    """Return the elements for which a condition of the same size holds, in a row, as ``numpy.extract``.

    >>> extract(np.array([False, True]), np.array([1.0, 2.0]))
    array([2.])
    """
    return compress(np.ravel(as_index(condition)), ravel(x))


def trim_zeros(x: Any, trim: str = "fb") -> Any:
    """Leave out the zeros at the front (``"f"``) and at the back (``"b"``) of a vector, as ``numpy.trim_zeros``.

    Raises:
        ShapeError: ``x`` is not a vector.

    >>> trim_zeros(np.array([0.0, 1.0, 0.0, 2.0, 0.0]))
    array([1., 0., 2.])
    """
    if np.ndim(x) != 1:
        raise ShapeError(f"expected a vector in trim_zeros, got shape {np.shape(x)}")
    kept = np.flatnonzero(as_index(x))
    first = kept[0] if len(kept) and "f" in trim.lower() else 0 if len(kept) else len(x)
    last = kept[-1] + 1 if len(kept) and "b" in trim.lower() else len(x)
    return get_item(x, index=slice(int(first), int(last)))


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Take each element from the first choice whose condition holds, else the default, as ``numpy.select``.

    Raises:
        ShapeError: There are not as many choices as conditions, or none.

    >>> x = np.array([1.0, 5.0])
    >>> select([x > 3, x > 0], [x * x, -x])
    array([-1., 25.])
    """
    if len(condlist) != len(choicelist) or not condlist:
        raise ShapeError(f"expected a choice for each condition, got {len(choicelist)} for {len(condlist)}")
    out = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        out = where(_mask(condition, "select"), choice, out)
    return out


# -- slices ---------------------------------------------------------------------------------------------------


def slice_axis(x: Any, axis: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    """Read ``x[start:end:step]`` along an axis.

    Raises:
        ValueError: ``step`` is not positive.

    >>> slice_axis(np.array([[1.0, 2.0, 3.0]]), axis=1, start=1)
    array([[2., 3.]])
    """
    return get_item(x, index=_window(x, axis, start, end, step, "slice_axis"))


def _window(x: Any, axis: int, start: int | None, end: int | None, step: int, name: str) -> tuple[Any, ...]:
    if step <= 0:
        raise ValueError(f"expected a positive step in {name}, got {step}; use flip to reverse")
    return _whole_but(along(name, x, axis), slice(start, end, step))


def narrow(x: Any, axis: int, start: Any, length: int) -> Any:
    """Read ``length`` slices along an axis from ``start`` on, which may count from the end.

    Raises:
        ShapeError: ``x`` is a number.
        IndexError: The part does not lie inside.

    >>> narrow(np.array([1.0, 2.0, 3.0]), 0, 1, 2)
    array([2., 3.])
    """
    axis = along("narrow", x, axis)
    size = np.shape(x)[axis]
    place = integers(start, "narrow")
    if place.ndim:
        raise ShapeError(f"expected one number as the start in narrow, got shape {place.shape}")
    first = int(place) + size if place < 0 else int(place)
    if length < 0 or not 0 <= first <= size - length:
        raise IndexError(f"expected a part of {size} slices in narrow, got {length} from {place} on")
    return get_item(x, index=_whole_but(axis, slice(first, first + length)))


def select_scatter(x: Any, src: Any, axis: int, index: int) -> Any:
    """Return a copy of ``x`` in which one slice along an axis is ``src``.

    Raises:
        ShapeError: ``src`` has not the slice's shape.
        IndexError: The place lies outside.

    >>> select_scatter(np.zeros((2, 2)), np.ones(2), 0, 1)
    array([[0., 0.],
           [1., 1.]])
    """
    return _replaced(x, src, _whole_but(along("select_scatter", x, axis), int(index)), "select_scatter")


def slice_scatter(
    x: Any, src: Any, axis: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """Return a copy of ``x`` in which ``x[start:end:step]`` along an axis is ``src``.

    Raises:
        ShapeError: ``src`` has not the shape of that part.
        ValueError: ``step`` is not positive.

    >>> slice_scatter(np.zeros(4), np.ones(2), start=1, step=2)
    array([0., 1., 0., 1.])
    """
    return _replaced(x, src, _window(x, axis, start, end, step, "slice_scatter"), "slice_scatter")


def _replaced(x: Any, src: Any, index: tuple[Any, ...], name: str) -> Any:
    """Return a copy of ``x`` in which the part at ``index`` is ``src``, whose shape must be that of the part."""
    expected = np.empty(np.shape(x), dtype=bool)[index].shape
    if np.shape(src) != expected:
        raise ShapeError(f"expected src of shape {expected} in {name}, got {np.shape(src)}")
    return set_item(x, src, index=index)


# -- windows --------------------------------------------------------------------------------------------------


def sliding_window_view(x: Any, window_shape: int | Sequence[int], axis: int | Sequence[int] | None = None) -> Any:
    """Read every window of a shape, in new last axes, as ``numpy.lib.stride_tricks.sliding_window_view``.

    Raises:
        ShapeError: A window is longer than its axis, or there is not one for each axis.

    >>> sliding_window_view(np.array([1.0, 2.0, 3.0]), 2)
    array([[1., 2.],
           [2., 3.]])
    """
    sizes = (window_shape,) if isinstance(window_shape, int) else tuple(window_shape)
    axes = range(np.ndim(x)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    if len(sizes) != len(axes):
        raise ShapeError(f"expected a length of the window for each of {len(axes)} axes, got {sizes}")
    for a, size in zip(axes, sizes, strict=True):
        x = unfold(x, a if a >= 0 else normalize_axis_index(a, np.ndim(x)), size)
    return x


def unfold(x: Any, axis: int, size: int, step: int = 1) -> Any:
    """Read every window of ``size`` along an axis, ``step`` apart; it becomes the last axis: PyTorch's method.

    Raises:
        ShapeError: The window is longer than the axis.
        ValueError: ``size`` is negative or ``step`` not positive.

    >>> unfold(np.arange(5.0), 0, 3, step=2)
    array([[0., 1., 2.],
           [2., 3., 4.]])
    """
    if size < 0 or step <= 0:
        raise ValueError(f"expected a size of 0 or more and a positive step in unfold, got {size} and {step}")
    if not np.ndim(x):  # a number is a vector of one element, whose only window it is
        return get_item(unfold(reshape(x, shape=(1,)), axis, size, step), index=0)
    axis = int(normalize_axis_index(axis, np.ndim(x)))
    length = np.shape(x)[axis]
    if size > length:
        raise ShapeError(f"expected a window of {length} or less along axis {axis} in unfold, got {size}")
    places = np.arange(0, length - size + 1, step)[:, None] + np.arange(size)
    return moveaxis(take(x, indices=places, axis=axis), source=axis + 1, destination=-1)


def as_strided(x: Any, size: Sequence[int], stride: Sequence[int], storage_offset: int = 0) -> Any:
    """Read element ``storage_offset + i stride[0] + j stride[1] + ...`` of the flattened array at ``[i, j, ...]``.

    PyTorch's, with strides in elements, for an array in row-major order. An element that is read twice collects
    both gradients.

    Raises:
        ShapeError: Sizes and strides are not as many.
        IndexError: A place lies outside.

    >>> as_strided(np.arange(4.0), (2, 2), (1, 1))
    array([[0., 1.],
           [1., 2.]])
    """
    return get_item(ravel(x), index=_strided(np.shape(x), size, stride, storage_offset, "as_strided"))


def as_strided_scatter(x: Any, src: Any, size: Sequence[int], stride: Sequence[int], storage_offset: int = 0) -> Any:
    """Return a copy of ``x`` in which the elements that :func:`as_strided` reads are those of ``src``.

    Raises:
        ShapeError: ``src`` has another shape than ``size``, or an element would be written twice.
        IndexError: A place lies outside.

    >>> as_strided_scatter(np.zeros(4), np.ones(2), (2,), (2,), 1)
    array([0., 1., 0., 1.])
    """
    if np.shape(src) != tuple(size):
        raise ShapeError(f"expected src of shape {tuple(size)} in as_strided_scatter, got {np.shape(src)}")
    places = _strided(np.shape(x), size, stride, storage_offset, "as_strided_scatter")
    return reshape(set_item(ravel(x), src, index=places), shape=np.shape(x))


def _strided(shape: tuple[int, ...], size: Sequence[int], stride: Sequence[int], offset: int, name: str) -> Any:
    if len(size) != len(stride):
        raise ShapeError(f"expected as many sizes as strides in {name}, got {tuple(size)} and {tuple(stride)}")
    places = np.asarray(offset)
    for n, step in zip(size, stride, strict=True):
        places = places[..., None] + np.arange(n) * step
    if places.size and not 0 <= places.min() <= places.max() < math.prod(shape):
        raise IndexError(
            f"expected places in an array of {math.prod(shape)} elements in {name}, "
            f"got {places.min()} to {places.max()}"
        )
    return places


# -- constants ------------------------------------------------------------------------------------------------


def full_like(x: Any, fill_value: Any) -> Any:
    """Return an array of the shape and dtype of ``x`` that holds one number, to which all gradients add up.

    Raises:
        ShapeError: ``fill_value`` is not one number.

    >>> full_like(np.ones(2), 3.0)
    array([3., 3.])
    """
    if np.ndim(fill_value):
        raise ShapeError(f"expected one number as fill_value in full_like, got shape {np.shape(fill_value)}")
    return where(np.ones(np.shape(x), dtype=bool), _as_dtype(fill_value, x.dtype), x)


def _as_dtype(value: Any, dtype: Any) -> Any:
    """Return a number or an array in another's dtype."""
    if not isinstance(value, Node):
        return np.asarray(value, dtype=dtype)
    return value if value.payload.dtype == dtype else astype(value, dtype=dtype)
