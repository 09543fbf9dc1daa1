"""Trace: a pass through a graph, forwards and then backwards, as plain data.

The steps come from the engine: its topological order, and the events that its backward walk emits. Nothing here
computes a derivative, so the end state of a trace is what ``backward()`` gives, bit for bit.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, cast, overload

from autograd import backward_events, event_listener, listening, record_source
from autograd.events import Event
from autograd.graph import topological_order
from autograd.node import Node

from .amount import Amount, describe, same, snapshot
from .graph_view import names_by_identity
from .quantity import NAME_LENGTH, shorten
from .words import Words

__all__ = ["State", "Step", "Trace", "recording", "trace"]

Kind = Literal["forward", "seed", "visit", "contribute", "done"]

_FEW_LEAVES = 6


class Named(dict[str, Any]):
    """A dictionary by name that also answers to ids such as ``"n3"``."""

    def __init__(self, by_id: Mapping[str, Any], names: Mapping[str, str]) -> None:
        super().__init__((names[key], value) for key, value in by_id.items())
        self._names = names

    def __missing__(self, key: str) -> Any:
        name = self._names.get(key, key)
        if name not in self.keys():
            raise KeyError(f"expected the name or id of a node that was reached, got {key!r}; there are {[*self]}")
        return self[name]


@dataclass(frozen=True, slots=True)
class State:
    """What is known at one moment of a pass.

    Attributes:
        values: What each node holds, by name; an id such as ``"n3"`` finds it too.
        grads: The gradient of each node that was reached.
    """

    values: Mapping[str, Amount]
    grads: Mapping[str, Amount]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens in a pass.

    Attributes:
        index: Its place in the trace.
        kind: ``forward`` computes a node, ``seed`` gives the output its gradient, ``visit`` comes to a node whose
            gradient is complete, ``contribute`` adds to an operand's gradient, ``done`` ends the pass.
        node: The id of the node, as in :class:`~viz.GraphView`.
        operand: The id of the operand that is contributed to, else ``""``.
        slot: Which operand it is, else -1.
        value: What a forward step computed.
        upstream: The gradient of ``node``.
        local: For numbers, the local derivative of the edge.
        contribution: What is added to the operand's gradient.
        before, after: The gradient that changes, around the step.
        source: ``(file name, line number)`` of the user's program when it was recorded.
        text: The step in words.
    """

    index: int
    kind: Kind
    node: str
    operand: str = ""
    slot: int = -1
    value: Amount = None
    upstream: Amount = None
    local: float | None = None
    contribution: Amount = None
    before: Amount = None
    after: Amount = None
    source: tuple[str, int] | None = None
    text: str = ""
    _trace: Any = field(default=None, repr=False, compare=False)

    @property
    def target(self) -> str:
        """The id of the node that changes: the operand, or the node itself."""
        return self.operand or self.node

    @property
    def edge(self) -> str:
        """The id of the edge in a picture, ``""`` when the step is not about one."""
        return f"{self.operand}>{self.node}:{self.slot}" if self.operand else ""

    @property
    def values(self) -> Mapping[str, Amount]:
        """What each node holds after this step, by name."""
        return cast(State, self._trace.at(self.index)).values

    @property
    def grads(self) -> Mapping[str, Amount]:
        """The gradient of each node that was reached, after this step, by name."""
        return cast(State, self._trace.at(self.index)).grads

    def __str__(self) -> str:
        shown = self.source if self.kind in ("forward", "visit") else None
        place = f"   {_file_name(shown[0])}:{shown[1]}" if shown else ""
        return ("  " if self.kind == "contribute" else "") + self.text + place


def _file_name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


