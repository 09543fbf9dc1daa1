"""The trace: it is what ``backward()`` does, step by step, and it is plain data."""

import itertools
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Tensor, Value
from autograd.errors import GraphError
from viz import GraphView, Trace, recording, trace
from viz.amount import ArraySnapshot, describe, snapshot
from viz.trace_json import TraceFormatError

# -- random graphs -------------------------------------------------------------------------------------------

BINARY = [autograd.add, autograd.subtract, autograd.multiply, autograd.divide, autograd.power, autograd.maximum]
UNARY = [autograd.tanh, autograd.exp, autograd.relu, autograd.sin, autograd.log, autograd.negative, autograd.sqrt]


@st.composite
def programs(draw: Any, leaf: Any) -> Any:
    """Return the output of a random program on one to three leaves; nothing in it need be finite."""
    nodes = [leaf(draw) for _ in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(1, 12))):
        pick = lambda: nodes[draw(st.integers(0, len(nodes) - 1))]  # noqa: E731
        if draw(st.booleans()):
            nodes.append(draw(st.sampled_from(BINARY))(pick(), draw(st.sampled_from([pick(), 2.0, pick()]))))
        else:
            nodes.append(draw(st.sampled_from(UNARY))(pick()))
    return nodes[-1]


def number(draw: Any) -> Value:
    return Value(draw(st.floats(-3.0, 3.0)))


def array(draw: Any) -> Tensor:
    shape = draw(st.sampled_from([(), (3,), (2, 3), (2, 1)]))
    elements = draw(st.lists(st.floats(-2.0, 2.0), min_size=math.prod(shape), max_size=math.prod(shape)))
    tensor = Tensor(np.reshape(np.array(elements), shape), requires_grad=True)
    return tensor


def bits(amount: Any) -> str:
    return repr(snapshot(amount))


def ids(t: Trace, root: Any) -> dict[str, Any]:
    """Return the nodes of a traced graph by id."""
    order = autograd.topological_order(root)
    steps = [step for step in t if step.kind == "forward"]
    return {step.node: node for step, node in zip(steps, order, strict=True)}


def check_end_state(y: Any, seed: Any) -> None:
    """Hold the end of a trace against ``backward()``, bit for bit, and see that tracing touched nothing."""
    t = trace(y, seed=seed)
    nodes = ids(t, y)
    assert all(node.gradient is None for node in nodes.values())
    for node in nodes.values():
        if isinstance(node, Tensor) and node.requires_grad:
            node.retain_grad()
    with np.errstate(all="ignore"):
        y.backward(seed)
    end = t.at(-1)
    for key, node in nodes.items():
        assert repr(end.values[key]) == bits(node.payload)
        reached = t.names[key] in end.grads
        assert reached == (node.gradient is not None)
        if reached:
            assert repr(end.grads[key]) == bits(node.gradient)


@settings(max_examples=1500, deadline=None)
@given(programs(number))
def test_a_trace_of_numbers_ends_where_backward_ends(y: Value) -> None:
    check_end_state(y, None)


@settings(max_examples=600, deadline=None)
@given(programs(array))
def test_a_trace_of_arrays_ends_where_backward_ends(y: Tensor) -> None:
    check_end_state(y, np.ones(y.shape))


@settings(max_examples=200, deadline=None)
@given(programs(number) | programs(array))
def test_each_state_is_the_one_before_and_one_event(y: Any) -> None:
    t = trace(y, seed=np.ones(y.shape) if isinstance(y, Tensor) else None)
    for step, later in itertools.pairwise(t):
        before, after = t.at(step.index), t.at(later.index)
        changed = {name for name in after.grads if bits_of(before.grads, name) != bits_of(after.grads, name)}
        computed = {name for name in after.values if bits_of(before.values, name) != bits_of(after.values, name)}
        name = t.names[later.target]
        assert changed <= {name}
        assert computed == ({name} if later.kind == "forward" else set())
        if later.kind in ("seed", "visit", "contribute"):
            assert bits_of(before.grads, name) == repr(later.before)
            assert bits_of(after.grads, name) == repr(later.after)


