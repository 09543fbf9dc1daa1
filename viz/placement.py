"""The built-in layout: where every card, frame and edge of a view stands."""

from collections.abc import Collection
from dataclasses import dataclass
from math import floor
from typing import NamedTuple, get_args

from . import card as writing
from .card import SHOWN, Card, Part
from .frames import TITLE, TOP, Block, Box, Direction, Point, Wire, place
from .graph_view import EdgeView, GraphView, NodeView

__all__ = ["Direction", "Layout", "Route", "layout"]

SIGN_GAP = 14.0
"""The short line from the sign of an operation to its record."""

_LABEL_PAD = 6.0


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one edge: Bézier curves, end to end.

    Attributes:
        edge: The edge.
        points: Where it starts, then two control points and an end for each curve.
        label: The middle of its label.
        is_turned: Whether it runs against the flow, since it closes a cycle.
    """

    edge: EdgeView
    points: tuple[Point, ...]
    label: Point
    is_turned: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything that a view shows is drawn.

    Attributes:
        direction: Where the graph flows to.
        width: The width of the picture.
        height: The height of the picture.
        boxes: The rectangle of each node and of each frame, by id; a result's holds its sign and its record.
        cards: What is written on each node, by id; frames have none.
        routes: The way of each edge, in the order of the edges shown.
        show: What is written on nodes and edges.
    """

    direction: Direction
    width: float
    height: float
    boxes: dict[str, Box]
    cards: dict[str, Card]
    routes: tuple[Route, ...]
    show: tuple[Part, ...] = SHOWN


def check_direction(direction: str) -> None:
    """Refuse a direction that does not exist."""
    if direction not in get_args(Direction):
        raise ValueError(f"expected direction to be one of {', '.join(get_args(Direction))}, got {direction!r}")


def layout(view: GraphView, direction: Direction = "LR", show: Collection[Part] = SHOWN) -> Layout:
    """Lay out what a view shows, in layers.

    The same view is laid out alike in every process, and by the script of the interactive page.

    Args:
        view: The graph as plain data.
        direction: Where the graph flows to: ``"LR"`` is from left to right.
        show: What is written on nodes and edges.

    Raises:
        ValueError: There is no such direction, or nothing of that name to show.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> plan = layout(GraphView.of(x * x))
    >>> plan.boxes["n0"].x < plan.boxes["n1"].x, len(plan.routes)
    (True, 2)
    """
    plan = measure(view, direction, show)
    boxes, curves, (width, height) = place(plan.blocks, plan.wires, direction)
    routes = tuple(
        Route(edge, curve.points, curve.label, curve.is_turned)
        for edge, curve in zip(plan.view.edges, curves, strict=True)
    )
    at = {node.id: box for node, box in zip(plan.view.nodes, boxes, strict=True)}
    return Layout(direction, width, height, at, plan.cards, routes, plan.show)


class Plan(NamedTuple):
    """What is to be laid out: what a view shows, and how large it is.

    Attributes:
        view: What is shown.
        show: What is written on nodes and edges.
        cards: What is written on each node, by id; frames have none.
        blocks: The block of each node shown.
        wires: The wire of each edge shown.
    """

    view: GraphView
    show: tuple[Part, ...]
    cards: dict[str, Card]
    blocks: list[Block]
    wires: list[Wire]


def measure(view: GraphView, direction: Direction, show: Collection[Part] = SHOWN) -> Plan:
    """Write every card, and measure it.

    Raises:
        ValueError: There is no such direction, or nothing of that name to show.
    """
    check_direction(direction)
    parts = writing.check_parts(show)
    shown = view.shown()
    cards = {node.id: writing.card(node, parts) for node in shown.nodes if not node.is_open}
    numbers = {node.id: number for number, node in enumerate(shown.nodes)}
    blocks = [block_of(node, cards.get(node.id), numbers.get(node.parent, TOP), direction) for node in shown.nodes]
    with_count = not writing.is_crowded(shown.edges)
    wires = [
        Wire(numbers[edge.source], numbers[edge.target], *label_size(edge, parts, with_count=with_count))
        for edge in shown.edges
    ]
    return Plan(shown, parts, cards, blocks, wires)


def block_of(node: NodeView, card: Card | None, parent: int, direction: Direction) -> Block:
    """Return the block of a node: of its card, or of its frame when it has none."""
    if card is None:
        title = writing.text_width(writing.frame_title(node))
        return Block(parent, round(title) + 2 * TITLE, 2 * TITLE, is_frame=True)
    if not card.sign:
        return Block(parent, card.width, card.height, card.height / 2)
    if direction in {"LR", "RL"}:
        width = card.sign_width + SIGN_GAP + card.width
        return Block(parent, width, max(card.sign_height, card.height), card.sign_height * 0.7)
    height = card.sign_height + SIGN_GAP + card.height
    return Block(parent, max(card.sign_width, card.width), height, card.sign_width * 0.7)


def label_size(edge: EdgeView, show: Collection[Part], *, with_count: bool = True) -> tuple[float, float]:
    """Return the size of what is written in the middle of an edge."""
    lines = writing.edge_lines(edge, show, with_count=with_count)
    if not lines:
        return 0.0, 0.0
    return floor(max(map(writing.line_width, lines)) + 2 * _LABEL_PAD + 0.5), len(lines) * writing.SMALL * 1.2
