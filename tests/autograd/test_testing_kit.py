"""The rest of the kit: strict broadcasting, kinks and the policy at them, and the comparison with other libraries."""

import importlib.util
import inspect
from typing import Any

import numpy as np
import pytest

from autograd import REGISTRY, Tensor, Value, no_grad, ops, primitive, record_source
from autograd.errors import ShapeError
from autograd.testing import assert_gradients, check_gradients, compare, kinks, policy, strict_broadcast
from autograd.testing.kinks import AT_A_KINK, _bent


def column(n: int) -> Tensor:
    return Tensor(np.ones((n, 1)), requires_grad=True)


def line(n: int) -> Tensor:
    return Tensor(np.ones(n), requires_grad=True)


def test_strict_broadcast_names_axis_and_line() -> None:
    here = inspect.currentframe().f_lineno + 2  # type: ignore[union-attr]
    with strict_broadcast(), pytest.raises(ShapeError) as caught:
        column(4) - line(4)
    text = str(caught.value)
    assert "subtract" in text
    assert "(4, 1) and (4,)" in text
    assert "operand 0 along axis 1" in text
    assert "operand 1 along axis 0" in text
    assert f"{__file__}:{here}" in text


def test_strict_broadcast_lets_pass_what_is_meant() -> None:
    with strict_broadcast():
        assert (column(4) - column(4)).shape == (4, 1)
        assert (Tensor(np.ones((4, 3))) + line(3)).shape == (4, 3)
        assert (column(4) * Tensor(np.ones((1, 3)))).shape == (4, 3)
        assert (column(4) * 2.0).shape == (4, 1)
        assert ops.softmax(Tensor(np.ones((4, 3)))).shape == (4, 3)
    assert (column(4) - line(4)).shape == (4, 4)


def test_strict_broadcast_holds_for_every_way_to_call_and_with_other_modes() -> None:
    for call in (
        lambda: np.add(column(2), line(2)),
        lambda: ops.maximum(column(2), line(2)),
        lambda: column(2) * np.ones(2),
    ):
        with strict_broadcast(), no_grad(), pytest.raises(ShapeError):
            call()


def test_strict_broadcast_during_a_backward_pass_of_any_order() -> None:
    x = Tensor(np.random.default_rng(0).standard_normal((4, 3)), requires_grad=True)
    with strict_broadcast():
        (ops.log_softmax(x) * ops.var(x, axis=1, keepdims=True)).sum().backward(create_graph=True)
        (x.grad * x.grad).sum().backward()


def test_the_policy_lists_what_has_kinks() -> None:
    assert set(AT_A_KINK) <= {name for name, op in REGISTRY.items() if op.kinks} == set(policy())


@pytest.mark.parametrize("name", sorted(AT_A_KINK))
def test_the_predicates_agree_with_the_slopes(name: str) -> None:
    op = REGISTRY[name]
    params = {"ord": 1} if name == "norm" else {}
    points: dict[str, list[Any]] = {
        "clip": [np.array([-1.0, 0.3, 1.0]), -1.0, 1.0],
        "hypot": [np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 2.0])],
        "std": [np.array([2.0, 2.0])],
        "copysign": [np.array([0.0, 1.0]), np.array([1.0, 1.0])],
        "relu6": [np.array([0.0, 5.0, 6.0])],
    }
    two = op.arity == 2
    args = points.get(name) or (
        [np.array([1.0, 2.0]), np.array([1.0, 3.0])] if two else [np.array([0.0, -1.0, 1.0, 1.0])]
    )
    with np.errstate(all="ignore"):
        masks = AT_A_KINK[name](args, params, op.forward(*args, **params))
        bent = _bent(lambda *a: op.forward(*a, **params), args, 0, op.elementwise)
    assert np.array_equal(masks[0], bent)


def test_kinks_of_an_operation_of_ones_own() -> None:
    @primitive(elementwise=True, kinks="2: 0")
    def beyond(x: Any, /) -> Any:
        return np.maximum(x - 2.0, 0.0)

    beyond.defvjp(lambda g, out, x: g * (x > 2.0))

    @primitive(kinks="where two are equal: both")
    def spread(x: Any, /) -> Any:
        return np.abs(x[:, None] - x).sum()

    spread.defvjp(lambda g, out, x: g * 0.0)
    x = Tensor(np.array([1.0, 2.0, 3.0, 2.0 + 1e-6]), requires_grad=True)
    assert [(k.op, k.index) for k in kinks(beyond(x))] == [("beyond", (1,))]
    y = Tensor(np.array([1.0, 2.0, 1.0]), requires_grad=True)
    assert [k.index for k in kinks(spread(y))] == [(0,), (2,)]


