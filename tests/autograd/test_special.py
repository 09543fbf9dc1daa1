"""Special functions against independent references, the compositions against PyTorch, and the edges of both."""

import builtins
import math
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, ops
from autograd.errors import ShapeError
from autograd.testing import assert_gradients
from tests.op_samples.sample import between, named

POINTS = np.concatenate([np.linspace(-6, 6, 121), np.linspace(-1, 1, 41), [1e-300, 1e-8, -1e-8]])


def gradient(function: Any, *inputs: Any) -> list[Any]:
    tensors = [Tensor(np.asarray(x, dtype=float), requires_grad=True) for x in inputs]
    function(*tensors).sum().backward()
    return [t.grad.payload for t in tensors]


# -- error functions ---------------------------------------------------------------------------------------------


def erf_series(x: float) -> Decimal:
    """Sum Abramowitz and Stegun 7.1.6, whose terms are all positive, in 60 digits."""
    d = Decimal(x)
    term = total = d
    for n in range(1, 400):
        term = term * 2 * d * d / (2 * n + 1)
        total += term
        if abs(term) <= abs(total) * Decimal("1e-50"):
            break
    root_pi = Decimal("3.14159265358979323846264338327950288419716939937510582097494459").sqrt()
    return 2 * (-d * d).exp() / root_pi * total


def erfcx_fraction(x: float) -> Decimal:
    """Evaluate Laplace's continued fraction (Abramowitz and Stegun 7.1.14) for ``x >= 3``."""
    d, tail = Decimal(x), Decimal(0)
    for n in range(400, 0, -1):
        tail = Decimal(n) / 2 / (d + tail)
    root_pi = Decimal("3.14159265358979323846264338327950288419716939937510582097494459").sqrt()
    return 1 / (d + tail) / root_pi


def relative(found: float, expected: Decimal) -> float:
    return float(abs(Decimal(float(found)) / expected - 1))


def test_error_functions_to_the_last_digits() -> None:
    with localcontext() as context:
        context.prec = 60
        for x, erf, erfc, erfcx in zip(POINTS, ops.erf(POINTS), ops.erfc(POINTS), ops.erfcx(POINTS), strict=True):
            exact = erf_series(x)
            if x:
                assert relative(erf, exact) < 5e-16
            assert relative(erfc, 1 - exact) < 1e-15
            assert relative(erfcx, (1 - exact) * (Decimal(x) ** 2).exp()) < 2e-15


def test_tails_of_the_error_functions() -> None:
    points = np.linspace(5.0, 26.0, 43)
    with localcontext() as context:
        context.prec = 60
        for x, erfc, erfcx in zip(points, ops.erfc(points), ops.erfcx(points), strict=True):
            scaled = erfcx_fraction(x)
            assert relative(erfcx, scaled) < 1e-15
            assert relative(erfc, scaled * (-(Decimal(x) ** 2)).exp()) < 1e-15
    assert ops.erfcx(1e200) == pytest.approx(1e-200 / math.sqrt(math.pi), rel=1e-15)


@pytest.mark.parametrize(
    "name", ["erf", "erfc", "erfcx", "erfinv", "ndtr", "ndtri", "log_ndtr", "gammaln", "i0e", "polygamma"]
)
def test_single_precision_stays_and_is_good(name: str) -> None:
    x = np.linspace(0.05, 0.95, 50)
    args: tuple[Any, ...] = (2,) if name == "polygamma" else ()
    single = getattr(ops, name)(*args, x.astype("float32"))
    assert single.dtype == np.float32
    expected = getattr(ops, name)(*args, x.astype("float32").astype(float))
    np.testing.assert_allclose(single, expected, rtol=2e-6)


