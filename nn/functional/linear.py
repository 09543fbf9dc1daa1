"""Linear maps, and what only changes a shape."""

import math

import autograd
from autograd import Tensor
from autograd.errors import ShapeError

__all__ = [
    "flatten",
    "linear",
]


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return ``x @ weight.T + bias`` for a weight of shape ``(out, in)``.

    >>> linear(Tensor([1.0, 2.0]), Tensor([[3.0, 4.0]]), Tensor([0.5])).data.tolist()
    [11.5]
    """
    out: Tensor = autograd.linear(x, weight) if bias is None else autograd.linear(x, weight, bias)
    return out


def flatten(x: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Join the axes from ``start_dim`` to ``end_dim``, both included, into one.

    >>> flatten(Tensor([[[0.0] * 4] * 3] * 2), 1).shape
    (2, 12)
    """
    if x.ndim == 0:
        return x.reshape(1)
    first, last = _axis(start_dim, x.ndim), _axis(end_dim, x.ndim)
    if first > last:
        raise ShapeError(f"flatten expects start_dim <= end_dim, got axes {first} and {last} of {x.shape}")
    return x.reshape(*x.shape[:first], math.prod(x.shape[first : last + 1]), *x.shape[last + 1 :])


def _axis(dim: int, ndim: int) -> int:
    if not -ndim <= dim < ndim:
        raise ShapeError(f"expected a dim from {-ndim} to {ndim - 1}, got {dim}: the input has {ndim} axes")
    return dim % ndim
