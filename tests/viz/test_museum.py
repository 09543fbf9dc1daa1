"""The bug museum: each mistake does what it is known for, and none is within the engine's reach.

The mistakes are those of cases T1 and T7 (no order), T2 (breadth first), T3 (overwritten), T14 (zero_grad), T4 and T5
(stale inner gradients), T9 and T31 (relu), T13 (aliased), T18 (not un-broadcast).
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor, Value
from autograd.errors import GraphError
from viz import museum
from viz.museum import EXHIBITS, Comparison, compare, quiz

ROOT = Path(__file__).parents[2]
FAST = settings(max_examples=80, deadline=None, derandomize=True, database=None)


def by_name(found: Comparison, run: str) -> dict[str, Any]:
    grads = getattr(found, run).grads
    return {n.label: grads.get(n) for n in ag.topological_order(found.root) if n.label}


@pytest.mark.parametrize("name", EXHIBITS)
def test_every_exhibit_shows_its_mistake(name: str) -> None:
    exhibit = EXHIBITS[name]
    found = compare(None, name)
    assert found.differing
    assert found.first is not None
    assert exhibit.sentence in str(found)
    assert exhibit.sentence.endswith(".")
    assert len(exhibit.story) > 100  # who made it, and how it came to light
    assert "<-" in str(found)
    assert found._repr_html_().count("<table>") == 2
    assert str(found) == str(compare(exhibit.program, exhibit))


@pytest.mark.parametrize("name", sorted(set(EXHIBITS) - {"forgotten_zero_grad", "stale_inner", "aliased"}))
def test_the_right_side_is_what_backward_gives(name: str) -> None:
    found = compare(None, name)
    found.root.backward()  # type: ignore[attr-defined]
    for node in ag.topological_order(found.root):
        if node.op is None:
            held = node.gradient.payload if isinstance(node.gradient, Tensor) else node.gradient
            assert np.array_equal(found.right.grads[node], held)


def test_t1_no_order() -> None:
    found = compare(None, "no_order")
    assert by_name(found, "right") == {"a": 4.0, "b": 2.0, "c": 1.0}
    assert by_name(found, "wrong") == {"a": 6.0, "b": 2.0, "c": 1.0}


def test_t2_breadth_first() -> None:
    found = compare(None, "wrong_order")
    assert (by_name(found, "right")["x"], by_name(found, "wrong")["x"]) == (96.0, 48.0)


def test_t3_overwritten() -> None:
    x = Value(3.0, label="x")
    assert by_name(compare(x * x, "overwritten"), "wrong")["x"] == 3.0


def test_t4_stale_inner_gradients() -> None:
    found = compare(None, "stale_inner")
    assert by_name(found, "right") == {"a": 2.0, "b": 2.0, "c": 1.0, "d": 10.0, "e": 1.0}
    assert by_name(found, "wrong") == {"a": 3.0, "b": 3.0, "c": 2.0, "d": 10.0, "e": 1.0}
    found.root.backward()  # type: ignore[attr-defined]
    found.root.backward()  # type: ignore[attr-defined]
    assert {n.label: n.gradient for n in ag.topological_order(found.root)} == by_name(found, "right")


def test_t9_wrong_relu() -> None:
    found = compare(None, "wrong_relu")
    assert (by_name(found, "right")["w"], by_name(found, "wrong")["w"]) == (0.0, 1.5)
    t = Tensor([-1.0, 2.0], requires_grad=True, label="t")
    assert compare(t.relu().sum(), "wrong_relu").wrong.grads[t].tolist() == [1.0, 1.0]


def test_t13_aliased_gradients() -> None:
    found = compare(None, "aliased")
    right, wrong = by_name(found, "right"), by_name(found, "wrong")
    assert right["a"] == pytest.approx([0.15, 0.2])
    assert wrong["a"] == pytest.approx([0.075, 0.1])
    assert wrong["a"] is wrong["b"]
    x = Tensor([1.0, 2.0], requires_grad=True)
    harmless = compare((x * 2.0).sum(), "aliased")
    assert harmless.first is None
    assert "makes no difference" in str(harmless)


def test_t14_forgotten_zero_grad() -> None:
    found = compare(None, "forgotten_zero_grad")
    w, b = -0.75, -1.5  # after one step from w = 2, b = 0, whose gradients are -1 and -2
    assert by_name(found, "right")["w"] == pytest.approx(w)
    assert by_name(found, "wrong")["w"] == pytest.approx(w - 1.0)
    assert by_name(found, "wrong")["b"] == pytest.approx(b - 2.0)


def test_t18_missing_unbroadcast() -> None:
    found = compare(None, "no_unbroadcast")
    assert by_name(found, "right")["b"].tolist() == [21.0, 21.0]
    assert by_name(found, "wrong")["b"].shape == (3, 2)
    assert by_name(found, "wrong")["x"].tolist() == by_name(found, "right")["x"].tolist()


def test_a_wrong_shape_may_break_the_pass_and_that_is_told() -> None:
    w = Tensor([[1.0, 2.0]], requires_grad=True, label="w")
    x = Tensor([[1.0], [2.0], [3.0]], requires_grad=True, label="x")
    h = x @ w + w * 2.0
    y = (h + (w.T @ w).sum(axis=0)).sum() + ((w + x) @ Tensor([[1.0], [2.0]])).sum()
    found = compare(y, "no_unbroadcast")
    assert found.wrong.failure or found.differing
    b = Tensor([1.0], requires_grad=True, label="b")
    broken = compare(((b * 2.0).reshape(1, 1) + x).sum(), "no_unbroadcast")
    assert "breaks off" in str(broken)


@st.composite
def trees(draw: st.DrawFn) -> Value:
    """Draw a program in which everything is used once."""
    parts = [Value(draw(st.integers(-3, 3)), label=f"x{i}") for i in range(draw(st.integers(1, 6)))]
    while len(parts) > 1:
        a, b = parts.pop(0), parts.pop(0)
        parts.append(draw(st.sampled_from([ag.add, ag.multiply, ag.subtract]))(a, b))
    return parts[0] * 2.0


@FAST
@given(trees())
def test_trees_hide_what_is_wrong_about_sharing(y: Value) -> None:
    for name in ("no_order", "wrong_order", "overwritten", "wrong_relu"):
        assert compare(y, name).differing == ()


@FAST
@given(trees())
def test_nothing_is_touched(y: Value) -> None:
    shared = y * y + y
    before = [(n.payload, n.gradient, n.inputs, n.op) for n in ag.topological_order(shared)]
    for name, exhibit in EXHIBITS.items():
        if not exhibit.arrays:
            compare(shared, name)
    assert [(n.payload, n.gradient, n.inputs, n.op) for n in ag.topological_order(shared)] == before


def test_arrays_are_not_written_to() -> None:
    a, b = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0], requires_grad=True)
    y = a + b
    seed = np.array([1.0, 1.0], np.float32)
    for name in EXHIBITS:
        compare(y, name, seed=seed)
    assert seed.tolist() == [1.0, 1.0]
    assert (a.data.tolist(), b.data.tolist(), a.grad, b.grad) == ([1.0, 2.0], [3.0, 4.0], None, None)


def test_t7_recursion_breaks_off() -> None:
    y = Value(1.0, label="x")
    for _ in range(40):
        y = y + y
    found = compare(y, "no_order")
    assert "every way" in found.wrong.failure
    assert len(str(found).splitlines()) < 120


def test_t6_deep_programs() -> None:
    y = x = Value(1.0, label="x")
    for _ in range(5_000):
        y = y * 1.0
    for name, exhibit in EXHIBITS.items():
        if not exhibit.arrays:
            assert len(str(compare(y + x, name)).splitlines()) < 100


def test_hostile_names() -> None:
    for name in ('a"b', "<script>alert(1)</script>", "a|b{", "two\nlines", "</script>", "\N{PILE OF POO}", "x" * 10**6):
        x = Value(3.0, label=name)
        found = compare(x * x, "overwritten")
        assert "<script" not in found._repr_html_()
        assert len(str(found)) < 3000
        assert all(line.isprintable() for line in str(found).splitlines())


def test_requests_that_cannot_be_met() -> None:
    x = Value(1.0)
    with pytest.raises(ValueError, match=r"no_order, .*, got 'typo'"):
        compare(x * x, "typo")
    with pytest.raises(ValueError, match="Tensors for 'aliased'"):
        compare(x * x, "aliased")
    with pytest.raises(TypeError, match="got NoneType"):
        compare(lambda: None, "no_order")  # type: ignore[arg-type, return-value]
    with pytest.raises(GraphError, match="requires a gradient"):
        compare(Value(1.0, requires_grad=False), "no_order")
    with pytest.raises(GraphError, match="scalar outputs"):
        compare(Tensor([1.0, 2.0], requires_grad=True) * 2.0, "overwritten")


def test_the_engine_does_not_know_the_museum() -> None:
    code = "import sys, autograd, nn, optim; assert not any(name.startswith('viz') for name in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    for package in ("autograd", "nn", "optim"):
        for path in (ROOT / package).rglob("*.py"):
            assert "museum" not in path.read_text(encoding="utf-8")


# -- quiz ----------------------------------------------------------------------------------------------------


def test_the_gradients_of_a_quiz_give_one_answer() -> None:
    answers = set()
    for seed in range(40):
        question = quiz(seed)
        order = ag.topological_order(question.root)
        matching = []
        for choice in question.choices:
            wrong = compare(question.root, choice).wrong.grads
            if {n.label: wrong.get(n) for n in order} == question.gradients:
                matching.append(choice)
        assert matching == [question.answer]
        assert question.solution().differing
        assert [question.check(choice) for choice in question.choices].count(True) == 1
        answers.add(question.answer)
    assert answers == set(museum._QUIZZED)


def test_a_quiz_is_a_program_that_runs() -> None:
    question = quiz(3)
    names: dict[str, Any] = {}
    for line in question.program.splitlines():  # the same grammar, read without running text as code
        target, _, formula = line.partition(" = ")
        if formula.startswith("Value("):
            names[target] = Value(float(formula[6:-1]))
        elif formula.endswith(".relu()"):
            names[target] = names[formula[:-7]].relu()
        else:
            a, symbol, b = formula.split()
            names[target] = {"+": ag.add, "-": ag.subtract, "*": ag.multiply}[symbol](names[a], names[b])
    assert names[question.root.label].data == question.root.data


def test_a_quiz_does_not_tell_its_answer_and_is_the_same_every_time() -> None:
    question = quiz(5)
    assert str(question) == str(quiz(5)) != str(quiz(6))
    assert "<-" not in str(question)
    assert "<pre>" in question._repr_html_()
    with pytest.raises(ValueError, match="got 'typo'"):
        question.check("typo")
