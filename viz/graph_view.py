"""GraphView: a computation graph as plain data, for every exporter to draw from.

This module is the only reader of what a node holds inside. What it returns are frozen dataclasses of
strings, numbers and tuples: a snapshot that does not change when the graph does, and that does not keep
the graph alive.
"""

import math
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from autograd.graph import topological_order
from autograd.node import Node

__all__ = ["STUB", "EdgeView", "GraphView", "NodeView", "Quantity"]

STUB = "more"
"""The id that stands for every node left out of a view."""

Kind = Literal["leaf", "result", "constant", "group"]
Reason = Literal["", "scope", "repeat", "time", "chain", "depth"]
Tone = Literal["finite", "inf", "nan"]

_FEW = 4
"""An array of at most this many elements is shown in full."""

_NAME_LENGTH = 40
_PARAMETER_LENGTH = 24
_NESTING = 3


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or an array, as it is written in a picture.

    Attributes:
        text: The number, the few elements of a small array, or the statistics of a large one.
        exact: The same with every digit, where it has a short form.
        tone: Whether everything is finite, or what the worst of it is.
        shape: The shape of an array, ``None`` for anything else.
        dtype: The element type of an array, ``""`` for anything else.
    """

    text: str
    exact: str
    tone: Tone = "finite"
    shape: tuple[int, ...] | None = None
    dtype: str = ""

    @classmethod
    def of(cls, value: object) -> "Quantity":
        """Describe a number, an array, or any other constant.

        >>> Quantity.of(0.5).text
        '0.5'
        >>> Quantity.of(np.zeros((3, 4), np.float32))
        Quantity(text='mean 0.0, norm 0.0', exact='', tone='finite', shape=(3, 4), dtype='float32')
        >>> Quantity.of(np.array([1.0, np.nan])).tone
        'nan'
        """
        if isinstance(value, np.ndarray):
            return _array(value)
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float | complex):
            return cls(_number(value), repr(value), _tone(np.asarray(value)))
        if isinstance(value, tuple) and any(isinstance(part, np.ndarray) for part in value):
            return _arrays(value)
        text = brief(value)
        return cls(_shorten(text, _NAME_LENGTH), _shorten(text, 10 * _NAME_LENGTH))


@dataclass(frozen=True, slots=True)
class NodeView:
    """One vertex of a picture.

    Attributes:
        id: ``"n0"``, ``"n1"``, ... in topological order of the whole graph.
        kind: A ``"leaf"``, the ``"result"`` of an operation, a ``"constant"`` operand, or a ``"group"`` of others.
        name: The name given to it, ``""`` when there is none; a group's is what it is called in the picture.
        op: The name of the operation, ``""`` when there is none.
        symbol: What is written in the circle of the operation.
        parameters: The static arguments of the operation that say something, with their values.
        data: What the node holds; ``None`` for a group.
        grad: The gradient that reached it, ``None`` before one did; for a group the sum of their sizes.
        requires_grad: Whether a gradient is wanted here.
        parent: The id of the group it is a member of, ``""`` at the top.
        source: ``(file name, line number)`` of the user's program when it was recorded.
        formula: What the operation computes, as text.
        reason: Why a group is one: a ``"scope"`` of the program, a ``"repeat"`` of like parts, the steps of a loop in
            ``"time"``, a ``"chain"`` of single uses, or everything beyond a ``"depth"``.
        count: How many nodes it stands for, itself included unless it is a group.
        times: How many like parts a ``"repeat"`` or ``"time"`` group folds.
        is_open: Whether a group is drawn as a frame around its members rather than as one box.
        costs: What was measured or estimated here, by name (``"bytes"``, ``"flops"``, ``"time"``).
    """

    id: str
    kind: Kind
    name: str
    op: str
    symbol: str
    parameters: tuple[tuple[str, str], ...]
    data: Quantity | None
    grad: Quantity | None
    requires_grad: bool
    parent: str = ""
    source: tuple[str, int] | None = None
    formula: str = ""
    reason: Reason = ""
    count: int = 1
    times: int = 1
    is_open: bool = False
    costs: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class EdgeView:
    """One use of a node as an operand.

    Attributes:
        source: The id of the operand, or :data:`STUB`.
        target: The id of the result, or :data:`STUB`.
        slot: Which argument of the operation it is, ``-1`` for an edge that stands for several.
        count: How many edges it stands for: more than one only at a group.
        local: The local derivative, for numbers after it was asked for.
        contribution: What the edge adds to the gradient of its source, after it was asked for.
        formula: The local derivative as text, such as ``"y"`` for the first operand of ``x y``.
    """

    source: str
    target: str
    slot: int
    count: int = 1
    local: Quantity | None = None
    contribution: Quantity | None = None
    formula: str = ""


@dataclass(frozen=True, slots=True)
class GraphView:
    """A computation graph as plain data.

    Attributes:
        nodes: The nodes shown, operands before results.
        edges: The edges between them, and between them and the stub; ordered by result, then argument.
        root: The id of the node the view was made of.
        hidden: How many nodes were left out; the stub stands for them.
    """

    nodes: tuple[NodeView, ...]
    edges: tuple[EdgeView, ...]
    root: str
    hidden: int = 0

    @classmethod
    def of(cls, root: Node, names: Mapping[str, object] | None = None, max_nodes: int = 300) -> "GraphView":
        """Describe the graph that ``root`` was computed by.

        Each constant operand is a node too. When there are more than ``max_nodes`` nodes, those nearest
        to ``root`` are kept and the others are counted.

        Args:
            root: A ``Value`` or a ``Tensor``.
            names: Names for nodes that have no label of their own, such as ``locals()``.
            max_nodes: How many nodes to keep.

        Raises:
            TypeError: ``root`` is no node, ``names`` no mapping, or ``max_nodes`` no integer.
            ValueError: ``max_nodes`` is smaller than one.

        >>> from autograd import Value
        >>> x = Value(3.0)
        >>> view = GraphView.of(x * x, names={"x": x})
        >>> [(node.id, node.name or node.symbol) for node in view.nodes]
        [('n0', 'x'), ('n1', '*')]
        >>> [(edge.source, edge.target, edge.slot) for edge in view.edges]
        [('n0', 'n1', 0), ('n0', 'n1', 1)]
        """
        _check(root, names, max_nodes)
        return _Reader(root, names or {}, max_nodes).view()

    def shown(self) -> "GraphView":
        """Return what is drawn."""
        inner = tuple(edge for edge in self.edges if STUB not in {edge.source, edge.target})
        return GraphView(self.nodes, inner, self.root, self.hidden)


def _check(root: object, names: object, max_nodes: object) -> None:
    if not isinstance(root, Node):
        raise TypeError(f"expected a Value or a Tensor to draw, got {type(root).__name__}")
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(f"expected names to be a dict such as locals(), got {type(names).__name__}")
    if not isinstance(max_nodes, int) or isinstance(max_nodes, bool):
        raise TypeError(f"expected max_nodes to be an integer, got {type(max_nodes).__name__}")
    if max_nodes < 1:
        raise ValueError(f"expected max_nodes to be at least 1, got {max_nodes}")


class _Reader:
    """Reads a graph once, from end to end, without recursion.

    Nodes are told apart by ``id``: an array compares element by element, and nothing is compared here.
    A constant has no identity of its own, so it is known by the node and the argument it is used for.
    """

    def __init__(self, root: Node, names: Mapping[str, object], max_nodes: int) -> None:
        self.root = root
        self.order = topological_order(root)
        self.names = _names_by_identity(names)
        self.ids: dict[int, str] = {}
        self.constant_ids: dict[tuple[int, int], str] = {}
        self.number_everything()
        self.total = len(self.ids) + len(self.constant_ids)
        self.kept: set[str] = self.nearest(max_nodes)

    def number_everything(self) -> None:
        """Give each node, and before it each of its constants, the next id."""
        number = 0
        for node in self.order:
            for slot, operand in enumerate(node.inputs):
                if operand is not None and not isinstance(operand, Node):
                    self.constant_ids[id(node), slot] = f"n{number}"
                    number += 1
            self.ids[id(node)] = f"n{number}"
            number += 1

    def operand_id(self, node: Node, slot: int, operand: object) -> str:
        """Return the id of one operand of a node."""
        return self.ids[id(operand)] if isinstance(operand, Node) else self.constant_ids[id(node), slot]

    def nearest(self, max_nodes: int) -> set[str]:
        """Return the ids of the nodes with the fewest operations between them and the root."""
        kept = {self.ids[id(self.root)]}
        queue = deque([self.root])
        while queue and len(kept) < max_nodes:
            node = queue.popleft()
            for slot, operand in enumerate(node.inputs):
                if operand is None or len(kept) == max_nodes:
                    continue
                name = self.operand_id(node, slot, operand)
                if name not in kept:
                    kept.add(name)
                    if isinstance(operand, Node):
                        queue.append(operand)
        return kept

    def view(self) -> GraphView:
        """Describe what is kept, count what is not."""
        nodes: list[NodeView] = []
        edges: list[EdgeView] = []
        into_stub: Counter[str] = Counter()
        for node in self.order:
            target = self.ids[id(node)]
            shown = target in self.kept
            cut = 0
            for slot, operand in enumerate(node.inputs):
                if operand is None:
                    continue
                source = self.operand_id(node, slot, operand)
                if source not in self.kept:
                    cut += 1
                elif not shown:
                    into_stub[source] += 1
                else:
                    if not isinstance(operand, Node):
                        nodes.append(_constant(source, operand))
                    edges.append(EdgeView(source, target, slot))
            if shown:
                nodes.append(self.describe(node, target))
                if cut:
                    edges.append(EdgeView(STUB, target, -1, cut))
        edges += [EdgeView(node.id, STUB, -1, into_stub[node.id]) for node in nodes if node.id in into_stub]
        return GraphView(tuple(nodes), tuple(edges), self.ids[id(self.root)], self.total - len(nodes))

    def describe(self, node: Node, identifier: str) -> NodeView:
        """Copy out what a picture shows of one node."""
        op = node.op
        gradient = node.gradient
        if isinstance(gradient, Node):
            gradient = gradient.payload
        return NodeView(
            id=identifier,
            kind="leaf" if op is None else "result",
            name=_shorten(str(node.label or self.names.get(id(node), "")), _NAME_LENGTH),
            op="" if op is None else _shorten(str(op.name), _NAME_LENGTH),
            symbol="" if op is None else _shorten(str(op.symbol or op.name), _NAME_LENGTH),
            parameters=_parameters(node.params),
            data=Quantity.of(node.payload),
            grad=None if gradient is None else Quantity.of(gradient),
            requires_grad=bool(node.requires_grad),
        )


def _constant(identifier: str, value: object) -> NodeView:
    return NodeView(identifier, "constant", "", "", "", (), Quantity.of(value), None, False)


def _names_by_identity(names: Mapping[str, object]) -> dict[int, str]:
    """Return the first name of each node; a name with a leading underscore only where there is no other."""
    found: dict[int, str] = {}
    for private in (False, True):
        for name, value in names.items():
            if isinstance(value, Node) and str(name).startswith("_") is private:
                found.setdefault(id(value), str(name))
    return found


def _parameters(parameters: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Return the parameters that are switched on, in the order they were given."""
    return tuple(
        (_shorten(str(name), _PARAMETER_LENGTH), _shorten(brief(value), _PARAMETER_LENGTH))
        for name, value in parameters.items()
        if value is not None and value is not False
    )


