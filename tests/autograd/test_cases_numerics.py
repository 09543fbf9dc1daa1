"""Numerics at edges, cases R001-R043 with T9, T10, T21, T22: the numbers were measured on PyTorch and JAX.

Every elementwise case runs on a Value and on a Tensor.
"""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value

INF, NAN = math.inf, math.nan


def leaf(kind: type, x: float) -> Any:
    return Value(x) if kind is Value else Tensor(np.array(x, dtype=np.float64), requires_grad=True)


def number(x: Any) -> float:
    return float(x.item()) if isinstance(x, Tensor) else float(x)


def run(kind: type, function: Callable[..., Any], *inputs: float) -> tuple[float, ...]:
    """Return the value and the gradient with respect to each input."""
    leaves = [leaf(kind, x) for x in inputs]
    out = function(*leaves)
    out.backward()
    assert all(x.gradient is not None for x in leaves)
    return number(out), *(number(x.grad) for x in leaves)


def gradient(function: Callable[..., Any], *inputs: Any) -> Any:
    """Return the gradient of the summed result for one array, or a list of gradients for several."""
    leaves = [Tensor(np.asarray(x, dtype=np.float64), requires_grad=True) for x in inputs]
    out = function(*leaves)
    out.backward(np.ones(out.shape))
    grads = [x.grad.numpy() for x in leaves]
    assert all(g.shape == x.shape and g.dtype == x.dtype for g, x in zip(grads, leaves, strict=True))
    return grads[0] if len(grads) == 1 else grads


@pytest.fixture(params=[Value, Tensor], ids=["Value", "Tensor"])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


