"""Trace: a pass through a graph, forwards and then backwards, as plain data.

The steps come from the engine: its topological order, and the events that its backward walk emits. Nothing here
computes a derivative, so the end state of a trace is what ``backward()`` gives, bit for bit.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast, get_args, overload

import numpy as np

from autograd import backward_events, event_listener, listening, record_source
from autograd.errors import StepgradError
from autograd.events import Event
from autograd.graph import topological_order
from autograd.node import Node

from .graph_view import names_by_identity, parameters_text
from .quantity import brief, nested_text, number_text, shape_text, shorten

__all__ = ["Amount", "ArraySnapshot", "State", "Step", "Trace", "TraceFormatError", "recording", "trace"]

Kind = Literal["forward", "seed", "visit", "contribute", "done"]

_FULL = 64
"""An array of at most this many elements is kept in full."""

_NAME_LENGTH = 40
_FEW_LEAVES = 6
_INFIX = frozenset(("+", "-", "*", "/", "//", "%", "**", "@", "==", "!=", "<", "<=", ">", ">="))
_FORMAT, _VERSION = "stepgrad-trace", 1


class TraceFormatError(StepgradError, ValueError):
    """A text that is no trace; the message names the place in it."""


@dataclass(frozen=True, slots=True)
class ArraySnapshot:
    """An array as it was at one step.

    Attributes:
        shape, dtype: Its shape and the name of its element type.
        norm: The square root of the sum of its squares.
        values: Its elements in row-major order, when there are at most 64, else ``None``.

    >>> ArraySnapshot.of(np.array([[3.0, 4.0]]))
    ArraySnapshot(shape=(1, 2), dtype='float64', norm=5.0, values=(3.0, 4.0))
    """

    shape: tuple[int, ...]
    dtype: str
    norm: float
    values: tuple[float, ...] | None

    @classmethod
    def of(cls, array: np.ndarray[Any, Any]) -> "ArraySnapshot":
        """Take down an array."""
        kind = array.dtype.kind
        with np.errstate(all="ignore"):
            wide: Any = array.astype(np.complex128 if kind == "c" else np.float64) if kind in "biufc" else np.zeros(0)
            norm = float(np.linalg.norm(wide.ravel()))
        full = array.size <= _FULL and kind in "biuf"
        return cls(
            tuple(map(int, array.shape)), array.dtype.name, norm, tuple(wide.ravel().tolist()) if full else None
        )

    def __str__(self) -> str:
        if self.values is None or len(self.values) > 4:
            return f"{shape_text(self.shape)}, norm {number_text(self.norm)}"
        return nested_text(np.reshape(self.values, self.shape).tolist())


Amount: TypeAlias = "float | ArraySnapshot | tuple[ArraySnapshot, ...] | None"
"""A number, an array, the arrays of an operation with several results, or nothing yet."""


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
        import json

        return json.dumps(self.as_dict(), ensure_ascii=False, separators=(",", ":"))

    def as_dict(self) -> dict[str, Any]:
        """Return what :meth:`to_json` writes, as dictionaries, lists, numbers and strings."""
        steps = [encode_step(step) for step in self._steps]
        return {"format": _FORMAT, "version": _VERSION, "names": dict(self.names), "steps": steps}

    @staticmethod
    def from_json(text: str) -> "Trace":
        """Read a trace that :meth:`to_json` wrote.

        Raises:
            TraceFormatError: It is none; the message says what stands where.
        """
        return _Decoder().trace(text)


# -- record --------------------------------------------------------------------------------------------------


def trace(y: Node, names: Mapping[str, object] | None = None, seed: Any = None) -> Trace:
    """Follow the forward and the backward pass through a graph, without touching any gradient.

    Args:
        y: A ``Value`` or a ``Tensor``.
        names: Names for the nodes that have no label of their own, such as ``locals()``.
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
        words = _Words(self.trace.names, self.ids)
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
        self.add("forward", node, value=value, text=_Words(self.trace.names, self.ids).forward(node, value))

    def number(self, node: Node) -> None:
        """Give a node the id and the name it has in a picture; its constants come before it."""
        self.numbered += sum(x is not None and not isinstance(x, Node) for x in node.inputs)
        identifier = self.ids[node] = f"n{self.numbered}"
        self.numbered += 1
        name = shorten(str(node.label or self.given.get(id(node), "")), _NAME_LENGTH) or identifier
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
        self.trace._append(
            Step(len(self.trace), cast(Kind, kind), self.ids[node], source=node.source, **parts)
        )


