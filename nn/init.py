"""Starting values. Every function fills a tensor in place and returns it, as in ``torch.nn.init``.

``fan_in`` is the number of inputs to one unit, ``fan_out`` the number of units one input feeds; a weight has
the shape ``(out, in, *kernel)``. Random numbers come from ``rng``, or from the library's generator.
"""

import math
from typing import Any, Literal, TypeVar

import numpy as np

from autograd import Tensor, default_rng
from autograd.errors import ShapeError
from nn.errors import ArgumentError

__all__ = [
    "calculate_gain",
    "constant_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

T = TypeVar("T", bound=Tensor)
Mode = Literal["fan_in", "fan_out"]

_GAINS = {
    "linear": 1.0,
    "conv1d": 1.0,
    "conv2d": 1.0,
    "conv3d": 1.0,
    "sigmoid": 1.0,
    "tanh": 5.0 / 3.0,
    "relu": math.sqrt(2.0),
    "selu": 0.75,
}


def _fill(tensor: T, numbers: Any) -> T:
    tensor.data = np.asarray(numbers, dtype=tensor.dtype)
    return tensor


def _fans(tensor: Tensor) -> tuple[int, int]:
    if tensor.ndim < 2:
        raise ShapeError(
            f"fan in and fan out need a weight of shape (out, in, *kernel), got shape {tensor.shape}: "
            "use uniform_ or zeros_ for a bias"
        )
    kernel = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel


def _fan(tensor: Tensor, mode: str) -> int:
    if mode not in ("fan_in", "fan_out"):
        raise ArgumentError(f'mode expects "fan_in" or "fan_out", got {mode!r}')
    fan_in, fan_out = _fans(tensor)
    return fan_in if mode == "fan_in" else fan_out


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the factor that keeps the size of signals through ``nonlinearity``.

    ``param`` is the slope of ``"leaky_relu"``, 0.01 when not given.

    >>> round(calculate_gain("relu"), 4), round(calculate_gain("leaky_relu", 1.0), 4)
    (1.4142, 1.0)
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        return math.sqrt(2.0 / (1.0 + slope**2))
    if nonlinearity not in _GAINS:
        known = ", ".join(sorted([*_GAINS, "leaky_relu"]))
        raise ArgumentError(
            f"calculate_gain knows {known}, got {nonlinearity!r}: multiply by a gain of your own"
        )
    return _GAINS[nonlinearity]


def uniform_(tensor: T, a: float = 0.0, b: float = 1.0, rng: "np.random.Generator | None" = None) -> T:
    """Fill with numbers drawn evenly from ``a`` to ``b``.

    >>> from autograd import Tensor
    >>> bool((uniform_(Tensor([0.0] * 9), 2.0, 3.0).data >= 2.0).all())
    True
    """
    if a > b:
        raise ArgumentError(f"uniform_ expects a <= b, got a={a} and b={b}: swap them")
    return _fill(tensor, (rng or default_rng()).uniform(a, b, tensor.shape))


def normal_(tensor: T, mean: float = 0.0, std: float = 1.0, rng: "np.random.Generator | None" = None) -> T:
    """Fill with normally distributed numbers.

    >>> from autograd import Tensor
    >>> normal_(Tensor([0.0, 0.0]), mean=5.0, std=0.0).data.tolist()
    [5.0, 5.0]
    """
    if std < 0:
        raise ArgumentError(f"normal_ expects std >= 0, got {std}: a standard deviation is a size")
    return _fill(tensor, (rng or default_rng()).normal(mean, std, tensor.shape))


def constant_(tensor: T, val: float) -> T:
    """Fill with ``val``.

    >>> from autograd import Tensor
    >>> constant_(Tensor([0.0, 1.0]), 7.0).data.tolist()
    [7.0, 7.0]
    """
    return _fill(tensor, np.full(tensor.shape, val))


def zeros_(tensor: T) -> T:
    """Fill with zeros."""
    return constant_(tensor, 0.0)


def ones_(tensor: T) -> T:
    """Fill with ones."""
    return constant_(tensor, 1.0)


def xavier_uniform_(tensor: T, gain: float = 1.0, rng: "np.random.Generator | None" = None) -> T:
    """Fill evenly within ``gain * sqrt(6 / (fan_in + fan_out))`` (Glorot and Bengio 2010).

    >>> from autograd import Tensor
    >>> bool((abs(xavier_uniform_(Tensor([[0.0] * 3] * 3)).data) <= 1.0).all())
    True
    """
    bound = gain * math.sqrt(6.0 / max(1, sum(_fans(tensor))))
    return uniform_(tensor, -bound, bound, rng)


def xavier_normal_(tensor: T, gain: float = 1.0, rng: "np.random.Generator | None" = None) -> T:
    """Fill normally with ``std = gain * sqrt(2 / (fan_in + fan_out))`` (Glorot and Bengio 2010)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / max(1, sum(_fans(tensor)))), rng)


def kaiming_uniform_(
    tensor: T,
    a: float = 0.0,
    mode: Mode = "fan_in",
    nonlinearity: str = "leaky_relu",
    rng: "np.random.Generator | None" = None,
) -> T:
    """Fill evenly within ``gain * sqrt(3 / fan)`` (He and others 2015); ``a`` is the leaky ReLU's slope.

    >>> from autograd import Tensor
    >>> bool((abs(kaiming_uniform_(Tensor([[0.0] * 6])).data) <= 1.0).all())
    True
    """
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3.0 / max(1, _fan(tensor, mode)))
    return uniform_(tensor, -bound, bound, rng)


def kaiming_normal_(
    tensor: T,
    a: float = 0.0,
    mode: Mode = "fan_in",
    nonlinearity: str = "leaky_relu",
    rng: "np.random.Generator | None" = None,
) -> T:
    """Fill normally with ``std = gain / sqrt(fan)`` (He and others 2015); ``a`` is the leaky ReLU's slope."""
    std = calculate_gain(nonlinearity, a) / math.sqrt(max(1, _fan(tensor, mode)))
    return normal_(tensor, 0.0, std, rng)
