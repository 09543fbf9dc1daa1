"""The view: what is read from a graph, and that reading it changes nothing."""

import time

import numpy as np
import pytest

from autograd import Tensor, Value
from viz import EdgeView, GraphView, draw
from viz.graph_view import Quantity


def triples(view: GraphView) -> list[tuple[str, str, int]]:
    return [(edge.source, edge.target, edge.slot) for edge in view.edges]


@pytest.mark.parametrize("op", ["__add__", "__sub__", "__mul__", "__truediv__"])
def test_the_same_operand_twice_has_two_edges(op: str) -> None:
    """T3: the picture of ``x * x`` shows both uses of ``x``."""
    x = Value(3.0)
    view = GraphView.of(getattr(x, op)(x))
    assert len(view.nodes) == 2
    assert triples(view) == [("n0", "n1", 0), ("n0", "n1", 1)]
    assert str(draw(getattr(x, op)(x))).count("n0 -> n1_op") == 2


def test_slots_follow_the_arguments() -> None:
    x, y = Value(1.0, label="x"), Value(2.0, label="y")
    view = GraphView.of(y - x)
    name = {node.id: node.name for node in view.nodes}
    assert [(name[edge.source], edge.slot) for edge in view.edges] == [("y", 0), ("x", 1)]


def test_constants_are_nodes() -> None:
    x = Value(1.0)
    view = GraphView.of(2.0 * x + 2.0 * x)
    constants = [node for node in view.nodes if node.kind == "constant"]
    assert [node.data.text for node in constants] == ["2.0", "2.0"]
    assert all(node.grad is None and not node.requires_grad for node in constants)


def test_ids_are_numbered_operands_first() -> None:
    """T34: ids are stable, and in topological order."""
    x = Value(1.0)
    view = GraphView.of((x * 2.0 + x).tanh() if hasattr(x, "tanh") else x * 2.0 + x)
    assert [node.id for node in view.nodes] == [f"n{i}" for i in range(len(view.nodes))]
    assert all(int(edge.source[1:]) < int(edge.target[1:]) for edge in view.edges)


def test_a_leaf_is_a_graph() -> None:
    """T34: a graph of one leaf."""
    view = GraphView.of(Value(4.0))
    assert len(view.nodes) == 1
    assert view.edges == ()
    assert view.nodes[0].kind == "leaf"
    assert view.hidden == 0


def test_gradient_is_none_until_it_is_reached() -> None:
    """T34: before ``backward`` a gradient is not 0."""
    x = Value(0.0)
    y = x * 0.0
    assert all(node.grad is None for node in GraphView.of(y).nodes)
    y.backward()
    grads = [node.grad.text for node in GraphView.of(y).nodes if node.grad is not None]
    assert grads == ["0.0", "1.0"]


def test_doubling_thirty_times_is_quick() -> None:
    """T3: a node that is used twice is looked at once, or this would take 2**30 steps."""
    x = Value(1.0)
    for _ in range(30):
        x = x + x
    start = time.perf_counter()
    view = GraphView.of(x)
    assert time.perf_counter() - start < 1.0
    assert len(view.nodes) == 31
    assert len(view.edges) == 60


@pytest.mark.parametrize("budget", range(1, 9))
def test_shown_and_hidden_add_up(budget: int) -> None:
    """R155: a graph of more than N nodes is collapsed, and nothing is lost from the count."""
    a, b = Value(1.0), Value(2.0)
    y = (a * b + a) * (b - 3.0)
    whole, part = GraphView.of(y), GraphView.of(y, max_nodes=budget).shown()
    assert len(part.nodes) <= budget
    assert sum(node.count for node in part.nodes) == len(whole.nodes) == 7
    assert part.hidden == sum(node.count for node in part.nodes if node.kind == "group")
    kept = {node.id for node in part.nodes}
    crossing = [e for e in whole.edges if (e.source in kept) != (e.target in kept)]
    folded = [edge for edge in part.edges if "g0" in (edge.source, edge.target)]
    assert sum(edge.count for edge in folded) == len(crossing)
    inside = [edge for edge in whole.edges if edge.source in kept and edge.target in kept]
    assert [edge for edge in part.edges if edge not in folded] == inside


