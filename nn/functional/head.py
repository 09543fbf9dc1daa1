"""A linear map to scores and their cross-entropy in one: the head of a language model."""

from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd
from autograd import Tensor, checkpoint
from autograd.errors import ShapeError
from nn.errors import ArgumentError

from .checks import raw
from .classification import cross_entropy, mean_by
from .reduction import Reduction, checked_reduction

__all__ = ["LinearCrossEntropyOptions", "linear_cross_entropy"]


@dataclass(frozen=True)
class LinearCrossEntropyOptions:
    """Work through the examples in chunks, so that no more than a chunk's scores are in memory at a time.

    The scores are computed again in the backward pass.

    Attributes:
        batch_chunk_size: How many examples make a chunk.
    """

    batch_chunk_size: int = 1024


def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Any,
    *,
    linear_bias: Tensor | None = None,
    weight: Any = None,
    reduction: Reduction = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: LinearCrossEntropyOptions | None = None,
) -> Tensor:
    """Return the :func:`cross_entropy` of the scores that a linear map gives.

    Args:
        input: Of shape ``(N, in)`` or ``(in,)``.
        linear_weight: Of shape ``(C, in)``; or ``(C, d1, ..., in)`` for several scores of each example.
        target: As in :func:`cross_entropy`.
        linear_bias: Of the weight's shape without its last axis.
        weight: One factor for each class.
        reduction: ``"none"``, ``"mean"`` or ``"sum"``.
        ignore_index: The class id of entries that do not count, -100 when not given.
        label_smoothing: How much of the target is spread evenly over all classes, from 0 to 1.
        options: How to work in chunks, which saves memory and changes nothing else.

    >>> linear_cross_entropy(Tensor([1.0]), Tensor([[1000.0], [0.0]]), 1).item()
    1000.0
    """
    _check(input, linear_weight, linear_bias)
    if ignore_index is not None and raw(target).dtype.kind == "f":
        raise ArgumentError("ignore_index goes with class ids, but the target holds probabilities: leave it out")
    ignored = -100 if ignore_index is None else ignore_index

    def loss(x: Tensor, w: Tensor, b: Tensor | None, y: Any, how: Reduction) -> Tensor:
        scores = autograd.tensordot(x, w, axes=((-1,), (-1,)))
        return cross_entropy(scores if b is None else scores + b, y, weight, ignored, how, label_smoothing)

    if options is None or input.ndim == 1 or not input.size:
        return loss(input, linear_weight, linear_bias, target, reduction)
    rows = [slice(i, i + options.batch_chunk_size) for i in range(0, input.shape[0], options.batch_chunk_size)]
    target = target if isinstance(target, Tensor) else raw(target)
    each: Reduction = "none" if checked_reduction(reduction) == "none" else "sum"
    pieces = [checkpoint(loss, input[part], linear_weight, linear_bias, target[part], each) for part in rows]
    if reduction == "none":
        joined: Tensor = autograd.concatenate(pieces)
        return joined
    total: Tensor = autograd.sum(autograd.stack(pieces))
    if reduction == "sum":
        return total
    return mean_by(total, _counted(linear_weight.shape[0], target, weight, ignored))


def _check(input: Tensor, linear_weight: Tensor, linear_bias: Tensor | None) -> None:
    if input.ndim not in (1, 2) or linear_weight.ndim < 2 or linear_weight.shape[-1] != input.shape[-1]:
        raise ShapeError(
            "linear_cross_entropy expects an input (N, in) or (in,) and a weight (C, ..., in), "
            f"got {input.shape} and {linear_weight.shape}"
        )
    if input.ndim == 1 and linear_weight.ndim > 2:
        raise ShapeError(f"a weight (C, d1, ..., in) expects an input (N, in), got {input.shape}")
    if linear_bias is not None and linear_bias.shape != linear_weight.shape[:-1]:
        raise ShapeError(f"linear_bias expects shape {linear_weight.shape[:-1]}, got {linear_bias.shape}")


def _counted(classes: int, target: Any, weight: Any, ignored: int) -> Any:
    """Return the weight that each entry has in the mean, as :func:`cross_entropy` has it."""
    given = raw(target)
    if given.dtype.kind == "f":
        return np.ones(given.size // classes)
    counted = given != ignored
    return counted if weight is None else raw(weight)[np.where(counted, given, 0)] * counted
