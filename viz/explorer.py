"""The interactive page of a graph: what the script finds in it, and the picture it starts from."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from . import card as writing
from .card import SHOWN, Card, Part
from .frames import TOP, Direction
from .graph_view import GraphView, NodeView
from .page import VARIABLES, document, packed, static
from .placement import block_of, label_size, layout
from .svg import edge_tooltip, summary, to_svg, tooltip
from .theme import fills, legend

__all__ = ["page"]

_SCRIPTS = ("layout.js", "scene.js", "paint.js", "stage.js", "frame.js", "packed.js", "explorer.js")


def page(
    view: GraphView,
    direction: Direction = "LR",
    *,
    show: Collection[Part] = SHOWN,
    color: str | None = None,
    theme: str = "auto",
    with_picture: bool = True,
) -> str:
    """Return the page.

    Args:
        view: The graph as plain data.
        direction: Where the graph flows to.
        show: What is written on nodes and edges.
        color: What the nodes are coloured by.
        theme: ``"light"``, ``"dark"``, or ``"auto"`` for what the notebook or the system prefers.
        with_picture: Whether it holds the picture for where no script runs.

    >>> from autograd import Value
    >>> html = page(GraphView.of(Value(2.0, label="</script>") * 3.0))
    >>> html.startswith("<!DOCTYPE html>"), html.count("</script>")
    (True, 2)
    """
    picture = ""
    if with_picture:
        picture = to_svg(view, layout(view, direction, show), VARIABLES, color)
    body = static("explorer.html").replace("<svg-picture></svg-picture>", picture)
    data = packed(data_of(view, direction, show, color))
    title = summary(view.shown())
    return document(title, body, styles=("explorer.css",), scripts=_SCRIPTS, data=data, theme=theme)


def data_of(
    view: GraphView, direction: Direction = "LR", show: Collection[Part] = SHOWN, color: str | None = None
) -> dict[str, Any]:
    """Return a view as the script reads it: every card measured, every text written."""
    parts = writing.check_parts(show)
    numbers = {node.id: number for number, node in enumerate(view.nodes)}
    closed = GraphView(tuple(replace(node, is_open=False) for node in view.nodes), view.edges, view.root)
    colours = fills(closed, color, VARIABLES)
    nodes = []
    for node in closed.nodes:
        entry = _node(node, writing.card(node, parts), numbers.get(node.parent, TOP), direction)
        if node.id in colours:
            entry["signFill" if color == "op" else "fill"] = colours[node.id][4:-1]  # the name within var()
        nodes.append(entry)
    for node, entry in zip(view.nodes, nodes, strict=True):
        if node.is_open:
            entry["open"] = True
    return {
        "direction": direction,
        "legend": legend(closed, color, VARIABLES),
        "root": numbers[view.root],
        "nodes": nodes,
        "edges": _edges(view, numbers, parts),
    }


def _node(node: NodeView, card: Card, parent: int, direction: Direction) -> dict[str, Any]:
    block = block_of(node, card, parent, direction)
    entry: dict[str, Any] = {
        "id": node.id,
        "kind": node.kind,
        "parent": parent,
        "size": (block.width, block.height),
        "inlet": block.inlet,
        "card": (card.width, card.height),
        "cells": [
            (cell.width, _lines(cell.lines), 1) if cell.is_alarm else (cell.width, _lines(cell.lines))
            for cell in card.cells
        ],
        "tip": tooltip(node),
    }
    if card.sign:
        entry["sign"] = (card.sign_width, card.sign_height, _lines(card.sign))
    if not node.requires_grad:
        entry["quiet"] = True
    if node.kind == "group":
        frame = block_of(node, None, parent, direction)
        entry["title"] = writing.printable(writing.frame_title(node))
        entry["frame"] = (frame.width, frame.height)
    if node.reason == "time" and node.times > 1:
        entry["loop"] = node.times - 1
    return entry


def _lines(lines: tuple[writing.Line, ...]) -> list[list[tuple[str, ...]]]:
    return [
        [(writing.printable(run.text), *((run.tone,) if run.tone != "ink" else ())) for run in line] for line in lines
    ]


def _edges(view: GraphView, numbers: dict[str, int], parts: tuple[Part, ...]) -> list[dict[str, Any]]:
    operands: dict[str, int] = {}
    for edge in view.edges:
        operands[edge.target] = operands.get(edge.target, 0) + edge.count
    entries = []
    for edge in view.edges:
        target = view.nodes[numbers[edge.target]]
        entry: dict[str, Any] = {"source": numbers[edge.source], "target": numbers[edge.target], "slot": edge.slot}
        entry["tip"] = edge_tooltip(edge, target)
        if edge.count > 1:
            entry["count"] = edge.count
        lines = writing.edge_lines(edge, parts)
        if lines:
            entry["lines"], entry["label"] = _lines(lines), label_size(edge, parts)
        slot = writing.slot_text(edge, target, operands[edge.target])
        if slot:
            entry["slotText"] = slot
        entries.append(entry)
    return entries
