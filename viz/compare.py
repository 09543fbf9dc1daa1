"""Comparing graphs: what differs between two of them, and whether one is still what a file says.

Nodes are paired by what they compute, not by number, so one operation put in between is one addition.
"""

import os
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd.node import Node

from .dot import to_dot
from .graph_view import EdgeView, GraphView, NodeView
from .mermaid import to_mermaid
from .quantity import Quantity
from .text import to_text
from .view_json import to_json

if TYPE_CHECKING:
    from .drawing import Drawing

__all__ = ["Change", "GraphDiff", "assert_graph", "graph_diff"]

UPDATE = "STEPGRAD_UPDATE"
"""The environment variable that makes :func:`assert_graph` write files instead of comparing."""

DIFFERENCE = "difference"
"""The cost by which what differs is coloured."""

_LINES = 60
"""At most so many lines of a comparison are shown."""


@dataclass(frozen=True, slots=True)
class Change:
    """What differs in one node that is in both graphs.

    Attributes:
        before, after: The node in each.
        fields: What differs: triples of its name, and what it was before and after.
    """

    before: NodeView
    after: NodeView
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class GraphDiff:
    """The differences between two graphs; false when there are none.

    Attributes:
        added: The nodes that only the second graph has.
        removed: The nodes that only the first one has.
        changed: The nodes that both have, with other values, gradients, names or operands.
        view: Both graphs as one, which any exporter draws: names are marked with ``+``, ``−`` and ``~``, changed values
            read ``2.0 → 3.0``, and what differs has the cost ``"difference"`` to be coloured by.
    """

    added: tuple[NodeView, ...]
    removed: tuple[NodeView, ...]
    changed: tuple[Change, ...]
    view: GraphView

    def __bool__(self) -> bool:
        """Tell whether anything differs."""
        return bool(self.added or self.removed or self.changed)

    def __str__(self) -> str:
        """Return one line for each node that differs, and their number."""
        lines = [f"− {_title(node)}" for node in self.removed]
        lines += [f"+ {_title(node)}" for node in self.added]
        for change in self.changed:
            fields = ", ".join(f"{name} {before} → {after}" for name, before, after in change.fields)
            lines.append(f"~ {_title(change.after)}: {fields}")
        counts = ((len(self.changed), "changed"), (len(self.added), "added"), (len(self.removed), "removed"))
        lines.append(", ".join(f"{count:,} {what}" for count, what in counts if count) or "no difference")
        return "\n".join(lines)

    def drawing(self) -> "Drawing":
        """Return the picture of both graphs as one, with what differs coloured; a notebook shows it by itself."""
        from .drawing import Drawing

        return Drawing(self.view, color=DIFFERENCE if self else None)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        return self.drawing()._repr_mimebundle_(include, exclude)


def graph_diff(a: Node | GraphView, b: Node | GraphView, names: Mapping[str, object] | None = None) -> GraphDiff:
    """Compare two graphs.

    Args:
        a: The first graph: a ``Value``, a ``Tensor`` or a :class:`GraphView`.
        b: The second.
        names: Names for the nodes of both that have no label, such as ``locals()``.

    Raises:
        TypeError: One of them is none of these.

    >>> from autograd import Value
    >>> x = Value(2.0, label="x")
    >>> print(graph_diff(x * 3.0, (x * 4.0).tanh()))
    + tanh
    ~ 4.0: data 3.0 → 4.0
    ~ *: data 6.0 → 8.0
    2 changed, 1 added
    """
    before, after = (_view(graph, names).shown() for graph in (a, b))
    pairs = _pairs(before, after)
    return _Union(before, after, pairs).diff()


