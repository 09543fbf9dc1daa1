"""Fused operations: each equals a composition of plain ones, and passes over memory fewer times."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..primitive import primitive
from .elementwise import negative
from .indexing import take_along_axis
from .reductions import log_softmax
from .shape import squeeze

__all__ = ["softmax_cross_entropy"]

_BLOCK = 1 << 16  # numbers that stay in the cache from one step to the next


@primitive(formula="log sum e^x - x[target]", derivative="softmax(x) - onehot(target)")
def softmax_cross_entropy(x: Any, /, *, target: Any) -> Any:
    """Minus the log-probability of the target classes; an upstream gradient of 0 leaves its scores alone.

    Args:
        x: Scores of shape ``(C,)`` or ``(N, C, ...)``.
        target: Class ids of shape ``()`` or ``(N, ...)``.

    >>> softmax_cross_entropy(np.array([[1e4, 0.0], [0.0, 0.0]]), target=np.array([1, 0])).round(4).tolist()
    [10000.0, 0.6931]
    """
    x, target = np.asarray(x), np.asarray(target)
    if x.ndim == 1:
        return softmax_cross_entropy.forward(x[None], target=target[None])[0]
    out = np.empty(target.shape, x.dtype)
    for part in _blocks(x):
        weights = x[part] - _top(x[part])
        hit = np.take_along_axis(weights, target[part][:, None], axis=1)
        np.exp(weights, out=weights)
        out[part] = (np.log(np.sum(weights, axis=1, keepdims=True)) - hit)[:, 0]
    return out


def _blocks(x: Any) -> Iterator[slice]:
    """Yield parts of the first axis."""
    rows = max(1, _BLOCK * len(x) // max(x.size, 1))
    return (slice(i, i + rows) for i in range(0, len(x), rows))


def _top(x: Any) -> Any:
    """Return the largest score, which keeps the exponentials from overflowing; 0 where that is infinite."""
    top = np.max(x, axis=1, keepdims=True)
    return np.where(np.isfinite(top), top, top.dtype.type(0))


def _joint(g: Any, out: Any, x: Any, target: Any) -> tuple[Any]:
    """Return ``g (softmax(x) - onehot(target))``, in place and block by block; nothing where ``g`` is 0."""
    if x.ndim == 1:
        return (_joint(g[None], out[None], x[None], np.asarray(target)[None])[0][0],)
    grad = np.empty_like(x)
    for part in _blocks(x):
        weights, upstream, ids = grad[part], g[part][:, None], np.asarray(target)[part][:, None]
        np.subtract(x[part], _top(x[part]), out=weights)
        np.exp(weights, out=weights)
        weights *= upstream / np.sum(weights, axis=1, keepdims=True)
        hit = np.take_along_axis(weights, ids, axis=1)
        np.put_along_axis(weights, ids, hit - upstream, axis=1)
        np.copyto(weights, 0, where=upstream == 0)
    return (grad,)


def _composition(x: Any, target: Any) -> Any:
    axis = 1 if x.ndim > 1 else 0
    picked = take_along_axis(log_softmax(x, axis=axis), indices=np.expand_dims(np.asarray(target), axis), axis=axis)
    return negative(squeeze(picked, axis=axis))


softmax_cross_entropy.defjoint(_joint, _composition)
