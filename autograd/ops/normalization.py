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
    centred = x - np.mean(x, axis=axis, keepdims=True)
    centred /= np.sqrt(np.mean(np.square(centred), axis=axis, keepdims=True) + eps)
    return centred


def _standardize_rule(g: Any, out: Any, x: Any, axis: Axis = -1, eps: float = 1e-5) -> Any:
    centred = g - mean(g, axis=axis, keepdims=True) - out * mean(g * out, axis=axis, keepdims=True)
    return centred / (var(x, axis=axis, keepdims=True) + eps) ** 0.5


standardize.defvjp(_standardize_rule)