def assert_graph(y: Node | GraphView, path: str | os.PathLike[str], *, update: bool = False, **options: Any) -> None:
    """Assert that a graph is drawn as a file says; for tests.

    The ending of the name says in which format: ``.dot``, ``.mmd``, ``.txt`` or ``.json``. Numbers are compared as they
    are written in pictures, to four decimals, so that the last digit of one computer is no failure on another.

    Args:
        y: A ``Value``, a ``Tensor`` or a :class:`GraphView`.
        path: The file.
        update: Write the file instead; the environment variable ``STEPGRAD_UPDATE=1`` does the same for all of them.
        **options: What :meth:`GraphView.of` takes: ``names``, ``show``, ``max_nodes``, ``depth``, ``group``.

    Raises:
        AssertionError: The file is missing, or the graph is not what it says; with the lines that differ.
        ValueError: The ending is none of these.

    >>> import tempfile
    >>> from autograd import Value
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     assert_graph(Value(2.0).exp(), f"{folder}/exp.txt", update=True)
    ...     assert_graph(Value(2.0).exp(), f"{folder}/exp.txt")
    """
    target = Path(path)
    if target.suffix.lower() not in _WRITERS:
        raise ValueError(f"expected a file name that ends in one of {', '.join(_WRITERS)}, got {os.fspath(path)!r}")
    view = y if isinstance(y, GraphView) else GraphView.of(y, **options)
    found = _WRITERS[target.suffix.lower()](_without_digits(view))
    if update or os.environ.get(UPDATE, "") not in {"", "0"}:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(found, encoding="utf-8", newline="\n")
        return
    how = f"run once with {UPDATE}=1 in the environment, or pass update=True, and look at what is written"
    if not target.exists():
        raise AssertionError(f"expected the graph that {target} holds, but there is no such file; {how}")
    expected = target.read_text(encoding="utf-8")
    if found != expected:
        raise AssertionError(
            f"the graph is not what {target} says\n{_difference(expected, found, target)}\nif it should be, {how}"
        )


def _view(graph: object, names: Mapping[str, object] | None) -> GraphView:
    if isinstance(graph, GraphView):
        return graph
    if isinstance(graph, Node):
        return GraphView.of(graph, names)
    raise TypeError(f"expected a Value, a Tensor or a GraphView to compare, got {type(graph).__name__}")


# Which nodes are the same


def _pairs(before: GraphView, after: GraphView) -> dict[str, str]:
    """Return which node of the second graph each one of the first is.

    From the root down while they are alike; then those that compute the same; then those that compute from the same.
    """
    pairing = _Pairing(before, after)
    pairing.follow(before.root, after.root)
    for name in (True, False):  # first those that also agree in their names
        classes: dict[Hashable, int] = {}
        firsts, seconds = _signatures(before, name, classes), _signatures(after, name, classes)
        free: dict[int, deque[str]] = defaultdict(deque)
        for node, signature in seconds.items():
            if node not in pairing.taken:
                free[signature].append(node)
        for node, signature in firsts.items():
            while node not in pairing.pairs and free[signature]:
                pairing.follow(node, free[signature].popleft())
    pairing.climb()
    return pairing.pairs


class _Pairing:
    """Pairs of nodes, and how they spread to operands."""

    def __init__(self, before: GraphView, after: GraphView) -> None:
        self.pairs: dict[str, str] = {}
        self.taken: set[str] = set()
        self.firsts = {node.id: node for node in before.nodes}
        self.seconds = {node.id: node for node in after.nodes}
        self.below, self.under = _operands(before), _operands(after)
        self.users, self.usages = _users(self.below), _users(self.under)

    def follow(self, first: str, second: str) -> None:
        """Pair two nodes where they are alike, then their operands, and so on."""
        stack = [(first, second)]
        while stack:
            a, b = stack.pop()
            if a in self.pairs or b in self.taken or not _are_alike(self.firsts[a], self.seconds[b]):
                continue
            self.pairs[a] = b
            self.taken.add(b)
            if len(self.below[a]) == len(self.under[b]):
                stack.extend(zip(self.below[a], self.under[b], strict=True))

    def climb(self) -> None:
        """Pair results whose operands are pairs: those of one operation first, then one put in place of another."""
        todo = list(self.pairs.items())
        while todo:
            while todo:
                todo += self.users_paired(*todo.pop(), op_too=True)
            for pair in list(self.pairs.items()):
                todo = self.users_paired(*pair, op_too=False)
                if todo:
                    break

    def users_paired(self, a: str, b: str, *, op_too: bool) -> list[tuple[str, str]]:
        """Pair, and return, what is computed from two nodes that are a pair, where the other operands are pairs too."""
        free: dict[Hashable, deque[str]] = defaultdict(deque)
        for user in self.users[a]:
            if user not in self.pairs and self.firsts[user].kind == "result":
                operands = tuple(self.pairs.get(x, "") for x in self.below[user])
                free[operands, op_too and self.firsts[user].op].append(user)
        found = []
        for user in self.usages[b] if free else ():
            same = free.get((tuple(self.under[user]), op_too and self.seconds[user].op))
            if same and user not in self.taken:
                found.append((same.popleft(), user))
                self.pairs[found[-1][0]] = user
                self.taken.add(user)
        return found


