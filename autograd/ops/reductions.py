"""Reductions over axes: sums, extremes, moments, norms, and the softmax family."""

import math
from typing import Any

import numpy as np

from ..primitive import primitive
from .elementwise import absolute, exp, sign, where
from .shape import concatenate, expand_dims, flip, moveaxis, reshape

__all__ = [
    "amax",
    "amin",
    "cumprod",
    "cumsum",
    "log_softmax",
    "logsumexp",
    "max",
    "mean",
    "min",
    "norm",
    "prod",
    "softmax",
    "std",
    "sum",
    "var",
]

Axis = int | tuple[int, ...] | None


def _axes(x: Any, axis: Axis) -> tuple[int, ...]:
    if not x.ndim:  # NumPy lets a number be reduced over axis 0 and -1
        return ()
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(a % x.ndim for a in axes))


def _count(x: Any, axis: Axis) -> int:
    return math.prod(x.shape[a] for a in _axes(x, axis))


def _expand(reduced: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """Give a reduced result its axes back, so that it broadcasts against the input."""
    return reduced if keepdims or not x.ndim else expand_dims(reduced, axis=_axes(x, axis))


@primitive(symbol="sum", reduction=True, formula="sum x", derivative="1")
def sum(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Sum over axes.

    >>> float(sum(np.ones(3)))
    3.0
    """
    return np.sum(x, axis=axis, keepdims=keepdims)


def _spread(g: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return _expand(g, x, axis, keepdims)


sum.defvjp(_spread)


@primitive(symbol="mean", reduction=True, formula="sum x / n", derivative="1 / n")
def mean(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Mean over axes; NaN of nothing.

    >>> float(mean(np.array([1.0, 3.0])))
    2.0
    """
    x = np.asarray(x)
    if x.dtype.kind not in "fc":
        raise TypeError(f"expected a floating dtype in mean, got {x.dtype}; convert with .astype('float32')")
    with np.errstate(all="ignore"):
        wide = np.float32 if x.dtype == np.float16 else None  # a sum of halves overflows where their mean does not
        return np.true_divide(np.sum(x, axis=axis, keepdims=keepdims, dtype=wide), _count(x, axis)).astype(x.dtype)


def _mean_rule(g: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return _expand(g, x, axis, keepdims) * (1.0 / (_count(x, axis) or math.nan))  # n itself may overflow a half


mean.defvjp(_mean_rule)


@primitive(symbol="prod", reduction=True, formula="prod x", derivative="product of the others")
def prod(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Product over axes; right with zeros among the factors.

    >>> float(prod(np.array([2.0, 3.0])))
    6.0
    """
    return np.prod(x, axis=axis, keepdims=keepdims)


def _prod_rule(g: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return _expand(g, x, axis, keepdims) * _product_of_others(x, axis)


def _product_of_others(x: Any, axis: Axis) -> Any:
    """Multiply, for every element, all others along the axes, without a division."""
    if not x.ndim or not x.size:
        return x * 0.0 + 1.0
    axes = _axes(x, axis)
    last = tuple(range(x.ndim - len(axes), x.ndim))
    moved = moveaxis(x, source=axes, destination=last)
    flat = reshape(moved, shape=(*moved.shape[: x.ndim - len(axes)], -1))
    one = flat[..., :1] * 0.0 + 1.0

    def before(values: Any) -> Any:
        parts = [one]
        for i in range(values.shape[-1] - 1):
            parts.append(parts[-1] * values[..., i : i + 1])
        return concatenate(parts, axis=-1)

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
    return upstream * sign(x) * (absolute(x) / safe) ** (ord - 1)


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
    top = np.max(x.real, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, top.dtype.type(0))
    total = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axis=_axes(x, axis))


def _logsumexp_rule(g: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    whole = _expand(out, x, axis, keepdims)
    empty = whole == -math.inf
    return _expand(g, x, axis, keepdims) * where(empty, 0.0, exp(x - where(empty, 0.0, whole)))


logsumexp.defvjp(_logsumexp_rule)


@primitive(formula="e^x / sum e^x", derivative="out (g - sum g out)")
def softmax(x: Any, /, *, axis: int = -1) -> Any:
    """Softmax along one axis; a row of nothing but minus infinity gives zeros.

    >>> softmax(np.zeros(2))
    array([0.5, 0.5])
    """
    x = np.asarray(x)
    if not x.size:
        return np.copy(x)
    top = np.max(x.real, axis=axis, keepdims=True)
    weights = np.exp(x - np.where(np.isfinite(top), top, top.dtype.type(0)))
    total = np.sum(weights, axis=axis, keepdims=True)
    return weights / np.where(total == 0, total.dtype.type(1), total)


softmax.defvjp(lambda g, out, x, axis=-1: out * (g - sum(g * out, axis=axis, keepdims=True)))


@primitive(formula="x - log sum e^x", derivative="g - softmax(x) sum g")
def log_softmax(x: Any, /, *, axis: int = -1) -> Any:
    """Logarithm of the softmax along one axis.

    >>> log_softmax(np.array([1e4, 0.0])).tolist()
    [0.0, -10000.0]
    """
    x = np.asarray(x)
    return x - logsumexp.forward(x, axis=axis, keepdims=True) if x.size else np.copy(x)


log_softmax.defvjp(lambda g, out, x, axis=-1: g - softmax(x, axis=axis) * sum(g, axis=axis, keepdims=True))


@primitive(formula="running sum", derivative="running sum from the end")
def cumsum(x: Any, /, *, axis: int | None = None) -> Any:
    """Running sum along an axis, or over the flattened array.

    >>> cumsum(np.ones(3))
    array([1., 2., 3.])
    """
    return np.cumsum(x, axis=axis)


def _cumsum_rule(g: Any, out: Any, x: Any, axis: int | None = None) -> Any:
    along = 0 if axis is None else axis
    backwards = flip(cumsum(flip(g, axis=along), axis=along), axis=along)
    return reshape(backwards, shape=x.shape)


cumsum.defvjp(_cumsum_rule)


@primitive(formula="running product", derivative="products that leave one factor out")
def cumprod(x: Any, /, *, axis: int | None = None) -> Any:
    """Running product along an axis, or over the flattened array; right with zeros among the factors.

    >>> cumprod(np.array([2.0, 3.0]))
    array([2., 6.])
    """
    return np.cumprod(x, axis=axis)


def _cumprod_rule(g: Any, out: Any, x: Any, axis: int | None = None) -> Any:
    """Run ``s[i] = g[i] + x[i + 1] s[i + 1]`` from the end: without a division, so zeros do no harm."""
    flat = reshape(x, shape=(-1,)) if axis is None else x
    along = 0 if axis is None else axis % x.ndim
    length = flat.shape[along]
    if not length:
        return x * 0.0
    lead = (slice(None),) * along
    at = [(*lead, slice(i, i + 1)) for i in range(length)]
    sums = [g[at[-1]]]
    for i in reversed(range(length - 1)):
        sums.append(g[at[i]] + flat[at[i + 1]] * sums[-1])
    ones = flat[at[0]] * 0.0 + 1.0
    before = concatenate([ones, out[(*lead, slice(0, length - 1))]], axis=along)
    return reshape(before * concatenate(sums[::-1], axis=along), shape=x.shape)


cumprod.defvjp(_cumprod_rule)
