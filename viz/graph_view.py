"""GraphView: a computation graph as plain data, for every exporter to draw from.

This module is the only reader of what a node holds inside. What it returns are frozen dataclasses of
strings, numbers and tuples: a snapshot that does not change when the graph does, and that does not keep
the graph alive.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from autograd.graph import topological_order
from autograd.node import Node

from .folding import Grouping, fold
from .quantity import NAME_LENGTH, Quantity, Tone, brief, shorten
from .structure import TOP, Reason, Sort, Structure, Tree

__all__ = ["EdgeView", "GraphView", "NodeView", "Quantity", "names_by_identity", "parameters_text"]

Kind = Literal["leaf", "result", "constant", "group"]
Show = Literal["local", "contribution"]

_ALWAYS_SHOWN = ("data", "grad")
"""What ``show`` may also name, because people do: it is there in any case."""

_PARAMETER_LENGTH = 24


@dataclass(frozen=True, slots=True)
class NodeView:
    """One vertex of a picture.

    Attributes:
        id: ``"n0"``, ``"n1"``, ... in topological order of the whole graph; ``"g0"``, ``"g1"``, ... for groups.
        kind: A ``"leaf"``, the ``"result"`` of an operation, a ``"constant"`` operand, or a ``"group"`` of others.
        name: The name given to it, ``""`` when there is none; a group's is what it is called in the picture.
        op: The name of the operation, ``""`` when there is none.
        symbol: What is written in the circle of the operation.
        parameters: The static arguments of the operation that say something, with their values.
        data: What the node holds; for a group ``None``, unless something in it is not finite: then how much.
        grad: The gradient that reached it, ``None`` before one did; for a group the sum of their sizes.
        requires_grad: Whether a gradient is wanted here; for a group, anywhere in it.
        parent: The id of the group it is a member of, ``""`` at the top.
        source: ``(file name, line number)`` of the user's program when it was recorded.
        formula: What the operation computes, as text.
        reason: Why a group is one: a ``"scope"`` of the program, a ``"repeat"`` of like parts, the steps of a loop in
            ``"time"``, a ``"chain"`` of single uses, or everything beyond a ``"depth"``.
        count: How many nodes it stands for, itself included unless it is a group.
        times: How many like parts a ``"repeat"`` folds, steps a ``"time"``, operations a ``"chain"``; how often a
            ``"scope"`` was entered.
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

    @property
    def caption(self) -> str:
        """What a group hides, in words; ``""`` for anything else.

        >>> from autograd import Value
        >>> y = Value(1.0) * 2.0 * 3.0
        >>> group = GraphView.of(y, depth=0).nodes[0]
        >>> group.name, group.caption
        ('+3 more', 'nodes further away')
        """
        if self.kind != "group":
            return ""
        nodes = f"{self.count:,} node{'s' * (self.count != 1)}"
        often = f"{self.times:,}"
        return {
            "scope": f"{nodes}, {often} calls" if self.times > 1 else nodes,
            "repeat": f"×{often}, {nodes}",
            "time": f"×{often} in time, {nodes}",
            "chain": f"chain of {often}, {nodes}",
            "depth": f"node{'s' * (self.count != 1)} further away",
        }.get(self.reason, nodes)