def _users(operands: Mapping[str, list[str]]) -> dict[str, list[str]]:
    users: dict[str, list[str]] = defaultdict(list)
    for user, below in operands.items():
        for operand in dict.fromkeys(below):
            users[operand].append(user)
    return users


def _operands(view: GraphView) -> dict[str, list[str]]:
    operands: dict[str, list[str]] = defaultdict(list)
    for edge in view.edges:
        operands[edge.target].append(edge.source)
    return operands


def _are_alike(a: NodeView, b: NodeView) -> bool:
    if a.kind != b.kind or a.op != b.op or a.reason != b.reason or a.is_open != b.is_open:
        return False
    return a.name == b.name if a.kind == "group" else not (a.name and b.name and a.name != b.name)


def _signatures(view: GraphView, with_names: bool, classes: dict[Hashable, int]) -> dict[str, int]:
    """Return for each node a number that is the same for those that compute the same from the same."""
    operands = _operands(view)
    signatures: dict[str, int] = {}
    for node in view.nodes:
        inputs = tuple(signatures.get(operand, -1) for operand in operands[node.id])
        own = (node.kind, node.op, node.reason, node.parameters, node.name if with_names else "", inputs)
        signatures[node.id] = classes.setdefault(own, len(classes))
    return signatures


# Both as one


class _Union:
    """Both graphs as one view: the second one, and what only the first one has."""

    def __init__(self, before: GraphView, after: GraphView, pairs: dict[str, str]) -> None:
        self.before, self.after, self.pairs = before, after, pairs
        self.firsts = {node.id: node for node in before.nodes}
        self.found = {second: first for first, second in pairs.items()}
        self.ids = dict(pairs)  # in the union, of each node of the first graph
        numbers = {"n": 0, "g": 0}
        for node in after.nodes:
            numbers[node.id[0]] = max(numbers[node.id[0]], int(node.id[1:]) + 1)
        for node in before.nodes:
            if node.id not in pairs:
                self.ids[node.id] = f"{node.id[0]}{numbers[node.id[0]]}"
                numbers[node.id[0]] += 1

    def diff(self) -> GraphDiff:
        added = tuple(node for node in self.after.nodes if node.id not in self.found)
        removed = tuple(node for node in self.before.nodes if node.id not in self.pairs)
        changed = tuple(self.changes())
        signs = {node.id: "+" for node in added} | {change.after.id: "~" for change in changed}
        by_id = {change.after.id: change for change in changed}
        nodes = [_marked(_with_arrows(node, by_id.get(node.id)), signs.get(node.id, "")) for node in self.after.nodes]
        owners = {node.parent for node in removed}
        for node in removed:
            parent = self.ids[node.parent] if node.parent else ""
            is_open = node.is_open and node.id in owners  # all members of a frame may be in the other graph still
            nodes.append(_marked(replace(node, id=self.ids[node.id], parent=parent, is_open=is_open), "−"))
        return GraphDiff(added, removed, changed, GraphView(tuple(nodes), self.edges(), self.after.root))

    def changes(self) -> Iterator[Change]:
        below, under = _operands(self.before), _operands(self.after)
        for node in self.after.nodes:
            if node.id in self.found:
                first = self.firsts[self.found[node.id]]
                fields = [*_fields(first, node)]
                came = [self.ids[operand] for operand in below[first.id]]
                if came != under[node.id]:
                    fields.append(("operands", ", ".join(below[first.id]), ", ".join(under[node.id])))
                if fields:
                    yield Change(first, node, tuple(fields))

    def edges(self) -> tuple[EdgeView, ...]:
        """Return the edges of the second graph, and those that only the first one has."""
        edges = [replace(edge, local=None, contribution=None) for edge in self.after.edges]
        there = {(edge.source, edge.target, edge.slot) for edge in edges}
        for edge in self.before.edges:
            moved = EdgeView(self.ids[edge.source], self.ids[edge.target], edge.slot, edge.count, formula=edge.formula)
            if (moved.source, moved.target, moved.slot) not in there:
                edges.append(moved)
        return tuple(edges)


