"""What the losses share: how they are summed up, weighted, and what their targets must be."""

from typing import Any, Literal

from autograd import Tensor
from autograd.errors import ShapeError
from nn.errors import ArgumentError

from .checks import raw

__all__ = ["Reduction", "checked_reduction", "reduced", "target_like", "weighted"]

Reduction = Literal["none", "mean", "sum"]


def reduced(loss: Tensor, reduction: str) -> Tensor:
    """Return the losses as they are, their mean or their sum."""
    if reduction == "none":
        return loss
    total: Tensor = loss.mean() if checked_reduction(reduction) == "mean" else loss.sum()
    return total


def checked_reduction(reduction: str) -> str:
    """Return ``reduction`` if it is one of the three."""
    if reduction not in ("none", "mean", "sum"):
        raise ArgumentError(f'reduction expects "none", "mean" or "sum", got {reduction!r}')
    return reduction


def target_like(name: str, scores: Tensor, target: Any) -> Tensor:
    """Return the target as a tensor of the input's shape; broadcasting would hide mistakes (R124)."""
    is_ready = isinstance(target, Tensor) and target.dtype.kind in "fc"
    wanted: Tensor = target if is_ready else Tensor(raw(target).astype(scores.dtype))
    if wanted.shape != scores.shape:
        raise ShapeError(
            f"{name} expects input and target of one shape, got {scores.shape} and {wanted.shape}: "
            "reshape one of them, for example target.reshape(input.shape)"
        )
    return wanted


def weighted(loss: Tensor, weight: Any) -> Tensor:
    """Return the losses times their factors, if there are any."""
    return loss if weight is None else loss * raw(weight).astype(loss.dtype)
