"""JSON: a view loads back equal, the schema holds, and what is malformed is refused by name."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, Value, record_source
from autograd.errors import StepgradError
from tests.viz.graphs import HOSTILE, UNPRINTABLE, chain, expression, moons, programs
from viz import GraphView, from_json, to_json
from viz.view_json import GraphViewFormatError

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "graph-view.schema.json").read_text())


jsonschema: Any = None
if importlib.util.find_spec("jsonschema"):
    jsonschema = importlib.import_module("jsonschema")


def valid(text: str) -> None:
    """Hold a text against the published schema, where there is somebody to read it."""
    if jsonschema is not None:
        jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(text))


def views() -> list[GraphView]:
    with record_source():
        x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
        y = ((x @ np.ones((3, 2))) / 0.0).sum(axis=0).mean()
    y.backward()
    return [
        GraphView.of(Value(1.0)),
        GraphView.of(expression(), show=("local", "contribution")),
        GraphView.of(y, show=("contribution",), costs={y: {"flops": float("inf"), "bytes": 8}}),
        GraphView.of(moons(10, (4, 3, 1))),
        GraphView.of(chain(1000), max_nodes=10),
        *(GraphView.of(Value(1.0, label=name) * 2.0) for name in HOSTILE + UNPRINTABLE),
    ]


@pytest.mark.parametrize("view", views(), ids=lambda view: f"{len(view.nodes)} nodes")
def test_a_view_loads_back_equal(view: GraphView) -> None:
    text = to_json(view)
    assert from_json(text) == view
    assert from_json(text.encode()) == view
    assert to_json(from_json(text)) == text
    assert text.isascii()
    valid(text)


@settings(max_examples=100, deadline=None)
@given(programs(), st.integers(1, 50), st.sampled_from([None, "scope", "module"]))
def test_any_view_loads_back_equal(y: Value, most: int, group: Any) -> None:
    view = GraphView.of(y, show=("local", "contribution"), max_nodes=most, group=group)
    assert from_json(to_json(view)) == view
    assert from_json(to_json(view)).shown() == view.shown()
    valid(to_json(view))


def whole() -> dict[str, Any]:
    content = json.loads(to_json(GraphView.of(expression(), depth=1)))
    assert [node["id"] for node in content["nodes"]][:2] == ["g0", "n0"]
    return content  # type: ignore[no-any-return]


def changed(path: str, value: object) -> str:
    """Return the text of a view with one entry replaced, or without it when the value is ``...``."""
    content = whole()
    *way, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    inner: Any = content
    for key in way:
        inner = inner[key]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("format", "stepgrad-trace", "format: expected 'stepgrad-graph-view', got 'stepgrad-trace'"),
        ("version", 2, "version: expected 1, got 2"),
        ("version", True, "version: expected 1, got True"),
        ("root", ..., "the view: expected the key 'root', which is missing"),
        ("root", "n99", "root: expected the id of a node, or of a group without members, got 'n99'"),
        ("root", "g0", "root: expected the id of a node"),
        ("nodes", {}, "nodes: expected a list, got an object"),
        ("nodes", [], "nodes: expected at least one, got none"),
        ("evil", 1, "the view: expected only format, version, root, nodes, edges, got 'evil'"),
        ("nodes.1", 3, "nodes[1]: expected an object, got 3"),
        ("nodes.1.id", ..., "nodes[1]: expected the key 'id', which is missing"),
        ("nodes.1.id", 'n0"]; x [', "nodes[1].id: expected the letter n and a number"),
        ("nodes.1.id", "n²", "nodes[1].id: expected the letter n and a number"),
        ("nodes.1.id", "g7", "nodes[1].id: expected the letter n and a number"),
        ("nodes.2.id", "n0", "nodes[2].id: expected an id that no other node has, got 'n0'"),
        ("nodes.1.kind", "leave", "nodes[1].kind: expected one of 'leaf', 'result', 'constant', 'group', got 'leave'"),
        ("nodes.1.kind", ["leaf"], "nodes[1].kind: expected one of"),
        ("nodes.1.parent", "g9", "nodes[1].parent: expected the id of a group that stands before its members"),
        ("nodes.1.parent", "n1", "nodes[1].parent: expected the id of a group"),
        ("nodes.0.parent", "g0", "nodes[0].parent: expected the id of a group that stands before"),
        ("nodes.1.name", 5, "nodes[1].name: expected a text, got 5"),
        ("nodes.1.data", ..., "nodes[1]: expected the key 'data', which is missing"),
        ("nodes.1.data", {"exact": "1"}, "nodes[1].data: expected the key 'text', which is missing"),
        ("nodes.1.data.tone", "sad", "nodes[1].data.tone: expected one of 'finite', 'inf', 'nan', got 'sad'"),
        ("nodes.1.data.shape", [2, -1], "nodes[1].data.shape[1]: expected an integer from 0 to 2**53, got -1"),
        ("nodes.1.data.shape", [1e3], "nodes[1].data.shape[0]: expected an integer, got 1000.0"),
        ("nodes.1.data.size", "big", "nodes[1].data.size: expected a number, got 'big'"),
        ("nodes.1.data.size", 10**400, "nodes[1].data.size: expected a number"),
        ("nodes.1.requires_grad", 1, "nodes[1].requires_grad: expected true or false, got 1"),
        ("nodes.1.is_open", True, "nodes[1].kind: expected a group, which alone is open or has a reason, got 'leaf'"),
        ("nodes.1.count", 2**53, "nodes[1].count: expected an integer from 0 to 2**53"),
        ("nodes.1.source", ["a.py"], "nodes[1].source: expected a list of two, got a list of 1"),
        ("nodes.1.parameters", [["a", 1]], "nodes[1].parameters[0][1]: expected a text, got 1"),
        ("nodes.1.costs", {"flops": None}, "nodes[1].costs.flops: expected a number, got None"),
        ("edges.0.source", "g0", "edges[0].source: expected the id of a node, or of a group without members, got 'g0'"),
        ("edges.0.target", "n99", "edges[0].target: expected the id of a node"),
        ("edges.0.slot", -2, "edges[0].slot: expected an integer from -1 to 2**53, got -2"),
        ("edges.0.count", 0, "edges[0].count: expected an integer from 1 to 2**53, got 0"),
        ("edges.0.weight", 1, "edges[0]: expected only source, target, slot, count, local, contribution, formula"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(path: str, value: object, message: str) -> None:
    with pytest.raises(GraphViewFormatError, match=re.escape(message)):
        from_json(changed(path, value))


def test_an_open_group_has_members() -> None:
    content = whole()
    content["nodes"] = [{"id": "g0", "kind": "group", "is_open": True}]
    content["root"], content["edges"] = "g0", []
    with pytest.raises(GraphViewFormatError, match="an open group to have members"):
        from_json(json.dumps(content))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "nul", "[" * 100_000, '{"format": NaN}', "1" * 10_000, '{"a": 1, "a": 2}', b"\xff\xfe\xfd"],
)
def test_what_is_no_view_is_refused(text: str | bytes) -> None:
    with pytest.raises(GraphViewFormatError) as caught:
        from_json(text)
    assert isinstance(caught.value, StepgradError)
    assert isinstance(caught.value, ValueError)
    assert len(str(caught.value)) < 400


def test_only_text_is_read() -> None:
    with pytest.raises(TypeError, match="the text of a view, got GraphView"):
        from_json(GraphView.of(Value(1.0)))  # type: ignore[arg-type]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_view_with_anything_in_it_is_read_or_refused(data: st.DataObject) -> None:
    """No entry, whatever it is replaced by, makes another error than the named one."""
    content = whole()
    places: list[tuple[Any, Any]] = []
    stack: list[Any] = [content]
    while stack:
        inner = stack.pop()
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        for key in keys:
            places.append((inner, key))
            if isinstance(inner[key], dict | list):
                stack.append(inner[key])
    inner, key = data.draw(st.sampled_from(places))
    inner[key] = data.draw(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
            lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
            max_leaves=4,
        )
    )
    text = json.dumps(content)
    try:
        view = from_json(text)
    except GraphViewFormatError:
        return
    assert from_json(to_json(view)) == view
    valid(to_json(view))
    view.shown()
