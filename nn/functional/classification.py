"""Losses of predicted classes."""

import math
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import DtypeError, ShapeError
from nn.errors import ArgumentError, TargetError

from .checks import Array, raw
from .reduction import Reduction, checked_reduction, reduced, target_like, weighted

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "nll_loss",
]


SMALLEST_LOG = -100.0  # PyTorch's bound in binary cross-entropy, so that no loss is infinite


def binary_cross_entropy(
    input: Tensor,
    target: Any,
    weight: Any = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Return ``-(target * log(input) + (1 - target) * log(1 - input))``, each logarithm at least -100.

    Args:
        input: Probabilities from 0 to 1.
        target: Labels or probabilities, of the same shape.
        weight: A factor for each entry.
        reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    >>> binary_cross_entropy(Tensor([0.0]), Tensor([1.0])).item()
    100.0
    """
    target = target_like("binary_cross_entropy", input, target)
    _check_probabilities(raw(input))
    log_of_yes = autograd.maximum(autograd.log(input), SMALLEST_LOG)
    log_of_no = autograd.maximum(autograd.log1p(-input), SMALLEST_LOG)
    return reduced(weighted((target - 1.0) * log_of_no - target * log_of_yes, weight), reduction)


def _check_probabilities(array: Array) -> None:
    if not ((array >= 0) & (array <= 1)).all():  # a NaN is refused as well
        raise ArgumentError(
            f"binary_cross_entropy expects probabilities from 0 to 1, got values from {array.min()} to "
            f"{array.max()}: apply sigmoid first, or use binary_cross_entropy_with_logits"
        )


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Any,
    weight: Any = None,
    reduction: Reduction = "mean",
    pos_weight: Any = None,
) -> Tensor:
    """Return the binary cross-entropy of ``sigmoid(input)``, exact for inputs of any size.

    ``pos_weight`` is a factor for the positive class.

    >>> binary_cross_entropy_with_logits(Tensor([800.0]), Tensor([0.0])).item()
    800.0
    """
    target = target_like("binary_cross_entropy_with_logits", input, target)
    surprise = autograd.softplus(-input)
    if pos_weight is not None:
        surprise = surprise * ((raw(pos_weight).astype(input.dtype) - 1.0) * target + 1.0)
    return reduced(weighted((1.0 - target) * input + surprise, weight), reduction)


def cross_entropy(
    input: Tensor,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Return the negative log-probability of the right classes.

    Args:
        input: Scores before softmax, of shape ``(C,)``, ``(N, C)`` or ``(N, C, d1, ...)``.
        target: Class ids of shape ``()``, ``(N,)`` or ``(N, d1, ...)``; or probabilities, shaped like input.
        weight: One factor for each class.
        ignore_index: The id of entries that do not count.
        reduction: ``"none"``, ``"mean"`` (over what counts, by weight) or ``"sum"``.
        label_smoothing: How much of the target is spread evenly over all classes, from 0 to 1.

    >>> cross_entropy(Tensor([[10000.0, 0.0]]), [1]).item()
    10000.0
    """
    if not 0.0 <= label_smoothing <= 1.0:
        raise ArgumentError(f"label_smoothing expects a number from 0 to 1, got {label_smoothing}")
    axis = _class_axis("cross_entropy", input)
    if label_smoothing == 0.0 and raw(target).dtype.kind != "f":
        checked_reduction(reduction)
        ids, factors = _classes(input, target, weight, ignore_index)
        return _summed_up(autograd.softmax_cross_entropy(input, target=ids), factors, reduction)
    log_probs = autograd.log_softmax(input, axis=axis)
    if raw(target).dtype.kind == "f":
        return _soft_cross_entropy(log_probs, target, weight, reduction, label_smoothing)
    ids, factors = _classes(log_probs, target, weight, ignore_index)
    spread = (log_probs * _class_weight(log_probs, weight)).mean(axis=axis)
    right = _picked(log_probs, ids) * factors
    smooth = right * (1.0 - label_smoothing) + spread * label_smoothing
    loss = -autograd.where(raw(target) != ignore_index, smooth, 0.0)
    return mean_by(loss, factors) if reduction == "mean" else reduced(loss, reduction)


def _soft_cross_entropy(log_probs: Tensor, target: Any, weight: Any, reduction: str, label_smoothing: float) -> Tensor:
    target = target_like("cross_entropy with probabilities", log_probs, target)
    axis = _class_axis("cross_entropy", log_probs)
    smooth = target * (1.0 - label_smoothing) + label_smoothing / log_probs.shape[axis]
    loss = -(log_probs * smooth * _class_weight(log_probs, weight)).sum(axis=axis)
    return reduced(loss, reduction)


def nll_loss(
    input: Tensor,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
) -> Tensor:
    """Return minus the log-probabilities of the right classes; arguments as in :func:`cross_entropy`.

    >>> nll_loss(Tensor([[-1.0, -2.0]]), [1]).item()
    2.0
    """
    checked_reduction(reduction)
    ids, factors = _classes(input, target, weight, ignore_index)
    return _summed_up(-_picked(input, ids), factors, reduction)


def _summed_up(surprise: Tensor, factors: Array, reduction: Reduction) -> Tensor:
    if surprise.size and (factors == 1).all():
        return reduced(surprise, reduction)
    kept = autograd.where(factors != 0, surprise, 0.0)  # an ignored entry counts 0 even where it is infinite
    loss = kept * factors
    return mean_by(loss, factors) if reduction == "mean" else reduced(loss, reduction)


def mean_by(loss: Tensor, factors: Array) -> Tensor:
    """Return the sum over the weight; NaN with gradient 0 where nothing counts, as in PyTorch (R121)."""
    weight, total = float(factors.sum()), loss.sum()
    mean: Tensor = total / weight if weight else total * 0.0 + math.nan
    return mean


def _class_axis(name: str, scores: Tensor) -> int:
    if scores.ndim == 0:
        raise ShapeError(f"{name} expects scores of shape (C,), (N, C) or (N, C, d1, ...), got a single number")
    return 0 if scores.ndim == 1 else 1


def _class_weight(scores: Tensor, weight: Any) -> Array:
    """Return one factor for each class, shaped to multiply the scores."""
    axis = _class_axis("the loss", scores)
    count = scores.shape[axis]
    factors = np.ones(count, scores.dtype) if weight is None else raw(weight).astype(scores.dtype)
    if factors.shape != (count,):
        raise ShapeError(f"weight expects one factor for each of {count} classes, got shape {factors.shape}")
    return factors.reshape([-1 if i == axis else 1 for i in range(scores.ndim)])


def _classes(scores: Tensor, target: Any, weight: Any, ignore_index: int) -> tuple[Array, Array]:
    """Return checked class ids, 0 where ignored, and the factor of each entry, 0 where ignored."""
    axis = _class_axis("the loss", scores)
    ids = raw(target)
    expected = scores.shape[:axis] + scores.shape[axis + 1 :]
    if ids.size and ids.dtype.kind not in "iu":
        raise DtypeError(f"the target expects integer class ids, got {ids.dtype}: use target.astype(np.int64)")
    if ids.shape != expected:
        raise ShapeError(f"expected class ids of shape {expected} for scores of shape {scores.shape}, got {ids.shape}")
    counted = ids != ignore_index
    ids = np.where(counted, ids, 0).astype(np.int64)
    wrong = (ids < 0) | (ids >= scores.shape[axis])
    if wrong[counted].any():
        raise TargetError(
            f"Target {ids[wrong & counted][0]} is out of bounds: expected class ids from 0 to "
            f"{scores.shape[axis] - 1}, or ignore_index={ignore_index}"
        )
    factors = counted.astype(scores.dtype)
    return ids, factors if weight is None else factors * _class_weight(scores, weight).reshape(-1)[ids]


def _picked(scores: Tensor, ids: Array) -> Tensor:
    """Return the scores of the given classes, shaped as the ids."""
    axis = _class_axis("the loss", scores)
    picked = autograd.take_along_axis(scores, np.expand_dims(ids, axis), axis=axis)
    out: Tensor = picked.reshape(*ids.shape)
    return out
