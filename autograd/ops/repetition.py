"""Operations that repeat elements; their derivatives add up what was repeated."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..primitive import primitive
from .indexing import add_at
from .reductions import sum
from .shape import reshape

__all__ = ["repeat", "tile"]


@primitive(formula="whole array repeated")
def tile(x: Any, /, *, reps: int | Sequence[int]) -> Any:
    """Repeat the whole array along axes.

    >>> tile(np.array([1.0, 2.0]), reps=2)
    array([1., 2., 1., 2.])
    """
    return np.tile(x, reps)


def _tile_rule(g: Any, out: Any, x: Any, reps: int | Sequence[int]) -> Any:
    counts = (reps,) if isinstance(reps, int) else tuple(reps)
    ndim = max(len(counts), x.ndim)
    counts = (1,) * (ndim - len(counts)) + counts
    shape = (1,) * (ndim - x.ndim) + x.shape
    paired = tuple(n for pair in zip(counts, shape, strict=True) for n in pair)
    return reshape(sum(reshape(g, shape=paired), axis=tuple(range(0, 2 * ndim, 2))), shape=x.shape)


tile.defvjp(_tile_rule)


@primitive(formula="each element repeated")
def repeat(x: Any, /, *, repeats: Any, axis: int | None = None) -> Any:
    """Repeat each element along an axis.

    >>> repeat(np.array([1.0, 2.0]), repeats=2)
    array([1., 1., 2., 2.])
    """
    return np.repeat(x, repeats, axis)


def _repeat_rule(g: Any, out: Any, x: Any, repeats: Any, axis: int | None = None) -> Any:
    length = math.prod(x.shape) if axis is None else x.shape[axis]
    origin = np.repeat(np.arange(length), repeats)
    along = 0 if axis is None else axis % x.ndim
    target = (length,) if axis is None else x.shape
    return reshape(add_at(g, index=(*(slice(None),) * along, origin), shape=target), shape=x.shape)


repeat.defvjp(_repeat_rule)
