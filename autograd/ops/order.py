"""Order: sorting, ranks, and the places of elements.

Places are integer arrays without gradient. The gradient of an element that was chosen goes to the place it came
from; equal elements keep their order (case R025). A number counts as an array of one element.
"""

from typing import Any, NamedTuple

import numpy as np

from ..errors import ShapeError
from ..node import raw
from ..primitive import primitive
from .axes import constant_like, line, operand, reduced_shape
from .indexing import _matched, add_at, take_along_axis
from .shape import reshape, squeeze

__all__ = [
    "argmax",
    "argmin",
    "argsort",
    "count_nonzero",
    "kthvalue",
    "median",
    "mode",
    "msort",
    "sort",
    "topk",
]


class Ranked(NamedTuple):
    """Elements that were chosen by their order, and the places along the axis where they stand."""

    values: Any
    indices: Any


def at_places(x: Any, places: Any, axis: int, keepdims: bool = True) -> Ranked:
    """Read the elements at places along an axis; without ``keepdims`` that axis, of one place, is dropped."""
    lines, along = line(x, axis)
    values = take_along_axis(lines, indices=places, axis=along)
    if not x.ndim:
        return Ranked(reshape(values, shape=()), constant_like(x, np.reshape(places, ())))
    if not keepdims:
        values, places = squeeze(values, axis=along), np.squeeze(places, along)
    return Ranked(values, constant_like(x, places))


def ranking(data: Any, axis: int, descending: bool = False) -> Any:
    """Return the places of the elements of a raw array in their order; NaN counts as the largest."""
    if not descending:
        return np.argsort(data, axis=axis, kind="stable")
    backwards = np.argsort(np.flip(data, axis), axis=axis, kind="stable")
    return data.shape[axis] - 1 - np.flip(backwards, axis)


@primitive(formula="x in order", kinks="ties: stable order", analytic=False)
def sort(x: Any, /, *, axis: int | None = -1, descending: bool = False, stable: bool = True) -> Any:
    """Sort along an axis, or the flattened array; each of equal elements gets one place's gradient.

    The order is stable whatever ``stable`` says.

    >>> sort(np.array([2.0, 1.0]))
    array([1., 2.])
    """
    data, along = line(np.asarray(x), axis)
    ascending = np.sort(data, axis=along, kind="stable")
    return (np.flip(ascending, along) if descending else ascending).reshape((-1,) if axis is None else np.shape(x))


def _sort_rule(g: Any, out: Any, x: Any, axis: int | None = -1, descending: bool = False, stable: bool = True) -> Any:
    data, along = line(raw(x), axis)
    places = _matched(ranking(data, along, descending), data.shape, along)
    return reshape(add_at(line(g, axis)[0], index=places, shape=data.shape), shape=x.shape)


sort.defvjp(_sort_rule)


def msort(x: Any) -> Any:
    """Sort along the first axis.

    >>> msort(np.array([[2.0], [1.0]])).tolist()
    [[1.0], [2.0]]
    """
    return sort(x, axis=0)


def topk(x: Any, k: int, axis: int = -1, largest: bool = True, sorted: bool = True) -> Ranked:
    """Return the ``k`` largest (or smallest) elements along an axis, the most extreme first, and their places.

    Raises:
        ShapeError: The axis has fewer than ``k`` elements.

    >>> topk(np.array([1.0, 3.0, 2.0]), 2)
    Ranked(values=array([3., 2.]), indices=array([1, 2]))
    """
    x = operand(x)
    data, along = line(raw(x), axis)
    if not 0 <= k <= data.shape[along]:
        raise ShapeError(f"expected k from 0 to {data.shape[along]}, the length of axis {axis}, in topk, got {k}")
    order = ranking(data, along, descending=largest)
    return at_places(x, np.take(order, range(k), axis=along), axis)


def kthvalue(x: Any, k: int, axis: int = -1, keepdims: bool = False) -> Ranked:
    """Return the ``k``-th smallest element along an axis, counted from 1, and its place.

    Raises:
        ShapeError: The axis has fewer than ``k`` elements.

    >>> kthvalue(np.array([1.0, 3.0, 2.0]), 2)
    Ranked(values=array(2.), indices=array(2))
    """
    x = operand(x)
    data, along = line(raw(x), axis)
    if not 1 <= k <= data.shape[along]:
        raise ShapeError(f"expected k from 1 to {data.shape[along]}, the length of axis {axis}, in kthvalue, got {k}")
    return at_places(x, np.take(ranking(data, along), [k - 1], axis=along), axis, keepdims)


