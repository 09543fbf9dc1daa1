"""The steps of a trace as an SVG that plays by itself.

It is a flip book: everything that changes is painted once for each look it has, and each look is visible while it
lasts. There is no script in it, so it plays wherever an image is shown; where animations do not play, one sees the end.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from .amount import Amount
from .card import SIZE, Card, card, text_width
from .graph_view import GraphView, NodeView
from .moment import StepPainter, amounts_at, plan, with_amounts, with_room
from .placement import Layout, Route
from .svg import escape, number, path
from .theme import Theme, theme_named
from .tracing import Step, Trace

__all__ = ["animate"]

_BEAT = 1.2
"""Seconds for each step."""

_REST = 3
"""So many steps does the end stay."""

_BAND = 40.0
"""The height of the line of text below the picture."""

_LEAST_WIDTH = 460.0

_COLOURS: Mapping[str, Mapping[str, str]] = {
    "light": {
        "forward": "#0072b2",
        "seed": "#b3470a",
        "visit": "#b3470a",
        "contribute": "#00785a",
        "done": "#8250a8",
    },
    "dark": {
        "forward": "#56b4e9",
        "seed": "#f0894a",
        "visit": "#f0894a",
        "contribute": "#3fc79a",
        "done": "#cfa3ea",
    },
}
_MARKS = {"forward": "→", "seed": "★", "visit": "●", "contribute": "+=", "done": "✓"}

Span = tuple[int, int]
"""The first beat of something, and the beat it ends before."""


def animate(view: GraphView, followed: Trace, shown: Sequence[Step], theme: Literal["light", "dark"]) -> str:
    """Return some steps of a trace as an animated SVG.

    Args:
        view: What is drawn of the graph.
        followed: The whole trace.
        shown: The steps.
        theme: The colours.

    >>> from autograd import Value
    >>> from viz import trace
    >>> y = Value(2.0, label="x") * 3.0
    >>> t = trace(y)
    >>> svg = animate(GraphView.of(y), t, t[:], "light")
    >>> "<animate " in svg, "<script" in svg
    (True, False)
    """
    roomy = with_room(view, shown, followed, is_live=False)
    wide = plan(roomy)
    width = max(wide.width, _LEAST_WIDTH)
    return _FlipBook(
        roomy, replace(wide, width=width, height=wide.height + _BAND), view, followed, shown, theme
    ).picture()


class _FlipBook(StepPainter):
    """Paints each look of everything, and says when it is to be seen."""

    def __init__(
        self,
        roomy: GraphView,
        layout: Layout,
        view: GraphView,
        followed: Trace,
        shown: Sequence[Step],
        theme: Literal["light", "dark"],
    ) -> None:
        colours: Theme = theme_named(theme)
        super().__init__(roomy, layout, colours, None)
        self.shown, self.total = shown, len(followed)
        self.beats = len(shown) + _REST
        self.tones = _COLOURS[theme]
        self.room = dict(layout.cards)
        self.looks = _looks(view, followed, shown)

    def during(self, content: str, spans: Sequence[Span]) -> str:
        """Show something for some time only; an image that does not move shows the end."""
        if list(spans) == [(0, self.beats)]:
            return content
        times, values = [0.0], ["hidden"]
        for first, end in spans:
            if first == 0:
                values[0] = "visible"
            else:
                times.append(first / self.beats)
                values.append("visible")
            if end < self.beats:
                times.append(end / self.beats)
                values.append("hidden")
        return (
            f'<g visibility="{values[-1]}">{content}<animate attributeName="visibility" calcMode="discrete" '
            f'dur="{number(self.beats * _BEAT)}s" repeatCount="indefinite" values="{";".join(values)}" '
            f'keyTimes="{";".join(f"{time:.5g}" for time in times)}"/></g>'
        )

    def spans(self, steps: Sequence[int]) -> list[Span]:
        """Return beats that follow one another as one span; the last one lasts to the end."""
        spans: list[Span] = []
        for beat in steps:
            end = self.beats if beat == len(self.shown) - 1 else beat + 1
            if spans and spans[-1][1] == beat:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((beat, end))
        return spans

    def node(self, node: NodeView) -> str:
        looks = self.looks.get(node.id)
        if looks is None:
            return super().node(node)
        frames: list[str] = []
        for (beat, look), (end, _) in zip(looks, [*looks[1:], (self.beats, looks[-1][1])], strict=True):
            self.layout.cards[node.id] = _fitted(card(look), self.room[node.id])
            content = super().node(look)
            if look.data is not None and look.data.text == "—":
                content = f'<g opacity="0.4">{content}</g>'
            frames.append(self.during(content, [(beat, end)]))
        return "".join(frames) + "".join(self.halos(node.id))

    def halos(self, key: str) -> Iterator[str]:
        """Frame a node while a step is about it: a solid frame, and a dashed one while it receives."""
        box = self.layout.boxes[key]
        shape = (
            f'<rect x="{number(box.x - 4)}" y="{number(box.y - 4)}" width="{number(box.width + 8)}" '
            f'height="{number(box.height + 8)}" rx="7" fill="none" stroke-width="3"'
        )
        for kind, colour in self.tones.items():
            beats = [beat for beat, step in enumerate(self.shown) if step.kind == kind and step.node == key]
            if beats:
                yield self.during(f'{shape} stroke="{colour}"/>', self.spans(beats))
        beats = [beat for beat, step in enumerate(self.shown) if step.operand == key]
        if beats:
            dashed = f'{shape} stroke="{self.tones["contribute"]}" stroke-dasharray="7 4"/>'
            yield self.during(dashed, self.spans(beats))

    def beats_of(self, route: Route) -> list[int]:
        edge = f"{route.edge.source}>{route.edge.target}:{route.edge.slot}"
        return [beat for beat, step in enumerate(self.shown) if step.edge == edge]

    def edge(self, route: Route) -> str:
        beats = self.beats_of(route)
        if not beats:
            return super().edge(route)
        strong = f'<path d="{path(route.points)}" stroke="{self.tones["contribute"]}" stroke-width="3.5"/>'
        return super().edge(route) + self.during(strong, self.spans(beats))

    def label(self, route: Route) -> str:
        beats = self.beats_of(route)
        return self.during(super().label(route), [(beats[0], self.beats)]) if beats else ""

    def picture(self) -> str:
        return super().picture().removesuffix("</svg>\n") + "".join(self.captions()) + "</svg>\n"

    def captions(self) -> Iterator[str]:
        """Write what happens under the picture, and how far it has come."""
        width, height = self.layout.width, self.layout.height
        for beat, step in enumerate(self.shown):
            head = f"{step.index + 1}/{self.total}  {_MARKS[step.kind]}  "
            text = _cut(head + step.text, width - 24)
            line = (
                f'<text x="12" y="{number(height - 16)}" text-anchor="start" font-size="13" font-weight="bold" '
                f'fill="{self.tones[step.kind]}" xml:space="preserve">{escape(text)}</text>'
            )
            yield self.during(line, self.spans([beat]))
        yield (
            f'<rect y="{number(height - 4)}" width="{number(width)}" height="4" fill="{self.colours.pale}">'
            f'<animate attributeName="width" from="0" to="{number(width)}" dur="{number(self.beats * _BEAT)}s" '
            'repeatCount="indefinite"/></rect>'
        )


def _looks(view: GraphView, followed: Trace, shown: Sequence[Step]) -> dict[str, list[tuple[int, NodeView]]]:
    """Return how each node looks, and from which beat on; what happens between two steps is seen at the second."""
    values, grads = amounts_at(followed, shown[0].index - 1)
    looks = {
        node.id: [(0, node)]
        for node in with_amounts(view, values, grads, followed.names).nodes
        if node.kind != "constant"
    }
    nodes = {node.id: node for node in view.nodes}
    beat = 0
    for step in followed[shown[0].index : shown[-1].index + 1]:
        if step.index > shown[beat].index:
            beat += 1
        changed = _apply(step, values, grads) & looks.keys()
        for key in changed:
            only = GraphView((nodes[key],), (), key)
            look = with_amounts(only, values, grads, followed.names).nodes[0]
            if looks[key][-1][0] == beat:
                looks[key].pop()
            looks[key].append((beat, look))
    return looks


def _apply(step: Step, values: dict[str, Amount], grads: dict[str, Amount]) -> set[str]:
    """Change the amounts by one step; return the ids of the nodes that look otherwise now."""
    if step.kind == "done":
        return set()
    if step.kind == "forward":
        values[step.node] = step.value
        return {step.node}
    gone = set(grads) if step.kind == "seed" else set()
    if gone:
        grads.clear()
    grads[step.target] = step.after
    return gone | {step.target}


def _fitted(narrow: Card, room: Card) -> Card:
    """Return a card that takes the room of another."""
    cells = tuple(replace(cell, width=wide.width) for cell, wide in zip(narrow.cells, room.cells, strict=True))
    return replace(narrow, cells=cells, width=room.width, height=room.height)


def _cut(text: str, width: float) -> str:
    """Cut a text to what fits."""
    if text_width(text, SIZE + 2) <= width:
        return text
    while text and text_width(text + "…", SIZE + 2) > width:
        text = text[: len(text) * 9 // 10]
    return text + "…"
