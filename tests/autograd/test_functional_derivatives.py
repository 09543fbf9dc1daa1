"""Derivatives of functions: nested arguments, custom operations, and any order, against analytic numbers."""

import math
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd as ag
from autograd import (
    Function,
    Tensor,
    Value,
    checkpoint,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    primitive,
    value_and_grad,
    vjp,
)
from autograd.errors import DtypeError, GraphError


def rosenbrock(x: Any) -> Any:
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


# -- T29, T30 --------------------------------------------------------------------------------------------------


def test_t29_second_derivative_of_a_fourth_power() -> None:
    assert grad(grad(lambda x: x**4))(2.0) == 48.0
    assert grad(grad(grad(grad(grad(lambda x: x**4)))))(2.0) == 0.0


def test_t29_five_derivatives_of_a_sine() -> None:
    function: Any = lambda x: x.sin()  # noqa: E731
    for expected in (math.cos, lambda x: -math.sin(x), lambda x: -math.cos(x), math.sin, math.cos):
        function = grad(function)
        assert function(0.7) == pytest.approx(expected(0.7), abs=1e-15)


def test_t29_hessian_of_rosenbrock() -> None:
    x = np.array([1.2, -0.7])
    expected = [[1200 * x[0] ** 2 - 400 * x[1] + 2, -400 * x[0]], [-400 * x[0], 200.0]]
    np.testing.assert_allclose(hessian(rosenbrock)(x), expected)
    np.testing.assert_allclose(hvp(rosenbrock, x, np.array([1.0, -2.0])), np.array(expected) @ [1.0, -2.0])


def test_t29_second_order_through_kinks() -> None:
    x = np.array([2.0, -1.0, 0.5])

    def kinked(t: Any) -> Any:
        return (ag.where(t > 0, t**3, t**2) + t.relu() ** 2).sum() + t.max() ** 3 + (t**2).max()

    np.testing.assert_allclose(grad(kinked)(x), [3 * 4 + 4 + 12 + 4, -2.0, 0.75 + 1.0])
    np.testing.assert_allclose(hessian(kinked)(x), np.diag([12 + 2 + 12 + 2, 2.0, 3.0 + 2.0]))


def test_t30_no_perturbation_confusion() -> None:
    assert grad(lambda x: x * grad(lambda y: x + y)(x))(5.0) == 1.0
    assert jvp(lambda x: x * jvp(lambda y: x + y, (1.0,), (1.0,))[1], (5.0,), (1.0,)) == (5.0, 1.0)
    assert jvp(lambda x: x * jvp(lambda y: x * y, (x,), (1.0,))[1], (5.0,), (1.0,)) == (25.0, 10.0)
    assert grad(lambda x: x * jvp(lambda y: x * y * y, (x,), (1.0,))[1])(2.0) == 24.0
    assert jvp(lambda x: x * grad(lambda y: x * y * y)(x), (2.0,), (1.0,))[1] == 24.0
    found = grad(lambda x: (x * grad(lambda y: (x * y).sum())(x)).sum())(np.array([5.0, 3.0]))
    np.testing.assert_array_equal(found, [10.0, 6.0])


# -- nested arguments ------------------------------------------------------------------------------------------


class Pair(NamedTuple):
    weight: Any
    bias: Any


def test_grad_over_nests() -> None:
    tree = {"a": 2.0, "b": [3.0, (4.0,)], "c": Pair(5.0, 6.0)}
    found = grad(lambda p: p["a"] * p["b"][0] ** 2 + p["c"].weight * p["a"])(tree)
    assert found == {"a": 14.0, "b": [12.0, (0.0,)], "c": Pair(2.0, 0.0)}
    assert isinstance(found["c"], Pair)


