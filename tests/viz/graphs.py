"""Graphs that several tests draw."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd import Tensor, Value, scope
from nn.scalar import MLP

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
    "#quot;",
    "`code`",
    "]; evil -> n0; x [label=",
    "end",
    "%% no comment",
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
UNPRINTABLE = [chr(code).join("ab") for code in (10, 9, 0, 7, 27, 0x7F, 0x85, 0xD800, 0xFFFF, 0x202E, 0x2028)]


def expression() -> Value:
    """Return a small expression with a leaf used twice, after a backward pass."""
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
    d = a * b + c
    d.label = "d"
    y = (d - a) * d
    y.label = "y"
    y.backward()
    return y


def chain(length: int) -> Value:
    """Return a chain of products."""
    y = Value(1.0, label="x")
    for _ in range(length):
        y = y * 1.0001
    return y


MIXED: list[Callable[[Value, Value], Value]] = [
    lambda a, b: a * b,
    lambda a, b: a + b,
    lambda a, _: a.tanh(),
    lambda a, b: a - b,
]


def tangle(length: int, seed: int = 0) -> Value:
    """Return a graph in which every operation may use any of the fifty before it."""
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-1, 1)) for _ in range(5)]
    for _ in range(length):
        a, b = rng.choice(nodes[-50:]), rng.choice(nodes[-50:])
        nodes.append(rng.choice(MIXED)(a, b))
    return nodes[-1]


def moons(points: int, sizes: tuple[int, ...] = (16, 16, 1)) -> Value:
    """Return the loss of a scalar network over a number of points, after a backward pass."""
    rng = random.Random(1)
    model = MLP(2, sizes, rng=rng)
    scores = [model([Value(rng.uniform(-1, 1)), Value(rng.uniform(-1, 1))]) for _ in range(points)]
    losses = [(1.0 + (-1.0) ** i * score).relu() for i, score in enumerate(scores)]
    loss = sum(losses) * (1.0 / points) + 1e-4 * sum(p * p for p in model.parameters())
    assert isinstance(loss, Value)
    loss.backward()
    return loss


def unrolled(steps: int) -> Tensor:
    """Return the sum of the last state of a recurrence."""
    h = Tensor(np.zeros((1, 3)))
    w = Tensor(np.ones((3, 3)), requires_grad=True)
    w.label = "w"
    with scope("rnn"):
        for _ in range(steps):
            with scope("cell"):
                h = (h @ w + 0.5).tanh()
    return h.sum()


UNARY: list[Callable[[Any], Any]] = [lambda x: x.tanh(), lambda x: x.exp(), lambda x: -x, lambda x: x.relu()]
BINARY: list[Callable[[Any, Any], Any]] = [
    lambda x, y: x + y,
    lambda x, y: x * y,
    lambda x, y: x - y,
    lambda x, y: x / (y * y + 1.0),
]


@st.composite
def programs(draw: st.DrawFn, most: int = 40) -> Value:
    """Draw a graph of numbers: any operation on any nodes before it, in nested scopes, called again at random."""
    names = st.sampled_from(["", "a", "w.0", "w.1", *HOSTILE])
    nodes: list[Value] = [Value(draw(st.floats(-2, 2)), label=draw(names)) for _ in range(draw(st.integers(1, 4)))]
    for _ in range(draw(st.integers(0, most))):
        pick = st.sampled_from(nodes)
        path = draw(st.lists(st.sampled_from(["l.0", "l.1", "cell"]), max_size=2))
        nodes.append(_inside(path, draw, pick))
    y = nodes[-1]
    if draw(st.booleans()):
        y.backward()
    return y


def _inside(path: list[str], draw: st.DrawFn, pick: st.SearchStrategy[Value]) -> Value:
    if path:
        with scope(path[0]):
            return _inside(path[1:], draw, pick)
    if draw(st.booleans()):
        return draw(st.sampled_from(UNARY))(draw(pick))
    other = draw(st.one_of(pick, st.floats(-2, 2)))
    return draw(st.sampled_from(BINARY))(draw(pick), other)