class Trace(Sequence[Step]):
    """The steps of a pass through a graph, in order. ``print`` lists them line by line.

    Attributes:
        names: What each node is called, by id.

    >>> from autograd import Value
    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> t = trace(a * b)
    >>> print(t[5])
      grad(a): 1.0 × 3.0 = 3.0
    >>> t[5].grads
    {'n2': 1.0, 'a': 3.0}
    >>> t.at(-1).grads["b"]
    2.0
    """

    def __init__(self, steps: Iterable[Step] = (), names: Mapping[str, str] | None = None) -> None:
        self.names: dict[str, str] = dict(names or {})
        self._steps: list[Step] = []
        for step in steps:
            self._append(step)

    def _append(self, step: Step) -> None:
        object.__setattr__(step, "_trace", self)
        self._steps.append(step)

    def __len__(self) -> int:
        return len(self._steps)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> list[Step]: ...
    def __getitem__(self, index: Any) -> Any:
        return self._steps[index]

    def __iter__(self) -> Iterator[Step]:
        return iter(self._steps)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trace) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]  # it grows while it is recorded

    def at(self, index: int) -> State:
        """Return what is known after the step ``index``; ``-1`` is the end, as in a list.

        >>> from autograd import Value
        >>> x = Value(3.0, label="x")
        >>> trace(x * x).at(4)
        State(values={'x': 3.0, 'n1': 9.0}, grads={'n1': 1.0, 'x': 3.0})
        """
        last = range(len(self._steps))[index]
        values: dict[str, Amount] = {}
        grads: dict[str, Amount] = {}
        for step in self._steps[: last + 1]:
            if step.kind == "forward":
                values[step.node] = step.value
            elif step.kind != "done":
                if step.kind == "seed":  # another pass begins
                    grads.clear()
                grads[step.target] = step.after
        return State(Named(values, self.names), Named(grads, self.names))

    def __str__(self) -> str:
        width = len(str(len(self)))
        return "\n".join(f"{step.index + 1:{width}}/{len(self)}  {step}" for step in self._steps)

    def __repr__(self) -> str:
        return f"<Trace: {len(self):,} step{'s' * (len(self) != 1)} through {len(self.names):,} nodes>"

    def table(self) -> str:
        """Return the steps as a table, its columns aligned.

        >>> from autograd import Value
        >>> x = Value(3.0, label="x")
        >>> print(trace(x * 2.0).table())
        step  kind        node    value  upstream  local  contribution  gradient
        1     forward     x       3.0
        2     forward     n2      6.0
        3     seed        n2                                            — → 1.0
        4     visit       n2             1.0                            1.0
        5     contribute  n2 → x         1.0       2.0    2.0           — → 2.0
        6     visit       x              2.0                            2.0
        7     done        n2
        """
        rows = [("step", "kind", "node", "value", "upstream", "local", "contribution", "gradient")]
        rows += [self._row(step) for step in self._steps]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )

    def _row(self, step: Step) -> tuple[str, str, str, str, str, str, str, str]:
        node = self.names[step.node] + (f" → {self.names[step.operand]}" if step.operand else "")
        change = "" if step.after is None else describe(step.after)
        if step.kind in ("seed", "contribute"):
            change = f"{describe(step.before)} → {change}"
        known = ("" if x is None else describe(x) for x in (step.value, step.upstream, step.local, step.contribution))
        value, upstream, local, contribution = known
        return str(step.index + 1), step.kind, node, value, upstream, local, contribution, change

    def to_json(self) -> str:
        """Return the trace as JSON text, with every digit; :meth:`from_json` reads it back.

        >>> from autograd import Value
        >>> t = trace(Value(2.0) * 3.0)
        >>> Trace.from_json(t.to_json()) == t
        True
        """
        from .trace_json import to_json

        return to_json(self)

    @staticmethod
    def from_json(text: str) -> "Trace":
        """Read a trace that :meth:`to_json` wrote.

        Raises:
            TraceFormatError: It is none; the message says what stands where.
        """
        from .trace_json import from_json

        return from_json(text)


# -- record --------------------------------------------------------------------------------------------------


def trace(y: Node, names: Mapping[str, object] | None = None, seed: Any = None) -> Trace:
    """Follow the forward and the backward pass through a graph, without touching any gradient.

    Args:
        y: A ``Value`` or a ``Tensor``.
        names: Names for the nodes that have no label of their own, such as ``locals()`` or
            ``dict(model.named_parameters())``.
        seed: The upstream gradient of ``y``, as ``backward()`` takes it.

    Raises:
        TypeError: ``y`` is no node, or ``names`` no mapping.
        GraphError: ``y`` has several elements and there is no seed.

    >>> from autograd import Value
    >>> a, b = Value(2.0), Value(3.0)
    >>> print(trace(a * b + a, names={"a": a, "b": b}))
     1/14  a = 2.0
     2/14  b = 3.0
     3/14  n2 = a * b = 6.0
     4/14  n3 = n2 + a = 8.0
     5/14  seed: grad(n3) = 1.0
     6/14  visit n3 = n2 + a: grad(n3) = 1.0
     7/14    grad(n2): 1.0 × 1.0 = 1.0
     8/14    grad(a): 1.0 × 1.0 = 1.0
     9/14  visit n2 = a * b: grad(n2) = 1.0
    10/14    grad(a): 1.0 + 1.0 × 3.0 = 4.0
    11/14    grad(b): 1.0 × 2.0 = 2.0
    12/14  leaf b: grad(b) = 2.0
    13/14  leaf a: grad(a) = 4.0
    14/14  done: grad(a) = 4.0, grad(b) = 2.0
    """
    if not isinstance(y, Node):
        raise TypeError(f"expected a Value or a Tensor to trace, got {type(y).__name__}")
    recorder = _Recorder(names)
    events = backward_events(y, seed)
    for event in events:
        recorder.receive(event)
    recorder.finish()
    return recorder.trace


