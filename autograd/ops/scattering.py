"""PyTorch's gather and scatter: elements read along an axis at the places of an index, and brought there."""

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..errors import DtypeError, ShapeError
from .accumulation import accumulate
from .indexing import as_index, from_start, get_item, set_item, take
from .shape import ravel, reshape

__all__ = [
    "gather", "index_add", "index_copy", "index_fill", "index_reduce", "scatter", "scatter_add", "scatter_reduce",
]  # fmt: skip


def integers(index: Any, name: str) -> Any:
    """Return an index as an array of integers."""
    index = np.asarray(as_index(index))
    if index.dtype.kind not in "iu" and index.size:
        raise DtypeError(f"expected integers as the index in {name}, got {index.dtype}")
    return index.astype(np.intp, copy=False)


# -- one index for each element -------------------------------------------------------------------------------


def _flat_places(shape: tuple[int, ...], axis: int, index: Any, name: str) -> Any:
    """Return the places in the flattened array: that of ``index`` along one axis, along every other axis its own.

    Raises:
        ShapeError: ``index`` has another number of axes, or is longer along another axis.
        IndexError: A place lies outside.
    """
    axis = normalize_axis_index(axis, len(shape))
    if index.ndim != len(shape):
        raise ShapeError(f"expected an index of {len(shape)} axes in {name}, as many as x has, got {index.shape}")
    if any(m > n for i, (m, n) in enumerate(zip(index.shape, shape, strict=True)) if i != axis):
        raise ShapeError(f"expected an index no longer than {shape} but along axis {axis} in {name}, got {index.shape}")
    length, lowest, highest = shape[axis], index.min(initial=0), index.max(initial=-1)
    if lowest < -length or highest >= length:
        raise IndexError(f"expected places in an axis of length {length} in {name}, got {lowest} to {highest}")
    places = from_start(index, length) * math.prod(shape[axis + 1 :])
    for i, grid in enumerate(np.ogrid[tuple(slice(n) for n in index.shape)]):
        if i != axis:
            places += grid * math.prod(shape[i + 1 :])
    return places


def gather(x: Any, axis: int, index: Any) -> Any:
    """Read one element for each of ``index``: at that place along ``axis``, else at its own place.

    PyTorch's: for ``axis=1`` of three, ``out[i, j, k] = x[i, index[i, j, k], k]``. An empty index reads nothing,
    whatever its shape.

    Raises:
        ShapeError: ``index`` has another number of axes, or is longer than ``x`` along another axis.
        IndexError: A place lies outside.

    >>> gather(np.array([[1.0, 2.0], [3.0, 4.0]]), 1, np.array([[0], [1]]))
    array([[1.],
           [4.]])
    """
    index = integers(index, "gather")
    if not index.size:
        return reshape(get_item(ravel(x), index=slice(0)), shape=index.shape)
    shape = np.shape(x) or (1,)  # a number is a vector of one element, as in PyTorch
    places = _flat_places(shape, axis, index if np.ndim(x) else index.reshape(-1), "gather")
    return take(ravel(x), indices=places.reshape(index.shape), axis=0)


def _brought(x: Any, axis: int, index: Any, src: Any, name: str) -> tuple[Any, Any, Any]:
    """Return the array, the part of the source that is brought, and the places it is brought to, all flattened."""
    index, shape = np.atleast_1d(integers(index, name)), np.shape(x) or (1,)
    if not index.size:
        index = np.zeros((0,) * len(shape), dtype=np.intp)
    places = _flat_places(shape, axis, index, name).reshape(-1)
    if isinstance(src, (int, float)):
        return ravel(x), src, places
    if src.dtype != x.dtype:
        raise DtypeError(f"expected a source of dtype {x.dtype} as x in {name}, got {src.dtype}; use astype")
    lengths = np.shape(src) or (1,)
    if len(lengths) != index.ndim or any(m > n for m, n in zip(index.shape, lengths, strict=True)):
        raise ShapeError(
            f"expected a source no shorter than the index {index.shape} along any axis in {name}, got {np.shape(src)}"
        )
    if lengths != index.shape:
        src = get_item(src, index=tuple(slice(n) for n in index.shape))
    return ravel(x), ravel(src), places


