"""Reductions and normalisations that leave elements out: ``autograd.masked``, after ``torch.masked``.

Where a mask is true, an element takes part; a mask broadcasts to the shape of the array, and without one all elements
take part. What is left out gets no gradient, whatever it holds. A reduction of nothing gives its identity: 0 for a sum,
1 for a product, minus infinity for a maximum, and NaN for a mean, a median and a variance.

>>> import numpy as np
>>> from autograd import masked
>>> float(masked.mean(np.array([1.0, 2.0, 9.0]), mask=[True, True, False]))
1.5
"""

import math
from typing import Any

import numpy as np

from . import ops
from .errors import ShapeError
from .node import raw
from .ops.axes import Axis, operand
from .ops.statistics import mean_of, root, var_of

__all__ = [
    "amax",
    "amin",
    "argmax",
    "argmin",
    "cumprod",
    "cumsum",
    "log_softmax",
    "logaddexp",
    "logsumexp",
    "mean",
    "median",
    "norm",
    "normalize",
    "prod",
    "softmax",
    "softmin",
    "std",
    "sum",
    "var",
]


def _typed(x: Any, dtype: Any) -> Any:
    x = operand(x)
    return x if dtype is None else ops.astype(x, dtype=np.dtype(dtype))


def _there(x: Any, mask: Any) -> Any:
    """Return where elements take part, in the shape of ``x``."""
    if mask is None:
        return np.ones(x.shape, dtype=bool)
    mask = np.asarray(raw(mask))
    if mask.dtype != bool:
        raise TypeError(f"expected a mask of truths, got {mask.dtype}; compare with something")
    try:
        return np.broadcast_to(mask, x.shape)
    except ValueError:
        raise ShapeError(f"expected a mask that broadcasts to shape {x.shape}, got {mask.shape}") from None


def _filled(x: Any, identity: float, dtype: Any, mask: Any) -> Any:
    """Return ``x`` with the identity of a reduction in place of what is left out."""
    x = _typed(x, dtype)
    return x if mask is None else ops.where(_there(x, mask), x, identity)


# -- reductions ---------------------------------------------------------------------------------------------------


def sum(x: Any, axis: Axis = None, *, keepdims: bool = False, dtype: Any = None, mask: Any = None) -> Any:
    """Sum of the elements that take part.

    >>> float(sum(np.array([1.0, 2.0]), mask=[True, False]))
    1.0
    """
    return ops.sum(_filled(x, 0.0, dtype, mask), axis=axis, keepdims=keepdims)


def prod(x: Any, axis: Axis = None, *, keepdims: bool = False, dtype: Any = None, mask: Any = None) -> Any:
    """Product of the elements that take part.

    >>> float(prod(np.array([3.0, 2.0]), mask=[True, False]))
    3.0
    """
    return ops.prod(_filled(x, 1.0, dtype, mask), axis=axis, keepdims=keepdims)


def amax(x: Any, axis: Axis = None, *, keepdims: bool = False, dtype: Any = None, mask: Any = None) -> Any:
    """Maximum of the elements that take part; ties share the gradient evenly.

    >>> float(amax(np.array([1.0, 2.0]), mask=[True, False]))
    1.0
    """
    return ops.max(_filled(x, -math.inf, dtype, mask), axis=axis, keepdims=keepdims)


def amin(x: Any, axis: Axis = None, *, keepdims: bool = False, dtype: Any = None, mask: Any = None) -> Any:
    """Minimum of the elements that take part; ties share the gradient evenly.

    >>> float(amin(np.array([1.0, 2.0]), mask=[False, True]))
    2.0
    """
    return ops.min(_filled(x, math.inf, dtype, mask), axis=axis, keepdims=keepdims)


def argmax(x: Any, axis: int | None = None, *, keepdims: bool = False, dtype: Any = None, mask: Any = None) -> Any:
    """Place of the largest element that takes part, the first of several.

    >>> int(argmax(np.array([1.0, 2.0]), mask=[True, False]))
    0
    """
    return ops.argmax(_filled(x, -math.inf, dtype, mask), axis=axis, keepdims=keepdims)


def argmin(x: Any, axis: int | None = None, *, keepdims: bool = False, dtype: Any = None, mask: Any = None) -> Any:
    """Place of the smallest element that takes part, the first of several.

    >>> int(argmin(np.array([1.0, 2.0]), mask=[False, True]))
    1
    """
    return ops.argmin(_filled(x, math.inf, dtype, mask), axis=axis, keepdims=keepdims)


def mean(x: Any, axis: Axis = None, *, keepdims: bool = False, dtype: Any = None, mask: Any = None) -> Any:
    """Mean of the elements that take part; NaN of none.

    >>> float(mean(np.array([1.0, 2.0]), mask=[True, False]))
    1.0
    """
    x = _typed(x, dtype)
    return mean_of(x, _there(x, mask), axis, keepdims)


def median(x: Any, axis: int | None = -1, *, keepdims: bool = False, dtype: Any = None, mask: Any = None) -> Any:
    """Middle one of the elements that take part, the lower of the two middle ones (case R024); NaN of none.

    A NaN that takes part counts as left out.

    >>> float(median(np.array([1.0, 2.0, 3.0]), mask=[True, False, True]))
    1.0
    """
    return ops.nanmedian(_filled(x, math.nan, dtype, mask), axis=axis, keepdims=keepdims)