def snapshot(x: Any) -> Amount:
    """Take down a payload or a gradient as plain data.

    >>> snapshot(2.0), snapshot(np.array([1.0, 2.0])).values
    (2.0, (1.0, 2.0))
    """
    if isinstance(x, Node):
        x = x.payload
    if x is None or x.__class__ is float:  # NumPy's floats are sums of arrays without axes, and stay arrays
        return cast(Amount, x)
    if isinstance(x, tuple):
        return tuple(ArraySnapshot.of(np.asarray(part)) for part in x)
    return ArraySnapshot.of(np.asarray(x))


def same(a: Amount, b: Amount) -> bool:
    """Tell whether two amounts are the same, bit for bit; a NaN is itself."""
    return repr(a) == repr(b)


# -- words ---------------------------------------------------------------------------------------------------


def describe(amount: Amount) -> str:
    """Write an amount in few characters; nothing yet is a dash.

    >>> describe(0.5), describe(None), describe(ArraySnapshot.of(np.ones((3, 4))))
    ('0.5', '—', '(3, 4), norm 3.4641')
    """
    if amount is None:
        return "—"
    if isinstance(amount, tuple):
        return "; ".join(map(str, amount))
    return number_text(amount) if isinstance(amount, float) else str(amount)


class _Words:
    """Says in words what a step does."""

    def __init__(self, names: Mapping[str, str], ids: Mapping[Node, str]) -> None:
        self.names, self.ids = names, ids

    def name(self, node: Node) -> str:
        return self.names[self.ids[node]]

    def operand(self, x: Any) -> str:
        if isinstance(x, Node):
            return self.name(x)
        return number_text(x) if isinstance(x, float) else brief(x)

    def expression(self, node: Node) -> str:
        """Write an operation as it is written in a program: ``a * b``, ``tanh(x)``, ``sum(x, axis=0)``."""
        operands = [self.operand(x) for x in node.inputs]
        if node.op.symbol in _INFIX and len(operands) == 2:
            return f" {node.op.symbol} ".join(operands)
        if node.op.name == "negative":
            return f"-{operands[0]}"
        parameters = [f"{name}={value}" for name, value in parameters_text(node.params)]
        return f"{shorten(str(node.op.name), _NAME_LENGTH)}({', '.join(operands + parameters)})"

    def forward(self, node: Node, value: Amount) -> str:
        middle = "" if node.op is None else f" = {self.expression(node)}"
        return f"{self.name(node)}{middle} = {describe(value)}"

    def visit(self, node: Node, grad: Amount) -> str:
        name = self.name(node)
        what = f"leaf {name}" if node.op is None else f"visit {name} = {self.expression(node)}"
        return f"{what}: grad({name}) = {describe(grad)}"

    def contribute(self, event: Event, before: Amount, upstream: Amount, contribution: Amount, after: Amount) -> str:
        """Write the chain rule with numbers, or for arrays with the formula of the rule."""
        target = f"grad({self.name(event.target)})"
        if event.local is None:
            return f"{target} += {rule_text(event.node.op, event.slot)} = {describe(contribution)}"
        earlier = "" if before is None else f"{describe(before)} + "
        return f"{target}: {earlier}{describe(upstream)} × {describe(event.local)} = {describe(after)}"