def bits_of(state: Any, name: str) -> str:
    return repr(state[name]) if name in state else "None"


@settings(max_examples=200, deadline=None)
@given(programs(number) | programs(array))
def test_json_gives_the_trace_back(y: Any) -> None:
    t = trace(y, seed=np.ones(y.shape) if isinstance(y, Tensor) else None)
    text = t.to_json()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    again = Trace.from_json(text)
    assert again == t
    assert repr([*again]) == repr([*t])
    assert str(again) == str(t)


# -- what it says --------------------------------------------------------------------------------------------


def test_the_text_shows_the_sum_and_the_product() -> None:
    """T3: a value used twice receives two contributions, and the second is added to the first."""
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    t = trace(a * b + a * 0.5)
    assert [step.text for step in t if step.operand and t.names[step.operand] == "a"] == [
        "grad(a): 1.0 × 0.5 = 0.5",
        "grad(a): 0.5 + 1.0 × 3.0 = 3.5",
    ]


def test_the_engine_and_viz_have_one_trace() -> None:
    y = Value(2.0, label="x") ** 2
    assert autograd.trace(y) == trace(y)
    assert isinstance(autograd.trace(y), Trace)


@settings(max_examples=200, deadline=None)
@given(programs(number) | programs(array))
def test_steps_name_the_nodes_and_edges_of_the_picture(y: Any) -> None:
    view, t = GraphView.of(y), trace(y, seed=np.ones(y.shape) if isinstance(y, Tensor) else None)
    assert [node.id for node in view.nodes if node.kind != "constant"] == [*t.names]
    drawn = {f"{edge.source}>{edge.target}:{edge.slot}" for edge in view.edges}
    assert {step.edge for step in t if step.edge} <= drawn


def test_operands_that_are_not_there_have_no_number() -> None:
    y = autograd.clip(Value(2.0), None, 1.0) * autograd.clip(Value(3.0), 0.5, None)
    assert [node.id for node in GraphView.of(y).nodes if node.kind != "constant"] == [*trace(y).names]


def test_a_function_of_the_user_runs_once() -> None:
    calls = []

    class Double(autograd.Function):
        @staticmethod
        def forward(context: Any, x: Any) -> Any:
            return x * 2.0

        @staticmethod
        def backward(context: Any, grad: Any) -> Any:
            calls.append(grad)
            return grad * 2.0

    t = trace(Double.apply(Value(3.0, label="x")))
    assert calls == [1.0]
    assert t[-2].text == "leaf x: grad(x) = 2.0"
    assert t[-3].text == "grad(x) += rule of Double = 2.0"


def test_arrays_show_the_rule_the_shape_and_up_to_64_elements() -> None:
    x = Tensor(np.ones((3, 4)), requires_grad=True, label="x")
    w = Tensor(np.ones((4, 20)), requires_grad=True, label="w")
    t = trace((x @ w).sum())
    into_w = next(step for step in t if step.operand and t.names[step.operand] == "w")
    assert into_w.text == f"grad(w) += xᵀ g = (4, 20), norm {describe(float(np.sqrt(80 * 9.0)))}"
    assert into_w.after == ArraySnapshot((4, 20), "float64", float(np.linalg.norm(np.full(80, 3.0))), None)
    into_x = next(step for step in t if step.operand and t.names[step.operand] == "x")
    assert isinstance(into_x.after, ArraySnapshot)
    assert into_x.after.values == (20.0,) * 12


def test_broadcasting_is_seen_to_be_undone() -> None:
    x = Tensor(np.ones((4, 2)), requires_grad=True, label="x")
    b = Tensor(np.zeros(2), requires_grad=True, label="b")
    assert "grad(b) += g, summed to (2,) = [4.0, 4.0]" in [step.text for step in trace((x + b).sum())]


def test_the_state_is_found_by_name_and_by_id() -> None:
    x = Value(3.0, label="x")
    t = trace(x * x)
    assert t[4].grads["x"] == t.at(4).grads["n0"] == 3.0
    with pytest.raises(KeyError, match="expected the name or id of a node"):
        t[4].grads["y"]
    with pytest.raises(IndexError):
        t.at(len(t))


