"""A picture at one moment of a trace: the values known so far, the gradients reached so far.

The stepper and the animation change what stands in a picture, and never where it stands; so the picture is laid out
once, with room for the widest text that each place will hold.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from .amount import Amount, ArraySnapshot, describe
from .card import Part, text_width
from .graph_view import EdgeView, GraphView, NodeView
from .placement import Layout, Route, label_size, layout
from .quantity import Quantity, Tone
from .svg import Painter, number
from .tracing import Step, Trace
from .words import raised

__all__ = ["StepPainter", "amounts_at", "part_of", "picture_text", "plan", "with_amounts", "with_room"]

_SHOWN: tuple[Part, ...] = ("data", "grad", "local")

_WIDE = 1_000
"""A picture wider than this is turned, if that makes it narrower."""

_FORMULA = 14
"""A rule longer than this is not written on the edge."""

_ROOM = "-0.0000"
"""A number that can be dragged has room for this."""


def picture_text(amount: Amount) -> str:
    """Write an amount for a node of the picture, where the shape of an array has a line of its own.

    >>> picture_text(2.0), picture_text(None)
    ('2.0', '—')
    """
    if isinstance(amount, ArraySnapshot) and (amount.values is None or len(amount.values) > 4):
        return f"norm {describe(amount.norm)}"
    return describe(amount)


def amounts_at(followed: Trace, index: int) -> tuple[dict[str, Amount], dict[str, Amount]]:
    """Return the values and the gradients after a step, by id; before the first there are none."""
    if index < 0:
        return {}, {}
    state = followed.at(index)
    ids = {name: key for key, name in followed.names.items()}
    return (
        {ids[name]: amount for name, amount in state.values.items()},
        {ids[name]: amount for name, amount in state.grads.items()},
    )


def part_of(view: GraphView, drawn: Collection[str]) -> GraphView:
    """Return the part of a view that is drawn, without groups."""
    nodes = tuple(replace(node, parent="") for node in view.nodes if node.id in drawn)
    edges = tuple(edge for edge in view.edges if edge.source in drawn and edge.target in drawn)
    return GraphView(nodes, edges, view.root if view.root in drawn else nodes[-1].id)


def with_amounts(
    view: GraphView, values: Mapping[str, Amount], grads: Mapping[str, Amount], names: Mapping[str, str]
) -> GraphView:
    """Return a view with other values and gradients; constants keep theirs."""
    nodes = (
        node
        if node.kind == "constant"
        else replace(
            node,
            name=names[node.id],
            data=_quantity(values.get(node.id), node.data) or Quantity("—", ""),
            grad=_quantity(grads.get(node.id), None),
        )
        for node in view.nodes
    )
    return replace(view, nodes=tuple(nodes))


def _quantity(amount: Amount, like: Quantity | None) -> Quantity | None:
    if amount is None:
        return None
    size = amount.norm if isinstance(amount, ArraySnapshot) else amount
    tone: Tone = "finite"
    if isinstance(size, float) and not math.isfinite(size):
        tone = "nan" if math.isnan(size) else "inf"
    shape, dtype = (like.shape, like.dtype) if like is not None else (None, "")
    text = picture_text(amount)
    return Quantity(text, repr(amount) if isinstance(amount, float) else text, tone, shape, dtype)


def with_room(view: GraphView, shown: Sequence[Step], followed: Trace, is_live: bool) -> GraphView:
    """Return a view whose texts are the widest that the steps will put in their place.

    Args:
        view: The part of the graph that is drawn.
        shown: The steps.
        followed: The whole trace.
        is_live: Whether the numbers can be dragged, so that they need room for others.
    """
    texts: dict[tuple[str, str], list[str]] = {}
    rules: dict[str, str] = {}
    for step in shown:
        texts.setdefault(("data", step.node), []).append(picture_text(step.value))
        texts.setdefault(("grad", step.target), []).append(picture_text(step.after))
        if step.operand:
            factor = step.contribution if step.local is None else step.local
            texts.setdefault(("local", step.edge), []).append(picture_text(factor))
            if step.local is None:
                rules[step.edge] = step.text.removeprefix(f"grad({followed.names[step.operand]}) += ").rpartition(
                    " = "
                )[0]
    values, grads = amounts_at(followed, shown[-1].index)
    room = [_ROOM] if is_live else []

    def widest(*candidates: Iterable[str]) -> str:
        return max((text for some in (*candidates, room) for text in some), key=text_width)

    def make_room(node: NodeView) -> NodeView:
        if node.kind == "constant":
            return node
        data = widest([picture_text(values.get(node.id))], texts.get(("data", node.id), []))
        grad = widest([picture_text(grads.get(node.id))], texts.get(("grad", node.id), []))
        like = cast(Quantity, node.data)
        return replace(
            node,
            name=followed.names[node.id],
            data=Quantity(data, data, "finite", like.shape, like.dtype),
            grad=Quantity(grad, ""),
        )

    def label(edge: EdgeView) -> EdgeView:
        key = f"{edge.source}>{edge.target}:{edge.slot}"
        found = texts.get(("local", key), [])
        formula = rules.get(key, raised(edge.formula))
        if key in rules and len(formula) > _FORMULA:  # what a rule gives is no local derivative
            found = []
        return replace(edge, local=Quantity(widest(found), "") if found else None, contribution=None, formula=formula)

    return replace(view, nodes=tuple(map(make_room, view.nodes)), edges=tuple(map(label, view.edges)))


def plan(view: GraphView) -> Layout:
    """Lay a view out from left to right, or from top to bottom where that is too wide to read."""
    across = layout(view, "LR", _SHOWN)
    if across.width <= _WIDE:
        return across
    down = layout(view, "TB", _SHOWN)
    return down if down.width < across.width else across


class StepPainter(Painter):
    """Paints labels on a ground of their own, since they come and go while the edges stay."""

    def label(self, route: Route) -> str:
        """Write the label of an edge."""
        width, height = label_size(route.edge, self.layout.show)
        x, y = route.label
        ground = (
            f'<rect x="{number(x - width / 2 + 6)}" y="{number(y - height / 2)}" width="{number(width - 12)}" '
            f'height="{number(height)}" rx="4" fill="{self.colours.paper}" stroke="none"/>'
        )
        return super().label(route).replace("<text", f"{ground}<text", 1)
