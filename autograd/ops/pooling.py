"""Pooling: the largest entry of each window, or the mean.

Where several entries are the largest, the first one counts, as in PyTorch, for its place can be asked for (R131).
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..node import Node, raw
from ..primitive import primitive
from .elementwise import where
from .indexing import add_at, set_item
from .interpolation import Table, interval_places, mean_table, parts_of, resample_space
from .shape import reshape
from .windows import Padding, PerAxis, Windows, overlap_add, per_axis, view_windows, windows_of

__all__ = [
    "adaptive_avg_pool", "adaptive_max_pool", "avg_pool", "fractional_max_pool", "max_of_places", "max_of_windows",
    "max_pool", "max_unpool",
]  # fmt: skip

Array = np.ndarray[Any, Any]


# Windows that all look alike


@primitive(
    symbol="max_pool",
    formula="max x[n, c, s p + d k - low]",
    derivative="1 there",
    kinks="ties: the first one",
    analytic=False,
)
def max_of_windows(
    x: Any, /, *, kernel_size: Sequence[int], stride: PerAxis = 1, padding: Padding = 0, dilation: PerAxis = 1
) -> Any:
    """Return the largest entry of each window of ``(batch, channels, *space)``; borders never win, NaN always does.

    Raises:
        ShapeError: The kernel is larger than the padded input.
        ValueError: A stride, padding or dilation that has no meaning.

    >>> max_of_windows(np.array([[[1.0, 3.0, 2.0]]]), kernel_size=(2,)).tolist()
    [[[3.0, 3.0]]]
    """
    at = windows_of(kernel_size, stride, padding, dilation)
    view = view_windows(x, at, _lowest(x.dtype))
    first, *others = (view[(slice(None), slice(None), *tap)] for tap in np.ndindex(at.kernel))
    out = first.copy()
    for entry in others:
        np.maximum(out, entry, out=out)
    return out


def _lowest(dtype: Any) -> Any:
    return -math.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _winners(x: Any, out: Any, at: Windows) -> Any:
    """Return the number of the first tap that is the largest of its window."""
    view = view_windows(x, at, _lowest(x.dtype))
    inside = view_windows(np.ones((1, 1, *x.shape[2:]), bool), at, False)
    nan = out != out
    winner = np.full(out.shape, -1, np.int32)
    for number, tap in reversed(list(enumerate(np.ndindex(at.kernel)))):
        entry, real = (v[(slice(None), slice(None), *tap)] for v in (view, inside))
        largest = (entry == out) | ((entry != entry) & nan) if nan.any() else entry == out
        np.copyto(winner, number, where=largest & real)
    return winner


def _max_of_windows_rule(g: Any, out: Any, x: Any, kernel_size: Sequence[int], **where_: Any) -> Any:
    at = windows_of(kernel_size, **{"stride": 1, "padding": 0, "dilation": 1, **where_})
    taps = np.arange(at.taps).reshape(*at.kernel, *(1,) * at.rank)
    lead = (slice(None),) * 2 + (None,) * at.rank
    chosen = _winners(raw(x), raw(out), at)[lead] == taps
    return overlap_add(where(chosen, g[lead], 0.0), output_size=x.shape[2:], **where_)


max_of_windows.defvjp(_max_of_windows_rule)


def _pool_windows(
    size: Sequence[int], kernel: PerAxis, stride: PerAxis | None, padding: PerAxis, dilation: PerAxis, ceil_mode: bool
) -> Windows:
    """Return the windows of a pool; in ``ceil_mode`` one more, if it starts inside or on the lower border."""
    kernel = per_axis("kernel_size", kernel, len(size), 1)
    pads = per_axis("padding", padding, len(size), 0)
    at = windows_of(kernel, kernel if _is_left_out(stride) else stride, pads, dilation)  # type: ignore[arg-type]
    if any(2 * p > span for p, span in zip(pads, at.span, strict=True)):
        raise ValueError(f"expected padding of at most half the kernel, {at.span}, got {padding} (R131)")
    if not ceil_mode:
        at.positions(size)
        return at
    positions = []
    for n, p, s, span in zip(size, pads, at.stride, at.span, strict=True):
        count = -((span - n - 2 * p) // s) + 1
        positions.append(count - ((count - 1) * s >= n + p))
    if min(positions) < 1:
        raise ShapeError(f"expected windows of {at.span} over a space of one or more of them, got size {tuple(size)}")
    return at.fitted(size, positions)


def _is_left_out(stride: Any) -> bool:
    return stride is None or (isinstance(stride, Sequence) and not stride)


def max_pool(
    x: Any,
    kernel_size: PerAxis,
    *,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the largest entry of each window of ``(batch, channels, *space)``.

    Args:
        x: The input.
        kernel_size: Taps, one number or one for each axis of space.
        stride: Steps; as long as the kernel when left out.
        padding: Borders, which never win.
        dilation: Distance of taps.
        ceil_mode: Whether a last window may stick out at the upper end.
        return_indices: Whether to return the winners' places in the flattened space too.

    Raises:
        ShapeError: No window fits.
        ValueError: Padding of more than half the kernel, or a number that has no meaning.

    >>> max_pool(np.array([[[1.0, 3.0, 2.0, 0.0]]]), 2).tolist()
    [[[3.0, 2.0]]]
    """
    size = x.shape[2:]
    at = _pool_windows(size, kernel_size, stride, padding, dilation, ceil_mode)
    out = max_of_windows(x, kernel_size=at.kernel, stride=at.stride, padding=at.padding, dilation=at.dilation)
    if not return_indices:
        return out
    taps = np.unravel_index(_winners(raw(x), raw(out), at), at.kernel)
    positions = np.ogrid[tuple(slice(n) for n in out.shape[2:])]
    places = zip(taps, positions, at.dilation, at.stride, at.padding, strict=True)
    return out, _like(x, np.ravel_multi_index(tuple(k * d + p * s - low for k, p, d, s, (low, _) in places), size))