def test_value_and_grad_over_nests_of_arrays() -> None:
    tree = {"w": np.array([[1.0, 2.0], [3.0, 4.0]]), "rest": (np.array([1.0, -1.0]), [np.array(2.0)])}

    def function(p: Any) -> Any:
        return ((p["w"] @ p["rest"][0]) ** 2).sum() * p["rest"][1][0]

    value, grads = value_and_grad(function)(tree)
    assert float(value) == 4.0
    np.testing.assert_allclose(grads["w"], [[-4.0, 4.0], [-4.0, 4.0]])
    np.testing.assert_allclose(grads["rest"][0], [-16.0, -24.0])
    np.testing.assert_allclose(grads["rest"][1][0], 2.0)
    assert type(grads["w"]) is np.ndarray


def test_argnums_aux_and_keywords() -> None:
    def function(a: Any, b: Any, *, power: int = 1) -> Any:
        return a * b**power, {"seen": float(b)}

    (value, aux), grads = value_and_grad(function, argnums=(0, 1), has_aux=True)(2.0, 3.0, power=2)
    assert (value, aux, grads) == (18.0, {"seen": 3.0}, (9.0, 12.0))
    assert grad(lambda a, b: a * b, argnums=-1)(2.0, 3.0) == 2.0
    assert grad(lambda a, b: a * b["x"], argnums=1)(2.0, {"x": 3.0}) == {"x": 2.0}


def test_vjp_and_jvp_over_nests() -> None:
    def function(p: Any, q: Any) -> Any:
        return {"product": p["a"] * q[0], "list": [p["a"] + 1, q[0] ** 2]}

    out, pull = vjp(function, {"a": 2.0}, [3.0])
    assert out == {"product": 6.0, "list": [3.0, 9.0]}
    assert pull({"product": 1.0, "list": [5.0, 10.0]}) == ({"a": 8.0}, [62.0])
    assert pull({"product": 1.0, "list": [0.0, 0.0]}) == ({"a": 3.0}, [2.0])
    out, tangent = jvp(function, ({"a": 2.0}, [3.0]), ({"a": 1.0}, [10.0]))
    assert tangent == {"product": 23.0, "list": [1.0, 60.0]}
    with pytest.raises(GraphError, match="3 outputs, got 1"):
        pull(1.0)
    with pytest.raises(GraphError, match="1 primals, got 2"):
        jvp(lambda x: x, (1.0,), (1.0, 2.0))


def test_vjp_and_jvp_are_transposes() -> None:
    rng = np.random.default_rng(0)
    a, x, v, u = rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=4), rng.normal(size=3)

    def function(t: Any) -> Any:
        return (Tensor(a) @ t).tanh() * t.sum()

    _, forward = jvp(function, (x,), (v,))
    _, pull = vjp(function, x)
    (backward,) = pull(u)
    full = jacobian(function)(x)
    np.testing.assert_allclose(forward, full @ v)
    np.testing.assert_allclose(backward, u @ full)
    assert (type(forward), type(backward)) == (np.ndarray, np.ndarray)


@pytest.mark.parametrize(
    ("function", "x", "shape"),
    [
        (lambda x: x @ x.T, np.ones((2, 3)), (2, 2, 2, 3)),
        (lambda x: x.sum(), np.ones((2, 3)), (2, 3)),
        (lambda x: x[:0], np.ones(3), (0, 3)),
        (lambda x: Tensor(np.ones(2)), np.ones(3), (2, 3)),
        (lambda x: x * np.ones(2), np.array(1.0), (2,)),
    ],
)
def test_jacobian_has_the_shapes_of_output_and_input(function: Any, x: Any, shape: tuple[int, ...]) -> None:
    full = jacobian(function)(x)
    assert full.shape == shape
    assert full.dtype == x.dtype


def test_jacobian_and_hessian_of_numbers_and_of_one_argument() -> None:
    assert jacobian(lambda x: x**3)(2.0) == 12.0
    assert hessian(lambda x: x**3)(2.0) == 12.0
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    np.testing.assert_array_equal(jacobian(lambda a, b: a * b, argnums=1)(x, y), np.diag(x))
    np.testing.assert_array_equal(hessian(lambda a, b: (a * b**2).sum(), argnums=1)(x, y), np.diag(2 * x))