def test_names_are_given_by_identity_and_labels_come_first() -> None:
    a, b = Value(1.0), Value(1.0, label="weight")
    y = a * b
    view = GraphView.of(y, names={"_": a, "first": a, "second": a, "p": b, "other": 3, "unused": Value(1.0)})
    assert [node.name for node in view.nodes] == ["first", "weight", ""]
    assert GraphView.of(y, names={"_private": a}).nodes[0].name == "_private"


def test_drawing_changes_nothing() -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    y = (x * x).sum()
    for _ in range(2):
        before = (x.data.copy(), None if x.grad is None else x.grad.data.copy(), y.inputs, y.op)
        first, second = draw(y), draw(y)
        assert str(first) == str(second)
        assert np.array_equal(before[0], x.data)
        assert (before[1] is None) == (x.grad is None)
        assert str(before[1]) == str(None if x.grad is None else x.grad.data)
        assert y.inputs is before[2]
        assert y.op is before[3]
        y.backward()


def test_a_graph_that_was_let_go_is_still_drawn() -> None:
    x = Value(2.0)
    y = x * x
    y.backward(retain_graph=False)
    assert len(GraphView.of(y).nodes) == 1
    assert "released" in str(draw(y))


def test_a_view_is_a_snapshot() -> None:
    x = Value(2.0)
    y = x * x
    drawing = draw(y)
    text = str(drawing)
    y.backward()
    assert str(drawing) == text != str(draw(y))


def test_large_tensors_show_shape_type_and_statistics() -> None:
    x = Tensor(np.ones((3, 4), np.float32), requires_grad=True)
    y = x.sum()
    y.backward()
    leaf = GraphView.of(y).nodes[0]
    assert leaf.data.text == "mean 1.0, norm 3.4641"
    assert (leaf.data.shape, leaf.data.dtype) == ((3, 4), "float32")
    assert leaf.grad == leaf.data


@pytest.mark.parametrize(
    ("value", "text", "tone"),
    [
        (2.0, "2.0", "finite"),
        (float("nan"), "nan", "nan"),
        (float("-inf"), "-inf", "inf"),
        (1e-9, "1e-09", "finite"),
        (-0.0, "-0.0", "finite"),
        (np.float64(0.25), "0.25", "finite"),
        (7, "7", "finite"),
        (True, "True", "finite"),
        ("a", "'a'", "finite"),
        (slice(1, None, 2), "1::2", "finite"),
        (np.array([[1.0, 2.5]]), "[[1.0, 2.5]]", "finite"),
        (np.array(3), "3", "finite"),
        (np.array([True, False]), "[True, False]", "finite"),
        (np.zeros((0, 3)), "empty", "finite"),
        (np.array([1.0, np.inf]), "[1.0, inf]", "inf"),
        (np.array([np.nan, np.inf, 1.0, 1.0, 1.0]), "1 NaN and 1 Inf of 5", "nan"),
        (np.full(5, 2**60), "mean 1.153e+18, norm 2.578e+18", "finite"),
        (np.full(5, 127, np.int8), "mean 127.0, norm 283.9806", "finite"),
        (np.array(["a", "b"]), "array", "finite"),
        (np.ones(5, np.complex64), "mean 1.0+0.0j, norm 2.2361", "finite"),
        ((np.ones(2), np.ones((1, 3))), "(2,) float64; (1, 3) float64", "finite"),
    ],
)
def test_quantities(value: object, text: str, tone: str) -> None:
    quantity = Quantity.of(value)
    assert (quantity.text, quantity.tone) == (text, tone)


def test_a_huge_array_of_floats_does_not_warn() -> None:
    with np.errstate(all="raise"):
        assert Quantity.of(np.full(9, 1e308)).tone == "finite"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"y": 3.0}, TypeError, "a Value or a Tensor to draw, got float"),
        ({"y": Value(1.0), "names": ["a"]}, TypeError, "names to be a dict"),
        ({"y": Value(1.0), "max_nodes": 0}, ValueError, "at least 1, got 0"),
        ({"y": Value(1.0), "max_nodes": 2.0}, TypeError, "an integer or None, got float"),
        ({"y": Value(1.0), "direction": "up"}, ValueError, "LR, RL, TB, BT"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        draw(**arguments)  # type: ignore[arg-type]