def mode(x: Any, axis: int = -1, keepdims: bool = False) -> Ranked:
    """Return the most frequent element along an axis, the smallest of several, and the last place where it stands.

    >>> mode(np.array([2.0, 1.0, 2.0]))
    Ranked(values=array(2.), indices=array(2))
    """
    x = operand(x)
    data, along = line(raw(x), axis)
    if not data.shape[along]:
        raise ShapeError(f"expected one or more elements in mode, got shape {x.shape} over axis {axis}")
    order = np.moveaxis(ranking(data, along), along, -1)
    ascending = np.take_along_axis(np.moveaxis(data, along, -1), order, -1)
    rank = np.arange(data.shape[along])
    begins = np.concatenate([np.ones_like(order[..., :1], dtype=bool), np.diff(ascending, axis=-1) != 0], axis=-1)
    length = rank - np.maximum.accumulate(np.where(begins, rank, 0), axis=-1)  # of its run of equals, so far
    last = np.argmax(length, axis=-1, keepdims=True)
    return at_places(x, np.moveaxis(np.take_along_axis(order, last, -1), -1, along), axis, keepdims)


@primitive(
    reduction=True,
    formula="element of rank (n - 1) // 2",
    derivative="1 there",
    kinks="ties: one of them",
    analytic=False,
)
def median(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Middle element in ascending order, the lower of the two middle ones as in PyTorch (case R024); NaN if one is.

    >>> float(median(np.array([4.0, 1.0, 3.0, 2.0])))
    2.0
    """
    x = np.asarray(x)
    data, along = line(x, axis)
    found = np.take_along_axis(data, _place_of_median(data, along), along)
    return found.reshape(reduced_shape(x.shape, axis, keepdims))


def _place_of_median(data: Any, along: int) -> Any:
    """Return the place of the middle element along an axis, which stays with length one; of a NaN if there is one."""
    length = data.shape[along]
    if not length:
        raise ShapeError(f"expected one or more elements in median, got shape {data.shape} over axis {along}")
    order = ranking(data, along)
    middle, last = (np.take(order, [rank], axis=along) for rank in ((length - 1) // 2, length - 1))
    return np.where(np.isnan(np.take_along_axis(data, last, along)), last, middle)


def _median_rule(g: Any, out: Any, x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    data, along = line(raw(x), axis)
    place = _place_of_median(data, along)
    index = _matched(place, data.shape, along)
    return reshape(add_at(reshape(g, shape=place.shape), index=index, shape=data.shape), shape=x.shape)


median.defvjp(_median_rule)


def argsort(x: Any, axis: int | None = -1, descending: bool = False, stable: bool = True) -> Any:
    """Return the places of the elements in their order; integers, without gradient. The order is always stable.

    >>> argsort(np.array([3.0, 1.0, 2.0]))
    array([1, 2, 0])
    """
    x = operand(x)
    data, along = line(raw(x), axis)
    return constant_like(x, ranking(data, along, descending).reshape((-1,) if axis is None else x.shape))


def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the place of the largest element, the first of several; integers, without gradient.

    >>> int(argmax(np.array([1.0, 3.0, 2.0])))
    1
    """
    return constant_like(x, np.asarray(np.argmax(raw(x), axis=axis, keepdims=keepdims)))


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the place of the smallest element, the first of several; integers, without gradient.

    >>> int(argmin(np.array([1.0, 3.0, 2.0])))
    0
    """
    return constant_like(x, np.asarray(np.argmin(raw(x), axis=axis, keepdims=keepdims)))


def count_nonzero(x: Any, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
    """Count what is not zero; integers, without gradient.

    >>> int(count_nonzero(np.array([1.0, 0.0, 2.0])))
    2
    """
    return constant_like(x, np.asarray(np.count_nonzero(raw(x), axis=axis, keepdims=keepdims)))