def _like(x: Any, indices: Array) -> Any:
    """Return indices as a constant beside a node, as they are beside an array."""
    return x.constant(indices) if isinstance(x, Node) else indices


def avg_pool(
    x: Any,
    kernel_size: PerAxis,
    *,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """Return the mean of each window of ``(batch, channels, *space)``.

    Args:
        x: The input.
        kernel_size: Taps, one number or one for each axis of space.
        stride: Steps; as long as the kernel when left out.
        padding: Borders of zeros.
        ceil_mode: Whether a last window may stick out at the upper end; what sticks out never counts.
        count_include_pad: Whether the border counts.
        divisor_override: What to divide by instead of the count.

    Raises:
        ShapeError: No window fits.
        ValueError: Padding of more than half the kernel, or a number that has no meaning.

    >>> avg_pool(np.array([[[1.0, 3.0, 2.0, 0.0]]]), 2).tolist()
    [[[2.0, 1.0]]]
    """
    if divisor_override == 0:
        raise ValueError("expected a divisor_override other than 0, got 0")
    size = x.shape[2:]
    pads = per_axis("padding", padding, len(size), 0)
    at = _pool_windows(size, kernel_size, stride, pads, 1, ceil_mode)
    tables = []
    for n, count, k, s, p in zip(size, at.positions(size), at.kernel, at.stride, pads, strict=True):
        border = p if count_include_pad else 0
        places = np.arange(count)[:, None] * s - p + np.arange(k)
        counted = (places >= -border) & (places < n + border)
        weights = (places >= 0) & (places < n)
        divisor = counted.sum(axis=1, keepdims=True) if divisor_override is None else 1
        tables.append(Table(places.clip(0, n - 1), weights / divisor))
    out = resample_space(x, tables)
    return out if divisor_override is None else out / float(divisor_override)


def max_unpool(x: Any, indices: Any, output_size: Sequence[int]) -> Any:
    """Put entries of ``(batch, channels, *positions)`` back where :func:`max_pool` found them, among zeros.

    Raises:
        ShapeError: The indices have another shape, or name a place twice (section 0 of the cases: we raise).
        IndexError: An index lies outside of the output.

    >>> max_unpool(np.array([[[3.0, 2.0]]]), np.array([[[1, 2]]]), (4,)).tolist()
    [[[0.0, 3.0, 2.0, 0.0]]]
    """
    places, length = np.asarray(raw(indices)), math.prod(output_size)
    if places.shape != x.shape:
        raise ShapeError(f"expected indices of the input's shape {x.shape}, got {places.shape}")
    if places.size and not 0 <= places.min() <= places.max() < length:
        raise IndexError(
            f"expected indices from 0 to {length - 1} for an output of size {tuple(output_size)}, "
            f"got {places.min()} to {places.max()}"
        )
    shape = (*x.shape[:2], *output_size)
    out = set_item(np.zeros(math.prod(shape), x.dtype), reshape(x, shape=(-1,)), index=_flat(places, shape))
    return reshape(out, shape=shape)


def _flat(places: Array, shape: Sequence[int]) -> Array:
    """Count places in each space of ``(batch, channels, *space)`` from the start of the array."""
    spaces = np.arange(math.prod(shape[:2])).reshape(*shape[:2], *(1,) * (places.ndim - 2))
    return (places + spaces * math.prod(shape[2:])).reshape(-1)


# Windows of any kind, one after the other along each axis


@primitive(
    symbol="max_pool", formula="max x[places]", derivative="1 there", kinks="ties: the first one", analytic=False
)
def max_of_places(x: Any, /, *, places: Sequence[Any]) -> Any:
    """Return the largest entry of each window of ``(batch, channels, *space)``, given the windows' places.

    Args:
        x: The input.
        places: For each axis of space an array ``(batch, channels, windows, places of a window)``, where 1 stands for
            any batch and any number of channels. A window is what it names along every axis.

    >>> max_of_places(np.array([[[1.0, 3.0, 2.0]]]), places=[np.array([[[[0, 1], [2, 2]]]])]).tolist()
    [[[3.0, 2.0]]]
    """
    chosen = _chosen(x, places)
    return x.reshape(-1)[_flat(chosen, x.shape)].reshape(chosen.shape)


def _chosen(x: Any, places: Sequence[Any]) -> Any:
    """Return where in the flattened space the first largest entry of each window stands."""
    rank, size = len(places), x.shape[2:]
    flat: Any = 0
    for axis, place in enumerate(places):  # (batch, channels, *windows, *places)
        axes = tuple(2 + a for a in range(2 * rank) if a not in (axis, rank + axis))
        flat = flat * size[axis] + np.expand_dims(place, axes)
    windows, taps = flat.shape[2 : 2 + rank], flat.shape[2 + rank :]
    flat = np.broadcast_to(flat, (*x.shape[:2], *windows, *taps)).reshape(*x.shape[:2], *windows, math.prod(taps))
    winner = x.reshape(-1)[_flat(flat, x.shape)].reshape(flat.shape).argmax(axis=-1)
    return np.take_along_axis(flat, winner[..., None], axis=-1)[..., 0]


def _max_of_places_rule(g: Any, out: Any, x: Any, places: Sequence[Any]) -> Any:
    chosen = _chosen(raw(x), places)
    spread = add_at(reshape(g, shape=(-1,)), index=_flat(chosen, x.shape), shape=(math.prod(x.shape),))
    return reshape(spread, shape=x.shape)


max_of_places.defvjp(_max_of_places_rule)


def _max_pool_at(x: Any, places: Sequence[Array], return_indices: bool) -> Any:
    out = max_of_places(x, places=places)
    return (out, _like(x, _chosen(raw(x), places))) if return_indices else out


def _adaptive_size(x: Any, output_size: Any) -> tuple[int, ...]:
    """Return the wanted size, where ``None`` keeps that of the input."""
    size = x.shape[2:]
    wanted = tuple(output_size) if isinstance(output_size, Sequence) else (output_size,) * len(size)
    if len(wanted) != len(size):
        raise ShapeError(f"expected an output_size of 1 or {len(size)} numbers, got {output_size}")
    return tuple(n if m is None else per_axis("output_size", m, 1, 0)[0] for n, m in zip(size, wanted, strict=True))


def adaptive_avg_pool(x: Any, output_size: Any) -> Any:
    """Return the means of so many parts of the space of ``(batch, channels, *space)``; ``None`` keeps one.

    Raises:
        ShapeError: The number of axes does not fit, or the space is empty.
        ValueError: A negative size.

    >>> adaptive_avg_pool(np.array([[[1.0, 3.0, 2.0]]]), 2).tolist()
    [[[2.0, 2.5]]]
    """
    wanted = _checked_parts(x, output_size)
    return resample_space(x, [mean_table(n, m) for n, m in zip(x.shape[2:], wanted, strict=True)])


def adaptive_max_pool(x: Any, output_size: Any, *, return_indices: bool = False) -> Any:
    """Return the largest entries of so many parts of the space of ``(batch, channels, *space)``; ``None`` keeps one.

    Raises:
        ShapeError: The number of axes does not fit, or the space is empty.
        ValueError: A negative size.

    >>> adaptive_max_pool(np.array([[[1.0, 3.0, 2.0]]]), 2).tolist()
    [[[3.0, 3.0]]]
    """
    wanted = _checked_parts(x, output_size)
    parts = [interval_places(*parts_of(n, m))[0] for n, m in zip(x.shape[2:], wanted, strict=True)]
    return _max_pool_at(x, [p[None, None] for p in parts], return_indices)


def _checked_parts(x: Any, output_size: Any) -> tuple[int, ...]:
    wanted = _adaptive_size(x, output_size)
    if not min(x.shape[2:], default=0):
        raise ShapeError(f"expected (batch, channels, *space) with a space that is not empty, got shape {x.shape}")
    return wanted


def fractional_max_pool(
    x: Any, kernel_size: PerAxis, output_size: PerAxis, samples: Any, *, return_indices: bool = False
) -> Any:
    """Return the largest entries of windows at uneven steps, of which there are ``output_size`` (Graham 2014).

    Args:
        x: The input ``(batch, channels, *space)``.
        kernel_size: Taps, one number or one for each axis of space.
        output_size: Windows along each axis.
        samples: Numbers from 0 to 1, ``(batch, channels, axes of space)``, that shift the steps.
        return_indices: Whether to return the winners' places in the flattened space too.

    Raises:
        ShapeError: The windows do not fit, or the samples are of another shape.

    >>> x = np.array([[[1.0, 3.0, 2.0, 5.0, 4.0]]])
    >>> fractional_max_pool(x, 2, 3, np.array([[[0.5]]])).tolist()
    [[[3.0, 5.0, 5.0]]]
    """
    size = x.shape[2:]
    kernel = per_axis("kernel_size", kernel_size, len(size), 1)
    counts = per_axis("output_size", output_size, len(size), 1)
    samples = np.asarray(raw(samples))
    if samples.shape != (*x.shape[:2], len(size)):
        raise ShapeError(f"expected samples of shape {(*x.shape[:2], len(size))}, got {samples.shape}")
    if any(k + m - 1 > n for k, m, n in zip(kernel, counts, size, strict=True)):
        raise ShapeError(f"expected a size of at least kernel + output_size - 1, got {size}, {kernel} and {counts}")
    starts = [_uneven_starts(samples[..., a], size[a], counts[a], kernel[a]) for a in range(len(size))]
    return _max_pool_at(x, [s[..., None] + np.arange(k) for s, k in zip(starts, kernel, strict=True)], return_indices)


def _uneven_starts(sample: Array, size: int, count: int, kernel: int) -> Array:
    """Return where the windows of each plane start: rounded multiples of a step, shifted; the last one at the end."""
    last = size - kernel
    step = last / (count - 1) if count > 1 else 0.0
    shifted = (np.arange(count) + sample[..., None]) * step
    starts = shifted.astype(np.intp) - (sample[..., None] * step).astype(np.intp)
    starts[..., -1] = last
    return starts