@dataclass(frozen=True, slots=True)
class EdgeView:
    """One use of a node as an operand.

    Attributes:
        source: The id of the operand.
        target: The id of the result.
        slot: Which argument of the operation it is, ``-1`` for an edge that stands for several.
        count: How many edges it stands for: more than one only at a group.
        local: The local derivative, for numbers, after it was asked for.
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
        nodes: The nodes described, operands before results, and each group before its members.
        edges: The edges between the finest things described: a node, or a group without members. Those into nodes are
            ordered by result, then argument; those into groups come last.
        root: The id of the node the view was made of, or of the group it was folded into.
    """

    nodes: tuple[NodeView, ...]
    edges: tuple[EdgeView, ...]
    root: str

    @classmethod
    def of(
        cls,
        root: Node,
        names: Mapping[str, object] | None = None,
        *,
        show: Collection[str] = (),
        max_nodes: int | None = 300,
        depth: int | None = None,
        group: Grouping | None = None,
        costs: Mapping[Node, Mapping[str, float]] | None = None,
    ) -> "GraphView":
        """Describe the graph that ``root`` was computed by.

        Each constant operand is a node too. What is more than :meth:`shown` has room for is folded into groups,
        whose members are described as well while there are not too many.

        Args:
            root: A ``Value`` or a ``Tensor``.
            names: Names for nodes that have no label of their own, such as ``locals()``.
            show: ``"local"`` and ``"contribution"`` for those of each edge, as a backward pass from ``root`` that is
                made for it, and leaves no trace, finds them.
            max_nodes: How many boxes a picture may have; ``None`` for no limit.
            depth: Fold what is more than so many operations away from ``root``.
            group: ``"scope"`` to draw a frame around each scope, ``"module"`` to close the innermost ones; without it
                scopes are groups only where the graph is too large.
            costs: What was measured or estimated at each node, by name.

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: ``max_nodes`` is smaller than one, ``depth`` smaller than zero, or something to show or to
                group by is unknown.
            GraphError: Contributions were asked for, and ``root`` holds more than one number.

        >>> from autograd import Value
        >>> x = Value(3.0)
        >>> view = GraphView.of(x * x, names={"x": x}, show=("local",))
        >>> [(node.id, node.name or node.symbol) for node in view.nodes]
        [('n0', 'x'), ('n1', '*')]
        >>> [(edge.source, edge.target, edge.slot, edge.local.text) for edge in view.edges]
        [('n0', 'n1', 0, '3.0'), ('n0', 'n1', 1, '3.0')]
        """
        _check(root, names, show, max_nodes, depth, group, costs)
        return _Reader(root, names or {}, costs or {}).view(frozenset(show), max_nodes, depth, group)

    @property
    def hidden(self) -> int:
        """How many nodes of the graph stand in closed groups.

        >>> from autograd import Value
        >>> GraphView.of(Value(1.0) * 2.0 * 3.0, depth=0).hidden
        3
        """
        return sum(node.count for node in self.shown().nodes if node.kind == "group" and not node.is_open)

    def shown(self) -> "GraphView":
        """Return what is drawn: closed groups without their members, open ones as frames around theirs.

        Edges into a closed group are merged. A closed ``"time"`` group has an edge to itself: each step feeds the next.

        >>> from autograd import Value
        >>> y = Value(1.0) * 2.0 * 3.0
        >>> shown = GraphView.of(y, depth=0).shown()
        >>> [(node.id, node.name) for node in shown.nodes], shown.edges[0].target
        ([('g0', '+3 more'), ('n3', ''), ('n4', '')], 'n4')
        """
        if not any(node.kind == "group" for node in self.nodes):
            return self
        face: dict[str, str] = {"": ""}
        closed: set[str] = set()
        nodes: list[NodeView] = []
        for node in self.nodes:
            hidden_in = face[node.parent] if face[node.parent] in closed else ""
            face[node.id] = hidden_in or node.id
            if hidden_in:
                continue
            nodes.append(node)
            if node.kind == "group" and not node.is_open:
                closed.add(node.id)
        edges = _merged(
            (replace(edge, source=face[edge.source], target=face[edge.target]) for edge in self.edges), closed
        )
        loops = (
            EdgeView(node.id, node.id, -1, node.times - 1)
            for node in nodes
            if node.id in closed and node.reason == "time" and node.times > 1
        )
        return GraphView(tuple(nodes), (*edges, *loops), face[self.root])


def _merged(edges: Iterator[EdgeView], groups: Collection[str]) -> list[EdgeView]:
    """Return the edges with those between two things made one where a group is among the two."""
    merged: dict[Hashable, EdgeView] = {}
    for edge in edges:
        if edge.source == edge.target and edge.source in groups:
            continue
        if edge.source not in groups and edge.target not in groups:
            merged[edge.source, edge.target, edge.slot] = edge
            continue
        same = merged.get((edge.source, edge.target))
        merged[edge.source, edge.target] = (
            edge if same is None else EdgeView(edge.source, edge.target, -1, same.count + edge.count)
        )
    return list(merged.values())


def _check(
    root: object, names: object, show: object, max_nodes: object, depth: object, group: object, costs: object
) -> None:
    if not isinstance(root, Node):
        raise TypeError(f"expected a Value or a Tensor to draw, got {type(root).__name__}")
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(f"expected names to be a dict such as locals(), got {type(names).__name__}")
    if costs is not None and not isinstance(costs, Mapping):
        raise TypeError(f"expected costs to be a dict from nodes to dicts of numbers, got {type(costs).__name__}")
    known = (*_ALWAYS_SHOWN, *get_args(Show))
    if isinstance(show, str) or not isinstance(show, Collection):
        raise TypeError(f"expected show to be a tuple of some of {', '.join(known)}, got {show!r}")
    unknown = [name for name in show if name not in known]
    if unknown:
        raise ValueError(f"expected show to name some of {', '.join(known)}, got {unknown[0]!r}")
    for name, value, least in (("max_nodes", max_nodes, 1), ("depth", depth, 0)):
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"expected {name} to be an integer or None, got {type(value).__name__}")
        if value < least:
            raise ValueError(f"expected {name} to be at least {least}, got {value}")
    if group is not None and group not in get_args(Grouping):
        raise ValueError(f"expected group to be one of {', '.join(get_args(Grouping))} or None, got {group!r}")