def test_third_order_tensor() -> None:
    x = np.array([1.0, 2.0])
    third = jacobian(hessian(lambda t: t[0] ** 2 * t[1] ** 2))(x)
    expected = np.zeros((2, 2, 2))
    expected[0, 0, 1] = expected[0, 1, 0] = expected[1, 0, 0] = 4 * x[1] * 1.0
    expected[0, 1, 1] = expected[1, 0, 1] = expected[1, 1, 0] = 4 * x[0]
    expected[0, 0, 1] = expected[0, 1, 0] = expected[1, 0, 0] = 4 * x[1]
    expected[0, 0, 0] = expected[1, 1, 1] = 0.0
    np.testing.assert_allclose(third, expected)


def test_what_goes_in_comes_out() -> None:
    assert type(grad(lambda x: x * x)(3)) is float
    assert type(grad(lambda x: (x * x).sum())(np.ones(2))) is np.ndarray
    assert isinstance(grad(lambda x: (x * x).sum())(Tensor([1.0])), Tensor)
    assert isinstance(grad(lambda x: x * x)(Value(1.0)), Value)
    assert grad(lambda x: (x * x).sum())(np.ones(2, np.float32)).dtype == np.float32
    assert grad(lambda x: 3.0)(2.0) == 0.0


def test_arguments_are_left_alone_and_outer_graphs_go_on() -> None:
    x, w = Tensor(np.array([1.0, 2.0]), requires_grad=True), Value(2.0)
    inner = grad(lambda t: (t**3).sum())(x)
    inner.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [6.0, 12.0]
    outer = grad(lambda t: t**3 * w)(Value(2.0))
    assert w.gradient is None
    assert float(outer) == 24.0
    plain = np.ones(2)
    grad(lambda t: (t * t).sum())(plain)
    assert plain.tolist() == [1.0, 1.0]


def test_grad_works_under_no_grad() -> None:
    with no_grad():
        assert grad(grad(lambda x: x**3))(2.0) == 12.0
        np.testing.assert_allclose(hessian(lambda x: (x**3).sum())(np.array([1.0, 2.0])), np.diag([6.0, 12.0]))


@pytest.mark.parametrize("function", [lambda x: x * 2, lambda x: "text", lambda x: None])
def test_grad_needs_one_number(function: Any) -> None:
    with pytest.raises(GraphError, match="one number"):
        grad(function)(np.ones(2))


@pytest.mark.parametrize("argument", ["text", None, np.array([1, 2])])
def test_grad_needs_real_numbers(argument: Any) -> None:
    with pytest.raises(DtypeError):
        grad(lambda x: x)(argument)


# -- custom operations at orders 1 to 3 ------------------------------------------------------------------------


