"""The scalar engine, cases R044-R054 with T1-T8, T11, T12, T14-T17: where small engines went wrong."""

import copy
import gc
import math
import os
import pickle
import subprocess
import sys
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
import viz
from autograd import Tensor, Value
from autograd.errors import DtypeError, GraphError, MixedNodesError

INF, NAN = math.inf, math.nan
ROOT = Path(__file__).resolve().parents[2]


def derivatives(function: Callable[..., Any], *inputs: float) -> tuple[float, ...]:
    """Return the value and the gradient with respect to each input."""
    leaves = [Value(x) for x in inputs]
    out = function(*leaves)
    out.backward()
    return out.data, *(x.grad for x in leaves)


# -- IEEE: inf and NaN, never an exception -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (lambda x: x**-1, 0.0, INF),
        (lambda x: x**-1, 0, INF),
        (lambda x: 1 / x, 0.0, INF),
        (lambda x: 1 / x, -0.0, -INF),
        (lambda x: 0 / x, 0.0, NAN),
        (lambda x: x / 0, 0.0, NAN),
        (lambda x: x // 0, 1.0, INF),
        (lambda x: x % 0, 1.0, NAN),
        (lambda x: x**2, 1e200, INF),
        (lambda x: x**3, -1e200, -INF),
        (lambda x: 10.0**x, 400.0, INF),
        (lambda x: x**400, 10.0, INF),
        (lambda x: x * x, 1e200, INF),
        (lambda x: x**0.5, -4.0, NAN),
        (Value.exp, 1000.0, INF),
        (Value.exp, -1000.0, 0.0),
        (Value.exp, INF, INF),
        (Value.exp, 709.782712893384, 1.7976931348622732e308),
        (Value.log, 0.0, -INF),
        (Value.log, -1.0, NAN),
        (Value.sqrt, -1.0, NAN),
        (Value.sinh, 1000.0, INF),
        (Value.cosh, -1000.0, INF),
        (Value.expm1, 1000.0, INF),
        (Value.log1p, -1.0, -INF),
        (Value.log1p, -2.0, NAN),
        (Value.sin, INF, NAN),
        (Value.arcsin, 2.0, NAN),
        (Value.sigmoid, -INF, 0.0),
        (Value.tanh, INF, 1.0),
        (Value.floor, INF, INF),
        (Value.square, 1e200, INF),
        (Value.exp2, 2000.0, INF),
    ],
)
def test_r044_scalar_arithmetic_follows_ieee(function: Callable[[Any], Any], x: float, expected: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = Value(x)
        out = function(value)
        out.backward()
    assert out.data == pytest.approx(expected, rel=1e-12, nan_ok=True)
    assert type(out.data) is float
    assert type(value.grad) is float


UNARY = sorted(name for name, op in ag.REGISTRY.items() if op.elementwise and op.arity == 1 and name != "astype")


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("x", [0.0, -0.0, 1.0, -1.0, 1e308, -1e308, 5e-324, 800.0, -800.0, INF, -INF, NAN])
def test_r044_no_op_raises_or_warns_at_any_number(name: str, x: float) -> None:
    value = Value(x)
    out = ag.REGISTRY[name](value)
    out.backward()
    assert type(out.data) is float
    assert type(value.grad) is float


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "floor_divide", "remainder", "power"])
def test_r044_no_binary_op_raises_or_warns_at_any_numbers(name: str) -> None:
    edges = [0.0, -0.0, 1.0, -2.5, 1e308, -1e308, 5e-324, INF, -INF, NAN]
    for x in edges:
        for y in edges:
            a, b = Value(x), Value(y)
            out = ag.REGISTRY[name](a, b)
            out.backward()
            assert type(out.data) is type(a.grad) is type(b.grad) is float


