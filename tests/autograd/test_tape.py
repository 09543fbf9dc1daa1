"""The tape: replays equal running the program again, bit for bit, and change nothing."""

import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Function, Tensor, Value, checkpoint, no_grad
from autograd.errors import DtypeError, GraphError, NotDifferentiableError, ShapeError
from autograd.tape import Tape
from tests.autograd.test_every_op import DIFFERENTIABLE, call
from tests.op_samples import SAMPLES

FAST = settings(max_examples=150, deadline=None, derandomize=True, database=None)

UNARY = ["tanh", "exp", "sigmoid", "relu", "sin", "cos", "square", "absolute", "log", "sqrt", "softplus"]
BINARY = ["add", "subtract", "multiply", "divide", "power", "maximum", "hypot"]


@st.composite
def programs(draw: st.DrawFn) -> tuple[list[float], list[tuple[Any, ...]]]:
    """Draw leaves and a list of instructions over everything that came before."""
    numbers = st.floats(-4, 4).map(lambda x: round(x, 3))
    leaves = draw(st.lists(numbers, min_size=1, max_size=4))
    steps: list[tuple[Any, ...]] = []
    for count in range(draw(st.integers(1, 12))):
        place = st.integers(0, len(leaves) + count - 1)
        steps.append(
            draw(
                st.one_of(
                    st.tuples(st.sampled_from(UNARY), place),
                    st.tuples(st.sampled_from(BINARY), place, place),
                    st.tuples(st.sampled_from(BINARY), place, st.sampled_from([0.0, 1.0, 2.0, -0.5])),
                )
            )
        )
    return leaves, steps


def run(make: Callable[[float], Any], leaves: list[float], steps: list[tuple[Any, ...]]) -> list[Any]:
    nodes = [make(x) for x in leaves]
    for name, *operands in steps:
        nodes.append(ag.REGISTRY[name](*(nodes[x] if isinstance(x, int) else x for x in operands)))
    return nodes


def bits(x: Any) -> Any:
    """Return a number or an array so that equal means the same bits; all NaN are one."""
    if x is None:
        return None
    if isinstance(x, float):
        return "nan" if math.isnan(x) else struct.pack("d", x)
    flat = np.ravel(x)
    return [bits(float(v)) for v in (flat.view(flat.real.dtype) if np.iscomplexobj(flat) else flat)]


def value_grad(node: Value) -> Any:
    return node.gradient


def tensor_grad(node: Tensor) -> Any:
    return None if node.gradient is None else node.gradient.payload


@FAST
@given(programs(), st.data())
def test_a_replay_of_numbers_is_the_program_run_anew(program: Any, data: st.DataObject) -> None:
    leaves, steps = program
    before = run(Value, leaves, steps)
    before[-1].backward()
    kept = [(node.payload, node.gradient) for node in before]
    tape = Tape(before[-1])
    new = [data.draw(st.floats(-4, 4)) if data.draw(st.booleans()) else x for x in leaves]
    used = [i for i, node in enumerate(before[: len(leaves)]) if node in set(tape.order)]
    tape.forward({before[i]: new[i] for i in used})
    tape.backward()
    after = run(Value, [new[i] if i in used else x for i, x in enumerate(leaves)], steps)
    after[-1].backward()
    slots = set(tape.order)
    for old, fresh in zip(before, after, strict=True):
        if old in slots:
            assert bits(tape.value(old)) == bits(fresh.payload)
            assert bits(tape.grad(old)) == bits(value_grad(fresh))
    assert [(bits(v), bits(g)) for v, g in kept] == [(bits(n.payload), bits(n.gradient)) for n in before]


@FAST
@given(programs(), st.integers(0, 2**16))
def test_a_replay_of_arrays_is_the_program_run_anew(program: Any, seed: int) -> None:
    leaves, steps = program
    rng = np.random.default_rng(seed)
    shapes = [(2, 3), (3,), (2, 1), ()]
    arrays = [rng.normal(size=shapes[i % 4]) + x for i, x in enumerate(leaves)]
    new = [rng.normal(size=a.shape).astype(a.dtype) for a in arrays]

    def make(array: Any) -> Tensor:
        return Tensor(array, requires_grad=True)

    before, after = run(make, arrays, steps), run(make, new, steps)  # type: ignore[arg-type]
    out, expected = before[-1].sum(), after[-1].sum()
    expected.backward()
    tape = Tape(out)
    used = [i for i in range(len(leaves)) if before[i] in set(tape.order)]
    assert bits(tape.forward({before[i]: new[i] for i in used})) == bits(expected.payload)
    tape.backward()
    for i in used:
        assert bits(tape.grad(before[i])) == bits(tensor_grad(after[i]))
        assert before[i].grad is None


