"""Dropouts as modules: by chance in training, the identity in evaluation."""

from typing import Any, ClassVar

import numpy as np

from autograd import Tensor
from nn import functional as F
from nn.errors import ArgumentError
from nn.module import Module

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class _Dropout(Module):
    """What they share: the probability, and where to draw from."""

    function: ClassVar[str]

    def __init__(self, p: float = 0.5, *, rng: "np.random.Generator | None" = None) -> None:
        if not 0.0 <= p <= 1.0:
            raise ArgumentError(f"{type(self).__name__} expects a probability from 0 to 1, got {p}")
        self.p = p
        self.rng = rng

    def forward(self, input: Tensor) -> Tensor:
        """Return ``input`` with losses in training, and as it is in evaluation."""
        drop: Any = getattr(F, self.function)
        out: Tensor = drop(input, self.p, self.training, rng=self.rng)
        return out

    def extra_repr(self) -> str:
        """Return the probability."""
        return f"p={self.p}"


class Dropout(_Dropout):
    """Set entries to zero and scale the others up (Srivastava et al. 2014).

    Args:
        p: The probability of each to be lost.
        rng: Where to draw from, instead of the library's generator.

    Raises:
        ArgumentError: ``p`` is no probability.

    >>> Dropout(0.5).eval()(Tensor(np.ones((2, 3)))).data.min().item()
    1.0
    """

    function = "dropout"


class Dropout1d(_Dropout):
    """Set whole channels of ``(N, C, L)`` to zero and scale the others up.

    Args:
        p: The probability of each to be lost.
        rng: Where to draw from, instead of the library's generator.

    Raises:
        ArgumentError: ``p`` is no probability.

    >>> Dropout1d(0.5).eval()(Tensor(np.ones((2, 3, 4)))).data.min().item()
    1.0
    """

    function = "dropout1d"


class Dropout2d(_Dropout):
    """Set whole channels of ``(N, C, H, W)`` to zero and scale the others up (Tompson et al. 2015).

    Args:
        p: The probability of each to be lost.
        rng: Where to draw from, instead of the library's generator.

    Raises:
        ArgumentError: ``p`` is no probability.

    >>> Dropout2d(0.5).eval()(Tensor(np.ones((2, 3, 4, 4)))).data.min().item()
    1.0
    """

    function = "dropout2d"


class Dropout3d(_Dropout):
    """Set whole channels of ``(N, C, D, H, W)`` to zero and scale the others up.

    Args:
        p: The probability of each to be lost.
        rng: Where to draw from, instead of the library's generator.

    Raises:
        ArgumentError: ``p`` is no probability.

    >>> Dropout3d(0.5).eval()(Tensor(np.ones((2, 3, 4, 4, 4)))).data.min().item()
    1.0
    """

    function = "dropout3d"


class AlphaDropout(_Dropout):
    """Set entries to SELU's lower bound, keeping mean and variance (Klambauer et al. 2017).

    Args:
        p: The probability of each to be lost.
        rng: Where to draw from, instead of the library's generator.

    Raises:
        ArgumentError: ``p`` is no probability.

    >>> AlphaDropout(0.5).eval()(Tensor(np.ones((2, 3)))).data.min().item()
    1.0
    """

    function = "alpha_dropout"


class FeatureAlphaDropout(_Dropout):
    """Set whole channels to SELU's lower bound, keeping mean and variance.

    Args:
        p: The probability of each to be lost.
        rng: Where to draw from, instead of the library's generator.

    Raises:
        ArgumentError: ``p`` is no probability.

    >>> FeatureAlphaDropout(0.5).eval()(Tensor(np.ones((2, 3, 4)))).data.min().item()
    1.0
    """

    function = "feature_alpha_dropout"
