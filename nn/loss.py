"""Losses as modules, with PyTorch's names and options; each calls its function in :mod:`nn.functional`."""

from typing import Any

import numpy as np

from autograd import Tensor
from nn import functional as F
from nn.functional import Reduction
from nn.module import Module

__all__ = ["BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "L1Loss", "MSELoss", "NLLLoss"]


def _buffer(weight: Any) -> Tensor | None:
    """Return the weight as a tensor, so that it is saved with the module."""
    if weight is None or isinstance(weight, Tensor):
        return weight
    return Tensor(np.asarray(weight) if isinstance(weight, np.ndarray) else weight)


class MSELoss(Module):
    """The mean squared error; see :func:`nn.functional.mse_loss`.

    >>> MSELoss()(Tensor([1.0, 2.0]), Tensor([0.0, 0.0])).item()
    2.5
    """

    def __init__(self, reduction: Reduction = "mean") -> None:
        self.reduction = reduction

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.mse_loss(input, target, self.reduction)


class L1Loss(Module):
    """The mean absolute error; see :func:`nn.functional.l1_loss`.

    >>> L1Loss()(Tensor([1.0, -2.0]), Tensor([0.0, 0.0])).item()
    1.5
    """

    def __init__(self, reduction: Reduction = "mean") -> None:
        self.reduction = reduction

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.l1_loss(input, target, self.reduction)


class BCELoss(Module):
    """The cross-entropy of probabilities; see :func:`nn.functional.binary_cross_entropy`.

    >>> round(BCELoss()(Tensor([0.5]), Tensor([1.0])).item(), 4)
    0.6931
    """

    def __init__(self, weight: Any = None, reduction: Reduction = "mean") -> None:
        self.weight = _buffer(weight)
        self.reduction = reduction

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.binary_cross_entropy(input, target, self.weight, self.reduction)


class BCEWithLogitsLoss(Module):
    """The cross-entropy of scores; see :func:`nn.functional.binary_cross_entropy_with_logits`.

    >>> round(BCEWithLogitsLoss()(Tensor([0.0]), Tensor([1.0])).item(), 4)
    0.6931
    """

    def __init__(self, weight: Any = None, reduction: Reduction = "mean", pos_weight: Any = None) -> None:
        self.weight = _buffer(weight)
        self.pos_weight = _buffer(pos_weight)
        self.reduction = reduction

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.binary_cross_entropy_with_logits(input, target, self.weight, self.reduction, self.pos_weight)


class NLLLoss(Module):
    """Minus the log-probability of the right class; see :func:`nn.functional.nll_loss`.

    >>> NLLLoss()(Tensor([[-1.0, -2.0]]), [1]).item()
    2.0
    """

    def __init__(self, weight: Any = None, ignore_index: int = -100, reduction: Reduction = "mean") -> None:
        self.weight = _buffer(weight)
        self.ignore_index = ignore_index
        self.reduction = reduction

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


class CrossEntropyLoss(Module):
    """Softmax and negative log-likelihood in one; see :func:`nn.functional.cross_entropy`.

    >>> CrossEntropyLoss()(Tensor([[10000.0, 0.0]]), [1]).item()
    10000.0
    """

    def __init__(
        self,
        weight: Any = None,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        self.weight = _buffer(weight)
        self.ignore_index = ignore_index
        self.reduction = reduction
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.cross_entropy(
            input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing
        )
