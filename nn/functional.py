"""Layers and losses as functions, with PyTorch's names, argument order and meaning (``dim``, ``reduction``).

Everything here is a composition of the operations of :mod:`autograd`; there is no derivative in this file.
"""

import math
from typing import Any, Literal

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import DtypeError, ShapeError
from nn.errors import ArgumentError, TargetError

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "elu",
    "flatten",
    "gelu",
    "l1_loss",
    "leaky_relu",
    "linear",
    "log_softmax",
    "mse_loss",
    "nll_loss",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]

Array = np.ndarray[Any, Any]
Reduction = Literal["none", "mean", "sum"]

SMALLEST_LOG = -100.0  # PyTorch's bound in binary cross-entropy, so that no loss is infinite


# Layers


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return ``x @ weight.T + bias`` for a weight of shape ``(out, in)``.

    >>> linear(Tensor([1.0, 2.0]), Tensor([[3.0, 4.0]]), Tensor([0.5])).data.tolist()
    [11.5]
    """
    out: Tensor = autograd.linear(x, weight) if bias is None else autograd.linear(x, weight, bias)
    return out


def flatten(x: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Join the axes from ``start_dim`` to ``end_dim``, both included, into one.

    >>> flatten(Tensor(np.zeros((2, 3, 4))), 1).shape
    (2, 12)
    """
    if x.ndim == 0:
        return x.reshape(1)
    first, last = _axis(start_dim, x.ndim), _axis(end_dim, x.ndim)
    if first > last:
        raise ShapeError(f"flatten expects start_dim <= end_dim, got axes {first} and {last} of {x.shape}")
    return x.reshape(*x.shape[:first], math.prod(x.shape[first : last + 1]), *x.shape[last + 1 :])


def _axis(dim: int, ndim: int) -> int:
    if not -ndim <= dim < ndim:
        raise ShapeError(f"expected a dim from {-ndim} to {ndim - 1}, got {dim}: the input has {ndim} axes")
    return dim % ndim


# Activations


def relu(x: Tensor) -> Tensor:
    """Return ``max(x, 0)``; the gradient at 0 is 0.

    >>> relu(Tensor([-1.0, 2.0])).data.tolist()
    [0.0, 2.0]
    """
    out: Tensor = autograd.relu(x)
    return out


def sigmoid(x: Tensor) -> Tensor:
    """Return ``1 / (1 + exp(-x))``.

    >>> sigmoid(Tensor([0.0])).data.tolist()
    [0.5]
    """
    out: Tensor = autograd.sigmoid(x)
    return out


def tanh(x: Tensor) -> Tensor:
    """Return the hyperbolic tangent.

    >>> tanh(Tensor([0.0])).data.tolist()
    [0.0]
    """
    out: Tensor = autograd.tanh(x)
    return out


def silu(x: Tensor) -> Tensor:
    """Return ``x * sigmoid(x)``.

    >>> silu(Tensor([0.0])).data.tolist()
    [0.0]
    """
    out: Tensor = autograd.silu(x)
    return out


def checked_gelu(approximate: str) -> str:
    """Return ``approximate`` if it names a formula of GELU."""
    if approximate not in ("none", "tanh"):
        raise ArgumentError(f'approximate expects "none" or "tanh", got {approximate!r}')
    return approximate


def gelu(x: Tensor, approximate: str = "none") -> Tensor:
    """Return ``x`` times the normal distribution function; ``approximate="tanh"`` is the formula of GPT-2.

    >>> gelu(Tensor([0.0, 100.0])).data.tolist()
    [0.0, 100.0]
    """
    out: Tensor = autograd.gelu(x, approximate=checked_gelu(approximate))
    return out


