"""explain and what_if: sums bit for bit, paths against all of them listed, replays against programs run anew."""

import itertools
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor, Value, checkpoint, scope
from autograd.errors import DtypeError, GraphError, StaleGraphError
from viz.explanation import explain, what_if

FAST = settings(max_examples=120, deadline=None, derandomize=True, database=None)
ROOT = Path(__file__).parents[2]


@st.composite
def values(draw: st.DrawFn) -> list[Value]:
    nodes = [Value(draw(st.floats(-3, 3).map(lambda v: round(v, 2)))) for _ in range(3)]
    for _ in range(draw(st.integers(1, 9))):
        a, b = (nodes[draw(st.integers(0, len(nodes) - 1))] for _ in "ab")
        kind = draw(st.sampled_from(["add", "subtract", "multiply", "tanh", "relu", "sin", "maximum"]))
        op = ag.REGISTRY[kind]
        nodes.append(op(a) if op.arity == 1 else op(a, b))
    return nodes


def all_paths(x: Value, y: Value) -> list[float]:
    """Return what each single path carries, by listing them all."""
    if x is y:
        return [1.0]
    found: list[float] = []
    if y.op is not None:
        for operand, local in zip(y.inputs, y.contributions(1.0, False), strict=True):
            if isinstance(operand, Value) and local is not None:
                found += [local * rest for rest in all_paths(x, operand)]
    return found


@FAST
@given(values(), st.integers(0, 2))
def test_contributions_add_up_to_the_gradient_bit_for_bit(nodes: list[Value], which: int) -> None:
    x, y = nodes[which], nodes[-1]
    if x not in set(ag.topological_order(y)):
        with pytest.raises(GraphError, match="takes no part"):
            explain(x, y)
        return
    found = explain(x, y)
    assert x.gradient is None
    y.backward()
    total = None
    for c in found.contributions:
        total = c.value if total is None else total + c.value
        assert c.total == total
    assert total == x.grad == found.gradient
    if found.gradient:
        assert sum(c.share for c in found.contributions if c.share is not None) == pytest.approx(1.0, rel=1e-6)


@FAST
@given(values(), st.integers(0, 2), st.integers(1, 6))
def test_the_strongest_paths_are_those_of_the_full_list(nodes: list[Value], which: int, top: int) -> None:
    x, y = nodes[which], nodes[-1]
    if x not in set(ag.topological_order(y)):
        return
    found = explain(x, y, top=top)
    every = sorted(map(abs, all_paths(x, y)), reverse=True)
    assert found.path_count == len(every)
    assert [abs(p.value) for p in found.paths] == pytest.approx(every[:top], rel=1e-12)
    for path in found.paths:
        assert path.value == pytest.approx(math.prod(path.locals), rel=1e-12)
    if found.gradient:
        assert found.condition == pytest.approx(sum(every) / abs(found.gradient), rel=1e-9)


@FAST
@given(st.integers(0, 2**16))
def test_contributions_of_arrays_add_up_bit_for_bit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = Tensor(rng.normal(size=(2, 3)), requires_grad=True)
    w = Tensor(rng.normal(size=(3,)), requires_grad=True)
    y = ((x * w + w).tanh() * w).sum() + (w * w).mean()
    found = explain(w, y)
    y.backward()
    assert w.grad is not None
    walked = found.contributions[0].value
    for c in found.contributions[1:]:
        walked = walked + c.value
        assert np.array_equal(walked, c.total)
    assert np.array_equal(walked, w.grad.payload)
    assert len(found.contributions) == 5
    assert sum(c.share or 0.0 for c in found.contributions) == pytest.approx(1.0)


def test_t3_each_use_is_a_contribution() -> None:
    x = Value(3.0, label="x")
    found = explain(x, x * x)
    assert [(c.op, c.slot, c.upstream, c.local, c.value, c.total) for c in found.contributions] == [
        ("*", 0, 1.0, 3.0, 3.0, 3.0),
        ("*", 1, 1.0, 3.0, 3.0, 6.0),
    ]
    assert [c.share for c in found.contributions] == [0.5, 0.5]


