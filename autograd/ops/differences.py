"""Differences, slopes, integrals by the trapezoidal rule, interpolation and convolution along a line."""

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..errors import ShapeError
from ..node import raw
from ..primitive import primitive
from .axes import one_axis, operand
from .cumulative import cumsum
from .elementwise import remainder, where
from .indexing import get_item
from .reductions import sum
from .shape import broadcast_to, concatenate, flip, pad, reshape

__all__ = [
    "convolve",
    "correlate",
    "cumulative_trapezoid",
    "diff",
    "ediff1d",
    "gradient",
    "interp",
    "trapezoid",
    "trapz",
]


def _part(x: Any, axis: int, start: int | None, stop: int | None = None) -> Any:
    """Read a part of an array along an axis that is counted from the front."""
    return get_item(x, index=(*(slice(None),) * axis, slice(start, stop)))


def _steps(x: Any, axis: int) -> Any:
    """Subtract each element from the next; of truths, tell whether they differ."""
    later, earlier = _part(x, axis, 1), _part(x, axis, None, -1)
    return later != earlier if raw(x).dtype == bool else later - earlier


def diff(x: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours along an axis, ``n`` times over.

    Args:
        x: One axis or more.
        n: How often; 0 times gives ``x``.
        axis: The axis, which gets shorter by ``n``.
        prepend: What stands before ``x``: a number, or an array of its shape but for the axis.
        append: What comes after it.

    Raises:
        ShapeError: ``x`` is a number.
        ValueError: ``n`` is negative.

    >>> diff(np.array([1.0, 4.0, 9.0]))
    array([3., 5.])
    """
    x = operand(x)
    if not x.ndim:
        raise ShapeError("expected one axis or more in diff, got a number")
    if n < 0:
        raise ValueError(f"expected n of 0 or more in diff, got {n}")
    if not n:
        return x
    axis = one_axis(axis, x.ndim)
    one = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    ends = [None if end is None else operand(end) for end in (prepend, append)]
    before, after = (end if end is None or end.ndim else broadcast_to(end, shape=one) for end in ends)
    parts = [part for part in (before, x, after) if part is not None]
    x = concatenate(parts, axis=axis) if parts[1:] else x
    for _ in range(n):
        x = _steps(x, axis)
    return x


def ediff1d(x: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Differences of neighbours in the flattened array, between what ``to_begin`` and ``to_end`` add.

    >>> ediff1d(np.array([1.0, 4.0, 9.0]), to_end=np.array([0.0]))
    array([3., 5., 0.])
    """
    flat = reshape(operand(x), shape=(-1,))
    parts = [part for part in (to_begin, _steps(flat, 0), to_end) if part is not None]
    return concatenate([reshape(operand(part), shape=(-1,)) for part in parts])


# -- slopes -------------------------------------------------------------------------------------------------------


def gradient(f: Any, /, *varargs: Any, axis: int | tuple[int, ...] | None = None, edge_order: int = 1) -> Any:
    """Slopes of sampled values along axes, by second order differences, as ``numpy.gradient``.

    Inside, the slope is the mean of the slopes to both neighbours, each weighted by the distance to the other one;
    at the ends it is the slope to the one neighbour, or with ``edge_order=2`` that of the parabola through three.

    Args:
        f: The samples.
        *varargs: The spacing: one number for all axes, or for each axis a number or the coordinates of its samples.
        axis: Along which axes; all of them by default.
        edge_order: 1 or 2.

    Returns:
        An array of the shape of ``f``, or a tuple with one for each of several axes.

    Raises:
        ShapeError: An axis has no more samples than ``edge_order``, or not one coordinate for each sample.
        TypeError: The number of spacings is neither none, one, nor that of the axes.

    >>> gradient(np.array([0.0, 1.0, 4.0, 9.0]), edge_order=2)
    array([0., 2., 4., 6.])
    """
    f = operand(f)
    axes = tuple(range(f.ndim)) if axis is None else normalize_axis_tuple(axis, f.ndim)
    spacings = [operand(v) for v in varargs] or [operand(1.0)]
    if len(spacings) == 1 and not spacings[0].ndim:
        spacings *= len(axes)
    if len(spacings) != len(axes):
        raise TypeError(f"expected one spacing, or one for each of {len(axes)} axes, in gradient, got {len(spacings)}")
    if edge_order not in (1, 2):
        raise ValueError(f"expected edge_order 1 or 2 in gradient, got {edge_order}")
    found = tuple(_slopes(f, spacing, a, edge_order) for a, spacing in zip(axes, spacings, strict=True))
    return found[0] if len(axes) == 1 else found


def _slopes(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    length = f.shape[axis]
    if length < edge_order + 1:
        raise ShapeError(f"expected {edge_order + 1} or more samples along axis {axis} in gradient, got {length}")
    steps = _distances(f, spacing, axis)
    slopes = _steps(f, axis) / steps
    (left, right), (before, after) = ((_part(x, axis, None, -1), _part(x, axis, 1)) for x in (slopes, steps))
    inside = (left * after + right * before) / (before + after)
    first, last = _part(slopes, axis, 0, 1), _part(slopes, axis, -1)
    if edge_order == 2:  # on a parabola the slopes change evenly
        first = 2.0 * first - _part(inside, axis, 0, 1)
        last = 2.0 * last - _part(inside, axis, -1)
    return concatenate([first, inside, last], axis=axis)


def _distances(f: Any, spacing: Any, axis: int) -> Any:
    """Return the distances of neighbouring samples along an axis, in a shape that broadcasts against them."""
    length = f.shape[axis]
    shape = tuple(-1 if i == axis else 1 for i in range(f.ndim))
    if not spacing.ndim:
        dtype = raw(f).dtype if raw(f).dtype.kind == "f" else None
        return reshape(spacing * np.ones(length - 1, dtype=dtype), shape=shape)
    if spacing.shape != (length,):
        raise ShapeError(f"expected {length} coordinates for axis {axis} in gradient, got shape {spacing.shape}")
    return reshape(_steps(spacing, 0), shape=shape)


# -- integrals ----------------------------------------------------------------------------------------------------


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Integral of sampled values along an axis, by the trapezoidal rule.

    Args:
        y: The samples.
        x: Where they were taken: coordinates along the axis, or an array that broadcasts with ``y``.
        dx: Their distance where ``x`` is not given.
        axis: The axis.

    >>> float(trapezoid(np.array([1.0, 2.0, 3.0])))
    4.0
    """
    y = operand(y)
    return sum(_areas(y, x, dx, axis), axis=axis)


trapz = trapezoid


def cumulative_trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: float | None = None) -> Any:
    """Running integral of sampled values along an axis, as ``scipy.integrate.cumulative_trapezoid``.

    Args:
        y: The samples.
        x: Where they were taken: coordinates along the axis, or an array that broadcasts with ``y``.
        dx: Their distance where ``x`` is not given.
        axis: The axis; it gets shorter by one unless ``initial`` is given.
        initial: What the integral is at the first sample, most often 0.

    >>> cumulative_trapezoid(np.array([1.0, 2.0, 3.0]))
    array([1.5, 4. ])
    """
    y = operand(y)
    out = cumsum(_areas(y, x, dx, axis), axis=axis)
    if initial is None:
        return out
    along = one_axis(axis, out.ndim)
    return pad(out, pad_width=[(int(i == along), 0) for i in range(out.ndim)], constant_values=initial)


def _areas(y: Any, x: Any, dx: Any, axis: int) -> Any:
    """Return the areas between neighbouring samples."""
    along = one_axis(axis, y.ndim)
    widths = operand(1.0 if dx is None else dx) if x is None else operand(x)
    if x is not None and widths.ndim == 1:
        widths = reshape(_steps(widths, 0), shape=tuple(-1 if i == along else 1 for i in range(y.ndim)))
    elif x is not None:
        widths = _steps(widths, one_axis(axis, widths.ndim))
    return widths * (_part(y, along, 1) + _part(y, along, None, -1)) * 0.5


# -- between samples ----------------------------------------------------------------------------------------------


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Any:
    """Interpolate linearly between the points ``(xp, fp)``, as ``numpy.interp``.

    The gradient goes to all three; at a point ``x`` has the slope to its right.

    Args:
        x: Where to interpolate.
        xp: Increasing coordinates, of shape ``(n,)``; in any order with ``period``.
        fp: The values there.
        left: The value left of the first point; by default that point's.
        right: The value right of the last point; by default that point's.
        period: The period of the function that is interpolated, if it has one.

    Raises:
        ShapeError: ``xp`` and ``fp`` are not of one shape ``(n,)`` with ``n`` of 1 or more.

    >>> float(interp(1.5, np.array([1.0, 2.0]), np.array([10.0, 20.0])))
    15.0
    """
    x, xp, fp = operand(x), operand(xp), operand(fp)
    if xp.ndim != 1 or xp.shape != fp.shape or not xp.shape[0]:
        raise ShapeError(f"expected xp and fp of one shape (n,) in interp, got {xp.shape} and {fp.shape}")
    if period is not None:
        x, xp, fp = _unrolled(x, xp, fp, abs(period))
        left = right = None
    last = xp.shape[0] - 1
    below = np.clip(np.searchsorted(raw(xp), raw(x), side="right") - 1, 0, np.maximum(last - 1, 0))
    above = np.minimum(below + 1, last)
    (x0, x1), (f0, f1) = ((get_item(p, index=(below,)), get_item(p, index=(above,))) for p in (xp, fp))
    width = x1 - x0
    found = f0 + (f1 - f0) * ((x - x0) / where(raw(width) == 0, 1.0, width))
    found = where(raw(x) < raw(xp)[0], fp[0] if left is None else left, found)
    return where(raw(x) > raw(xp)[-1], fp[-1] if right is None else right, found)


def _unrolled(x: Any, xp: Any, fp: Any, period: float) -> tuple[Any, Any, Any]:
    """Bring a periodic function's points into one period, in order, with a point more at each end."""
    if not period:
        raise ValueError("expected a period other than 0 in interp, got 0")
    x, xp = remainder(x, period), remainder(xp, period)
    order = (np.argsort(raw(xp), kind="stable"),)
    xp, fp = get_item(xp, index=order), get_item(fp, index=order)
    around = concatenate([xp[-1:] - period, xp, xp[:1] + period])
    return x, around, concatenate([fp[-1:], fp, fp[:1]])


# -- convolution --------------------------------------------------------------------------------------------------


@primitive(formula="sum_i x[i] y[k - i]", derivative="g ⋆ y, g ⋆ x")
def convolve(x: Any, y: Any, /, *, mode: Any = "full") -> Any:
    """Convolution of two sequences, as ``numpy.convolve``.

    ``mode`` is ``"full"``, ``"same"`` (as long as the longer one) or ``"valid"`` (where they overlap completely).

    >>> convolve(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([1., 3., 2.])
    """
    return np.convolve(x, y, mode)


def _convolve_rule(g: Any, x: Any, y: Any, mode: str) -> Any:
    """Correlate the upstream gradient, at its place in the full convolution, with the other sequence."""
    shorter, longer = np.sort([x.shape[0], y.shape[0]])
    before = {"full": 0, "same": (shorter - 1) // 2, "valid": shorter - 1}[mode]
    whole = pad(g, pad_width=[(int(before), int(longer + shorter - 1 - before - g.shape[0]))])
    return convolve(whole, flip(y), mode="valid")


convolve.defvjp(
    lambda g, out, x, y, mode="full": _convolve_rule(g, x, y, mode),
    lambda g, out, x, y, mode="full": _convolve_rule(g, y, x, mode),
)


def correlate(x: Any, y: Any, mode: str = "valid") -> Any:
    """Correlation of two sequences, as ``numpy.correlate``: ``sum_i x[i + k] y[i]``.

    >>> correlate(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0]))
    array([2., 3.])
    """
    x, y = operand(x), operand(y)
    if x.shape[0] < y.shape[0]:
        return flip(convolve(y, flip(x), mode=mode))
    return convolve(x, flip(y), mode=mode)
