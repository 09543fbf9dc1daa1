"""Running sums, products, extremes and log-sums along an axis, and the linear recurrence that differentiates them.

Without an axis NumPy's functions run over the flattened array; with one the result has the input's shape.
"""

import math
from typing import Any

import numpy as np

from ..node import raw
from ..primitive import primitive
from .arithmetic import isnan
from .axes import line, operand
from .elementwise import exp, where
from .indexing import get_item
from .order import Ranked, at_places
from .shape import broadcast_to, flip, pad, reshape

__all__ = [
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "linear_recurrence",
    "logcumsumexp",
    "nancumprod",
    "nancumsum",
]


def delayed(x: Any, axis: int, first: float) -> Any:
    """Move everything one place later along an axis; the last element drops out, and ``first`` comes in.

    >>> delayed(np.array([1.0, 2.0, 3.0]), axis=0, first=0.0)
    array([0., 1., 2.])
    """
    length = x.shape[axis]
    if not length:
        return x
    axis %= x.ndim
    kept = get_item(x, index=(*(slice(None),) * axis, slice(0, length - 1)))
    return pad(kept, pad_width=[(int(i == axis), 0) for i in range(x.ndim)], constant_values=first)


def _from_the_end(factors: Any, g: Any, axis: int) -> Any:
    """Run ``s[i] = g[i] + factors[i + 1] s[i + 1]`` from the end: what an upstream gradient does in a recurrence."""
    backwards = linear_recurrence(delayed(flip(factors, axis=axis), axis, 0.0), flip(g, axis=axis), axis=axis)
    return flip(backwards, axis=axis)


@primitive(formula="y[i] = a[i] y[i - 1] + b[i]", derivative="s[i] y[i - 1], s[i] of s[i] = g[i] + a[i + 1] s[i + 1]")
def linear_recurrence(a: Any, b: Any, /, *, axis: int = -1) -> Any:
    """Run ``y[i] = a[i] y[i - 1] + b[i]`` along an axis, from ``y[-1] = 0``; the first factor has no effect.

    Its derivative is a linear recurrence again, without a division.

    >>> linear_recurrence(np.array([2.0, 2.0, 2.0]), np.ones(3))
    array([1., 3., 7.])
    """
    factors, terms = np.broadcast_arrays(a, b)
    out = np.array(terms, dtype=np.result_type(a, b))
    rows, factors = np.moveaxis(out, axis, 0), np.moveaxis(factors, axis, 0)
    for i in range(1, len(rows)):
        rows[i] += factors[i] * rows[i - 1]
    return out


linear_recurrence.defvjp(
    lambda g, out, a, b, axis=-1: _from_the_end(broadcast_to(a, shape=g.shape), g, axis) * delayed(out, axis, 0.0),
    lambda g, out, a, b, axis=-1: _from_the_end(broadcast_to(a, shape=g.shape), g, axis),
)


@primitive(formula="running sum", derivative="running sum from the end")
def cumsum(x: Any, /, *, axis: int | None = None, dtype: Any = None) -> Any:
    """Running sum along an axis, or over the flattened array.

    >>> cumsum(np.ones(3))
    array([1., 2., 3.])
    """
    out = np.cumsum(x, axis=axis, dtype=dtype)
    return out if axis is None else out.reshape(np.shape(x))


def _cumsum_rule(g: Any, out: Any, x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    upstream, along = line(g, axis)
    backwards = flip(cumsum(flip(upstream, axis=along), axis=along), axis=along)
    return reshape(backwards, shape=x.shape)


cumsum.defvjp(_cumsum_rule)


@primitive(formula="running product", derivative="products that leave one factor out")
def cumprod(x: Any, /, *, axis: int | None = None, dtype: Any = None) -> Any:
    """Running product along an axis, or over the flattened array; right with zeros among the factors.

    >>> cumprod(np.array([2.0, 3.0]))
    array([2., 6.])
    """
    out = np.cumprod(x, axis=axis, dtype=dtype)
    return out if axis is None else out.reshape(np.shape(x))


def _cumprod_rule(g: Any, out: Any, x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Multiply what stands before a factor with what comes after it, without a division, so zeros do no harm."""
    factors, along = line(x, axis)
    before = delayed(line(out, axis)[0], along, 1.0)
    after = _from_the_end(factors, line(g, axis)[0], along)
    return reshape(before * after, shape=x.shape)


cumprod.defvjp(_cumprod_rule)


def nancumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running sum in which NaN counts as 0.

    >>> nancumsum(np.array([1.0, np.nan, 2.0]))
    array([1., 1., 3.])
    """
    x = operand(x)
    return cumsum(where(isnan(raw(x)), 0.0, x), axis=axis, dtype=dtype)


def nancumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running product in which NaN counts as 1.

    >>> nancumprod(np.array([2.0, np.nan, 2.0]))
    array([2., 2., 4.])
    """
    x = operand(x)
    return cumprod(where(isnan(raw(x)), 1.0, x), axis=axis, dtype=dtype)


@primitive(formula="log of the running sum of e^x", derivative="e^(x[j] - out[i]) for j <= i", analytic=False)
def logcumsumexp(x: Any, /, *, axis: int) -> Any:
    """Logarithm of the running sum of exponentials along an axis, without overflow.

    Where nothing but minus infinity was summed its gradient is 0, as that of :func:`logsumexp`.

    >>> bool(logcumsumexp(np.array([1000.0, 1000.0]), axis=0)[1] == 1000.0 + np.log(2.0))
    True
    """
    x = np.asarray(x)
    return np.logaddexp.accumulate(x, axis=axis) if x.ndim else np.copy(x)


def _logcumsumexp_rule(g: Any, out: Any, x: Any, axis: int) -> Any:
    """Let each upstream gradient decay on its way to earlier places by ``e^(out[i] - out[i + 1])``, at most 1."""
    (sums, along), (upstream, _), (terms, _) = line(out, axis), line(g, axis), line(x, axis)
    finite = where(sums == -math.inf, 0.0, sums)
    decay = exp(delayed(sums, along, -math.inf) - finite)
    return reshape(exp(terms - finite) * _from_the_end(decay, upstream, along), shape=x.shape)


logcumsumexp.defvjp(_logcumsumexp_rule)


def cummax(x: Any, axis: int) -> Ranked:
    """Running maximum along an axis and where it stands, the latest place where several are equal.

    The gradient goes to that place. From the first NaN on everything is NaN.

    >>> cummax(np.array([1.0, 3.0, 2.0]), 0)
    Ranked(values=array([1., 3., 3.]), indices=array([0, 1, 1]))
    """
    return _running_extreme(np.maximum, x, axis)


def cummin(x: Any, axis: int) -> Ranked:
    """Running minimum along an axis and where it stands, the latest place where several are equal.

    >>> cummin(np.array([2.0, 3.0, 1.0]), 0)
    Ranked(values=array([2., 2., 1.]), indices=array([0, 0, 2]))
    """
    return _running_extreme(np.minimum, x, axis)


def _running_extreme(extreme: np.ufunc, x: Any, axis: int) -> Ranked:
    x = operand(x)
    data, along = line(raw(x), axis)
    reached = (data == extreme.accumulate(data, axis=along)) | isnan(data)
    index = np.arange(data.shape[along]).reshape([-1 if i == along else 1 for i in range(data.ndim)])
    places = np.maximum.accumulate(np.where(reached, index, 0), axis=along)
    return at_places(x, places, axis)
