"""Cases of the engine: R083 to R105 and T23, T25 to T27 of the catalogue of known failures."""

import copy
import gc
import os
import pickle
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Function, Node, Tensor, Value, detect_anomaly, enable_grad, grad, no_grad, primitive
from autograd.errors import (
    AnomalyError,
    DtypeError,
    GradientError,
    GraphError,
    NotDifferentiableError,
    ShapeError,
    StaleGraphError,
)
from autograd.testing import check_gradients
from nn import scalar

ROOT = Path(__file__).parents[2]
CHAIN = [100_000, pytest.param(1_000_000, marks=pytest.mark.slow)]


def leaf(data: Any, dtype: Any = np.float64) -> Tensor:
    return Tensor(np.asarray(data, dtype=dtype), requires_grad=True)


def value_of(node: Any) -> Any:
    return node.payload.tolist()


# -- starting a backward pass ----------------------------------------------------------------------------------


def test_r083_backward_of_several_elements_needs_a_seed() -> None:
    with pytest.raises(GraphError, match="grad can be implicitly created only for scalar outputs"):
        (leaf([1.0, 2.0]) * 2).backward()


def test_r084_seed_of_another_shape_names_both() -> None:
    with pytest.raises(ShapeError, match=r"\(2,\).*\(3,\)"):
        (leaf([1.0, 2.0]) * 2).backward(np.ones(3))


def test_r084_seed_of_another_dtype_is_converted_or_refused() -> None:
    x = leaf([1.0, 2.0], np.float32)
    (x * 2).backward(np.array([1, 3]))
    assert x.grad is not None
    assert (x.grad.dtype, value_of(x.grad)) == (np.float32, [2.0, 6.0])
    for seed in (np.ones(2, dtype=complex), "ab", [None, None]):
        with pytest.raises(DtypeError):
            (x * 2).backward(seed)


@pytest.mark.parametrize("node", [Tensor([1.0]), Value(1.0, requires_grad=False), Tensor([1.0]) * 2])
def test_r085_backward_without_a_graph(node: Any) -> None:
    with pytest.raises(GraphError, match="requires a gradient"):
        node.backward()


@pytest.mark.parametrize("make", [Value, lambda x: leaf([x])])
def test_r086_second_backward_is_exact_or_refused_by_name(make: Callable[[float], Any]) -> None:
    x = make(3.0)
    y = x * x
    y.backward()
    y.backward()
    assert float(x.grad) == 12.0
    y.backward(retain_graph=False)
    with pytest.raises(GraphError, match="retain_graph"):
        y.backward()
    assert float(x.grad) == 18.0


def test_r087_kept_graph_accumulates() -> None:
    x = leaf([2.0])
    y = x * x
    seen = []
    for _ in range(2):
        y.backward()
        seen.append(float(x.grad))  # type: ignore[arg-type]
    assert seen == [4.0, 8.0]


@pytest.mark.parametrize("make", [Value, lambda x: leaf([x])])
def test_r088_double_backward(make: Callable[[float], Any]) -> None:
    x = make(3.0)
    (x * x).backward(create_graph=True)
    first = x.grad
    x.zero_grad()
    first.backward()
    assert (float(first), float(x.grad)) == (6.0, 2.0)


def test_r088_double_backward_without_create_graph_is_refused() -> None:
    x = leaf([3.0])
    (x * x).backward()
    with pytest.raises(GraphError, match="requires a gradient"):
        x.grad.backward()  # type: ignore[union-attr]


def normalized(x: Any) -> Any:
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / ((centred * centred).mean(axis=-1, keepdims=True) + 1e-5).sqrt()


def batch_normalized(x: Any) -> Any:
    return (x - x.mean(axis=0)) / (x.var(axis=0) + 1e-5).sqrt()