def test_r045_integers_become_floats() -> None:
    a, b = Value(2), Value(4)
    out = a / b
    out.backward()
    assert (out.data, a.grad, b.grad) == (0.5, 0.25, -0.125)
    assert {type(x) for x in (a.data, out.data, a.grad, b.grad)} == {float}
    assert type((Value(2) ** 2).data) is float
    assert type((Value(7) // 2).data) is float


# -- graphs --------------------------------------------------------------------------------------------------------


def test_r046_t1_a_reused_inner_node_counts_every_path() -> None:
    a = Value(1.0)
    b = a + a
    c = b + b
    c.backward()
    assert (a.grad, b.grad) == (4.0, 2.0)


def test_r046_diamond() -> None:
    x = Value(1.0)
    y = x * 3
    z = (y * 2) * (y + 5)
    z.backward()
    assert x.grad == 3 * (2 * (3 + 5) + 2 * 3)
    x.zero_grad()
    ((y * 2) + (y * 5)).backward()
    assert x.grad == 21.0


def test_t2_diamond_with_a_long_path() -> None:
    x = Value(2.0)
    u = x * x
    w = u * 3
    y = w * u
    y.backward()
    assert x.grad == 96.0


@pytest.mark.parametrize(
    ("function", "expected"),
    [(lambda x: x * x, 6.0), (lambda x: x - x, 0.0), (lambda x: x / x, 0.0), (lambda x: x + x, 2.0)],
)
def test_t3_the_same_operand_twice(function: Callable[[Any], Any], expected: float) -> None:
    x = Value(3.0)
    out = function(x)
    out.backward()
    assert x.grad == expected
    assert list(out.parents()) == [x, x] or all(p is x for p in out.parents())
    assert len(out.inputs) == 2


def test_t3_the_drawing_shows_two_edges() -> None:
    x = Value(3.0, label="x")
    view = viz.GraphView.of(x * x)
    assert [edge.slot for edge in view.edges] == [0, 1]
    edges = [line for line in viz.to_dot(view).splitlines() if "->" in line]
    assert sum("n0" in line.split("->")[0] for line in edges) == 2


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_r047_t6_a_deep_chain(kind: type) -> None:
    x = kind(1.0, requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y + 1.0
    y.backward()
    assert float(x.grad) == 1.0
    del y


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_r047_t6_a_deep_chain_is_copied_and_pickled(kind: type) -> None:
    x = kind(1.0, requires_grad=True)
    y = x
    for _ in range(8_000):
        y = y * 1.0
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        twin.backward()
        leaf = next(n for n in ag.topological_order(twin) if n.is_leaf)
        assert leaf is not x
        assert float(leaf.grad) == 1.0
        assert x.gradient is None


def test_t6_a_deep_chain_is_drawn_collapsed() -> None:
    y = Value(1.0)
    for _ in range(20_000):
        y = y * 1.0
    view = viz.GraphView.of(y, max_nodes=50)
    assert len(view.shown().nodes) <= 50
    assert view.hidden > 19_000
    assert viz.to_dot(view).startswith("digraph")


def test_t6_a_sum_of_many() -> None:
    values = [Value(float(i)) for i in range(5000)]
    total = sum(values)
    total.backward()
    assert {v.grad for v in values} == {1.0}
    twin = copy.deepcopy(total)
    assert twin.data == total.data
    del total, twin


def test_r048_t7_doubling_sixty_times() -> None:
    x = Value(1.0)
    y = x
    for _ in range(60):
        y = y + y
    assert len(ag.topological_order(y)) == 61
    y.backward()
    assert x.grad == 2.0**60


def test_t7_a_wide_sum_is_one_visit_for_each_node() -> None:
    x = Value(1.0)
    total = Value(0.0, requires_grad=False)
    for _ in range(20_000):
        total = total + x * 2
    total.backward()
    assert x.grad == 40_000.0


def test_r049_t4_backward_twice_doubles_the_leaves_and_refreshes_the_rest() -> None:
    a, b, d = Value(3.0), Value(2.0), Value(1.0)
    c = a + b
    e = c * d
    e.backward()
    first = (a.grad, b.grad, c.grad, d.grad, e.grad)
    e.backward()
    assert first == (1.0, 1.0, 1.0, 5.0, 1.0)
    assert (a.grad, b.grad, d.grad) == (2.0, 2.0, 10.0)
    assert (c.grad, e.grad) == (1.0, 1.0)


def test_t5_two_losses_on_a_shared_part() -> None:
    x = Value(2.0)
    h = x * x
    (h * 3).backward()
    (h * 5).backward()
    assert x.grad == 32.0
    assert h.grad == 5.0


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_r050_a_graph_is_freed_without_the_garbage_collector(kind: type) -> None:
    def hook(grad: Any) -> None:
        return None

    gc.collect()
    gc.disable()
    try:
        x = kind(2.0, requires_grad=True)
        y = (x * x + x).exp()
        inner = y * 3
        inner.register_hook(hook)
        out = (inner + 1).tanh()
        out.backward()
        alive = weakref.ref(hook)
        del hook, inner
        assert alive() is not None  # held by the graph
        del out
        assert alive() is None
        assert gc.collect() == 0
    finally:
        gc.enable()


DETERMINISTIC = """
import random
junk = [bytearray(random.randrange(1, 5000)) for _ in range(random.randrange(2000))]
from autograd import Value
x = Value(.1)
parts = [x * c for c in (1e16, 3.3, -1e16, 7.7, 1e-3, -2.2)]
del junk[::2]
y = parts[0]
for part in parts[1:]:
    y = y + part
(y * y).backward()
print(repr(x.grad), repr(y.data))
"""


def test_t8_the_same_program_gives_the_same_bits_in_every_process() -> None:
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", DETERMINISTIC],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(1, 9)
    ]
    outputs = {process.communicate()[0] for process in runs}
    assert len(outputs) == 1
    assert outputs.pop().strip()


# -- operators -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: 1 + x, (3.0, 1.0)),
        (lambda x: 1 - x, (-1.0, -1.0)),
        (lambda x: 3 * x, (6.0, 3.0)),
        (lambda x: 2 / x, (1.0, -0.5)),
        (lambda x: 2**x, (4.0, 4 * math.log(2))),
        (lambda x: 7 // x, (3.0, 0.0)),
        (lambda x: 7 % x, (1.0, -3.0)),
        (lambda x: -x, (-2.0, -1.0)),
        (lambda x: +x, (2.0, 1.0)),
        (lambda x: abs(-x), (2.0, 1.0)),
        (lambda x: x**x, (4.0, 4 * (1 + math.log(2)))),
        (lambda x: x ** Value(3.0), (8.0, 12.0)),
        (lambda x: x // 0.75, (2.0, 0.0)),
        (lambda x: x % 0.75, (0.5, 1.0)),
    ],
)
def test_r051_r052_operators_from_both_sides(function: Callable[[Any], Any], expected: tuple[float, float]) -> None:
    assert derivatives(function, 2.0) == pytest.approx(expected)


def test_r052_t10_a_value_as_exponent() -> None:
    assert derivatives(lambda x, y: x**y, 2.0, 3.0) == pytest.approx((8.0, 12.0, 5.545177444479562))


def test_r051_t17_conversions() -> None:
    v = Value(2.7, label="v")
    assert (float(v), int(v), bool(v), bool(Value(0.0)), round(v), round(v, 1)) == (2.7, 2, True, False, 3, 2.7)
    assert (math.floor(2.7), math.trunc(v)) == (2, 2)
    assert f"{v:.2f}" == "2.70"
    assert "2.7" in f"{v}"
    assert math.exp(v) == math.exp(2.7)  # by float(): a number, with no gradient
    assert v.item() == 2.7


def test_r051_t17_comparisons_and_hash() -> None:
    a, b, c = Value(1.0), Value(2.0), Value(1.0)
    assert a < b
    assert a <= c
    assert b > a
    assert b >= 2
    assert a == c
    assert a == 1
    assert a != b
    assert b > 1
    assert (a == "1") is False
    assert (a == None) is False  # noqa: E711 - the operator is what is tested
    assert len({a, c}) == 2 or hash(a) == hash(c)
    assert {a: 1}[a] == 1


def test_r051_equal_values_are_different_nodes() -> None:
    """Equality of numbers must not merge nodes in the set of visited ones."""
    nodes = [Value(1.0) for _ in range(200)]
    total = nodes[0] * 1
    for node in nodes[1:]:
        total = total * node
    total.backward()
    assert [node.grad for node in nodes] == [1.0] * 200


def test_r053_t17_python_functions_on_values() -> None:
    a, b = Value(1.0), Value(2.0)
    total = sum([a, b])
    total.backward()
    assert (total.data, a.grad, b.grad) == (3.0, 1.0, 1.0)
    assert max(a, b) is b
    assert max([a, b]) is b
    assert min(a, b) is a
    assert sorted([b, a])[0] is a


def test_r054_nan_propagates_and_the_walk_ends() -> None:
    x = Value(NAN)
    y = x * 2 + x
    y.backward()
    assert math.isnan(y.data)
    assert x.grad == 3.0
    assert [x == x, x < 1, x > 1, x <= 1, x >= 1] == [False] * 5
    assert x != x


# -- what small engines got wrong ----------------------------------------------------------------------------------


def test_t11_an_operator_is_one_node() -> None:
    a, b = Value(1.0), Value(2.0)
    for out in (a / b, a - b, a**b, -a + 0 * b):
        assert out.op is not None
    assert len(ag.topological_order(a / b)) == 3
    assert len(ag.topological_order(a - b)) == 3


@pytest.mark.parametrize("zero", [0.0, 0, np.float64(0), np.float32(0), np.int64(0), np.array(0.0)])
def test_t11_dividing_by_any_kind_of_zero_is_infinite(zero: Any) -> None:
    assert (1 / Value(zero)).data == INF
    assert (Value(1.0) / zero).data == INF


def test_t12_adding_in_place_rebinds() -> None:
    x = Value(2.0)
    y = x
    y += 1
    y *= 3
    y.backward()
    assert (x.data, y.data, x.grad) == (2.0, 9.0, 3.0)
    assert y is not x


def test_t12_adding_in_place_after_use_keeps_the_recorded_operand() -> None:
    x = leaf = Value(3.0)
    y = x * x
    x += 1
    y.backward()
    assert (leaf.grad, x.data) == (6.0, 4.0)


def test_t12_assigned_data_does_not_reach_a_recorded_graph() -> None:
    x = Value(3.0)
    y = x * x
    x.data = 10
    y.backward()
    assert (y.data, x.grad) == (9.0, 6.0)
    with pytest.raises(GraphError):
        y.backward(create_graph=True)  # a differentiable gradient would be taken at 10


def test_t14_zero_grad() -> None:
    x = Value(2.0)
    h = x * x
    h.backward()
    x.zero_grad()
    assert type(x.grad) is float
    assert x.gradient is None
    x.grad = 0
    assert type(x.grad) is float
    h.backward()
    assert x.grad == 4.0
    t = Tensor([2.0], requires_grad=True)
    (t * t).backward()
    t.zero_grad()
    assert t.grad is None
    with pytest.raises(TypeError):
        x.grad = "1"


@pytest.mark.parametrize(
    "function",
    [
        lambda v: np.array([1.0, 2.0]) * v,
        lambda v: v * np.array([1.0, 2.0]),
        lambda v: np.array([1.0, 2.0]) + v,
        lambda v: v - np.array([[1.0]]),
        lambda v: v == np.array([1.0, 2.0]),
        lambda v: np.array([1.0, 2.0]) == v,
        lambda v: v < np.array([1.0, 2.0]),
        lambda v: np.sum([v, v]),
        lambda v: np.array([v, v]),
        np.asarray,
        lambda v: np.dot([v], [v]),
        np.add.reduce,
        lambda v: np.hypot(v, np.array([1.0])),
    ],
)
def test_t15_an_array_and_a_value_never_mix_silently(function: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError):
        function(Value(2.0))


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda v: np.float64(2) * v, (6.0, 2.0)),
        (lambda v: v * np.float32(2), (6.0, 2.0)),
        (lambda v: np.int64(2) + v, (5.0, 1.0)),
        (lambda v: np.float64(12) / v, (4.0, -4 / 3)),
        (lambda v: np.array(2.0) * v, (6.0, 2.0)),
        (np.exp, (math.exp(3), math.exp(3))),
        (np.negative, (-3.0, -1.0)),
        (lambda v: np.maximum(v, 1.0), (3.0, 1.0)),
    ],
)
def test_t15_numpy_numbers_and_functions_record(function: Callable[[Any], Any], expected: tuple[float, float]) -> None:
    v = Value(3.0)
    out = function(v)
    assert type(out) is Value
    out.backward()
    assert (out.data, v.grad) == pytest.approx(expected)
    assert type(out.data) is type(v.grad) is float


