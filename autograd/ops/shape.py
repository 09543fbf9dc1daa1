"""Operations that move elements and compute nothing."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..errors import ShapeError
from ..node import raw
from ..primitive import primitive
from .indexing import get_item

__all__ = [
    "broadcast_to", "concatenate", "expand_dims", "flip", "moveaxis", "pad", "ravel", "reshape", "roll",
    "split_with_sizes", "squeeze", "stack", "swapaxes", "transpose", "unpad", "unstack",
]  # fmt: skip

Axis = int | tuple[int, ...] | None


@primitive(formula="x in another shape")
def reshape(x: Any, /, *, shape: Any) -> Any:
    """Give an array another shape with the same number of elements; one length may be -1.

    >>> reshape(np.arange(4.0), shape=(2, 2)).shape
    (2, 2)
    """
    try:
        return np.reshape(x, shape)
    except ValueError:
        raise ShapeError(f"expected a shape of {np.size(x)} elements like {np.shape(x)}, got {shape}") from None


reshape.defvjp(lambda g, out, x, shape: reshape(g, shape=np.shape(raw(x))))


@primitive(symbol="T", formula="axes permuted")
def transpose(x: Any, /, *, axes: Sequence[int] | None = None) -> Any:
    """Permute the axes, in reverse when none are given.

    >>> transpose(np.ones((2, 3))).shape
    (3, 2)
    """
    return np.transpose(x, axes)


def _transpose_rule(g: Any, out: Any, x: Any, axes: Sequence[int] | None = None) -> Any:
    back = None if axes is None else tuple(int(i) for i in np.argsort([a % len(axes) for a in axes]))
    return transpose(g, axes=back)


transpose.defvjp(_transpose_rule)


@primitive(formula="two axes exchanged")
def swapaxes(x: Any, /, *, axis1: int, axis2: int) -> Any:
    """Exchange two axes.

    >>> swapaxes(np.ones((2, 3)), axis1=0, axis2=1).shape
    (3, 2)
    """
    return np.swapaxes(x, axis1, axis2)


swapaxes.defvjp(lambda g, out, x, axis1, axis2: swapaxes(g, axis1=axis1, axis2=axis2))


@primitive(formula="axes moved")
def moveaxis(x: Any, /, *, source: Axis, destination: Axis) -> Any:
    """Move axes to other places.

    >>> moveaxis(np.ones((2, 3, 4)), source=0, destination=-1).shape
    (3, 4, 2)
    """
    return np.moveaxis(x, source, destination)  # type: ignore[arg-type]


moveaxis.defvjp(lambda g, out, x, source, destination: moveaxis(g, source=destination, destination=source))


@primitive(formula="axes of length one removed")
def squeeze(x: Any, /, *, axis: Axis = None) -> Any:
    """Remove axes of length one.

    >>> squeeze(np.ones((1, 3))).shape
    (3,)
    """
    return np.squeeze(x, axis=axis)


@primitive(formula="axes of length one added")
def expand_dims(x: Any, /, *, axis: int | tuple[int, ...]) -> Any:
    """Add axes of length one.

    >>> expand_dims(np.ones(3), axis=0).shape
    (1, 3)
    """
    return np.expand_dims(x, axis)


@primitive(formula="x in one dimension")
def ravel(x: Any, /) -> Any:
    """Flatten to one dimension.

    >>> ravel(np.ones((2, 2))).shape
    (4,)
    """
    return np.ravel(x)


squeeze.defvjp(lambda g, out, x, axis=None: reshape(g, shape=x.shape))
expand_dims.defvjp(lambda g, out, x, axis: reshape(g, shape=x.shape))
ravel.defvjp(lambda g, out, x: reshape(g, shape=x.shape))


@primitive(formula="x repeated along new or unit axes")
def broadcast_to(x: Any, /, *, shape: Sequence[int]) -> Any:
    """Broadcast to a shape.

    Raises:
        ShapeError: The array does not broadcast to it.

    >>> broadcast_to(np.ones(3), shape=(2, 3)).shape
    (2, 3)
    """
    try:
        return np.broadcast_to(x, tuple(shape))
    except ValueError:
        raise ShapeError(f"expected a shape that {np.shape(x)} broadcasts to, got {tuple(shape)}") from None


broadcast_to.defvjp(lambda g, out, x, shape: g)  # the walk sums it back


@primitive(sequence=True, formula="arrays joined along an axis")
def concatenate(*arrays: Any, axis: int = 0) -> Any:
    """Join arrays along an existing axis.

    >>> concatenate([np.ones(2), np.zeros(1)])
    array([1., 1., 0.])
    """
    return np.concatenate(arrays, axis=axis)


def _concatenate_rule(index: int, g: Any, out: Any, *arrays: Any, axis: int = 0) -> Any:
    axis %= g.ndim
    start = sum(a.shape[axis] for a in arrays[:index])
    window = slice(start, start + arrays[index].shape[axis])
    return get_item(g, index=(*(slice(None),) * axis, window))


concatenate.defvjp_indexed(_concatenate_rule)


@primitive(sequence=True, formula="arrays joined along a new axis")
def stack(*arrays: Any, axis: int = 0) -> Any:
    """Join arrays of one shape along a new axis.

    >>> stack([np.ones(2), np.zeros(2)]).shape
    (2, 2)
    """
    for i, array in enumerate(arrays):
        if np.shape(array) != np.shape(arrays[0]):
            raise ShapeError(f"expected arrays of shape {np.shape(arrays[0])} in stack, got {np.shape(array)} at {i}")
    return np.stack(arrays, axis=axis)


def _stack_rule(index: int, g: Any, out: Any, *arrays: Any, axis: int = 0) -> Any:
    return get_item(g, index=(*(slice(None),) * (axis % g.ndim), index))


stack.defvjp_indexed(_stack_rule)


@primitive(formula="parts along an axis")
def split_with_sizes(x: Any, /, *, sizes: int | Sequence[int], axis: int = 0) -> tuple[Any, ...]:
    """Cut into parts of given lengths, or of one length and a rest: what ``torch.split`` does.

    Raises:
        ShapeError: The lengths do not add up to that of the axis.

    >>> [part.shape for part in split_with_sizes(np.ones(5), 2)]
    [(2,), (2,), (1,)]
    """
    axis = along("split_with_sizes", x, axis)
    length = x.shape[axis]
    if isinstance(sizes, int):
        if sizes < 0 or (length and not sizes):
            raise ShapeError(f"expected a positive length of the parts, got {sizes}")
        whole, rest = divmod(length, sizes or 1)
        sizes = [sizes] * whole + [rest] * (rest > 0) or [0]
    edges = [0, *accumulate(sizes)]
    if edges[-1] != length or any(n < 0 for n in sizes):
        raise ShapeError(f"expected lengths that add up to {length} in split_with_sizes, got {list(sizes)}")
    lead = (slice(None),) * axis
    return tuple(x[(*lead, slice(a, b))] for a, b in pairwise(edges))


@primitive(formula="slices along an axis")
def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """Read all slices along an axis, without that axis, as ``numpy.unstack``; PyTorch calls it ``unbind``.

    >>> [part.shape for part in unstack(np.ones((2, 3)))]
    [(3,), (3,)]
    """
    lead = (slice(None),) * along("unstack", x, axis)
    return tuple(x[(*lead, i, ...)] for i in range(x.shape[axis]))


def along(name: str, x: Any, axis: int) -> int:
    """Return an axis counted from the first.

    Raises:
        ShapeError: ``x`` is a number, which has none.
    """
    if not np.ndim(x):
        raise ShapeError(f"expected one or more axes in {name}, got a number")
    return int(normalize_axis_index(axis, np.ndim(x)))


def _filled(g: Any, out: Any) -> list[Any]:
    """Return the upstream gradient of each part, zeros where none came."""
    return [np.zeros(part.shape, part.dtype) if up is None else up for up, part in zip(g, out, strict=True)]


split_with_sizes.defvjp(lambda g, out, x, sizes, axis=0: concatenate(_filled(g, out), axis=axis))
unstack.defvjp(lambda g, out, x, axis=0: stack(_filled(g, out), axis=axis))


@primitive(formula="borders added")
def pad(x: Any, /, *, pad_width: Any, mode: str = "constant", constant_values: Any = 0.0) -> Any:
    """Add borders, as ``numpy.pad``.

    Args:
        x: An array.
        pad_width: One number, ``(before, after)``, one such pair for each axis, or a dictionary from axes to either.
        mode: ``"constant"``, or which elements the borders repeat: ``"edge"``, ``"reflect"`` (mirrored at the edge
            element), ``"symmetric"`` (mirrored behind it), ``"wrap"`` (periodic).
        constant_values: What a constant border holds.

    Raises:
        ShapeError: A width is negative or does not fit the axes, or an empty axis has nothing to repeat.
        ValueError: Another mode.

    >>> pad(np.array([1.0, 2.0, 3.0]), pad_width=1)
    array([0., 1., 2., 3., 0.])
    >>> pad(np.array([1.0, 2.0, 3.0]), pad_width=(2, 1), mode="reflect")
    array([3., 2., 1., 2., 3., 2.])
    """
    widths = _pad_widths(pad_width, np.ndim(x), mode)
    if mode == "constant":
        return np.pad(x, widths, constant_values=constant_values)
    for (before, after), n in zip(widths, np.shape(x), strict=True):
        if not n and before + after:
            raise ShapeError(f"expected one or more elements along each axis to pad by {mode!r}, got {np.shape(x)}")
    return np.pad(x, widths, mode=mode)  # type: ignore[call-overload]


@primitive(formula="borders added to what they repeat")
def unpad(g: Any, /, *, pad_width: Any, mode: str) -> Any:
    """Take borders off and add each of their elements to the one that :func:`pad` repeats there; its transpose.

    >>> unpad(np.array([1.0, 10.0, 100.0]), pad_width=(1, 0), mode="edge")
    array([ 11., 100.])
    """
    for axis, (before, after) in enumerate(_pad_widths(pad_width, g.ndim, mode)):
        if before + after:
            g = _unpad_axis(g, axis, before, after, mode)
    return g


def _unpad_axis(g: Any, axis: int, before: int, after: int, mode: str) -> Any:
    n = g.shape[axis] - before - after
    origin = np.pad(np.arange(n), (before, after), mode=mode)  # type: ignore[call-overload]
    along = np.moveaxis(g, axis, 0)
    out = along[before : before + n].copy()
    for place in (*range(before), *range(before + n, len(origin))):
        out[origin[place]] += along[place]
    return np.moveaxis(out, 0, axis)


PAD_MODES = ("constant", "edge", "reflect", "symmetric", "wrap")


def _pad_widths(pad_width: Any, ndim: int, mode: str) -> list[tuple[int, int]]:
    """Return ``(before, after)`` for each axis."""
    if mode not in PAD_MODES:
        raise ValueError(f"expected mode to be one of {', '.join(PAD_MODES)} in pad, got {mode!r}")
    if isinstance(pad_width, dict):
        given = {axis % ndim: width for axis, width in pad_width.items()}
        pad_width = [np.broadcast_to(given.get(axis, 0), 2) for axis in range(ndim)] or 0
    widths = np.asarray(pad_width)
    if widths.dtype.kind not in "iu" and widths.size:
        raise TypeError(f"expected integers as pad_width, got {pad_width}")
    try:
        pairs = np.broadcast_to(widths, (ndim, 2)).tolist()
    except ValueError:
        raise ShapeError(f"expected (before, after) for each of {ndim} axes as pad_width, got {pad_width}") from None
    if any(width < 0 for pair in pairs for width in pair):
        raise ShapeError(f"expected no negative pad_width, got {pad_width}; slice instead")
    return [(before, after) for before, after in pairs]


def _pad_rule(g: Any, out: Any, x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0.0) -> Any:
    if mode != "constant":
        return unpad(g, pad_width=pad_width, mode=mode)
    widths = _pad_widths(pad_width, g.ndim, mode)
    return get_item(g, index=tuple(slice(a, a + n) for (a, _), n in zip(widths, x.shape, strict=True)))


pad.defvjp(_pad_rule)
unpad.defvjp(lambda g, out, x, pad_width, mode: pad(g, pad_width=pad_width, mode=mode))


@primitive(formula="order reversed")
def flip(x: Any, /, *, axis: Axis = None) -> Any:
    """Reverse the order of elements along axes.

    >>> flip(np.array([1.0, 2.0]))
    array([2., 1.])
    """
    return np.flip(x, axis)


flip.defvjp(lambda g, out, x, axis=None: flip(g, axis=axis))


@primitive(formula="elements shifted around")
def roll(x: Any, /, *, shift: Any, axis: Axis = None) -> Any:
    """Shift elements along axes; what falls off one end comes back at the other.

    >>> roll(np.array([1.0, 2.0, 3.0]), shift=1)
    array([3., 1., 2.])
    """
    return np.roll(x, shift, axis)


def _roll_rule(g: Any, out: Any, x: Any, shift: Any, axis: Axis = None) -> Any:
    return roll(g, shift=tuple(-s for s in shift) if isinstance(shift, tuple) else -shift, axis=axis)


roll.defvjp(_roll_rule)
