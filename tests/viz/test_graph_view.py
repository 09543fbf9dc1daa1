"""The view: what is read from a graph, and that reading it changes nothing."""

import re
import time

import numpy as np
import pytest
from hypothesis import given, settings

from autograd import Tensor, Value, topological_order
from autograd.errors import GraphError
from tests.viz.graphs import expression, programs
from viz import GraphView, draw, to_dot, to_json, to_mermaid, to_text
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
    assert draw(getattr(x, op)(x)).dot.count("n0 -> n1_op") == 2


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
    assert "released" in draw(y).dot


def test_a_view_is_a_snapshot() -> None:
    x = Value(2.0)
    y = x * x
    drawing = draw(y)
    text = drawing.dot
    y.backward()
    assert drawing.dot == text != draw(y).dot


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


# What is written on edges


def flows(view: GraphView) -> list[tuple[str, str | None, str | None]]:
    return [
        (
            edge.formula,
            None if edge.local is None else edge.local.text,
            None if edge.contribution is None else edge.contribution.text,
        )
        for edge in view.edges
    ]


def test_edges_carry_local_derivatives_and_contributions_when_asked() -> None:
    x, y = Value(3.0), Value(2.0)
    z = (x * y) * x
    assert flows(GraphView.of(z, show=("local", "contribution"))) == [
        ("y", "2.0", "6.0"),
        ("x", "3.0", "9.0"),
        ("y", "3.0", "3.0"),
        ("x", "6.0", "6.0"),
    ]
    assert flows(GraphView.of(z, show=("data", "grad"))) == [("y", None, None), ("x", None, None)] * 2
    assert x.grad == 0.0
    assert all(node.grad is None for node in GraphView.of(z).nodes)


def test_edges_that_carry_no_gradient_have_none() -> None:
    x = Value(3.0)
    view = GraphView.of(x * 2.0, show=("local", "contribution"))
    assert flows(view) == [("y", "2.0", "2.0"), ("x", None, None)]


def test_formulas_are_split_by_argument() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    condition = np.array([True, False])
    assert [f for f, *_ in flows(GraphView.of(np.where(condition, x, x)))] == ["", "condition", "not condition"]
    assert [f for f, *_ in flows(GraphView.of(Value(1.0).tanh()))] == ["1 - tanh(x)^2"]
    assert GraphView.of(Value(1.0).tanh()).nodes[-1].formula == "tanh x"


def test_every_formula_of_the_registry_finds_its_arguments() -> None:
    """A derivative that lists its arguments in another number than there are is seen here."""
    from autograd.primitive import REGISTRY
    from viz.graph_view import _formulas

    class Recorded:
        def __init__(self, op: object, count: int) -> None:
            self.op, self.inputs = op, (None,) * count

    for op in REGISTRY.values():
        formulas = _formulas(Recorded(op, op.arity or 3))  # type: ignore[arg-type]
        assert (formulas == ()) == (op.derivative == ""), op.name


def test_arrays_have_contributions_and_no_local_derivative() -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    [edge] = GraphView.of(x.sum(), show=("local", "contribution")).edges
    assert edge.local is None
    assert edge.contribution == Quantity.of(np.ones((2, 3)))


def test_an_output_of_many_numbers_has_no_contributions() -> None:
    y = Tensor([1.0, 2.0], requires_grad=True) * 3.0
    with pytest.raises(GraphError, match=r"reduce with .sum"):
        GraphView.of(y, show=("contribution",))
    assert len(GraphView.of(y).edges) == 2


def test_asking_for_contributions_leaves_no_trace() -> None:
    x = Value(2.0)
    y = x * x
    y.backward()
    before = (x.grad, y.grad, x.data, y.inputs, y.op)
    GraphView.of(y, show=("local", "contribution"))
    assert (x.grad, y.grad, x.data, y.inputs, y.op) == before


def test_a_graph_that_was_let_go_has_no_contributions() -> None:
    x = Value(2.0)
    y = x * x
    y.backward(retain_graph=False)
    view = GraphView.of(y, show=("local", "contribution"))
    assert view.edges == ()
    assert view.nodes[0].op == "released"


