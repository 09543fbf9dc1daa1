"""T31: the gradient checker has teeth; it fails for each of the classic defects, and says which."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Primitive, exp, matmul, primitive, softmax
from autograd.errors import GradientError
from autograd.testing import assert_gradients, check_gradients

A = np.random.default_rng(3).uniform(0.5, 2.0, (3, 3))


def op(forward: Callable[..., Any], *rules: Any) -> Primitive:
    made = primitive(forward)
    made.defvjp(*rules)
    return made


def test_right_rules_pass() -> None:
    assert check_gradients(lambda x: exp(x) * x, A, order=3)
    assert check_gradients(softmax, A, order=2)
    assert check_gradients(exp, A, mode="complex")


def test_t31_softmax_with_zero_backward() -> None:
    def bad(x: Any, /) -> Any:
        return softmax.forward(x)

    result = check_gradients(op(bad, lambda g, out, x: g * 0.0), A)
    assert not result
    assert "zero" in result.message


def test_t31_upstream_ignored() -> None:
    def bad(x: Any, /) -> Any:
        return np.sin(x)

    result = check_gradients(op(bad, lambda g, out, x: np.cos(x)), A[0])
    assert not result
    assert "upstream" in result.message


def test_t31_factor_two() -> None:
    def bad(x: Any, /) -> Any:
        return x * x

    result = check_gradients(op(bad, lambda g, out, x: g * 4.0 * x), A)
    assert not result
    assert "factor 2" in result.message


def test_t31_transposed_jacobian() -> None:
    def bad(x: Any, /) -> Any:
        return x @ A

    result = check_gradients(op(bad, lambda g, out, x: matmul(g, A)), A[0])
    assert not result
    assert "transposed" in result.message


def test_t31_one_wrong_element() -> None:
    def bad(x: Any, /) -> Any:
        return x * x

    mask = np.ones((3, 3))
    mask[1, 2] = 1.1
    result = check_gradients(op(bad, lambda g, out, x: g * 2.0 * x * mask), A)
    assert not result
    assert "[1, 2]" in result.message


def test_t31_missing_unbroadcast() -> None:
    def bad(x: Any, y: Any, /) -> Any:
        return x * y

    result = check_gradients(op(bad, lambda g, out, x, y: g * y, lambda g, out, x, y: (g * x)[0]), A, A[0])
    assert not result
    assert "input 1" in result.message


def test_sign_kink_mutation_and_report() -> None:
    def bad(x: Any, /) -> Any:
        return np.sin(x)

    assert "sign" in check_gradients(op(bad, lambda g, out, x: -g * np.cos(x)), A).message
    assert "kink" in check_gradients(lambda x: abs(x).sum(), np.array([1.0, 3e-6])).message
    with pytest.raises(AssertionError, match="expected d out"):
        assert_gradients(op(bad, lambda g, out, x: g), A)


def test_detached_second_order_is_found() -> None:
    """R094: a rule that leaves the graph is right at order 1 and wrong at order 2."""

    def bad(x: Any, /) -> Any:
        return x * x * x

    def rule(g: Any, out: Any, x: Any) -> Any:
        return g * 3.0 * getattr(x, "payload", x) ** 2

    cube = op(bad, rule)
    assert check_gradients(cube, A)
    assert not check_gradients(cube, A, order=2)


def test_several_outputs_and_inputs_without_gradient() -> None:
    def picked(x: Any, index: Any, y: Any, times: int) -> Any:
        return x[index] * times, (x[index] * y).sum(), index

    assert check_gradients(picked, A, np.array([0, 2]), A[1], 3, order=2)

    def bad(x: Any, /) -> Any:
        return np.sin(x)

    wrong = op(bad, lambda g, out, x: -g * np.cos(x))
    result = check_gradients(lambda i, x: (x * x, wrong(x)[:, 1:]), 2, A[:2])
    assert result.diagnosis == "sign flipped"
    assert result.mismatch is not None
    assert result.mismatch.input == 1
    assert "d out1[1, 1] / d x[1, 2]" in result.message or "d out1[0, 0] / d x[0, 1]" in result.message
    with pytest.raises(GradientError, match="floats"):
        check_gradients(lambda x: x, 3)
    with pytest.raises(ValueError, match="mode="):
        check_gradients(exp, A, mode="forward")


def test_single_precision() -> None:
    small = A.astype(np.float32)
    assert check_gradients(lambda x: exp(x) * x, small, order=2)
    assert check_gradients(lambda x, y: x @ y, small, A)
    assert check_gradients(lambda x: (x.astype(np.float32) ** 3.0).sum(), A)
    assert check_gradients(lambda x: exp(x.astype(np.float32)), small, order=2)

    def bad(x: Any, /) -> Any:
        return x * x

    cancels = op(bad, lambda g, out, x: g * 2.0 * ((x + 1e5) - 1e5))
    assert check_gradients(cancels, A)
    assert check_gradients(cancels, small).diagnosis == "loses precision"
    assert "float32" in check_gradients(cancels, small).message
    half = op(bad, lambda g, out, x: g * 4.0 * x)
    assert check_gradients(half, small).diagnosis == "off by a constant factor"
    assert not check_gradients(lambda x: half(x.astype(np.float32)), small)


def test_a_primitive_that_is_not_analytic_though_it_says_so() -> None:
    def magnitude(x: Any, /) -> Any:
        return np.abs(x)

    assert check_gradients(op(magnitude, lambda g, out, x: g * np.sign(x)), A - 1.0)


def test_operations_with_several_results() -> None:
    def polar_form(x: Any, y: Any, /) -> Any:
        return np.hypot(x, y), np.arctan2(y, x), np.argsort(x)

    def right(g: Any, out: Any, x: Any, y: Any) -> Any:
        return _sum(g[0] is not None and g[0] * x / out[0], g[1] is not None and -g[1] * y / (out[0] * out[0]))

    def other(g: Any, out: Any, x: Any, y: Any) -> Any:
        return _sum(g[0] is not None and g[0] * y / out[0], g[1] is not None and g[1] * x / (out[0] * out[0]))

    def flipped(g: Any, out: Any, x: Any, y: Any) -> Any:
        return -right(g, out, x, y)

    def half(g: Any, out: Any, x: Any, y: Any) -> Any:
        return 0.5 * right(g, out, x, y)

    def first_only(g: Any, out: Any, x: Any, y: Any) -> Any:
        return _sum(g[0] is not None and g[0] * x / out[0], None)

    def off_the_graph(g: Any, out: Any, x: Any, y: Any) -> Any:
        return right(g, tuple(getattr(o, "payload", o) for o in out), x, y)

    def writes(g: Any, out: Any, x: Any, y: Any) -> Any:
        out[0][...] *= 1.0 + 1e-3
        return right(g, out, x, y)

    assert check_gradients(op(polar_form, right, other), A[0], A[1], order=2)
    expected = [(flipped, "sign flipped"), (half, "off by a constant factor"), (writes, "mutates its input")]
    for rule, name in expected:
        result = check_gradients(op(polar_form, rule, other), A[0], A[1])
        assert result.diagnosis == name
        assert "polar_form" in result.message
    assert "d out1" in check_gradients(op(polar_form, first_only, other), A[0], A[1]).message
    twice = check_gradients(op(polar_form, off_the_graph, other), A[0], A[1], order=2)
    assert (twice.order, twice.diagnosis) == (2, "detached inside backward")


def _sum(*terms: Any) -> Any:
    present = [t for t in terms if t is not None and t is not False]
    return sum(present[1:], present[0]) if present else None
