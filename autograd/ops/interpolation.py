"""Resampling: each new sample is a weighted sum of a few old ones.

Along one axis it is a matrix with few entries in each row, and every method here, averages over windows among them, is
a table of such entries for each axis. The transposed matrix has few entries too: it is the gradient.
"""

import math
from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ..errors import ShapeError
from ..node import raw
from ..primitive import primitive
from .elementwise import where
from .indexing import get_item
from .shape import expand_dims, reshape

__all__ = ["grid_sample", "interpolate", "resample"]

Array = np.ndarray[Any, Any]


class Table(NamedTuple):
    """The entries of a matrix, as many in each row: in which column they stand, and how large they are."""

    places: Array  # (rows, entries)
    weights: Array  # (rows, entries)


@primitive(formula="sum weights[i, t] x[places[i, t]]", derivative="resample by the transposed matrix")
def resample(x: Any, /, *, places: Any, weights: Any, axis: int = -1) -> Any:
    """Multiply by a matrix along an axis, given the few entries of each of its rows.

    Args:
        x: The samples.
        places: What each new sample reads along the axis, of shape ``(new samples, entries)``.
        weights: The factors of what it reads, of the same shape. What has factor 0 is not read at all.
        axis: The axis.

    >>> resample(np.array([1.0, 3.0]), places=[[0, 0], [0, 1], [1, 1]], weights=[[1, 0], [0.5, 0.5], [1, 0]]).tolist()
    [1.0, 2.0, 3.0]
    """
    places, weights = np.asarray(places), np.asarray(weights).astype(x.real.dtype)
    axis %= x.ndim
    out = np.zeros((*x.shape[:axis], len(places), *x.shape[axis + 1 :]), x.dtype)
    lead, column = (slice(None),) * axis, (-1,) + (1,) * (x.ndim - axis - 1)
    with np.errstate(invalid="ignore"):
        for place, weight in zip(places.T, weights.T, strict=True):
            part = x[(*lead, _as_slice(place))]
            if not (weight == 1).all():
                part = part * weight.reshape(column)
                if not weight.all():
                    part[(*lead, weight == 0)] = 0
            out += part
    return out


def _as_slice(place: Array) -> Any:
    """Return indices in even steps as a slice, which copies nothing."""
    steps = np.diff(place)
    if steps.size and steps[0] > 0 and (steps == steps[0]).all():
        return slice(int(place[0]), int(place[-1]) + 1, int(steps[0]))
    return place


def _transposed(places: Any, weights: Any, columns: int) -> Table:
    """Return the entries of the transposed matrix, which has as many rows as the matrix has columns."""
    places, weights = np.asarray(places), np.asarray(weights)
    row, entry = np.nonzero(weights)
    column = places[row, entry]
    order = np.argsort(column, kind="stable")
    count = np.bincount(column, minlength=columns)
    first = np.repeat(np.cumsum(count) - count, count)
    at = column[order], np.arange(column.size) - first
    shape = columns, int(count.max(initial=0))
    back = Table(np.zeros(shape, np.intp), np.zeros(shape, weights.dtype))
    back.places[at], back.weights[at] = row[order], weights[row, entry][order]
    return back


def _resample_rule(g: Any, out: Any, x: Any, places: Any, weights: Any, axis: int = -1) -> Any:
    back = _transposed(places, weights, x.shape[axis])
    return resample(g, places=back.places, weights=back.weights, axis=axis)


resample.defvjp(_resample_rule)


def resample_space(x: Any, tables: Sequence[Table]) -> Any:
    """Resample ``(batch, channels, *space)`` along each axis of space."""
    for axis, (places, weights) in enumerate(tables, start=2):
        x = resample(x, places=places, weights=weights, axis=axis)
    return x


# Tables for one axis


def interval_places(start: Array, stop: Array) -> tuple[Array, Array]:
    """Return the places of intervals, in rows as long as the longest, and which of them lie inside."""
    start, stop = start[..., None], stop[..., None]
    offsets = np.arange(int((stop - start).max(initial=1)))
    return np.minimum(start + offsets, stop - 1), start + offsets < stop


def parts_of(size: int, parts: int) -> tuple[Array, Array]:
    """Return where so many parts of an axis start and stop: whole entries that each part touches."""
    part = np.arange(parts)
    return part * size // max(1, parts), -(-(part + 1) * size // max(1, parts))


def mean_table(size: int, parts: int) -> Table:
    """Average over parts of an axis; entries on a border count in both."""
    places, inside = interval_places(*parts_of(size, parts))
    return Table(places, inside / inside.sum(axis=1, keepdims=True))


def _nearest_table(size: int, new: int, scale: float, offset: float) -> Table:
    source = np.floor((np.arange(new) + offset) * scale)
    return Table(np.minimum(source, size - 1).astype(np.intp)[:, None], np.ones((new, 1)))


