"""Reductions of the segments of an axis, which may have different lengths."""

import math
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..node import raw
from .axes import one_axis, operand
from .elementwise import maximum, minimum, where
from .indexing import get_item
from .reductions import max, min, prod, sum
from .shape import pad

__all__ = ["segment_reduce"]

_REDUCTIONS: dict[str, tuple[Any, Any, float]] = {
    "sum": (sum, lambda x, y: x + y, 0.0),
    "mean": (sum, lambda x, y: x + y, 0.0),
    "prod": (prod, lambda x, y: x * y, 1.0),
    "max": (max, maximum, -math.inf),
    "min": (min, minimum, math.inf),
}


def segment_reduce(
    data: Any,
    reduce: str,
    *,
    lengths: Any = None,
    offsets: Any = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: float | None = None,
) -> Any:
    """Reduce each of the segments that an axis is cut into, as PyTorch's function of that name.

    Args:
        data: The elements.
        reduce: ``"sum"``, ``"mean"``, ``"prod"``, ``"max"`` or ``"min"``; ties share the gradient evenly.
        lengths: How long each segment is, of the shape of ``data`` up to the axis, whose place the segments take.
        offsets: Where each segment begins and the last one ends, instead of ``lengths``.
        axis: The axis.
        unsafe: Do not check that the segments make up the axis.
        initial: What each reduction begins with. Without it an empty segment gives the identity, NaN for a mean.

    Raises:
        ShapeError: The segments do not make up the axis.

    >>> segment_reduce(np.array([1.0, 2.0, 3.0]), "sum", lengths=[1, 2])
    array([1., 5.])
    """
    data = operand(data)
    axis = one_axis(axis, data.ndim)
    if reduce not in _REDUCTIONS:
        raise ValueError(f"expected a reduction among {', '.join(_REDUCTIONS)}, got {reduce!r}")
    if (lengths is None) == (offsets is None):
        raise ValueError("expected either lengths or offsets of the segments")
    edges = None if offsets is None else np.asarray(raw(offsets))
    sizes = np.asarray(raw(lengths)) if edges is None else np.diff(edges, axis=-1)
    begins = np.cumsum(sizes, axis=-1) - sizes if edges is None else edges[..., :-1]
    if sizes.ndim != axis + 1 or sizes.shape[:-1] != data.shape[:axis]:
        raise ShapeError(f"expected segments of shape {data.shape[:axis]} + (segments,), got {sizes.shape}")
    if not unsafe and ((sizes < 0).any() or (sizes.sum(axis=-1) != data.shape[axis]).any()):
        raise ShapeError(f"expected segments that make up the length {data.shape[axis]} of axis {axis}, got others")
    reduction, join, identity = _REDUCTIONS[reduce]
    out = reduction(_side_by_side(data, begins, sizes, axis, identity), axis=axis + 1)
    if initial is not None:
        out = join(out, initial)
    if reduce != "mean":
        return out
    count = sizes.reshape(*sizes.shape, *(1,) * (data.ndim - axis - 1)).astype(raw(data).dtype)
    out = out / np.maximum(count, 1)
    return out if initial is not None or count.all() else where(count > 0, out, math.nan)


def _side_by_side(data: Any, begins: Any, sizes: Any, axis: int, identity: float) -> Any:
    """Return the segments as rows of one length, filled up with the identity: one more axis after ``axis``."""
    widths = [(0, int(i == axis)) for i in range(data.ndim)]
    filled = pad(data, pad_width=widths, constant_values=identity)
    steps = np.arange(np.max(sizes, initial=1))
    places = np.where(steps < sizes[..., None], begins[..., None] + steps, data.shape[axis])
    lead = np.ogrid[tuple(slice(n) for n in data.shape[:axis])] if axis else []
    return get_item(filled, index=(*(grid[..., None, None] for grid in lead), places))