@pytest.mark.parametrize("layer", [normalized, batch_normalized])
def test_r089_third_order_through_normalization(layer: Callable[[Any], Any]) -> None:
    rng = np.random.default_rng(3)
    x, w, u, v = rng.normal(size=(4, 3, 4))

    def first(t: Any) -> Any:
        return (grad(lambda s: (layer(s) ** 2 * w).sum())(t) * u).sum()

    def second(t: Any) -> Any:
        return (grad(first)(t) * v).sum()

    third = grad(second)(x)
    step = 1e-5
    shift = np.zeros_like(x)
    for place in ((0, 0), (1, 2), (2, 3)):
        shift[:] = 0.0
        shift[place] = step
        numeric = (float(second(x + shift)) - float(second(x - shift))) / (2 * step)
        assert third[place] == pytest.approx(numeric, rel=1e-6, abs=1e-6)


def test_r090_unused_input_has_no_gradient() -> None:
    x, unused = leaf([2.0]), leaf([1.0])
    (x * 2).backward(inputs=[unused])
    assert unused.grad is None
    assert x.grad is None
    assert grad(lambda a, b: a * 2, argnums=1)(2.0, 3.0) == 0.0
    number, other = Value(1.0), Value(2.0)
    (number * 2).backward()
    assert (other.gradient, other.grad) == (None, 0.0)


@pytest.mark.parametrize("data", [[1, 2], [True], ["a"], object(), None])
def test_r091_only_floats_and_complex_numbers_require_a_gradient(data: Any) -> None:
    with pytest.raises(DtypeError, match=r"floating or complex dtype|expected numbers"):
        Tensor(data, requires_grad=True)


def test_r091_requires_grad_is_a_bool() -> None:
    with pytest.raises(DtypeError, match="True or False"):
        leaf([1.0]).requires_grad_("yes")  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [3.5, [3.5], [[3.5]]])
def test_r092_one_element_converts(data: Any) -> None:
    x = Tensor(data)
    assert (float(x), int(x), bool(x), x.item()) == (3.5, 3, True, 3.5)


@pytest.mark.parametrize("data", [[1.0, 2.0], []])
def test_r092_other_sizes_raise(data: Any) -> None:
    x = Tensor(data)
    for convert in (float, int, Tensor.item):
        with pytest.raises(ValueError, match="one element"):
            convert(x)
    with pytest.raises(RuntimeError, match="ambiguous"):
        bool(x)


