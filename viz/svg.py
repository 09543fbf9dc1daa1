"""A GraphView as SVG, written from end to end.

The picture has to survive every place that shows one: so there is no ``<style>``, no ``style=``, no script and no
reference, only presentation attributes. Every name passes through :func:`escape`.
"""

from collections.abc import Iterator

from . import card as writing
from .card import Card, Line
from .frames import Box, Point
from .graph_view import EdgeView, GraphView, NodeView
from .placement import SIGN_GAP, Layout, Route
from .quantity import Quantity, shape_text
from .theme import Theme, fills, legend, theme_named

__all__ = ["to_svg"]


def to_svg(view: GraphView, layout: Layout, theme: str | Theme = "light", color: str | None = None) -> str:
    """Paint a view.

    Args:
        view: The graph as plain data.
        layout: Where everything stands.
        theme: ``"light"``, ``"dark"``, or colours of your own.
        color: What the nodes are coloured by: ``"grad"`` for the size of the gradient, ``"op"`` for the family of
            the operation, or the name of a cost.

    Raises:
        ValueError: There is no such theme, or no node has such a cost.

    >>> from autograd import Value
    >>> from viz import layout
    >>> view = GraphView.of(Value(2.0, label="<a>") * 3.0)
    >>> svg = to_svg(view, layout(view))
    >>> svg.startswith("<svg "), "&lt;a&gt;" in svg, "<a>" in svg
    (True, True, False)
    """
    colours = theme_named(theme) if isinstance(theme, str) else theme
    return Painter(view.shown(), layout, colours, color).picture()


_LEGEND, _SWATCH = 24.0, 12.0
"""The height of the legend, and the size of the squares in it."""