def test_the_output_itself() -> None:
    x = Value(3.0, label="x")
    found = explain(x, x)
    assert found.gradient == 1.0
    assert [(c.op, c.path) for c in found.contributions] == [("seed", ("x",))]
    assert "d x / d x = 1.0" in str(found)


def test_cancellation_is_pointed_out() -> None:
    x = Value(1.0, label="x")
    y = x * 3.0e7 - x * 2.9999998e7
    found = explain(x, y)
    assert found.cancellation.startswith("3e+07 - 3e+07 leaves 2; about 7 digits")
    assert "cancellation: 3e+07" in str(found)
    assert "all digits" in explain(x, x * 5.0 - x * 5.0).cancellation
    assert explain(x, x * 3.0 - x).cancellation == ""
    t = Tensor([1.0, 2.0], requires_grad=True)
    assert "size" in explain(t, (t * 1e6 - t * 999999.0).sum()).cancellation


def test_cancellation_further_up_shows_in_the_condition() -> None:
    x = Value(1.0, label="x")
    h = x * 1.0
    y = h * 1e8 - h * 99999999.0
    found = explain(x, y)
    assert found.cancellation == ""  # one contribution
    assert found.condition == pytest.approx(2e8, rel=1e-6)


def test_t7_paths_that_double_are_counted_not_walked() -> None:
    y = x = Value(1.0, label="x")
    for _ in range(200):
        y = y + y
    found = explain(x, y, top=3)
    assert found.path_count == 10**18
    assert [p.value for p in found.paths] == [1.0, 1.0, 1.0]
    assert "more than 10^18 paths" in str(found)
    assert "+ (199 times)" in str(found)


def test_equal_paths_with_rounded_logarithms_stay_cheap() -> None:
    y = x = Value(0.7, label="x")
    for _ in range(60):
        y = y * 0.3 + y * 0.3 + y * 0.7
    found = explain(x, y, top=5)
    assert found.path_count == 10**18
    assert found.paths[0].value == pytest.approx(0.7**60, rel=1e-9)
    assert found.paths[1].value == pytest.approx(0.7**59 * 0.3, rel=1e-9)


def test_t6_a_deep_graph() -> None:
    y = x = Value(1.0, label="x")
    for _ in range(20_000):
        y = y * 1.0 + 0.0
    found = explain(x, y, names={"y": y})
    assert found.gradient == 1.0
    assert len(str(found)) < 2000


def test_a_path_that_under_and_overflows_on_the_way() -> None:
    x = Value(1.0, label="x")
    y = x
    for factor in [1e-200] * 3 + [1e200] * 3:
        y = y * factor
    assert len(explain(x, y).paths) == 1


def test_dead_ways_come_last() -> None:
    x = Value(-1.0, label="x")
    y = x.relu() * 5.0 + x * 1e-300
    found = explain(x, y)
    assert [p.value for p in found.paths] == [1e-300, 0.0]


def test_names_scopes_and_arrays_in_the_text() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    with scope("head"):
        h = w * 2.0
    y = h.sum()
    text = str(explain(w, y, names=locals()))
    assert "d y / d w = [2.0, 2.0]" in text
    assert "*, operand 1, in head" in text
    assert "w -> h -> y" in text


def test_an_accumulated_gradient_is_noted() -> None:
    x = Value(3.0, label="x")
    y = x * x
    y.backward()
    assert explain(x, y).note == ""
    y.backward()
    assert explain(x, y).note.startswith("x.grad holds 12")
    assert "note: x.grad" in str(explain(x, y))


def test_a_hook_is_noted() -> None:
    x = Value(3.0, label="x")
    x.register_hook(lambda g: g * 10)
    found = explain(x, x * x)
    assert found.gradient == 60.0
    assert "hook on x" in found.note


