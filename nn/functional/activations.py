"""Activation functions."""

import autograd
from autograd import Tensor
from nn.errors import ArgumentError

__all__ = [
    "checked_gelu",
    "elu",
    "gelu",
    "leaky_relu",
    "log_softmax",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]


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
