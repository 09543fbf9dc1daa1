"""A GraphView as JSON, and back.

``docs/graph-view.schema.json`` describes the format for other programs. What is read is taken for hostile: it is
checked entry by entry, and the first thing that is wrong is named with its place.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, get_args

from autograd.errors import StepgradError

from .graph_view import EdgeView, GraphView, Kind, NodeView
from .quantity import Quantity, Tone
from .structure import Reason

__all__ = ["GraphViewFormatError", "from_json", "to_json"]

FORMAT, VERSION = "stepgrad-graph-view", 1

_SAFE_INTEGER = 2**53
"""From here on JavaScript does not count by ones."""

_PARTS_OF_A_PAIR = 2


class GraphViewFormatError(StepgradError, ValueError):
    """A text that is no view; the message names the place in it."""


def to_json(view: GraphView) -> str:
    """Write a view as JSON; members of closed groups too, so that another program can open them.

    What has its usual value is left out. The same view gives the same text in every process.

    >>> from autograd import Value
    >>> view = GraphView.of(Value(2.0, label="a") * 3.0)
    >>> from_json(to_json(view)) == view
    True
    """
    import json

    content = {
        "format": FORMAT,
        "version": VERSION,
        "root": view.root,
        "nodes": [_node_out(node) for node in view.nodes],
        "edges": [_edge_out(edge) for edge in view.edges],
    }
    return json.dumps(content, allow_nan=False, separators=(",", ":")) + "\n"


def from_json(text: str | bytes) -> GraphView:
    """Read a view that :func:`to_json` wrote.

    Raises:
        TypeError: ``text`` is no text.
        GraphViewFormatError: It is no JSON, or no view; the message says where and why.

    >>> from_json('{"format": "stepgrad-graph-view", "version": 1, "root": "n0", "nodes": [], "edges": []}')
    Traceback (most recent call last):
    viz.view_json.GraphViewFormatError: nodes: expected at least one, got none
    """
    if not isinstance(text, str | bytes):
        raise TypeError(f"expected the text of a view, got {type(text).__name__}")
    whole = _Entry("", _parsed(text))
    whole.has(required=("format", "version", "root", "nodes", "edges"))
    whole["format"].equals(FORMAT)
    whole["version"].equals(VERSION)
    nodes = tuple(_node_in(entry) for entry in whole["nodes"].items())
    edges = tuple(_edge_in(entry) for entry in whole["edges"].items())
    view = GraphView(nodes, edges, whole["root"].text())
    _check(whole, view)
    return view


def _parsed(text: str | bytes) -> object:
    import json

    def no_constant(name: str) -> object:
        raise GraphViewFormatError(f"expected JSON, which has no {name}")

    def no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise GraphViewFormatError(f"expected each key once, got {twice!r} twice")
        return found

    try:
        return json.loads(text, parse_constant=no_constant, object_pairs_hook=no_repeats)
    except GraphViewFormatError:
        raise
    except RecursionError:
        raise GraphViewFormatError("expected a view, got lists in lists far deeper than one has") from None
    except ValueError as error:
        raise GraphViewFormatError(f"expected JSON: {error}") from None


# Writing


def _node_out(node: NodeView) -> dict[str, object]:
    out: dict[str, object] = {"id": node.id, "kind": node.kind}
    for name in ("name", "op", "symbol", "parent", "formula", "reason"):
        if getattr(node, name):
            out[name] = getattr(node, name)
    if node.parameters:
        out["parameters"] = [list(pair) for pair in node.parameters]
    if node.data is not None:
        out["data"] = _quantity_out(node.data)
    if node.grad is not None:
        out["grad"] = _quantity_out(node.grad)
    if node.requires_grad:
        out["requires_grad"] = True
    if node.source is not None:
        out["source"] = list(node.source)
    for name in ("count", "times"):
        if getattr(node, name) != 1:
            out[name] = getattr(node, name)
    if node.is_open:
        out["is_open"] = True
    if node.costs:
        out["costs"] = {name: _float_out(cost) for name, cost in node.costs}
    return out


def _edge_out(edge: EdgeView) -> dict[str, object]:
    out: dict[str, object] = {"source": edge.source, "target": edge.target, "slot": edge.slot}
    if edge.count != 1:
        out["count"] = edge.count
    if edge.local is not None:
        out["local"] = _quantity_out(edge.local)
    if edge.contribution is not None:
        out["contribution"] = _quantity_out(edge.contribution)
    if edge.formula:
        out["formula"] = edge.formula
    return out


def _quantity_out(quantity: Quantity) -> dict[str, object]:
    out: dict[str, object] = {"text": quantity.text}
    if quantity.exact:
        out["exact"] = quantity.exact
    if quantity.tone != "finite":
        out["tone"] = quantity.tone
    if quantity.shape is not None:
        out["shape"] = list(quantity.shape)
    if quantity.dtype:
        out["dtype"] = quantity.dtype
    if quantity.size is not None:
        out["size"] = _float_out(quantity.size)
    return out


def _float_out(number: float) -> float | str:
    """Return what JSON has for a number; it has no infinity and no NaN."""
    return number if math.isfinite(number) else repr(number)


# Reading


class _Entry:
    """One value in the text, and its place there."""

    __slots__ = ("place", "value")

    def __init__(self, place: str, value: object) -> None:
        self.place, self.value = place, value

    def wrong(self, expected: str) -> GraphViewFormatError:
        where = f"{self.place}: " if self.place else ""
        return GraphViewFormatError(f"{where}expected {expected}, got {_brief(self.value)}")

    def mapping(self) -> Mapping[str, object]:
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        return self.value

    def has(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
        mapping = self.mapping()
        for key in required:
            if key not in mapping:
                raise GraphViewFormatError(f"{self.place or 'the view'}: expected the key {key!r}, which is missing")
        for key in mapping:
            if key not in required and key not in optional:
                known = ", ".join((*required, *optional))
                raise GraphViewFormatError(f"{self.place or 'the view'}: expected only {known}, got {_brief(key)}")

    def __getitem__(self, key: str) -> "_Entry":
        return _Entry(f"{self.place}.{key}" if self.place else key, self.mapping()[key])

    def get(self, key: str, read: Callable[["_Entry"], Any], default: Any) -> Any:
        return read(self[key]) if key in self.mapping() else default

    def items(self) -> list["_Entry"]:
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return [_Entry(f"{self.place}[{index}]", item) for index, item in enumerate(self.value)]

    def pair(self) -> list["_Entry"]:
        items = self.items()
        if len(items) != _PARTS_OF_A_PAIR:
            raise self.wrong("a list of two")
        return items

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.wrong("a text")
        return self.value

    def truth(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def integer(self, least: int) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.wrong("an integer")
        if not least <= self.value < _SAFE_INTEGER:
            raise self.wrong(f"an integer from {least} to 2**53")
        return self.value

    def number(self) -> float:
        if self.value in ("inf", "-inf", "nan"):
            return float(str(self.value))
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            try:
                return float(self.value)
            except OverflowError:
                pass
        raise self.wrong("a number")

    def one_of(self, known: tuple[str, ...]) -> Any:
        if self.value not in known:
            raise self.wrong(f"one of {', '.join(map(repr, known))}")
        return self.value

    def equals(self, wanted: object) -> None:
        if self.value != wanted or type(self.value) is not type(wanted):
            raise self.wrong(repr(wanted))


def _brief(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else f"a list of {len(value)}"
    return f"{value!r:.60}"


def _node_in(entry: _Entry) -> NodeView:
    entry.has(
        ("id", "kind"),
        (
            *("name", "op", "symbol", "parameters", "data", "grad", "requires_grad", "parent", "source", "formula"),
            *("reason", "count", "times", "is_open", "costs"),
        ),
    )
    return NodeView(
        id=entry["id"].text(),
        kind=entry["kind"].one_of(get_args(Kind)),
        name=entry.get("name", _Entry.text, ""),
        op=entry.get("op", _Entry.text, ""),
        symbol=entry.get("symbol", _Entry.text, ""),
        parameters=entry.get("parameters", _parameters_in, ()),
        data=entry.get("data", _quantity_in, None),
        grad=entry.get("grad", _quantity_in, None),
        requires_grad=entry.get("requires_grad", _Entry.truth, False),
        parent=entry.get("parent", _Entry.text, ""),
        source=entry.get("source", _source_in, None),
        formula=entry.get("formula", _Entry.text, ""),
        reason=entry.get("reason", lambda reason: reason.one_of(get_args(Reason)), ""),
        count=entry.get("count", lambda count: count.integer(0), 1),
        times=entry.get("times", lambda times: times.integer(1), 1),
        is_open=entry.get("is_open", _Entry.truth, False),
        costs=entry.get("costs", _costs_in, ()),
    )


def _edge_in(entry: _Entry) -> EdgeView:
    entry.has(("source", "target", "slot"), ("count", "local", "contribution", "formula"))
    return EdgeView(
        source=entry["source"].text(),
        target=entry["target"].text(),
        slot=entry["slot"].integer(-1),
        count=entry.get("count", lambda count: count.integer(1), 1),
        local=entry.get("local", _quantity_in, None),
        contribution=entry.get("contribution", _quantity_in, None),
        formula=entry.get("formula", _Entry.text, ""),
    )


def _quantity_in(entry: _Entry) -> Quantity:
    entry.has(("text",), ("exact", "tone", "shape", "dtype", "size"))
    return Quantity(
        text=entry["text"].text(),
        exact=entry.get("exact", _Entry.text, ""),
        tone=entry.get("tone", lambda tone: tone.one_of(get_args(Tone)), "finite"),
        shape=entry.get("shape", lambda shape: tuple(axis.integer(0) for axis in shape.items()), None),
        dtype=entry.get("dtype", _Entry.text, ""),
        size=entry.get("size", _Entry.number, None),
    )


def _parameters_in(entry: _Entry) -> tuple[tuple[str, str], ...]:
    pairs = (item.pair() for item in entry.items())
    return tuple((name.text(), value.text()) for name, value in pairs)


def _source_in(entry: _Entry) -> tuple[str, int]:
    file, line = entry.pair()
    return file.text(), line.integer(0)


def _costs_in(entry: _Entry) -> tuple[tuple[str, float], ...]:
    return tuple((name, entry[name].number()) for name in entry.mapping())


def _check(whole: _Entry, view: GraphView) -> None:
    """Refuse what is no graph: ids that are double or unknown, members before their group."""
    if not view.nodes:
        raise GraphViewFormatError("nodes: expected at least one, got none")
    nodes: dict[str, NodeView] = {}
    ends = {node.id for node in view.nodes} - {node.parent for node in view.nodes}
    for node, entry in zip(view.nodes, whole["nodes"].items(), strict=True):
        _check_node(node, entry, nodes)
        if node.is_open and node.id in ends:
            raise entry["is_open"].wrong("an open group to have members")
        nodes[node.id] = node
    if view.root not in ends:
        raise whole["root"].wrong("the id of a node, or of a group without members")
    for edge, entry in zip(view.edges, whole["edges"].items(), strict=True):
        for name, end in (("source", edge.source), ("target", edge.target)):
            if end not in ends:
                raise entry[name].wrong("the id of a node, or of a group without members")


def _check_node(node: NodeView, entry: _Entry, before: Mapping[str, NodeView]) -> None:
    letter = "g" if node.kind == "group" else "n"
    digits = node.id[1:]
    if node.id[:1] != letter or not (digits.isascii() and digits.isdigit()):
        raise entry["id"].wrong(f"the letter {letter} and a number")
    if node.id in before:
        raise entry["id"].wrong("an id that no other node has")
    if node.parent and (node.parent not in before or before[node.parent].kind != "group"):
        raise entry["parent"].wrong("the id of a group that stands before its members")
    if node.kind != "group":
        if node.data is None:
            raise GraphViewFormatError(f"{entry.place}: expected the key 'data', which is missing")
        if node.is_open or node.reason:
            raise entry["kind"].wrong("a group, which alone is open or has a reason")
