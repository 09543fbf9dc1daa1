"""Losses of sequences."""

from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import DtypeError, ShapeError
from nn.errors import ArgumentError, TargetError

from .checks import Array, raw
from .reduction import Reduction, checked_reduction, reduced

__all__ = ["ctc_loss"]


def ctc_loss(
    log_probs: Tensor,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: Reduction = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Return minus the log-probability of labels whose places are unknown (Graves and others 2006).

    The gradient is that of ``log_probs`` themselves; PyTorch's holds after its ``log_softmax`` only. A sequence with
    too few frames for its labels has an infinite loss, and a gradient of 0.

    Args:
        log_probs: Of shape ``(frames, N, C)``, or ``(frames, C)`` for one sequence; from :func:`log_softmax`.
        targets: Labels of shape ``(N, labels)``, or all labels one after the other.
        input_lengths: The number of frames of each sequence.
        target_lengths: The number of labels of each sequence.
        blank: The class that stands for no label.
        reduction: ``"none"``, ``"mean"`` (of the losses divided by the number of labels) or ``"sum"``.
        zero_infinity: Whether an infinite loss counts 0.

    >>> log_probs = Tensor([[[0.5, 0.5]], [[0.5, 0.5]]]).log()
    >>> ctc_loss(log_probs, [[1]], [2], [1]).exp().data.round(4).item()
    1.3333
    """
    checked_reduction(reduction)
    if log_probs.ndim not in (2, 3):
        raise ShapeError(f"ctc_loss expects log_probs of shape (frames, N, C) or (frames, C), got {log_probs.shape}")
    batched = log_probs.ndim == 3
    scores = log_probs if batched else autograd.expand_dims(log_probs, axis=1)
    frames, batch, classes = scores.shape
    if not 0 <= blank < classes:
        raise ArgumentError(f"blank expects a class id from 0 to {classes - 1}, got {blank}")
    inputs = _lengths("input_lengths", input_lengths, batch, frames)
    lengths = _lengths("target_lengths", target_lengths, batch, None)
    labels = _labels(targets, lengths, classes)
    loss = autograd.ctc(scores, targets=labels, input_lengths=inputs, target_lengths=lengths, blank=blank)
    if zero_infinity:
        loss = autograd.where(np.isinf(raw(loss)), 0.0, loss)
    if reduction == "mean":
        loss = loss / np.maximum(lengths, 1).astype(loss.dtype)
    return reduced(loss if batched else autograd.reshape(loss, shape=()), reduction)


def _lengths(name: str, given: Any, batch: int, most: int | None) -> Array:
    lengths = raw(given).reshape(-1)
    if lengths.dtype.kind not in "iu" and lengths.size:
        raise DtypeError(f"{name} expects integers, got {lengths.dtype}")
    if lengths.size != batch:
        raise ShapeError(f"{name} expects one length for each of {batch} sequences, got {lengths.size}")
    if (lengths < 0).any() or (most is not None and (lengths > most).any()):
        raise ArgumentError(f"{name} expects lengths from 0 to {most}, got {lengths.tolist()}")
    return lengths


def _labels(targets: Any, lengths: Array, classes: int) -> Array:
    """Return the labels in rows, those of one after the other included, checked as far as they are read."""
    labels = raw(targets)
    if labels.dtype.kind not in "iu" and labels.size:
        raise DtypeError(f"ctc_loss expects integer labels, got {labels.dtype}: use targets.astype(np.int64)")
    longest = int(lengths.max(initial=0))
    read = np.arange(longest) < lengths[:, None]
    rows = np.zeros(read.shape, np.int64)
    if labels.ndim == 1 and labels.size == lengths.sum():
        rows[read] = labels
    elif labels.ndim == 2 and len(labels) == len(lengths) and labels.shape[1] >= longest:
        rows[read] = labels[:, :longest][read]
    else:
        raise ShapeError(
            f"ctc_loss expects labels of shape ({len(lengths)}, {longest} or more), or ({lengths.sum()},) one after "
            f"the other, got {labels.shape}"
        )
    if ((rows < 0) | (rows >= classes)).any():
        raise TargetError(f"expected labels from 0 to {classes - 1}, got {rows.min()} to {rows.max()}")
    return rows