class Painter:
    """Paints one picture."""

    def __init__(self, view: GraphView, layout: Layout, colours: Theme, color: str | None) -> None:
        self.view = view
        self.is_crowded = writing.is_crowded(view.edges)
        self.fills = fills(view, color, colours)
        self.signs = self.fills if color == "op" else {}
        self.legend = legend(view, color, colours)
        self.layout = layout
        self.colours = colours
        self.nodes = {node.id: node for node in view.nodes}
        self.operands: dict[str, int] = {}
        for edge in view.edges:
            self.operands[edge.target] = self.operands.get(edge.target, 0) + edge.count

    def picture(self) -> str:
        below = _LEGEND if self.legend else 0.0
        width, height = number(max(self.layout.width, self.legend_width())), number(self.layout.height + below)
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img" font-family="Helvetica,Arial,sans-serif" '
            f'font-size="{number(writing.SIZE)}" text-anchor="middle" fill="{self.colours.ink}">',
            f"<title>{escape(summary(self.view))}</title>",
            f'<rect width="{width}" height="{height}" fill="{self.colours.paper}"/>',
            *(self.frame(node) for node in self.view.nodes if node.is_open),
            f'<g fill="none" stroke="{self.colours.line}" stroke-width="{0.5 if self.is_crowded else 1}">',
            *(self.edge(route) for route in self.layout.routes),
            "</g>",
            *(self.node(node) for node in self.view.nodes if not node.is_open),
            *(self.label(route) for route in self.layout.routes if self.lines(route.edge)),
            *self.legend_lines(),
            "</svg>",
        ]
        return "\n".join(lines) + "\n"

    def legend_width(self) -> float:
        """Return how wide the legend is, its margins included."""
        width = _LEGEND / 2
        for _, words in self.legend:
            width += 3 * _SWATCH + writing.text_width(words, writing.SMALL)
        return width if self.legend else 0.0

    def legend_lines(self) -> Iterator[str]:
        x, y = _LEGEND / 2, self.layout.height + 2
        for fill, words in self.legend:
            swatch = Box(x, y, _SWATCH, _SWATCH)
            yield f'<rect {_place(swatch)} fill="{fill}" stroke="{self.colours.line}"/>'
            yield (
                f'<text x="{number(x + 1.5 * _SWATCH)}" y="{number(y + 0.75 * _SWATCH)}" text-anchor="start" '
                f'font-size="{number(writing.SMALL)}">{escape(words)}</text>'
            )
            x += 3 * _SWATCH + writing.text_width(words, writing.SMALL)

    def frame(self, node: NodeView) -> str:
        box = self.layout.boxes[node.id]
        size = f'width="{number(box.width)}" height="{number(box.height)}"'
        return (
            f'<g data-node="{node.id}" transform="translate({number(box.x)} {number(box.y)})">'
            f"<title>{escape(tooltip(node))}</title>"
            f'<rect {size} rx="6" fill="{self.colours.frame}" stroke="{self.colours.pale}"/>'
            f'<text x="8" y="14" text-anchor="start" font-size="11" fill="{self.colours.faint}">'
            f"{escape(writing.frame_title(node))}</text></g>"
        )

    def edge(self, route: Route) -> str:
        edge, target = route.edge, self.nodes[route.edge.target]
        colour = "" if self.nodes[edge.source].requires_grad else f' stroke="{self.colours.pale}"'
        dash = ' stroke-dasharray="4 3"' if route.is_turned else ""
        return (
            f"<g {edge_name(edge)}{colour}{dash}><title>{escape(edge_tooltip(edge, target))}</title>"
            f'<path d="{path(route.points)}{arrow(route.points)}"/>{self.slot(route, target)}</g>'
        )

    def slot(self, route: Route, target: NodeView) -> str:
        text = writing.slot_text(route.edge, target, self.operands[target.id])
        if not text:
            return ""
        x, y = slot_place(route.points)
        return (
            f'<text x="{number(x)}" y="{number(y)}" font-size="9" fill="{self.colours.faint}" stroke="none">'
            f"{text}</text>"
        )

    def lines(self, edge: EdgeView) -> tuple[Line, ...]:
        return writing.edge_lines(edge, self.layout.show, with_count=not self.is_crowded)

    def label(self, route: Route) -> str:
        """Write the label of an edge, after all edges, so that none runs over it."""
        lines = self.lines(route.edge)
        step = writing.SMALL * 1.2
        x, y = route.label
        top = y - len(lines) * step / 2 + step * 0.78
        behind = self.colours.frame if self.nodes[route.edge.target].parent else self.colours.paper
        texts = "".join(
            f'<text x="{number(x)}" y="{number(top + row * step)}">{self.runs(line)}</text>'
            for row, line in enumerate(lines)
        )
        return (
            f'<g {edge_name(route.edge)} font-size="{number(writing.SMALL)}" stroke="{behind}" stroke-width="4" '
            f'paint-order="stroke" stroke-linejoin="round">{texts}</g>'
        )

    def node(self, node: NodeView) -> str:
        box, card = self.layout.boxes[node.id], self.layout.cards[node.id]
        sign, record = parts(box, card, self.layout.direction)
        return (
            f'<g data-node="{node.id}" transform="translate({number(box.x)} {number(box.y)})">'
            f"<title>{escape(tooltip(node))}</title>"
            f"{''.join(self.sign(node, card, sign, record))}{''.join(self.record(node, card, record))}</g>"
        )

    def sign(self, node: NodeView, card: Card, sign: Box, record: Box) -> Iterator[str]:
        if not card.sign:
            return
        colours = f'fill="{self.signs.get(node.id, self.colours.operation)}" stroke="{self.colours.operation_line}"'
        middle = (sign.x + sign.width / 2, sign.y + sign.height / 2)
        yield f'<path d="{between(sign, record)}" fill="none" stroke="{self.colours.line}"/>'
        if sign.width == sign.height:
            yield f'<circle cx="{number(middle[0])}" cy="{number(middle[1])}" r="{number(sign.width / 2)}" {colours}/>'
        else:
            yield f'<rect {_place(sign)} rx="9" {colours}/>'
        yield from self.text(card.sign, *middle)

    def record(self, node: NodeView, card: Card, record: Box) -> Iterator[str]:
        is_group = node.kind == "group"
        fill = getattr(self.colours, node.kind)
        if not self.signs:
            fill = self.fills.get(node.id, fill)
        line = self.colours.group_line if is_group else self.colours.ink
        if not node.requires_grad:
            line = self.colours.pale
        look = f'rx="{8 if is_group else 2}" fill="{fill}" stroke="{line}"'
        if is_group:
            yield f"<rect {_place(Box(record.x + 3, record.y + 3, record.width, record.height))} {look}/>"
        weight = ' stroke-width="2"' if node.id == self.view.root else ""
        yield f"<rect {_place(record)} {look}{weight}/>"
        x, bars = record.x, ""
        for number_, cell in enumerate(card.cells):
            if cell.is_alarm:
                inner = Box(x + 1, record.y + 1, cell.width - 2, record.height - 2)
                yield f'<rect {_place(inner)} fill="{self.colours.alarm_fill}"/>'
            if number_:
                bars += f"M{number(x)} {number(record.y)}v{number(record.height)}"
            x += cell.width
        if bars:
            yield f'<path d="{bars}" stroke="{line}"/>'
        x = record.x
        for cell in card.cells:
            yield from self.text(cell.lines, x + cell.width / 2, record.y + record.height / 2)
            x += cell.width

    def text(self, lines: tuple[Line, ...], x: float, middle: float) -> Iterator[str]:
        """Write centred lines."""
        top = middle - (len(lines) - 1) * writing.LINE / 2 + writing.SIZE * 0.35
        for row, line in enumerate(lines):
            yield f'<text x="{number(x)}" y="{number(top + row * writing.LINE)}">{self.runs(line)}</text>'

    def runs(self, line: Line) -> str:
        return "".join(self.run(run) for run in line)

    def run(self, run: writing.Run) -> str:
        text = escape(writing.printable(run.text))
        if run.tone == "faint":
            return f'<tspan font-size="{number(writing.SMALL)}" fill="{self.colours.faint}">{text}</tspan>'
        if run.tone == "strong":
            return f'<tspan font-weight="bold">{text}</tspan>'
        if run.tone == "alarm":
            return f'<tspan font-weight="bold" fill="{self.colours.alarm}">{text}</tspan>'
        return text