def test_equal_labels_and_labels_like_ids_get_names_of_their_own() -> None:
    y = Value(1.0, label="w") * Value(2.0, label="w") + Value(3.0, label="n0")
    t = trace(y)
    assert [*t.names.values()] == ["w", "w (n1)", "n2", "n0 (n3)", "n4"]


def test_names_come_from_the_program() -> None:
    a, b = Value(2.0), Value(3.0)
    c = a * b
    assert trace(c, names=locals())[2].text == "c = a * b = 6.0"
    with pytest.raises(TypeError, match="expected names to be a dict"):
        trace(c, names=["a"])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a Value or a Tensor"):
        trace(2.0)  # type: ignore[arg-type]
    with pytest.raises(GraphError):
        trace(Tensor(np.ones(3), requires_grad=True))


@pytest.mark.parametrize("label", ['"', "<script>", "|{}", "a\nb", "</script>", "🙂", "x" * 1_000_000])
def test_hostile_labels_stay_text(label: str) -> None:
    """R155: nothing in a label ends a line of JSON, and a long one is cut."""
    t = trace(Value(1.0, label=label) * 2.0)
    assert Trace.from_json(t.to_json()) == t
    assert len(str(t)) < 2_000
    assert str(t).count("\n") == len(t) - 1


def test_a_hook_changes_the_gradient_at_the_visit() -> None:
    x = Value(1.0, label="x")
    x.register_hook(lambda grad: grad * 10)
    t = trace(x * 2.0)
    assert (t[-2].kind, t[-2].before, t[-2].after) == ("visit", 2.0, 20.0)


def test_a_chain_of_fifty_thousand_operations() -> None:
    y = x = Value(1.0, label="x")
    for _ in range(50_000):
        y = y * 1.0001
    t = trace(y)
    assert len(t) == 1 + 50_000 + 1 + 2 * 50_000 + 1 + 1
    x.zero_grad()
    y.backward()
    assert t[-2].grads["x"] == x.grad


def test_the_table_is_aligned() -> None:
    rows = trace(Value(3.0, label="x") * 2.0).table().splitlines()
    column = rows[0].index("gradient")
    assert [row[column:] for row in rows[1:] if row[column:]] == ["— → 1.0", "1.0", "— → 2.0", "2.0"]


# -- recording -----------------------------------------------------------------------------------------------


def test_a_recording_has_every_pass_with_its_lines() -> None:
    w = Value(2.0, label="w")
    with recording() as t:
        for _ in range(2):
            loss = w * w
            loss.backward(retain_graph=False)
            w.data -= 0.1 * w.grad
            w.zero_grad()
    assert [step.kind for step in t].count("done") == 2
    assert [step.value for step in t if step.kind == "forward" and step.node == "n0"] == [2.0, 1.6]
    source = next(step.source for step in t if step.kind == "forward" and step.node != "n0")
    assert source is not None
    assert source[0].endswith("test_trace.py")
    assert Trace.from_json(t.to_json()) == t
    assert t.at(-1).grads["w"] == 3.2


def test_a_recording_of_arrays_equals_the_gradients() -> None:
    rng = np.random.default_rng(0)
    w = Tensor(rng.normal(size=(3, 2)), requires_grad=True, label="w")
    x = Tensor(rng.normal(size=(4, 3)))
    with recording(names={"x": x}) as t:
        ((x @ w).tanh() ** 2).mean().backward()
    assert repr(t.at(-1).grads["w"]) == bits(w.grad)
    assert "x" in t.at(-1).values


def test_a_recording_keeps_what_happened_before_an_error() -> None:
    x = Value(1.0, label="x")
    y = x * 2.0

    def fail(grad: float) -> float:
        raise ZeroDivisionError

    x.register_hook(fail)
    with pytest.raises(ZeroDivisionError), recording() as t:
        y.backward()
    assert [step.kind for step in t] == ["forward", "forward", "seed", "visit", "contribute"]


