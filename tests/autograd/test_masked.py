"""``autograd.masked``: what is left out counts for nothing and gets no gradient, whatever it holds."""

import inspect
import math
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, masked
from autograd.errors import ShapeError
from autograd.testing import assert_gradients

rng = np.random.default_rng(3)
X = rng.normal(size=(3, 4))
MASK = np.array([[True, True, False, True], [False, True, True, True], [True, True, True, True]])
POISON = np.where(MASK, X, np.nan)

REDUCTIONS = {
    "sum": np.sum,
    "prod": np.prod,
    "amax": np.max,
    "amin": np.min,
    "mean": np.mean,
    "var": lambda row: np.var(row, ddof=1),
    "std": lambda row: np.std(row, ddof=1),
    "norm": np.linalg.norm,
    "logsumexp": lambda row: np.log(np.sum(np.exp(row))),
    "argmax": None,
    "argmin": None,
    "median": lambda row: np.sort(row)[(len(row) - 1) // 2],
}
ALONG = {
    "cumsum": (),
    "cumprod": (),
    "softmax": (),
    "log_softmax": (),
    "softmin": (),
}


def test_every_function_is_tested() -> None:
    assert set(masked.__all__) == {*REDUCTIONS, *ALONG, "normalize", "logaddexp"}


@pytest.mark.parametrize("name", [n for n, reference in REDUCTIONS.items() if reference])
def test_a_masked_reduction_is_that_of_the_rest(name: str) -> None:
    function, reference = getattr(masked, name), REDUCTIONS[name]
    expected = [reference(row[there]) for row, there in zip(X, MASK, strict=True)]
    np.testing.assert_allclose(function(X, axis=1, mask=MASK), expected)
    leaf = Tensor(POISON, requires_grad=True)
    out = function(leaf, axis=1, mask=MASK, keepdims=True)
    np.testing.assert_allclose(out.detach().numpy()[:, 0], expected)
    out.sum().backward()
    assert np.isfinite(leaf.grad.payload).all()
    assert not leaf.grad.payload[~MASK].any()
    assert_gradients(lambda x: function(x, axis=1, mask=MASK), X, order=2, mode="central")


@pytest.mark.parametrize("name", sorted(REDUCTIONS))
def test_without_a_mask_all_take_part(name: str) -> None:
    function = getattr(masked, name)
    np.testing.assert_allclose(function(X, axis=0), function(X, axis=0, mask=np.ones((3, 4), dtype=bool)))


@pytest.mark.parametrize("name", sorted(ALONG))
def test_along_an_axis_what_is_left_out_gets_no_gradient(name: str) -> None:
    function = getattr(masked, name)
    leaf = Tensor(POISON, requires_grad=True)
    out = function(leaf, 1, mask=MASK)
    seed = np.where(MASK, rng.normal(size=X.shape), 0.0)
    out.backward(seed)
    assert np.isfinite(leaf.grad.payload).all()
    assert not leaf.grad.payload[~MASK].any()
    assert_gradients(lambda x: function(x, 1, mask=MASK)[MASK], X, order=2, mode="central")


def test_softmax_of_the_rest() -> None:
    for row, there, found in zip(X, MASK, masked.softmax(X, 1, mask=MASK), strict=True):
        weights = np.exp(row[there])
        np.testing.assert_allclose(found[there], weights / weights.sum())
        assert not found[~there].any()


def test_r032_a_row_of_nothing_gives_zeros_and_finite_gradients() -> None:
    nothing = np.zeros(4, dtype=bool)
    leaf = Tensor(X[0], requires_grad=True)
    out = masked.softmax(leaf, 0, mask=nothing)
    out.sum().backward()
    assert not out.detach().numpy().any()
    assert not leaf.grad.payload.any()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sum", 0.0), ("prod", 1.0), ("amax", -math.inf), ("amin", math.inf), ("mean", math.nan), ("var", math.nan),
        ("std", math.nan), ("median", math.nan), ("norm", 0.0), ("logsumexp", -math.inf),
    ],
)  # fmt: skip
def test_a_reduction_of_nothing(name: str, expected: float) -> None:
    leaf = Tensor(X[0], requires_grad=True)
    out = getattr(masked, name)(leaf, axis=0, mask=False)
    assert np.array_equal(out.detach().numpy(), expected, equal_nan=True)
    out.backward()
    assert leaf.grad is None or not leaf.grad.payload.any()


def test_places_are_those_of_the_rest() -> None:
    assert masked.argmax(np.array([1.0, 9.0, 2.0]), mask=[True, False, True]) == 2
    assert masked.argmin(np.array([1.0, 0.0, 2.0]), mask=[True, False, True]) == 0


def test_logaddexp_has_a_mask_for_each() -> None:
    found = masked.logaddexp(X, X, input_mask=MASK, other_mask=~MASK)
    np.testing.assert_allclose(found, X)
    leaf = Tensor(X, requires_grad=True)
    masked.logaddexp(leaf, X, input_mask=False, other_mask=False).sum().backward()
    assert not leaf.grad.payload.any()


def test_normalize_divides_by_the_norm_of_the_rest() -> None:
    found = masked.normalize(X, 2.0, 1, mask=MASK)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0)
    assert_gradients(lambda x: masked.normalize(x, 2.0, 1, mask=MASK), X, order=2, mode="central")


def test_dtype_and_single_precision() -> None:
    x = X.astype("f4")
    for name in sorted({*REDUCTIONS} - {"argmax", "argmin"}):
        function = getattr(masked, name)
        assert function(x, axis=1, mask=MASK).dtype == np.float32
        assert function(x, axis=1, mask=MASK, dtype=np.float64).dtype == np.float64


@pytest.mark.parametrize("name", sorted(masked.__all__))
def test_masks_that_do_not_fit_are_refused(name: str) -> None:
    function: Any = getattr(masked, name)
    keyword = "input_mask" if name == "logaddexp" else "mask"
    needed = {
        "axis": {"axis": 0},
        "ord": {"ord": 2.0},
        "y": {"y": X},
    }
    options: dict[str, Any] = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if parameter.default is inspect.Parameter.empty:
            options |= needed[parameter.name]
    with pytest.raises(ShapeError, match="broadcasts to shape"):
        function(X, **options, **{keyword: np.ones((2, 4), dtype=bool)})
    with pytest.raises(TypeError, match="truths"):
        function(X, **options, **{keyword: np.ones((3, 4))})