def test_an_operand_without_a_rule_is_passed_over() -> None:
    @ag.primitive
    def scaled(x: Any, k: Any, /) -> Any:
        return x * k

    scaled.defvjp(lambda g, out, x, k: g * k, None)
    x, k = Value(2.0, label="x"), Value(3.0, label="k")
    y = scaled(x, k)
    assert explain(x, y).gradient == 3.0
    with pytest.raises(GraphError, match="no gradient reaches it"):
        explain(k, y)
    y.backward(inputs=[x])
    assert (x.grad, k.gradient) == (3.0, None)
    assert explain(x, ag.equal(x, k) * x).gradient == 0.0


def test_an_explanation_shares_no_memory() -> None:
    x, seed = Tensor([1.0, 2.0], requires_grad=True), Tensor([1.0, 1.0])
    found = explain(x, x + 1.0, seed=seed)
    found.gradient[:] = 9.0
    found.contributions[0].value[:] = 7.0
    assert found.contributions[0].total.tolist() == seed.data.tolist() == [1.0, 1.0]


def test_mixed_graphs() -> None:
    t = Tensor([2.0, 3.0], requires_grad=True, label="t")
    a, b = t.values()
    found = explain(t, a * b + a)
    assert found.gradient.tolist() == [4.0, 2.0]
    assert found.paths == ()
    assert found.path_count == 3


@pytest.mark.parametrize(
    "name", ['a"b', "<script>alert(1)</script>", "a|b{", "two\nlines", "</script>", "\N{PILE OF POO}"]
)
def test_hostile_names(name: str) -> None:
    x = Value(3.0, label=name)
    y = x * x
    for found in (explain(x, y), what_if(y, {x: 2.0})):
        html = found._repr_html_()
        assert "<script" not in html
        assert "</script" not in html
        assert all(line.isprintable() for line in str(found).splitlines())
    huge = Value(1.0, label="x" * 10**6)
    assert len(str(explain(huge, huge * 2.0))) < 2000


def test_html_is_a_plain_table() -> None:
    x = Value(3.0, label="x")
    html = explain(x, x * x)._repr_html_()
    assert html.startswith("<p>d n1 / d x = 6.0</p>")
    assert html.count("<table>") == html.count("</table>") == 1
    assert "<style" not in html
    assert "class=" not in html


def test_what_is_wrong_is_said() -> None:
    x, other = Value(3.0, label="x"), Value(1.0, label="other")
    y = x * x
    with pytest.raises(TypeError, match=r"explain\(x, y\)"):
        explain(x)
    with pytest.raises(GraphError, match="'other', which takes no part"):
        explain(other, y)
    with pytest.raises(TypeError, match="got float"):
        explain(3.0, y)  # type: ignore[arg-type]
    with pytest.raises(GraphError, match="requires_grad=True"):
        explain(Value(1.0, requires_grad=False), y)
    with pytest.raises(ValueError, match="positive"):
        explain(x, y, top=0)
    with pytest.raises(TypeError, match="locals"):
        explain(x, y, names=["x"])  # type: ignore[arg-type]
    t = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(GraphError, match="scalar outputs"):
        explain(t, t * 2.0)
    assert explain(t, t * 2.0, seed=[1.0, 1.0]).gradient.tolist() == [2.0, 2.0]


def test_the_text_is_the_same_in_every_process() -> None:
    code = (
        "from autograd import Value; from viz.explanation import explain, what_if\n"
        "x = Value(0.5, label='x'); y = (x * x + x.tanh() * 3.0) * x\n"
        "print(explain(x, y)); print(what_if(y, {x: 2.0})); print(explain(x, y)._repr_html_())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={"PYTHONHASHSEED": str(seed), "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in range(3)
    }
    assert len(runs) == 1


# -- what if -------------------------------------------------------------------------------------------------


