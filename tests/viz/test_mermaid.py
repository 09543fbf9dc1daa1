"""Mermaid: a flowchart that no name breaks, and that is never too large to be drawn."""

import re

import pytest
from hypothesis import given, settings

from autograd import Value
from tests.viz.graphs import HOSTILE, UNPRINTABLE, expression, moons, programs, tangle, unrolled
from viz import EdgeView, GraphView, NodeView, Quantity, to_mermaid

TEXT = r'"(?:[\w _.,+\-=()|∂Σ×→…·⚠—]|<br/>|#\d+;)*"'
LINE = re.compile(
    rf"flowchart (LR|RL|TB|BT)|subgraph g\d+\[{TEXT}\]|end"
    rf"|[ng]\d+(_op)?(\[{TEXT}\]|\[\[{TEXT}\]\]|\(\[{TEXT}\]\)):::\w+"
    rf"|[ng]\d+(_op)? -->(\|{TEXT}\|)? [ng]\d+(_op)?"
    r"|class g\d+(,g\d+)* frame"
    r"|classDef \w+ fill:#\w{6},stroke:#\w{6},color:#\w{6}"
)


def check(text: str) -> None:
    """Hold that each line is one of the few that are written on purpose, and that frames are closed."""
    depth = 0
    for line in text.rstrip("\n").split("\n"):
        assert LINE.fullmatch(line.strip()), line
        depth += line.strip().startswith("subgraph") - (line.strip() == "end")
        assert depth >= 0
    assert depth == 0
    assert text.count("-->") <= 300


def decoded(text: str) -> str:
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text)


@pytest.mark.parametrize("name", HOSTILE + UNPRINTABLE)
def test_hostile_names(name: str) -> None:
    """R155: each character of a name stands for itself."""
    text = to_mermaid(GraphView.of(Value(1.0, label=name) * 2.0))
    check(text)
    if name in HOSTILE:
        assert name in decoded(text)


@pytest.mark.parametrize("name", HOSTILE + UNPRINTABLE)
def test_hostile_operations_and_groups(name: str) -> None:
    number = Quantity.of(1.0)
    group = NodeView("g0", "group", name, "", "", (), None, None, True, reason="scope", is_open=True, count=1)
    leaf = NodeView("n0", "leaf", "", "", "", (), number, None, True, parent="g0")
    result = NodeView("n1", "result", name, name, name, ((name, name),), number, number, True)
    edge = EdgeView("n0", "n1", 0, local=number, formula=name)
    check(to_mermaid(GraphView((group, leaf, result), (edge,), "n1")))


@pytest.mark.parametrize("direction", ["LR", "RL", "TB", "BT"])
def test_direction(direction: str) -> None:
    assert to_mermaid(GraphView.of(Value(1.0)), direction).startswith(f"flowchart {direction}\n")  # type: ignore[arg-type]


def test_unknown_directions_and_themes_are_refused() -> None:
    with pytest.raises(ValueError, match="one of LR, RL, TB, BT, got 'up'"):
        to_mermaid(GraphView.of(Value(1.0)), "up")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one of light, dark, got 'pink'"):
        to_mermaid(GraphView.of(Value(1.0)), theme="pink")


def test_slots_local_derivatives_and_contributions_are_on_the_edges() -> None:
    text = to_mermaid(GraphView.of(expression(), show=("local", "contribution")))
    check(text)
    assert 'n0 -->|"y = -3.0<br/>grad += -18.0"| n2_op' in text
    assert re.search(r'n4 -->\|"0<br/>.* = 1.0<br/>grad \+= 4.0"\| n5_op', text)


def test_what_is_too_much_is_folded_and_counted() -> None:
    view = GraphView.of(tangle(300), max_nodes=None)
    text = to_mermaid(view)
    check(text)
    [more] = re.findall(r"\+(\S+) more<br/>nodes further away", text)
    boxes = len(re.findall(r":::(?!operation|group)", text))
    assert int(more.replace(",", "")) + boxes == len(view.nodes)
    check(to_mermaid(GraphView.of(tangle(400))))


def test_frames_are_closed_before_anything_is_cut() -> None:
    text = to_mermaid(GraphView.of(moons(10, (16, 16, 1))))
    check(text)
    assert "further away" not in text
    assert "layers.1" in text


def test_what_feeds_itself_has_an_arrow_to_itself() -> None:
    text = to_mermaid(GraphView.of(unrolled(50), max_nodes=40))
    check(text)
    assert re.search(r"(g\d+) -->.* \1\n", text)


@settings(max_examples=60, deadline=None)
@given(programs())
def test_any_graph(y: Value) -> None:
    check(to_mermaid(GraphView.of(y, group="scope")))
