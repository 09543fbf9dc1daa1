"""Statistics, order, running results and differences: NumPy's and SciPy's numbers, and the edges of CASES.md."""

import itertools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor
from autograd.errors import DtypeError, ShapeError
from autograd.testing import assert_gradients

rng = np.random.default_rng(11)
X = rng.normal(size=(4, 5))
HOLES = X.copy()
HOLES[1, 2] = HOLES[0] = np.nan
METHODS = [
    "linear", "lower", "higher", "midpoint", "nearest",
    "hazen", "weibull", "median_unbiased", "normal_unbiased", "interpolated_inverted_cdf",
]  # fmt: skip


def array(x: Any) -> Any:
    return x.detach().numpy() if isinstance(x, Tensor) else np.asarray(x)


def same(found: Any, expected: Any) -> None:
    found, expected = array(found), np.asarray(expected)
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def gradient(function: Callable[..., Any], x: Any) -> Any:
    leaf = Tensor(np.asarray(x, dtype=float), requires_grad=True)
    function(leaf).sum().backward()
    return leaf.grad.payload


# -- quantiles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_quantiles_are_numpys(method: str) -> None:
    quantiles = (0.0, 0.5, np.array([0.1, 0.25, 0.99, 1.0]), np.linspace(0, 1, 9).reshape(3, 3))
    for q, axis, keepdims in itertools.product(quantiles, (None, 0, -1, (0, 1)), (False, True)):
        options: dict[str, Any] = {"axis": axis, "method": method, "keepdims": keepdims}
        same(np.quantile(Tensor(X), q, **options), np.quantile(X, q, **options))
        same(ag.percentile(X, np.multiply(q, 100), **options), np.percentile(X, np.multiply(q, 100), **options))


@pytest.mark.parametrize("method", METHODS)
def test_gradients_of_quantiles(method: str) -> None:
    assert_gradients(lambda x: ag.quantile(x, np.array([0.2, 0.7]), axis=0, method=method), X, mode="central")


def test_a_quantile_may_be_differentiated_by_q() -> None:
    assert_gradients(lambda x, q: ag.quantile(x, q, axis=1), X, np.array([0.1, 0.6]), order=2, mode="central")


def test_quantiles_with_nan_and_infinity() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for axis in (None, 0, 1):
            same(np.nanquantile(Tensor(HOLES), [0.2, 0.8], axis=axis), np.nanquantile(HOLES, [0.2, 0.8], axis=axis))
            same(np.nanpercentile(Tensor(HOLES), 30, axis=axis), np.nanpercentile(HOLES, 30, axis=axis))
            same(np.quantile(Tensor(HOLES), 0.5, axis=axis), np.quantile(HOLES, 0.5, axis=axis))
            same(np.median(Tensor(HOLES), axis=axis), np.median(HOLES, axis=axis))
            same(np.nanmedian(Tensor(HOLES), axis=axis), np.nanmedian(HOLES, axis=axis))
    assert ag.quantile(np.array([math.inf, 1.0, math.inf]), 0.75) == math.inf
    assert ag.quantile(np.array([math.inf, 1.0]), 0.5, method="lower") == 1.0
    assert not gradient(lambda x: ag.nanquantile(x, 0.5, axis=1), HOLES)[0].any()


def test_quantiles_refuse() -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        ag.quantile(X, 1.5)
    with pytest.raises(ValueError, match="linear"):
        ag.quantile(X, 0.5, method="guess")
    with pytest.raises(ShapeError, match="one or more"):
        ag.quantile(np.zeros(0), 0.5)
    with pytest.raises(ShapeError, match="one or more"):
        ag.nanmedian(np.zeros(0))
    with pytest.raises(DtypeError, match="order"):
        ag.quantile(X + 1j, 0.5)


def test_r024_nanmedian_is_the_lower_one() -> None:
    assert ag.nanmedian(np.array([4.0, np.nan, 1.0, 3.0, 2.0])) == 2.0
    assert gradient(ag.nanmedian, [4.0, np.nan, 1.0]).tolist() == [0.0, 0.0, 1.0]
    assert ag.nanmedian(HOLES, axis=1, keepdims=True).shape == (4, 1)
    assert ag.median(np.array(3.0), axis=0) == 3.0