class _Totals:
    """What the nodes inside one group have together."""

    __slots__ = ("bad", "costs", "count", "grad", "requires_grad", "tone")

    def __init__(self) -> None:
        self.count = self.bad = 0
        self.grad: float | None = None
        self.requires_grad = False
        self.tone: Tone = "finite"
        self.costs: Counter[str] = Counter()

    def add(self, other: "_Totals") -> None:
        self.count += other.count
        self.bad += other.bad
        if other.grad is not None:
            self.grad = other.grad + (self.grad or 0.0)
        self.requires_grad |= other.requires_grad
        if other.tone != "finite" and self.tone != "nan":
            self.tone = other.tone
        self.costs.update(other.costs)


class _Flow(NamedTuple):
    """What a backward pass found at one edge."""

    local: Quantity | None
    contribution: Quantity | None


_NO_FLOW = _Flow(None, None)


class _Reader:
    """Reads a graph once, from end to end, without recursion.

    Nodes are told apart by ``id``: an array compares element by element, and nothing is compared here.
    A constant has no identity of its own, so it is known by the node and the argument it is used for.
    """

    def __init__(self, root: Node, names: Mapping[str, object], costs: Mapping[Node, Mapping[str, float]]) -> None:
        self.root = root
        self.order = topological_order(root)
        self.index = {id(node): number for number, node in enumerate(self.order)}
        self.names = names_by_identity(names)
        self.costs = {id(node): cost for node, cost in costs.items()}
        self.structure = self._structure()
        self.numbers: list[int] = []  # of each node among all, the constants counted too
        number = 0
        for constants in self.structure.constants:
            number += constants
            self.numbers.append(number)
            number += 1

    def _structure(self) -> Structure:
        """Read off what a folding needs: who is an operand of whom, what is alike, which scope each is in."""
        graph = Structure()
        index, sorts, scopes = self.index, dict[Hashable, int](), dict[int, int]()
        for node in self.order:
            operands: tuple[int, ...] = ()
            constants = 0
            op = node.op
            is_named = False
            if op is None:
                is_named = bool(node.label) or id(node) in self.names
                key: tuple[object, ...] = ("leaf", node.requires_grad, is_named)
            else:
                mask = 0
                row = []
                for operand in node.inputs:
                    mask <<= 1
                    if isinstance(operand, Node):
                        row.append(index[id(operand)])
                        mask |= 1
                    elif operand is not None:
                        constants += 1
                operands = tuple(row)
                key = (id(op), len(node.inputs), mask, parameters_text(node.params) if node.params else None)
            payload = node.payload
            if payload.__class__ is not float:
                key = (*key, getattr(payload, "shape", None))
            sort = sorts.get(key)
            if sort is None:
                sort = sorts[key] = len(graph.kinds)
                name = "leaf" if op is None else shorten(str(op.name), NAME_LENGTH)
                graph.kinds.append(Sort(name, op is None, bool(getattr(op, "elementwise", False)), is_named))
            graph.operands.append(operands)
            graph.constants.append(constants)
            graph.sorts.append(sort)
            scope = node.scope
            graph.scopes.append(-1 if scope is None or op is None else _enter(scope, scopes, graph))
        return graph

    def view(
        self, show: Collection[str], max_nodes: int | None, depth: int | None, group: Grouping | None
    ) -> GraphView:
        """Fold the graph, and describe what is left and what can be opened."""
        tree = fold(self.structure, max_nodes, depth, group)
        flows = self._flows(show) if not {"local", "contribution"}.isdisjoint(show) else {}
        ids, nodes = self._nodes(tree)
        return GraphView(tuple(nodes), tuple(self._edges(ids, flows)), ids[-1])

    def _edges(self, ids: list[str], flows: Mapping[tuple[int, int], _Flow]) -> Iterator[EdgeView]:
        """Yield the edges into nodes, argument by argument, then those into groups, with their number."""
        into_groups: dict[tuple[str, str], int] = {}
        for number, operands in enumerate(self.structure.operands):
            target = ids[number]
            if target[0] == "n":
                if self.structure.constants[number] or operands:
                    yield from self._edges_into(number, ids, flows)
                continue
            for operand in operands:
                source = ids[operand]
                if source != target:
                    pair = source, target
                    into_groups[pair] = into_groups.get(pair, 0) + 1
        for (source, target), count in into_groups.items():
            yield EdgeView(source, target, -1, count)

    def _edges_into(self, number: int, ids: list[str], flows: Mapping[tuple[int, int], _Flow]) -> Iterator[EdgeView]:
        """Yield the edges into one node; those from one group are one."""
        node, target = self.order[number], ids[number]
        constant = self.numbers[number] - self.structure.constants[number]
        formulas = _formulas(node)
        from_groups: dict[str, EdgeView] = {}
        for slot, operand in enumerate(node.inputs):
            if operand is None:
                continue
            if isinstance(operand, Node):
                source = ids[self.index[id(operand)]]
            else:
                source = f"n{constant}"
                constant += 1
            flow = flows.get((id(node), slot), _NO_FLOW)
            formula = formulas[slot] if formulas else ""
            edge = EdgeView(source, target, slot, 1, flow.local, flow.contribution, formula)
            if source[0] == "n":
                yield edge
            elif source in from_groups:
                from_groups[source] = EdgeView(source, target, -1, from_groups[source].count + 1)
            else:
                from_groups[source] = edge
        yield from from_groups.values()

    def _nodes(self, tree: Tree) -> tuple[list[str], list[NodeView]]:
        """Return the id under which each node is described, its own or that of a group, and the descriptions."""
        ids = [""] * len(self.order)
        nodes: list[NodeView] = []
        totals = self._totals(tree) if len(tree.groups) > 1 else []
        names: list[str] = [""] * len(tree.groups)
        stack = list(reversed(tree.groups[TOP].members))
        groups = 0
        while stack:
            unit = stack.pop()
            if unit >= 0:
                ids[unit] = f"n{self.numbers[unit]}"
                nodes += self._describe(unit, names[tree.home[unit]])
                continue
            number = ~unit
            here = tree.groups[number]
            names[number] = f"g{groups}"
            groups += 1
            nodes.append(self._group(tree, number, names, totals[number]))
            if here.is_described:
                stack.extend(reversed(here.members))
            else:
                for node in tree.within(number):
                    ids[node] = names[number]
        return ids, nodes

    def _group(self, tree: Tree, number: int, names: list[str], totals: _Totals) -> NodeView:
        here = tree.groups[number]
        grad = None
        if totals.grad is not None:
            grad = replace(Quantity.of(totals.grad), tone=totals.tone)
        return NodeView(
            id=names[number],
            kind="group",
            name=f"+{totals.count:,} more" if here.reason == "depth" else shorten(here.name, NAME_LENGTH),
            op="",
            symbol="",
            parameters=(),
            data=Quantity(f"{totals.bad:,} not finite", "", "nan") if totals.bad else None,
            grad=grad,
            requires_grad=totals.requires_grad,
            parent=names[here.parent],
            reason=here.reason,
            count=totals.count,
            times=here.times,
            is_open=here.is_open,
            costs=tuple(sorted(totals.costs.items())),
        )

    def _totals(self, tree: Tree) -> list[_Totals]:
        """Add up what the nodes of each group have."""
        totals = [_Totals() for _ in tree.groups]
        with np.errstate(all="ignore"):
            for number, node in enumerate(self.order):
                home = tree.home[number]
                if home == TOP:
                    continue
                total = totals[home]
                total.count += 1 + self.structure.constants[number]
                total.requires_grad = total.requires_grad or bool(node.requires_grad)
                total.bad += not _is_finite(node.payload)
                gradient = _plain(node.gradient)
                if gradient is not None:
                    total.grad = _size(gradient) + (total.grad or 0.0)
                    if not _is_finite(gradient) and total.tone != "nan":
                        total.tone = Quantity.of(gradient).tone
                if id(node) in self.costs:
                    total.costs.update(self.costs[id(node)])
        within = [TOP]
        for number in within:  # grows while it is walked: the outer before the inner
            within.extend(tree.groups[number].groups())
        for number in reversed(within[1:]):
            totals[tree.groups[number].parent].add(totals[number])
        return totals

    def _describe(self, number: int, parent: str) -> Iterator[NodeView]:
        """Copy out what a picture shows of one node, after its constants."""
        node = self.order[number]
        constant = self.numbers[number] - self.structure.constants[number]
        for operand in node.inputs:
            if operand is not None and not isinstance(operand, Node):
                yield NodeView(
                    f"n{constant}", "constant", "", "", "", (), Quantity.of(operand), None, False, parent=parent
                )
                constant += 1
        op = node.op
        gradient = _plain(node.gradient)
        source = node.source
        yield NodeView(
            id=f"n{self.numbers[number]}",
            kind="leaf" if op is None else "result",
            name=shorten(str(node.label or self.names.get(id(node), "")), NAME_LENGTH),
            op="" if op is None else shorten(str(op.name), NAME_LENGTH),
            symbol="" if op is None else shorten(str(op.symbol or op.name), NAME_LENGTH),
            parameters=parameters_text(node.params),
            data=Quantity.of(node.payload),
            grad=None if gradient is None else Quantity.of(gradient),
            requires_grad=bool(node.requires_grad),
            parent=parent,
            source=None if source is None else (str(source[0]), int(source[1])),
            formula=str(getattr(op, "formula", "")),
            costs=tuple(sorted((str(name), float(cost)) for name, cost in self.costs.get(id(node), {}).items())),
        )

    def _flows(self, show: Collection[str]) -> dict[tuple[int, int], _Flow]:
        """Ask the engine for a backward pass, and read local derivatives and contributions off its events."""
        from autograd.events import backward_events
        from autograd.graph import RELEASED

        if any(node.op is RELEASED for node in self.order):  # there is nothing left to walk through
            return {}
        events = backward_events(self.root)
        return {
            (id(event.node), event.slot): _Flow(
                Quantity.of(event.local) if "local" in show and event.local is not None else None,
                Quantity.of(_plain(event.contribution)) if "contribution" in show else None,
            )
            for event in events
            if event.kind == "contribute"
        }