@pytest.mark.parametrize(("name", "index"), DIFFERENTIABLE, ids=[f"{n}-{i}" for n, i in DIFFERENTIABLE])
def test_every_operation_can_be_replayed(name: str, index: int) -> None:
    function, inputs = call(name, SAMPLES[name][index])
    new = [np.asarray(x) * 1.0009765625 for x in inputs]  # a step that stays away from kinks

    def run_on(arrays: list[Any]) -> tuple[list[Tensor], Any]:
        leaves = [Tensor(np.asarray(x), requires_grad=True) for x in arrays]
        return leaves, function(*leaves)

    before, y = run_on(inputs)
    after, expected = run_on(new)
    seed = np.random.default_rng(0).standard_normal(expected.shape)
    expected.backward(seed)
    tape = Tape(y)
    assert bits(tape.forward(dict(zip(before, new, strict=True)))) == bits(expected.payload)
    tape.backward(seed)
    for old, fresh in zip(before, after, strict=True):
        assert bits(tape.grad(old)) == bits(tensor_grad(fresh))
        assert tape.value(old).dtype == fresh.dtype


def test_assignments_and_dtypes_are_replayed() -> None:
    def program(x: Tensor, w: Tensor) -> Tensor:
        t = x * 2
        t[0] = w.sum()
        picked = t[np.array([0, 0, 1])] * np.array([1, 2, 3])
        return picked.sum()

    def leaves(a: Any, b: Any) -> tuple[Tensor, Tensor]:
        return Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)

    x, w = leaves([1.0, 2.0], [0.25, 0.125])
    fresh_x, fresh_w = leaves([1.0, 3.0], [5.0, 0.125])
    expected = program(fresh_x, fresh_w)
    expected.backward()
    tape = Tape(program(x, w))
    assert bits(tape.forward({x: [1.0, 3.0], w: [5.0, 0.125]})) == bits(expected.payload)
    tape.backward()
    for old, fresh in ((x, fresh_x), (w, fresh_w)):
        assert tape.grad(old).dtype == np.float32
        assert bits(tape.grad(old)) == bits(tensor_grad(fresh))


def test_nothing_but_the_named_leaf_changes() -> None:
    x, w = Value(2.0), Value(-3.0)
    y = (x * w).tanh()
    tape = Tape(y)
    assert tape.forward({x: 0.5}) == math.tanh(-1.5)
    assert tape.forward() == y.data  # changes do not add up
    assert tape.forward({w: 1}) == math.tanh(2.0)
    assert (x.data, w.data) == (2.0, -3.0)
    assert x.gradient is None


def test_the_layout_is_flat() -> None:
    x = Value(2.0)
    y = (x * 3.0 + x * x).relu() * 3.0
    tape = Tape(y)
    assert [op.name for op, _ in tape.kernels] == ["multiply", "add", "relu"]
    assert tape.kernel.tolist() == [-1, 0, 0, 1, 2, 0]
    assert tape.operands.dtype.kind == tape.start.dtype.kind == "i"
    assert tape.operands[tape.start[1] : tape.start[2]].tolist() == [0, 6]
    assert tape.constants == [3.0, 3.0]


def test_t25_a_leaf_alone() -> None:
    x = Value(2.0)
    tape = Tape(x)
    assert tape.forward({x: 3.0}) == 3.0
    tape.backward(5.0)
    assert tape.grad(x) == 5.0


def test_parameters_and_many_operands() -> None:
    def program(x: Value, w: Value) -> Value:
        return ag.leaky_relu(ag.clip(x, -1.0, w), negative_slope=0.5) * ag.where(True, w, x) * ag.clip(x, None, 4.0)

    x, w = Value(2.0), Value(3.0)
    fresh = [Value(-0.5), Value(0.25)]
    expected = program(*fresh)
    expected.backward()
    tape = Tape(program(x, w))
    assert tape.forward({x: -0.5, w: 0.25}) == expected.data
    tape.backward()
    assert [tape.grad(x), tape.grad(w)] == [leaf.grad for leaf in fresh]


def test_a_result_may_be_held() -> None:
    x = Value(2.0)
    h = x * x
    y = h * 3.0 + x
    tape = Tape(y)
    assert tape.forward({h: 10.0}) == 32.0
    tape.backward()
    assert tape.grad(h) == 3.0
    assert tape.grad(x) == 1.0  # what went through h is cut


