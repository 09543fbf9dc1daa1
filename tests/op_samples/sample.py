"""How an operation is sampled: inputs away from kinks, parameters, and what PyTorch calls it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

rng = np.random.default_rng(7)


@dataclass(frozen=True)
class Sample:
    """One way to call an operation.

    Attributes:
        inputs: The operands.
        params: The static parameters.
        torch: PyTorch's function of the same meaning.
        through: What an input goes through first, where an operation takes no other: symmetric matrices.
    """

    inputs: tuple[Any, ...]
    params: dict[str, Any] = field(default_factory=dict)
    torch: Callable[..., Any] | None = None
    through: Callable[[Any], Any] | None = None


def between(low: float, high: float, *shape: int) -> Any:
    return rng.uniform(low, high, shape)


def unary(low: float, high: float, torch: Any = None) -> list[Sample]:
    strided = between(low, high, 4, 6)[::2, ::3]
    reverse = between(low, high, 5)[::-1]
    fortran = np.asfortranarray(between(low, high, 3, 2))
    points = [between(low, high, 2, 3), between(low, high), np.zeros((0, 3)) + low, strided, reverse, fortran]
    return [Sample((x,), torch=torch) for x in points]


def binary(low: float, high: float, torch: Any = None) -> list[Sample]:
    shapes = [((2, 3), (2, 3)), ((3, 1), (1, 4)), ((), (2, 3)), ((1,), (5, 4)), ((2, 1, 3), (4, 1)), ((0, 3), (3,))]
    return [Sample((between(low, high, *a), between(low, high, *b)), torch=torch) for a, b in shapes]


def named(name: str) -> Callable[..., Any]:
    """Return PyTorch's function of a dotted name, found when it is called."""

    def call(*args: Any, **kwargs: Any) -> Any:
        import torch

        found: Any = torch
        for part in name.split("."):
            found = getattr(found, part)
        return found(*args, **kwargs)

    return call


def dims(name: str) -> Callable[..., Any]:
    """Return PyTorch's function with ``axis`` and ``keepdims`` under its own names."""

    def call(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axis = tuple(range(x.ndim)) if axis is None else axis
        return named(name)(x, dim=axis, keepdim=keepdims)

    return call


def reductions(low: float, high: float, torch: Any = None, **params: Any) -> list[Sample]:
    x = between(low, high, 2, 3, 4)
    options: list[dict[str, Any]] = [{}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)}]
    return [Sample((x,), {**o, **params}, torch) for o in options] + [
        Sample((x[::-1, ::2],), {"axis": 0, **params}, torch)
    ]