class Cube(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * 3 * x * x


class Exp(Function):
    """Saves its output, not its input."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        out = x.exp()
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (out,) = ctx.saved_tensors
        return g * out


class ScaledProduct(Function):
    """Two differentiable arguments, a constant, and an attribute on the context."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any, scale: float) -> Any:
        ctx.save_for_backward(x, y)
        ctx.scale = scale
        return x * y * scale

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, y = ctx.saved_tensors
        return (
            g * y * ctx.scale if ctx.needs_input_grad[0] else None,
            g * x * ctx.scale if ctx.needs_input_grad[1] else None,
            None,
        )


@primitive(elementwise=True)
def cube(x: Any, /) -> Any:
    return x * x * x


cube.defvjp(lambda g, out, x: g * 3 * x * x)


@primitive(elementwise=True)
def exponential(x: Any, /) -> Any:
    return np.exp(x)


exponential.defvjp(lambda g, out, x: g * out)


@primitive
def scaled_product(x: Any, y: Any, /, *, scale: float) -> Any:
    return x * y * scale


scaled_product.defvjp(lambda g, out, x, y, scale: g * y * scale, lambda g, out, x, y, scale: g * x * scale)


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (Cube.apply, [12.0, 12.0, 6.0, 0.0]),
        (cube, [12.0, 12.0, 6.0, 0.0]),
        (lambda x: checkpoint(lambda t: t**3, x), [12.0, 12.0, 6.0, 0.0]),
        (lambda x: checkpoint(Cube.apply, x), [12.0, 12.0, 6.0, 0.0]),
        (lambda x: checkpoint(lambda a, b: a * a * b, x, x), [12.0, 12.0, 6.0, 0.0]),
        (Exp.apply, [math.exp(2.0)] * 4),
        (exponential, [math.exp(2.0)] * 4),
        (lambda x: ScaledProduct.apply(x, x * x, 0.5), [6.0, 6.0, 3.0, 0.0]),
        (lambda x: scaled_product(x, x * x, scale=0.5), [6.0, 6.0, 3.0, 0.0]),
    ],
)
def test_custom_operations_to_third_order(op: Any, expected: list[float]) -> None:
    of_number, of_array = op, lambda x: op(x).sum()
    for want in expected:
        of_number, of_array = grad(of_number), grad(of_array)
        assert of_number(2.0) == pytest.approx(want)
        inner = of_array
        np.testing.assert_allclose(inner(np.array([2.0, 2.0])), [want, want])
        of_array = lambda x, inner=inner: inner(x).sum()  # noqa: E731


def test_custom_operations_with_constants_and_broadcasting() -> None:
    x, y = Tensor(np.array([1.0, 2.0]), requires_grad=True), Tensor(np.array([[3.0]]), requires_grad=True)
    for op in (lambda: ScaledProduct.apply(x, y, 2.0), lambda: scaled_product(x, y, scale=2.0)):
        x.zero_grad()
        y.zero_grad()
        op().sum().backward()
        assert x.grad is not None
        assert y.grad is not None
        assert (x.grad.tolist(), y.grad.tolist()) == ([6.0, 6.0], [[6.0]])
    fixed = Tensor(np.array([3.0, 4.0]))
    x.zero_grad()
    ScaledProduct.apply(x, fixed, 1.0).sum().backward()
    assert x.grad is not None
    assert (x.grad.tolist(), fixed.grad) == ([3.0, 4.0], None)


# -- checkpoint ------------------------------------------------------------------------------------------------


def test_checkpoint_equals_the_plain_function_and_reaches_parameters() -> None:
    rng = np.random.default_rng(1)
    w, b = Tensor(rng.normal(size=(3, 3)), requires_grad=True), Tensor(rng.normal(size=3), requires_grad=True)
    x = Tensor(rng.normal(size=(2, 3)), requires_grad=True)

    def layer(t: Any) -> Any:
        return (t @ w + b).tanh()

    found = []
    for run in (lambda: layer(layer(x)), lambda: checkpoint(layer, checkpoint(layer, x))):
        for p in (w, b, x):
            p.zero_grad()
        out = run()
        (out**2).sum().backward()
        found.append([out.payload, *(p.grad.payload for p in (w, b, x))])  # type: ignore[union-attr]
    for plain, again in zip(*found, strict=True):
        assert np.array_equal(plain, again)


def test_checkpoint_keeps_no_inner_graph_and_obeys_no_grad() -> None:
    x = Tensor([2.0], requires_grad=True)
    out = checkpoint(lambda t: (t * t).exp().sqrt().log(), x)
    assert len(ag.topological_order(out)) == 2
    with no_grad():
        assert not checkpoint(lambda t: t * t, x).requires_grad
    with pytest.raises(DtypeError, match="one Tensor or Value"):
        checkpoint(lambda t: [t], x)
    constant = checkpoint(lambda t, c: t * c, Tensor([1.0]), 3.0)
    assert not constant.requires_grad