def test_r092_an_array_would_lose_the_gradient_a_number_is_asked_for() -> None:
    x = leaf([1.0])
    with pytest.raises(GraphError, match="detach"):
        x.numpy()
    with pytest.raises(GraphError, match="detach"):
        np.asarray(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # documented difference: float(loss) does not warn
        assert float(x) == 1.0


# -- custom operations -----------------------------------------------------------------------------------------


def twice(rule: Any) -> Callable[[Any], Any]:
    class Twice(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

    if rule is not None:
        Twice.backward = staticmethod(rule)  # type: ignore[method-assign]
    return Twice.apply


def twice_primitive(rule: Any) -> Any:
    @primitive
    def doubled(x: Any, /) -> Any:
        return x * 2

    if rule is not None:
        doubled.defvjp(lambda g, out, x: rule(None, g))
    return doubled


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("make", [lambda: leaf([1.0, 2.0]), lambda: Value(1.0)])
class TestR093CustomOperations:
    """R093: what a custom operation may do wrong, each with an error that names the op and the argument."""

    def run(self, op: Any, make: Callable[[], Any], create_graph: bool) -> Any:
        x = make()
        y = op(x)
        (y.sum() if isinstance(y, Tensor) else y).backward(create_graph=create_graph)
        return x

    def test_wrong_number(self, make: Any, create_graph: bool) -> None:
        with pytest.raises(GradientError, match=r"Twice.*1 gradients.*got 2"):
            self.run(twice(lambda ctx, g: (g, g)), make, create_graph)

    @pytest.mark.parametrize(("wrap", "name"), [(twice, "Twice"), (twice_primitive, "doubled")])
    def test_wrong_shape(self, wrap: Any, name: str, make: Any, create_graph: bool) -> None:
        with pytest.raises((ShapeError, GradientError), match=rf"rule 0 of {name} .*\(3,\)"):
            self.run(wrap(lambda ctx, g: np.ones(3)), make, create_graph)

    @pytest.mark.parametrize(("wrap", "name"), [(twice, "Twice"), (twice_primitive, "doubled")])
    @pytest.mark.parametrize("junk", ["abc", object()])
    def test_no_array(self, junk: Any, wrap: Any, name: str, make: Any, create_graph: bool) -> None:
        with pytest.raises(GradientError, match=f"rule 0 of {name} to return an array"):
            self.run(wrap(lambda ctx, g: junk), make, create_graph)

    @pytest.mark.parametrize("wrap", [twice, twice_primitive])
    def test_none_is_no_gradient(self, wrap: Any, make: Any, create_graph: bool) -> None:
        assert self.run(wrap(lambda ctx, g: None), make, create_graph).gradient is None

    @pytest.mark.parametrize("wrap", [twice, twice_primitive])
    def test_nan_passes(self, wrap: Any, make: Any, create_graph: bool) -> None:
        x = self.run(wrap(lambda ctx, g: g * float("nan")), make, create_graph)
        assert np.isnan(x.grad.payload if isinstance(x.grad, Node) else x.grad).all()

    @pytest.mark.parametrize("wrap", [twice, twice_primitive])
    def test_no_rule(self, wrap: Any, make: Any, create_graph: bool) -> None:
        with pytest.raises(NotDifferentiableError, match=r"backward|doubled"):
            self.run(wrap(None), make, create_graph)


class DetachedCube(Function):
    """Its backward reads raw numbers, so that nothing can be differentiated a second time."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return g * 3 * (x * x).detach()


def test_r094_detaching_inside_a_backward_fails_the_second_order_check() -> None:
    point = np.array([1.5, -0.5])
    assert check_gradients(DetachedCube.apply, point, order=1)
    assert not check_gradients(DetachedCube.apply, point, order=2)


# -- hooks and failures ----------------------------------------------------------------------------------------


def test_r095_hook_may_replace_the_gradient() -> None:
    x = leaf([1.0])
    x.register_hook(lambda g: g * 10)
    (x * 2).backward()
    assert value_of(x.grad) == [20.0]


@pytest.mark.parametrize("make", [Value, lambda x: leaf([x])])
def test_r095_hooks_run_in_order_and_can_be_removed(make: Callable[[float], Any]) -> None:
    x = make(1.0)
    y = x * 3
    seen: list[str] = []
    first = y.register_hook(lambda g: seen.append("a"))
    y.register_hook(lambda g: seen.append("b") or g * 2)
    y.register_hook(lambda g: seen.append(float(g)))
    y.backward()
    first.remove()
    first.remove()
    y.backward()
    assert seen == ["a", "b", 2.0, "b", 2.0]
    assert float(x.grad) == 12.0


@pytest.mark.parametrize("make", [Value, lambda x: leaf([x])])
def test_r095_r096_failing_hook_leaves_every_gradient_untouched(make: Callable[[float], Any]) -> None:
    x, w = make(1.0), make(2.0)
    inner = x * 3
    y = inner * w
    y.backward()
    before = float(x.grad), float(w.grad)
    handle = inner.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        y.backward()
    assert (float(x.grad), float(w.grad)) == before
    handle.remove()
    y.backward()
    assert (float(x.grad), float(w.grad)) == (2 * before[0], 2 * before[1])


def test_r095_hook_on_what_has_no_gradient_and_of_another_shape() -> None:
    with pytest.raises(GraphError, match="requires a gradient"):
        Tensor([1.0]).register_hook(print)
    x = leaf([1.0, 2.0])
    x.register_hook(lambda g: g[:1])
    with pytest.raises(ShapeError, match=r"\(2,\).*\(1,\)"):
        (x * 2).sum().backward()
    assert x.grad is None


def test_r096_failure_while_the_graph_is_let_go() -> None:
    x = leaf([1.0])
    inner = x * 3
    y = (inner * 2).sum()
    handle = inner.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        y.backward(retain_graph=False)
    handle.remove()
    assert x.grad is None
    with pytest.raises(GraphError, match="retain_graph"):
        y.backward()
    (x * 5).backward()
    assert value_of(x.grad) == [5.0]


def test_r097_backward_inside_a_hook() -> None:
    x, z = leaf([2.0]), leaf([3.0])
    x.register_hook(lambda g: (z * z).backward())
    (x * z).backward()
    assert (value_of(x.grad), value_of(z.grad)) == ([3.0], [8.0])


class InnerBackward(Function):
    """Finds its own derivative by a backward pass inside the backward pass."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        with enable_grad():
            inner = Tensor(x.detach(), requires_grad=True)
            (inner**3).sum().backward()
        return g * inner.grad


def test_r097_backward_inside_a_custom_backward() -> None:
    x = leaf([2.0, -1.0])
    (InnerBackward.apply(x) * x).sum().backward()
    np.testing.assert_allclose(value_of(x.grad), [32.0, -4.0])


def test_r098_a_tensor_as_its_own_seed() -> None:
    x = leaf([1.0, 2.0])
    y = x * x
    y.backward(y)
    assert value_of(x.grad) == [2.0, 16.0]
    assert value_of(y) == [1.0, 4.0]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: (x * x).sum(), [[6.0, 4.0], [2.0, -2.0]]),
        (lambda x: ag.where(x > 0, x, x).sum(), np.ones((2, 2))),
        (lambda x: (ag.concatenate([x, x]) * 3).sum(), np.full((2, 2), 6.0)),
        (lambda x: (x @ x).sum(), [[9.0, 4.0], [6.0, 1.0]]),
        (lambda x: (x - x).sum(), np.zeros((2, 2))),
        (lambda x: (x / x).sum(), np.zeros((2, 2))),
        (lambda x: ag.maximum(x, x).sum(), np.ones((2, 2))),
        (lambda x: ag.stack([x, x, x]).sum(), np.full((2, 2), 3.0)),
        (lambda x: ag.einsum(x, x, subscripts="ij,ij->"), [[6.0, 4.0], [2.0, -2.0]]),
    ],
)
def test_r099_the_same_tensor_twice_in_one_operation(function: Callable[[Any], Any], expected: Any) -> None:
    x = leaf([[3.0, 2.0], [1.0, -1.0]])
    function(x).backward()
    np.testing.assert_allclose(x.grad.payload, expected)  # type: ignore[union-attr]


