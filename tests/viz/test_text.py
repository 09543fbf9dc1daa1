"""Text for terminals: every node has one line, whatever the graph and the width."""

import re
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, Value
from tests.viz.graphs import HOSTILE, UNPRINTABLE, chain, expression, programs, unrolled
from viz import GraphView, to_text


def test_an_expression() -> None:
    assert to_text(GraphView.of(expression())) == (
        "               data  grad\n"
        "y = *          8.0   1.0\n"
        "├─ -           2.0   4.0\n"
        "│  ├─ 0 d = +  4.0   6.0\n"
        "│  │  ├─ *     -6.0  6.0\n"
        "│  │  │  ├─ a  2.0   -22.0\n"
        "│  │  │  └─ b  -3.0  12.0\n"
        "│  │  └─ c     10.0  6.0\n"
        "│  └─ 1 a ↑\n"
        "└─ d ↑\n"
    )


def test_local_derivatives_and_contributions_are_a_column() -> None:
    lines = to_text(GraphView.of(expression(), show=("local", "contribution"))).splitlines()
    assert lines[0].split() == ["data", "grad", "edge"]
    assert lines[2].endswith("y = 4.0, grad += 4.0")
    assert lines[-1].split("  ")[0] == "└─ d ↑"
    assert lines[-1].endswith("  x = 2.0, grad += 2.0")


def test_a_dash_before_backward() -> None:
    """T34: a gradient that no pass has reached is no zero."""
    assert to_text(GraphView.of(Value(1.0, label="a"))) == "   data  grad\na  1.0   —\n"


def test_arrays_show_shapes_and_what_is_not_finite() -> None:
    x = Tensor(np.array([1.0, np.nan]), requires_grad=True)
    assert "(2,) [1.0, nan]" in to_text(GraphView.of(x))
    assert "⚠" in to_text(GraphView.of(x))


def test_a_deep_graph_goes_on_further_down() -> None:
    text = to_text(GraphView.of(chain(140)), width=60)
    assert max(map(len, text.splitlines())) <= 60
    [below, *_] = re.findall(r"(n\d+) ↓", text)
    assert f"\n{below} = *" in text
    assert text.count("1.0001") >= 140


def test_groups_say_what_they_hide() -> None:
    text = to_text(GraphView.of(unrolled(50), max_nodes=40))
    assert "[rnn.cell] ×50 in time, 202 nodes" in text


@pytest.mark.parametrize("name", HOSTILE + UNPRINTABLE)
def test_hostile_names_keep_to_their_line(name: str) -> None:
    """R155: no name ends a line, clears a screen or turns the text around."""
    text = to_text(GraphView.of(Value(1.0, label=name) * 2.0))
    assert len(text.splitlines()) == 4
    assert all(unicodedata.category(letter) not in {"Cc", "Cs", "Zl", "Zp"} for letter in text if letter != "\n")


def test_bad_widths_are_refused() -> None:
    view = GraphView.of(Value(1.0))
    with pytest.raises(ValueError, match="at least 20, got 19"):
        to_text(view, 19)
    with pytest.raises(TypeError, match="an integer, got str"):
        to_text(view, "80")  # type: ignore[arg-type]


def columns(line: str) -> int:
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in line)
    return len(line) + wide - sum(map(bool, map(unicodedata.combining, line)))


@settings(max_examples=100, deadline=None)
@given(programs(), st.integers(20, 140), st.integers(1, 80))
def test_each_node_has_one_line_that_is_no_longer_than_the_page(y: Value, width: int, most: int) -> None:
    view = GraphView.of(y, max_nodes=most, show=("local",))
    text = to_text(view, width)
    shown = view.shown()
    assert all(columns(line) <= width for line in text.split("\n"))
    edges = sum(edge.source != edge.target for edge in shown.edges)
    boxes = sum(not node.is_open for node in shown.nodes)
    lines = text.count("\n") - 1
    assert boxes <= lines <= boxes + edges + 1