# -- without NaN, moments -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
@pytest.mark.parametrize("name", ["nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nanmax", "nanmin"])
def test_reductions_without_nan_are_numpys(name: str, axis: Any) -> None:
    function = getattr(np, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(function(Tensor(HOLES), axis=axis), function(HOLES, axis=axis))
        kept = function(Tensor(HOLES.astype("f4")), axis=axis, keepdims=True)
        assert kept.shape == function(HOLES, axis=axis, keepdims=True).shape
        assert kept.dtype == np.float32
    found = gradient(lambda x: function(x[1:], axis=axis), HOLES)
    assert np.isfinite(found).all()
    assert found[1, 2] == 0.0


@pytest.mark.parametrize("name", ["nanmean", "nanvar", "nanstd", "nanprod", "nancumsum", "nancumprod"])
def test_gradients_without_nan(name: str) -> None:
    there = ~np.isnan(HOLES[1:])
    function = getattr(ag, name)

    def with_holes(x: Any) -> Any:
        return function(ag.where(there, x, np.nan), axis=0)

    assert_gradients(with_holes, X[1:], order=2, mode="central")


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_running_results_without_nan(axis: Any) -> None:
    same(np.nancumsum(Tensor(HOLES), axis=axis), np.nancumsum(HOLES, axis=axis))
    same(np.nancumprod(Tensor(HOLES), axis=axis), np.nancumprod(HOLES, axis=axis))


def test_t21_deviation_of_constants_has_no_gradient() -> None:
    assert not gradient(ag.nanstd, np.ones(3)).any()
    assert not gradient(lambda x: ag.std_mean(x)[0], np.ones(3)).any()


def test_average_is_numpys() -> None:
    cube, weights = rng.normal(size=(4, 3, 5)), rng.random((5, 4))
    same(np.average(Tensor(cube), axis=(2, 0), weights=weights), np.average(cube, axis=(2, 0), weights=weights))
    same(np.average(Tensor(X), axis=1, weights=np.arange(5.0)), np.average(X, axis=1, weights=np.arange(5.0)))
    for weights in (None, X[:, 0] ** 2):
        found = np.average(Tensor(X), axis=0, weights=weights, returned=True)
        for one, other in zip(found, np.average(X, axis=0, weights=weights, returned=True), strict=True):
            same(one, other)
    assert_gradients(lambda x, w: ag.average(x, axis=1, weights=w), X, rng.random(5) + 1.0, order=2, mode="central")
    with pytest.raises(ShapeError, match="weights of shape"):
        ag.average(X, axis=0, weights=np.ones(5))


def test_covariances_are_numpys() -> None:
    t = Tensor(X)
    options: list[dict[str, Any]] = [
        {},
        {"rowvar": False},
        {"bias": True},
        {"ddof": 0},
        {"fweights": np.array([1, 2, 1, 3, 1])},
        {"aweights": np.linspace(0.1, 0.5, 5)},
        {"fweights": np.array([1, 2, 1, 3, 1]), "aweights": np.linspace(0.1, 0.5, 5)},
    ]
    for option in options:
        same(np.cov(t, **option), np.cov(X, **option))
    same(np.cov(t[0]), np.cov(X[0]))
    same(np.cov(t[0], t[1]), np.cov(X[0], X[1]))
    same(np.corrcoef(t), np.corrcoef(X))
    same(np.corrcoef(t, t[:2] ** 2), np.corrcoef(X, X[:2] ** 2))
    same(ag.cov(X + 1j * X[::-1]), np.cov(X + 1j * X[::-1]))
    assert ag.cov(X.astype("f4")).dtype == np.float32


def test_range() -> None:
    same(np.ptp(Tensor(X), axis=0), np.ptp(X, axis=0))
    assert gradient(ag.ptp, [1.0, 3.0, 3.0]).tolist() == [-1.0, 0.5, 0.5]


# -- order --------------------------------------------------------------------------------------------------------


def test_r025_each_of_equal_elements_gets_one_gradient() -> None:
    weights = np.array([1.0, 2.0, 3.0])
    assert gradient(lambda x: ag.sort(x, descending=True) * weights, [1.0, 2.0, 1.0]).tolist() == [2.0, 1.0, 3.0]
    assert gradient(lambda x: ag.topk(x, 2).values * weights[:2], [1.0, 2.0, 2.0]).tolist() == [0.0, 1.0, 2.0]


def test_order_puts_nan_last_and_first_when_descending() -> None:
    x = np.array([1.0, np.nan, 2.0])
    assert ag.argsort(x).tolist() == [0, 2, 1]
    assert ag.argsort(x, descending=True).tolist() == [1, 2, 0]
    assert ag.topk(x, 1).indices.tolist() == [1]


def test_equal_elements_keep_their_order_either_way() -> None:
    x = rng.integers(0, 3, size=(3, 20)).astype(float)
    for axis in (0, 1):
        order = ag.argsort(x, axis=axis, descending=True)
        assert order.tolist() == np.argsort(-x, axis=axis, kind="stable").tolist()
        assert np.array_equal(ag.sort(x, axis=axis, descending=True), np.take_along_axis(x, order, axis))


def test_sort_without_an_axis_flattens_and_a_number_is_sorted() -> None:
    same(ag.sort(X, axis=None), np.sort(X, axis=None))
    assert gradient(ag.sort, 3.0) == 1.0
    assert ag.argsort(X, axis=None).shape == (20,)


def test_places_are_constants() -> None:
    t = Tensor(X, requires_grad=True)
    for places in (ag.argsort(t), ag.argmax(t, axis=0), ag.argmin(t), ag.topk(t, 2).indices, ag.count_nonzero(t)):
        assert places.dtype.kind == "i"
        assert not places.requires_grad


def test_mode_is_the_smallest_of_the_most_frequent_at_its_last_place() -> None:
    found = ag.mode(np.array([3.0, 1.0, 3.0, 1.0, 2.0]))
    assert (float(found.values), int(found.indices)) == (1.0, 3)
    assert gradient(lambda x: ag.mode(x).values, [3.0, 1.0, 3.0, 1.0]).tolist() == [0.0, 0.0, 0.0, 1.0]
    with pytest.raises(ShapeError, match="one or more"):
        ag.mode(np.zeros((2, 0)))


def test_ranks_outside_the_axis_are_refused() -> None:
    with pytest.raises(ShapeError, match="from 0 to 5"):
        ag.topk(X, 6)
    with pytest.raises(ShapeError, match="from 1 to 5"):
        ag.kthvalue(X, 0)


# -- running results ----------------------------------------------------------------------------------------------


def test_running_extremes_take_the_latest_of_equals() -> None:
    values, places = ag.cummax(np.array([1.0, 3.0, 3.0, 2.0]), 0)
    assert values.tolist() == [1.0, 3.0, 3.0, 3.0]
    assert places.tolist() == [0, 1, 2, 2]
    assert gradient(lambda x: ag.cummin(x, 0).values, [2.0, 2.0, 3.0]).tolist() == [1.0, 2.0, 0.0]
    assert np.isnan(ag.cummax(np.array([1.0, np.nan, 2.0]), 0).values).tolist() == [False, True, True]


@pytest.mark.parametrize("zeros", [[], [1], [0, 2], [0, 1, 2, 3]])
def test_r035_r036_products_with_zeros_to_second_order(zeros: list[int]) -> None:
    x = np.array([2.0, -1.5, 3.0, 0.5])
    x[zeros] = 0.0
    weights = rng.normal(size=4)
    assert_gradients(lambda x: ag.cumprod(x) * weights, x, order=2, mode="central")
    assert_gradients(ag.prod, x, order=2, mode="central")
    twice = ag.hessian(ag.prod)(x)
    others = [[0.0 if i == j else np.prod(np.delete(x, [i, j])) for j in range(4)] for i in range(4)]
    np.testing.assert_allclose(array(twice), others, atol=1e-12)


def test_r036_the_gradient_of_a_running_product() -> None:
    assert gradient(ag.cumprod, [2.0, 0.0, 3.0, 4.0]).tolist() == [1.0, 32.0, 0.0, 0.0]


def test_running_results_of_a_number_and_of_nothing() -> None:
    for function in (ag.cumsum, ag.cumprod, ag.logcumsumexp):
        assert function(np.array(2.0), axis=0).shape == ()
        assert gradient(lambda x, f=function: f(x, axis=-1), 2.0) == 1.0
        assert gradient(lambda x, f=function: f(x, axis=0), np.zeros((0, 2))).shape == (0, 2)
    assert ag.cummax(np.array(2.0), 0).indices.shape == ()


def test_r029_r030_running_logarithms_do_not_overflow() -> None:
    x = np.array([-np.inf, 1000.0, 1000.0, -1000.0])
    found = ag.logcumsumexp(x, axis=0)
    assert found.tolist() == [-np.inf, 1000.0, 1000.0 + math.log(2.0), 1000.0 + math.log(2.0)]
    np.testing.assert_allclose(gradient(lambda x: ag.logcumsumexp(x, axis=0)[1:], x), [0.0, 2.0, 1.0, 0.0])
    assert gradient(lambda x: ag.logcumsumexp(x, axis=0), [-np.inf, -np.inf]).tolist() == [0.0, 0.0]
    same(np.logaddexp.accumulate(Tensor(X)), np.logaddexp.accumulate(X))


def test_a_linear_recurrence_is_its_loop() -> None:
    a, b = rng.normal(size=(2, 3, 6))
    state, expected = np.zeros(3), []
    for t in range(6):
        state = a[:, t] * state + b[:, t]
        expected.append(state)
    same(ag.linear_recurrence(a, b), np.stack(expected, axis=1))


def test_dtype_of_a_reduction() -> None:
    x = Tensor(X.astype("f4"), requires_grad=True)
    for function in (ag.sum, ag.mean, ag.prod, ag.cumsum, ag.cumprod, ag.softmax, ag.log_softmax, ag.softmin):
        x.zero_grad()
        out = function(x, axis=0, dtype=np.float64)
        same(out, function(X.astype("f4").astype("f8"), axis=0))
        out.sum().backward()
        assert x.grad.dtype == np.float32
    assert ag.mean(np.array([1, 2]), dtype=np.float64) == 1.5


# -- differences --------------------------------------------------------------------------------------------------


def test_differences_are_numpys() -> None:
    t = Tensor(X)
    for n, axis in itertools.product((0, 1, 2, 6), (0, -1)):
        same(np.diff(t, n, axis=axis), np.diff(X, n, axis=axis))
    same(np.diff(t, prepend=0, append=1.0), np.diff(X, prepend=0, append=1.0))
    same(np.diff(t, axis=0, prepend=X[:2]), np.diff(X, axis=0, prepend=X[:2]))
    same(np.ediff1d(t, to_end=[1.0, 2.0], to_begin=9.0), np.ediff1d(X, to_end=[1.0, 2.0], to_begin=9.0))
    assert ag.diff(np.array([True, True, False])).tolist() == [False, True]
    with pytest.raises(ShapeError, match="one axis"):
        ag.diff(np.array(1.0))
    with pytest.raises(ValueError, match="0 or more"):
        ag.diff(X, -1)


@pytest.mark.parametrize("edge_order", [1, 2])
def test_slopes_are_numpys(edge_order: int) -> None:
    places = np.array([0.0, 1.0, 3.0, 4.0, 9.0])
    for spacing in ((), (2.0,), (2.0, places)):
        found = np.gradient(Tensor(X), *spacing, edge_order=edge_order)
        for one, other in zip(found, np.gradient(X, *spacing, edge_order=edge_order), strict=True):
            same(one, other)
    same(np.gradient(Tensor(X), 0.5, axis=1), np.gradient(X, 0.5, axis=1))
    assert_gradients(lambda f, h: ag.gradient(f, h, axis=1, edge_order=edge_order), X, places, order=2, mode="central")


def test_slopes_refuse() -> None:
    with pytest.raises(ShapeError, match="3 or more samples"):
        ag.gradient(np.zeros(2), edge_order=2)
    with pytest.raises(ShapeError, match="5 coordinates"):
        ag.gradient(X, np.zeros(3), axis=1)
    with pytest.raises(TypeError, match="one for each of 2"):
        ag.gradient(X, 1.0, 2.0, 3.0)
    with pytest.raises(ValueError, match="edge_order"):
        ag.gradient(X, edge_order=3)


def test_integrals_are_numpys_and_scipys() -> None:
    integrate = pytest.importorskip("scipy.integrate")
    x = np.arange(5.0) ** 2
    same(np.trapezoid(Tensor(X), axis=0, dx=0.3), np.trapezoid(X, axis=0, dx=0.3))
    same(np.trapezoid(Tensor(X), x), np.trapezoid(X, x))
    same(ag.cumulative_trapezoid(X, x), integrate.cumulative_trapezoid(X, x))
    same(
        ag.cumulative_trapezoid(X, axis=0, dx=0.3, initial=0),
        integrate.cumulative_trapezoid(X, axis=0, dx=0.3, initial=0),
    )


def test_interpolation_is_numpys() -> None:
    xp, fp = np.sort(rng.normal(size=6)), rng.normal(size=6)
    x = np.concatenate([rng.normal(size=9) * 2, xp, [np.nan]])
    f = Tensor(fp)
    for option in ({}, {"left": -7.0, "right": 8.0}, {"period": 1.3}):
        same(np.interp(x, xp, f, **option), np.interp(x, xp, fp, **option))
    same(np.interp(x[:-1], xp[:1], f[:1]), np.interp(x[:-1], xp[:1], fp[:1]))
    same(np.interp(0.3, xp, f), np.interp(0.3, xp, fp))
    inside = xp[:-1] + 0.3 * np.diff(xp)
    assert_gradients(ag.interp, inside, xp, fp, order=2, mode="central")
    with pytest.raises(ShapeError, match="one shape"):
        ag.interp(x, xp, fp[1:])
    with pytest.raises(ValueError, match="period"):
        ag.interp(x, xp, fp, period=0)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("sizes", [(5, 3), (3, 5), (4, 2), (2, 4), (6, 4), (4, 6), (3, 3), (4, 4), (1, 3)])
def test_convolutions_of_lines_are_numpys(sizes: tuple[int, int], mode: Any) -> None:
    a, b = (rng.normal(size=n) for n in sizes)
    same(np.convolve(Tensor(a), b, mode), np.convolve(a, b, mode))
    same(np.correlate(Tensor(a), b, mode), np.correlate(a, b, mode))
    assert_gradients(lambda a, b: ag.correlate(a, b, mode), a, b, order=2, mode="central")


# -- segments, representation -------------------------------------------------------------------------------------


@pytest.mark.parametrize("reduce", ["sum", "mean", "prod", "max", "min"])
def test_segments_are_reduced_one_by_one(reduce: str) -> None:
    function = {"max": np.max, "min": np.min, "prod": np.prod, "sum": np.sum, "mean": np.mean}[reduce]
    expected = np.stack([function(X[a:b], axis=0) for a, b in ((0, 1), (1, 4))])
    same(ag.segment_reduce(X, reduce, lengths=[1, 3]), expected)
    same(ag.segment_reduce(X, reduce, offsets=[0, 1, 4]), expected)
    assert_gradients(lambda x: ag.segment_reduce(x, reduce, lengths=[1, 3]), X, order=2, mode="central")
    empty = {"max": -math.inf, "min": math.inf, "prod": 1.0, "sum": 0.0, "mean": math.nan}[reduce]
    assert np.array_equal(ag.segment_reduce(X, reduce, lengths=[0, 4])[0], np.full(5, empty), equal_nan=True)
    assert np.array_equal(ag.segment_reduce(X, reduce, lengths=[0, 4], initial=2.0)[0], np.full(5, 2.0))


def test_segments_must_make_up_the_axis() -> None:
    with pytest.raises(ShapeError, match="make up"):
        ag.segment_reduce(X, "sum", lengths=[1, 2])
    with pytest.raises(ShapeError, match="segments of shape"):
        ag.segment_reduce(X, "sum", lengths=[1, 3], axis=1)
    with pytest.raises(ValueError, match="either"):
        ag.segment_reduce(X, "sum")
    with pytest.raises(ValueError, match="among"):
        ag.segment_reduce(X, "median", lengths=[4])


def test_mantissas_and_neighbours() -> None:
    x = np.array([5e-324, 1e-310, 0.0, -0.0, np.inf, -np.inf, np.nan, 3.7, -8.0, 1e308])
    for one, other in zip(ag.frexp(x), np.frexp(x), strict=True):
        same(one, other)
    assert gradient(lambda x: ag.frexp(x)[0], [3.0, 0.25]).tolist() == [0.25, 2.0]
    for y in (np.inf, -np.inf, 0.0, 1.0):
        same(ag.nextafter(x, y), np.nextafter(x, y))
    assert gradient(lambda x: ag.nextafter(x, 9.0), [1.0, 2.0]).tolist() == [1.0, 1.0]


def test_slices_above_a_norm_are_shrunk() -> None:
    x = np.array([[3.0, 4.0], [0.3, 0.4]])
    np.testing.assert_allclose(np.linalg.norm(ag.renorm(x, 2, 0, 1.0), axis=1), [1.0, 0.5], rtol=1e-6)
    assert_gradients(lambda x: ag.renorm(x, 2, 0, 1.0), x, order=2, mode="central")
    with pytest.raises(ShapeError, match="two or more axes"):
        ag.renorm(np.ones(3), 2, 0, 1.0)
