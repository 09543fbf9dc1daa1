"""Quantiles: the value below which a given part of the elements lies, between two ranks by one of NumPy's methods.

Hyndman and Fan, "Sample quantiles in statistical packages", 1996, number the methods; with ``n`` elements the rank,
counted from 0, is ``n q + alpha + q (1 - alpha - beta) - 1`` with the method's two constants.
"""

import math
from typing import Any

import numpy as np

from ..errors import DtypeError, ShapeError
from ..node import raw
from .axes import Axis, all_axes, line, operand, reduced_shape
from .elementwise import astype, clip, where
from .indexing import take_along_axis
from .order import ranking, sort
from .shape import moveaxis, reshape

__all__ = ["nanmedian", "nanpercentile", "nanquantile", "percentile", "quantile"]

_CONSTANTS = {
    "linear": (1.0, 1.0),
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}


def quantile(x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Any:
    """Quantiles over axes, as ``numpy.quantile``; NaN where an element is NaN.

    The gradient goes to the two elements next to the rank, and to ``q`` where it requires one.

    Args:
        x: The elements.
        q: One number or an array of numbers from 0 to 1; its axes come first in the result.
        axis: The axes to reduce; all of them by default.
        method: ``"linear"``, ``"lower"``, ``"higher"``, ``"midpoint"`` or ``"nearest"``, or one of the continuous
            methods ``"interpolated_inverted_cdf"``, ``"hazen"``, ``"weibull"``, ``"median_unbiased"`` and
            ``"normal_unbiased"``.
        keepdims: Whether the reduced axes stay, with length one.

    Raises:
        ValueError: A quantile outside 0 to 1, or an unknown method.

    >>> quantile(np.array([1.0, 2.0, 4.0]), np.array([0.25, 0.5])).tolist()
    [1.5, 2.0]
    """
    return _quantile(x, q, axis, method, keepdims, ignore_nan=False)


def nanquantile(x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Any:
    """Quantiles over axes without NaN; NaN of nothing else. See :func:`quantile`.

    >>> float(nanquantile(np.array([1.0, np.nan, 3.0]), 0.5))
    2.0
    """
    return _quantile(x, q, axis, method, keepdims, ignore_nan=True)


def percentile(x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Any:
    """Quantiles with ``q`` from 0 to 100. See :func:`quantile`.

    >>> float(percentile(np.array([1.0, 2.0, 4.0]), 50))
    2.0
    """
    return quantile(x, operand(q) / 100, axis, method, keepdims)


def nanpercentile(x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Any:
    """Quantiles without NaN, with ``q`` from 0 to 100. See :func:`quantile`.

    >>> float(nanpercentile(np.array([1.0, np.nan, 3.0]), 50))
    2.0
    """
    return nanquantile(x, operand(q) / 100, axis, method, keepdims)


def _quantile(x: Any, q: Any, axis: Axis, method: str, keepdims: bool, ignore_nan: bool) -> Any:
    x, q = operand(x), operand(q)
    if not ((raw(q) >= 0) & (raw(q) <= 1)).all():
        raise ValueError(f"expected quantiles from 0 to 1, got {raw(q).tolist()}; percentile takes 0 to 100")
    if raw(x).dtype.kind == "c":
        raise DtypeError(f"expected real numbers in quantile, which have an order, got {raw(x).dtype}")
    if not raw(x).size:
        raise ShapeError(f"expected one or more elements in quantile, got shape {x.shape}")
    axes = all_axes(axis, x.ndim)
    last = tuple(range(x.ndim - len(axes), x.ndim))
    moved = moveaxis(x, source=axes, destination=last)
    rest = moved.shape[: x.ndim - len(axes)]
    ascending = sort(reshape(moved, shape=(*rest, -1)), axis=-1)  # (*rest, n), NaN at the end
    found = _between_ranks(ascending, reshape(q, shape=(-1,)), method, ignore_nan)  # (*rest, quantiles)
    shape = reduced_shape(x.shape, axis, keepdims)
    return reshape(moveaxis(found, source=-1, destination=0), shape=(*q.shape, *shape))


def _between_ranks(ascending: Any, q: Any, method: str, ignore_nan: bool) -> Any:
    """Return the quantiles of each row of ascending numbers."""
    data = raw(ascending)
    valid = np.sum(~np.isnan(data), axis=-1, keepdims=True)  # (*rest, 1)
    count = np.maximum(valid, 1) if ignore_nan else np.full_like(valid, data.shape[-1])
    rank = _rank(q, count, method)  # (*rest, quantiles)
    below, above = (step(raw(rank)).astype(np.intp) for step in (np.floor, np.ceil))
    if method in ("lower", "higher"):
        below = above = below if method == "lower" else above
    weight = 0.5 if method == "midpoint" else rank - below
    if data.dtype.kind == "f":
        weight = astype(weight, dtype=data.dtype)
    low = take_along_axis(ascending, indices=below, axis=-1)
    high = take_along_axis(ascending, indices=above, axis=-1)
    apart = raw(low) != raw(high)  # equal infinities have no difference
    found = low + (where(apart, high, 0.0) - where(apart, low, 0.0)) * weight
    incomplete = valid == 0 if ignore_nan else valid < data.shape[-1]
    return where(incomplete, math.nan, found) if incomplete.any() else found


def _rank(q: Any, count: Any, method: str) -> Any:
    """Return the rank at which a quantile stands, counted from 0; mostly between two."""
    known = {*_CONSTANTS, "lower", "higher", "midpoint", "nearest"}
    if method not in known:
        raise ValueError(f"expected a method among {', '.join(sorted(known))}, got {method!r}")
    alpha, beta = _CONSTANTS.get(method, _CONSTANTS["linear"])
    rank = clip(q * (count + (1.0 - alpha - beta)) + (alpha - 1.0), 0, count - 1)
    return np.rint(raw(rank)) if method == "nearest" else rank


def nanmedian(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Middle element of those that are not NaN, the lower of the two middle ones as :func:`median`.

    >>> float(nanmedian(np.array([4.0, np.nan, 1.0])))
    1.0
    """
    x = operand(x)
    lines, along = line(x, axis)
    data = raw(lines)
    if not data.shape[along]:
        raise ShapeError(f"expected one or more elements in nanmedian, got shape {x.shape} over axis {axis}")
    valid = np.sum(~np.isnan(data), axis=along, keepdims=True)
    place = np.take_along_axis(ranking(data, along), np.maximum(valid - 1, 0) // 2, along)
    found = take_along_axis(lines, indices=place, axis=along)
    return reshape(found, shape=reduced_shape(x.shape, axis, keepdims))


def middle(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """What NumPy calls the median: the mean of the two middle elements, where there are two."""
    return quantile(x, 0.5, axis, keepdims=keepdims)


def nanmiddle(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """What NumPy calls the median without NaN."""
    return nanquantile(x, 0.5, axis, keepdims=keepdims)