def _filter_table(size: int, source: Array, kernel: Any, reach: int) -> Table:
    """Weigh the samples at most ``reach`` away by a kernel of their distance; at the border the last one repeats."""
    base = np.floor(source)
    offsets = np.arange(1 - reach, reach + 1)
    places = (base[:, None] + offsets).clip(0, size - 1).astype(np.intp)
    return Table(places, kernel(np.abs((source - base)[:, None] - offsets)))


def _smooth_table(size: int, new: int, scale: float, kernel: Any, reach: int) -> Table:
    """Weigh samples by a kernel that is widened by the step when that is longer than one, and normalise."""
    width = max(scale, 1.0)
    centre = scale * (np.arange(new) + 0.5)
    start = np.maximum((centre - reach * width + 0.5).astype(np.intp), 0)
    stop = np.minimum((centre + reach * width + 0.5).astype(np.intp), size)
    places, inside = interval_places(start, stop)
    weights = kernel(np.abs(places - centre[:, None] + 0.5) / width) * inside
    return Table(places, weights / weights.sum(axis=1, keepdims=True))


def _triangle(distance: Any) -> Any:
    return np.maximum(0.0, 1.0 - distance)


def cubic(distance: Any, a: float = -0.75) -> Any:
    """Return the kernel of cubic convolution (Keys 1981); ``a`` is its slope at distance one."""
    d = distance
    near = ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0
    far = ((d - 5.0) * d + 8.0) * d * a - 4.0 * a
    return where(d <= 1.0, near, where(d < 2.0, far, 0.0))


def _table(mode: str, size: int, new: int, scale: float | None, align_corners: bool, antialias: bool) -> Table:
    if mode == "area":
        return mean_table(size, new)
    stays = size == new and (mode == "linear" or antialias)  # PyTorch copies then, whatever the scale is
    step = 1.0 / scale if scale and not stays else size / new
    if mode in ("nearest", "nearest-exact"):
        return _nearest_table(size, new, step, 0.5 if mode == "nearest-exact" else 0.0)
    if align_corners:
        step = (size - 1) / (new - 1) if new > 1 else 0.0
    if antialias:
        return _smooth_table(size, new, step, *(_SMOOTH[mode]))
    source = np.arange(new) * step if align_corners else (np.arange(new) + 0.5) * step - 0.5
    if mode == "linear":
        return _filter_table(size, np.maximum(source, 0.0), _triangle, 1)
    return _filter_table(size, source, cubic, 2)


_SMOOTH = {"linear": (_triangle, 1), "cubic": (lambda distance: cubic(distance, -0.5), 2)}
_MODES = ("nearest", "nearest-exact", "linear", "cubic", "area")


def interpolate(
    x: Any,
    size: Sequence[int],
    *,
    mode: str = "linear",
    align_corners: bool = False,
    scales: Sequence[float] | None = None,
    antialias: bool = False,
) -> Any:
    """Resize the space of ``(batch, channels, *space)``.

    Args:
        x: The samples, seen as small boxes side by side.
        size: The new size of space.
        mode: ``"nearest"``; ``"nearest-exact"``, which goes by the middles of boxes; ``"linear"``; ``"cubic"`` (Keys
            1981, a = -0.75); or ``"area"``, the mean over each new box.
        align_corners: Whether the middles of the outermost boxes, rather than their outer borders, stay where they are.
        scales: The scale of each axis, where it is not exactly that of the sizes.
        antialias: Whether to smooth what is made smaller (``"linear"`` and ``"cubic"`` with a = -0.5).

    Raises:
        ShapeError: ``size`` is not that of as many axes, or something has size zero.
        ValueError: An unknown mode, or one without antialiasing.

    >>> interpolate(np.array([[[1.0, 3.0]]]), (4,)).tolist()
    [[[1.0, 1.5, 2.5, 3.0]]]
    """
    if mode not in _MODES:
        raise ValueError(f"expected a mode out of {', '.join(_MODES)}, got {mode!r}")
    if antialias and mode not in _SMOOTH:
        raise ValueError(f'expected mode "linear" or "cubic" with antialias, got {mode!r}')
    old = x.shape[2:]
    if len(size) != len(old) or min(*old, *size, 1) < 1:
        raise ShapeError(
            f"expected a size of {len(old)} numbers from 1 for a space with entries, got {tuple(size)} and {x.shape}"
        )
    factors = scales or (None,) * len(old)
    return resample_space(
        x,
        [_table(mode, n, m, s, align_corners, antialias) for n, m, s in zip(old, size, factors, strict=True)],
    )


# Samples at free places


