"""Further activations, written in operations: exact at any order, and drawn as what they are made of."""

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..node import Node
from .elementwise import absolute, clip, elu, leaky_relu, relu6, sigmoid, tanh, where
from .indexing import get_item
from .shape import reshape

__all__ = [
    "celu",
    "glu",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "prelu",
    "rrelu",
    "selu",
    "softshrink",
    "tanhshrink",
    "threshold",
]

_SELU_ALPHA = 1.6732632423543772  # the fixed point of mean 0 and variance 1 (Klambauer et al. 2017, appendix A)
_SELU_SCALE = 1.0507009873554805


def _shape(x: Any) -> tuple[int, ...]:
    return np.shape(x.payload if isinstance(x, Node) else x)


def celu(x: Any, alpha: float = 1.0) -> Any:
    """Continuously differentiable exponential linear unit (Barron 2017), ``alpha elu(x / alpha)``.

    >>> float(celu(-1000.0, alpha=2.0))
    -2.0
    """
    return alpha * elu(x / alpha)


def selu(x: Any) -> Any:
    """Self-normalising exponential linear unit (Klambauer et al. 2017).

    >>> float(selu(0.0))
    0.0
    """
    return _SELU_SCALE * elu(x, alpha=_SELU_ALPHA)


def hardsigmoid(x: Any) -> Any:
    """Piecewise linear logistic function, ``relu6(x + 3) / 6``; slope 0 at both kinks.

    >>> float(hardsigmoid(0.0))
    0.5
    """
    return relu6(x + 3.0) / 6.0


def hardswish(x: Any) -> Any:
    """Product of ``x`` and its hard sigmoid (Howard et al. 2019).

    >>> float(hardswish(3.0))
    3.0
    """
    return x * relu6(x + 3.0) / 6.0


def hardshrink(x: Any, lambd: float = 0.5) -> Any:
    """Return ``x`` outside of ``[-lambd, lambd]``, zero inside.

    >>> float(hardshrink(0.25))
    0.0
    """
    return where(absolute(x) <= lambd, 0.0, x)


def softshrink(x: Any, lambd: float = 0.5) -> Any:
    """Move ``x`` towards zero by at most ``lambd``; slope 0 at both kinks.

    >>> float(softshrink(-2.0))
    -1.5
    """
    if lambd < 0:
        raise ValueError(f"expected lambd to be at least 0, got {lambd}")
    return x - clip(x, -lambd, lambd)


def tanhshrink(x: Any) -> Any:
    """Return ``x - tanh(x)``.

    >>> float(tanhshrink(0.0))
    0.0
    """
    return x - tanh(x)


def threshold(x: Any, threshold: float, value: float) -> Any:
    """Return ``x`` above the threshold, ``value`` elsewhere.

    >>> float(threshold(0.5, 1.0, 20.0))
    20.0
    """
    return where(x <= threshold, value, x)


def prelu(x: Any, weight: Any) -> Any:
    """Rectifier with a learnt slope below zero: one for all, or one for each channel along axis 1 (He et al. 2015).

    Raises:
        ShapeError: The number of slopes is neither 1 nor the number of channels.

    >>> float(prelu(-2.0, 0.25))
    -0.5
    """
    shape, slopes = _shape(x), _shape(weight)
    if len(slopes) == 1:
        channels = shape[1] if len(shape) > 1 else 1
        if slopes[0] not in (1, channels):
            raise ShapeError(f"expected 1 slope or {channels}, one for each channel of {shape}, got {slopes[0]}")
        spread = (slopes[0],) + (1,) * (len(shape) - 2) if len(shape) > 1 else (1,) * len(shape)
        weight = reshape(weight, shape=spread)
    return where(x > 0, x, weight * x)


def rrelu(x: Any, lower: float = 1.0 / 8.0, upper: float = 1.0 / 3.0) -> Any:
    """Leaky rectifier with the mean slope that evaluation uses; drawing slopes in training is up to a module.

    >>> float(rrelu(-1.0, lower=0.25, upper=0.75))
    -0.5

    Raises:
        ValueError: ``lower`` lies above ``upper``.
    """
    if lower > upper:
        raise ValueError(f"expected lower <= upper in rrelu, got {lower} and {upper}; swap them")
    return leaky_relu(x, negative_slope=0.5 * (lower + upper))


def glu(x: Any, axis: int = -1) -> Any:
    """Gated linear unit (Dauphin et al. 2017): the first half times the sigmoid of the second.

    Raises:
        ShapeError: The axis is of odd length, or there is none.

    >>> glu(np.array([2.0, 0.0]))
    array([1.])
    """
    shape = _shape(x)
    if not shape or shape[axis] % 2:
        raise ShapeError(f"expected an even length along axis {axis}, got shape {shape}")
    before, half = (slice(None),) * (axis % len(shape)), shape[axis] // 2
    return get_item(x, index=(*before, slice(half))) * sigmoid(get_item(x, index=(*before, slice(half, None))))
