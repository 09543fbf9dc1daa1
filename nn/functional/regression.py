"""Losses of predicted numbers."""

from typing import Any

from autograd import Tensor

from .reduction import Reduction, reduced, target_like

__all__ = [
    "l1_loss",
    "mse_loss",
]


def mse_loss(input: Tensor, target: Any, reduction: Reduction = "mean") -> Tensor:
    """Return the squared differences; shapes must be equal.

    >>> mse_loss(Tensor([1.0, 2.0]), Tensor([0.0, 0.0])).item()
    2.5
    """
    difference = input - target_like("mse_loss", input, target)
    return reduced(difference * difference, reduction)


def l1_loss(input: Tensor, target: Any, reduction: Reduction = "mean") -> Tensor:
    """Return the absolute differences; shapes must be equal.

    >>> l1_loss(Tensor([1.0, -2.0]), Tensor([0.0, 0.0])).item()
    1.5
    """
    return reduced(abs(input - target_like("l1_loss", input, target)), reduction)