def test_a_graph_is_drawn_in_the_middle_of_a_backward_pass() -> None:
    from autograd import listening

    x = Value(2.0, label="x")
    y = x * x + x
    drawn: list[str] = []
    with listening(lambda *event: drawn.append(to_dot(GraphView.of(y)))):
        y.backward()
    assert len(set(drawn)) == 1
    assert x.grad == 5.0
    heard: list[int] = []
    z = Tensor([2.0], requires_grad=True)
    z.register_hook(lambda grad: heard.append(len(GraphView.of(z * 2.0).nodes)))
    (z * 3.0).sum().backward()
    assert heard == [3]


def test_gradients_that_are_nodes_are_drawn() -> None:
    x = Value(2.0)
    y = x * x
    y.backward(create_graph=True)
    assert [node.grad.text for node in GraphView.of(y).nodes if node.grad] == ["4.0", "1.0"]


def test_source_lines_and_scopes_are_read() -> None:
    from autograd import record_source, scope

    with record_source(), scope("loss"):
        y = Value(2.0) * 3.0
    view = GraphView.of(y, group="scope")
    assert view.nodes[0].name == "loss"
    source = view.nodes[-1].source
    assert source is not None
    assert source[0].endswith("test_graph_view.py")
    assert "test_graph_view.py:" in to_dot(view)
    assert GraphView.of(Value(2.0) * 3.0).nodes[-1].source is None


def test_costs_are_given_by_node() -> None:
    x = Value(2.0)
    y = x * 3.0
    view = GraphView.of(y, costs={y: {"flops": 1, "bytes": 24}})
    assert view.nodes[-1].costs == (("bytes", 24.0), ("flops", 1.0))
    assert view.nodes[0].costs == ()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"show": "local"}, TypeError, "show to be a tuple"),
        ({"show": ("loc",)}, ValueError, "show to name some of data, grad, local, contribution, got 'loc'"),
        ({"depth": -1}, ValueError, "depth to be at least 0, got -1"),
        ({"depth": 1.5}, TypeError, "depth to be an integer or None, got float"),
        ({"max_nodes": True}, TypeError, "max_nodes to be an integer or None, got bool"),
        ({"group": "layer"}, ValueError, "group to be one of module, scope or None, got 'layer'"),
        ({"costs": [1.0]}, TypeError, "costs to be a dict"),
    ],
)
def test_bad_options_are_named(options: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        GraphView.of(Value(1.0), **options)  # type: ignore[arg-type]


@settings(max_examples=100, deadline=None)
@given(programs())
def test_every_use_of_a_node_is_one_edge(y: Value) -> None:
    """T3: as many edges as operands, each in its slot, and none twice."""
    view = GraphView.of(y, max_nodes=None)
    order = topological_order(y)
    assert len(view.edges) == sum(len(node.inputs) for node in order)
    assert len({(edge.target, edge.slot) for edge in view.edges}) == len(view.edges)
    assert len({node.id for node in view.nodes}) == len(view.nodes)
    results = [node for node in view.nodes if node.kind == "result"]
    for node, described in zip([node for node in order if node.op is not None], results, strict=True):
        slots = [edge.slot for edge in view.edges if edge.target == described.id]
        assert slots == list(range(len(node.inputs)))
    text = to_dot(view)
    for edge in view.edges:
        assert len(re.findall(rf"^  {edge.source} -> {edge.target}_op\b", text, re.M)) == sum(
            (other.source, other.target) == (edge.source, edge.target) for other in view.edges
        )


@settings(max_examples=60, deadline=None)
@given(programs())
def test_drawing_any_graph_changes_nothing(y: Value) -> None:
    def state() -> list[object]:
        return [(repr(n.payload), repr(n.gradient), n.op, n.inputs, n.label) for n in topological_order(y)]

    before = state()
    view = GraphView.of(y, show=("local", "contribution"), max_nodes=9)
    for write in (to_dot, to_json, to_mermaid, to_text):
        write(view)  # type: ignore[operator]
    assert state() == before


def test_contributions_add_up_to_the_gradient() -> None:
    y = expression()
    view = GraphView.of(y, show=("contribution",))
    for node in view.nodes:
        parts = [float(e.contribution.exact) for e in view.edges if e.source == node.id and e.contribution]
        if node.id != view.root and node.grad is not None:
            assert sum(parts) == float(node.grad.exact)
