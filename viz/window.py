"""A window on a trace: the steps that are shown, and what happens in those that are not."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.graph import topological_order
from autograd.node import Node

from .amount import Amount, encode
from .graph_view import GraphView
from .tracing import Step, Trace

__all__ = ["Skipper", "Window", "ids_of"]

_CAP = 1_000
"""At most so many steps are in one window."""


def ids_of(only: object, followed: Trace, y: Node) -> frozenset[str] | None:
    """Return the ids of the nodes one wants to see."""
    if only is None:
        return None
    if isinstance(only, str) or not isinstance(only, Iterable):
        raise TypeError(f"expected only to be a list of names or nodes, got {only!r}")
    by_name = {name: key for key, name in followed.names.items()}
    found: set[str] = set()
    for wanted in only:
        key = wanted if isinstance(wanted, str) else ""
        if isinstance(wanted, Node):
            key = _id_of(wanted, followed, y)
        key = by_name.get(key, key)
        if key not in followed.names:
            raise ValueError(f"expected only to name nodes of the graph, got {wanted!r}; there are {[*by_name][:20]}")
        found.add(key)
    return frozenset(found)


def _id_of(node: Node, followed: Trace, y: Node) -> str:
    order = topological_order(y)
    return next((key for key, other in zip(followed.names, order, strict=True) if other is node), "")


@dataclass(frozen=True)
class Window:
    """The steps of a trace that are shown.

    Attributes:
        indices: Their places in the trace.
        message: What to say about those that are not, ``""`` when all are.
    """

    indices: Sequence[int]
    message: str

    @classmethod
    def choose(cls, followed: Trace, start: object, stop: object, only: frozenset[str] | None) -> "Window":
        """Return the steps from ``start`` to before ``stop`` that are about the nodes ``only``.

        A pass that is too long begins at its seed: what the forward pass computed is known then.

        Raises:
            TypeError: ``start`` or ``stop`` is no number of a step.
            ValueError: There is no such step.
        """
        total = len(followed)
        for name, value in (("start", start), ("stop", stop)):
            if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
                raise TypeError(f"expected {name} to be the number of a step, got {type(value).__name__}")
        first = start if isinstance(start, int) else 0
        end = stop if isinstance(stop, int) else total
        if not 0 <= first < end <= total:
            raise ValueError(f"expected 0 <= start < stop <= {total}, got start={start} and stop={stop}")
        if start is None and stop is None and only is None and total > _CAP:
            first = next(step.index for step in followed if step.kind == "seed")
        indices: Sequence[int] = range(first, end)
        if only is not None:
            indices = [i for i in indices if {followed[i].node, followed[i].operand} & only]
        if not indices:
            raise ValueError("expected steps to show, got none; widen start=, stop= or only=")
        cut = indices[:_CAP]
        if len(cut) == total:
            return cls(cut, "")
        span = f"steps {cut[0] + 1:,} to {cut[-1] + 1:,}" if only is None else f"{len(cut):,} steps"
        return cls(cut, f"Shown here: {span} of {total:,}. Choose others with start=, stop= or only=[names].")

    def drawn(self, view: GraphView, followed: Trace) -> frozenset[str]:
        """Return the ids of what is drawn: everything, or what the steps are about."""
        if len(self.indices) == len(followed):
            return frozenset(node.id for node in view.nodes if node.kind != "group")
        touched = {key for i in self.indices for key in (followed[i].node, followed[i].operand) if key}
        visited = {followed[i].node for i in self.indices}
        return frozenset(touched | {edge.source for edge in view.edges if edge.target in visited})


class Skipper:
    """Gathers what happens in the steps that are left out, for the next one that is not."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.values: dict[str, Amount] = {}
        self.grads: dict[str, Amount] = {}
        self.fresh = False

    def add(self, step: Step) -> None:
        """Take note of a step that is left out."""
        if step.kind == "forward":
            self.values[step.node] = step.value
        elif step.kind != "done":
            if step.kind == "seed":
                self.grads.clear()
                self.fresh = True
            self.grads[step.target] = step.after

    def take(self, drawn: Collection[str]) -> dict[str, Any] | None:
        """Return what changed at the nodes that are drawn, and begin anew."""
        if not (self.values or self.grads or self.fresh):
            return None
        found = {
            "values": {key: encode(x) for key, x in self.values.items() if key in drawn},
            "grads": {key: encode(x) for key, x in self.grads.items() if key in drawn},
            "fresh": self.fresh,
        }
        self.clear()
        return found
