"""The SVG writer: valid, self-contained, and harmless whatever the names."""

import math
import re
import xml.etree.ElementTree as ET
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, Value, record_source, scope
from viz import GraphView, layout, to_svg
from viz.card import PARTS
from viz.page import VARIABLES

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    'a"b',
    "<script>alert(1)</script>",
    "a|b",
    "{x|y}",
    "line\nbreak",
    "</script>",
    "😀 \U0001f468‍👩‍👧",
    "&amp; &lt;",
    "x' onload='alert(1)",
    "]]>",
    "\x00\x07\x1b",
    "\ud800",
    "\u202egnp.exe",
    "a:b",
    "\\N \\G",
    "-->",
    "",
]


def painted(value: Any, **options: Any) -> ET.Element:
    show = options.pop("show", ("data", "grad"))
    on_edges = [part for part in show if part in ("local", "contribution")]
    view = GraphView.of(value, show=on_edges, group=options.pop("group", None))
    return ET.fromstring(to_svg(view, layout(view, options.pop("direction", "LR"), show), **options))


def texts(root: ET.Element) -> list[str]:
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def titles(root: ET.Element) -> list[str]:
    return ["".join(title.itertext()) for title in root.iter(f"{SVG}title")]


def check_harmless(text: str) -> ET.Element:
    """Nothing but shapes and texts: no style, no script, no reference, no handler, no id."""
    root = ET.fromstring(text)
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in {"svg", "title", "rect", "g", "path", "circle", "text", "tspan"}
        for name in element.attrib:
            assert not name.startswith("on")
            assert name not in {"style", "class", "href", "id"}
    return root


@pytest.mark.parametrize("name", [*HOSTILE, "x" * 1_000_000], ids=range(len(HOSTILE) + 1))
def test_hostile_names_do_nothing(name: str) -> None:
    """R155, T34."""
    with scope(name or "scope"):
        y = Value(2.0, label=name) * Value(1.0, label=name + "'")
    view = GraphView.of(y + 1.0, group="scope")
    text = to_svg(view, layout(view))
    root = check_harmless(text)
    assert len(text) < 12_000
    plain = name.strip().isascii() and name.isprintable() and len(name) < 40
    if name and plain:
        assert name in texts(root)


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_name_makes_valid_xml(name: str) -> None:
    view = GraphView.of(Value(1.0, label=name) + 2.0)
    check_harmless(to_svg(view, layout(view)))


def test_each_node_and_each_edge_is_named_once() -> None:
    x = Value(3.0, label="x")
    root = painted(x * x + x)
    nodes = Counter(g.get("data-node") for g in root.iter(f"{SVG}g") if g.get("data-node"))
    assert nodes == {"n0": 1, "n1": 1, "n2": 1}
    edges = [g.get("data-edge") for g in root.iter(f"{SVG}g") if g.get("data-edge")]
    assert edges == ["n0>n1:0", "n0>n1:1", "n1>n2:0", "n0>n2:1"]


def test_a_gradient_is_a_dash_until_it_is_reached() -> None:
    """T34: a dash before backward, never 0."""
    y = Value(2.0) * 3.0
    assert texts(painted(y)).count("grad —") == 2
    y.backward()
    assert "grad 3.0" in texts(painted(y))
    assert "grad —" not in texts(painted(y))


def test_what_is_not_finite_has_a_sign_and_a_colour() -> None:
    y = Value(1e308) * Value(1e308) * Value(math.nan)
    root = painted(y)
    written = texts(root)
    assert "data ⚠ inf" in written
    assert "data ⚠ nan" in written
    assert any(rect.get("fill") == "#ffe3e3" for rect in root.iter(f"{SVG}rect"))


def test_arguments_are_numbered_where_it_matters() -> None:
    a, b = Value(5.0), Value(2.0)
    assert "0" not in texts(painted(a * b))
    written = texts(painted(a - b))
    assert written.count("0") == 1
    assert written.count("1") == 1


def test_the_chain_rule_on_each_edge() -> None:
    a, b = Value(5.0, label="a"), Value(2.0, label="b")
    y = a * b
    y.backward()
    written = texts(painted(y, show=("data", "local", "contribution")))
    assert {"y = 2.0", "grad += 2.0", "x = 5.0", "grad += 5.0"} <= {*written}


def test_tooltips_have_every_digit_the_formula_and_the_line() -> None:
    with record_source():
        y = Value(0.1, label="w").tanh()
    y.backward()
    root = painted(y)
    leaf, result = (title for title in titles(root) if "data" in title)
    assert "grad 0.990066290847" in leaf
    assert "data 0.0996679946249558" in result
    assert "tanh" in result
    assert "test_svg.py:" in result


def test_every_part_can_be_shown() -> None:
    with record_source():
        y = (Tensor(np.ones((2, 3)), requires_grad=True, label="x") * 2.0).sum()
    y.backward()
    written = " ".join(texts(painted(y, show=PARTS)))
    for text in ("multiply", "test_svg.py:", "(2, 3) float64", "mean 1.0"):
        assert text in written
    assert "mean" not in " ".join(texts(painted(y, show=("shape",))))


@pytest.mark.parametrize(("color", "words"), [("grad", "|grad| from"), ("op", "products"), ("bytes", "bytes from")])
def test_colours_come_with_a_legend(color: str, words: str) -> None:
    y = Value(2.0, label="a") * Value(3.0, label="b")
    y.backward()
    view = GraphView.of(y, costs={y: {"bytes": 16.0}, y.inputs[0]: {"bytes": 8.0}})
    root = ET.fromstring(to_svg(view, layout(view), "dark", color))
    assert any(words in text for text in texts(root))
    assert float(root.get("height", "0")) > layout(view).height


def test_themes() -> None:
    view = GraphView.of(Value(2.0) * 3.0)
    light, dark, variable = (to_svg(view, layout(view), theme) for theme in ("light", "dark", VARIABLES))
    assert "#ffffff" in light
    assert "#ffffff" not in dark
    assert not re.search(r"#[0-9a-f]{6}", variable)
    assert 'fill="var(--paper)"' in variable
    with pytest.raises(ValueError, match="expected theme"):
        to_svg(view, layout(view), "neon")


def test_groups_count_what_they_hide_and_frames_say_what_they_are() -> None:
    h = Value(0.5)
    for step in range(4):
        with scope(f"step{step}"):
            h = (h * 0.5 + 1.0).tanh()
    closed = " ".join(texts(painted(h * 2.0, group="module")))
    opened = " ".join(texts(painted(h * 2.0, group="scope")))
    assert re.search(r"\d+ nodes", closed)
    assert "step0 · " in opened


def test_a_view_is_painted_alike_and_briefly() -> None:
    x = Value(1.0)
    for _ in range(100):
        x = x * 1.5
    view = GraphView.of(x, max_nodes=None)
    first = to_svg(view, layout(view))
    assert first == to_svg(view, layout(view))
    assert len(first) / len(view.nodes) < 800
