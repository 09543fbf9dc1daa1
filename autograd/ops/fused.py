"""Fused operations: each equals a composition of plain ones, and passes over memory fewer times."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..primitive import primitive
from .elementwise import add, negative, where
from .indexing import take_along_axis
from .linalg import matmul
from .reductions import log_softmax, softmax
from .shape import squeeze, swapaxes

__all__ = ["attention", "softmax_cross_entropy"]

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


@primitive(formula="(softmax(scale q k^T + mask) v, softmax(scale q k^T + mask))", derivative="w (g v^T - sum g out)")
def attention(query: Any, key: Any, value: Any, /, *, mask: Any = None, scale: float) -> Any:
    """Average of values, weighted by how well their keys fit the query; and the weights (Vaswani and others 2017).

    A query that may look nowhere gives zeros, with gradients of zero.

    Args:
        query: Of shape ``(..., L, E)``.
        key: Of shape ``(..., S, E)``.
        value: Of shape ``(..., S, V)``.
        mask: Broadcasts to ``(..., L, S)``: booleans, true where a query may look, or numbers that are added.
        scale: The factor of the scores.

    >>> attention(np.ones((1, 1)), np.ones((2, 1)), np.array([[1.0], [3.0]]), scale=1.0)[0].tolist()
    [[2.0]]
    """
    weights = _masked(np.matmul(query * scale, np.swapaxes(key, -1, -2)), mask)
    top = np.max(weights, axis=-1, keepdims=True, initial=-np.inf)
    weights -= np.where(np.isfinite(top), top, 0)
    np.exp(weights, out=weights)
    total = np.sum(weights, axis=-1, keepdims=True)
    weights /= np.where(total == 0, 1, total)
    return np.matmul(weights, value), weights


def _masked(scores: Any, mask: Any) -> Any:
    """Put the mask on the scores, in place where they are as large."""
    if mask is None:
        return scores
    mask = np.asarray(mask)
    shape = np.broadcast_shapes(scores.shape, mask.shape)
    if shape != scores.shape:
        scores = np.broadcast_to(scores, shape).copy()
    if mask.dtype.kind == "b":
        np.copyto(scores, -np.inf, where=~mask)
    else:
        scores += mask
    return scores


def _attention_joint(
    g: Any, out: Any, query: Any, key: Any, value: Any, mask: Any = None, *, scale: float
) -> tuple[Any, Any, Any]:
    """Differentiate as FlashAttention does: the weights' share of the upstream gradient is that of the results."""
    result, weights = out
    of_result, of_weights = g
    flow: Any = 0.0
    shared: Any = 0.0
    of_value = None
    if of_result is not None:
        of_value = np.matmul(np.swapaxes(weights, -1, -2), of_result)
        flow = np.matmul(of_result, np.swapaxes(value, -1, -2))
        shared = np.sum(of_result * result, axis=-1, keepdims=True)
    if of_weights is not None:
        flow = flow + of_weights
        shared = shared + np.sum(of_weights * weights, axis=-1, keepdims=True)
    flow = np.subtract(flow, shared, out=flow)
    flow *= weights
    of_query = np.matmul(flow, key)
    of_query *= scale
    of_key = np.matmul(np.swapaxes(flow, -1, -2), query)
    of_key *= scale
    return of_query, of_key, of_value


def _attention_composition(query: Any, key: Any, value: Any, mask: Any = None, *, scale: float) -> tuple[Any, Any]:
    scores = matmul(query * scale, swapaxes(key, axis1=-1, axis2=-2))
    if mask is not None:
        is_bool = np.asarray(mask).dtype.kind == "b"
        scores = where(mask, scores, -np.inf) if is_bool else add(scores, np.asarray(mask).astype(scores.dtype))
    weights = softmax(scores, axis=-1)
    return matmul(weights, value), weights


attention.defjoint(_attention_joint, _attention_composition)
