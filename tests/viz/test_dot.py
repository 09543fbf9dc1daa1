"""The DOT text: hostile names, the dash before backward, frames and groups, and what stands on edges."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, Value, record_source
from tests.viz.graphs import HOSTILE, UNPRINTABLE, expression, moons, programs, tangle, unrolled
from viz import EdgeView, GraphView, NodeView, Quantity, to_dot

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


def dot_of(y: Value | Tensor, **options: object) -> str:
    return to_dot(GraphView.of(y, **options))  # type: ignore[arg-type]


def rendered(dot: str) -> str:
    """Return what Graphviz makes of a text; it must have nothing to say about it."""
    done = subprocess.run(["dot", "-Tsvg"], input=dot.encode(), capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    svg = done.stdout.decode()
    ET.fromstring(svg)
    return svg


def texts(svg: str) -> list[str]:
    """Return the texts of a picture; Graphviz writes blanks as no-break spaces."""
    root = ET.fromstring(svg)
    found = ["".join(e.itertext()).replace("\xa0", " ") for e in root.iter() if e.tag.endswith("}text")]
    return [text.strip() for text in found]


def plain(dot: str) -> str:
    """Return a text without its tags."""
    return re.sub("<[^<>]*>", "", dot)


@needs_dot
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_shown_as_they_are(name: str) -> None:
    """R155, T34: no character of a label ends the label, and none is lost."""
    a = Value(1.0, label=name)
    svg = rendered(dot_of(a * a))
    assert re.sub(" +", " ", name).strip() in [re.sub(" +", " ", text) for text in texts(svg)]
    assert svg.count('class="node"') == 3
    assert svg.count('class="edge"') == 3


@needs_dot
@pytest.mark.parametrize("name", UNPRINTABLE)
def test_unprintable_characters_are_replaced(name: str) -> None:
    """R155: newlines, control characters and half characters make no broken file."""
    dot = dot_of(Value(1.0, label=name))
    rendered(dot)
    assert name not in dot


@needs_dot
@pytest.mark.parametrize("name", HOSTILE + UNPRINTABLE)
def test_hostile_operations_groups_and_sources(name: str) -> None:
    """R155: the name and the parameters of an operation, of a scope, or of a file are no safer than a label."""
    number = Quantity.of(1.0)
    frame = NodeView("g0", "group", name, "", "", (), None, None, True, reason="scope", is_open=True, count=1)
    leaf = NodeView("n0", "leaf", "", "", "", (), number, None, True, parent="g0", source=(name, 1), formula=name)
    result = NodeView("n1", "result", name, name, name, ((name, name),), number, number, True)
    box = NodeView("g1", "group", name, "", "", (), None, number, True, reason="time", times=3, count=9)
    edges = (
        EdgeView("n0", "n1", 0, local=number, formula=name),
        EdgeView("n0", "n1", 1, contribution=number),
        EdgeView("g1", "n1", -1, 3),
    )
    svg = rendered(to_dot(GraphView((frame, leaf, result, box), edges, "n1"), show=("data", "grad", "local", "source")))
    assert svg.count('class="node"') == 4
    assert svg.count('class="edge"') == 5
    assert svg.count('class="cluster"') == 1


def test_a_label_of_a_million_characters_is_cut() -> None:
    """R155: a label of 1e6 characters."""
    text = dot_of(Value(1.0, label="a" * 1_000_000))
    assert len(text) < 5_000
    assert "… +999,960" in text


def test_dash_before_backward() -> None:
    """T34: before ``backward`` a gradient is a dash, never 0."""
    x = Value(3.0, label="x")
    y = x * x
    text = plain(dot_of(y))
    assert text.count("grad —") >= 2
    assert "grad 0" not in text
    y.backward()
    text = plain(dot_of(y))
    assert "—" not in text
    assert "grad 6.0" in text


def test_what_is_not_finite_is_coloured_and_marked() -> None:
    alarm = "#b00020"
    assert alarm not in dot_of(Value(1.0))
    for bad in (Value(float("nan")), Value(float("inf")), Tensor(np.array([1.0] * 9 + [np.nan]))):
        assert alarm in dot_of(bad)
        assert "⚠" in dot_of(bad)
    hidden = dot_of(Value(float("nan")) * 2.0 * 3.0, depth=0)
    assert alarm in hidden


def test_arguments_are_numbered_where_their_order_matters() -> None:
    x, y = Value(1.0), Value(2.0)
    assert "label=<1>" in dot_of(x - y)
    assert "label=<1>" not in dot_of(x + y)


def test_local_derivatives_and_contributions_are_on_the_edges() -> None:
    view = GraphView.of(expression(), show=("local", "contribution"))
    assert "grad += -18.0" not in plain(to_dot(view))
    text = plain(to_dot(view, show=("data", "grad", "local", "contribution")))
    assert "y = -3.0" in text
    assert "grad += -18.0" in text


def test_source_lines_are_in_tooltips() -> None:
    with record_source():
        y = Value(1.0) * 2.0
    [tooltip, _] = [line for line in dot_of(y).splitlines() if "test_dot.py" in line]
    assert re.search(r'tooltip="[^"]*test_dot\.py:\d+', tooltip)
    assert "/" not in tooltip.partition("test_dot.py")[0].rpartition("\\n")[2]


def test_frames_stand_around_their_members() -> None:
    text = dot_of(moons(10, (4, 3, 1)))
    depth, seen = 0, []
    for line in text.splitlines():
        if line.strip().startswith("subgraph"):
            seen.append((depth, line.split("_")[1].split()[0]))
            depth += 1
        elif line.strip() == "}" and depth:
            depth -= 1
    assert [level for level, _ in seen] == [0, 1, 1, 1]
    assert "layers.1" in text


def test_what_feeds_itself_has_an_edge_to_itself() -> None:
    text = dot_of(unrolled(50), max_nodes=40)
    assert re.search(r"(g\d+) -> \1 \[label=<.*49 edges", text)


@needs_dot
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("color", [None, "grad", "op"])
def test_graphviz_draws_every_look(theme: str, color: str | None) -> None:
    for y in (expression(), moons(20, (4, 3, 1)), tangle(60)):
        rendered(to_dot(GraphView.of(y, max_nodes=50), theme=theme, color=color))


@pytest.mark.parametrize("direction", ["LR", "RL", "TB", "BT"])
def test_direction(direction: str) -> None:
    assert f"rankdir={direction}" in to_dot(GraphView.of(Value(1.0)), direction)  # type: ignore[arg-type]


def test_other_directions_are_refused() -> None:
    with pytest.raises(ValueError, match="LR, RL, TB, BT"):
        to_dot(GraphView.of(Value(1.0)), "up")  # type: ignore[arg-type]


@needs_dot
def test_a_leaf_that_is_used_all_along_a_chain_is_laid_out_in_time() -> None:
    """R155: edges across hundreds of ranks would keep Graphviz busy for many minutes."""
    a = y = Value(1.0, label="a")
    for i in range(180):
        y = y + a if i % 3 == 0 else y + 1.0
    text = dot_of(y, max_nodes=None)
    assert "splines=line" in text
    rendered(text)
    assert "splines=line" not in dot_of(y, max_nodes=20)


@needs_dot
@settings(max_examples=15, deadline=None)
@given(programs(), st.sampled_from(["scope", None]))
def test_graphviz_has_nothing_to_say_about_any_graph(y: Value, group: str | None) -> None:
    view = GraphView.of(y, group=group, show=("local", "contribution"))  # type: ignore[arg-type]
    svg = rendered(to_dot(view, show=("data", "grad", "local", "contribution")))
    shown = view.shown()
    results = sum(node.kind == "result" for node in shown.nodes)
    boxes = sum(not node.is_open for node in shown.nodes)
    assert svg.count('class="edge"') == len(shown.edges) + results
    assert svg.count('class="node"') == boxes + results
