"""Losses of predicted numbers: errors, and likelihoods of counts and of normal and given distributions."""

import math
from typing import Any, Literal

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import ShapeError
from nn.errors import ArgumentError

from .checks import raw
from .reduction import Reduction, reduced, target_like

__all__ = [
    "gaussian_nll_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
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


def huber_loss(input: Tensor, target: Any, reduction: Reduction = "mean", delta: float = 1.0) -> Tensor:
    """Return half the squared difference up to ``delta``, and its tangent beyond (Huber 1964).

    With ``c`` the difference ``d`` limited to ``[-delta, delta]``, both are ``c (d - c / 2)``.

    >>> huber_loss(Tensor([0.5, 3.0]), Tensor([0.0, 0.0]), "none").data.tolist()
    [0.125, 2.5]
    """
    if delta <= 0:
        raise ArgumentError(f"huber_loss expects a delta above 0, got {delta}")
    difference = input - target_like("huber_loss", input, target)
    clipped = autograd.clip(difference, -delta, delta)
    return reduced(clipped * (difference - 0.5 * clipped), reduction)


def smooth_l1_loss(input: Tensor, target: Any, reduction: Reduction = "mean", beta: float = 1.0) -> Tensor:
    """Return :func:`huber_loss` divided by its ``delta=beta``, so that slopes are at most 1 (Girshick 2015).

    >>> smooth_l1_loss(Tensor([0.5, 3.0]), Tensor([0.0, 0.0]), "none", beta=0.5).data.tolist()
    [0.25, 2.75]
    """
    if beta < 0:
        raise ArgumentError(f"smooth_l1_loss expects a beta of at least 0, got {beta}")
    if beta == 0:
        return l1_loss(input, target, reduction)
    loss: Tensor = huber_loss(input, target, reduction, beta) / beta
    return loss


def gaussian_nll_loss(
    input: Tensor,
    target: Any,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: Reduction = "mean",
) -> Tensor:
    """Return minus the log-likelihood of ``target`` under normal distributions (Nix and Weigend 1994).

    Args:
        input: The means.
        target: What was observed; it may broadcast to the means.
        var: The variances: one number, of the means' shape, or with the last axis missing or of length one.
        full: Whether to add the constant ``log(2 pi) / 2``.
        eps: The least variance; below it counts as it, and the gradient passes through.
        reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    >>> gaussian_nll_loss(Tensor([1.0]), Tensor([3.0]), 1.0).item()
    2.0
    """
    target, var = _observed(input, target), _variances(input, var)
    low = raw(var) < eps
    var = autograd.where(low, (var - var.detach()) + eps, var)  # at least eps, with the slope 1 everywhere
    difference = input - target
    loss = 0.5 * (autograd.log(var) + difference * difference / var)
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


def _observed(input: Tensor, target: Any) -> Tensor:
    """Return the target as a tensor; it must not stretch the input, which would hide mistakes (R124)."""
    wanted = target if isinstance(target, Tensor) else Tensor(raw(target).astype(input.dtype))
    try:
        fits = np.broadcast_shapes(input.shape, wanted.shape) == input.shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(f"expected a target that broadcasts to the input's shape {input.shape}, got {wanted.shape}")
    return wanted


def _variances(input: Tensor, var: Any) -> Tensor:
    given = var if isinstance(var, Tensor) else Tensor(raw(var).astype(input.dtype))
    if (raw(given) < 0).any():
        raise ArgumentError(f"gaussian_nll_loss expects variances of at least 0, got {raw(given).min()}")
    if given.ndim and given.shape == input.shape[:-1]:
        return given.reshape(*given.shape, 1)
    alike = given.ndim == input.ndim and all(n in (1, m) for n, m in zip(given.shape, input.shape, strict=True))
    if given.shape != () and not alike:
        raise ShapeError(
            f"gaussian_nll_loss expects var of shape {input.shape}, with 1 for an axis or without the last one, "
            f"got {given.shape}"
        )
    return given


def poisson_nll_loss(
    input: Tensor,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: Reduction = "mean",
) -> Tensor:
    """Return minus the log-likelihood of the counts in ``target`` under Poisson distributions.

    Args:
        input: The logarithms of the rates, or the rates.
        target: The counts.
        log_input: Whether ``input`` are logarithms.
        full: Whether to add Stirling's formula for ``log(target!)``, where a count exceeds 1.
        eps: Added to the rates within the logarithm.
        reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    >>> poisson_nll_loss(Tensor([0.0]), Tensor([3.0])).item()
    1.0
    """
    target = target_like("poisson_nll_loss", input, target)
    loss = autograd.exp(input) - target * input if log_input else input - target * autograd.log(input + eps)
    return reduced(loss + _stirling(target) if full else loss, reduction)


def _stirling(count: Tensor) -> Any:
    """Return Stirling's approximation of the logarithm of a factorial; 0 up to 1."""
    large = raw(count) > 1
    n = autograd.where(large, count, 1.0)
    return autograd.where(large, n * autograd.log(n) - n + 0.5 * autograd.log(2 * math.pi * n), 0.0)


def kl_div(
    input: Tensor,
    target: Any,
    reduction: Literal["none", "mean", "sum", "batchmean"] = "mean",
    log_target: bool = False,
) -> Tensor:
    """Return the terms ``target * (log(target) - input)`` of the divergence of Kullback and Leibler (1951).

    Args:
        input: Log-probabilities of the model.
        target: Probabilities; where they are 0, the term is 0.
        reduction: ``"batchmean"``, the sum over the first axis' length, is the divergence itself.
        log_target: Whether the target, too, is in logarithms.

    >>> kl_div(Tensor([[0.0, 0.0]]), Tensor([[1.0, 0.0]]), "sum").item()
    0.0
    """
    target = target_like("kl_div", input, target)
    loss = autograd.exp(target) * (target - input) if log_target else autograd.xlogy(target, target) - target * input
    if reduction == "batchmean":
        total: Tensor = loss.sum() / (input.shape[0] if input.ndim else 1)
        return total
    return reduced(loss, reduction)
