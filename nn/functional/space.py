"""What functions of space share: the axis of the batch, which may be left out, and numbers for each axis."""

from collections.abc import Callable, Sequence
from typing import Any

import autograd
from autograd import Tensor
from autograd.errors import ShapeError

__all__ = ["PerAxis", "for_each_axis", "on_batch"]

PerAxis = int | Sequence[int]


def on_batch(name: str, input: Tensor, rank: int, function: Callable[[Tensor], Any], *, empty: bool = True) -> Any:
    """Call a function of ``(batch, channels, *space)``; an input without batch becomes a batch of one and back.

    Args:
        name: What the user called, for the message.
        input: ``(batch, channels, *space)`` or ``(channels, *space)``.
        rank: The number of axes of space.
        function: What to call; it returns one tensor or a tuple of them.
        empty: Whether there may be no channels, or no space.

    Raises:
        ShapeError: Another number of axes, or an empty input where there must be none.
    """
    if input.ndim not in (rank + 1, rank + 2) or not (empty or all(input.shape[-rank - 1 :])):
        raise ShapeError(
            f"{name} expects an input (batch, channels, *space) or (channels, *space) with {rank} axes of space"
            f"{'' if empty else ', none of which is empty'}, got shape {input.shape}"
        )
    if input.ndim == rank + 2:
        return function(input)
    found = function(autograd.expand_dims(input, axis=0))
    first = [autograd.squeeze(out, axis=0) for out in (found if isinstance(found, tuple) else (found,))]
    return tuple(first) if isinstance(found, tuple) else first[0]


def for_each_axis(name: str, value: Any, rank: int) -> tuple[Any, ...]:
    """Return one number for each axis; a single one stands for all.

    Raises:
        ShapeError: There is another number of them.
    """
    numbers = tuple(value) if isinstance(value, Sequence) else (value,) * rank
    if len(numbers) != rank:
        raise ShapeError(f"expected {name} of {rank} numbers, one for each axis, got {value}")
    return numbers