@FAST
@given(values(), st.floats(-3, 3))
def test_what_if_is_the_program_run_anew(nodes: list[Value], new: float) -> None:
    x, y = nodes[0], nodes[-1]
    if x not in set(ag.topological_order(y)):
        return
    before = [(n.payload, n.gradient, n.op, n.inputs) for n in ag.topological_order(y)]
    found = what_if(y, {x: new})
    assert [(n.payload, n.gradient, n.op, n.inputs) for n in ag.topological_order(y)] == before
    fresh = Value(new)
    memo: dict[Any, Any] = {x: fresh}
    for node in ag.topological_order(y):
        if node not in memo:
            memo[node] = node if node.op is None else node.op(*(memo.get(i, i) for i in node.inputs))
    memo[y].backward()
    assert found.value == memo[y].data
    assert found.grad(x) == fresh.gradient
    assert set(found.changed) == {n for n in memo if memo[n].payload != n.payload}


def test_what_if_of_a_leaf_of_a_result_and_of_nothing() -> None:
    x, w = Value(2.0, label="x"), Value(3.0, label="w")
    h = x * w
    y = h.tanh()
    found = what_if(y, {x: 0.5, w: 1.0})
    assert (found.of(h), found.value) == (0.5, math.tanh(0.5))
    assert what_if(y, {h: 0.0}).value == 0.0
    assert what_if(y, {h: 0.0}).grad(x) is None
    assert what_if(y, {}).changed == ()
    assert "nothing changed" in str(what_if(y, {}))


def test_the_gradient_stands_beside_a_finite_difference() -> None:
    x = Value(3.0, label="x")
    found = what_if(x * x * x, {x: 2.0})
    assert found.slope(x) == 12.0
    assert found.finite_difference(x) == pytest.approx(12.0, rel=1e-8)
    t = Tensor([1.0, 2.0], requires_grad=True, dtype="float64")
    found = what_if((t * t).sum(), {t: [1.0, 3.0]})
    assert found.slope(t) == found.grad(t)[1] == 6.0
    assert found.finite_difference(t) == pytest.approx(6.0, rel=1e-8)


def test_what_if_of_an_output_with_several_elements() -> None:
    t = Tensor([1.0, 2.0], requires_grad=True, label="t")
    y = t * t
    found = what_if(y, {t: [3.0, 4.0]})
    assert found.value.tolist() == [9.0, 16.0]
    assert "gradient" not in str(found)
    with pytest.raises(GraphError, match="scalar outputs"):
        found.grad(t)
    assert what_if(y, {t: [3.0, 4.0]}, seed=[1.0, 0.0]).grad(t).tolist() == [6.0, 0.0]
    assert "gradient is" in str(what_if(y, {t: [3.0, 4.0]}, seed=[1.0, 0.0]))


def test_a_large_graph_tells_what_has_a_name() -> None:
    x = Value(1.0, label="x")
    y = x
    for i in itertools.count():
        y = y * 1.001
        if i == 500:
            y.label = "middle"
        if i == 1000:
            break
    text = str(what_if(y, {x: 2.0}))
    assert "middle (*)" in text
    assert "972 more nodes changed" in text
    assert len(text.splitlines()) < 45


def test_what_if_refuses() -> None:
    x = Value(2.0, label="x")
    y = x * x
    with pytest.raises(TypeError, match="as a dict"):
        what_if(y, [x])  # type: ignore[arg-type]
    with pytest.raises(GraphError, match="no part"):
        what_if(y, {Value(1.0): 2.0})
    with pytest.raises(DtypeError):
        what_if(y, {x: "2"})
    x.data = 5.0
    with pytest.raises(StaleGraphError, match="assigned since"):
        what_if(y, {x: 2.0})
    t = Tensor([2.0], requires_grad=True)
    with pytest.raises(GraphError, match="checkpoint"):
        what_if(checkpoint(lambda v: v * v, t), {t: [1.0]})