def test_r099_the_same_argument_twice_in_a_checkpoint() -> None:
    x = Value(2.0)
    ag.checkpoint(lambda a, b: a * a * b, x, x).backward()
    assert x.grad == 12.0


def test_r100_sum_of_a_hundred_thousand_scalars() -> None:
    values = [Value(float(i)) for i in range(100_000)]
    start = time.perf_counter()
    total = sum(values, Value(0.0))
    total.backward()
    assert time.perf_counter() - start < 30
    assert {v.grad for v in values} == {1.0}
    assert total.data == 4999950000.0


# -- copies and files ------------------------------------------------------------------------------------------


def test_r101_copy_of_a_leaf_keeps_its_gradient_apart() -> None:
    x = leaf([1.0, 2.0])
    (x * 2).sum().backward()
    twin = copy.deepcopy(x)
    assert (value_of(twin.grad), twin.requires_grad) == ([2.0, 2.0], True)
    assert not np.shares_memory(twin.payload, x.payload)
    assert not np.shares_memory(twin.grad.payload, x.grad.payload)  # type: ignore[union-attr]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda y: pickle.loads(pickle.dumps(y))])
@pytest.mark.parametrize("make", [Value, lambda x: leaf([x])])
def test_r101_t27_copy_of_a_result_is_a_graph_of_its_own(duplicate: Any, make: Callable[[float], Any]) -> None:
    x = make(3.0)
    x.label = "x"
    y = (x * x * 2.0 + x).tanh() * x
    twin = duplicate(y)
    twin.backward()
    (other,) = {n for n in ag.topological_order(twin) if n.label == "x"}
    assert x.gradient is None
    y.backward()
    assert float(other.grad) == float(x.grad)
    assert float(twin) == float(y)