def _fields(a: NodeView, b: NodeView) -> Iterator[tuple[str, str, str]]:
    """Yield what differs in two nodes that are the same."""
    for name in ("op", "name", "parameters", "count", "times", "requires_grad"):
        if getattr(a, name) != getattr(b, name):
            yield name, _written(getattr(a, name)), _written(getattr(b, name))
    for name in ("data", "grad"):
        first, second = getattr(a, name), getattr(b, name)
        if first != second:
            yield name, *_apart(first, second)


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"{key}={text}" for key, text in value) or "none"
    return str(value) or "none"


def _apart(a: Quantity | None, b: Quantity | None) -> tuple[str, str]:
    """Write two amounts that differ so that the difference shows."""
    texts = _amount(a), _amount(b)
    if texts[0] != texts[1] or a is None or b is None:
        return texts
    return a.exact or a.text, b.exact or b.text


def _amount(quantity: Quantity | None) -> str:
    if quantity is None:
        return "—"
    shape = "" if quantity.shape is None else f" {quantity.shape} {quantity.dtype}"
    return quantity.text + shape


def _with_arrows(node: NodeView, change: Change | None) -> NodeView:
    """Return a node whose changed amounts say what they were."""
    if change is None:
        return node
    amounts: dict[str, Any] = {}
    if change.before.symbol != node.symbol:
        amounts["symbol"] = f"{change.before.symbol} → {node.symbol}"
    for name, before, after in change.fields:
        if name in {"data", "grad"}:
            own = getattr(node, name) or getattr(change.before, name)
            amounts[name] = replace(own, text=f"{before} → {after}", exact="")
    return replace(node, **amounts)


def _marked(node: NodeView, sign: str) -> NodeView:
    return replace(node, name=f"{sign} {node.name}".rstrip(), costs=((DIFFERENCE, 1.0),)) if sign else node


def _title(node: NodeView) -> str:
    if node.kind == "group":
        return f"[{node.name}] {node.caption}"
    if node.kind == "constant" and node.data is not None:
        return node.data.text
    return " = ".join(filter(None, (node.name, node.symbol))) or "leaf"


# Files


_WRITERS: Mapping[str, Callable[[GraphView], str]] = {
    ".dot": to_dot,
    ".gv": to_dot,
    ".mmd": to_mermaid,
    ".txt": to_text,
    ".json": to_json,
}


def _without_digits(view: GraphView) -> GraphView:
    """Return a view that holds of every number only what is written in pictures."""

    def plain(quantity: Quantity | None) -> Quantity | None:
        return None if quantity is None else replace(quantity, exact="", size=None)

    nodes = (replace(node, data=plain(node.data), grad=plain(node.grad)) for node in view.nodes)
    edges = (replace(edge, local=plain(edge.local), contribution=plain(edge.contribution)) for edge in view.edges)
    return replace(view, nodes=tuple(nodes), edges=tuple(edges))


def _difference(expected: str, found: str, path: Path) -> str:
    from difflib import unified_diff

    lines = list(unified_diff(expected.splitlines(), found.splitlines(), str(path), "the graph", n=2, lineterm=""))
    hidden = len(lines) - _LINES
    return "\n".join(lines[:_LINES] + ([f"… {hidden:,} more lines"] if hidden > 0 else []))
