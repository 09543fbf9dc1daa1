"""Reductions over axes: sums, extremes, moments, norms, and the softmax family."""

import math
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..node import raw
from ..primitive import primitive
from .axes import Axis, all_axes, operand
from .cumulative import cumprod, delayed
from .elementwise import absolute, astype, exp, sign, where
from .shape import expand_dims, flip, moveaxis, reshape

__all__ = [
    "amax",
    "amin",
    "dist",
    "log_softmax",
    "logsumexp",
    "max",
    "mean",
    "min",
    "norm",
    "prod",
    "renorm",
    "softmax",
    "softmin",
    "std",
    "sum",
    "var",
]


def _count(x: Any, axis: Axis) -> int:
    return math.prod(x.shape[a] for a in all_axes(axis, x.ndim))


def _expand(reduced: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """Give a reduced result its axes back, so that it broadcasts against the input."""
    return reduced if keepdims or not x.ndim else expand_dims(reduced, axis=all_axes(axis, x.ndim))


@primitive(symbol="sum", reduction=True, formula="sum x", derivative="1")
def sum(x: Any, /, *, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """Sum over axes, in another precision if ``dtype`` says so.

    >>> float(sum(np.ones(3)))
    3.0
    """
    return np.sum(x, axis=axis, keepdims=keepdims, dtype=dtype)


def _spread(g: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Any:
    return _expand(g, x, axis, keepdims)


sum.defvjp(_spread)


@primitive(symbol="mean", reduction=True, formula="sum x / n", derivative="1 / n")
def mean(x: Any, /, *, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """Mean over axes, in another precision if ``dtype`` says so; NaN of nothing.

    >>> float(mean(np.array([1.0, 3.0])))
    2.0
    """
    x = np.asarray(x, dtype=dtype)
    if x.dtype.kind not in "fc":
        raise TypeError(f"expected a floating dtype in mean, got {x.dtype}; convert with .astype('float32')")
    with np.errstate(all="ignore"):
        wide = np.float32 if x.dtype == np.float16 else None  # a sum of halves overflows where their mean does not
        return np.true_divide(np.sum(x, axis=axis, keepdims=keepdims, dtype=wide), _count(x, axis)).astype(x.dtype)


def _mean_rule(g: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Any:
    return _expand(g, x, axis, keepdims) * (1.0 / (_count(x, axis) or math.nan))  # n itself may overflow a half


mean.defvjp(_mean_rule)


@primitive(symbol="prod", reduction=True, formula="prod x", derivative="product of the others")
def prod(x: Any, /, *, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """Product over axes, in another precision if ``dtype`` says so; right with zeros among the factors.

    >>> float(prod(np.array([2.0, 3.0])))
    6.0
    """
    return np.prod(x, axis=axis, keepdims=keepdims, dtype=dtype)


def _prod_rule(g: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Any:
    factors = x if dtype is None else astype(x, dtype=np.dtype(dtype))
    return _expand(g, x, axis, keepdims) * _product_of_others(factors, axis)


def _product_of_others(x: Any, axis: Axis) -> Any:
    """Multiply, for every element, all others along the axes: those before it with those after it, no division."""
    if not x.ndim or not x.size:
        return x * 0.0 + 1.0
    axes = all_axes(axis, x.ndim)
    last = tuple(range(x.ndim - len(axes), x.ndim))
    moved = moveaxis(x, source=axes, destination=last)
    flat = reshape(moved, shape=(*moved.shape[: x.ndim - len(axes)], -1))

    def before(factors: Any) -> Any:
        return delayed(cumprod(factors, axis=-1), -1, 1.0)

    others = before(flat) * flip(before(flip(flat, axis=-1)), axis=-1)
    return moveaxis(reshape(others, shape=moved.shape), source=last, destination=axes)


prod.defvjp(_prod_rule)


@primitive(symbol="max", reduction=True, formula="max x", kinks="ties: split evenly", analytic=False)
def max(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Maximum over axes; ties share the gradient evenly.

    >>> float(max(np.array([1.0, 3.0])))
    3.0
    """
    return np.max(x, axis=axis, keepdims=keepdims)


@primitive(symbol="min", reduction=True, formula="min x", kinks="ties: split evenly", analytic=False)
def min(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Minimum over axes; ties share the gradient evenly.

    >>> float(min(np.array([1.0, 3.0])))
    1.0
    """
    return np.min(x, axis=axis, keepdims=keepdims)


def _extreme_rule(g: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    hit = (x == _expand(out, x, axis, keepdims)) | (x != x)
    raw = getattr(hit, "payload", hit)
    count = np.sum(raw, axis=axis, keepdims=True)  # an integer: no overflow in half precision
    share = raw / count.astype(np.float64)
    return _expand(g, x, axis, keepdims) * share.astype(x.dtype)


for _extreme in (max, min):
    _extreme.defvjp(_extreme_rule)
amax, amin = max, min


@primitive(
    symbol="var",
    reduction=True,
    formula="sum |x - mean|^2 / (n - ddof)",
    derivative="2 (x - mean) / (n - ddof)",
    analytic=False,
    on_complex="convention",
)
def var(x: Any, /, *, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Variance over axes, in two passes.

    >>> float(var(np.array([1.0, 3.0])))
    1.0
    """
    x = np.asarray(x)
    with np.errstate(all="ignore"):
        wide = x.astype(np.float32) if x.dtype == np.float16 else x
        centred = wide - np.mean(wide, axis=axis, keepdims=True)
        wide = np.float32 if x.dtype == np.float16 else None
        squares = np.square(np.absolute(centred) if centred.dtype.kind == "c" else centred, dtype=wide)
        total = np.sum(squares, axis=axis, keepdims=keepdims)
        return np.true_divide(total, np.maximum(_count(x, axis) - ddof, 0)).astype(x.real.dtype)


def _var_rule(g: Any, out: Any, x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    free = float(_count(x, axis) - ddof) or math.nan
    return _expand(g, x, axis, keepdims) * (x - mean(x, axis=axis, keepdims=True)) * (2.0 / free)


var.defvjp(_var_rule)


@primitive(
    symbol="std",
    reduction=True,
    formula="sqrt(var x)",
    derivative="(x - mean) / ((n - ddof) std)",
    kinks="0: 0",
    analytic=False,
    on_complex="convention",
)
def std(x: Any, /, *, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Standard deviation over axes; of constants its gradient is 0.

    >>> float(std(np.array([1.0, 3.0])))
    1.0
    """
    return np.sqrt(var.forward(x, axis=axis, ddof=ddof, keepdims=keepdims))


def _std_rule(g: Any, out: Any, x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    free = float(_count(x, axis) - ddof) or math.nan
    scale = where(out == 0, 0.0, g / where(out == 0, 1.0, out))
    return _expand(scale, x, axis, keepdims) * (x - mean(x, axis=axis, keepdims=True)) * (1.0 / free)


std.defvjp(_std_rule)


@primitive(
    symbol="norm",
    reduction=True,
    formula="(sum |x|^p)^(1/p)",
    derivative="x |x|^(p-2) / norm^(p-1)",
    kinks="0: 0",
    analytic=False,
    on_complex="convention",
)
def norm(x: Any, /, *, ord: float = 2, axis: Axis = None, keepdims: bool = False) -> Any:
    """Vector norm of order ``ord`` over axes; at the zero vector its gradient is 0. Order 0 counts what is not zero.

    >>> float(norm(np.array([3.0, 4.0])))
    5.0
    """
    x = np.absolute(x)
    if abs(ord) == math.inf:
        return (np.max if ord > 0 else np.min)(x, axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum(x != 0, axis=axis, keepdims=keepdims, dtype=x.dtype)
    if ord == 2:
        return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))
    return np.sum(x**ord, axis=axis, keepdims=keepdims) ** (1.0 / ord)


def _norm_rule(g: Any, out: Any, x: Any, ord: float = 2, axis: Axis = None, keepdims: bool = False) -> Any:
    if abs(ord) == math.inf:
        return _extreme_rule(g, out, absolute(x), axis, keepdims) * sign(x)
    if ord == 0:
        return _expand(g, x, axis, keepdims) * sign(x) * 0.0
    length = _expand(out, x, axis, keepdims)
    safe = where(length == 0, 1.0, length)
    upstream = where(length == 0, 0.0, _expand(g, x, axis, keepdims))
    if ord == 2:
        return upstream * (x / safe)
    if ord == 1:
        return upstream * sign(x)
    ratio = where(x == 0, 1.0, absolute(x) / safe)  # there the sign is 0, and a power of 0 may be infinite
    return upstream * sign(x) * ratio ** (ord - 1)


norm.defvjp(_norm_rule)


@primitive(reduction=True, formula="log sum e^x", derivative="softmax(x)")
def logsumexp(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Logarithm of the sum of exponentials, shifted so that it cannot overflow.

    Of nothing but minus infinity its gradient is 0.

    >>> float(logsumexp(np.array([1000.0, 1000.0]))) == 1000.0 + math.log(2.0)
    True
    """
    x = np.asarray(x)
    if not x.size:
        return np.log(np.sum(x, axis=axis, keepdims=keepdims))
    axis = all_axes(axis, x.ndim)
    top = np.max(x.real, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, top.dtype.type(0))
    total = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axis=axis)


def _logsumexp_rule(g: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    whole = _expand(out, x, axis, keepdims)
    empty = whole == -math.inf
    return _expand(g, x, axis, keepdims) * where(empty, 0.0, exp(x - where(empty, 0.0, whole)))


logsumexp.defvjp(_logsumexp_rule)


@primitive(formula="e^x / sum e^x", derivative="out (g - sum g out)")
def softmax(x: Any, /, *, axis: int = -1, dtype: Any = None) -> Any:
    """Softmax along one axis, in another precision if ``dtype`` says so; a row of minus infinity alone gives zeros.

    >>> softmax(np.zeros(2))
    array([0.5, 0.5])
    """
    x = np.asarray(x, dtype=dtype)
    if not x.size:
        return np.copy(x)
    top = np.max(x.real, axis=axis, keepdims=True)
    weights = np.exp(x - np.where(np.isfinite(top), top, top.dtype.type(0)))
    total = np.sum(weights, axis=axis, keepdims=True)
    return weights / np.where(total == 0, total.dtype.type(1), total)


softmax.defvjp(lambda g, out, x, axis=-1, dtype=None: out * (g - sum(g * out, axis=axis, keepdims=True)))


@primitive(formula="x - log sum e^x", derivative="g - softmax(x) sum g")
def log_softmax(x: Any, /, *, axis: int = -1, dtype: Any = None) -> Any:
    """Logarithm of the softmax along one axis, in another precision if ``dtype`` says so.

    >>> log_softmax(np.array([1e4, 0.0])).tolist()
    [0.0, -10000.0]
    """
    x = np.asarray(x, dtype=dtype)
    return x - logsumexp.forward(x, axis=axis, keepdims=True) if x.size else np.copy(x)


log_softmax.defvjp(
    lambda g, out, x, axis=-1, dtype=None: g - softmax(x, axis=axis, dtype=dtype) * sum(g, axis=axis, keepdims=True)
)


def softmin(x: Any, axis: int = -1, dtype: Any = None) -> Any:
    """Softmax of the negative: the smallest element weighs most.

    >>> softmin(np.zeros(2))
    array([0.5, 0.5])
    """
    return softmax(-operand(x), axis=axis, dtype=dtype)


def dist(x: Any, y: Any, p: float = 2) -> Any:
    """Norm of order ``p`` of the difference of two arrays, as one number.

    >>> float(dist(np.array([3.0, 4.0]), np.zeros(2)))
    5.0
    """
    return norm(operand(x) - operand(y), ord=p)


def renorm(x: Any, p: float, axis: int, maxnorm: float) -> Any:
    """Shrink each slice along an axis whose norm of order ``p`` is above ``maxnorm`` to that norm.

    As in PyTorch the norm is taken a little larger, by 1e-7, so that no division is by zero.

    >>> renorm(np.array([[3.0, 4.0], [0.3, 0.4]]), 2, 0, 1.0).round(3).tolist()
    [[0.6, 0.8], [0.3, 0.4]]
    """
    x = operand(x)
    if x.ndim < 2 or p <= 0:
        raise ShapeError(f"expected two or more axes and p > 0 in renorm, got shape {x.shape} and p={p}; reshape it")
    (kept,) = all_axes(axis, x.ndim)
    lengths = norm(x, ord=p, axis=tuple(i for i in range(x.ndim) if i != kept), keepdims=True)
    return x * where(raw(lengths) > maxnorm, maxnorm / (lengths + 1e-7), 1.0)