def test_t27_copy_of_custom_and_checkpointed_graphs() -> None:
    for op in (InnerBackward.apply, lambda t: ag.checkpoint(lambda a: a**3, t)):
        x = leaf([2.0])
        twin = copy.deepcopy(op(x))
        twin.backward()
        (other,) = twin.parents()
        assert (value_of(other.grad), x.grad) == ([12.0], None)
    x = leaf([2.0])
    twin = pickle.loads(pickle.dumps(InnerBackward.apply(x)))
    twin.backward()
    assert value_of(next(twin.parents()).grad) == [12.0]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda y: pickle.loads(pickle.dumps(y))])
def test_t27_mlp_copies_and_pickles(duplicate: Any) -> None:
    model = scalar.MLP(2, [3, 1])
    loss = model([0.5, -1.0]) ** 2
    loss.backward()
    twin, twin_loss = duplicate(model), duplicate(loss)
    assert [(p.data, p.grad) for p in twin.parameters()] == [(p.data, p.grad) for p in model.parameters()]
    before = [p.grad for p in model.parameters()]
    twin_loss.backward()
    assert [p.grad for p in model.parameters()] == before


@pytest.mark.parametrize("count", CHAIN)
@pytest.mark.parametrize("make", [Value, leaf])
def test_t06_r047_deep_chain(make: Callable[[float], Any], count: int) -> None:
    gc.collect()
    x = make(0.5)
    y = x
    for _ in range(count):
        y = y + x
    y.backward()
    assert float(x.grad) == count + 1.0
    twin = copy.deepcopy(y)
    assert float(twin) == float(y)
    loaded = pickle.loads(pickle.dumps(y))
    assert float(loaded) == float(y)
    for other in (twin, loaded):
        order = ag.topological_order(other)
        assert len(order) == count + 1
        assert float(order[0].grad) == count + 1.0  # type: ignore[attr-defined]
        del order
    loaded.backward()
    gc.disable()
    try:
        x.zero_grad()
        alive = nodes_alive()
        del y, twin, loaded, other
        assert alive - nodes_alive() >= 3 * count
    finally:
        gc.enable()


def nodes_alive() -> int:
    return sum(issubclass(type(x), Node) for x in gc.get_objects())  # isinstance would ask torch's lazy modules


class Payload(float):
    """A number that tells when it is let go."""

    alive = 0

    def __new__(cls, x: float) -> "Payload":
        cls.alive += 1
        return super().__new__(cls, x)

    def __del__(self) -> None:
        Payload.alive -= 1


@pytest.mark.parametrize("after_backward", [False, True])
@pytest.mark.parametrize("make", [Value, lambda x: leaf([x])])
def test_t26_r050_graph_is_freed_without_the_collector(make: Callable[[float], Any], after_backward: bool) -> None:
    gc.collect()
    gc.disable()
    try:
        before = nodes_alive()
        x = make(0.5)
        y = ((x * x).tanh() + x.exp() * 3).relu()
        for _ in range(10):
            y = ag.where(y > 0.0, y * x, x - y)
        if after_backward:
            y.backward(create_graph=False)
        del y
        x.zero_grad()
        assert nodes_alive() - before == 1
        x.payload = Payload(1.0) if isinstance(x, Value) else x.payload
        z = x * 2
        del x, z
        assert Payload.alive == 0
        assert nodes_alive() == before
    finally:
        gc.enable()


def test_t26_custom_operations_and_checkpoints_are_freed_without_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        before = nodes_alive()
        for op in (DetachedCube.apply, InnerBackward.apply, lambda t: ag.checkpoint(lambda a: a**3, t)):
            x = leaf([2.0])
            y = op(x).sum()
            y.backward()
            del x, y
            assert nodes_alive() == before
    finally:
        gc.enable()


def test_t26_letting_go_frees_the_graph_while_the_output_lives() -> None:
    gc.collect()
    before = nodes_alive()
    x = Value(0.5)
    y = x
    for _ in range(1000):
        y = y * x
    y.backward(retain_graph=False)
    assert nodes_alive() - before == 2
    assert y.data == 0.5**1001


