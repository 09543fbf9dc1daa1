"""A GraphView as DOT, the language of Graphviz.

The text is written here, from end to end, because names come from users: a label may hold any character,
and none of them may end a string, open a field or name a port. Every visible text is an HTML-like label,
whose special characters are exactly those of XML; ids are made by the view and need no quoting.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import get_args

from . import card as writing
from .card import SHOWN, Card, Line, Part, Run, printable
from .frames import Direction
from .graph_view import EdgeView, GraphView, NodeView
from .svg import edge_tooltip, tooltip
from .theme import Theme, fills, legend, theme_named

__all__ = ["Direction", "to_dot"]

_FAR = 1500
"""Edges that pass by more nodes than this, all together, keep Graphviz busy for minutes ..."""

_QUICK = ", splines=line, nslimit=0.1, nslimit1=0.1, mclimit=0.01, searchsize=5"
"""... unless it is told to do with a plainer picture."""


def to_dot(
    view: GraphView,
    direction: Direction = "LR",
    color: str | None = None,
    theme: str = "light",
    show: Collection[str] = SHOWN,
) -> str:
    r"""Write a view as DOT.

    The same view gives the same text in every process. Closed groups are boxes, open ones frames.

    Args:
        view: The graph as plain data.
        direction: Where the graph flows to: ``"LR"`` is from left to right.
        color: Colour nodes by the size of their gradient, ``"grad"``; by the family of their operation, ``"op"``; or
            by a cost, given by its name.
        theme: ``"light"`` or ``"dark"``.
        show: What to write on nodes and edges.

    Raises:
        ValueError: There is no such direction, theme, or cost, or nothing of this name to show.

    >>> from autograd import Value
    >>> view = GraphView.of(Value(2.0, label="a<b") * 3.0)
    >>> text = to_dot(view)
    >>> text.startswith('digraph stepgrad {\n'), "a&lt;b" in text
    (True, True)
    """
    if direction not in get_args(Direction):
        raise ValueError(f"expected direction to be one of {', '.join(get_args(Direction))}, got {direction!r}")
    writer = _Writer(view.shown(), theme_named(theme), color, writing.check_parts(show))
    return "\n".join(writer.lines(direction)) + "\n"


class _Writer:
    """Writes one view."""

    def __init__(self, view: GraphView, theme: Theme, color: str | None, show: tuple[Part, ...]) -> None:
        self.view, self.theme, self.color, self.show = view, theme, color, show
        self.fills = fills(view, color, theme)
        self.nodes = {node.id: node for node in view.nodes}
        self.operands: dict[str, int] = defaultdict(int)
        for edge in view.edges:
            self.operands[edge.target] += edge.count
        self.is_dense = writing.is_crowded(view.edges)

    def lines(self, direction: Direction) -> Iterator[str]:
        theme = self.theme
        limits = _QUICK if _reach(self.view) > _FAR else ""
        yield "digraph stepgrad {"
        yield (
            f'  graph [rankdir={direction}, charset="UTF-8", bgcolor="{theme.paper}", fontname="Helvetica", '
            f'fontcolor="{theme.faint}", fontsize=10, nodesep=0.22, '
            f"ranksep={1.2 if self.is_dense else 0.32}, pad=0.15{limits}];"
        )
        yield (
            f'  node [fontname="Helvetica", fontsize=11, fontcolor="{theme.ink}", color="{theme.ink}", penwidth=0.9];'
        )
        yield (
            f'  edge [fontname="Helvetica", fontsize=9, fontcolor="{theme.faint}", color="{theme.line}", '
            f"{'arrowsize=0.4, penwidth=0.4' if self.is_dense else 'arrowsize=0.6, penwidth=0.9'}];"
        )
        yield from self.members()
        for edge in self.view.edges:
            yield self.edge(edge)
        yield from self.legend()
        yield "}"

    def members(self) -> Iterator[str]:
        """Write nodes, those of an open group inside its frame."""
        inside: dict[str, list[NodeView]] = defaultdict(list)
        for node in self.view.nodes:
            inside[node.parent].append(node)
        stack: list[NodeView | str] = list(reversed(inside[""]))
        indent = "  "
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                indent = indent[2:]
                yield indent + item
            elif item.is_open:
                yield f"{indent}subgraph cluster_{item.id} {{"
                indent += "  "
                yield indent + self.frame(item)
                stack.append("}")
                stack.extend(reversed(inside[item.id]))
            else:
                yield from (indent + line for line in self.node(item))

    def frame(self, node: NodeView) -> str:
        return (
            f'graph [label=<{_html(writing.frame_title(node))}>, labeljust=l, style="rounded,filled", '
            f'fillcolor="{self.theme.frame}", color="{self.theme.group_line}", '
            f"tooltip={_quoted(tooltip(node))}];"
        )

    def node(self, node: NodeView) -> Iterator[str]:
        card = writing.card(node, self.show)
        table = self.table(node, card)
        yield f"{node.id} [shape=plain, label=<{table}>, tooltip={_quoted(tooltip(node))}];"
        if card.sign:
            yield self.sign(node, card)
            yield f"{node.id}_op -> {node.id} [arrowsize=0.5];"

    def table(self, node: NodeView, card: Card) -> str:
        theme = self.theme
        is_group = node.kind == "group"
        plain = {"leaf": theme.leaf, "result": theme.result, "constant": theme.constant, "group": theme.group}
        fill = plain[node.kind] if self.color == "op" else self.fills.get(node.id, plain[node.kind])
        line = theme.group_line if is_group else theme.ink if node.requires_grad else theme.pale
        faint = theme.ink if fill in theme.shades else theme.faint
        cells = "<VR/>".join(self.cell(cell.lines, cell.is_alarm, faint) for cell in card.cells)
        style = ' STYLE="ROUNDED"' if is_group else ""
        border = 2 if node.id == self.view.root else 1
        table = (
            f'<TABLE BORDER="{border}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="5" COLOR="{line}" '
            f'BGCOLOR="{fill}"{style}><TR>{cells}</TR></TABLE>'
        )
        return table

    def cell(self, lines: tuple[Line, ...], is_alarm: bool, faint: str) -> str:
        background = f' BGCOLOR="{self.theme.alarm_fill}"' if is_alarm else ""
        return f"<TD{background}>{self.text(lines, faint)}</TD>"

    def text(self, lines: tuple[Line, ...], faint: str = "") -> str:
        return "<BR/>".join("".join(self.run(run, faint or self.theme.faint) for run in line) for line in lines)

    def run(self, run: Run, faint: str) -> str:
        text = _html(run.text)
        if not text.strip():  # nothing but blanks is no label to Graphviz
            return text
        if run.tone == "strong":
            return f"<B>{text}</B>"
        if run.tone == "alarm":
            return f'<FONT COLOR="{self.theme.alarm}"><B>{text}</B></FONT>'
        if run.tone == "faint":
            return f'<FONT POINT-SIZE="9" COLOR="{faint}">{text}</FONT>'
        return text

    def sign(self, node: NodeView, card: Card) -> str:
        if card.sign_width == card.sign_height:
            shape = "shape=circle, style=filled, fixedsize=true, width=0.36"
            label = f'<FONT POINT-SIZE="14">{self.text(card.sign)}</FONT>'
        else:
            shape = 'shape=box, style="filled,rounded", height=0.32'
            label = self.text(card.sign)
        fill = self.fills.get(node.id, self.theme.operation) if self.color == "op" else self.theme.operation
        return (
            f'{node.id}_op [{shape}, margin="0.09,0.04", label=<{label}>, fillcolor="{fill}", '
            f'color="{self.theme.operation_line}", tooltip={_quoted(tooltip(node))}];'
        )

    def edge(self, edge: EdgeView) -> str:
        source, target = self.nodes[edge.source], self.nodes[edge.target]
        head = f"{edge.target}_op" if target.kind == "result" else edge.target
        attributes = []
        label = self.edge_label(edge, target)
        if label:
            attributes.append(f"label=<{label}>")
        if edge.count > 1 and not self.is_dense:
            attributes.append(f"penwidth={min(0.9 + 0.4 * math.log10(edge.count), 3.0):.2f}")
        if not source.requires_grad:
            attributes.append(f'color="{self.theme.pale}"')
        if "depth" in (source.reason, target.reason):
            attributes.append("style=dashed")
        if label or edge.count > 1 or edge.formula:
            attributes.append(f"edgetooltip={_quoted(edge_tooltip(edge, target))}")
        return f"  {edge.source} -> {head}" + (f" [{', '.join(attributes)}];" if attributes else ";")

    def edge_label(self, edge: EdgeView, target: NodeView) -> str:
        lines = writing.edge_lines(edge, self.show, with_count=not self.is_dense)
        slot = writing.slot_text(edge, target, self.operands[edge.target])
        return "<BR/>".join(filter(None, (slot, self.text(lines))))

    def legend(self) -> Iterator[str]:
        entries = legend(self.view, self.color, self.theme)
        if entries:
            cells = "".join(
                f'<TD BGCOLOR="{fill}" WIDTH="16" BORDER="1" COLOR="{self.theme.line}"> </TD><TD>{_html(text)}</TD>'
                for fill, text in entries
            )
            table = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="4" CELLPADDING="2"><TR>{cells}</TR></TABLE>'
            yield f"  graph [label=<{table}>, labelloc=b, labeljust=l];"


def _reach(view: GraphView) -> int:
    """Count the ranks that all edges cross."""
    rank = {node.id: 0 for node in view.nodes}
    for edge in view.edges:  # ordered by result, operands before results
        if edge.source != edge.target:
            rank[edge.target] = max(rank[edge.target], rank[edge.source] + 1)
    return sum(abs(rank[edge.target] - rank[edge.source]) for edge in view.edges)


_SPECIAL = {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
    ord("\\"): "&#92;&#92;",
}


def _html(text: str) -> str:
    r"""Escape a text for an HTML-like label.

    Characters outside ASCII stay as they are, in UTF-8: older versions of Graphviz misread the numbers
    of those above 65,535, emoji among them. A backslash is doubled: ``\N`` is the id even here.

    >>> print(_html('a"b\\c<d>|{e}&amp;\n\x00é'))
    a&quot;b&#92;&#92;c&lt;d&gt;|{e}&amp;amp;↵␀é
    """
    return printable(text).translate(_SPECIAL)


def _quoted(text: str) -> str:
    r"""Write lines of text as a quoted string in which nothing else is special, not even ``&`` or ``\N``.

    >>> print(_quoted('a"b\\N&lt;\nc'))
    "a\"b\\N&amp;lt;\nc"
    """
    escaped = (
        printable(line).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for line in text.split("\n")
    )
    return '"' + "\\n".join(escaped) + '"'