def test_edges_of_the_error_functions() -> None:
    inf, nan = math.inf, math.nan
    np.testing.assert_array_equal(ops.erf(np.array([inf, -inf, nan, 0.0])), [1, -1, nan, 0])
    np.testing.assert_array_equal(ops.erfc(np.array([inf, -inf, nan, 0.0])), [0, 2, nan, 1])
    np.testing.assert_array_equal(ops.erfcx(np.array([inf, -inf, nan, 0.0])), [0, inf, nan, 1])
    np.testing.assert_array_equal(ops.erfinv(np.array([1.0, -1.0, 1.5, nan, 0.0])), [inf, -inf, nan, nan, 0])
    np.testing.assert_array_equal(ops.ndtri(np.array([0.0, 1.0, -0.5, 0.5])), [-inf, inf, nan, 0])
    assert math.copysign(1.0, ops.erf(np.array(-0.0))) == -1.0
    for x, value, slope in [(inf, 1.0, 0.0), (-inf, -1.0, 0.0), (nan, nan, nan), (1e200, 1.0, 0.0)]:  # choice 5
        number = Value(x)
        out = ops.erf(number)
        out.backward()
        np.testing.assert_array_equal([out.data, number.grad], [value, slope])


def test_inverses_undo_their_functions() -> None:
    y = np.concatenate([np.linspace(-0.999, 0.999, 201), [1e-300, 1 - 1e-15]])
    np.testing.assert_allclose(ops.erf(ops.erfinv(y)), y, rtol=1e-15)
    p = 10.0 ** -np.arange(1, 300, 7.0)
    z = ops.ndtri(p)
    np.testing.assert_allclose(ops.log_ndtr(z), np.log(p), rtol=1e-14)
    x = np.linspace(-5, 5, 101)
    np.testing.assert_allclose(ops.logit(ops.sigmoid(x)), x, rtol=1e-13, atol=1e-15)


def test_log_ndtr_far_out() -> None:
    (slope,) = gradient(ops.log_ndtr, [-1e8, -1e3, -5.0, 0.0, 10.0, 40.0])
    assert slope[0] == pytest.approx(1e8, rel=1e-12)
    assert np.isfinite(slope).all()
    assert ops.log_ndtr(np.array(-1e10)) == pytest.approx(-5e19)


# -- gamma and Bessel functions ----------------------------------------------------------------------------------


