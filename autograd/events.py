"""The backward pass as plain data: one event for each thing that happens.

The events come out of the walk that ``backward()`` itself makes, so their end state is what ``backward()`` gives.
How they read, and what they look like on a picture, is the business of ``viz``.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .graph import Listener, gradients, topological_order
from .node import Node
from .primitive import Primitive
from .tensor import Tensor

__all__ = ["Event", "backward_events", "event_listener", "trace"]


class Event(NamedTuple):
    """One step of a backward pass.

    Attributes:
        kind: ``seed``, ``visit`` or ``contribute``.
        node: The node whose operation is differentiated.
        target: The node whose gradient changes.
        slot: Which operand the target is, for ``contribute``, else -1.
        upstream: The gradient of ``node``.
        local: For numbers, the local derivative of the edge, else ``None``.
        contribution: What is added to the target's gradient.
        before, after: The target's gradient around the step; ``before`` is ``None`` when there was none.
    """

    kind: str
    node: Node
    target: Node
    slot: int
    upstream: Any
    local: float | None
    contribution: Any
    before: Any
    after: Any


def event_listener(receive: Callable[[Event], object]) -> Listener:
    """Return a listener for :class:`~autograd.listening` that hands each event on as an :class:`Event`.

    >>> from autograd import Value, listening
    >>> heard = []
    >>> with listening(event_listener(heard.append)):
    ...     (Value(2.0) * 3).backward()
    >>> [event.kind for event in heard], heard[2].local
    (['seed', 'visit', 'contribute', 'visit'], 3.0)
    """
    slopes: list[Any] = []

    def listen(kind: str, node: Node, slot: int, upstream: Any, contribution: Any, before: Any, after: Any) -> None:
        if kind == "contribute":
            target, local = node.inputs[slot], slopes[slot] if slopes else None
        else:
            target, local, after = node, None, upstream
            slopes[:] = _local_derivatives(node) if kind == "visit" else ()
        receive(Event(kind, node, target, slot, upstream, local, contribution, before, after))

    return listen


def _local_derivatives(node: Node) -> list[Any]:
    """Return what one unit of gradient contributes to each operand of a number.

    There is nothing of the kind for arrays and leaves, and a user's ``Function`` is not called twice.
    """
    if not isinstance(node.op, Primitive) or not isinstance(node.payload, float):
        return []
    found: list[Any] = node.contributions(1.0, False)
    return found


def backward_events(root: Node, seed: Any = None) -> list[Event]:
    """Walk backwards from ``root`` and return what happens, without touching any gradient.

    Args:
        root: A ``Value`` or a ``Tensor``.
        seed: The upstream gradient, as ``backward()`` takes it.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> [(event.kind, event.after) for event in backward_events(x * x)]
    [('seed', 1.0), ('visit', 1.0), ('contribute', 3.0), ('contribute', 6.0), ('visit', 6.0)]
    """
    events: list[Event] = []
    start = root._seed(seed, False) if isinstance(root, Tensor) else (1.0 if seed is None else float(seed))
    with np.errstate(all="ignore"):
        gradients(topological_order(root, every=False), {root: start}, listen=event_listener(events.append))
    return events


def trace(root: Node, names: Any = None, seed: Any = None) -> Any:
    """Follow the forward and the backward pass through a graph step by step; see ``viz.trace``.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x"); y = x * x; y.label = "y"
    >>> print(trace(y))
    1/8  x = 3.0
    2/8  y = x * x = 9.0
    3/8  seed: grad(y) = 1.0
    4/8  visit y = x * x: grad(y) = 1.0
    5/8    grad(x): 1.0 × 3.0 = 3.0
    6/8    grad(x): 3.0 + 1.0 × 3.0 = 6.0
    7/8  leaf x: grad(x) = 6.0
    8/8  done: grad(x) = 6.0
    """
    from viz import trace  # noqa: PLC0415 - the engine must not need the pictures

    return trace(root, names, seed)
