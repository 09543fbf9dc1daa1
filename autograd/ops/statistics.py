"""Statistics: moments, covariances and weighted means, and reductions that leave NaN out.

All of them are compositions, so they can be differentiated any number of times. Where NaN is left out, no gradient
goes to it.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from ..errors import DtypeError, ShapeError
from ..node import Node, raw
from .axes import Axis, all_axes, constant_like, operand
from .complex_parts import complex, conj, imag, is_complex, real
from .elementwise import astype, clip, sqrt, where
from .indexing import get_item
from .linalg import matmul
from .reductions import max, mean, min, prod, std, sum, var
from .shape import broadcast_to, concatenate, expand_dims, reshape, transpose

__all__ = [
    "aminmax",
    "average",
    "corrcoef",
    "cov",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
    "ptp",
    "std_mean",
    "var_mean",
]


class Extremes(NamedTuple):
    """The smallest and the largest element."""

    min: Any
    max: Any


def aminmax(x: Any, axis: Axis = None, keepdims: bool = False) -> Extremes:
    """Return minimum and maximum over axes; ties share the gradient evenly.

    >>> aminmax(np.array([1.0, 3.0]))
    Extremes(min=np.float64(1.0), max=np.float64(3.0))
    """
    return Extremes(min(x, axis=axis, keepdims=keepdims), max(x, axis=axis, keepdims=keepdims))


def ptp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Range of values: maximum minus minimum.

    >>> float(ptp(np.array([1.0, 3.0])))
    2.0
    """
    low, high = aminmax(x, axis=axis, keepdims=keepdims)
    return high - low


def std_mean(x: Any, axis: Axis = None, correction: float | None = 1, keepdims: bool = False) -> tuple[Any, Any]:
    """Return standard deviation and mean over axes; the variance is divided by the count less ``correction``.

    >>> [float(part) for part in std_mean(np.array([1.0, 3.0]), correction=0)]
    [1.0, 2.0]
    """
    ddof = 1 if correction is None else correction
    return std(x, axis=axis, ddof=ddof, keepdims=keepdims), mean(x, axis=axis, keepdims=keepdims)


def var_mean(x: Any, axis: Axis = None, correction: float | None = 1, keepdims: bool = False) -> tuple[Any, Any]:
    """Return variance and mean over axes; the variance is divided by the count less ``correction``.

    >>> [float(part) for part in var_mean(np.array([1.0, 3.0]))]
    [2.0, 2.0]
    """
    ddof = 1 if correction is None else correction
    return var(x, axis=axis, ddof=ddof, keepdims=keepdims), mean(x, axis=axis, keepdims=keepdims)