def _enter(scope: Any, scopes: dict[int, int], graph: Structure) -> int:
    """Return the number of a scope entry, after those of the entries around it."""
    missing = []
    while scope is not None and id(scope) not in scopes:
        missing.append(scope)
        scope = scope.parent
    number = -1 if scope is None else scopes[id(scope)]
    for entry in reversed(missing):
        graph.scope_names.append(str(entry.name))
        graph.scope_parents.append(number)
        number = scopes[id(entry)] = len(graph.scope_names) - 1
    return number


def _formulas(node: Node) -> tuple[str, ...]:
    """Return the local derivative as text for each argument; ``()`` where the operation does not say.

    >>> from autograd import Value
    >>> _formulas(Value(2.0) * Value(3.0))
    ('y', 'x')
    """
    text = getattr(node.op, "derivative", "")
    if not text:
        return ()
    count = len(node.inputs)
    if count == 1 or node.op.variadic or node.op.joint is not None:
        return (text,) * count
    parts = text.split(", ")
    rules = node.op.rules or ()
    with_gradient = [slot for slot, rule in enumerate(rules) if rule is not None]
    if len(parts) == count:
        return tuple(parts)
    if len(parts) != len(with_gradient):
        return ()
    formulas = dict(zip(with_gradient, parts, strict=True))
    return tuple(formulas.get(slot, "") for slot in range(count))


