"""Losses as modules, with PyTorch's names and options; each calls its function in :mod:`nn.functional`."""

from typing import Any

import numpy as np

from autograd import Tensor
from nn import functional as F
from nn.functional import Reduction
from nn.module import Module

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CTCLoss",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "NLLLoss",
    "PoissonNLLLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "TripletMarginLoss",
]


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
        return F.cross_entropy(input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing)


class SmoothL1Loss(Module):
    """Squares near zero, absolute values beyond ``beta`` (Girshick 2015); see :func:`nn.functional.smooth_l1_loss`.

    >>> SmoothL1Loss()(Tensor([0.0]), Tensor([2.0])).item()
    1.5
    """

    def __init__(self, reduction: Reduction = "mean", beta: float = 1.0) -> None:
        self.reduction = reduction
        self.beta = beta

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(Module):
    """Squares near zero, absolute values beyond ``delta`` (Huber 1964); see :func:`nn.functional.huber_loss`.

    >>> HuberLoss()(Tensor([0.0]), Tensor([2.0])).item()
    1.5
    """

    def __init__(self, reduction: Reduction = "mean", delta: float = 1.0) -> None:
        self.reduction = reduction
        self.delta = delta

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class KLDivLoss(Module):
    """The Kullback-Leibler divergence of a target from log-probabilities; see :func:`nn.functional.kl_div`.

    >>> KLDivLoss()(Tensor([0.0]), Tensor([1.0])).item()
    0.0
    """

    def __init__(self, reduction: Any = "mean", log_target: bool = False) -> None:
        self.reduction = reduction
        self.log_target = log_target

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class PoissonNLLLoss(Module):
    """The negative log-likelihood of counts; see :func:`nn.functional.poisson_nll_loss`.

    >>> PoissonNLLLoss()(Tensor([0.0]), Tensor([2.0])).item()
    1.0
    """

    def __init__(
        self, log_input: bool = True, full: bool = False, eps: float = 1e-8, reduction: Reduction = "mean"
    ) -> None:
        self.log_input = log_input
        self.full = full
        self.eps = eps
        self.reduction = reduction

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.poisson_nll_loss(
            input, target, log_input=self.log_input, full=self.full, eps=self.eps, reduction=self.reduction
        )


class GaussianNLLLoss(Module):
    """The negative log-likelihood of a normal distribution; see :func:`nn.functional.gaussian_nll_loss`.

    >>> GaussianNLLLoss()(Tensor([0.0]), Tensor([2.0]), Tensor([1.0])).item()
    2.0
    """

    def __init__(self, full: bool = False, eps: float = 1e-6, reduction: Reduction = "mean") -> None:
        self.full = full
        self.eps = eps
        self.reduction = reduction

    def forward(self, input: Tensor, target: Any, var: Any) -> Tensor:
        """Return the loss."""
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


class HingeEmbeddingLoss(Module):
    """Distances, above a margin where the target is -1; see :func:`nn.functional.hinge_embedding_loss`.

    >>> HingeEmbeddingLoss()(Tensor([3.0]), Tensor([1.0])).item()
    3.0
    """

    def __init__(self, margin: float = 1.0, reduction: Reduction = "mean") -> None:
        self.margin = margin
        self.reduction = reduction

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class SoftMarginLoss(Module):
    """``log(1 + exp(-target input))``; see :func:`nn.functional.soft_margin_loss`.

    >>> SoftMarginLoss()(Tensor([100.0]), Tensor([1.0])).item()
    0.0
    """

    def __init__(self, reduction: Reduction = "mean") -> None:
        self.reduction = reduction

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class MultiLabelMarginLoss(Module):
    """A margin between the labels of an item and all other classes; see :func:`nn.functional.multilabel_margin_loss`.

    >>> MultiLabelMarginLoss()(Tensor([[1.0, 0.0]]), [[0, -1]]).item()
    0.0
    """

    def __init__(self, reduction: Reduction = "mean") -> None:
        self.reduction = reduction

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(Module):
    """Binary cross-entropy averaged over the classes; see :func:`nn.functional.multilabel_soft_margin_loss`.

    >>> MultiLabelSoftMarginLoss()(Tensor([[100.0]]), Tensor([[1.0]])).item()
    0.0
    """

    def __init__(self, weight: Any = None, reduction: Reduction = "mean") -> None:
        self.weight = _buffer(weight)
        self.reduction = reduction

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.multilabel_soft_margin_loss(input, target, weight=self.weight, reduction=self.reduction)


class MultiMarginLoss(Module):
    """A margin between the class of an item and every other; see :func:`nn.functional.multi_margin_loss`.

    >>> MultiMarginLoss()(Tensor([[2.0, 0.0]]), [0]).item()
    0.0
    """

    def __init__(self, p: int = 1, margin: float = 1.0, weight: Any = None, reduction: Reduction = "mean") -> None:
        self.p = p
        self.margin = margin
        self.weight = _buffer(weight)
        self.reduction = reduction

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )


class MarginRankingLoss(Module):
    """A margin between two scores, in the order that the target says; see :func:`nn.functional.margin_ranking_loss`.

    >>> MarginRankingLoss()(Tensor([2.0]), Tensor([1.0]), Tensor([-1.0])).item()
    1.0
    """

    def __init__(self, margin: float = 0.0, reduction: Reduction = "mean") -> None:
        self.margin = margin
        self.reduction = reduction

    def forward(self, input1: Tensor, input2: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(Module):
    """Vectors alike where the target is 1, unlike where it is -1; see :func:`nn.functional.cosine_embedding_loss`.

    >>> CosineEmbeddingLoss()(Tensor([[1.0, 0.0]]), Tensor([[0.0, 1.0]]), Tensor([1.0])).item()
    1.0
    """

    def __init__(self, margin: float = 0.0, reduction: Reduction = "mean") -> None:
        self.margin = margin
        self.reduction = reduction

    def forward(self, input1: Tensor, input2: Tensor, target: Any) -> Tensor:
        """Return the loss."""
        return F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class TripletMarginLoss(Module):
    """A margin between the distances to a like and to an unlike example; see :func:`nn.functional.triplet_margin_loss`.

    >>> TripletMarginLoss()(Tensor([[0.0]]), Tensor([[0.0]]), Tensor([[5.0]])).item()
    0.0
    """

    def __init__(
        self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, reduction: Reduction = "mean"
    ) -> None:
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap
        self.reduction = reduction

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Return the loss."""
        options = (self.margin, self.p, self.eps, self.swap, self.reduction)
        return F.triplet_margin_loss(anchor, positive, negative, *options)


class CTCLoss(Module):
    """Connectionist temporal classification (Graves et al. 2006); see :func:`nn.functional.ctc_loss`.

    >>> log_probs = Tensor(np.log(np.full((2, 1, 2), 0.5)))
    >>> round(CTCLoss()(log_probs, [[1]], [2], [1]).item(), 4)
    0.2877
    """

    def __init__(self, blank: int = 0, reduction: Reduction = "mean", zero_infinity: bool = False) -> None:
        self.blank = blank
        self.reduction = reduction
        self.zero_infinity = zero_infinity

    def forward(self, log_probs: Tensor, targets: Any, input_lengths: Any, target_lengths: Any) -> Tensor:
        """Return the loss of log-probabilities ``(time, batch, classes)``."""
        lengths = (input_lengths, target_lengths)
        return F.ctc_loss(log_probs, targets, *lengths, self.blank, self.reduction, self.zero_infinity)