def test_gamma_functions_against_closed_forms() -> None:
    n = np.arange(1, 20)
    np.testing.assert_allclose(ops.gammaln(n + 1.0), [math.log(math.factorial(k)) for k in n], rtol=1e-14)
    half = np.array(0.5)
    euler = 0.577215664901532860607
    assert ops.digamma(half) == pytest.approx(-euler - 2 * math.log(2), rel=1e-14)  # DLMF 5.4.13
    assert ops.polygamma(1, half) == pytest.approx(math.pi**2 / 2, rel=1e-14)  # DLMF 5.4.15
    x = np.linspace(-2.9, 4.9, 40)
    np.testing.assert_allclose(ops.digamma(x + 1), ops.digamma(x) + 1 / x, rtol=1e-12, atol=1e-13)  # DLMF 5.5.2
    np.testing.assert_allclose(ops.polygamma(1, x + 1), ops.polygamma(1, x) - 1 / x**2, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(ops.gammainc(1.0, x[20:]), -np.expm1(-x[20:]), rtol=1e-13)  # DLMF 8.4.7 with a = 1
    assert ops.zeta(4.0, 1.0) == pytest.approx(math.pi**4 / 90, rel=1e-14)


@pytest.mark.parity
def test_digamma_agrees_with_torch_as_far_as_its_trigamma_goes() -> None:
    import torch

    x = between(0.5, 5, 20)
    theirs = torch.tensor(x, requires_grad=True)
    torch.digamma(theirs).sum().backward()
    np.testing.assert_allclose(ops.digamma(x), torch.digamma(theirs).detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(gradient(ops.digamma, x)[0], theirs.grad.numpy(), rtol=5e-9)


def test_derivative_without_rule_is_nan_not_zero() -> None:
    by_a, by_x = gradient(ops.gammainc, [2.0], [1.0])
    assert np.isnan(by_a).all()
    assert by_x == pytest.approx(math.exp(-1))


def test_bessel_functions_at_zero() -> None:
    for name, slope in [("i0", 0.0), ("i1", 0.5), ("i0e", 0.0), ("i1e", 0.5), ("bessel_j0", 0.0), ("bessel_j1", 0.5)]:
        assert gradient(getattr(ops, name), 0.0)[0] == slope


def test_multigammaln() -> None:
    assert_gradients(lambda x: ops.multigammaln(x, 3), between(2, 4, 3), order=2)
    with pytest.raises(ValueError, match="expected d to be at least 1, got 0"):
        ops.multigammaln(2.0, 0)


def test_order_of_polygamma() -> None:
    with pytest.raises(ValueError, match="expected an order n of polygamma"):
        ops.polygamma(-1, 2.0)


def test_without_scipy_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def absent(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("scipy"):
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ImportError, match=r"pip install 'stepgrad\[scipy\]'"):
        ops.i0(1.0)
    assert ops.erfinv(0.0) == 0.0  # our own


# -- edges of the rest -------------------------------------------------------------------------------------------


def test_edges_follow_torch_and_the_choices() -> None:
    """R008, R018, choice 2."""
    np.testing.assert_array_equal(ops.entr(np.array([0.0, -1.0, 1.0])), [0.0, -math.inf, 0.0])
    assert gradient(ops.entr, 0.0)[0] == math.inf
    assert ops.xlog1py(0.0, -1.0) == 0.0
    assert [float(g) for g in gradient(ops.copysign, 0.0, -1.0)] == [0.0, 0.0]
    assert [float(g) for g in gradient(ops.fmax, 1.0, 1.0)] == [0.5, 0.5]
    assert [float(g) for g in gradient(ops.fmax, math.nan, 1.0)] == [0.0, 1.0]
    assert [float(g) for g in gradient(ops.fmin, 1.0, math.nan)] == [1.0, 0.0]
    assert [float(g) for g in gradient(ops.logaddexp2, -math.inf, -math.inf)] == [0.0, 0.0]
    np.testing.assert_array_equal(gradient(ops.nan_to_num, [math.nan, math.inf, 2.0])[0], [0, 0, 1])
    np.testing.assert_array_equal(gradient(ops.hardsigmoid, [-3.0, 0.0, 3.0])[0], [0, 1 / 6, 0])


def test_predicates() -> None:
    x = np.array([1.0, -0.0, math.nan, math.inf, -math.inf])
    for name in ("isnan", "isinf", "isfinite", "signbit"):
        np.testing.assert_array_equal(getattr(ops, name)(x), getattr(np, name)(x))


def test_errors() -> None:
    with pytest.raises(ShapeError, match="expected an even length along axis -1, got shape"):
        ops.glu(np.ones(3))
    with pytest.raises(ShapeError, match="expected 1 slope or 3"):
        ops.prelu(np.ones((2, 3)), np.ones(2))
    with pytest.raises(ValueError, match="expected rounding_mode"):
        ops.div(1.0, 2.0, rounding_mode="up")
    with pytest.raises(ValueError, match="expected lambd"):
        ops.softshrink(1.0, lambd=-1.0)


# -- compositions against PyTorch --------------------------------------------------------------------------------

F = "nn.functional."
X, Y, Z = between(-4, 4, 4, 6), between(0.5, 2, 4, 6), between(0.5, 2, 6)
COMPOSED: list[tuple[str, str, tuple[Any, ...], dict[str, Any]]] = [
    ("celu", F + "celu", (X,), {"alpha": 1.5}),
    ("selu", F + "selu", (X,), {}),
    ("hardsigmoid", F + "hardsigmoid", (X,), {}),
    ("hardswish", F + "hardswish", (X,), {}),
    ("hardshrink", F + "hardshrink", (X,), {"lambd": 0.7}),
    ("softshrink", F + "softshrink", (X,), {"lambd": 0.7}),
    ("tanhshrink", F + "tanhshrink", (X,), {}),
    ("threshold", F + "threshold", (X,), {"threshold": 0.3, "value": 7.0}),
    ("prelu", F + "prelu", (X, Z), {}),
    ("prelu", F + "prelu", (between(-1, 1, 2, 3, 2), between(0, 1, 3)), {}),
    ("prelu", F + "prelu", (X[0], np.array([0.2])), {}),
    ("rrelu", F + "rrelu", (X,), {}),
    ("glu", F + "glu", (X,), {}),
    ("sub", "sub", (X, Y), {"alpha": 2.0}),
    ("clip", "clamp", (X, Y, Y[::-1] * 1.1), {}),
    ("rsub", "rsub", (X, Y), {"alpha": 2.0}),
    ("addcmul", "addcmul", (X, Y, Z), {"value": 0.5}),
    ("addcdiv", "addcdiv", (X, Y, Z), {"value": 0.5}),
    ("div", "div", (X, Y), {"rounding_mode": None}),
    ("div", "div", (X, Y), {"rounding_mode": "trunc"}),
    ("div", "div", (X, Y), {"rounding_mode": "floor"}),
    ("lerp", "lerp", (X, Y, Z), {}),
    ("deg2rad", "deg2rad", (X,), {}),
    ("rad2deg", "rad2deg", (X,), {}),
    ("ldexp", "ldexp", (X, Y), {}),
    ("float_power", "float_power", (Y, X), {}),
    ("frac", "frac", (X,), {}),
    ("round", "round", (X,), {"decimals": 1}),
    ("round", "round", (X * 100,), {"decimals": -1}),
    ("clamp_min", "clamp_min", (X, Z), {}),
    ("clamp_max", "clamp_max", (X, Z), {}),
    ("multigammaln", "special.multigammaln", (X + 8.0, 3), {}),
]  # fmt: skip


@pytest.mark.parity
@pytest.mark.parametrize(("name", "theirs", "inputs", "params"), COMPOSED, ids=[c[0] for c in COMPOSED])
def test_compositions_agree_with_torch(name: str, theirs: str, inputs: Any, params: Any) -> None:
    import torch

    def leaf(x: Any) -> Any:
        return torch.tensor(x, requires_grad=True) if isinstance(x, np.ndarray) else x

    others = [leaf(x) for x in inputs]
    expected = named(theirs)(*others, **params)
    mine = [Tensor(x, requires_grad=True) if isinstance(x, np.ndarray) else x for x in inputs]
    found = getattr(ops, name)(*mine, **params)
    np.testing.assert_allclose(found.payload, expected.detach().numpy(), rtol=1e-12, atol=1e-13)
    found.sum().backward()
    expected.sum().backward()
    rtol = 1e-7 if name == "hardsigmoid" else 1e-11  # PyTorch's 1 / 6 is in single precision there
    for ours, other in zip(mine, others, strict=True):
        if isinstance(ours, Tensor):
            np.testing.assert_allclose(ours.grad.payload, other.grad.numpy(), rtol=rtol, atol=1e-13)


@pytest.mark.parametrize(("name", "theirs", "inputs", "params"), COMPOSED, ids=[c[0] for c in COMPOSED])
def test_compositions_have_two_derivatives_and_keep_single_precision(
    name: str, theirs: str, inputs: Any, params: Any
) -> None:
    places = [x for x in inputs if isinstance(x, np.ndarray)]
    rest = inputs[len(places) :]
    assert_gradients(lambda *a: getattr(ops, name)(*a, *rest, **params), *places, order=2)
    out = getattr(ops, name)(*[x.astype("float32") for x in places], *rest, **params)
    assert out.dtype == (np.float64 if name == "float_power" else np.float32)