def test_t16_a_value_of_a_value_is_a_copy() -> None:
    a = Value(2.0)
    b = Value(a)
    assert b is not a
    assert b.is_leaf
    assert type(b.data) is float
    b.data = 3.0
    assert a.data == 2.0


@pytest.mark.parametrize("data", ["a", "1", None, [1], (1,), {}, 1j, np.array([1.0]), np.array(1j), object(), b"1"])
def test_t16_only_real_numbers(data: Any) -> None:
    with pytest.raises(TypeError):
        Value(data)
    with pytest.raises(TypeError):
        Value(1.0) + data


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (True, 1.0),
        (3, 3.0),
        (np.array(3), 3.0),
        (np.float16(0.5), 0.5),
        (np.bool_(True), 1.0),
        (INF, INF),
        (10**400, INF),
    ],
)
def test_t16_numbers_become_floats(data: Any, expected: float) -> None:
    assert Value(data).data == expected
    assert type(Value(data).data) is float
    assert math.isnan(Value(NAN).data)


def test_t16_a_value_and_a_tensor_do_not_mix() -> None:
    for function in (lambda v, t: v * t, lambda v, t: t * v, lambda v, t: t - v, ag.maximum):
        with pytest.raises(MixedNodesError, match=r"Tensor\.of"):
            function(Value(1.0), Tensor([1.0]))
    with pytest.raises(DtypeError):
        Value(Tensor([1.0]))
