"""A GraphView as DOT, the language of Graphviz.

The text is written here, from end to end, because names come from users: a label may hold any character,
and none of them may end a string, open a field or name a port. Every visible text is an HTML-like label,
whose special characters are exactly those of XML; ids are made by the view and need no quoting.
"""

from typing import Literal, get_args

from .graph_view import EdgeView, GraphView, NodeView, Quantity

__all__ = ["Direction", "to_dot"]

Direction = Literal["LR", "RL", "TB", "BT"]

NOT_REACHED = "—"
"""What stands in place of a gradient that is not there."""

_INK, _FAINT, _ALARM = "#1f2933", "#7b8794", "#b00020"
_LINE, _PALE = "#52606d", "#b8c1cc"
_ALARM_FILL, _LEAF_FILL, _RESULT_FILL, _CONSTANT_FILL = "#ffe3e3", "#fff8e1", "#ffffff", "#f1f3f5"
_OP_FILL, _OP_LINE = "#dbeafe", "#3b6fb6"
_COMMUTATIVE = frozenset({"add", "multiply", "maximum", "minimum", "logaddexp"})
_ROUND = 2
"""Symbols up to this many characters fit the circle."""

_PARAMETERS = 3
"""At most so many parameters are written under a symbol."""

_FAR = 1500
"""Edges that pass by more nodes than this, all together, keep Graphviz busy for minutes ..."""

_QUICK = ", splines=line, nslimit=0.1, nslimit1=0.1, mclimit=0.01, searchsize=5"
"""... unless it is told to do with a plainer picture."""


def to_dot(view: GraphView, direction: Direction = "LR") -> str:
    r"""Write a view as DOT.

    The same view gives the same text in every process.

    Args:
        view: The graph as plain data.
        direction: Where the graph flows to: ``"LR"`` is from left to right.

    Raises:
        ValueError: There is no such direction.

    >>> from autograd import Value
    >>> view = GraphView.of(Value(2.0, label="a<b") * 3.0)
    >>> text = to_dot(view)
    >>> text.startswith('digraph stepgrad {\n'), "a&lt;b" in text
    (True, True)
    """
    if direction not in get_args(Direction):
        raise ValueError(f"expected direction to be one of {', '.join(get_args(Direction))}, got {direction!r}")
    view = view.shown()
    limits = _QUICK if _reach(view) > _FAR else ""
    lines = [
        "digraph stepgrad {",
        f'  graph [rankdir={direction}, charset="UTF-8", bgcolor="white", nodesep=0.22, ranksep=0.32, '
        f"pad=0.15{limits}];",
        f'  node [fontname="Helvetica", fontsize=11, fontcolor="{_INK}", color="{_INK}", penwidth=0.9];',
        f'  edge [fontname="Helvetica", fontsize=9, fontcolor="{_FAINT}", color="{_LINE}", arrowsize=0.6, '
        "penwidth=0.9];",
    ]
    operands: dict[str, int] = {}
    for edge in view.edges:
        operands[edge.target] = operands.get(edge.target, 0) + edge.count
    for node in view.nodes:
        lines += _node(node, is_root=node.id == view.root)
    kinds = {node.id: node for node in view.nodes}
    for edge in view.edges:
        lines.append(_edge(edge, kinds[edge.source], kinds[edge.target], operands[edge.target]))
    lines.append("}")
    return "\n".join(lines) + "\n"


def _reach(view: GraphView) -> int:
    """Count the ranks that all edges cross."""
    rank = {node.id: 0 for node in view.nodes}
    for edge in view.edges:  # ordered by result, operands before results
        rank[edge.target] = max(rank[edge.target], rank[edge.source] + 1)
    return sum(abs(rank[edge.target] - rank[edge.source]) for edge in view.edges)


def _node(node: NodeView, *, is_root: bool) -> list[str]:
    if node.kind == "group":
        label = f"{_html(node.name)}<BR/>{_html(node.caption)}"
        return [f'  {node.id} [label=<{label}>, shape=box, style="dashed,rounded", color="{_FAINT}"];']
    assert node.data is not None
    cells = []
    if node.name:
        cells.append(_cell(f"<B>{_html(node.name)}</B>"))
    if node.kind == "constant":
        cells.append(_cell(_quantity("", node.data), node.data))
    else:
        cells.append(_cell(_quantity("data", node.data), node.data))
        cells.append(_cell(_gradient(node), node.grad))
    fill = {"leaf": _LEAF_FILL, "result": _RESULT_FILL, "constant": _CONSTANT_FILL}[node.kind]
    line = _INK if node.requires_grad else _PALE
    table = (
        f'<TABLE BORDER="{2 if is_root else 1}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="5" '
        f'COLOR="{line}" BGCOLOR="{fill}"><TR>{"<VR/>".join(cells)}</TR></TABLE>'
    )
    lines = [f"  {node.id} [shape=plain, label=<{table}>, tooltip={_quoted(_tooltip(node))}];"]
    if node.kind == "result":
        lines += [_operation(node), f"  {node.id}_op -> {node.id} [arrowsize=0.5];"]
    return lines


