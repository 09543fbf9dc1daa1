"""What is brought to the same place taken together: summed, averaged, multiplied, or the largest or smallest kept."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..primitive import primitive
from .elementwise import where
from .indexing import add_at, as_index, get_item, set_item
from .shape import ravel, reshape

__all__ = ["maximum_at", "minimum_at"]

REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")


@primitive(formula="max of x and what is brought to index", kinks="ties: split evenly", analytic=False)
def maximum_at(x: Any, values: Any, /, *, index: Any, include_self: bool = True) -> Any:
    """Return a copy of ``x`` in which each place holds the largest of itself and of what is brought to it.

    Args:
        x: An array.
        values: An array of the shape of ``x[index]``.
        index: Where each of the values is brought.
        include_self: Whether ``x`` itself takes part at the places to which something is brought.

    >>> maximum_at(np.array([1.0, 5.0]), np.array([2.0, 3.0, 4.0]), index=[0, 0, 1])
    array([3., 5.])
    """
    return _extreme_at(np.maximum, x, values, index, include_self)


@primitive(formula="min of x and what is brought to index", kinks="ties: split evenly", analytic=False)
def minimum_at(x: Any, values: Any, /, *, index: Any, include_self: bool = True) -> Any:
    """Return a copy of ``x`` in which each place holds the smallest of itself and of what is brought to it.

    See :func:`maximum_at` for the arguments.

    >>> minimum_at(np.array([1.0, 5.0]), np.array([2.0, 3.0, 4.0]), index=[0, 0, 1])
    array([1., 4.])
    """
    return _extreme_at(np.minimum, x, values, index, include_self)


def _extreme_at(ufunc: Any, x: Any, values: Any, index: Any, include_self: bool) -> Any:
    out, index = np.array(x), as_index(index)
    if not include_self:
        out[index] = values  # any one of them to begin with
    ufunc.at(out, index, values)
    return out


def _extreme_at_x(g: Any, out: Any, x: Any, values: Any, index: Any, include_self: bool = True) -> Any:
    return g * _shares(out, x, values, index, include_self)[0]


def _extreme_at_values(g: Any, out: Any, x: Any, values: Any, index: Any, include_self: bool = True) -> Any:
    return get_item(g, index=index) * _shares(out, x, values, index, include_self)[1]


def _shares(out: Any, x: Any, values: Any, index: Any, include_self: bool) -> tuple[Any, Any]:
    """Return what part of a place's gradient ``x`` and each of the values get, constants between the kinks."""
    out, x, values = (getattr(a, "payload", a) for a in (out, x, values))
    index = as_index(index)
    own, brought = _hits(x, out), _hits(values, out[index])
    if not include_self:
        own[index] = False
    count = own + add_at.forward(brought.astype(np.intp), index=index, shape=out.shape)
    count = np.maximum(count, 1).astype(np.float64)
    return (own / count).astype(x.dtype), (brought / count[index]).astype(x.dtype)


def _hits(x: Any, extreme: Any) -> Any:
    return np.asarray((x == extreme) | (x != x))


for _extreme in (maximum_at, minimum_at):
    _extreme.defvjp(_extreme_at_x, _extreme_at_values)


def accumulate(x: Any, values: Any, index: Any, reduce: str, include_self: bool, name: str) -> Any:
    """Return a copy of ``x`` in which each place of ``index`` holds the reduction of what is brought to it.

    Raises:
        ValueError: ``reduce`` is no reduction.
    """
    if reduce not in REDUCTIONS:
        raise ValueError(f"expected one of {', '.join(REDUCTIONS)} as the reduction in {name}, got {reduce!r}")
    if not values.size:
        return reshape(x, shape=x.shape)
    return _ACCUMULATE[reduce](x, values, index, include_self)


def _without_touched(x: Any, index: Any, include_self: bool) -> Any:
    return x if include_self else set_item(x, 0, index=index)


def _sum_at(x: Any, values: Any, index: Any, include_self: bool) -> Any:
    return _without_touched(x, index, include_self) + add_at(values, index=index, shape=x.shape)


def _mean_at(x: Any, values: Any, index: Any, include_self: bool) -> Any:
    count = add_at.forward(np.ones(values.shape, dtype=np.intp), index=index, shape=x.shape)
    count = count + 1 if include_self else np.maximum(count, 1)
    return _sum_at(x, values, index, include_self) / count.astype(x.dtype)


def _prod_at(x: Any, values: Any, index: Any, include_self: bool) -> Any:
    """Multiply neighbours in pairs until one factor is left for each place, which needs no division."""
    places = np.arange(x.size).reshape(x.shape)[index].ravel()
    order = np.argsort(places, kind="stable")
    places, factors = places[order], get_item(ravel(values), index=order)
    while True:
        first = np.append(True, places[1:] != places[:-1])
        if first.all():
            break
        count = np.arange(len(places))
        rank = count - np.maximum.accumulate(np.where(first, count, 0))
        left = np.flatnonzero(rank % 2 == 0)
        right = np.minimum(left + 1, len(places) - 1)
        paired = rank[right] % 2 == 1
        factors = get_item(factors, index=left) * where(paired, get_item(factors, index=right), 1)
        places = places[left]
    flat = ravel(x)
    product = get_item(flat, index=places) * factors if include_self else factors
    return reshape(set_item(flat, product, index=places), shape=x.shape)


_ACCUMULATE: dict[str, Callable[[Any, Any, Any, bool], Any]] = {
    "sum": _sum_at,
    "mean": _mean_at,
    "prod": _prod_at,
    "amax": lambda x, values, index, include_self: maximum_at(x, values, index=index, include_self=include_self),
    "amin": lambda x, values, index, include_self: minimum_at(x, values, index=index, include_self=include_self),
}
