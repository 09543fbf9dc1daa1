"""Activation functions as modules; each calls its namesake in :mod:`nn.functional`."""

from typing import Any

import numpy as np

from autograd import Tensor, get_default_dtype
from autograd.errors import ShapeError
from nn import functional as F
from nn.module import Module
from nn.parameter import Parameter

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]


class ReLU(Module):
    """``max(x, 0)``.

    >>> ReLU()(Tensor([-1.0, 2.0])).data.tolist()
    [0.0, 2.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.relu(input)


class Sigmoid(Module):
    """``1 / (1 + exp(-x))``.

    >>> Sigmoid()(Tensor([0.0])).data.tolist()
    [0.5]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.sigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent.

    >>> Tanh()(Tensor([0.0])).data.tolist()
    [0.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.tanh(input)


class SiLU(Module):
    """``x * sigmoid(x)``.

    >>> SiLU()(Tensor([0.0])).data.tolist()
    [0.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.silu(input)


class GELU(Module):
    """``x`` times the normal distribution function; ``approximate="tanh"`` is the formula of GPT-2.

    >>> GELU()(Tensor([0.0])).data.tolist()
    [0.0]
    """

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = F.checked_gelu(approximate)

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        """Return which formula."""
        return f"approximate={self.approximate!r}"


class Softplus(Module):
    """``log(1 + exp(beta * x)) / beta``, and ``x`` itself where ``beta * x`` exceeds ``threshold``.

    >>> Softplus()(Tensor([100.0])).data.tolist()
    [100.0]
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"beta={self.beta}, threshold={self.threshold}"


class LeakyReLU(Module):
    """``x`` where positive, ``negative_slope * x`` elsewhere.

    >>> LeakyReLU(0.5)(Tensor([-2.0, 2.0])).data.tolist()
    [-1.0, 2.0]
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.leaky_relu(input, self.negative_slope)

    def extra_repr(self) -> str:
        """Return the slope."""
        return f"negative_slope={self.negative_slope}"


class ELU(Module):
    """``x`` where positive, ``alpha * (exp(x) - 1)`` elsewhere.

    >>> ELU()(Tensor([0.0, 2.0])).data.tolist()
    [0.0, 2.0]
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.elu(input, self.alpha)

    def extra_repr(self) -> str:
        """Return the scale of the negative side."""
        return f"alpha={self.alpha}"


class Softmax(Module):
    """Positive numbers that sum to one along ``dim``.

    >>> Softmax(dim=-1)(Tensor([1.0, 1.0])).data.tolist()
    [0.5, 0.5]
    """

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Normalise along ``dim``."""
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        """Return the axis."""
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """The logarithm of :class:`Softmax`, without loss of precision.

    >>> LogSoftmax(dim=-1)(Tensor([1000.0, 0.0])).data.tolist()
    [0.0, -1000.0]
    """

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Normalise along ``dim``."""
        return F.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        """Return the axis."""
        return f"dim={self.dim}"


class CELU(Module):
    """Continuously differentiable exponential linear unit (Barron 2017).

    >>> CELU()(Tensor([0.0, 2.0])).data.tolist()
    [0.0, 2.0]
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.celu(input, self.alpha)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"alpha={self.alpha}"


class GLU(Module):
    """Gated linear unit (Dauphin et al. 2017): the first half times the sigmoid of the second.

    >>> GLU()(Tensor([2.0, 0.0])).data.tolist()
    [1.0]
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"dim={self.dim}"


class Hardshrink(Module):
    """The input outside of ``[-lambd, lambd]``, zero inside.

    >>> Hardshrink()(Tensor([0.4, 2.0])).data.tolist()
    [0.0, 2.0]
    """

    def __init__(self, lambd: float = 0.5) -> None:
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"lambd={self.lambd}"


class Hardsigmoid(Module):
    """Piecewise linear logistic function ``relu6(x + 3) / 6``.

    >>> Hardsigmoid()(Tensor([-3.0, 3.0])).data.tolist()
    [0.0, 1.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.hardsigmoid(input)


class Hardswish(Module):
    """The input times its hard sigmoid (Howard et al. 2019).

    >>> Hardswish()(Tensor([-3.0, 3.0])).data.tolist()
    [0.0, 3.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.hardswish(input)


class Hardtanh(Module):
    """The input limited to ``[min_val, max_val]``.

    >>> Hardtanh()(Tensor([-3.0, 0.5])).data.tolist()
    [-1.0, 0.5]
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.hardtanh(input, self.min_val, self.max_val)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"min_val={self.min_val}, max_val={self.max_val}"


class LogSigmoid(Module):
    """Logarithm of the logistic function, which does not overflow.

    >>> LogSigmoid()(Tensor([0.0])).data.round(4).tolist()
    [-0.6931]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.logsigmoid(input)


class Mish(Module):
    """``x tanh(softplus(x))`` (Misra 2019).

    >>> Mish()(Tensor([0.0])).data.tolist()
    [0.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.mish(input)


class ReLU6(Module):
    """The input limited to ``[0, 6]``.

    >>> ReLU6()(Tensor([-1.0, 8.0])).data.tolist()
    [0.0, 6.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.relu6(input)


class SELU(Module):
    """Self-normalising exponential linear unit (Klambauer et al. 2017).

    >>> SELU()(Tensor([0.0])).data.tolist()
    [0.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.selu(input)


class Softmin(Module):
    """Softmax of minus the input: probabilities along ``dim``.

    >>> Softmin(dim=0)(Tensor([1.0, 1.0])).data.tolist()
    [0.5, 0.5]
    """

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.softmin(input, self.dim)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"dim={self.dim}"


class Softshrink(Module):
    """The input moved towards zero by at most ``lambd``.

    >>> Softshrink()(Tensor([0.4, 2.0])).data.tolist()
    [0.0, 1.5]
    """

    def __init__(self, lambd: float = 0.5) -> None:
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"lambd={self.lambd}"


class Softsign(Module):
    """``x / (1 + |x|)``.

    >>> Softsign()(Tensor([-1.0, 1.0])).data.tolist()
    [-0.5, 0.5]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.softsign(input)


class Tanhshrink(Module):
    """``x - tanh(x)``.

    >>> Tanhshrink()(Tensor([0.0])).data.tolist()
    [0.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.tanhshrink(input)


class Threshold(Module):
    """The input above the threshold, ``value`` elsewhere.

    >>> Threshold(1.0, 7.0)(Tensor([0.5, 2.0])).data.tolist()
    [7.0, 2.0]
    """

    def __init__(self, threshold: float, value: float) -> None:
        self.threshold = threshold
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.threshold(input, self.threshold, self.value)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"threshold={self.threshold}, value={self.value}"


class Softmax2d(Module):
    """Softmax over the channels of ``(N, C, H, W)`` or ``(C, H, W)``.

    >>> Softmax2d()(Tensor([[[0.0]], [[0.0]]])).data.tolist()
    [[[0.5]], [[0.5]]]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Return probabilities that sum to 1 over the channels."""
        if input.ndim not in (3, 4):
            raise ShapeError(f"Softmax2d expects 3 or 4 axes, got shape {input.shape}")
        return F.softmax(input, -3)


class PReLU(Module):
    """Rectifier with a learnt slope below zero, one for all or one for each channel (He et al. 2015).

    Args:
        num_parameters: 1, or the number of channels.
        init: The first slope.
        dtype: Of the slopes.

    >>> PReLU()(Tensor([-4.0, 2.0])).data.tolist()
    [-1.0, 2.0]
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, *, dtype: Any = None) -> None:
        self.num_parameters = num_parameters
        self.weight = Parameter(np.full(num_parameters, init, dtype or get_default_dtype()))

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """Return how many slopes there are."""
        return f"num_parameters={self.num_parameters}"