# (case, function, inputs, (value, gradient, ...))
ELEMENTWISE: list[tuple[str, Callable[..., Any], tuple[float, ...], tuple[float, ...]]] = [
    ("R001 sqrt at 0", ag.sqrt, (0.0,), (0.0, INF)),
    ("R002 sqrt of a square at 0", lambda x: ag.sqrt(x * x), (0.0,), (0.0, NAN)),
    ("R004 abs at 0", abs, (0.0,), (0.0, 0.0)),
    ("R004 abs at -0", abs, (-0.0,), (0.0, 0.0)),
    ("R005 sign", ag.sign, (-2.5,), (-1.0, 0.0)),
    ("R005 sign at 0", ag.sign, (0.0,), (0.0, 0.0)),
    ("R005 floor", ag.floor, (2.5,), (2.0, 0.0)),
    ("R005 floor at a step", ag.floor, (2.0,), (2.0, 0.0)),
    ("R005 ceil", ag.ceil, (2.5,), (3.0, 0.0)),
    ("R005 rint, ties to even", ag.rint, (2.5,), (2.0, 0.0)),
    ("R005 trunc", ag.trunc, (-2.5,), (-2.0, 0.0)),
    ("R005 floor-div", lambda x, y: x // y, (7.0, 2.0), (3.0, 0.0, 0.0)),
    ("R006 log at 0", ag.log, (0.0,), (-INF, INF)),
    ("R006 log below 0", ag.log, (-1.0,), (NAN, -1.0)),
    ("R007 log1p at -1", ag.log1p, (-1.0,), (-INF, INF)),
    ("R007 arcsin at 1", ag.arcsin, (1.0,), (math.pi / 2, INF)),
    ("R007 arcsin at -1", ag.arcsin, (-1.0,), (-math.pi / 2, INF)),
    ("R007 arccos at 1", ag.arccos, (1.0,), (0.0, -INF)),
    ("R007 arccos at -1", ag.arccos, (-1.0,), (math.pi, -INF)),
    # PyTorch and JAX say NaN; by choice 4 the branch with zero upstream adds nothing to log(0).
    ("R008 x log x at 0", lambda x: x * ag.log(x), (0.0,), (NAN, -INF)),
    ("R009 square by power at 0", lambda x: x**2, (0.0,), (0.0, 0.0)),
    ("R010 x**0 at 0", lambda x: x**0, (0.0,), (1.0, 0.0)),
    ("R010 x**0 at inf", lambda x: x**0, (INF,), (1.0, 0.0)),
    ("T10 x**1 at 0", lambda x: x**1, (0.0,), (0.0, 1.0)),
    ("T10 x**.5 at 0", lambda x: x**0.5, (0.0,), (0.0, INF)),
    ("R011 0**0", lambda x, y: x**y, (0.0, 0.0), (1.0, 0.0, 0.0)),
    ("R012 0**2", lambda x, y: x**y, (0.0, 2.0), (0.0, 0.0, 0.0)),
    ("R012 0**1", lambda x, y: x**y, (0.0, 1.0), (0.0, 1.0, 0.0)),
    ("R012 0**.5", lambda x, y: x**y, (0.0, 0.5), (0.0, INF, 0.0)),
    ("R012 0**-1", lambda x, y: x**y, (0.0, -1.0), (INF, -INF, -INF)),
    ("R013 (-2)**3", lambda x, y: x**y, (-2.0, 3.0), (-8.0, 12.0, NAN)),
    ("T10 (-2)**-3", lambda x, y: x**y, (-2.0, -3.0), (-0.125, -0.1875, NAN)),
    ("R014 (-8)**(1/3)", lambda x, y: x**y, (-8.0, 1 / 3), (NAN, NAN, NAN)),
    ("T10 (-4)**.5", lambda x: x**0.5, (-4.0,), (NAN, NAN)),
    ("T10 2**3 by both", lambda x, y: x**y, (2.0, 3.0), (8.0, 12.0, 8 * math.log(2))),
    ("T10 2**x", lambda x: 2**x, (3.0,), (8.0, 8 * math.log(2))),
    ("T10 0**x", lambda x: 0**x, (3.0,), (0.0, 0.0)),
    ("T10 0**x at 0", lambda x: 0.0**x, (0.0,), (1.0, 0.0)),
    ("T10 0**x below 0", lambda x: 0.0**x, (-1.0,), (INF, -INF)),
    ("T10 (-2)**x", lambda x: (-2.0) ** x, (3.0,), (-8.0, NAN)),
    ("T10 float64 ** x", lambda x: np.float64(2) ** x, (3.0,), (8.0, 8 * math.log(2))),
    ("T10 0**-1 of an integer exponent", lambda x: x**-1, (0.0,), (INF, -INF)),
    ("R015 zero upstream is no gradient", lambda x: ag.where(x > 0, ag.sqrt(x), 0.0), (0.0,), (0.0, 0.0)),
    ("R015 zero upstream below 0", lambda x: ag.where(x > 0, ag.sqrt(x), 0.0), (-1.0,), (0.0, 0.0)),
    (
        "R016 where twice",
        lambda x: ag.where(x > 0, ag.sqrt(ag.where(x > 0, x, 1.0)), 0.0),
        (0.0,),
        (0.0, 0.0),
    ),
    ("R017 where over exp", lambda x: ag.where(x <= 0, ag.exp(x), 1 + x), (1000.0,), (1001.0, 1.0)),
    ("T22 where over sqrt", lambda x: ag.where(x >= 0, x, ag.sqrt(-x)), (1.0,), (1.0, 1.0)),
    ("T22 where over sqrt at 0", lambda x: ag.where(x < 1, x, ag.sqrt(x)), (0.0,), (0.0, 1.0)),
    ("T22 where over log", lambda x: ag.where(x > 0, ag.log(x), x), (0.0,), (0.0, 1.0)),
    ("T22 where over log, below", lambda x: ag.where(x > 0, ag.log(x), x), (-2.0,), (-2.0, 1.0)),
    ("R020 maximum of a tie", ag.maximum, (2.0, 2.0), (2.0, 0.5, 0.5)),
    ("R020 minimum of a tie", ag.minimum, (2.0, 2.0), (2.0, 0.5, 0.5)),
    ("R020 maximum of x with itself", lambda x: ag.maximum(x, x), (2.0,), (2.0, 1.0)),
    ("R021 relu at 0", ag.relu, (0.0,), (0.0, 0.0)),
    ("T9 relu at -0", ag.relu, (-0.0,), (0.0, 0.0)),
    ("T9 relu below", ag.relu, (-1.0,), (0.0, 0.0)),
    ("T9 relu above", ag.relu, (2.0,), (2.0, 1.0)),
    ("T9 relu swallows no NaN", ag.relu, (NAN,), (NAN, NAN)),
    ("T9 relu(x) - relu(-x) at 0", lambda x: ag.relu(x) - ag.relu(-x), (0.0,), (0.0, 0.0)),
    ("R021 relu6 at 0", ag.relu6, (0.0,), (0.0, 0.0)),
    ("R021 relu6 at 6", ag.relu6, (6.0,), (6.0, 0.0)),
    ("R021 hardtanh at -1", ag.hardtanh, (-1.0,), (-1.0, 0.0)),
    ("R021 hardtanh at 1", ag.hardtanh, (1.0,), (1.0, 0.0)),
    ("R022 clip at the low edge", lambda x: ag.clip(x, -1.0, 1.0), (-1.0,), (-1.0, 1.0)),
    ("R022 clip at the high edge", lambda x: ag.clip(x, -1.0, 1.0), (1.0,), (1.0, 1.0)),
    ("R022 clip outside", lambda x: ag.clip(x, -1.0, 1.0), (1.5,), (1.0, 0.0)),
    ("R022 clip of NaN", lambda x: ag.clip(x, -1.0, 1.0), (NAN,), (NAN, 1.0)),
    ("R023 leaky_relu at 0", lambda x: ag.leaky_relu(x, negative_slope=0.1), (0.0,), (0.0, 0.1)),
    ("R023 elu at 0", ag.elu, (0.0,), (0.0, 1.0)),
    ("R023 elu far below", ag.elu, (-1000.0,), (-1.0, 0.0)),
    ("R023 elu far above", ag.elu, (1000.0,), (1000.0, 1.0)),
    ("R026 softplus at 0", ag.softplus, (0.0,), (math.log(2), 0.5)),
    ("R026 softplus at 800", ag.softplus, (800.0,), (800.0, 1.0)),
    ("R026 softplus at -800", ag.softplus, (-800.0,), (0.0, 0.0)),
    ("R027 sigmoid at 800", ag.sigmoid, (800.0,), (1.0, 0.0)),
    ("R027 sigmoid at -800", ag.sigmoid, (-800.0,), (0.0, 0.0)),
    ("R027 tanh at 800", ag.tanh, (800.0,), (1.0, 0.0)),
    ("R027 tanh at -800", ag.tanh, (-800.0,), (-1.0, 0.0)),
    ("R027 logsigmoid at 800", ag.logsigmoid, (800.0,), (0.0, 0.0)),
    ("R027 logsigmoid at -800", ag.logsigmoid, (-800.0,), (-800.0, 1.0)),
    ("R028 gelu at 0", ag.gelu, (0.0,), (0.0, 0.5)),
    ("R028 gelu at 40", ag.gelu, (40.0,), (40.0, 1.0)),
    ("R028 gelu at -40", ag.gelu, (-40.0,), (0.0, 0.0)),
    ("R028 tanh gelu at 0", lambda x: ag.gelu(x, approximate="tanh"), (0.0,), (0.0, 0.5)),
    ("R028 tanh gelu at 40", lambda x: ag.gelu(x, approximate="tanh"), (40.0,), (40.0, 1.0)),
    ("R028 tanh gelu at -40", lambda x: ag.gelu(x, approximate="tanh"), (-40.0,), (0.0, 0.0)),
    ("R037 arctan2 at the origin", ag.arctan2, (0.0, 0.0), (0.0, 0.0, -0.0)),
    ("R038 1/x at 0", lambda x: 1 / x, (0.0,), (INF, -INF)),
    ("R038 0/0", lambda x, y: x / y, (0.0, 0.0), (NAN, INF, NAN)),
    ("R038 x/x at 0", lambda x: x / x, (0.0,), (NAN, NAN)),
    ("R039 remainder of a negative number", lambda x, y: x % y, (-7.0, 3.0), (2.0, 1.0, 3.0)),
    ("R039 remainder by a negative number", lambda x, y: x % y, (7.0, -3.0), (-2.0, 1.0, 3.0)),
    ("R042 expm1 of a small number", ag.expm1, (1e-20,), (1e-20, 1.0)),
    ("R042 log1p of a small number", ag.log1p, (1e-20,), (1e-20, 1.0)),
]


@pytest.mark.parametrize(
    ("function", "inputs", "expected"), [case[1:] for case in ELEMENTWISE], ids=[case[0] for case in ELEMENTWISE]
)
def test_elementwise_cases(
    kind: type, function: Callable[..., Any], inputs: tuple[float, ...], expected: tuple[float, ...]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = run(kind, function, *inputs)
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-300, nan_ok=True)
    assert all(isinstance(x, float) for x in found)


@pytest.mark.parametrize(
    ("function", "inputs"),
    [(case[1], case[2]) for case in ELEMENTWISE if case[0][:4] not in ("R001", "R002")],
    ids=[case[0] for case in ELEMENTWISE if case[0][:4] not in ("R001", "R002")],
)
def test_a_differentiable_gradient_has_the_same_value_at_the_edge(
    kind: type, function: Callable[..., Any], inputs: tuple[float, ...]
) -> None:
    plain = run(kind, function, *inputs)[1:]
    leaves = [leaf(kind, x) for x in inputs]
    function(*leaves).backward(create_graph=True)
    assert [number(x.grad) for x in leaves] == pytest.approx(list(plain), rel=1e-12, nan_ok=True)


def test_r003_norm_of_the_zero_vector() -> None:
    assert gradient(ag.norm, [0.0, 0.0]).tolist() == [0.0, 0.0]
    rows = gradient(lambda x: ag.norm(x, axis=1), [[0.0, 0.0], [3.0, 4.0]])
    assert rows == pytest.approx(np.array([[0.0, 0.0], [0.6, 0.8]]))
    composed = gradient(lambda x: ag.sqrt(ag.sum(x**2)), [0.0, 0.0])
    assert np.isnan(composed).all()


@pytest.mark.parametrize("order", [1, 2, 3, INF])
def test_r003_norm_of_any_order_at_zero(order: float) -> None:
    assert gradient(lambda x: ag.norm(x, ord=order), [0.0, 0.0]).tolist() == [0.0, 0.0]


def test_r009_every_derivative_of_a_square_at_zero(kind: type) -> None:
    found, derivative = [], lambda x: x**2
    at = 0.0 if kind is Value else np.array(0.0)
    for _ in range(3):
        derivative = ag.grad(derivative)
        found.append(float(derivative(at)))
    assert found == [0.0, 2.0, 0.0]


def test_r012_a_number_to_the_power_of_an_array() -> None:
    found = gradient(lambda y: 0.0**y, [2.0, 0.0, -1.0])
    assert found.tolist() == [0.0, 0.0, -INF]
    found = gradient(lambda x, y: x**y, [0.0, 2.0, 0.0], [2.0, 3.0, 1.0])
    assert found[0].tolist() == [0.0, 12.0, 1.0]
    assert found[1] == pytest.approx(np.array([0.0, 8 * math.log(2), 0.0]))


def test_r014_a_number_never_becomes_complex() -> None:
    for x in ((Value(-8.0) ** (1 / 3)).data, Value(-1.0).sqrt().data, Value(-1.0).log().data):
        assert isinstance(x, float)
        assert math.isnan(x)


TIES = [1.0, 3.0, 3.0]


@pytest.mark.parametrize(
    "function",
    [ag.max, ag.amax, np.max, np.amax, lambda x: ag.max(x, axis=0), lambda x: x.max(axis=-1, keepdims=True)],
)
def test_r018_r019_ties_of_a_maximum_are_split_evenly(function: Callable[..., Any]) -> None:
    assert gradient(function, TIES).tolist() == [0.0, 0.5, 0.5]


@pytest.mark.parametrize("function", [ag.min, ag.amin, np.min, np.amin, lambda x: ag.min(x, axis=0)])
def test_r018_r019_ties_of_a_minimum_are_split_evenly(function: Callable[..., Any]) -> None:
    assert gradient(function, [3.0, 1.0, 1.0]).tolist() == [0.0, 0.5, 0.5]


def test_t21_the_shares_of_ties_sum_to_one() -> None:
    assert gradient(ag.max, np.ones((2, 4))).tolist() == [[0.125] * 4] * 2
    assert gradient(lambda x: ag.max(x, axis=1), [[2.0, 2.0], [1.0, 2.0]]).tolist() == [[0.5, 0.5], [0.0, 1.0]]


def test_r020_the_maximum_of_one_number_twice() -> None:
    x = Tensor(3.0, requires_grad=True)
    ag.max(ag.stack([x, x])).backward()
    assert x.grad.item() == 1.0


def test_r029_logsumexp_of_large_numbers() -> None:
    x = Tensor(np.array([1000.0, 1000.0]), requires_grad=True)
    out = ag.logsumexp(x)
    out.backward()
    assert out.item() == pytest.approx(1000.6931471805599)
    assert x.grad.tolist() == pytest.approx([0.5, 0.5])


def test_r030_logsumexp_of_nothing_but_minus_infinity_has_no_gradient() -> None:
    """Choice 3: zero, where PyTorch and JAX give NaN."""
    assert ag.logsumexp(Tensor([-INF, -INF])).item() == -INF
    assert gradient(ag.logsumexp, [-INF, -INF]).tolist() == [0.0, 0.0]
    assert gradient(ag.logaddexp, -INF, -INF) == [0.0, 0.0]


def test_r031_logsumexp_with_one_minus_infinity() -> None:
    assert gradient(ag.logsumexp, [-INF, 1.0]).tolist() == [0.0, 1.0]
    assert gradient(ag.logaddexp, -INF, 1.0) == [0.0, 1.0]


def test_r032_softmax_of_a_fully_masked_row_gives_zeros() -> None:
    """Choice 3: zeros with finite gradients, where PyTorch and JAX give NaN."""
    rows = [[-INF, -INF], [0.0, 0.0]]
    assert ag.softmax(Tensor(rows)).tolist() == [[0.0, 0.0], [0.5, 0.5]]
    found = gradient(lambda x: ag.softmax(x) * np.array([1.0, 2.0]), rows)
    assert found.tolist() == [[0.0, 0.0], [-0.25, 0.25]]


def test_r032_a_partly_masked_row() -> None:
    assert gradient(lambda x: ag.softmax(x)[0], [0.0, -INF]).tolist() == [0.0, 0.0]
    assert gradient(lambda x: ag.softmax(x)[0], [0.0, 0.0, -INF]).tolist() == [0.25, -0.25, 0.0]


def test_r033_softmax_of_a_huge_difference() -> None:
    assert ag.softmax(Tensor([1e4, 0.0])).tolist() == [1.0, 0.0]
    assert ag.log_softmax(Tensor([1e4, 0.0])).tolist() == [0.0, -1e4]
    assert gradient(lambda x: ag.log_softmax(x)[1], [1e4, 0.0]).tolist() == [-1.0, 1.0]


def test_r034_std_of_constants() -> None:
    assert gradient(ag.std, [2.0, 2.0, 2.0]).tolist() == [0.0, 0.0, 0.0]
    assert gradient(lambda x: ag.std(x, ddof=1), [2.0, 2.0]).tolist() == [0.0, 0.0]
    assert gradient(ag.var, [2.0, 2.0]).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("function", [ag.std, ag.var])
def test_r034_spread_of_one_sample(function: Callable[..., Any]) -> None:
    x = Tensor([2.0], requires_grad=True)
    out = function(x, ddof=1)
    out.backward()
    assert math.isnan(out.item())
    assert math.isnan(x.grad.item())


@pytest.mark.parametrize(
    ("values", "expected"),
    [([2.0, 3.0], [3.0, 2.0]), ([0.0, 2.0, 3.0], [6.0, 0.0, 0.0]), ([0.0, 0.0, 3.0], [0.0, 0.0, 0.0])],
)
def test_r035_prod_with_zeros(values: list[float], expected: list[float]) -> None:
    assert gradient(ag.prod, values).tolist() == expected


def test_r035_second_order_of_prod_with_two_zeros() -> None:
    found = ag.hessian(ag.prod)(np.array([0.0, 0.0, 3.0]))
    assert np.asarray(found).tolist() == [[0.0, 3.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


def test_r037_arctan2_at_the_origin_keeps_the_sign_of_zero() -> None:
    _, by_y, by_x = run(Tensor, ag.arctan2, 0.0, 0.0)
    assert (math.copysign(1, by_y), math.copysign(1, by_x)) == (1.0, -1.0)


def test_r040_normalizing_the_zero_vector_has_a_large_finite_gradient() -> None:
    found = gradient(lambda x: (x / ag.maximum(ag.norm(x), 1e-12))[0], [0.0, 0.0])
    assert found == pytest.approx(np.array([1e12, 0.0]))


def test_r041_large_float32_sums_are_pairwise() -> None:
    assert ag.sum(Tensor(np.ones(2**25, dtype=np.float32))).item() == 2.0**25


def test_r041_half_precision() -> None:
    ones = np.ones(70_000, dtype=np.float16)
    assert ag.sum(Tensor(ones)).item() == INF
    assert ag.mean(Tensor(ones)).item() == 1.0
    assert ag.var(Tensor(ones)).item() == 0.0
    spread = np.where(np.arange(70_000) % 2, 100.0, -100.0).astype(np.float16)
    assert ag.std(Tensor(spread)).item() == 100.0
    x = Tensor(ones, requires_grad=True)
    ag.mean(x).backward()
    assert x.grad.numpy().astype(float).sum() == pytest.approx(1.0, rel=0.01)


def test_t21_ties_of_seventy_thousand_halves() -> None:
    x = Tensor(np.ones(70_000, dtype=np.float16), requires_grad=True)
    ag.max(x).backward()
    assert x.grad.dtype == np.float16
    shares = x.grad.numpy().astype(float)
    assert (shares > 0).all()
    assert shares.sum() == pytest.approx(1.0, rel=0.01)


def test_r041_cumsum_of_float32_is_the_running_sum_of_numpy() -> None:
    tenths = Tensor(np.full(10**6, 0.1, dtype=np.float32))
    assert ag.cumsum(tenths)[-1].item() == pytest.approx(100958, abs=1)


def test_r043_variance_of_data_far_from_zero() -> None:
    noise = np.random.default_rng(0).standard_normal(1000)
    x = Tensor(noise + 1e8, requires_grad=True)
    out = ag.var(x)
    out.backward()
    assert out.item() == pytest.approx(noise.var(), rel=1e-6)
    assert x.grad.numpy() == pytest.approx(2 * (noise - noise.mean()) / 1000, abs=1e-9)


def test_t21_mean_of_nothing_is_nan() -> None:
    x = Tensor(np.zeros(0), requires_grad=True)
    out = ag.mean(x)
    out.backward()
    assert math.isnan(out.item())
    assert x.grad.shape == (0,)


def test_t9_relu_gives_a_float() -> None:
    assert type(Value(-1.0).relu().data) is float
    assert type(Value(-1).relu().data) is float


# -- section 0 ---------------------------------------------------------------------------------------------------


def test_choice_4_zero_upstream_stops_an_infinite_slope_in_every_kind_of_op() -> None:
    assert gradient(lambda x: ag.sqrt(x) * 0.0, [0.0, 4.0]).tolist() == [0.0, 0.0]
    assert gradient(lambda x: ag.log(x)[1], [0.0, 4.0]).tolist() == [0.0, 0.25]
    assert gradient(lambda x: ag.where(np.array([True, False]), ag.log(x), x), [1.0, 0.0]).tolist() == [1.0, 1.0]
    assert gradient(lambda x: ag.prod(x, axis=1)[0], [[1.0, 2.0], [INF, 0.0]]).tolist() == [[2.0, 1.0], [0.0, 0.0]]


def test_choice_4_holds_at_the_second_order() -> None:
    def function(x: Any) -> Any:
        return ag.sum(ag.where(x >= 0, x * x, ag.sqrt(-x)))

    assert np.asarray(ag.hessian(function)(np.array([1.0]))).tolist() == [[2.0]]
    assert ag.grad(ag.grad(lambda x: ag.where(x > 0, ag.log(x), x * x)))(0.0) == 2.0


def gradients_of(function: Any, *inputs: Any) -> list[Any]:
    tensors = [ag.Tensor(np.array(x, dtype=np.float64), requires_grad=True) for x in inputs]
    function(*tensors).sum().backward()
    return [t.grad.tolist() for t in tensors]


def test_r008_xlogy_at_zero() -> None:
    assert ag.xlogy(ag.Tensor(0.0), 0.0).item() == 0.0
    dx, dy = gradients_of(ag.xlogy, 0.0, 0.0)
    assert dx == 0.0
    assert np.isnan(dy)


def test_r024_median_of_an_even_number_is_the_lower_one_and_gets_all() -> None:
    assert gradients_of(ag.median, [4.0, 1.0, 3.0, 2.0]) == [[0.0, 0.0, 0.0, 1.0]]
    assert ag.median(np.array([1.0, np.nan, 0.0])) != ag.median(np.array([1.0, np.nan, 0.0]))
    assert ag.median(np.ones((2, 3)), axis=0, keepdims=True).shape == (1, 3)
    with pytest.raises(ag.errors.ShapeError, match="one or more elements"):
        ag.median(np.zeros((0, 3)), axis=0)
    assert gradients_of(np.median, [4.0, 1.0, 3.0, 2.0]) == [[0.0, 0.0, 0.5, 0.5]]  # NumPy's: the middle two's mean


def test_r025_sort_uses_each_upstream_once_and_has_no_second_order() -> None:
    weights = np.array([1.0, 2.0, 3.0])
    assert gradients_of(lambda x: ag.sort(x) * weights, [2.0, 1.0, 1.0]) == [[3.0, 1.0, 2.0]]
    assert not ag.hessian(lambda x: (ag.sort(x) * weights).sum())(np.array([2.0, 1.0, 1.0])).any()


def test_r036_r060_cumprod_with_a_zero_and_with_nothing() -> None:
    assert gradients_of(ag.cumprod, [2.0, 0.0, 3.0, 4.0]) == [[1.0, 32.0, 0.0, 0.0]]
    assert gradients_of(lambda x: ag.cumprod(x, axis=1), np.zeros((2, 0))) == [[[], []]]


def test_r037_hypot_and_sinc_at_the_origin() -> None:
    assert np.isnan(gradients_of(ag.hypot, 0.0, 0.0)).all()
    assert gradients_of(ag.sinc, 0.0) == [0.0]


def test_r039_truncating_remainder() -> None:
    assert gradients_of(ag.fmod, -7.0, 3.0) == [1.0, 2.0]
