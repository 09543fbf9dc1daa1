"""T31: the gradient checker has teeth; it fails for each of the classic defects, and says which."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Primitive, exp, matmul, primitive, softmax
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
