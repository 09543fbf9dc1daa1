"""The backward pass as plain data: one event for each thing that happens.

The events come out of the walk that ``backward()`` itself makes, so their end state is what ``backward()`` gives.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from .graph import gradients, topological_order
from .node import Node
from .tensor import Tensor
from .watch import brief

__all__ = ["Event", "Trace", "trace"]


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a backward pass.

    Attributes:
        index: Its place in the pass.
        kind: ``seed``, ``visit`` or ``contribute``.
        node: The node whose operation is differentiated.
        target: The node whose gradient changes.
        slot: Which operand the target is, for ``contribute``.
        upstream: The gradient of ``node``.
        local: For numbers, the local derivative of the edge, else ``None``.
        contribution: What is added to the target's gradient.
        before, after: The target's gradient around the step; ``before`` is ``None`` when there was none.
    """

    index: int
    kind: str
    node: Node
    target: Node
    slot: int
    upstream: Any
    local: float | None
    contribution: Any
    before: Any
    after: Any


class Trace:
    """The events of one backward pass, in order, with names for its nodes. ``print`` lists them line by line."""

    def __init__(self, root: Node, events: list[Event], grads: dict[Node, Any]) -> None:
        self.root, self.events, self.grads = root, events, grads
        self._names = {n: n.label or f"n{i}" for i, n in enumerate(topological_order(root))}

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> list[Event]: ...
    def __getitem__(self, index: Any) -> Any:
        return self.events[index]

    def at(self, index: int) -> dict[Node, Any]:
        """Return the gradient of every node that was reached, after the event ``index``."""
        state: dict[Node, Any] = {}
        for event in self.events[: index + 1]:
            state[event.target] = event.after
        return state

    def name(self, node: Node) -> str:
        """Return the label of a node, or its number in topological order."""
        return self._names[node]

    def line(self, event: Event) -> str:
        """Return one event as a line of text."""
        where = f"{event.index + 1}/{len(self.events)}"
        target = self.name(event.target)
        if event.kind == "seed":
            return f"{where}  seed: grad({target}) = {_number(event.after)}"
        if event.kind == "visit":
            if event.node.op is None:
                return f"{where}  leaf {target}: grad({target}) = {_number(event.after)}"
            operands = ", ".join(self.name(x) if isinstance(x, Node) else _number(x) for x in event.node.inputs)
            return (
                f"{where}  visit {target} = {event.node.op.name}({operands}), grad({target}) = {_number(event.after)}"
            )
        factor = f"{_number(event.upstream)} * {_number(event.local)}" if event.local is not None else "rule"
        before = "-" if event.before is None else _number(event.before)
        return (
            f"{where}    {event.node.op.symbol}: grad({target}) += {factor} = {_number(event.contribution)}"
            f"   [{before} -> {_number(event.after)}]"
        )

    def __str__(self) -> str:
        return "\n".join(self.line(event) for event in self.events)


def _number(x: Any) -> str:
    if isinstance(x, Node):
        x = x.payload
    if isinstance(x, np.ndarray) and x.size > 4:
        return f"array{x.shape}, norm {float(np.linalg.norm(x)):.4g}"
    return f"{x:.6g}" if isinstance(x, float) else brief(x)


def trace(root: Node, seed: Any = None) -> Trace:
    """Walk backwards from ``root`` and return what happens, without touching any gradient.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x"); y = x * x; y.label = "y"
    >>> print(trace(y))
    1/5  seed: grad(y) = 1
    2/5  visit y = multiply(x, x), grad(y) = 1
    3/5    *: grad(x) += 1 * 3 = 3   [- -> 3]
    4/5    *: grad(x) += 1 * 3 = 3   [3 -> 6]
    5/5  leaf x: grad(x) = 6
    """
    events: list[Event] = []

    def listen(kind: str, node: Node, slot: int, upstream: Any, contribution: Any, before: Any, after: Any) -> None:
        target = node if slot < 0 else node.inputs[slot]
        local = None if slot < 0 or node.partials is None else node.partials[slot]
        after = upstream if slot < 0 else after
        events.append(Event(len(events), kind, node, target, slot, upstream, local, contribution, before, after))

    start = root._seed(seed, False) if isinstance(root, Tensor) else (1.0 if seed is None else float(seed))
    with np.errstate(all="ignore"):
        grads = gradients(topological_order(root, every=False), {root: start}, listen=listen)
    return Trace(root, events, grads)
