"""Losses that ask for a margin: between scores, or between what is alike and what is not."""

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import DtypeError, ShapeError
from nn.errors import ArgumentError, TargetError

from .checks import Array, raw
from .distance import pairwise_distance
from .reduction import Reduction, reduced, target_like, weighted

__all__ = [
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]


def _hinge(x: Any) -> Tensor:
    """Return ``max(x, 0)`` with the slope 1 at 0, as PyTorch's clamp has it."""
    out: Tensor = autograd.clip(x, 0.0, None)
    return out


# Labels of 1 and -1


def soft_margin_loss(input: Tensor, target: Any, reduction: Reduction = "mean") -> Tensor:
    """Return ``log(1 + exp(-target * input))`` for labels of 1 and -1.

    >>> soft_margin_loss(Tensor([-1000.0]), [1]).item()
    1000.0
    """
    loss: Tensor = autograd.softplus(-target_like("soft_margin_loss", input, target) * input)
    return reduced(loss, reduction)


def hinge_embedding_loss(input: Tensor, target: Any, margin: float = 1.0, reduction: Reduction = "mean") -> Tensor:
    """Return a distance itself where the label is 1, and what it lacks of the margin where it is -1.

    >>> hinge_embedding_loss(Tensor([0.25, 0.25]), [1, -1], reduction="none").data.tolist()
    [0.25, 0.75]
    """
    label = raw(target_like("hinge_embedding_loss", input, target))
    loss = autograd.where(label != -1, input, 0.0) + autograd.where(label != 1, _hinge(margin - input), 0.0)
    return reduced(loss, reduction)


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Any, margin: float = 0.0, reduction: Reduction = "mean"
) -> Tensor:
    """Return ``1 - cosine`` of vectors that are alike (label 1), else the excess of the cosine over the margin.

    Args:
        input1: Vectors of shape ``(N, D)``, or one of shape ``(D,)``.
        input2: Of the same shape.
        target: A label of 1 or -1 for each pair.
        margin: How alike the others may be.
        reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    >>> cosine_embedding_loss(Tensor([3.0, 4.0]), Tensor([3.0, 4.0]), -1, margin=0.25).item()
    0.75
    """
    if input1.ndim not in (1, 2) or input1.shape != input2.shape or input1.shape[:-1] != np.shape(raw(target)):
        raise ShapeError(
            "cosine_embedding_loss expects two inputs (N, D) and labels (N,), or (D,) and one label, "
            f"got {input1.shape}, {input2.shape} and {np.shape(raw(target))}"
        )
    squares = [autograd.sum(autograd.square(x), axis=-1) + 1e-12 for x in (input1, input2)]  # PyTorch's constant
    cosine = autograd.sum(input1 * input2, axis=-1) * autograd.rsqrt(squares[0] * squares[1])
    label = raw(target)
    loss = autograd.where(label == 1, 1.0 - cosine, autograd.where(label == -1, _hinge(cosine - margin), 0.0))
    return reduced(loss, reduction)


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Any, margin: float = 0.0, reduction: Reduction = "mean"
) -> Tensor:
    """Return what the first score lacks of the margin over the second (label 1), or the other way round (-1).

    >>> margin_ranking_loss(Tensor([1.0]), Tensor([0.5]), [1], margin=2.0).item()
    1.5
    """
    second = target_like("margin_ranking_loss", input1, input2)
    label = target_like("margin_ranking_loss", input1, target)
    return reduced(_hinge(margin - label * (input1 - second)), reduction)


# Triplets


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: Reduction = "mean",
) -> Tensor:
    """Ask that the anchor be nearer to the positive example than to the negative one, by a margin.

    Balntas and others (2016); the distance is :func:`pairwise_distance`.

    Args:
        anchor: Vectors of shape ``(N, D)`` or ``(D,)``.
        positive: What shall be near, of the same shape.
        negative: What shall be far, of the same shape.
        margin: By how much.
        p: The order of the norm.
        eps: Added to the differences.
        swap: Whether the positive's distance to the negative counts where it is smaller.
        reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    >>> triplet_margin_loss(Tensor([0.0]), Tensor([3.0]), Tensor([1.0]), eps=0.0).item()
    3.0
    """

    def distance(x: Tensor, y: Tensor) -> Tensor:
        return pairwise_distance(x, y, p, eps)

    return triplet_margin_with_distance_loss(
        anchor, positive, negative, distance_function=distance, margin=margin, swap=swap, reduction=reduction
    )


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: Reduction = "mean",
) -> Tensor:
    """:func:`triplet_margin_loss` with a distance of one's own.

    >>> far = lambda x, y: ((x - y) ** 2).sum(axis=-1)
    >>> args = Tensor([0.0]), Tensor([3.0]), Tensor([1.0])
    >>> triplet_margin_with_distance_loss(*args, distance_function=far).item()
    9.0
    """
    if margin <= 0:
        raise ArgumentError(f"a triplet loss expects a margin above 0, got {margin}")
    if not anchor.shape == positive.shape == negative.shape:
        raise ShapeError(
            "a triplet loss expects three inputs of one shape, "
            f"got {anchor.shape}, {positive.shape} and {negative.shape}"
        )
    distance = distance_function or pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = autograd.minimum(far, distance(positive, negative))
    return reduced(_hinge(near - far + margin), reduction)