def summary(view: GraphView) -> str:
    """Say what is in a picture, and what is not."""
    nodes, edges = len(view.nodes), len(view.edges)
    hidden = f", {view.hidden:,} nodes folded" if view.hidden else ""
    return f"Computation graph: {nodes:,} node{'s' * (nodes != 1)}, {edges:,} edge{'s' * (edges != 1)}{hidden}"


def edge_name(edge: EdgeView) -> str:
    """Return the attribute that tells edges apart."""
    return f'data-edge="{edge.source}&gt;{edge.target}:{edge.slot}"'


def slot_place(points: tuple[Point, ...]) -> Point:
    """Return where the number of an argument stands: before the head of the arrow, on the side it comes from."""
    x, y = points[-1]
    dx, dy = _heading(points)
    from_x, from_y = _halfway(points[-4:])
    if abs(dx) >= abs(dy):
        return x - 13 * dx, y + (9 if from_y > y + 1 else -3)
    return x + (6 if from_x > x + 1 else -6), y - 12 * dy + 3


def _halfway(curve: tuple[Point, ...]) -> Point:
    """Return the middle of one Bézier curve."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = curve
    return (ax + 3 * bx + 3 * cx + dx) / 8, (ay + 3 * by + 3 * cy + dy) / 8


def parts(box: Box, card: Card, direction: str) -> tuple[Box, Box]:
    """Return the sign and the record within the box of a node, measured from its corner."""
    if direction in {"LR", "RL"}:
        middle = box.height / 2
        shift = card.sign_width + SIGN_GAP if card.sign else 0.0
        at_sign, at_record = (0.0, shift) if direction == "LR" else (card.width + SIGN_GAP, 0.0)
        return (
            Box(at_sign, middle - card.sign_height / 2, card.sign_width, card.sign_height),
            Box(at_record, middle - card.height / 2, card.width, card.height),
        )
    middle = box.width / 2
    shift = card.sign_height + SIGN_GAP if card.sign else 0.0
    at_sign, at_record = (0.0, shift) if direction == "TB" else (card.height + SIGN_GAP, 0.0)
    return (
        Box(middle - card.sign_width / 2, at_sign, card.sign_width, card.sign_height),
        Box(middle - card.width / 2, at_record, card.width, card.height),
    )


def between(sign: Box, record: Box) -> str:
    """Return the path from a sign to its record."""
    x, y = sign.x + sign.width / 2, sign.y + sign.height / 2
    if record.x >= sign.x + sign.width:
        return f"M{number(sign.x + sign.width)} {number(y)}H{number(record.x)}"
    if record.x + record.width <= sign.x:
        return f"M{number(sign.x)} {number(y)}H{number(record.x + record.width)}"
    down = record.y > sign.y
    start, end = (sign.y + sign.height, record.y) if down else (sign.y, record.y + record.height)
    return f"M{number(x)} {number(start)}V{number(end)}"


def path(points: tuple[Point, ...]) -> str:
    """Write Bézier curves as the data of a path, straight ones as lines.

    >>> path(((0.0, 1.0), (0.0, 1.0), (9.0, 1.0), (9.0, 1.0)))
    'M0 1L9 1'
    """
    text = f"M{_pair(points[0])}"
    for position in range(1, len(points), 3):
        first, second, end = points[position : position + 3]
        if first == points[position - 1] and second == end:
            text += f"L{_pair(end)}"
        else:
            text += f"C{_pair(first)} {_pair(second)} {_pair(end)}"
    return text


def arrow(points: tuple[Point, ...]) -> str:
    """Write the head of an arrow, as more of its path: two short strokes that meet at its end."""
    dx, dy = _heading(points)
    along, across = (6 * dx, 6 * dy), (3 * dy, -3 * dx)
    left = (across[0] - along[0], across[1] - along[1])
    right = (-across[0] - along[0], -across[1] - along[1])
    tip = (-left[0], -left[1])
    return f"m{_pair(left)}l{_pair(tip)} {_pair(right)}"


def _heading(points: tuple[Point, ...]) -> Point:
    """Return the direction in which curves arrive."""
    x, y = points[-1]
    for before in reversed(points[:-1]):
        dx, dy = x - before[0], y - before[1]
        length = (dx * dx + dy * dy) ** 0.5
        if length > 0.0:
            return dx / length, dy / length
    return 1.0, 0.0


def tooltip(node: NodeView) -> str:
    """Say everything about a node, every digit of it."""
    lines = [node.name or node.op or node.kind]
    if node.caption:
        lines.append(node.caption)
    if node.op:
        lines.append(f"{node.op}: {node.formula}" if node.formula else node.op)
        lines += [f"{name} = {value}" for name, value in node.parameters]
    if node.data is not None:
        lines.append(f"data {_exact(node.data)}")
    if node.grad is not None:
        lines.append(f"{'Σ|grad|' if node.kind == 'group' else 'grad'} {_exact(node.grad)}")
    elif node.kind in {"leaf", "result"}:
        why = "none reached it, or it was not kept" if node.requires_grad else "none is wanted"
        lines.append(f"grad {writing.NOT_REACHED} ({why})")
    lines += [f"{name}: {_amount(value)}" for name, value in node.costs]
    if node.source is not None:
        lines.append(writing.source_text(node.source))
    return "\n".join(map(writing.printable, lines))


def edge_tooltip(edge: EdgeView, target: NodeView) -> str:
    """Say everything about an edge."""
    if edge.count > 1:
        lines = [f"{edge.count:,} edges"]
    else:
        lines = [f"argument {edge.slot} of {target.op or target.name}" if edge.slot >= 0 else f"into {target.name}"]
    if edge.formula or edge.local is not None:
        pieces = [edge.formula, _exact(edge.local) if edge.local is not None else ""]
        lines.append(f"local derivative {' = '.join(piece for piece in pieces if piece)}")
    if edge.contribution is not None:
        lines.append(f"contribution {_exact(edge.contribution)}")
    return "\n".join(map(writing.printable, lines))


def _exact(quantity: Quantity) -> str:
    kind = "" if quantity.shape is None else f" {shape_text(quantity.shape)} {quantity.dtype}"
    return f"{quantity.exact or quantity.text}{kind}"


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:.4g}"


def _place(box: Box) -> str:
    corner = "".join(f'{name}="{number(value)}" ' for name, value in (("x", box.x), ("y", box.y)) if value)
    return f'{corner}width="{number(box.width)}" height="{number(box.height)}"'


def _pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def number(value: float) -> str:
    """Write a coordinate, to a tenth.

    >>> [number(x) for x in (1.0, 2.25, -0.04)]
    ['1', '2.2', '0']
    """
    text = f"{value:.1f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


_SPECIAL = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;"}


def escape(text: str) -> str:
    """Make a text harmless in XML, which keeps its lines but none of what XML forbids.

    >>> escape('a<b>"&')
    'a&lt;b&gt;&quot;&amp;'
    """
    lines = map(writing.printable, text.split("\n"))
    return "\n".join(lines).translate(_SPECIAL)
