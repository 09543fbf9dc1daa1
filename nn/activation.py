"""Activation functions as modules; each calls its namesake in :mod:`nn.functional`."""

from autograd import Tensor
from nn import functional as F
from nn.module import Module

__all__ = [
    "ELU",
    "GELU",
    "LeakyReLU",
    "LogSoftmax",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
]


class ReLU(Module):
    """``max(x, 0)``.

    >>> ReLU()(Tensor([-1.0, 2.0])).data.tolist()
    [0.0, 2.0]
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.relu(x)


class Sigmoid(Module):
    """``1 / (1 + exp(-x))``.

    >>> Sigmoid()(Tensor([0.0])).data.tolist()
    [0.5]
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.sigmoid(x)


class Tanh(Module):
    """The hyperbolic tangent.

    >>> Tanh()(Tensor([0.0])).data.tolist()
    [0.0]
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.tanh(x)


class SiLU(Module):
    """``x * sigmoid(x)``.

    >>> SiLU()(Tensor([0.0])).data.tolist()
    [0.0]
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.silu(x)


class GELU(Module):
    """``x`` times the normal distribution function; ``approximate="tanh"`` is the formula of GPT-2.

    >>> GELU()(Tensor([0.0])).data.tolist()
    [0.0]
    """

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = F.checked_gelu(approximate)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.gelu(x, self.approximate)

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

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.softplus(x, self.beta, self.threshold)

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

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.leaky_relu(x, self.negative_slope)

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

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function to every entry."""
        return F.elu(x, self.alpha)

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

    def forward(self, x: Tensor) -> Tensor:
        """Normalise along ``dim``."""
        return F.softmax(x, self.dim)

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

    def forward(self, x: Tensor) -> Tensor:
        """Normalise along ``dim``."""
        return F.log_softmax(x, self.dim)

    def extra_repr(self) -> str:
        """Return the axis."""
        return f"dim={self.dim}"