def var(
    x: Any,
    axis: Axis = None,
    correction: float | None = 1,
    *,
    keepdims: bool = False,
    dtype: Any = None,
    mask: Any = None,
) -> Any:
    """Variance of the elements that take part: squares from their mean, over their number less ``correction``.

    >>> float(var(np.array([1.0, 3.0, 9.0]), mask=[True, True, False]))
    2.0
    """
    x = _typed(x, dtype)
    return var_of(x, _there(x, mask), axis, 1 if correction is None else correction, keepdims)


def std(
    x: Any,
    axis: Axis = None,
    correction: float | None = 1,
    *,
    keepdims: bool = False,
    dtype: Any = None,
    mask: Any = None,
) -> Any:
    """Standard deviation of the elements that take part; of constants its gradient is 0.

    >>> float(std(np.array([1.0, 3.0, 9.0]), correction=0, mask=[True, True, False]))
    1.0
    """
    return root(var(x, axis, correction, keepdims=keepdims, dtype=dtype, mask=mask))


def norm(
    x: Any, ord: float = 2.0, axis: Axis = None, *, keepdims: bool = False, dtype: Any = None, mask: Any = None
) -> Any:
    """Norm of order ``ord`` of the elements that take part.

    >>> float(norm(np.array([3.0, 4.0, 9.0]), mask=[True, True, False]))
    5.0
    """
    return ops.norm(_filled(x, _nothing(ord), dtype, mask), ord=ord, axis=axis, keepdims=keepdims)


def _nothing(ord: float) -> float:
    """Return what adds nothing to a norm: 0, or infinity where the order is negative."""
    return 0.0 if ord >= 0 else math.inf


def logsumexp(x: Any, axis: Axis = None, *, keepdims: bool = False, dtype: Any = None, mask: Any = None) -> Any:
    """Logarithm of the sum of exponentials of the elements that take part.

    >>> float(logsumexp(np.array([1.0, 2.0]), mask=[True, False]))
    1.0
    """
    return ops.logsumexp(_filled(x, -math.inf, dtype, mask), axis=axis, keepdims=keepdims)


def logaddexp(x: Any, y: Any, *, dtype: Any = None, input_mask: Any = None, other_mask: Any = None) -> Any:
    """Logarithm of the sum of the exponentials of two arrays, each with a mask of its own.

    >>> float(logaddexp(np.array(1.0), np.array(2.0), other_mask=False))
    1.0
    """
    left, right = _filled(x, -math.inf, dtype, input_mask), _filled(y, -math.inf, dtype, other_mask)
    return ops.logaddexp(left, right)


# -- along an axis ------------------------------------------------------------------------------------------------


def cumsum(x: Any, axis: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """Running sum, to which what is left out adds nothing.

    >>> cumsum(np.array([1.0, 2.0, 3.0]), 0, mask=[True, False, True])
    array([1., 1., 4.])
    """
    return ops.cumsum(_filled(x, 0.0, dtype, mask), axis=axis)


def cumprod(x: Any, axis: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """Running product, in which what is left out counts as 1.

    >>> cumprod(np.array([2.0, 2.0, 3.0]), 0, mask=[True, False, True])
    array([2., 2., 6.])
    """
    return ops.cumprod(_filled(x, 1.0, dtype, mask), axis=axis)


def softmax(x: Any, axis: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """Softmax along an axis; what is left out gets 0, and where nothing takes part all are 0.

    >>> softmax(np.array([1.0, 1.0, 5.0]), 0, mask=[True, True, False])
    array([0.5, 0.5, 0. ])
    """
    return ops.softmax(_filled(x, -math.inf, dtype, mask), axis=axis)


def log_softmax(x: Any, axis: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """Logarithm of the softmax along an axis; what is left out gets minus infinity.

    >>> log_softmax(np.array([0.0, 5.0]), 0, mask=[True, False])
    array([  0., -inf])
    """
    return ops.log_softmax(_filled(x, -math.inf, dtype, mask), axis=axis)


def softmin(x: Any, axis: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """Softmax of the negative along an axis; what is left out gets 0.

    >>> softmin(np.array([1.0, 1.0, 0.0]), 0, mask=[True, True, False])
    array([0.5, 0.5, 0. ])
    """
    return ops.softmin(_filled(x, math.inf, dtype, mask), axis=axis)


def normalize(x: Any, ord: float, axis: int, *, eps: float = 1e-12, dtype: Any = None, mask: Any = None) -> Any:
    """Divide by the norm along an axis of the elements that take part, or by ``eps`` where it is smaller.

    >>> normalize(np.array([3.0, 4.0, 9.0]), 2.0, 0, mask=[True, True, False])
    array([0.6, 0.8, 0. ])
    """
    length = norm(x, ord, axis, keepdims=True, dtype=dtype, mask=mask)
    return _filled(x, 0.0, dtype, mask) / ops.maximum(length, eps)
