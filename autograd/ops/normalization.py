"""Normalisation: what layer, group, instance and batch normalisation have in common."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..primitive import primitive
from .axes import all_axes
from .reductions import mean, var

__all__ = ["standardize"]

Axis = int | tuple[int, ...] | None

_BLOCK = 1 << 16  # numbers that stay in the cache from one step to the next


@primitive(formula="(x - mean x) / sqrt(var x + eps)", derivative="(g - mean g - out mean(g out)) / sqrt(var x + eps)")
def standardize(x: Any, /, *, axis: Axis = -1, eps: float = 1e-5) -> Any:
    """Shift to mean 0 and scale to variance 1 over axes; ``eps`` keeps constants finite (Ioffe and Szegedy 2015).

    >>> standardize(np.array([1.0, 3.0]), eps=0.0).tolist()
    [-1.0, 1.0]
    """
    x = np.asarray(x)
    out = np.empty_like(x)
    for part in _parts(x, axis):
        centred = np.subtract(x[part], _mean(x[part], axis), out=out[part])
        centred /= np.sqrt(_mean(np.square(centred), axis) + eps)
    return out


def _mean(x: Any, axis: Axis) -> Any:
    return np.mean(x, axis=axis, keepdims=True)


def _parts(x: Any, axis: Axis) -> Iterator[tuple[Any, ...]]:
    """Yield indices of parts that are standardized on their own: along the first axis that stays."""
    if not x.size:
        return
    reduced = all_axes(axis, x.ndim)
    along = next((a for a in range(x.ndim) if a not in reduced), None)
    if along is None:
        yield (...,)
        return
    length = x.shape[along]
    step = max(1, _BLOCK * length // x.size)
    for i in range(0, length, step):
        yield (slice(None),) * along + (slice(i, i + step),)


def _joint(g: Any, out: Any, x: Any, axis: Axis = -1, eps: float = 1e-5) -> tuple[Any]:
    """Return ``(g - mean(g) - out mean(g out)) / sqrt(var + eps)``, in place and part by part."""
    grad = np.empty_like(x)
    for part in _parts(x, axis):
        y, upstream, own = out[part], g[part], grad[part]
        np.square(np.subtract(x[part], _mean(x[part], axis), out=own), out=own)
        deviation = np.sqrt(_mean(own, axis) + eps)
        share = _mean(np.multiply(upstream, y, out=own), axis)
        np.subtract(upstream, np.multiply(y, share, out=own), out=own)
        own -= _mean(upstream, axis)
        own /= deviation
    return (grad,)


def _composition(x: Any, axis: Axis = -1, eps: float = 1e-5) -> Any:
    return (x - mean(x, axis=axis, keepdims=True)) / (var(x, axis=axis, keepdims=True) + eps) ** 0.5


standardize.defjoint(_joint, _composition)
