"""A GraphView as text, for terminals: the root first, the operands of each operation below it.

A node that is used twice is written once and referred to after that; a graph deeper than the page is wide goes on
further down. So every node has one line, whatever the graph.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

from . import card as writing
from .graph_view import EdgeView, GraphView, NodeView
from .quantity import Quantity, shape_text

__all__ = ["to_text"]

_LEAST = 20
"""A page narrower than this has no room for anything."""

_BRANCH, _LAST, _PASS, _BLANK = "├─ ", "└─ ", "│  ", "   "
_GAP = "  "
_CELL = 34
"""A column of values is at most this wide."""

_NAME = 18
"""So much room is left for a name however deep in the tree it stands."""

_EDGE_SHOWN = ("local", "contribution")


def to_text(view: GraphView, width: int = 100) -> str:
    """Write a view as text.

    Args:
        view: The graph as plain data.
        width: How long a line may be.

    Raises:
        TypeError: ``width`` is no integer.
        ValueError: ``width`` is smaller than twenty.

    >>> from autograd import Value
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> y = (a - b) * a
    >>> y.backward()
    >>> print(to_text(GraphView.of(y)), end="")
               data  grad
    *          10.0  1.0
    ├─ -       5.0   2.0
    │  ├─ 0 a  2.0   7.0
    │  └─ 1 b  -3.0  -2.0
    └─ a ↑
    """
    _check_width(width)
    rows = _Listing(view.shown(), width).rows()
    has_edges = any(row.cells[2:] != ("",) for row in rows)
    header = _Row("", ("data", "grad", "edge"))
    table = [header, *rows]
    columns = 3 if has_edges else 2
    widths = [min(_CELL, max(_width(row.cells[column]) for row in table)) for column in range(columns)]
    beside = len(_GAP) * columns
    title = min(max(_width(row.title) for row in table), max(width // 2, width - sum(widths) - beside))
    while sum(widths) > max(width - title - beside, columns):
        widths[widths.index(max(widths))] -= 1
    lines = []
    for row in table:
        cells = (_padded(cell, size) for cell, size in zip(row.cells, widths, strict=False))
        line = _GAP.join((_padded(row.title, title), *cells)).rstrip()
        lines.append(_cut(line, width))
    return "\n".join(lines) + "\n"


def _check_width(width: object) -> None:
    if not isinstance(width, int) or isinstance(width, bool):
        raise TypeError(f"expected width to be an integer, got {type(width).__name__}")
    if width < _LEAST:
        raise ValueError(f"expected width to be at least {_LEAST}, got {width}")


@dataclass(frozen=True, slots=True)
class _Row:
    """One line: the branch of the tree with the node on it, and what stands beside."""

    title: str
    cells: tuple[str, str, str] = ("", "", "")


class _Listing:
    """Walks a view from its root, depth first and without recursion."""

    def __init__(self, view: GraphView, width: int) -> None:
        self.view = view
        self.nodes = {node.id: node for node in view.nodes}
        self.into: dict[str, list[EdgeView]] = defaultdict(list)
        self.operands: dict[str, int] = defaultdict(int)
        uses: dict[str, int] = defaultdict(int)
        for edge in view.edges:
            if edge.source != edge.target:
                self.into[edge.target].append(edge)
                self.operands[edge.target] += edge.count
                uses[edge.source] += 1
        self.names = self._unique_names()
        self.is_shared = {identifier for identifier, count in uses.items() if count > 1}
        self.deepest = max(1, (width // 2 - _NAME) // len(_BRANCH))
        self.later: dict[str, None] = {}  # what goes on further down, in order

    def rows(self) -> list[_Row]:
        rows: list[_Row] = []
        done: set[str] = set()
        roots = [self.view.root]
        for root in roots:  # grows while it is walked
            if root in done:
                continue
            self._tree(root, rows, done)
            roots += self.later
            self.later = {}
        for node in self.view.nodes:  # a part that does not lead to the root, as a view from elsewhere may have
            if node.id not in done and not node.is_open:
                self._tree(node.id, rows, done)
        return rows

    def _tree(self, root: str, rows: list[_Row], done: set[str]) -> None:
        stack: list[tuple[str, EdgeView | None, str, str]] = [(root, None, "", "")]
        while stack:
            identifier, edge, branch, indent = stack.pop()
            node = self.nodes[identifier]
            slot = "" if edge is None else self._slot(edge)
            title = f"{branch}{slot}"
            depth = len(indent) // len(_BRANCH)
            if identifier in done:
                rows.append(_Row(f"{title}{self.names[node.id]} ↑", ("", "", self._edge(edge))))
                continue
            if depth > self.deepest and self.into[identifier]:
                self.later[identifier] = None
                rows.append(_Row(f"{title}{self.names[node.id]} ↓", ("", "", self._edge(edge))))
                continue
            done.add(identifier)
            rows.append(replace(self._row(node, edge), title=title + self._title(node, root if not edge else "")))
            below = self.into[identifier]
            for place, inner in reversed(list(enumerate(below))):
                is_last = place == len(below) - 1
                stack.append(
                    (
                        inner.source,
                        inner,
                        indent + (_LAST if is_last else _BRANCH),
                        indent + (_BLANK if is_last else _PASS),
                    )
                )

    def _row(self, node: NodeView, edge: EdgeView | None) -> _Row:
        if node.kind == "constant":
            return _Row("", ("", "", self._edge(edge)))
        grad = writing.NOT_REACHED if node.grad is None and node.kind != "group" else _value(node.grad)
        return _Row("", (_value(node.data), ("Σ " if node.kind == "group" and grad else "") + grad, self._edge(edge)))

    def _unique_names(self) -> dict[str, str]:
        """Return what each node is called: by its name after those of the frames around it, or by its id."""
        names: dict[str, str] = {"": ""}
        for node in self.view.nodes:
            name = _clean(node.name)
            names[node.id] = f"{names[node.parent]}.{name}" if node.parent and node.kind == "group" else name
        count = Counter(names.values())
        return {
            identifier: name if count[name] == 1 else f"{name} {identifier}".strip()
            for identifier, name in names.items()
        }

    def _title(self, node: NodeView, root: str) -> str:
        if node.kind == "group":
            return f"[{self.names[node.id]}] {node.caption}"
        if node.kind == "constant":
            return _value(node.data)
        needs_name = node.name or node.id in self.is_shared or (root and root != self.view.root)
        name = self.names[node.id] if needs_name else ""
        if node.kind == "leaf":
            return name or "leaf"
        parameters = ", ".join(f"{key}={value}" for key, value in node.parameters)
        operation = _clean(node.symbol) + (f"({_clean(parameters)})" if parameters else "")
        return f"{name} = {operation}" if name else operation

    def _slot(self, edge: EdgeView) -> str:
        text = writing.slot_text(edge, self.nodes[edge.target], self.operands[edge.target])
        return f"{text} " if text else ""

    def _edge(self, edge: EdgeView | None) -> str:
        if edge is None:
            return ""
        lines = writing.edge_lines(edge, _EDGE_SHOWN)  # type: ignore[arg-type]
        return ", ".join("".join(run.text for run in line) for line in lines)


def _value(quantity: Quantity | None) -> str:
    if quantity is None:
        return ""
    shape = "" if quantity.shape is None else f"{shape_text(quantity.shape)} "
    mark = "" if quantity.tone == "finite" else "⚠ "
    return _clean(f"{mark}{shape}{quantity.text}")


def _clean(text: str) -> str:
    return writing.printable(text)


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int) -> str:
    text = _cut(text, width)
    return text + " " * (width - _width(text))


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    while _width(text) > width - 1:
        text = text[:-1]
    return text + "…"