CASES: list[tuple[Any, list[Any], list[tuple[int, tuple[int, ...], float]]]] = [
    (ops.relu, [[-1.0, 0.0, 1.0]], [(0, (1,), 0.0)]),
    (ops.absolute, [[0.0, 2.0]], [(0, (0,), 0.0)]),
    (ops.leaky_relu, [[0.0]], [(0, (0,), 0.01)]),
    (ops.relu6, [[0.0, 3.0, 6.0]], [(0, (0,), 0.0), (0, (2,), 0.0)]),
    (ops.hardtanh, [[-1.0, 0.0, 1.0]], [(0, (0,), 0.0), (0, (2,), 0.0)]),
    (ops.maximum, [[1.0, 2.0], [1.0, 3.0]], [(0, (0,), 0.5), (1, (0,), 0.5)]),
    (ops.max, [[1.0, 3.0, 3.0]], [(0, (1,), 0.5), (0, (2,), 0.5)]),
    (ops.norm, [[0.0, 0.0]], [(0, (0,), 0.0), (0, (1,), 0.0)]),
    (ops.std, [[2.0, 2.0]], [(0, (0,), 0.0), (0, (1,), 0.0)]),
    (ops.sort, [[2.0, 1.0, 2.0]], [(0, (0,), 1.0), (0, (2,), 1.0)]),
    (lambda x: ops.clip(x, -1.0, 1.0), [[-1.0, 0.0, 1.0]], [(0, (0,), 1.0), (0, (2,), 1.0)]),
    (ops.exp, [[0.0]], []),
]


@pytest.mark.parametrize(("function", "inputs", "expected"), CASES)
def test_kinks_are_found_with_the_subgradient_used(function: Any, inputs: Any, expected: Any) -> None:
    y = function(*[Tensor(np.array(x), requires_grad=True) for x in inputs])
    assert [(k.input, k.index, pytest.approx(k.subgradient)) for k in kinks(y)] == expected


def test_kinks_of_a_broadcast_operand_of_numbers_and_with_their_line() -> None:
    x = Tensor(np.zeros((2, 2)), requires_grad=True)
    y = Tensor(np.zeros(2), requires_grad=True)
    assert [(k.input, k.index) for k in kinks(ops.maximum(x, y)) if k.input == 1] == [(1, (0,)), (1, (1,))]
    with record_source():
        (kink,) = kinks(Value(0.0).relu() * 3.0)
    assert kink.subgradient == 0.0
    assert kink.source is not None
    assert kink.source[0] == __file__
    assert "relu, input 0 = 0" in str(kink)


def test_compare_with_numpy() -> None:
    x, y = np.array([[0.3, -0.7]]), np.array([1.5, 2.0])
    assert compare(lambda xp, x, y: xp.tanh(x) * y, x, y, against="numpy")
    assert compare(lambda x: (x * x).sum(), x, against="numpy")
    wrong = compare(lambda xp, x: xp.exp(x) if xp is np else xp.sin(x), x, against="numpy")
    assert not wrong
    assert "value (1, 2): differs" in str(wrong)
    assert "numpy" in str(wrong)


def test_compare_says_plainly_what_is_absent() -> None:
    with pytest.raises(ImportError, match="import name of this package"):
        compare(lambda x: x, np.ones(1), against="autograd")
    with pytest.raises(ValueError, match="one of 'torch'"):
        compare(lambda x: x, np.ones(1), against="tensorflow")
    if importlib.util.find_spec("jax") is None:
        with pytest.raises(ImportError, match="pip install jax"):
            compare(lambda x: x, np.ones(1), against="jax")


@pytest.mark.parity
def test_compare_with_torch() -> None:
    x = np.random.default_rng(0).standard_normal((3, 2))
    assert compare(lambda x: (x.exp() * x).sum(), x)
    assert compare(lambda xp, x: xp.tanh(x) @ x.T, x, against="torch")


def test_a_report_shows_numbers_side_by_side_and_names_the_operation() -> None:
    @primitive
    def damped(x: Any, /) -> Any:
        return x * np.sin(x)

    damped.defvjp(lambda g, out, x: g * ops.sin(x))
    result = check_gradients(lambda x: (damped(x) * 2.0).sum(), np.array([0.5, 1.0]))
    assert result.mismatch is not None
    assert result.mismatch.verdict == "wrong"
    assert result.mismatch.absolute == pytest.approx(abs(result.mismatch.analytic - result.mismatch.numeric))
    assert result.diagnosis == "forgets one path"
    for part in ("damped, input 0", "analytic", "numeric", "ULP", "operand 0 of sin"):
        assert part in result.message


def test_verdicts_kink_and_too_coarse() -> None:
    assert check_gradients(ops.relu, np.array([1.0, 0.0])).mismatch.verdict == "kink"  # type: ignore[union-attr]
    assert check_gradients(ops.absolute, np.array([3e-6])).mismatch.verdict in {"kink", "step too coarse"}  # type: ignore[union-attr]
    coarse = check_gradients(lambda x: ops.sin(x * 3e5), np.array([1.0]))
    assert coarse.mismatch is not None
    assert coarse.mismatch.verdict == "step too coarse"
    assert_gradients(lambda x: ops.sin(x * 3e5), np.array([1.0]), step=1e-10, rtol=1e-2)
