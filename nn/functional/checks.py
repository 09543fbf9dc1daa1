"""What the functions share: axes, plain numbers, options that have no meaning here."""

from typing import Any

import numpy as np

from autograd import Tensor
from autograd.errors import ShapeError
from nn.errors import ArgumentError

__all__ = ["Array", "checked_dim", "raw", "refuse_inplace"]

Array = np.ndarray[Any, Any]


def raw(item: Any) -> Array:
    """Return the numbers of a tensor, an array or a list."""
    return np.asarray(item.detach() if isinstance(item, Tensor) else item)


def checked_dim(dim: int, ndim: int) -> int:
    """Return the axis counted from the front; a single number counts as one axis, as in PyTorch."""
    axes = max(ndim, 1)
    if not -axes <= dim < axes:
        raise ShapeError(f"expected a dim from {-axes} to {axes - 1}, got {dim}: the input has {ndim} axes")
    return dim % axes


def refuse_inplace(inplace: bool) -> None:
    """Raise if asked to overwrite the input."""
    if inplace:
        raise ArgumentError("expected inplace=False, got True: the graph keeps its tensors; use what is returned")
