"""The cost ledger: what each node of a graph costs in memory, arithmetic and, when measured, time.

How costs are counted:

* **Bytes** are those of the arrays that the graph keeps alive at a node: its result, operands that are no nodes, and
  arrays among its parameters. Memory that several nodes share is counted once, at the first of them; a view counts for
  the whole of what it looks into. A number counts as 8 bytes. The Python objects around the data are not counted.
* **FLOPs** are those of the forward pass. A multiply-add counts as two, so a product of ``(m, k)`` and ``(k, n)`` costs
  ``2 m k n``, exactly; products over named or chosen axes and convolutions likewise. An elementwise operation costs one
  for each element of its result, a reduction one for each element it reads, softmax five. A fused operation costs what
  the composition it equals costs. Moving, indexing and comparing costs nothing.
* The **peak** of ``backward()`` is predicted: what the graph keeps, every gradient that is no view of another (inner
  ones of arrays until they were used), the largest sum or step of a rule under way, at the end a copy for each leaf.
  Rules of many steps, such as that of GELU, take more while they run.
"""

import math
import time as clock
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from autograd import Primitive
from autograd.graph import topological_order
from autograd.node import Node
from autograd.outputs import Parts

from .table import Names, Table, one_line
from .units import short_bytes, short_count, short_seconds

__all__ = ["Cost", "Ledger", "flops_of", "ledger", "own_bytes"]

_NUMBER = 8
_NAME = 24
_RUNS = 5
_SHOWN = 3
_PER_ELEMENT = {"softmax": 5, "log_softmax": 5, "cumsum": 1, "cumprod": 1}
_HEADER = ("node", "operation", "shape", "bytes", "FLOPs", "kept alive by")
_TIMED_HEADER = ("node", "operation", "shape", "bytes", "FLOPs", "forward", "backward", "kept alive by")

