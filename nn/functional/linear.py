"""Linear maps, and what only changes a shape."""

import math

import autograd
from autograd import Tensor
from autograd.errors import ShapeError

from .checks import checked_dim

__all__ = [
    "bilinear",
    "flatten",
    "linear",
]


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return ``input @ weight.T + bias`` for a weight of shape ``(out, in)``.

    >>> linear(Tensor([1.0, 2.0]), Tensor([[3.0, 4.0]]), Tensor([0.5])).data.tolist()
    [11.5]
    """
    out: Tensor = autograd.linear(input, weight) if bias is None else autograd.linear(input, weight, bias)
    return out


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return ``input1 @ weight[o] @ input2 + bias[o]`` for each ``o``, for a weight of shape ``(out, in1, in2)``.

    >>> bilinear(Tensor([1.0, 2.0]), Tensor([3.0]), Tensor([[[1.0], [10.0]]])).data.tolist()
    [63.0]
    """
    sizes = (input1.shape[-1], input2.shape[-1])
    if weight.ndim != 3 or sizes != weight.shape[1:]:
        raise ShapeError(f"bilinear expects a weight of shape (out, {sizes[0]}, {sizes[1]}), got {weight.shape}")
    if input1.shape[:-1] != input2.shape[:-1]:
        raise ShapeError(
            f"bilinear expects inputs that differ in the last axis only, got {input1.shape}, {input2.shape}"
        )
    halfway = autograd.tensordot(input1, weight, axes=((-1,), (1,)))  # (..., out, in2)
    out: Tensor = autograd.sum(halfway * autograd.expand_dims(input2, axis=-2), axis=-1)
    return out if bias is None else out + bias


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Join the axes from ``start_dim`` to ``end_dim``, both included, into one.

    >>> flatten(Tensor([[[0.0] * 4] * 3] * 2), 1).shape
    (2, 12)
    """
    if input.ndim == 0:
        return input.reshape(1)
    first, last = checked_dim(start_dim, input.ndim), checked_dim(end_dim, input.ndim)
    if first > last:
        raise ShapeError(f"flatten expects start_dim <= end_dim, got axes {first} and {last} of {input.shape}")
    return input.reshape(*input.shape[:first], math.prod(input.shape[first : last + 1]), *input.shape[last + 1 :])