def _accumulated(x: Any, axis: int, index: Any, src: Any, reduce: str, include_self: bool, name: str) -> Any:
    flat, source, places = _brought(x, axis, index, src, name)
    if isinstance(source, (int, float)):
        source = np.full(places.shape, source, dtype=x.dtype)
    return reshape(accumulate(flat, source, places, reduce, include_self, name), shape=np.shape(x))


def scatter(x: Any, axis: int, index: Any, src: Any, reduce: str | None = None) -> Any:
    """Return a copy of ``x`` to which ``src`` was brought: to the place in ``index`` along ``axis``, else to its own.

    PyTorch's: for ``axis=1`` of three, ``out[i, index[i, j, k], k] = src[i, j, k]``.

    Args:
        x: An array.
        axis: The axis.
        index: Integers, of as many axes as ``x``.
        src: An array no shorter than ``index``, or one number.
        reduce: ``"add"`` or ``"multiply"`` instead of putting in place.

    Raises:
        ShapeError: The shapes do not fit, or two elements are brought to one place, of which only one could stay.
        IndexError: A place lies outside.
        DtypeError: ``src`` has another dtype than ``x``.

    >>> scatter(np.zeros((2, 2)), 1, np.array([[1], [0]]), 3.0)
    array([[0., 3.],
           [3., 0.]])
    """
    if reduce not in (None, "add", "multiply"):
        raise ValueError(f"expected reduce to be None, 'add' or 'multiply' in scatter, got {reduce!r}")
    if reduce is not None:
        return _accumulated(x, axis, index, src, {"add": "sum", "multiply": "prod"}[reduce], True, "scatter")
    flat, source, places = _brought(x, axis, index, src, "scatter")
    return reshape(set_item(flat, source, index=places), shape=np.shape(x))


def scatter_add(x: Any, axis: int, index: Any, src: Any) -> Any:
    """Add each element of ``src`` at the place in ``index`` along ``axis``, else at its own place.

    Raises:
        ShapeError: The shapes do not fit.
        IndexError: A place lies outside.
        DtypeError: ``src`` has another dtype than ``x``.

    >>> scatter_add(np.zeros(2), 0, np.array([1, 1, 0]), np.array([1.0, 2.0, 3.0]))
    array([3., 3.])
    """
    return _accumulated(x, axis, index, src, "sum", True, "scatter_add")