def _operation(node: NodeView) -> str:
    label = f'<FONT POINT-SIZE="14">{_html(node.symbol)}</FONT>' if len(node.symbol) <= _ROUND else _html(node.symbol)
    shown = [f"{name}={value}" for name, value in node.parameters[:_PARAMETERS]]
    if len(node.parameters) > _PARAMETERS:
        shown.append(f"+{len(node.parameters) - _PARAMETERS} more")
    for text in shown:
        label += f'<BR/><FONT POINT-SIZE="8" COLOR="{_FAINT}">{_html(text)}</FONT>'
    small = len(node.symbol) <= _ROUND and not shown
    shape = (
        "shape=circle, style=filled, fixedsize=true, width=0.36"
        if small
        else 'shape=box, style="filled,rounded", height=0.32'
    )
    return (
        f'  {node.id}_op [{shape}, margin="0.09,0.04", label=<{label}>, '
        f'fillcolor="{_OP_FILL}", color="{_OP_LINE}", tooltip={_quoted(node.op)}];'
    )


def _edge(edge: EdgeView, source: NodeView, target: NodeView, operands: int) -> str:
    head = f"{edge.target}_op" if target.kind == "result" else edge.target
    attributes = []
    if edge.count > 1:
        attributes.append(f'label="{edge.count:,} edges"')
    elif operands > 1 and target.kind == "result" and target.op not in _COMMUTATIVE:
        attributes.append(f'label="{edge.slot}"')
    if not source.requires_grad:
        attributes.append(f'color="{_PALE}"')
    return f"  {edge.source} -> {head}" + (f" [{', '.join(attributes)}];" if attributes else ";")


def _cell(content: str, quantity: Quantity | None = None) -> str:
    alarm = quantity is not None and quantity.tone != "finite"
    return f'<TD BGCOLOR="{_ALARM_FILL}">{content}</TD>' if alarm else f"<TD>{content}</TD>"


def _quantity(title: str, quantity: Quantity) -> str:
    text = _html(quantity.text)
    if quantity.tone != "finite":
        text = f'<FONT COLOR="{_ALARM}"><B>{text}</B></FONT>'
    if title:
        text = f'<FONT COLOR="{_FAINT}">{title}</FONT> {text}'
    if quantity.shape is None:
        return text
    kind = _html(f"{_shape(quantity.shape)} {quantity.dtype}")
    return f'{text}<BR/><FONT POINT-SIZE="9" COLOR="{_FAINT}">{kind}</FONT>'


def _gradient(node: NodeView) -> str:
    if node.grad is None:
        return f'<FONT COLOR="{_FAINT}">grad {NOT_REACHED}</FONT>'
    return _quantity("grad", node.grad)


def _tooltip(node: NodeView) -> str:
    assert node.data is not None
    parts = [node.name, node.op, f"data {node.data.exact or node.data.text}"]
    if node.kind == "constant":
        parts = [f"constant {node.data.exact or node.data.text}"]
    elif node.grad is not None:
        parts.append(f"grad {node.grad.exact or node.grad.text}")
    elif node.requires_grad:
        parts.append(f"grad {NOT_REACHED} (none reached it, or it was not kept)")
    else:
        parts.append(f"grad {NOT_REACHED} (none is wanted)")
    return ", ".join(part for part in parts if part)


def _shape(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


def _printable(character: str) -> str:
    """Return a character that XML allows and that leaves the order of its neighbours alone."""
    code = ord(character)
    if character == "\n":
        return "↵"
    if code < 0x20 or code == 0x7F:
        return chr(0x2421 if code == 0x7F else 0x2400 + code)
    return "\ufffd"


_UNPRINTABLE = {
    code: _printable(chr(code))
    for span in (
        range(0x20),
        range(0x7F, 0xA0),
        range(0x2028, 0x202F),  # line separators, embeddings and overrides of direction
        range(0x2066, 0x206A),  # isolates of direction
        range(0xD800, 0xE000),  # surrogates
        range(0xFFFE, 0x10000),
    )
    for code in span
}
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
    return text.translate(_UNPRINTABLE).translate(_SPECIAL)


def _quoted(text: str) -> str:
    r"""Write a text as a quoted string in which nothing is special, not even ``&``, ``\n`` or ``\N``.

    >>> print(_quoted('a"b\\N&lt;'))
    "a\"b\\N&amp;lt;"
    """
    escaped = text.translate(_UNPRINTABLE).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return f'"{escaped}"'