def grid_sample(
    x: Any, grid: Any, *, mode: str = "linear", padding_mode: str = "zeros", align_corners: bool = False
) -> Any:
    """Read ``(batch, channels, *space)`` at places ``(batch, *places, axes of space)`` between -1 and 1.

    The last axis of ``grid`` counts the axes of space from the last to the first, as (x, y) does (Jaderberg et al.
    2015).

    Args:
        x: The samples, seen as small boxes side by side.
        grid: Where to read; -1 and 1 are the borders of space.
        mode: ``"linear"``, ``"nearest"`` or ``"cubic"``.
        padding_mode: What lies outside: ``"zeros"``, the ``"border"``, or a ``"reflection"``.
        align_corners: Whether -1 and 1 are the middles of the outermost boxes rather than their outer borders.

    Raises:
        ShapeError: The grid does not fit the samples.
        ValueError: An unknown mode or padding mode.

    >>> grid_sample(np.array([[[1.0, 3.0]]]), np.array([[[0.0], [0.5]]])).tolist()
    [[[2.0, 3.0]]]
    """
    if mode not in ("linear", "nearest", "cubic"):
        raise ValueError(f'expected mode "linear", "nearest" or "cubic", got {mode!r}')
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(f'expected padding_mode "zeros", "border" or "reflection", got {padding_mode!r}')
    size, rank = x.shape[2:], x.ndim - 2
    if rank < 1 or grid.ndim != x.ndim or grid.shape[0] != x.shape[0] or grid.shape[-1] != rank or not min(size):
        raise ShapeError(
            f"expected samples (batch, channels, *space) that are not empty and a grid (batch, *places, {rank}) of as "
            f"many axes, got shapes {x.shape} and {grid.shape}"
        )
    at = [_unnormalised(grid[..., rank - 1 - axis], n, align_corners) for axis, n in enumerate(size)]
    if mode != "cubic":  # a cubic kernel is laid first, then each of its samples is looked for
        at = [_inside(c, n, padding_mode, align_corners) for c, n in zip(at, size, strict=True)]
    total: Any = 0.0
    for taps in product(*(_taps(mode, c) for c in at)):
        pixels = [_inside(place, n, padding_mode, align_corners) for (place, _), n in zip(taps, size, strict=True)]
        weight: Any = math.prod((w for _, w in taps), start=1.0)
        total = total + _read(x, pixels) * (expand_dims(weight, axis=1) if mode != "nearest" else 1.0)
    return total


def _unnormalised(c: Any, size: int, align_corners: bool) -> Any:
    """Bring -1 to 1 to places along an axis."""
    return (c + 1.0) * (0.5 * (size - 1)) if align_corners else ((c + 1.0) * float(size) - 1.0) * 0.5


def _taps(mode: str, c: Any) -> list[tuple[Any, Any]]:
    """Return the samples around a place along an axis, and how much each counts."""
    if mode == "nearest":
        return [(np.rint(raw(c)), 1.0)]
    base = np.floor(raw(c))
    rest = c - base
    if mode == "linear":
        return [(base, 1.0 - rest), (base + 1.0, rest)]
    return [
        (base + i, cubic(distance)) for i, distance in ((-1, rest + 1.0), (0, rest), (1, 1.0 - rest), (2, 2.0 - rest))
    ]


def _inside(c: Any, size: int, padding_mode: str, align_corners: bool) -> Any:
    """Bring places outside of space to the border, or reflect them; on the border the gradient is 0, as in PyTorch."""
    if padding_mode == "zeros":
        return c
    if padding_mode == "reflection":
        c = _reflected(c, *((0.0, size - 1.0) if align_corners else (-0.5, size - 0.5)))
    place = raw(c)
    return where((place > 0.0) & (place < size - 1.0), c, np.clip(place, 0.0, size - 1.0))


def _reflected(c: Any, low: float, high: float) -> Any:
    """Fold a place back between two mirrors."""
    span = high - low
    if not span:
        return c * 0.0
    turns = np.floor((raw(c) - low) / span)
    rest = c - low - turns * span
    return where(turns % 2 == 0, rest, span - rest) + low


def _read(x: Any, pixels: Sequence[Any]) -> Any:
    """Read whole pixels, one for each item of the batch and each place; 0 outside of space."""
    batch, channels, *size = x.shape
    pixels = [raw(p) for p in pixels]
    inside = np.logical_and.reduce([(p >= 0) & (p < n) for p, n in zip(pixels, size, strict=True)])
    whole = tuple(np.where(inside, p, 0).astype(np.intp) for p in pixels)
    planes = np.arange(batch * channels).reshape(batch, channels, *(1,) * (inside.ndim - 1)) * math.prod(size)
    flat = planes + np.ravel_multi_index(whole, size)[:, None]
    found = get_item(reshape(x, shape=(-1,)), index=flat.reshape(-1))  # flat, so that the gradient is summed fast
    return where(inside[:, None], reshape(found, shape=flat.shape), 0.0)
