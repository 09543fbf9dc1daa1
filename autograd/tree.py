"""Nested lists, tuples and dicts of arguments, taken apart and put together."""

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["leaves", "map_leaves", "unflatten"]


def leaves(tree: Any) -> list[Any]:
    """Return the leaves of a nest in order.

    >>> leaves({"a": 1, "b": [2, (3,)]})
    [1, 2, 3]
    """
    if isinstance(tree, dict):
        return [leaf for value in tree.values() for leaf in leaves(value)]
    if isinstance(tree, (list, tuple)):
        return [leaf for value in tree for leaf in leaves(value)]
    return [tree]


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """Return the nest with ``function`` applied to every leaf.

    >>> map_leaves(str, {"a": 1, "b": [2]})
    {'a': '1', 'b': ['2']}
    """
    if isinstance(tree, dict):
        return {key: map_leaves(function, value) for key, value in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(map_leaves(function, value) for value in tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(map_leaves(function, value) for value in tree)
    return function(tree)


def unflatten(tree: Any, items: list[Any]) -> Any:
    """Return the nest with its leaves replaced by ``items``, in order.

    >>> unflatten([0, (0,)], ["a", "b"])
    ['a', ('b',)]
    """
    iterator: Iterator[Any] = iter(items)
    return map_leaves(lambda _: next(iterator), tree)