def brief(value: object, depth: int = _NESTING) -> str:  # noqa: PLR0911 - one for each kind
    """Write a constant in a few words that are the same in every process, so never with an address.

    >>> brief((slice(0, 2), None)), brief(np.zeros((2, 3))), brief(object())
    ('(0:2, None)', 'array(2, 3)', 'object')
    """
    if value is None or value is Ellipsis or isinstance(value, bool | int | float | complex | str | bytes):
        return "..." if value is Ellipsis else repr(value)
    if isinstance(value, np.ndarray):
        return f"array{_shape(value.shape)}"
    if isinstance(value, np.dtype):
        return value.name
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, slice):
        parts = ("" if part is None else brief(part, 0) for part in (value.start, value.stop))
        step = "" if value.step is None else f":{brief(value.step, 0)}"
        return ":".join(parts) + step
    if isinstance(value, tuple | list) and depth > 0:
        inside = ", ".join(brief(part, depth - 1) for part in value[: _NAME_LENGTH + 1])
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
    return str(getattr(value, "__name__", type(value).__name__))


def _shape(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


def _shorten(text: str, length: int) -> str:
    """Cut a text to a length, and say by how much.

    >>> _shorten("a" * 1000, 5)
    'aaaaa… +995'
    """
    return text if len(text) <= length else f"{text[:length]}… +{len(text) - length:,}"


def _number(value: Any) -> str:
    """Write a number with four decimals at most, or in powers of ten where those would hide it.

    >>> [_number(x) for x in (2.0, 0.70710678, -1.5e-7, 1e30, math.inf, 1 + 2j)]
    ['2.0', '0.7071', '-1.5e-07', '1e+30', 'inf', '1.0+2.0j']
    """
    if isinstance(value, complex):
        imaginary = _number(value.imag)
        return f"{_number(value.real)}{'' if imaginary[0] == '-' else '+'}{imaginary}j"
    if not isinstance(value, float):
        return str(value)
    if not math.isfinite(value):
        return str(value)
    if value == 0.0 or 1e-3 <= abs(value) < 1e6:
        whole, _, decimals = f"{value:.4f}".partition(".")
        return f"{whole}.{decimals.rstrip('0') or '0'}"
    return f"{value:.4g}"


def _tone(array: np.ndarray[Any, Any]) -> Tone:
    if array.dtype.kind not in "fc" or bool(np.isfinite(array).all()):
        return "finite"
    return "nan" if bool(np.isnan(array).any()) else "inf"


def _array(array: np.ndarray[Any, Any]) -> Quantity:
    array = array.view(np.ndarray)
    tone = _tone(array)
    exact = ""
    if array.size == 0:
        text = "empty"
    elif array.dtype.kind not in "biufc":
        text = "array"
    elif array.size <= _FEW:
        text = _nested(array.tolist())
        exact = repr(array.tolist())
    else:
        text = _statistics(array) if tone == "finite" else _census(array)
    return Quantity(text, exact, tone, tuple(map(int, array.shape)), array.dtype.name)


def _nested(values: Any) -> str:
    """Write the few elements of a small array; as deep as its axes, of which NumPy allows 64."""
    if isinstance(values, list):
        return "[" + ", ".join(map(_nested, values)) + "]"
    return _number(values)


def _statistics(array: np.ndarray[Any, Any]) -> str:
    wide = array.astype(np.complex128 if array.dtype.kind == "c" else np.float64, copy=False)
    with np.errstate(all="ignore"):
        mean, norm = wide.mean().item(), float(np.linalg.norm(wide.ravel()))
    return f"mean {_number(mean)}, norm {_number(norm)}"


def _census(array: np.ndarray[Any, Any]) -> str:
    """Count what is not finite."""
    nans = int(np.isnan(array).sum())
    infs = int(np.isinf(array).sum())
    counts = [f"{count:,} {name}" for count, name in ((nans, "NaN"), (infs, "Inf")) if count]
    return f"{' and '.join(counts)} of {array.size:,}"


def _arrays(values: tuple[object, ...]) -> Quantity:
    """Describe the several outputs of one operation."""
    parts = [Quantity.of(value) for value in values]
    tones = {part.tone for part in parts}
    tone: Tone = "nan" if "nan" in tones else "inf" if "inf" in tones else "finite"
    text = "; ".join(
        part.text if part.shape is None else f"{_shape(part.shape)} {part.dtype}" for part in parts
    )
    return Quantity(_shorten(text, 2 * _NAME_LENGTH), "", tone)
