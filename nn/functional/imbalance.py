"""Losses where one class is rare: easy examples count less, or only the overlap counts."""

from typing import Any

import autograd
from autograd import Tensor
from autograd.errors import ShapeError
from nn.errors import ArgumentError

from .classification import binary_cross_entropy_with_logits
from .reduction import Reduction, reduced, target_like

__all__ = ["dice_loss", "sigmoid_focal_loss"]


def sigmoid_focal_loss(
    input: Tensor, target: Any, alpha: float = 0.25, gamma: float = 2.0, reduction: Reduction = "none"
) -> Tensor:
    """Return the binary cross-entropy of scores times ``(1 - p) ** gamma``, ``p`` the right label's probability.

    Lin and others (2017), with torchvision's names and defaults.

    Args:
        input: Scores before the sigmoid.
        target: Labels 0 and 1, or probabilities, of the same shape.
        alpha: The weight of the label 1, ``1 - alpha`` that of 0; below zero for no weights.
        gamma: How much less easy examples count; 0 for the plain cross-entropy.
        reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    >>> sigmoid_focal_loss(Tensor([0.0]), [1.0], alpha=-1.0).data.round(4).tolist()
    [0.1733]
    """
    if gamma < 0 or alpha > 1:
        raise ArgumentError(f"the focal loss expects gamma from 0 and alpha up to 1, got {gamma} and {alpha}")
    target = target_like("sigmoid_focal_loss", input, target)
    loss = binary_cross_entropy_with_logits(input, target, reduction="none")
    doubt = target * autograd.sigmoid(-input) + (1.0 - target) * autograd.sigmoid(input)
    loss = loss * doubt**gamma
    if alpha >= 0:
        loss = loss * (target * alpha + (1.0 - target) * (1.0 - alpha))
    return reduced(loss, reduction)


def dice_loss(input: Tensor, target: Any, smooth: float = 1.0, reduction: Reduction = "mean") -> Tensor:
    """Return ``1 - 2 overlap / total`` of each example, the overlap being the sum of ``input * target``.

    Milletari, Navab and Ahmadi (2016), with plain sums in the total as of Dice (1945).

    Args:
        input: Probabilities of shape ``(N, ...)``.
        target: Labels 0 and 1, or probabilities, of the same shape.
        smooth: Added above and below, so that nothing predicted where nothing is costs nothing.
        reduction: ``"none"``, ``"mean"`` or ``"sum"``, over the examples.

    >>> dice_loss(Tensor([[1.0, 0.0], [0.0, 0.0]]), [[1, 0], [1, 0]], reduction="none").data.tolist()
    [0.0, 0.5]
    """
    if input.ndim < 2:
        raise ShapeError(f"dice_loss expects probabilities of shape (N, ...), got {input.shape}")
    target = target_like("dice_loss", input, target)
    axes = tuple(range(1, input.ndim))
    overlap = autograd.sum(input * target, axis=axes)
    total = autograd.sum(input, axis=axes) + autograd.sum(target, axis=axes)
    return reduced(1.0 - (2.0 * overlap + smooth) / (total + smooth), reduction)
