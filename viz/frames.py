"""Blocks in frames, and wires between them: where they stand, as plain geometry.

A frame is laid out on its own and then stands as one box among its neighbours, so it never covers what is not in it.
A wire from outside enters a frame at its first column and leaves it at its last, through a port that all wires of one
source share.

``static/layout.js`` is the same program for the browser, and a test holds their numbers equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from typing import Literal

from .layered import FIRST, LAST, Arrangement, Item, Link, arrange, simplify

__all__ = ["TITLE", "TOP", "Block", "Box", "Curve", "Direction", "Point", "Wire", "place"]

Direction = Literal["LR", "RL", "TB", "BT"]
Point = tuple[float, float]

TOP = -1
"""The number that stands for the whole picture, where that of a frame is asked for."""

TITLE = 20.0
"""The room above the members of a frame, for its title."""

_PAD = 8.0
_MARGIN = 12.0
_TURN = 16.0
"""How far a wire swings out where it turns round."""


@dataclass(frozen=True, slots=True)
class Block:
    """What is to be placed: a card, or a frame that has at least this size.

    Attributes:
        parent: The index of the frame it stands in, which comes before it; :data:`TOP` for none.
        width: Its width.
        height: Its height.
        inlet: Over how much of its side arriving wires may spread.
        is_frame: Whether it is drawn around others.
    """

    parent: int
    width: float
    height: float
    inlet: float = 0.0
    is_frame: bool = False


@dataclass(frozen=True, slots=True)
class Wire:
    """What is to be routed.

    Attributes:
        source: The index of the block it leaves, which is no frame.
        target: The index of the block it arrives at, which is no frame.
        label_width: The width of its label.
        label_height: The height of its label.
    """

    source: int
    target: int
    label_width: float = 0.0
    label_height: float = 0.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, by its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Curve:
    """The way of a wire: Bézier curves, end to end.

    Attributes:
        points: Where it starts, then two control points and an end for each curve.
        label: The middle of its label.
        is_turned: Whether it runs against the flow, since it closes a cycle.
    """

    points: tuple[Point, ...]
    label: Point
    is_turned: bool


def place(
    blocks: Sequence[Block], wires: Sequence[Wire], direction: Direction = "LR"
) -> tuple[list[Box], list[Curve], Point]:
    """Place blocks and route wires.

    Returns:
        The boxes, the curves, and the width and height of the whole.

    >>> boxes, curves, size = place([Block(TOP, 30.0, 20.0), Block(TOP, 30.0, 20.0)], [Wire(0, 1)])
    >>> boxes[1], size
    (Box(x=68.0, y=12.0, width=30.0, height=20.0), (110.0, 44.0))
    """
    return _Composition(blocks, wires, direction).result()


@dataclass(slots=True)
class _Frame:
    """The inside of one frame, or of the whole picture.

    Attributes:
        members: The blocks in it, which are its first items; its other items are ports.
        spots: The item of each member.
        ports: The item of each port, by the block its wires come from and whether they enter.
        links: The ways between items: the two items, and the block the wire comes from.
        labels: The size of the label of each link, along and across.
        shared: The link that all wires from one block take to a port or to a frame.
    """

    members: list[int] = field(default_factory=list)
    spots: dict[int, int] = field(default_factory=dict)
    ports: dict[tuple[int, bool], int] = field(default_factory=dict)
    links: list[tuple[int, int, int]] = field(default_factory=list)
    labels: list[Point] = field(default_factory=list)
    shared: dict[tuple[int, int, int], int] = field(default_factory=dict)
    drawing: Arrangement | None = None
    inset: Point = (0.0, 0.0)
    origin: Point = (0.0, 0.0)

    def add(self, block: int) -> None:
        self.spots[block] = len(self.members)
        self.members.append(block)

    def port(self, source: int, *, enters: bool) -> int:
        return self.ports.setdefault((source, enters), len(self.members) + len(self.ports))

    def link(self, start: int, end: int, source: int, label: Point | None) -> int:
        """Return the link between two items, shared unless it ends at a card, where each argument has its own."""
        key = (start, end, source)
        if label is None and key in self.shared:
            return self.shared[key]
        self.links.append(key)
        self.labels.append(label or (0.0, 0.0))
        if label is None:
            self.shared[key] = len(self.links) - 1
        return len(self.links) - 1


class _Composition:
    """Works along and across the flow, and turns the result to the direction asked for at the very end."""

    def __init__(self, blocks: Sequence[Block], wires: Sequence[Wire], direction: Direction) -> None:
        self.blocks = blocks
        self.wires = wires
        self.direction = direction
        self.is_level = direction in {"LR", "RL"}
        self.sizes = [self.flow(block.width, block.height) for block in blocks]
        self.frames = {TOP: _Frame()}
        for number, block in enumerate(blocks):
            if block.is_frame:
                self.frames[number] = _Frame()
            self.frames[block.parent].add(number)
        self.ways = [self.way(wire) for wire in wires]

    def flow(self, width: float, height: float) -> Point:
        """Return a size along and across the flow."""
        return (width, height) if self.is_level else (height, width)

    def around(self, block: int) -> list[int]:
        """Return the frames around a block, the outermost first."""
        frames = []
        while block != TOP:
            block = self.blocks[block].parent
            frames.append(block)
        frames.reverse()
        return frames

    def way(self, wire: Wire) -> list[tuple[int, int]]:
        """Return the links that a wire follows: out of the frames around its source, over, and into its target's."""
        source, target = wire.source, wire.target
        leaving, entering = self.around(source), self.around(target)
        depth = 0
        while depth + 1 < min(len(leaving), len(entering)) and leaving[depth + 1] == entering[depth + 1]:
            depth += 1
        label = self.flow(wire.label_width, wire.label_height)
        way: list[tuple[int, int]] = []
        inner = source
        for number in reversed(leaving[depth + 1 :]):
            frame = self.frames[number]
            way.append((number, frame.link(frame.spots[inner], frame.port(source, enters=False), source, None)))
            inner = number
        for number, outer in zip(entering[depth:], (*entering[depth + 1 :], target), strict=True):
            frame = self.frames[number]
            start = frame.spots[inner] if number == entering[depth] else frame.port(source, enters=True)
            way.append((number, frame.link(start, frame.spots[outer], source, label if outer == target else None)))
        return way

    def result(self) -> tuple[list[Box], list[Curve], Point]:
        for number in sorted(self.frames, reverse=True):  # a frame comes before what is in it
            self.arrange(number)
        top = self.frames[TOP].drawing
        assert top is not None
        size = (top.length + 2 * _MARGIN, top.breadth + 2 * _MARGIN)
        self.frames[TOP].origin = (_MARGIN, _MARGIN)
        corners: list[Point] = [(0.0, 0.0)] * len(self.blocks)
        for number in sorted(self.frames):
            self.settle(number, corners)
        boxes = [self.box(corner, extent, size) for corner, extent in zip(corners, self.sizes, strict=True)]
        curves = [self.curve(number, size) for number in range(len(self.wires))]
        return boxes, curves, size if self.is_level else (size[1], size[0])

    def arrange(self, number: int) -> None:
        """Lay out the inside of a frame; those in it are laid out already."""
        frame = self.frames[number]
        items = [Item(*self.sizes[member], self.blocks[member].inlet) for member in frame.members]
        items += [Item(0.0, 0.0, 0.0, FIRST if enters else LAST) for _, enters in frame.ports]
        links = [
            Link(
                start,
                end,
                self.offset(frame, start, source, enters=False),
                self.offset(frame, end, source, enters=True),
                *label,
            )
            for (start, end, source), label in zip(frame.links, frame.labels, strict=True)
        ]
        drawing = frame.drawing = arrange(items, links)
        if number == TOP:
            return
        before, after, left, right = self.padding()
        if any(drawing.turned):  # and swings out beyond its items
            before, after = before + _TURN, after + _TURN
        least = self.sizes[number]
        length = max(least[0], before + drawing.length + after)
        breadth = max(least[1], ceil(2 * (left + drawing.breadth + right)) / 2)  # its half is a quarter, and stays one
        self.sizes[number] = (length, breadth)
        spare = (length - before - drawing.length - after, breadth - left - drawing.breadth - right)
        frame.inset = (before + spare[0] / 2, left + spare[1] / 2)

    def padding(self) -> tuple[float, float, float, float]:
        """Return the room inside a frame before and after its members along the flow, then on both sides of it."""
        return {
            "LR": (_PAD, _PAD, TITLE, _PAD),
            "RL": (_PAD, _PAD, TITLE, _PAD),
            "TB": (TITLE, _PAD, _PAD, _PAD),
            "BT": (_PAD, TITLE, _PAD, _PAD),
        }[self.direction]

    def offset(self, frame: _Frame, item: int, source: int, *, enters: bool) -> float:
        """Return how far from its middle a wire touches an item: at a frame it is where the port is."""
        if item >= len(frame.members) or not self.blocks[frame.members[item]].is_frame:
            return 0.0
        inside = self.frames[frame.members[item]]
        assert inside.drawing is not None
        port = inside.drawing.across[inside.ports[source, enters]]
        return inside.inset[1] + port - self.sizes[frame.members[item]][1] / 2

    def settle(self, number: int, corners: list[Point]) -> None:
        """Move the inside of a frame to where the frame stands."""
        frame = self.frames[number]
        drawing = frame.drawing
        assert drawing is not None
        for item, member in enumerate(frame.members):
            length, breadth = self.sizes[member]
            along = frame.origin[0] + drawing.along[item] - length / 2
            across = frame.origin[1] + drawing.across[item] - breadth / 2
            corners[member] = (along, across)
            if self.blocks[member].is_frame:
                inset = self.frames[member].inset
                self.frames[member].origin = (along + inset[0], across + inset[1])

    def box(self, corner: Point, extent: Point, size: Point) -> Box:
        x, y = self.turned(corner, size)
        width, height = extent if self.is_level else (extent[1], extent[0])
        if self.direction == "RL":
            x -= width
        if self.direction == "BT":
            y -= height
        return Box(x, y, width, height)

    def turned(self, point: Point, size: Point) -> Point:
        """Turn a point to the direction asked for."""
        along, across = point
        if self.direction in {"RL", "BT"}:
            along = size[0] - along
        return (along, across) if self.is_level else (across, along)

    def curve(self, number: int, size: Point) -> Curve:
        """Join the paths of all links that a wire follows."""
        points: list[Point] = []
        label = (0.0, 0.0)
        is_turned = False
        for owner, link in self.ways[number]:
            frame = self.frames[owner]
            drawing, (along, across) = frame.drawing, frame.origin
            assert drawing is not None
            points += [(along + point[0], across + point[1]) for point in drawing.paths[link]]
            label = (along + drawing.labels[link][0], across + drawing.labels[link][1])
            is_turned = is_turned or drawing.turned[link]
        bent = _bend(simplify(points))
        return Curve(tuple(self.turned(point, size) for point in bent), self.turned(label, size), is_turned)


def _bend(points: list[Point]) -> list[Point]:
    """Return the curves through points: straight, swinging over, or turning round."""
    bent = [points[0]]
    heading = 1.0
    for start, end in pairwise(points):
        if start[1] == end[1]:
            heading = 1.0 if end[0] >= start[0] else -1.0
            bent += [start, end, end]
        elif start[0] == end[0]:
            swing = start[0] + heading * _TURN
            bent += [(swing, start[1]), (swing, end[1]), end]
            heading = -heading
        else:
            middle = (start[0] + end[0]) / 2
            bent += [(middle, start[1]), (middle, end[1]), end]
            heading = 1.0 if end[0] >= start[0] else -1.0
    return bent