def test_t26_long_loop_has_flat_memory() -> None:
    w = Value(0.1)
    gc.collect()
    gc.disable()
    try:
        for i in range(20_000):
            if i == 1000:
                start = sys.getallocatedblocks()
            loss = (w * 2.0 - 1.0) ** 2
            loss.backward()
            w.data = w.data - 0.01 * w.grad
            w.zero_grad()
        assert sys.getallocatedblocks() - start < 500
    finally:
        gc.enable()
    assert w.data == pytest.approx(0.5)


# -- finding faults --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [Value, lambda x: leaf([x])])
def test_r102_anomaly_mode_names_the_operation_and_the_line(make: Callable[[float], Any]) -> None:
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"sqrt produced .*nan.*test_cases_engine\.py:\d+"):
        make(-1.0).sqrt()
    with detect_anomaly():
        x = make(0.0)
        y = x.sqrt() * 2
        with pytest.raises(AnomalyError, match=r"backward of sqrt .*input 0 produced .*inf.*test_cases_engine"):
            y.backward()
        assert x.gradient is None


def test_r102_the_origin_of_a_nan_is_found_afterwards() -> None:
    x = Value(-1.0, label="x")
    found = ag.first_nonfinite(x.log() * 2 + 1)
    assert found is not None
    assert found.node.op.name == "log"
    assert ag.first_nonfinite(x * 2) is None


# -- training --------------------------------------------------------------------------------------------------


def test_r103_gradient_penalty_and_inner_step() -> None:
    data = np.array([0.5, -1.0, 2.0])

    def loss(w: Any) -> Any:
        return ((w * data).tanh() ** 2).sum()

    def penalized(w: Any) -> Any:
        return loss(w) + (grad(loss)(w) ** 2).sum()

    def meta(w: Any) -> Any:
        return loss(w - 0.1 * grad(loss)(w))

    w = np.array([0.3, 0.2, -0.4])
    for function in (penalized, meta):
        found = grad(function)(w)
        for i in range(3):
            shift = np.eye(3)[i] * 1e-6
            numeric = (float(function(Tensor(w + shift))) - float(function(Tensor(w - shift)))) / 2e-6
            assert found[i] == pytest.approx(numeric, rel=1e-6, abs=1e-8)


def test_r103_gradient_penalty_by_backward() -> None:
    w = leaf([0.3, -0.2])
    loss = (w**3).sum()
    loss.backward(create_graph=True)
    penalty = (w.grad**2).sum()  # type: ignore[operator]
    w.zero_grad()
    (loss + penalty).backward()
    expected = 3 * w.payload**2 + 36 * w.payload**3
    np.testing.assert_allclose(w.grad.payload, expected)  # type: ignore[union-attr]


def test_r104_nothing_grows_over_a_thousand_steps() -> None:
    w, target = leaf([0.1, 0.2]), Tensor(np.zeros(2))
    gc.collect()
    before = nodes_alive()
    for step in range(1000):
        if step == 100:
            gc.collect()  # it empties the interpreter's stores of small tuples, too
            start = sys.getallocatedblocks()
        ((w * 2 - target) ** 2).sum().backward()
        with no_grad():
            w -= 0.01 * w.grad  # type: ignore[operator]
        w.zero_grad()
        target = (0.9 * target + 0.1 * w).detach()
    gc.collect()
    assert sys.getallocatedblocks() - start < 500
    assert nodes_alive() - before <= 1
    assert (w.requires_grad, w.is_leaf, target.requires_grad) == (True, True, False)


@pytest.mark.parametrize("make", [Value, lambda x: leaf([x])])
def test_r105_adding_up_losses_keeps_their_graphs_and_item_does_not(make: Callable[[float], Any]) -> None:
    w = make(0.5)
    kept: Any = 0.0
    number = 0.0
    for _ in range(20):
        loss = w * w
        kept = kept + loss
        number += loss.item()
    assert len(ag.topological_order(kept)) > 40
    assert float(kept) == pytest.approx(number)