def rule_text(op: Any, slot: int) -> str:
    """Write what a rule computes, in the letters of the operation's formula; ``g`` is the upstream gradient.

    >>> from autograd import REGISTRY
    >>> rule_text(REGISTRY["matmul"], 1), rule_text(REGISTRY["multiply"], 0), rule_text(REGISTRY["take"], 0)
    ('xᵀ g', 'g · y', 'rule of take')
    """
    parts = str(op.derivative).split(", ") if getattr(op, "derivative", "") else []
    if not parts:
        return f"rule of {op.name}"
    factor = parts[slot] if slot < len(parts) else ", ".join(parts)
    factor = factor.replace("^T", "ᵀ").replace("^2", "²")
    if factor == "1":
        return "g"
    if "g" in factor.replace("log", "").replace("sign", "").replace("sigmoid", "").split(" "):
        return factor
    return f"g · {factor}" if factor.isalnum() else f"g · ({factor})"


def _file_name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


# -- JSON ----------------------------------------------------------------------------------------------------

_AMOUNTS = ("value", "upstream", "local", "contribution", "before", "after")
_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def encode_step(step: Step) -> dict[str, Any]:
    """Write one step with what it has."""
    found: dict[str, Any] = {"kind": step.kind, "node": step.node}
    if step.operand:
        found |= {"operand": step.operand, "slot": step.slot}
    found |= {key: encode(amount) for key in _AMOUNTS if (amount := getattr(step, key)) is not None}
    if step.source:
        found["source"] = list(step.source)
    found["text"] = step.text
    return found


def encode(amount: Amount) -> Any:
    """Write an amount; what JSON has no number for is a string.

    >>> encode(2.0), encode(math.inf), encode(None)
    (2.0, 'inf', None)
    """
    if amount is None:
        return None
    if isinstance(amount, float):
        return amount if math.isfinite(amount) else repr(amount)
    if isinstance(amount, tuple):
        return [encode(part) for part in amount]
    found = {"shape": list(amount.shape), "dtype": amount.dtype, "norm": encode(amount.norm)}
    return found if amount.values is None else found | {"values": [encode(x) for x in amount.values]}