def scatter_reduce(x: Any, axis: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
    """Bring each element of ``src`` to the place in ``index`` along ``axis``, and reduce what meets there.

    Args:
        x: An array.
        axis: The axis.
        index: Integers, of as many axes as ``x``.
        src: An array no shorter than ``index``.
        reduce: ``"sum"``, ``"prod"``, ``"mean"``, ``"amax"`` or ``"amin"``; ties of the last two share the gradient.
        include_self: Whether ``x`` itself takes part.

    Raises:
        ShapeError: The shapes do not fit.
        IndexError: A place lies outside.
        DtypeError: ``src`` has another dtype than ``x``.
        ValueError: ``reduce`` is no reduction.

    >>> scatter_reduce(np.ones(2), 0, np.array([1, 1, 0]), np.array([1.0, 2.0, 3.0]), "prod")
    array([3., 2.])
    """
    return _accumulated(x, axis, index, src, reduce, include_self, "scatter_reduce")


# -- one index for each slice ---------------------------------------------------------------------------------


def _vector(x: Any) -> Any:
    """Let a number stand for a vector of one element, as PyTorch does."""
    return x if np.ndim(x) else reshape(x, shape=(1,))


def _like(x: Any, result: Any) -> Any:
    return result if np.ndim(x) else reshape(result, shape=())


def _slices(x: Any, axis: int, index: Any, name: str) -> tuple[Any, Any, tuple[int, ...]]:
    """Return the array, the index of whole slices along an axis, and the shape of what it reads."""
    vector, index = _vector(x), integers(index, name)
    if index.ndim > 1:
        raise ShapeError(f"expected an index of one axis in {name}, got shape {index.shape}")
    axis, index = normalize_axis_index(axis, vector.ndim), index.reshape(-1)
    shape = (*vector.shape[:axis], len(index), *vector.shape[axis + 1 :])
    return vector, (*(slice(None),) * axis, index), shape


def _source(x: Any, source: Any, shape: tuple[int, ...], name: str) -> Any:
    if np.shape(source) != shape and (np.ndim(x) or np.size(source) != 1):
        raise ShapeError(f"expected a source of shape {shape} in {name}, got {np.shape(source)}")
    if source.dtype != x.dtype:
        raise DtypeError(f"expected a source of dtype {x.dtype} as x in {name}, got {source.dtype}; use astype")
    return source if np.shape(source) == shape else reshape(source, shape=shape)


def index_add(x: Any, axis: int, index: Any, source: Any, *, alpha: float = 1) -> Any:
    """Add the slices of ``source``, times ``alpha``, to those of ``x`` that ``index`` names along ``axis``.

    Raises:
        ShapeError: ``source`` has not the shape of ``x`` with ``len(index)`` slices.
        IndexError: A place lies outside.

    >>> index_add(np.zeros((2, 2)), 0, [1, 1], np.ones((2, 2)))
    array([[0., 0.],
           [2., 2.]])
    """
    vector, places, shape = _slices(x, axis, index, "index_add")
    source = _source(x, source, shape, "index_add")
    source = source if alpha == 1 else source * alpha
    return _like(x, accumulate(vector, source, places, "sum", True, "index_add"))


def index_copy(x: Any, axis: int, index: Any, source: Any) -> Any:
    """Return a copy of ``x`` in which the slices that ``index`` names along ``axis`` are those of ``source``.

    Raises:
        ShapeError: ``source`` has not the shape of ``x`` with ``len(index)`` slices, or a slice is named twice.
        IndexError: A place lies outside.

    >>> index_copy(np.zeros(3), 0, [2, 0], np.array([1.0, 2.0]))
    array([2., 0., 1.])
    """
    vector, places, shape = _slices(x, axis, index, "index_copy")
    return _like(x, set_item(vector, _source(x, source, shape, "index_copy"), index=places))


def index_fill(x: Any, axis: int, index: Any, value: Any) -> Any:
    """Return a copy of ``x`` in which the slices that ``index`` names along ``axis`` hold one number.

    Raises:
        ShapeError: ``value`` is not one number.
        IndexError: A place lies outside.

    >>> index_fill(np.zeros(3), 0, [2, 0], 7.0)
    array([7., 0., 7.])
    """
    if np.ndim(value):
        raise ShapeError(f"expected one number as the value in index_fill, got shape {np.shape(value)}")
    vector, places, _ = _slices(x, axis, index, "index_fill")
    return _like(x, set_item(vector, value, index=places))


def index_reduce(x: Any, axis: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Any:
    """Bring the slices of ``source`` to those of ``x`` that ``index`` names along ``axis``; reduce what meets there.

    ``reduce`` and ``include_self`` are those of :func:`scatter_reduce`.

    Raises:
        ShapeError: ``source`` has not the shape of ``x`` with ``len(index)`` slices.
        IndexError: A place lies outside.
        ValueError: ``reduce`` is no reduction.

    >>> index_reduce(np.zeros(2), 0, [1, 1], np.array([2.0, 4.0]), "mean", include_self=False)
    array([0., 3.])
    """
    vector, places, shape = _slices(x, axis, index, "index_reduce")
    source = _source(x, source, shape, "index_reduce")
    return _like(x, accumulate(vector, source, places, reduce, include_self, "index_reduce"))
