"""What most algorithms remember of a parameter: how many steps there were, and running averages.

An array that was just made may be written to, which saves a pass over memory; on numbers ``+=`` makes a new one.
"""

from typing import Any

from optim.optimizer import State

__all__ = ["count", "moving_average", "stepped"]


def count(state: State) -> int:
    """Return the number of this step, 1 for the first.

    >>> state = {}
    >>> count(state), count(state), state
    (1, 2, {'step': 2})
    """
    number: int = state.get("step", 0) + 1
    state["step"] = number
    return number


def moving_average(state: State, name: str, new: Any, keep: float) -> Any:
    """Return ``keep`` of the average so far, zero at first, and the rest of the new; remember it.

    >>> state = {"mean": 1.0}
    >>> moving_average(state, "mean", 2.0, keep=0.75)
    1.25
    """
    average = (1.0 - keep) * new
    if name in state:
        average += keep * state[name]
    state[name] = average
    return average


def stepped(value: Any, direction: Any, length: float) -> Any:
    """Return ``value - length * direction``.

    >>> stepped(3.0, 2.0, 0.5)
    2.0
    """
    result = -length * direction
    result += value
    return result
