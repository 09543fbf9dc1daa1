"""A GraphView as a Mermaid flowchart, for Markdown pages that draw one, such as those of GitHub and JupyterLab.

Mermaid has no way to quote a character but by its number, so everything but letters, digits and blanks is written so.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

from . import card as writing
from .card import SHOWN, Line, printable
from .frames import Direction
from .graph_view import EdgeView, GraphView, NodeView
from .theme import Theme, theme_named

__all__ = ["to_mermaid"]

_MOST_ARROWS = 300
"""Mermaid refuses more than 500."""

_SAFE = frozenset(" _.,+-=()|∂Σ×→…·⚠—")
"""Besides letters and digits; ``-`` and the like are safe because every text stands in quotation marks."""


def to_mermaid(view: GraphView, direction: Direction = "LR", theme: str = "light") -> str:
    """Write a view as a flowchart of at most 300 arrows; what goes beyond is folded, and counted.

    Args:
        view: The graph as plain data.
        direction: Where the graph flows to: ``"LR"`` is from left to right.
        theme: ``"light"`` or ``"dark"``.

    Raises:
        ValueError: There is no such direction or theme.

    >>> from autograd import Value
    >>> print(to_mermaid(GraphView.of(Value(2.0, label="a").exp())).split("classDef")[0].rstrip())
    flowchart LR
      n0["a<br/>data 2.0<br/>grad —"]:::leaf
      n1_op(["exp"]):::operation
      n1["data 7.3891<br/>grad —"]:::result
      n1_op --> n1
      n0 --> n1_op
    """
    if direction not in get_args(Direction):
        raise ValueError(f"expected direction to be one of {', '.join(get_args(Direction))}, got {direction!r}")
    lines = [f"flowchart {direction}", *_Writer(_fitted(view.shown())).lines(), *_classes(theme_named(theme))]
    return "\n".join(lines) + "\n"


class _Writer:
    """Writes one view, which has few edges enough."""

    def __init__(self, view: GraphView) -> None:
        self.view = view
        self.nodes = {node.id: node for node in view.nodes}
        self.operands: dict[str, int] = defaultdict(int)
        for edge in view.edges:
            self.operands[edge.target] += edge.count

    def lines(self) -> Iterator[str]:
        inside: dict[str, list[NodeView]] = defaultdict(list)
        for member in self.view.nodes:
            inside[member.parent].append(member)
        stack: list[NodeView | str] = list(reversed(inside[""]))
        indent = "  "
        frames: list[str] = []
        while stack:
            node = stack.pop()
            if isinstance(node, str):
                indent = indent[2:]
                yield indent + node
            elif node.is_open:
                yield f'{indent}subgraph {node.id}["{_text(writing.frame_title(node))}"]'
                frames.append(node.id)
                indent += "  "
                stack.append("end")
                stack.extend(reversed(inside[node.id]))
            else:
                yield from (indent + line for line in self.node(node))
        for edge in self.view.edges:
            yield "  " + self.edge(edge)
        if frames:
            yield f"  class {','.join(frames)} frame"

    def node(self, node: NodeView) -> Iterator[str]:
        card = writing.card(node, SHOWN)
        text = "<br/>".join(_line(line) for cell in card.cells for line in cell.lines)
        is_alarm = any(cell.is_alarm for cell in card.cells)
        box = f'[["{text}"]]' if node.kind == "group" else f'["{text}"]'
        if card.sign:
            sign = "<br/>".join(map(_line, card.sign))
            yield f'{node.id}_op(["{sign}"]):::operation'
        yield f"{node.id}{box}:::{'alarm' if is_alarm else node.kind}"
        if card.sign:
            yield f"{node.id}_op --> {node.id}"

    def edge(self, edge: EdgeView) -> str:
        target = self.nodes[edge.target]
        head = f"{edge.target}_op" if target.kind == "result" else edge.target
        slot = writing.slot_text(edge, target, self.operands[edge.target])
        shown = ("local", "contribution")
        label = "<br/>".join(filter(None, (slot, *map(_line, writing.edge_lines(edge, shown)))))  # type: ignore[arg-type]
        return f'{edge.source} -->|"{label}"| {head}' if label else f"{edge.source} --> {head}"


def _classes(theme: Theme) -> Iterator[str]:
    kinds = {
        "leaf": (theme.leaf, theme.ink),
        "result": (theme.result, theme.ink),
        "constant": (theme.constant, theme.pale),
        "operation": (theme.operation, theme.operation_line),
        "group": (theme.group, theme.group_line),
        "frame": (theme.frame, theme.group_line),
        "alarm": (theme.alarm_fill, theme.alarm),
    }
    for kind, (fill, line) in kinds.items():
        ink = theme.alarm if kind == "alarm" else theme.ink
        yield f"  classDef {kind} fill:{fill},stroke:{line},color:{ink}"


def _line(line: Line) -> str:
    return _text("".join(run.text for run in line))


def _text(text: str) -> str:
    """Write a text so that Mermaid takes every character of it for itself.

    >>> _text('a"b`<c>;#')
    'a#34;b#96;#60;c#62;#59;#35;'
    """
    return "".join(letter if letter.isalnum() or letter in _SAFE else f"#{ord(letter)};" for letter in printable(text))


def _fitted(view: GraphView) -> GraphView:
    """Return a view with few arrows enough: close groups, the inner ones first, then fold what is far from the root."""
    levels: dict[str, int] = {"": 0}
    for node in view.nodes:
        levels[node.id] = levels[node.parent] + 1
    for level in range(max(levels.values()), 0, -1):
        if _arrows(view) <= _MOST_ARROWS:
            return view
        nodes = (replace(node, is_open=node.is_open and levels[node.id] < level) for node in view.nodes)
        view = replace(view, nodes=tuple(nodes)).shown()
    return _nearest(view) if _arrows(view) > _MOST_ARROWS else view


def _arrows(view: GraphView) -> int:
    return len(view.edges) + sum(node.kind == "result" for node in view.nodes)  # one from each operation to its value


def _nearest(view: GraphView) -> GraphView:
    """Fold what is furthest from the root, until few enough arrows are left."""
    into: dict[str, list[str]] = defaultdict(list)
    for edge in view.edges:
        into[edge.target].append(edge.source)
    kept: set[str] = set()
    queue, seen = deque([view.root]), {view.root}
    arrows = 0
    while queue:
        node = queue.popleft()
        arrows += 1 + len(into[node])
        if arrows > _MOST_ARROWS // 2:  # the other half is for those from what is kept into the rest
            break
        kept.add(node)
        fresh = [source for source in dict.fromkeys(into[node]) if source not in seen]
        seen.update(fresh)
        queue.extend(fresh)
    rest = [node for node in view.nodes if node.id not in kept]
    count = sum(node.count for node in rest if not node.is_open)
    more = NodeView(
        "g" + str(1 + max((int(node.id[1:]) for node in view.nodes if node.kind == "group"), default=-1)),
        *("group", f"+{count:,} more", "", "", (), None, None),
        any(node.requires_grad for node in rest),
        reason="depth",
        count=count,
    )
    inside = (replace(node, parent=more.id) for node in rest)
    others = (node for node in view.nodes if node.id in kept)
    return GraphView((more, *inside, *others), view.edges, view.root).shown()