# Classes


def multi_margin_loss(
    input: Tensor,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Ask that the right class score above each other by a margin (Crammer and Singer 2001; here the mean of all).

    Args:
        input: Scores of shape ``(N, C)`` or ``(C,)``.
        target: The right class of each.
        p: The power of what is lacking, 1 or 2.
        margin: By how much.
        weight: A factor for each class.
        reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    >>> multi_margin_loss(Tensor([[0.5, 0.0, 1.0]]), [0]).data.round(2).item()
    0.67
    """
    if p not in (1, 2):
        raise ArgumentError(f"multi_margin_loss expects p to be 1 or 2, got {p}")
    scores = _rows("multi_margin_loss", input)
    count, classes = scores.shape
    ids = _right_classes(target, count, classes)
    rows = np.arange(count)
    lacking = margin - autograd.expand_dims(autograd.get_item(scores, index=(rows, ids)), axis=1) + scores
    others = ids[:, None] != np.arange(classes)
    terms = autograd.relu(lacking) * others.astype(scores.dtype)
    loss = autograd.mean(terms if p == 1 else autograd.square(terms), axis=1)
    if weight is not None:
        loss = loss * _class_factors(weight, classes, scores.dtype)[ids]
    return reduced(loss if input.ndim == 2 else autograd.reshape(loss, shape=()), reduction)


def _rows(name: str, input: Tensor) -> Tensor:
    """Return scores as a matrix; one vector is one row, and one number a row of one class."""
    if input.ndim > 2 or not all(input.shape[-1:]):
        raise ShapeError(f"{name} expects scores of shape (N, C) or (C,) with at least one class, got {input.shape}")
    out: Tensor = input if input.ndim == 2 else autograd.reshape(input, shape=(1, max(input.size, 1)))
    return out


def _right_classes(target: Any, count: int, classes: int) -> Array:
    ids = raw(target)
    if ids.dtype.kind not in "iu":
        raise DtypeError(f"the target expects integer class ids, got {ids.dtype}: use target.astype(np.int64)")
    if ids.size != count or ids.ndim > 1:
        raise ShapeError(f"expected one class id for each of {count} rows of scores, got shape {ids.shape}")
    wrong = (ids < 0) | (ids >= classes)
    if wrong.any():
        raise TargetError(f"Target {ids[wrong].flat[0]} is out of bounds: expected class ids from 0 to {classes - 1}")
    return ids.reshape(count)


def _class_factors(weight: Any, classes: int, dtype: Any) -> Array:
    factors = raw(weight).astype(dtype)
    if factors.shape != (classes,):
        raise ShapeError(f"weight expects one factor for each of {classes} classes, got shape {factors.shape}")
    return factors


def multilabel_margin_loss(input: Tensor, target: Any, reduction: Reduction = "mean") -> Tensor:
    """Ask that each right class score above each wrong one by 1.

    Args:
        input: Scores of shape ``(N, C)`` or ``(C,)``.
        target: Of the same shape: the right classes of each row, ended by -1.
        reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    >>> multilabel_margin_loss(Tensor([0.0, 0.5]), [1, -1]).item()
    0.25
    """
    scores = _rows("multilabel_margin_loss", input)
    ids = raw(target)
    if ids.shape != input.shape:
        raise ShapeError(f"multilabel_margin_loss expects a target of shape {input.shape}, got {ids.shape}")
    if ids.dtype.kind not in "iu":
        raise DtypeError(f"the target expects integer class ids, got {ids.dtype}: use target.astype(np.int64)")
    ids = ids.reshape(scores.shape)
    listed = np.logical_and.accumulate(ids >= 0, axis=1)
    if (ids[listed] >= scores.shape[1]).any():
        raise TargetError(f"Target {ids[listed].max()} is out of bounds: expected ids up to {scores.shape[1] - 1}")
    ids = np.where(listed, ids, 0)
    right = np.zeros(scores.shape, bool)
    right[np.nonzero(listed)[0], ids[listed]] = True
    counted = (listed[:, :, None] & ~right[:, None, :]).astype(scores.dtype)  # (row, right one, wrong one)
    of_right = autograd.take_along_axis(scores, indices=ids, axis=1)
    lacking = 1.0 - autograd.expand_dims(of_right, axis=2) + autograd.expand_dims(scores, axis=1)
    loss = autograd.sum(autograd.relu(lacking) * counted, axis=(1, 2)) / float(scores.shape[1])
    return reduced(loss if input.ndim == 2 else autograd.reshape(loss, shape=()), reduction)


def multilabel_soft_margin_loss(
    input: Tensor, target: Any, weight: Any = None, reduction: Reduction = "mean"
) -> Tensor:
    """Return the binary cross-entropy of scores, averaged over the classes, which are the last axis.

    >>> multilabel_soft_margin_loss(Tensor([1000.0, 0.0]), [0, 1]).data.round(2).item()
    500.35
    """
    target = target_like("multilabel_soft_margin_loss", input, target)
    loss = target * autograd.softplus(-input) + (1.0 - target) * autograd.softplus(input)
    return reduced(autograd.mean(weighted(loss, weight), axis=-1), reduction)
