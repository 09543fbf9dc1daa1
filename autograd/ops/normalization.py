"""Normalisation: what layer, group, instance and batch normalisation have in common."""

from typing import Any

import numpy as np

from ..primitive import primitive
from .reductions import mean, var

__all__ = ["standardize"]

Axis = int | tuple[int, ...] | None


@primitive(
    formula="(x - mean x) / sqrt(var x + eps)",
    derivative="(g - mean g - out mean(g out)) / sqrt(var x + eps)",
    on_complex="refuse",
)
def standardize(x: Any, /, *, axis: Axis = -1, eps: float = 1e-5) -> Any:
    """Shift to mean 0 and scale to variance 1 over axes; ``eps`` keeps constants finite (Ioffe and Szegedy 2015).

    >>> standardize(np.array([1.0, 3.0]), eps=0.0).tolist()
    [-1.0, 1.0]
    """
    x = np.asarray(x)
    if not x.size:
        return np.copy(x)
    centred = x - _mean(x, axis)
    centred /= np.sqrt(_mean(np.square(centred), axis) + eps)
    return centred


def _mean(x: Any, axis: Axis) -> Any:
    return np.mean(x, axis=axis, keepdims=True)


def _joint(g: Any, out: Any, x: Any, axis: Axis = -1, eps: float = 1e-5) -> tuple[Any]:
    """Return ``(g - mean(g) - out mean(g out)) / sqrt(var + eps)`` with one array to work in."""
    if not x.size:
        return (np.copy(x),)
    work = x - _mean(x, axis)
    deviation = np.sqrt(_mean(np.square(work, out=work), axis) + eps)
    share = _mean(np.multiply(g, out, out=work), axis)
    np.subtract(g, np.multiply(out, share, out=work), out=work)
    work -= _mean(g, axis)
    work /= deviation
    return (work,)


def _composition(x: Any, axis: Axis = -1, eps: float = 1e-5) -> Any:
    return (x - mean(x, axis=axis, keepdims=True)) / (var(x, axis=axis, keepdims=True) + eps) ** 0.5


standardize.defjoint(_joint, _composition)