Order = Literal["bytes", "flops", "time", "graph"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one node costs.

    Attributes:
        node: The node.
        name: Its label, or its id in the picture.
        op: The name of its operation, ``""`` for a leaf.
        shape: The shape of its result.
        bytes: The memory that it is the first to keep alive.
        flops: The arithmetic of its forward pass.
        forward: Seconds of running the operation again, ``None`` when not measured.
        backward: Seconds of its derivative rules, ``None`` when not measured.
        kept_by: Who keeps its result alive, in a line.
    """

    node: Node
    name: str
    op: str
    shape: tuple[int, ...]
    bytes: int
    flops: int
    forward: float | None
    backward: float | None
    kept_by: str

    @property
    def time(self) -> float | None:
        """Seconds of both passes, ``None`` when not measured."""
        return None if self.forward is None or self.backward is None else self.forward + self.backward


class Ledger:
    """The costs of every node of a graph, operands before results; made by :func:`ledger`.

    Attributes:
        entries: One for each node, in topological order.
        peak: The most memory that ``backward()`` is predicted to need, in bytes.
    """

    def __init__(self, entries: Sequence[Cost], peak: int) -> None:
        self.entries, self.peak = tuple(entries), peak

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Cost]:
        return iter(self.entries)

    @property
    def bytes(self) -> int:
        """The memory that the graph keeps alive."""
        return sum(cost.bytes for cost in self.entries)

    @property
    def saved(self) -> int:
        """The part of it that is there for the backward pass alone: all but the leaves."""
        return sum(cost.bytes for cost in self.entries if cost.op)

    @property
    def flops(self) -> int:
        """The arithmetic of the forward pass."""
        return sum(cost.flops for cost in self.entries)

    @property
    def time(self) -> float | None:
        """Seconds of both passes, where measured; ``None`` when nothing was."""
        measured = [cost.time for cost in self.entries if cost.time is not None]
        return sum(measured) if measured else None

    @property
    def costs(self) -> Mapping[Node, Mapping[str, float]]:
        """The costs as a picture takes them: for each node its ``bytes``, ``flops`` and, if measured, ``time``.

        >>> from autograd import Value
        >>> x = Value(2.0); y = x * x
        >>> ledger(y).costs[y]
        {'bytes': 8.0, 'flops': 1.0}
        """
        found: dict[Node, dict[str, float]] = {}
        for cost in self.entries:
            found[cost.node] = {"bytes": float(cost.bytes), "flops": float(cost.flops)}
            if cost.time is not None:
                found[cost.node]["time"] = cost.time
        return found

    def table(self, top: int = 20, by: Order = "bytes") -> str:
        """Return the most expensive nodes as text, with the totals.

        Args:
            top: How many nodes to list; the others are counted.
            by: What to sort by: ``"bytes"``, ``"flops"``, ``"time"``, or ``"graph"`` for the order of the graph.

        Raises:
            ValueError: There is no such order, or ``top`` is negative.

        >>> from autograd import Value
        >>> x = Value(2.0, label="x")
        >>> print(ledger(x * x + x).table(top=1))
        node              operation  shape  bytes  FLOPs  kept alive by
        x                 leaf       ()       8 B      0  operand of multiply n1 and add n2
        2 more                               16 B      2
        -----------------------------------------------------------------------------------
        3 nodes                              24 B      2
        peak of backward                     64 B
        """
        return str(self._table(top, by))

    def _table(self, top: int = 20, by: Order = "bytes") -> Table:
        if top < 0:
            raise ValueError(f"expected top to be a number of nodes, got {top}")
        chosen = self._sorted(by)
        timed = self.time is not None
        rows = [_row(cost, timed) for cost in chosen[:top]]
        if len(chosen) > top:
            rows.append(_sum_row(f"{len(chosen) - top:,} more", Ledger(chosen[top:], 0), timed))
        rows += [[], _sum_row(f"{len(self):,} node{'s' * (len(self) != 1)}", self, timed)]
        rows.append(["peak of backward", "", "", short_bytes(self.peak), *[""] * (4 if timed else 2)])
        header = _TIMED_HEADER if timed else _HEADER
        return Table(header, rows, right=range(3, len(header) - 1))

    def _sorted(self, by: Order) -> list[Cost]:
        if by == "graph":
            return list(self.entries)
        keys: dict[str, Callable[[Cost], float]] = {
            "bytes": lambda cost: -cost.bytes,
            "flops": lambda cost: -cost.flops,
            "time": lambda cost: -(cost.time or 0.0),
        }
        if by not in keys:
            raise ValueError(f"expected by to be one of bytes, flops, time, graph, got {by!r}")
        return sorted(self.entries, key=keys[by])

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        return f"<Ledger: {len(self):,} nodes, {short_bytes(self.bytes)}, {short_count(self.flops)} FLOPs>"

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""
        return self._table()._repr_html_()


def _row(cost: Cost, timed: bool) -> list[str]:
    times = [short_seconds(cost.forward), short_seconds(cost.backward)] if timed else []
    numbers = [short_bytes(cost.bytes), short_count(cost.flops)]
    return [cost.name, cost.op or "leaf", str(cost.shape), *numbers, *times, cost.kept_by]


def _sum_row(title: str, part: Ledger, timed: bool) -> list[str]:
    sums = [sum(getattr(cost, which) or 0.0 for cost in part) for which in ("forward", "backward")] if timed else []
    return [title, "", "", short_bytes(part.bytes), short_count(part.flops), *map(short_seconds, sums), ""]


def ledger(y: Node, time: bool = False) -> Ledger:
    """Write down what each node of a graph costs. Nothing is changed.

    Args:
        y: A ``Value`` or a ``Tensor``.
        time: Run each operation and its derivative rules again, a few times, and take the median.

    Returns:
        The ledger: ``print`` it, or hand it to a picture.

    Raises:
        TypeError: ``y`` is no node.

    >>> from autograd import Tensor
    >>> x, w = Tensor(np.ones((4, 3))), Tensor(np.ones((3, 2)), requires_grad=True)
    >>> book = ledger((x @ w).sum())
    >>> [(cost.op, cost.flops, cost.bytes) for cost in book if cost.op]
    [('matmul', 48, 64), ('sum', 8, 8)]
    """
    if not isinstance(y, Node):
        raise TypeError(f"expected a Value or a Tensor, got {type(y).__name__}; pass the result that you would draw")
    order = topological_order(y)
    names = Names(y)
    sizes = own_bytes(order)
    keepers = _keepers(order, names)
    entries = [
        Cost(
            node=node,
            name=one_line(names(node), _NAME),
            op="" if node.op is None else str(node.op.name),
            shape=_shape(node),
            bytes=size,
            flops=flops_of(node),
            forward=_median(_forward(node)) if time else None,
            backward=_median(_backward(node)) if time else None,
            kept_by=_keeper_line(keepers[node], node is y),
        )
        for node, size in zip(order, sizes, strict=True)
    ]
    return Ledger(entries, sum(sizes) + _gradient_peak(order))


# -- memory ----------------------------------------------------------------------------------------------------


def _arrays(item: Any) -> Iterator[np.ndarray[Any, Any]]:
    """Yield the arrays in a payload, an operand or a parameter."""
    if isinstance(item, np.ndarray):
        yield item
    elif isinstance(item, tuple | list):
        for part in item:
            yield from _arrays(part)


def _owner(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the array whose memory a view looks into."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def own_bytes(order: Sequence[Node]) -> list[int]:
    """Return the memory that each node is the first to keep alive."""
    owners: dict[int, np.ndarray[Any, Any]] = {}  # kept, so that no address is used twice
    sizes = []
    for node in order:
        held = [node.payload, [x for x in node.inputs if not isinstance(x, Node)], *node.params.values()]
        new = {id(owner): owner for item in held for owner in map(_owner, _arrays(item)) if id(owner) not in owners}
        owners |= new
        number = _NUMBER if isinstance(node.payload, float) else 0
        sizes.append(number + sum(owner.nbytes for owner in new.values()))
    return sizes


def _keepers(order: Sequence[Node], names: Names) -> dict[Node, list[str]]:
    """Return, for each node, the operations that keep its result as an operand."""
    keepers: dict[Node, list[str]] = {node: [] for node in order}
    for node in order:
        for operand in dict.fromkeys(node.parents()):
            keepers[operand].append(f"{node.op.name} {one_line(names(node), _NAME)}")
    return keepers


def _keeper_line(keepers: Sequence[str], is_root: bool) -> str:
    if is_root:
        return "you: it is the result"
    shown = list(keepers[:_SHOWN])
    if len(keepers) > _SHOWN:
        shown.append(f"{len(keepers) - _SHOWN:,} more")
    return "operand of " + (shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}")


def _shape(x: Any) -> tuple[int, ...]:
    """Return the shape of a node or a constant; for the node of several results, how many elements they have."""
    payload = x.payload if isinstance(x, Node) else x
    return (sum(np.size(part) for part in payload),) if isinstance(payload, tuple) else np.shape(payload)


def _gradient_bytes(node: Node) -> int:
    return _NUMBER if isinstance(node.payload, float) else sum(array.nbytes for array in _arrays(node.payload))


def _gradient_peak(order: Sequence[Node]) -> int:
    """Return the most memory that gradients take: inner ones until they were used, leaves get copies at the end."""
    reached: dict[Node, int] = {order[-1]: _gradient_bytes(order[-1])}  # what the gradient of each takes for itself
    live = peak = reached[order[-1]]
    for node in reversed(order):
        if node not in reached:
            continue
        heir = None  # an operand that goes on with the memory of this node's gradient
        for slot, operand in enumerate(node.inputs):
            if not isinstance(operand, Node) or not operand.requires_grad:
                continue
            size = _gradient_bytes(operand)
            contribution = 0 if _passes_on(node, slot) else size
            simple = isinstance(node.op, Primitive) and node.op.elementwise
            working = contribution if simple else 0  # one step inside the rule
            peak = max(peak, live + contribution + max(working, size if operand in reached else 0))
            own = size if operand in reached else contribution
            heir = operand if not own else heir
            live += own - reached.get(operand, 0)
            reached[operand] = own
        if not node.is_leaf and not node.retains_grad:
            if heir is None:
                live -= reached[node]
            else:
                reached[heir] += reached[node]
            reached[node] = 0
    copies = sum(_gradient_bytes(n) for n in reached if n.is_leaf and not isinstance(n.payload, float))
    return max(peak, live + copies)


def _passes_on(node: Node, slot: int) -> bool:
    """Tell whether a gradient goes on to an operand as it is, or as a view, so that it takes no memory of its own."""
    result, operand = node.payload, node.inputs[slot].payload
    if isinstance(result, (float, tuple)):
        return False
    if node.op.name == "pick":
        return True
    if node.op.name == "add" or (node.op.name == "subtract" and slot == 0):
        return bool(np.shape(result) == np.shape(operand))
    return node.op.name in ("sum", "mean") or np.may_share_memory(result, operand)


# -- arithmetic ------------------------------------------------------------------------------------------------


Shapes = Sequence[tuple[int, ...]]


def flops_of(node: Node) -> int:
    """Return the floating-point operations of one node's forward pass, counted as this module says.

    >>> from autograd import Tensor
    >>> flops_of(Tensor(np.ones((2, 3)), requires_grad=True) @ np.ones((3, 5)))
    60
    """
    op = node.op
    if not isinstance(op, Primitive):
        return 0
    shapes = [_shape(x) for x in node.inputs]
    size: int = math.prod(_shape(node))
    if op.name in _EXACT:
        return _EXACT[op.name](shapes, size, node.params) if all(map(math.prod, shapes)) else 0
    if op.composition is not None and op.name not in _PER_ELEMENT:
        return _composed(node)
    if op.reduction:
        return math.prod(shapes[0])
    return size * _PER_ELEMENT.get(op.name, int(op.elementwise))


def _matmul(shapes: Shapes, size: int, params: Mapping[str, Any]) -> int:
    return 2 * size * shapes[0][-1]


def _linear(shapes: Shapes, size: int, params: Mapping[str, Any]) -> int:
    return (2 * shapes[1][-1] + len(shapes) - 2) * size  # the bias, where there is one, is an addition


def _contraction(shapes: Shapes, size: int, params: Mapping[str, Any]) -> int:
    """Count a product over the same axes of two operands: the square of their lengths is what the result lacks."""
    both = math.prod(shapes[0]) * math.prod(shapes[1])
    return 2 * size * math.isqrt(both // size) if size and both else 0


def _outer(shapes: Shapes, size: int, params: Mapping[str, Any]) -> int:
    return size


def _einsum(shapes: Shapes, size: int, params: Mapping[str, Any]) -> int:
    """Count one multiplication for each further operand, and an addition where something is summed."""
    inputs, arrow, output = str(params["subscripts"]).replace(" ", "").partition("->")
    letters = inputs.replace(",", "").replace("...", "")
    kept = output if arrow else [letter for letter in letters if letters.count(letter) == 1]
    summed = any(letter not in kept for letter in letters)
    lengths: dict[str, int] = {}
    for term, shape in zip(inputs.split(","), shapes, strict=True):
        before, dots, after = term.partition("...")
        middle = len(shape) - len(before) - len(after) if dots else 0
        labels = [*before, *(f"...{i}" for i in range(-middle, 0)), *after]
        for label, length in zip(labels, shape, strict=True):
            lengths[label] = max(lengths.get(label, 1), length)
    return (len(shapes) - 1 + summed) * math.prod(lengths.values())


def _convolution(shapes: Shapes, size: int, params: Mapping[str, Any]) -> int:
    return 2 * size * math.prod(shapes[1][1:])


def _transposed_convolution(shapes: Shapes, size: int, params: Mapping[str, Any]) -> int:
    return 2 * math.prod(shapes[0]) * math.prod(shapes[1][1:])


_EXACT: dict[str, Callable[[Shapes, int, Mapping[str, Any]], int]] = {
    "linear": _linear,
    "matmul": _matmul,
    "tensordot": _contraction,
    "outer": _outer,
    "einsum": _einsum,
    "convolution": _convolution,
    "convolution_transpose": _transposed_convolution,
}


def _composed(node: Node) -> int:
    """Count a fused operation as the plain operations that it equals."""
    raw = [x.payload if isinstance(x, Node) else x for x in node.inputs]
    make = type(node)
    operands = [
        make(x, requires_grad=True) if isinstance(n, Node) and np.asarray(x).dtype.kind == "f" else x  # type: ignore[call-arg]
        for x, n in zip(raw, node.inputs, strict=True)
    ]
    with np.errstate(all="ignore"):
        result = node.op.composition(*operands, **node.params)
    return sum(flops_of(part) for part in topological_order(result)) if isinstance(result, Node) else 0


# -- time ------------------------------------------------------------------------------------------------------


def _forward(node: Node) -> Callable[[], Any] | None:
    op = node.op
    if not isinstance(op, Primitive):
        return None
    raw = [x.payload if isinstance(x, Node) else x for x in node.inputs]
    run = op.scalar if isinstance(node.payload, float) else op.forward
    return lambda: run(*raw, **node.params)


def _backward(node: Node) -> Callable[[], Any] | None:
    if not isinstance(node.op, Primitive):
        return None
    return lambda: node.contributions(_ones(node.payload), False)


def _ones(payload: Any) -> Any:
    if isinstance(payload, tuple):
        return Parts(map(_ones, payload))
    return 1.0 if isinstance(payload, float) else np.ones_like(payload)


def _median(run: Callable[[], Any] | None) -> float | None:
    """Return the median time of a few runs; ``None`` for what cannot be run again."""
    if run is None:
        return None
    times = []
    with np.errstate(all="ignore"):
        for _ in range(_RUNS):
            start = clock.perf_counter()
            run()
            times.append(clock.perf_counter() - start)
    return sorted(times)[_RUNS // 2]