def test_a_branch_is_not_seen() -> None:
    def program(x: Value) -> Value:
        return x * 2.0 if x > 0 else x * -1.0

    x = Value(3.0)
    assert Tape(program(x)).forward({x: -3.0}) == -6.0  # the recorded side, as the docstring says


def test_a_comparison_is_a_branch_too() -> None:
    x = Tensor([3.0], requires_grad=True)
    y = ag.where(x > 0, x * 2.0, x * -1.0).sum()
    assert Tape(y).forward({x: [-3.0]}) == -6.0


def test_an_operation_that_chooses_is_followed() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = ag.maximum(x, 1.5).sum()
    tape = Tape(y)
    tape.forward({x: np.array([5.0, 0.0])})
    tape.backward()
    assert tape.grad(x).tolist() == [1.0, 0.0]


def test_a_gradient_is_a_copy() -> None:
    a, b = Tensor([1.0, 2.0], requires_grad=True), Tensor([1.0, 2.0], requires_grad=True)
    tape = Tape((a + b).sum())
    tape.backward()
    tape.grad(a)[0] = 99.0
    assert tape.grad(b).tolist() == [1.0, 1.0]


def test_it_replays_under_no_grad() -> None:
    x = Tensor([2.0], requires_grad=True)
    tape = Tape((x * x).sum())
    with no_grad():
        tape.forward({x: [3.0]})
        tape.backward()
    assert tape.grad(x).tolist() == [6.0]


def test_t38_a_graph_of_both_kinds() -> None:
    x = Tensor([2.0, 3.0], requires_grad=True, dtype="float64")
    a, b = x.values()
    y = Tensor.of([a * b, a]).sum() * 2.0
    tape = Tape(y)
    assert tape.forward({x: [4.0, 5.0]}).item() == 48.0
    tape.backward()
    assert tape.grad(x).tolist() == [12.0, 8.0]
    assert tape.grad(a) == 12.0


class Cube(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        (x,) = ctx.saved_tensors
        return grad * 3 * x * x


@pytest.mark.parametrize("make", [Value, lambda x: Tensor([x], requires_grad=True)])
def test_a_function_is_run_again(make: Any) -> None:
    x = make(2.0)
    y = Cube.apply(x) * 1.0
    tape = Tape(y)
    assert float(np.ravel(tape.forward({x: 3.0 if isinstance(x, Value) else [3.0]}))[0]) == 27.0
    tape.backward()
    assert float(np.ravel(tape.grad(x))[0]) == 27.0
    y.backward()
    assert float(x.grad if isinstance(x, Value) else x.grad.item()) == 12.0  # its context is untouched


def test_a_checkpoint_is_refused_by_name() -> None:
    x = Tensor([2.0], requires_grad=True)
    with pytest.raises(GraphError, match="got checkpoint"):
        Tape(checkpoint(lambda t: t * t, x))


def test_a_released_graph_is_refused() -> None:
    x = Value(2.0)
    y = x * x
    y.backward(retain_graph=False)
    with pytest.raises(GraphError, match="let go"):
        Tape(y)


def test_bad_requests_are_refused_before_anything_changes() -> None:
    x, other = Value(2.0), Value(1.0, label="other")
    tape = Tape(x * x)
    tape.forward({x: 3.0})
    with pytest.raises(GraphError, match="'other', which is no part"):
        tape.forward({other: 1.0})
    with pytest.raises(GraphError, match="got a str"):
        tape.forward({"x": 1.0})
    with pytest.raises(DtypeError):
        tape.forward({x: "3"})
    with pytest.raises(GraphError, match="backward"):
        tape.grad(x)
    assert tape.value(x) == 3.0
    t = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ShapeError, match=r"\(2,\), got \(3,\)"):
        Tape(t * 2.0).forward({t: [1.0, 2.0, 3.0]})
    with pytest.raises(GraphError, match="scalar outputs"):
        Tape(t * 2.0).backward()
    with pytest.raises(GraphError, match="requires a gradient"):
        Tape(Value(1.0, requires_grad=False)).backward()
    with pytest.raises(TypeError, match="got float"):
        Tape(1.0)  # type: ignore[arg-type]


def test_an_operation_without_rule_is_named() -> None:
    @ag.primitive
    def twice(x: Any, /) -> Any:
        return x * 2

    x = Value(1.0)
    tape = Tape(twice(x))
    assert tape.forward({x: 4.0}) == 8.0
    with pytest.raises(NotDifferentiableError, match="twice"):
        tape.backward()


def test_t6_a_deep_graph() -> None:
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y + x
    tape = Tape(y)
    assert tape.forward({x: 2.0}) == 200_002.0
    tape.backward()
    assert tape.grad(x) == 100_001.0
