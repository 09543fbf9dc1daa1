"""Dropouts: in training, entries or whole channels are lost by chance, and what is left makes up for them.

``inplace`` stands in PyTorch's place and is refused when true; ``rng`` is where to draw from.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

import autograd
from autograd import Tensor, default_rng
from autograd.errors import ShapeError
from nn.errors import ArgumentError

from .checks import refuse_inplace

__all__ = [
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
]

Rng: TypeAlias = "np.random.Generator | None"
_SATURATION = -1.7580993408473766  # what SELU goes to at minus infinity (Klambauer and others 2017, appendix A)


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, rng: Rng = None) -> Tensor:
    """Set each entry to zero with probability ``p`` and scale the others by ``1 / (1 - p)`` (Srivastava et al. 2014).

    Out of training it is the identity.

    >>> dropout(Tensor([1.0, 2.0]), p=1.0).data.tolist(), dropout(Tensor([1.0, 2.0]), training=False).data.tolist()
    ([0.0, 0.0], [1.0, 2.0])
    """
    return _dropped(input, input.shape, p, training, inplace, rng)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, rng: Rng = None) -> Tensor:
    """:func:`dropout` of whole channels of shape ``(L,)`` (Tompson and others 2015).

    >>> dropout1d(Tensor([[1.0, 2.0]] * 3), p=1.0).data.sum().item()
    0.0
    """
    return _dropped(input, _channels(input, 1), p, training, inplace, rng)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, rng: Rng = None) -> Tensor:
    """:func:`dropout` of whole channels of shape ``(H, W)``; of three axes the first is taken for the batch.

    >>> dropout2d(Tensor([[[[1.0, 2.0]]]]), p=1.0).data.sum().item()
    0.0
    """
    if input.ndim == 3:  # PyTorch's historical exception
        return dropout1d(input, p, training, inplace, rng)
    return _dropped(input, _channels(input, 2), p, training, inplace, rng)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, rng: Rng = None) -> Tensor:
    """:func:`dropout` of whole channels of shape ``(D, H, W)``.

    >>> dropout3d(Tensor([[[[1.0, 2.0]]]]), p=1.0).data.sum().item()
    0.0
    """
    return _dropped(input, _channels(input, 3), p, training, inplace, rng)


def alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False, rng: Rng = None
) -> Tensor:
    """Saturate entries with probability ``p``, then restore mean 0 and variance 1: the dropout that goes with SELU.

    Klambauer and others (2017), section 2.

    >>> alpha_dropout(Tensor([1.0, 2.0])).data.tolist()
    [1.0, 2.0]
    """
    return _saturated(input, input.shape, p, training, inplace, rng)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False, rng: Rng = None
) -> Tensor:
    """:func:`alpha_dropout` of whole channels, for an input of shape ``(N, C, ...)``.

    >>> feature_alpha_dropout(Tensor([1.0, 2.0])).data.tolist()
    [1.0, 2.0]
    """
    if training and input.ndim < 2:
        raise ShapeError(f"feature_alpha_dropout expects an input of shape (N, C, ...), got {input.shape}")
    shape = (*input.shape[:2], *(1,) * (input.ndim - 2))
    return _saturated(input, shape, p, training, inplace, rng)


def _channels(input: Tensor, axes_of_space: int) -> tuple[int, ...]:
    """Return the input's shape with its axes of space of length one, so that a channel is lost as a whole."""
    if input.ndim not in (axes_of_space + 1, axes_of_space + 2):
        raise ShapeError(
            f"dropout{axes_of_space}d expects {axes_of_space + 1} axes, or {axes_of_space + 2} with a batch, "
            f"got shape {input.shape}"
        )
    return input.shape[:-axes_of_space] + (1,) * axes_of_space


def _kept(shape: Sequence[int], p: float, rng: Rng) -> Any:
    return (rng or default_rng()).random(shape) >= p


def _is_off(p: float, training: bool, inplace: bool) -> bool:
    """Check the options; tell whether nothing is dropped."""
    refuse_inplace(inplace)
    if not 0.0 <= p <= 1.0:
        raise ArgumentError(f"the probability p of a dropout is from 0 to 1, got {p}")
    return not training or p == 0.0


def _dropped(input: Tensor, shape: Sequence[int], p: float, training: bool, inplace: bool, rng: Rng) -> Tensor:
    if _is_off(p, training, inplace):
        return input
    scale = _kept(shape, p, rng) * (1.0 / (1.0 - p) if p < 1.0 else 0.0)
    out: Tensor = input * scale.astype(input.dtype)
    return out


def _saturated(input: Tensor, shape: Sequence[int], p: float, training: bool, inplace: bool, rng: Rng) -> Tensor:
    if _is_off(p, training, inplace):
        return input
    if p == 1.0:
        return _dropped(input, shape, p, training, inplace, rng)
    scale = ((1.0 - p) * (1.0 + p * _SATURATION**2)) ** -0.5
    out: Tensor = autograd.where(_kept(shape, p, rng), input, _SATURATION) * scale - scale * p * _SATURATION
    return out