class _Decoder:
    """Reads a trace, and believes nothing."""

    def trace(self, text: str) -> Trace:
        import json

        try:
            found = json.loads(text, parse_constant=_refuse_constant)
        except (TypeError, ValueError, RecursionError) as error:
            raise TraceFormatError(f"expected the JSON text of a trace, got none ({error})") from error
        top = self.record(found, "trace", {"format", "version", "names", "steps"}, set())
        if top["format"] != _FORMAT or top["version"] != _VERSION:
            raise TraceFormatError(
                f"expected format {_FORMAT!r} version {_VERSION}, got {top['format']!r} version {top['version']!r}"
            )
        names = self.of_type(top["names"], dict, "names")
        for key, name in names.items():
            self.of_type(name, str, f"names[{key!r}]")
        if len(set(names.values())) != len(names):
            raise TraceFormatError("expected names that differ, got one twice")
        result = Trace((), names)
        grads: dict[str, Amount] = {}
        for index, step in enumerate(self.of_type(top["steps"], list, "steps")):
            result._append(self.step(step, index, names, grads))
        return result

    def step(self, found: Any, index: int, names: Mapping[str, str], grads: dict[str, Amount]) -> Step:
        """Read one step, and check that it goes on from the gradients before it."""
        where = f"steps[{index}]"
        record = self.record(found, where, {"kind", "node", "text"}, {"operand", "slot", "source", *_AMOUNTS})
        kind = record["kind"]
        if kind not in get_args(Kind):
            raise TraceFormatError(f"expected {where}.kind to be one of {', '.join(get_args(Kind))}, got {kind!r}")
        for key in ("node", "operand"):
            if key in record and (not isinstance(record[key], str) or record[key] not in names):
                raise TraceFormatError(f"expected {where}.{key} to be the id of a named node, got {record[key]!r}")
        slot = record.get("slot", -1)
        if (kind == "contribute") != (slot.__class__ is int and slot >= 0) or (slot != -1) != ("operand" in record):
            raise TraceFormatError(f"expected an operand and a slot in {where} if it contributes, else none")
        amounts = {key: self.amount(record[key], f"{where}.{key}") for key in _AMOUNTS if key in record}
        needed = {"forward": "value", "done": ""}.get(kind, "after")
        if needed and needed not in amounts:
            raise TraceFormatError(f"expected {where}.{needed}, got none")
        if not isinstance(amounts.get("local", 0.0), float):
            raise TraceFormatError(f"expected {where}.local to be a number, got an array")
        step = Step(
            index,
            kind,
            record["node"],
            record.get("operand", ""),
            slot,
            source=self.source(record.get("source"), where),
            text=self.of_type(record["text"], str, f"{where}.text"),
            **cast(Any, amounts),
        )
        self.follow(step, where, grads)
        return step

    def follow(self, step: Step, where: str, grads: dict[str, Amount]) -> None:
        if step.kind == "seed":
            grads.clear()
        if step.kind in ("seed", "visit", "contribute"):
            if not same(step.before, grads.get(step.target)):
                raise TraceFormatError(f"expected {where}.before to be the gradient that the steps before it left")
            grads[step.target] = step.after

    def amount(self, found: Any, where: str) -> Amount:
        if isinstance(found, list):
            return tuple(self.array(part, f"{where}[{i}]") for i, part in enumerate(found))
        return self.array(found, where) if isinstance(found, dict) else self.number(found, where)

    def array(self, found: Any, where: str) -> ArraySnapshot:
        record = self.record(found, where, {"shape", "dtype", "norm"}, {"values"})
        shape = tuple(self.of_type(record["shape"], list, f"{where}.shape"))
        if not all(n.__class__ is int and n >= 0 for n in shape):
            raise TraceFormatError(f"expected {where}.shape to be a list of sizes, got {list(shape)!r}")
        values = None
        if "values" in record:
            elements = self.of_type(record["values"], list, f"{where}.values")
            values = tuple(self.number(x, f"{where}.values[{i}]") for i, x in enumerate(elements))
            if len(values) != math.prod(shape):
                raise TraceFormatError(f"expected {math.prod(shape)} elements in {where}.values, got {len(values)}")
        dtype = self.of_type(record["dtype"], str, f"{where}.dtype")
        return ArraySnapshot(shape, dtype, self.number(record["norm"], f"{where}.norm"), values)

    def number(self, found: Any, where: str) -> float:
        if isinstance(found, str) and found in _SPECIAL:
            return _SPECIAL[found]
        if found.__class__ in (int, float) and abs(found) <= 1.7976931348623157e308:
            return float(found)
        raise TraceFormatError(f'expected {where} to be a number, "nan", "inf" or "-inf", got {str(found)[:40]!r}')

    def source(self, found: Any, where: str) -> tuple[str, int] | None:
        if found is None:
            return None
        if not isinstance(found, list) or [x.__class__ for x in found] != [str, int]:
            raise TraceFormatError(f"expected {where}.source to be a file name and a line number")
        return found[0], found[1]

    def record(self, found: Any, where: str, needed: set[str], allowed: set[str]) -> dict[str, Any]:
        record: dict[str, Any] = self.of_type(found, dict, where)
        if missing := sorted(needed - record.keys()):
            raise TraceFormatError(f"expected {', '.join(missing)} in {where}, got {', '.join(record) or 'nothing'}")
        if unknown := sorted(record.keys() - needed - allowed):
            raise TraceFormatError(f"expected nothing but what a trace has in {where}, got {', '.join(unknown)}")
        return record

    def of_type(self, found: Any, kind: type, where: str) -> Any:
        if not isinstance(found, kind):
            raise TraceFormatError(f"expected {where} to be a {kind.__name__}, got {type(found).__name__}")
        return found


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")