def test_a_recording_of_nothing_is_empty() -> None:
    with recording() as t:
        pass
    assert (len(t), str(t), repr(t)) == (0, "", "<Trace: 0 steps through 0 nodes>")


def test_a_differentiable_backward_is_recorded_too() -> None:
    x = Value(3.0, label="x")
    with recording() as t:
        (x * x).backward(create_graph=True)
    assert t.at(-1).grads["x"] == 6.0


# -- JSON from elsewhere -------------------------------------------------------------------------------------

GOOD = json.loads(trace(Value(3.0, label="x") * 2.0).to_json())


def changed(change: Any) -> str:
    copy = json.loads(json.dumps(GOOD))
    change(copy)
    return json.dumps(copy)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "JSON text"),
        ("[" * 100_000, "JSON text"),
        ("[]", "trace to be a dict"),
        ("{}", "format, names, steps, version in trace"),
        (changed(lambda t: t.update(version=2)), "version 1"),
        (changed(lambda t: t.update(format="x")), "stepgrad-trace"),
        (changed(lambda t: t.update(extra=1)), "got extra"),
        (changed(lambda t: t.update(names=[])), "names to be a dict"),
        (changed(lambda t: t["names"].update(n9=1)), r"names\['n9'\] to be a str"),
        (changed(lambda t: t["names"].update(n9="x")), "names that differ"),
        (changed(lambda t: t["steps"][0].update(kind="jump")), r"steps\[0\].kind to be one of"),
        (changed(lambda t: t["steps"][0].update(kind=[])), r"steps\[0\].kind to be one of"),
        (changed(lambda t: t["steps"][0].update(node="n99")), r"steps\[0\].node to be the id"),
        (changed(lambda t: t["steps"][0].update(node=[])), r"steps\[0\].node to be the id"),
        (changed(lambda t: t["steps"][0].update(value="x")), r"steps\[0\].value to be a number"),
        (changed(lambda t: t["steps"][0].update(value=True)), r"steps\[0\].value to be a number"),
        (changed(lambda t: t["steps"][0].update(value=10**400)), r"steps\[0\].value to be a number"),
        (changed(lambda t: t["steps"][0].pop("value")), r"steps\[0\].value, got none"),
        (changed(lambda t: t["steps"][0].update(value={"shape": [-1], "dtype": "f", "norm": 1})), "list of sizes"),
        (
            changed(lambda t: t["steps"][0].update(value={"shape": [2], "dtype": "f", "norm": 1, "values": [1]})),
            "expected 2 elements",
        ),
        (changed(lambda t: t["steps"][4].pop("operand")), r"operand and a slot in steps\[4\]"),
        (changed(lambda t: t["steps"][4].update(slot=-1)), r"operand and a slot in steps\[4\]"),
        (changed(lambda t: t["steps"][4].update(before=7.0)), r"steps\[4\].before to be the gradient"),
        (changed(lambda t: t["steps"][4].update(local={"shape": [], "dtype": "f", "norm": 1})), "local to be a number"),
        (changed(lambda t: t["steps"][4].update(source=["a"])), r"steps\[4\].source"),
        (changed(lambda t: t["steps"][4].pop("text")), r"text in steps\[4\]"),
        (changed(lambda t: t["steps"][4].update(text=1)), r"steps\[4\].text to be a str"),
        (json.dumps(GOOD).replace("3.0", "NaN", 1), "NaN is no number"),
        (json.dumps(GOOD).replace("3.0", "1e999", 1), "to be a number"),
    ],
)
def test_malformed_json_is_refused_by_name(text: str, place: str) -> None:
    with pytest.raises(TraceFormatError, match=place):
        Trace.from_json(text)


def test_json_is_the_same_in_every_form_of_a_number() -> None:
    t = trace(Value(math.inf, label="x") * Value(-0.0, label="y"))
    again = Trace.from_json(t.to_json())
    assert [repr(step.value) for step in again[:3]] == ["inf", "-0.0", "nan"]