def _plain(gradient: Any) -> Any:
    """Return a gradient as a number or an array; after ``create_graph=True`` it is a node."""
    return gradient.payload if isinstance(gradient, Node) else gradient


def _is_finite(value: Any) -> bool:
    if value.__class__ is float:
        return bool(value - value == 0.0)
    return Quantity.of(value).tone == "finite"


def _size(gradient: Any) -> float:
    """Return the sum of absolute values."""
    return abs(gradient) if gradient.__class__ is float else float(np.abs(gradient).sum())


def names_by_identity(names: Mapping[str, object]) -> dict[int, str]:
    """Return the first name of each node, by its ``id``; one with a leading underscore only where there is no other.

    >>> from autograd import Value
    >>> x = Value(1.0)
    >>> names_by_identity({"_": x, "x": x, "also_x": x})[id(x)]
    'x'
    """
    found: dict[int, str] = {}
    for private in (False, True):
        for name, value in names.items():
            if isinstance(value, Node) and str(name).startswith("_") is private:
                found.setdefault(id(value), str(name))
    return found


def parameters_text(parameters: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Return the static parameters that are switched on, in the order they were given.

    >>> parameters_text({"axis": (0, 1), "keepdims": False})
    (('axis', '(0, 1)'),)
    """
    return tuple(
        (shorten(str(name), _PARAMETER_LENGTH), shorten(brief(value), _PARAMETER_LENGTH))
        for name, value in parameters.items()
        if value is not None and value is not False
    )
