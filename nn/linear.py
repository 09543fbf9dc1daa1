"""The fully connected layer, and the two layers that only pass on what they get."""

import math
from typing import Any

import numpy as np

from autograd import Tensor, get_default_dtype
from nn import functional as F
from nn import init
from nn.errors import ArgumentError
from nn.module import Module
from nn.parameter import Parameter

__all__ = ["Bilinear", "Flatten", "Identity", "Linear"]


class Linear(Module):
    """The weighted sums ``x @ weight.T + bias``.

    Weight and bias start evenly distributed between ``-1/sqrt(in_features)`` and ``1/sqrt(in_features)``.

    Attributes:
        weight: Shape ``(out_features, in_features)``.
        bias: Shape ``(out_features,)``, or ``None``.

    >>> from autograd import Tensor, get_default_dtype
    >>> layer = Linear(2, 3, rng=np.random.default_rng(0))
    >>> layer(Tensor([[1.0, 2.0]])).shape
    (1, 3)
    >>> layer
    Linear(in_features=2, out_features=3, bias=True)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        rng: "np.random.Generator | None" = None,
    ) -> None:
        if in_features < 0 or out_features < 0:
            raise ArgumentError(f"Linear expects sizes of 0 or more, got ({in_features}, {out_features})")
        self.in_features = in_features
        self.out_features = out_features
        bound = 1.0 / math.sqrt(max(1, in_features))
        self.weight = init.uniform_(_blank(out_features, in_features, dtype=dtype), -bound, bound, rng)
        self.bias = init.uniform_(_blank(out_features, dtype=dtype), -bound, bound, rng) if bias else None

    def forward(self, input: Tensor) -> Tensor:
        """Map the last axis from ``in_features`` to ``out_features``."""
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Return the sizes."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
        )


def _blank(*shape: int, dtype: Any) -> Parameter:
    return Parameter(np.zeros(shape, dtype or get_default_dtype()))


class Flatten(Module):
    """Join the axes from ``start_dim`` to ``end_dim`` into one.

    >>> from autograd import Tensor, get_default_dtype
    >>> Flatten()(Tensor(np.zeros((5, 28, 28)))).shape
    (5, 784)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        """Return ``input`` with fewer axes."""
        return F.flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """Return the two axes."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Identity(Module):
    """Return the input; a placeholder where a layer is optional.

    >>> Identity()(3)
    3
    """

    def forward(self, x: Any) -> Any:
        """Return ``x``."""
        return x


class Bilinear(Module):
    """The bilinear form ``x1 W x2 + bias`` for each output; see :func:`nn.functional.bilinear`.

    Args:
        in1_features: Features of the first input.
        in2_features: Features of the second input.
        out_features: Features of the output.
        bias: Whether to add a bias.
        dtype: Of the parameters.
        rng: Where to draw them from, evenly up to ``1 / sqrt(in1_features)``.

    >>> Bilinear(2, 3, 4)(Tensor(np.ones((5, 2), np.float32)), Tensor(np.ones((5, 3), np.float32))).shape
    (5, 4)
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        rng: "np.random.Generator | None" = None,
    ) -> None:
        if in1_features < 1:
            raise ArgumentError(f"Bilinear expects in1_features of 1 or more, got {in1_features}")
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        bound = 1.0 / math.sqrt(in1_features)
        self.weight = init.uniform_(_blank(out_features, in1_features, in2_features, dtype=dtype), -bound, bound, rng)
        self.bias = init.uniform_(_blank(out_features, dtype=dtype), -bound, bound, rng) if bias else None

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        """Return ``(..., out_features)``."""
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Return the sizes."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )
