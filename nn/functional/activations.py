"""Activation functions.

``inplace`` stands in PyTorch's place and is refused when true: a recorded tensor is never overwritten.
"""

from typing import Any

import numpy as np

import autograd
from autograd import Tensor, default_rng
from nn.errors import ArgumentError

from .checks import checked_dim, raw, refuse_inplace

__all__ = [
    "celu",
    "checked_gelu",
    "elu",
    "gelu",
    "glu",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "rrelu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
]


def checked_gelu(approximate: str) -> str:
    """Return ``approximate`` if it names a formula of GELU."""
    if approximate not in ("none", "tanh"):
        raise ArgumentError(f'approximate expects "none" or "tanh", got {approximate!r}')
    return approximate


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return ``max(input, 0)``; the gradient at 0 is 0.

    >>> relu(Tensor([-1.0, 2.0])).data.tolist()
    [0.0, 2.0]
    """
    refuse_inplace(inplace)
    out: Tensor = autograd.relu(input)
    return out


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """Return ``min(max(input, 0), 6)``.

    >>> relu6(Tensor([-1.0, 9.0])).data.tolist()
    [0.0, 6.0]
    """
    refuse_inplace(inplace)
    out: Tensor = autograd.relu6(input)
    return out


def sigmoid(input: Tensor) -> Tensor:
    """Return ``1 / (1 + exp(-input))``.

    >>> sigmoid(Tensor([0.0])).data.tolist()
    [0.5]
    """
    out: Tensor = autograd.sigmoid(input)
    return out


def logsigmoid(input: Tensor) -> Tensor:
    """Return the logarithm of :func:`sigmoid`, without loss of precision.

    >>> logsigmoid(Tensor([-1000.0])).data.tolist()
    [-1000.0]
    """
    out: Tensor = autograd.logsigmoid(input)
    return out


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """Return ``relu6(input + 3) / 6``.

    >>> hardsigmoid(Tensor([0.0, 4.0])).data.tolist()
    [0.5, 1.0]
    """
    refuse_inplace(inplace)
    out: Tensor = autograd.hardsigmoid(input)
    return out


def tanh(input: Tensor) -> Tensor:
    """Return the hyperbolic tangent.

    >>> tanh(Tensor([0.0])).data.tolist()
    [0.0]
    """
    out: Tensor = autograd.tanh(input)
    return out


def tanhshrink(input: Tensor) -> Tensor:
    """Return ``input - tanh(input)``.

    >>> tanhshrink(Tensor([0.0])).data.tolist()
    [0.0]
    """
    out: Tensor = autograd.tanhshrink(input)
    return out


def softsign(input: Tensor) -> Tensor:
    """Return ``input / (1 + abs(input))``.

    >>> softsign(Tensor([-1.0, 0.0])).data.tolist()
    [-0.5, 0.0]
    """
    out: Tensor = autograd.softsign(input)
    return out


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return ``input * sigmoid(input)``.

    >>> silu(Tensor([0.0])).data.tolist()
    [0.0]
    """
    refuse_inplace(inplace)
    out: Tensor = autograd.silu(input)
    return out


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """Return ``input * tanh(softplus(input))``.

    >>> mish(Tensor([0.0])).data.tolist()
    [0.0]
    """
    refuse_inplace(inplace)
    out: Tensor = autograd.mish(input)
    return out


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """Return ``input * hardsigmoid(input)``.

    >>> hardswish(Tensor([-3.0, 3.0])).data.tolist()
    [0.0, 3.0]
    """
    refuse_inplace(inplace)
    out: Tensor = autograd.hardswish(input)
    return out


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """Return ``input`` times the normal distribution function; ``approximate="tanh"`` is the formula of GPT-2.

    >>> gelu(Tensor([0.0, 100.0])).data.tolist()
    [0.0, 100.0]
    """
    out: Tensor = autograd.gelu(input, approximate=checked_gelu(approximate))
    return out


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """Return ``log(1 + exp(beta * input)) / beta``, and ``input`` itself where ``beta * input`` exceeds ``threshold``.

    >>> softplus(Tensor([100.0])).data.tolist()
    [100.0]
    """
    out: Tensor = autograd.where(input * beta > threshold, input, autograd.softplus(input, beta=beta))
    return out


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """Return ``input`` where positive, ``negative_slope * input`` elsewhere.

    >>> leaky_relu(Tensor([-2.0, 2.0]), 0.5).data.tolist()
    [-1.0, 2.0]
    """
    refuse_inplace(inplace)
    out: Tensor = autograd.leaky_relu(input, negative_slope=negative_slope)
    return out


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Return ``input`` where positive, ``alpha * (exp(input) - 1)`` elsewhere.

    >>> elu(Tensor([0.0, 2.0])).data.tolist()
    [0.0, 2.0]
    """
    refuse_inplace(inplace)
    out: Tensor = autograd.elu(input, alpha=alpha)
    return out


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Return ``alpha * elu(input / alpha)``, smooth for every ``alpha``.

    >>> celu(Tensor([0.0, 2.0]), 0.5).data.tolist()
    [0.0, 2.0]
    """
    refuse_inplace(inplace)
    out: Tensor = autograd.celu(input, alpha)
    return out


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return the self-normalising :func:`elu` of Klambauer and others (2017).

    >>> selu(Tensor([0.0])).data.tolist()
    [0.0]
    """
    refuse_inplace(inplace)
    out: Tensor = autograd.selu(input)
    return out


def prelu(input: Tensor, weight: Any) -> Tensor:
    """Return ``input`` where positive, ``weight * input`` elsewhere, with one slope or one for each channel.

    >>> prelu(Tensor([-2.0, 2.0]), Tensor([0.5])).data.tolist()
    [-1.0, 2.0]
    """
    out: Tensor = autograd.prelu(input, weight)
    return out


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """Return ``input`` above the threshold, ``value`` elsewhere.

    >>> threshold(Tensor([0.5, 2.0]), 1.0, 20.0).data.tolist()
    [20.0, 2.0]
    """
    refuse_inplace(inplace)
    out: Tensor = autograd.threshold(input, threshold, value)
    return out


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Return ``input`` outside of ``[-lambd, lambd]``, zero inside.

    >>> hardshrink(Tensor([0.25, 2.0])).data.tolist()
    [0.0, 2.0]
    """
    out: Tensor = autograd.hardshrink(input, lambd)
    return out


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Return ``input``, moved towards zero by at most ``lambd``.

    >>> softshrink(Tensor([0.25, 2.0])).data.tolist()
    [0.0, 1.5]
    """
    out: Tensor = autograd.softshrink(input, lambd)
    return out


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """Return the first half along ``dim`` times the sigmoid of the second (Dauphin and others 2017).

    >>> glu(Tensor([2.0, 0.0])).data.tolist()
    [1.0]
    """
    out: Tensor = autograd.glu(input, dim)
    return out


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """Return ``input`` limited to an interval; the gradient at its edges is 0.

    >>> hardtanh(Tensor([-3.0, 0.5]), -2.0, 2.0).data.tolist()
    [-2.0, 0.5]
    """
    refuse_inplace(inplace)
    if min_val > max_val:
        raise ArgumentError(f"hardtanh expects min_val <= max_val, got {min_val} and {max_val}: swap them")
    numbers = raw(input)
    inside = (numbers > min_val) & (numbers < max_val)
    out: Tensor = autograd.where(inside, input, np.clip(numbers, min_val, max_val))
    return out


def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8.0,
    upper: float = 1.0 / 3.0,
    training: bool = False,
    inplace: bool = False,
    rng: "np.random.Generator | None" = None,
) -> Tensor:
    """Return :func:`leaky_relu` with a slope drawn for each entry in training, and the mean slope otherwise.

    >>> rrelu(Tensor([-1.0, 2.0]), 0.25, 0.75).data.tolist()
    [-0.5, 2.0]
    """
    refuse_inplace(inplace)
    if lower > upper:
        raise ArgumentError(f"rrelu expects lower <= upper, got {lower} and {upper}: swap them")
    if not training:
        return leaky_relu(input, 0.5 * (lower + upper))
    slopes = (rng or default_rng()).uniform(lower, upper, input.shape).astype(input.dtype)
    out: Tensor = autograd.where(input > 0, input, input * slopes)
    return out


def softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """Return positive numbers that sum to one along ``dim``, computed in ``dtype``.

    A row of nothing but minus infinity gives zeros.

    >>> softmax(Tensor([1.0, 1.0]), dim=0).data.tolist()
    [0.5, 0.5]
    """
    out: Tensor = autograd.softmax(_in_dtype(input, dtype), axis=checked_dim(dim, input.ndim))
    return out


def softmin(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """Return :func:`softmax` of ``-input``.

    >>> softmin(Tensor([1.0, 1.0]), dim=0).data.tolist()
    [0.5, 0.5]
    """
    return softmax(-input, dim, dtype)


def log_softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """Return the logarithm of :func:`softmax`, without loss of precision, computed in ``dtype``.

    >>> log_softmax(Tensor([1000.0, 0.0]), dim=0).data.tolist()
    [0.0, -1000.0]
    """
    out: Tensor = autograd.log_softmax(_in_dtype(input, dtype), axis=checked_dim(dim, input.ndim))
    return out


def _in_dtype(input: Tensor, dtype: Any) -> Tensor:
    out: Tensor = input if dtype is None else autograd.astype(input, dtype=dtype)
    return out


def gumbel_softmax(
    logits: Tensor, tau: float = 1.0, hard: bool = False, dim: int = -1, rng: "np.random.Generator | None" = None
) -> Tensor:
    """Return a random, differentiable choice along ``dim`` (Jang and others 2017; Maddison and others 2017).

    Args:
        logits: Unnormalised log-probabilities.
        tau: The temperature; the smaller, the closer to a choice of one.
        hard: Return the choice as zeros and a one, with the gradient of the soft choice.
        dim: The axis of the choices.
        rng: Where to draw from.

    >>> gumbel_softmax(Tensor([100.0, 0.0]), hard=True).data.tolist()
    [1.0, 0.0]
    """
    if tau <= 0:
        raise ArgumentError(f"gumbel_softmax expects a temperature above 0, got {tau}")
    noise = (rng or default_rng()).gumbel(size=logits.shape).astype(logits.dtype)
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    chosen = np.zeros(soft.shape, soft.dtype)
    np.put_along_axis(chosen, np.argmax(raw(soft), axis=dim, keepdims=True), 1.0, axis=dim)
    straight: Tensor = (soft - soft.detach()) + Tensor(chosen)
    return straight
