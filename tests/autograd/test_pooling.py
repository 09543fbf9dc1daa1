"""Pooling at its edges (R131): ties, borders, NaN, windows that stick out, uneven windows."""

import math
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.errors import ShapeError
from autograd.testing import assert_gradients

RNG = np.random.default_rng(6)


def gradient(function: Any, x: Any) -> Any:
    t = Tensor(np.asarray(x), requires_grad=True)
    function(t).sum().backward()
    return t.grad.payload.tolist()


def test_of_equal_entries_the_first_one_wins() -> None:
    """R131, and the exception of section 0 from R024: the place is asked for, so the gradient goes there."""
    x = np.array([[[2.0, 5.0, 5.0, 1.0]]])
    assert gradient(lambda t: autograd.max_pool(t, 4), x) == [[[0.0, 1.0, 0.0, 0.0]]]
    assert gradient(lambda t: autograd.adaptive_max_pool(t, 1), x) == [[[0.0, 1.0, 0.0, 0.0]]]
    assert autograd.max_pool(x, 4, return_indices=True)[1].tolist() == [[[1]]]
    assert autograd.adaptive_max_pool(x, 1, return_indices=True)[1].tolist() == [[[1]]]


def test_borders_never_win() -> None:
    """R131: a border is minus infinity, not 0; where all is minus infinity a real entry still wins."""
    x = np.array([[[-3.0, -1.0, -2.0]]])
    out, places = autograd.max_pool(x, 3, stride=1, padding=1, return_indices=True)
    assert out.tolist() == [[[-1.0, -1.0, -1.0]]]
    assert places.tolist() == [[[1, 1, 1]]]
    nothing = np.full((1, 1, 3), -math.inf)
    assert autograd.max_pool(nothing, 3, stride=1, padding=1, return_indices=True)[1].tolist() == [[[0, 0, 1]]]
    assert gradient(lambda t: autograd.max_pool(t, 3, stride=1, padding=1), nothing) == [[[2.0, 1.0, 0.0]]]


def test_windows_that_overlap_add_up() -> None:
    """R131."""
    assert gradient(lambda t: autograd.max_pool(t, 2, stride=1), [[[1.0, 3.0, 2.0]]]) == [[[0.0, 2.0, 0.0]]]


def test_nan_wins() -> None:
    """R131."""
    x = np.array([[[1.0, math.nan, 2.0, 5.0]]])
    out = autograd.max_pool(x, 2)
    assert np.isnan(out[0, 0, 0])
    assert out[0, 0, 1] == 5.0
    assert np.isnan(autograd.adaptive_max_pool(x, 2)[0, 0, 0])
    assert gradient(lambda t: autograd.max_pool(t, 2), x) == [[[0.0, 1.0, 0.0, 1.0]]]


def test_whole_numbers_have_a_maximum_too() -> None:
    assert autograd.max_pool(np.array([[[3, -5]]]), 2, padding=1).tolist() == [[[3, -5]]]


def test_a_border_counts_in_a_mean_or_not() -> None:
    """R131; what sticks out beyond the border in ceil_mode never counts."""
    x = np.array([[[2.0, 4.0, 6.0]]])
    assert autograd.avg_pool(x, 2, padding=1).tolist() == [[[1.0, 5.0]]]
    assert autograd.avg_pool(x, 2, padding=1, count_include_pad=False).tolist() == [[[2.0, 5.0]]]
    assert autograd.avg_pool(x, 2, ceil_mode=True).tolist() == [[[3.0, 6.0]]]
    assert autograd.avg_pool(x, 2, ceil_mode=True, divisor_override=1).tolist() == [[[6.0, 6.0]]]


def test_infinity_stays_in_its_windows() -> None:
    x = np.array([[[math.inf, 1.0, 2.0, 3.0]]])
    assert autograd.avg_pool(x, 2, stride=1, padding=1).tolist() == [[[math.inf, math.inf, 1.5, 2.5, 1.5]]]