# -- small engines' bugs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [1000.0, -1000.0, 40.0, -40.0])
@pytest.mark.parametrize("name", ["sigmoid", "softplus", "logsigmoid", "tanh", "gelu", "silu", "elu", "mish"])
def test_t23_stable_far_out(name: str, x: float) -> None:
    function = getattr(ag, name)
    for node in (Value(x), leaf([x]), leaf([x], np.float32)):
        function(node).backward()
        assert np.isfinite(float(function(node)))
        assert -1e-15 <= float(node.grad) <= 1.0 + 1e-6


@pytest.mark.parametrize("name", ["logsumexp", "softmax", "log_softmax"])
@pytest.mark.parametrize("row", [[1000.0, -1000.0], [1000.0, 1000.0], [-np.inf, 1.0], [-np.inf, -np.inf]])
def test_t23_softmax_family_far_out(name: str, row: list[float]) -> None:
    x = leaf(row)
    weights = np.array([1.0, 2.0])
    out = getattr(ag, name)(x, axis=-1)
    (out * weights if out.ndim else out).sum().backward()
    assert np.isfinite(x.grad.payload).all()  # type: ignore[union-attr]
    if name == "softmax":
        assert np.isfinite(out.payload).all()


def test_t23_tanh_of_the_lecture_does_not_overflow() -> None:
    x = Value(800.0)
    y = ((2 * x).exp() - 1) / ((2 * x).exp() + 1)  # inf / inf, as IEEE has it; never an OverflowError
    assert np.isnan(y.data)
    assert x.tanh().data == 1.0


@pytest.mark.parametrize("make", [Value, lambda x: leaf([x])])
def test_t25_backward_of_a_leaf_and_of_constants(make: Callable[[float], Any]) -> None:
    x = make(3.0)
    x.backward()
    assert float(x.grad) == 1.0
    constant = make(2.0).detach() * 3 + 1
    assert constant.is_leaf
    with pytest.raises(GraphError):
        constant.backward()
    unused = make(1.0)
    (x * 2).backward()
    assert unused.gradient is None
    assert float(x.grad) == 3.0


def test_t08_same_gradients_in_every_process() -> None:
    program = (
        "import sys; junk = [object() for _ in range(int(sys.argv[1]))]\n"
        "import numpy as np, autograd as ag\n"
        "x = ag.Value(0.1)\n"
        "parts = [x * c for c in (1e16, 3.3, -1e16, 7.7, 1e-3, -2.2)]\n"
        "total = sum(parts, ag.Value(0.0)) + sum(p * p.tanh() for p in parts)\n"
        "total.backward()\n"
        "t = ag.Tensor(np.linspace(-1, 1, 7), requires_grad=True)\n"
        "y = sum((t * c).sin() @ t.exp() for c in (1e8, 3.3, -1e8, 7.7)); y.backward()\n"
        "print(x.grad.hex(), t.grad.payload.tobytes().hex())\n"
    )
    found = set()
    for seed in range(20):
        environment = os.environ | {"PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", program, str(seed * 1111)]
        found.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(found) == 1


# -- the graph never reads data that changed --------------------------------------------------------------------


def test_custom_operations_see_the_values_they_were_recorded_with() -> None:
    x = leaf([2.0])
    y = DetachedCube.apply(x)
    x.data = np.array([5.0])
    y.backward()
    assert value_of(x.grad) == [12.0]
    x = leaf([2.0])
    inner = x * 1.0
    y = DetachedCube.apply(inner)
    inner[0] = 7.0
    with pytest.raises(StaleGraphError, match="DetachedCube"):
        y.backward()


def test_checkpoints_refuse_data_that_changed() -> None:
    w, x = leaf([2.0]), leaf([3.0])
    y = ag.checkpoint(lambda a: a * w * w, x)
    w.data = np.array([5.0])
    with pytest.raises(StaleGraphError, match="checkpoint"):
        y.backward()
    draws = iter([1.0, 2.0])
    y = ag.checkpoint(lambda a: a * next(draws), x)
    with pytest.raises(StaleGraphError, match="compute the same"):
        y.backward()


def test_elements_as_values_refuse_data_that_changed() -> None:
    x = leaf([2.0, 3.0])
    y = x * 2
    first = y.values()[0]
    y[0] = 5.0
    with pytest.raises(StaleGraphError):
        (first * 2).backward()