def average(x: Any, axis: Axis = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """Mean over axes, weighted: ``sum(w x) / sum(w)``; with ``returned`` also the sum of the weights.

    Weights have the shape of ``x``, or the lengths of the axes that are averaged.

    Raises:
        ShapeError: The weights have another shape.

    >>> float(average(np.array([1.0, 2.0]), weights=np.array([3.0, 1.0])))
    1.25
    """
    x = operand(x)
    axes = all_axes(axis, x.ndim)
    if weights is None:
        out = mean(x, axis=axis, keepdims=keepdims)
        return (out, out * 0.0 + math.prod(x.shape[a] for a in axes)) if returned else out
    weights = operand(weights)
    if weights.shape != x.shape:
        if axis is None or weights.shape != tuple(x.shape[a] for a in _given(axis, x.ndim)):
            raise ShapeError(
                f"expected weights of shape {x.shape} or with one length for each axis of axis={axis}, "
                f"got {weights.shape}; reshape them"
            )
        order = np.argsort(_given(axis, x.ndim))
        weights = transpose(weights, axes=tuple(int(i) for i in order))
        weights = expand_dims(weights, axis=tuple(i for i in range(x.ndim) if i not in axes))
    total = sum(broadcast_to(weights, shape=x.shape), axis=axis, keepdims=keepdims)
    out = sum(x * weights, axis=axis, keepdims=keepdims) / total
    return (out, total if isinstance(total, Node) else constant_like(x, total)) if returned else out


def _given(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Return axes counted from the front, in the order in which they were given."""
    return tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)) if a is not None)


# -- covariance ---------------------------------------------------------------------------------------------------


def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: float | None = None,
    fweights: Any = None,
    aweights: Any = None,
) -> Any:
    """Covariance matrix of variables, one in each row, or in each column when ``rowvar`` is false.

    Args:
        m: Observations, of shape ``(n,)``, ``(variables, n)`` or ``(n, variables)``.
        y: More variables.
        rowvar: Whether a row is a variable.
        bias: Divide by ``n`` instead of ``n - 1``.
        ddof: Divide by ``n - ddof``, whatever ``bias`` says.
        fweights: How often each observation counts, integers.
        aweights: How much each observation weighs.

    Raises:
        ShapeError: More than two axes, or weights that are not one for each observation.

    >>> cov(np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    x = _variables(m, rowvar)
    if y is not None:
        x = concatenate([x, _variables(y, rowvar)], axis=0)
    count = x.shape[1]
    free = (0 if bias else 1) if ddof is None else ddof
    weights, divisor = _weights(fweights, aweights, count, free)
    centred = x - average(x, axis=1, weights=weights, keepdims=True)
    scaled = centred if weights is None else centred * weights
    matrix = matmul(scaled, conj(transpose(centred))) / divisor
    return reshape(matrix, shape=()) if x.shape[0] == 1 else matrix


def _variables(m: Any, rowvar: bool) -> Any:
    """Return observations as a matrix with one variable in each row."""
    x = operand(m)
    if x.ndim > 2:
        raise ShapeError(f"expected one or two axes in cov, got shape {x.shape}; a variable is a row")
    if x.ndim < 2:
        return reshape(x, shape=(1, -1))
    return x if rowvar or x.shape[0] == 1 else transpose(x)


def _weights(fweights: Any, aweights: Any, count: int, ddof: float) -> tuple[Any, Any]:
    """Return the weight of each observation and what their products are divided by."""
    if fweights is not None:
        fweights = operand(fweights)
        if raw(fweights).dtype.kind not in "iu":
            raise DtypeError(f"expected integers as fweights, got {raw(fweights).dtype}; use aweights")
    if aweights is not None:
        aweights = operand(aweights)
        if raw(aweights).dtype.kind != "f":
            raise DtypeError(f"expected floating aweights, got {raw(aweights).dtype}; use fweights")
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is not None and given.shape != (count,):
            raise ShapeError(f"expected {name} of shape ({count},), one for each observation, got {given.shape}")
        if given is not None and (raw(given) < 0).any():
            raise ValueError(f"expected {name} of 0 or more, got {raw(given).min()}")
    if aweights is None:
        number: Any = count if fweights is None else int(np.sum(raw(fweights)))
        return fweights, float(np.maximum(number - ddof, 0))
    weights = aweights if fweights is None else aweights * fweights
    total = sum(weights)
    return weights, total - (ddof * sum(weights * aweights) / total if ddof else 0.0)


def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """Matrix of the correlation coefficients of variables, one in each row; see :func:`cov`.

    >>> corrcoef(np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    matrix = cov(x, y, rowvar)
    if not matrix.ndim:
        return matrix / matrix
    places = np.arange(matrix.shape[0])
    variances = get_item(matrix, index=(places, places))
    scale = sqrt(real(variances) if is_complex(variances) else variances)
    found = matrix / expand_dims(scale, axis=1) / scale
    if is_complex(found):
        return complex(clip(real(found), -1.0, 1.0), clip(imag(found), -1.0, 1.0))
    return clip(found, -1.0, 1.0)


# -- without NaN --------------------------------------------------------------------------------------------------


def count_of(there: Any, axis: Axis, keepdims: bool) -> Any:
    """Count the elements that take part."""
    return np.sum(there, axis=axis, keepdims=keepdims)


def mean_of(x: Any, there: Any, axis: Axis, keepdims: bool) -> Any:
    """Return the mean of the elements that take part; NaN of none."""
    total = sum(where(there, x, 0.0), axis=axis, keepdims=keepdims)
    return total / _divisor(count_of(there, axis, keepdims), x)


def var_of(x: Any, there: Any, axis: Axis, ddof: float, keepdims: bool) -> Any:
    """Return the variance of the elements that take part, in two passes; NaN or infinity of too few."""
    centred = where(there, x - mean_of(x, there, axis, True), 0.0)
    squares = real(centred * conj(centred)) if is_complex(centred) else centred * centred
    total = sum(squares, axis=axis, keepdims=keepdims)
    return total / _divisor(count_of(there, axis, keepdims) - ddof, x)


def root(variance: Any) -> Any:
    """Return the square root, whose gradient at 0 is 0 here, as that of :func:`std`."""
    constant = raw(variance) == 0
    return where(constant, 0.0, sqrt(where(constant, 1.0, variance)))


def _divisor(count: Any, x: Any) -> Any:
    """Return a count, of 0 or more, in the precision of ``x``."""
    dtype = raw(x).real.dtype
    return np.maximum(count, 0).astype(dtype if dtype.kind == "f" else float)


def _filled(x: Any, value: float) -> tuple[Any, Any]:
    """Return ``x`` with a number for each NaN, and where there is none."""
    x = operand(x)
    there = ~np.isnan(raw(x))
    return where(there, x, value), there


def nansum(x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """Sum over axes without NaN.

    >>> float(nansum(np.array([1.0, np.nan])))
    1.0
    """
    return sum(_filled(x, 0.0)[0], axis=axis, keepdims=keepdims, dtype=dtype)


def nanprod(x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """Product over axes without NaN.

    >>> float(nanprod(np.array([2.0, np.nan])))
    2.0
    """
    return prod(_filled(x, 1.0)[0], axis=axis, keepdims=keepdims, dtype=dtype)


def nanmean(x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """Mean over axes without NaN; NaN of nothing else.

    >>> float(nanmean(np.array([1.0, np.nan, 3.0])))
    2.0
    """
    x = operand(x)
    x = x if dtype is None else astype(x, dtype=np.dtype(dtype))
    return mean_of(x, ~np.isnan(raw(x)), axis, keepdims)


def nanvar(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Variance over axes without NaN, in two passes; NaN where no more than ``ddof`` numbers are left.

    >>> float(nanvar(np.array([1.0, np.nan, 3.0])))
    1.0
    """
    x = operand(x)
    there = ~np.isnan(raw(x))
    enough = count_of(there, axis, keepdims) > ddof
    return where(enough, var_of(x, there, axis, ddof, keepdims), math.nan)


def nanstd(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Standard deviation over axes without NaN; of constants its gradient is 0.

    >>> float(nanstd(np.array([1.0, np.nan, 3.0])))
    1.0
    """
    return root(nanvar(x, axis=axis, ddof=ddof, keepdims=keepdims))


def nanmax(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Maximum over axes without NaN; NaN of nothing else. Ties share the gradient evenly.

    >>> float(nanmax(np.array([1.0, np.nan])))
    1.0
    """
    filled, there = _filled(x, -math.inf)
    found = max(filled, axis=axis, keepdims=keepdims)
    return where(count_of(there, axis, keepdims) > 0, found, math.nan)


def nanmin(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Minimum over axes without NaN; NaN of nothing else. Ties share the gradient evenly.

    >>> float(nanmin(np.array([1.0, np.nan])))
    1.0
    """
    filled, there = _filled(x, math.inf)
    found = min(filled, axis=axis, keepdims=keepdims)
    return where(count_of(there, axis, keepdims) > 0, found, math.nan)