def test_parts_that_share_entries() -> None:
    x = np.arange(10.0).reshape(1, 1, 10)
    assert autograd.adaptive_avg_pool(x, 3).tolist() == [[[1.5, 4.5, 7.5]]]
    assert autograd.adaptive_max_pool(x, 3).tolist() == [[[3.0, 6.0, 9.0]]]
    assert autograd.adaptive_avg_pool(x, None).tolist() == x.tolist()
    assert autograd.adaptive_avg_pool(x, 0).shape == (1, 1, 0)


def test_means_and_maxima_have_second_derivatives() -> None:
    x = RNG.permutation(40).reshape(1, 2, 4, 5) * 0.1
    for pool in (
        lambda t: autograd.avg_pool(t, (2, 3), stride=2, padding=1, ceil_mode=True, count_include_pad=False),
        lambda t: autograd.adaptive_avg_pool(t, (3, 2)),
        lambda t: autograd.max_pool(t, 2, stride=1, padding=1, dilation=2),
        lambda t: autograd.adaptive_max_pool(t, (3, 2)),
        lambda t: autograd.fractional_max_pool(t, 2, (2, 3), np.full((1, 2, 2), 0.3)),
    ):
        assert_gradients(lambda t, pool=pool: (pool(t) ** 2).sum(), x, order=2, mode="central")


def test_there_and_back() -> None:
    x = RNG.standard_normal((2, 3, 4, 6))
    out, places = autograd.max_pool(Tensor(x), 2, return_indices=True)
    assert isinstance(places, Tensor)
    assert not places.requires_grad
    back = autograd.max_unpool(out, places, (4, 6)).payload
    assert np.array_equal(back[back != 0], x[back != 0])
    assert np.array_equal(autograd.max_pool(np.where(back == 0, -9.0, back), 2), out.payload)


def test_single_precision_stays() -> None:
    x = RNG.standard_normal((1, 2, 5, 5)).astype("f")
    for out in (
        autograd.max_pool(x, 2, padding=1),
        autograd.avg_pool(x, 2, padding=1, divisor_override=3),
        autograd.adaptive_avg_pool(x, 3),
        autograd.adaptive_max_pool(x, 3),
        autograd.max_unpool(x[:, :, :1], np.arange(10).reshape(1, 2, 1, 5) % 5, (2, 5)),
    ):
        assert out.dtype == np.float32


def test_empty_batches() -> None:
    x = np.zeros((0, 2, 4, 4))
    assert autograd.max_pool(x, 2).shape == autograd.avg_pool(x, 2).shape == (0, 2, 2, 2)
    assert autograd.adaptive_avg_pool(x, 3).shape == autograd.adaptive_max_pool(x, 3).shape == (0, 2, 3, 3)


X = np.ones((1, 1, 4))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: autograd.max_pool(X, 2, padding=2), ValueError, "at most half"),
        (lambda: autograd.max_pool(X, 5), ShapeError, "at least the kernel"),
        (lambda: autograd.max_pool(X[..., :0], 2, ceil_mode=True), ShapeError, "one or more"),
        (lambda: autograd.max_pool(X, 0), ValueError, "kernel_size of at least 1"),
        (lambda: autograd.avg_pool(X, 2, divisor_override=0), ValueError, "other than 0"),
        (lambda: autograd.avg_pool(X, 2, padding=2), ValueError, "at most half"),
        (lambda: autograd.adaptive_avg_pool(X, (1, 2)), ShapeError, "1 or 1 numbers"),
        (lambda: autograd.adaptive_avg_pool(X, -1), ValueError, "at least 0"),
        (lambda: autograd.adaptive_max_pool(X[..., :0], 1), ShapeError, "not empty"),
        (lambda: autograd.max_unpool(X, np.zeros((1, 1, 4), int), (8,)), ShapeError, "duplicate"),
        (lambda: autograd.max_unpool(X, np.zeros((1, 1, 3), int), (8,)), ShapeError, "input's shape"),
        (lambda: autograd.max_unpool(X, np.arange(5, 9)[None, None], (8,)), IndexError, "0 to 7"),
        (lambda: autograd.fractional_max_pool(X, 2, 4, np.zeros((1, 1, 1))), ShapeError, "at least kernel"),
        (lambda: autograd.fractional_max_pool(X, 2, 2, np.zeros((1, 2, 1))), ShapeError, "samples of shape"),
    ],
)
def test_what_has_no_meaning_is_refused(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