@contextmanager
def recording(names: Mapping[str, object] | None = None) -> Iterator[Trace]:
    """Record the backward passes that run inside, and the lines of the program that built their graphs.

    Each call of ``backward()`` adds a pass to the trace: the nodes that are new or hold something new, the events
    of the walk, and ``done``.

    Args:
        names: Names for the nodes that have no label of their own.

    >>> from autograd import Value
    >>> w = Value(2.0, label="w")
    >>> with recording() as t:
    ...     loss = w * w
    ...     loss.backward()
    >>> t.at(-1).grads["w"] == w.grad
    True
    """
    recorder = _Recorder(names)
    with record_source(), listening(event_listener(recorder.receive)):
        yield recorder.trace
        recorder.finish()


class _Recorder:
    """Writes a trace down while the engine walks."""

    def __init__(self, names: Mapping[str, object] | None) -> None:
        if names is not None and not isinstance(names, Mapping):
            raise TypeError(f"expected names to be a dict such as locals(), got {type(names).__name__}")
        self.trace = Trace()
        self.given = names_by_identity(names or {})
        self.ids: dict[Node, str] = {}
        self.words = Words(self.trace.names, self.ids)
        self.values: dict[Node, Amount] = {}
        self.grads: dict[Node, Amount] = {}
        self.taken: set[str] = set()
        self.numbered = 0
        self.root: Node | None = None  # of the pass that is under way

    def receive(self, event: Event) -> None:
        """Write down one event of the walk; a seed begins a pass, and before it goes the forward pass."""
        if event.kind == "seed":
            self.finish()
            self.root = event.node
            self.grads.clear()
            for node in topological_order(event.node):
                self.forward(node)
        before = self.grads.get(event.target)
        after = snapshot(event.after)
        upstream = None if event.kind == "seed" else snapshot(event.upstream)
        contribution = snapshot(event.contribution)
        words = self.words
        if event.kind == "contribute":
            text = words.contribute(event, before, upstream, contribution, after)
        elif event.kind == "visit":
            text = words.visit(event.node, after)
        else:
            text = f"seed: grad({words.name(event.node)}) = {describe(after)}"
        self.add(
            event.kind,
            event.node,
            operand=self.ids[event.target] if event.kind == "contribute" else "",
            slot=event.slot,
            upstream=upstream,
            local=event.local,
            contribution=contribution,
            before=before,
            after=after,
            text=text,
        )
        self.grads[event.target] = after

    def forward(self, node: Node) -> None:
        """Write down what a node holds, unless that is known."""
        value = snapshot(node.payload)
        if node in self.values and same(self.values[node], value):
            return
        if node not in self.ids:
            self.number(node)
        self.values[node] = value
        self.add("forward", node, value=value, text=self.words.forward(node, value))

    def number(self, node: Node) -> None:
        """Give a node the id and the name it has in a picture; its constants come before it."""
        self.numbered += sum(x is not None and not isinstance(x, Node) for x in node.inputs)
        identifier = self.ids[node] = f"n{self.numbered}"
        self.numbered += 1
        given = str(node.label or self.given.get(id(node), "")).replace("\n", "↵")
        name = shorten(given, NAME_LENGTH) or identifier
        if name in self.taken or (name != identifier and name[0] == "n" and name[1:].isdecimal()):
            name = f"{name} ({identifier})"
        self.taken.add(name)
        self.trace.names[identifier] = name

    def finish(self) -> None:
        """End the pass that is under way, if one is."""
        if self.root is not None:
            self.add("done", self.root, text=self.summary())
            self.root = None

    def summary(self) -> str:
        """Say which gradients the leaves have got."""
        leaves = [node for node in self.values if node in self.grads and node.op is None]
        shown = (f"grad({self.trace.names[self.ids[x]]}) = {describe(self.grads[x])}" for x in leaves[:_FEW_LEAVES])
        more = f" and {len(leaves) - _FEW_LEAVES:,} more" if len(leaves) > _FEW_LEAVES else ""
        return "done: " + (", ".join(shown) or "no leaf was reached") + more

    def add(self, kind: str, node: Node, **parts: Any) -> None:
        """Append a step."""
        self.trace._append(Step(len(self.trace), cast(Kind, kind), self.ids[node], source=node.source, **parts))
