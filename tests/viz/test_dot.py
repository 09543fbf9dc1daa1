"""The DOT text: hostile names, the dash before backward, and the same bytes everywhere."""

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from autograd import Tensor, Value
from viz import Drawing, EdgeView, GraphView, NodeView, Quantity, draw, to_dot

ROOT = Path(__file__).parents[2]
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")

HOSTILE = [
    'a"b',
    "a\\b",
    "a\\",
    "\\N \\G \\l",
    "x<y",
    "x>y",
    "<B>bold",
    "</TD></TR></TABLE>",
    "a|b",
    "{a}",
    "{a",
    "x:y",
    "getitem[0:2]",
    "a&b",
    "&lt;",
    "&#65;",
    "]; evil -> n0; x [label=",
    "// no comment",
    "/* no comment",
    "# no comment",
    "</script><script>alert(1)</script>",
    "café αβγ 梯度",
    "😀 👩‍🔬",
    "—",
    " ",
    "  two  spaces  ",
    "%3 $x",
]
UNPRINTABLE = [chr(code).join("ab") for code in (10, 9, 0, 7, 0x7F, 0x85, 0xD800, 0xFFFF, 0x202E, 0x2028)]


def rendered(dot: str) -> str:
    """Return what Graphviz makes of a text; it must have nothing to say about it."""
    done = subprocess.run(["dot", "-Tsvg"], input=dot.encode(), capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


def shown(svg: str) -> list[str]:
    """Return the texts of a picture; Graphviz writes blanks as no-break spaces."""
    root = ET.fromstring(svg)
    texts = ["".join(e.itertext()).replace("\xa0", " ") for e in root.iter() if e.tag.endswith("}text")]
    return [text.strip() for text in texts]


@needs_dot
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_shown_as_they_are(name: str) -> None:
    """R155, T34: no character of a label ends the label, and none is lost."""
    a = Value(1.0, label=name)
    svg = draw(a * a)._repr_svg_()
    assert svg is not None
    assert re.sub(" +", " ", name).strip() in [re.sub(" +", " ", text) for text in shown(svg)]
    assert svg.count('class="node"') == 3
    assert svg.count('class="edge"') == 3


@needs_dot
@pytest.mark.parametrize("name", UNPRINTABLE)
def test_unprintable_characters_are_replaced(name: str) -> None:
    """R155: newlines, control characters and half characters make no broken file."""
    drawing = draw(Value(1.0, label=name))
    drawing.dot.encode()
    assert drawing._repr_svg_() is not None
    assert name not in drawing.dot


@needs_dot
@pytest.mark.parametrize("name", HOSTILE + UNPRINTABLE)
def test_hostile_operations(name: str) -> None:
    """R155: the name and the parameters of an operation are no safer than a label."""
    number = Quantity.of(1.0)
    leaf = NodeView("n0", "leaf", "", "", "", (), number, None, True)
    result = NodeView("n1", "result", name, name, name, ((name, name),), number, number, True)
    view = GraphView((leaf, result), (EdgeView("n0", "n1", 0), EdgeView("n0", "n1", 1)), "n1")
    svg = Drawing(view)._repr_svg_()
    assert svg is not None
    ET.fromstring(svg)
    assert svg.count('class="node"') == 3
    assert svg.count('class="edge"') == 3


def test_a_label_of_a_million_characters_is_cut() -> None:
    """R155: a label of 1e6 characters."""
    text = str(draw(Value(1.0, label="a" * 1_000_000)))
    assert len(text) < 5_000
    assert "… +999,960" in text


def test_dash_before_backward() -> None:
    """T34: before ``backward`` a gradient is a dash, never 0."""
    x = Value(3.0, label="x")
    y = x * x
    text = re.sub("<[^<>]*>", "", str(draw(y)))
    assert text.count("grad —") == 5  # two nodes, their two tooltips, and that of the operation
    assert "grad 0" not in text
    y.backward()
    text = re.sub("<[^<>]*>", "", str(draw(y)))
    assert "—" not in text
    assert "grad 6.0" in text


def test_what_is_not_finite_is_coloured() -> None:
    alarm = "#b00020"
    assert alarm not in str(draw(Value(1.0)))
    assert alarm in str(draw(Value(float("nan"))))
    assert alarm in str(draw(Value(float("inf"))))
    assert alarm in str(draw(Tensor(np.array([1.0] * 9 + [np.nan]))))


def test_arguments_are_numbered_where_their_order_matters() -> None:
    x, y = Value(1.0), Value(2.0)
    assert "label=<1>" in str(draw(x - y))
    assert "label=<1>" not in str(draw(x + y))


@pytest.mark.parametrize("direction", ["LR", "RL", "TB", "BT"])
def test_direction(direction: str) -> None:
    assert f"rankdir={direction}" in to_dot(GraphView.of(Value(1.0)), direction)  # type: ignore[arg-type]


@needs_dot
def test_a_leaf_that_is_used_all_along_a_chain_is_laid_out_in_time() -> None:
    """R155: edges across hundreds of ranks would keep Graphviz busy for many minutes."""
    a = y = Value(1.0, label="a")
    for i in range(180):
        y = y + a if i % 3 == 0 else y + 1.0
    text = to_dot(GraphView.of(y, max_nodes=None))
    assert "splines=line" in text
    assert len(GraphView.of(y, max_nodes=None).nodes) == 301
    rendered(text)
    assert "splines=line" not in to_dot(GraphView.of(y, max_nodes=20))


PROGRAM = """
from autograd import Value
from viz import draw
import sys
a, b = Value(2.0), Value(-3.0)
names = {"a": a, "b": b}
y = (a * b + a) * (b - a) / 3.0
for z in {"one", "two", "three"}:
    y = y + Value(0.5)
y.backward()
sys.stdout.buffer.write(draw(y, names).dot.encode())
sys.stdout.buffer.write((draw(y, names)._repr_svg_() or "").encode())
"""


def test_two_processes_write_the_same_bytes() -> None:
    """T34: stable ids; the text depends on the program alone, not on addresses or hash seeds."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert outputs.pop().startswith(b"digraph stepgrad {\n")