def softplus(x: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """Return ``log(1 + exp(beta * x)) / beta``, and ``x`` itself where ``beta * x`` exceeds ``threshold``.

    >>> softplus(Tensor([100.0])).data.tolist()
    [100.0]
    """
    out: Tensor = autograd.where(x * beta > threshold, x, autograd.softplus(x, beta=beta))
    return out


def leaky_relu(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Return ``x`` where positive, ``negative_slope * x`` elsewhere.

    >>> leaky_relu(Tensor([-2.0, 2.0]), 0.5).data.tolist()
    [-1.0, 2.0]
    """
    out: Tensor = autograd.leaky_relu(x, negative_slope=negative_slope)
    return out


def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Return ``x`` where positive, ``alpha * (exp(x) - 1)`` elsewhere.

    >>> elu(Tensor([0.0, 2.0])).data.tolist()
    [0.0, 2.0]
    """
    out: Tensor = autograd.elu(x, alpha=alpha)
    return out


def softmax(x: Tensor, dim: int) -> Tensor:
    """Return positive numbers that sum to one along ``dim``.

    >>> softmax(Tensor([1.0, 1.0]), dim=0).data.tolist()
    [0.5, 0.5]
    """
    out: Tensor = autograd.softmax(x, axis=dim)
    return out


def log_softmax(x: Tensor, dim: int) -> Tensor:
    """Return the logarithm of :func:`softmax`, without loss of precision.

    >>> log_softmax(Tensor([1000.0, 0.0]), dim=0).data.tolist()
    [0.0, -1000.0]
    """
    out: Tensor = autograd.log_softmax(x, axis=dim)
    return out


# What the losses share


def _reduced(loss: Tensor, reduction: str) -> Tensor:
    if reduction == "none":
        return loss
    total: Tensor = loss.mean() if _checked_reduction(reduction) == "mean" else loss.sum()
    return total


def _checked_reduction(reduction: str) -> str:
    if reduction not in ("none", "mean", "sum"):
        raise ArgumentError(f'reduction expects "none", "mean" or "sum", got {reduction!r}')
    return reduction


def _raw(item: Any) -> Array:
    return np.asarray(item.detach() if isinstance(item, Tensor) else item)


def _target_like(name: str, scores: Tensor, target: Any) -> Tensor:
    """Return the target as a tensor of the input's shape; broadcasting would hide mistakes (R124)."""
    is_ready = isinstance(target, Tensor) and target.dtype.kind == "f"
    wanted: Tensor = target if is_ready else Tensor(_raw(target).astype(scores.dtype))
    if wanted.shape != scores.shape:
        raise ShapeError(
            f"{name} expects input and target of one shape, got {scores.shape} and {wanted.shape}: "
            "reshape one of them, for example target.reshape(input.shape)"
        )
    return wanted


# Losses


def mse_loss(input: Tensor, target: Any, reduction: Reduction = "mean") -> Tensor:
    """Return the squared differences; shapes must be equal.

    >>> mse_loss(Tensor([1.0, 2.0]), Tensor([0.0, 0.0])).item()
    2.5
    """
    difference = input - _target_like("mse_loss", input, target)
    return _reduced(difference * difference, reduction)


def l1_loss(input: Tensor, target: Any, reduction: Reduction = "mean") -> Tensor:
    """Return the absolute differences; shapes must be equal.

    >>> l1_loss(Tensor([1.0, -2.0]), Tensor([0.0, 0.0])).item()
    1.5
    """
    return _reduced(abs(input - _target_like("l1_loss", input, target)), reduction)


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
    target = _target_like("binary_cross_entropy", input, target)
    _check_probabilities(_raw(input))
    log_of_yes = autograd.maximum(autograd.log(input), SMALLEST_LOG)
    log_of_no = autograd.maximum(autograd.log1p(-input), SMALLEST_LOG)
    return _reduced(_weighted((target - 1.0) * log_of_no - target * log_of_yes, weight), reduction)


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
    target = _target_like("binary_cross_entropy_with_logits", input, target)
    surprise = autograd.softplus(-input)
    if pos_weight is not None:
        surprise = surprise * ((_raw(pos_weight).astype(input.dtype) - 1.0) * target + 1.0)
    return _reduced(_weighted((1.0 - target) * input + surprise, weight), reduction)


def _weighted(loss: Tensor, weight: Any) -> Tensor:
    return loss if weight is None else loss * _raw(weight).astype(loss.dtype)


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
    log_probs = autograd.log_softmax(input, axis=axis)
    if _raw(target).dtype.kind == "f":
        return _soft_cross_entropy(log_probs, target, weight, reduction, label_smoothing)
    if label_smoothing == 0.0:
        return nll_loss(log_probs, target, weight, ignore_index, reduction)
    ids, factors = _classes(log_probs, target, weight, ignore_index)
    spread = (log_probs * _class_weight(log_probs, weight)).mean(axis=axis)
    right = _picked(log_probs, ids) * factors
    smooth = right * (1.0 - label_smoothing) + spread * label_smoothing
    loss = -autograd.where(_raw(target) != ignore_index, smooth, 0.0)
    return _mean_by(loss, factors) if reduction == "mean" else _reduced(loss, reduction)


def _soft_cross_entropy(
    log_probs: Tensor, target: Any, weight: Any, reduction: str, label_smoothing: float
) -> Tensor:
    target = _target_like("cross_entropy with probabilities", log_probs, target)
    axis = _class_axis("cross_entropy", log_probs)
    smooth = target * (1.0 - label_smoothing) + label_smoothing / log_probs.shape[axis]
    loss = -(log_probs * smooth * _class_weight(log_probs, weight)).sum(axis=axis)
    return _reduced(loss, reduction)


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
    _checked_reduction(reduction)
    ids, factors = _classes(input, target, weight, ignore_index)
    picked = _picked(input, ids)
    if (factors == 1).all():
        return _reduced(-picked, reduction) if ids.size or reduction != "mean" else _mean_by(-picked, factors)
    kept = autograd.where(factors != 0, picked, 0.0)  # an ignored entry counts 0 even where it is infinite
    loss = -(kept * factors)
    return _mean_by(loss, factors) if reduction == "mean" else _reduced(loss, reduction)


def _mean_by(loss: Tensor, factors: Array) -> Tensor:
    """Return the sum over the weight; NaN with gradient 0 where nothing counts, as in PyTorch (R121)."""
    weight, total = float(factors.sum()), loss.sum()
    mean: Tensor = total / weight if weight else total * 0.0 + math.nan
    return mean


def _class_axis(name: str, scores: Tensor) -> int:
    if scores.ndim == 0:
        raise ShapeError(
            f"{name} expects scores of shape (C,), (N, C) or (N, C, d1, ...), got a single number"
        )
    return 0 if scores.ndim == 1 else 1


def _class_weight(scores: Tensor, weight: Any) -> Array:
    """Return one factor for each class, shaped to multiply the scores."""
    axis = _class_axis("the loss", scores)
    count = scores.shape[axis]
    factors = np.ones(count, scores.dtype) if weight is None else _raw(weight).astype(scores.dtype)
    if factors.shape != (count,):
        raise ShapeError(f"weight expects one factor for each of {count} classes, got shape {factors.shape}")
    return factors.reshape([-1 if i == axis else 1 for i in range(scores.ndim)])


def _classes(scores: Tensor, target: Any, weight: Any, ignore_index: int) -> tuple[Array, Array]:
    """Return checked class ids, 0 where ignored, and the factor of each entry, 0 where ignored."""
    axis = _class_axis("the loss", scores)
    ids = _raw(target)
    expected = scores.shape[:axis] + scores.shape[axis + 1 :]
    if ids.size and ids.dtype.kind not in "iu":
        raise DtypeError(
            f"the target expects integer class ids, got {ids.dtype}: use target.astype(np.int64)"
        )
    if ids.shape != expected:
        raise ShapeError(
            f"expected class ids of shape {expected} for scores of shape {scores.shape}, got {ids.shape}"
        )
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
