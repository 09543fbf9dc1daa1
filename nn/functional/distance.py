"""Distances and similarities of vectors."""

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import ShapeError

from .checks import checked_dim

__all__ = ["cosine_similarity", "pairwise_distance", "pdist"]


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Return the cosine of the angle between vectors along ``dim``; norms below ``eps`` count as ``eps``.

    >>> cosine_similarity(Tensor([[3.0, 4.0]]), Tensor([[4.0, 3.0]])).data.round(2).tolist()
    [0.96]
    """
    axis = checked_dim(dim, max(x1.ndim, x2.ndim)) - max(x1.ndim, x2.ndim, 1)  # from the end: both may broadcast
    shape = np.broadcast_shapes(x1.shape, x2.shape)
    first, second = (autograd.broadcast_to(x, shape=shape) if x.shape != shape else x for x in (x1, x2))
    out: Tensor = autograd.sum(_unit(first, axis, eps) * _unit(second, axis, eps), axis=axis)
    return out


def _unit(x: Tensor, axis: int, eps: float) -> Tensor:
    unit: Tensor = x / autograd.clip(autograd.norm(x, axis=axis, keepdims=True), eps, None)
    return unit


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """Return the norm of order ``p`` of ``x1 - x2 + eps`` along the last axis.

    >>> pairwise_distance(Tensor([[3.0, 0.0]]), Tensor([[0.0, 4.0]]), eps=0.0).data.tolist()
    [5.0]
    """
    out: Tensor = autograd.norm(x1 - x2 + eps, ord=p, axis=-1, keepdims=keepdim)
    return out


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """Return the distances of all pairs of rows, those of row 0 first; at equal rows the gradient is 0.

    >>> pdist(Tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])).data.round(2).tolist()
    [5.0, 1.0, 4.24]
    """
    if input.ndim != 2:
        raise ShapeError(f"pdist expects an input of shape (N, M), got {input.shape}")
    first, second = np.triu_indices(input.shape[0], 1)
    difference = autograd.take(input, indices=first, axis=0) - autograd.take(input, indices=second, axis=0)
    out: Tensor = autograd.norm(difference, ord=p, axis=-1)
    return out
